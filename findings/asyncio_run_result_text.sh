#!/usr/bin/env bash
# Python 3.11 and 3.12: asyncio.run makes a text of what its coroutine returns, twice, and throws it away.
#
# While it runs, asyncio.run has a handler of SIGINT of its own: a functools.partial that holds the main task. When it
# takes the handler down, signal.getsignal and signal.signal look whether the handler is a member of an enum; the error
# that says no is worded with the handler's repr, which holds that of the task, which holds that of its result. For a
# coroutine that returns a large structure of dataclasses this takes longer than many a program. Python 3.10 has no such
# handler, 3.13 looks at the type first. In a thread other than the main one it does not happen, so that a test that runs
# a command in a thread is faster than the command.
#
# What helps: let the coroutine put its result elsewhere and return None.
#
# Seen on 2026-11-30 (each with a Python of the machine; one of 3.11 and 3.12 is needed):
#   Python 3.11.7: 2 times, in a thread 0
#   Python 3.12.1: 2 times, in a thread 0
#   Python 3.13.0: 0 times, in a thread 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/text.py" <<'PYTHON'
import asyncio
import threading


class Result:
    texts = 0

    def __repr__(self):
        Result.texts += 1
        return "result"


async def work():
    return Result()


asyncio.run(work())
here, Result.texts = Result.texts, 0
thread = threading.Thread(target=lambda: asyncio.run(work()))
thread.start()
thread.join()
print(f"{here} times, in a thread {Result.texts}")
PYTHON

tried=0
for version in 3.11 3.12 3.13; do
  if seen=$("python$version" "$folder/text.py" 2>/dev/null); then
    echo "Python $version: $seen"
    case $version in
      3.13) [ "$seen" = "0 times, in a thread 0" ] ;;
      *) [ "$seen" = "2 times, in a thread 0" ]; tried=$((tried + 1)) ;;
    esac
  fi
done
[ "$tried" -gt 0 ]
