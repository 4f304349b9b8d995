#!/usr/bin/env bash
# CPython 3.11 to 3.13: `await anext(iterator, default)` ends in a SystemError where the default is a tuple.
#
# What is awaited returns its value by StopIteration; a tuple is taken for the arguments of that exception. None, numbers
# and texts come through. The error is raised where it is awaited, and names neither the default nor anext.
#
# What helps: None as the default, or `except StopAsyncIteration`.
#
# Seen on 2026-11-30, Python 3.11.7, 3.12.1 and 3.13.0:
#   None: None
#   (): SystemError <class 'StopIteration'> returned a result with an exception set
#   (1, 2): SystemError <class 'StopIteration'> returned a result with an exception set
set -euo pipefail
python3 - <<'PYTHON'
import asyncio


async def nothing():
    return
    yield


async def told(default):
    try:
        return await anext(nothing(), default)
    except SystemError as error:
        return f"SystemError {error}"


async def main():
    results = {default: await told(default) for default in (None, (), (1, 2))}
    for default, result in results.items():
        print(f"{default}: {result}")
    assert results[None] is None
    assert all("SystemError" in str(results[default]) for default in ((), (1, 2)))


asyncio.run(main())
PYTHON
