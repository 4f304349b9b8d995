"""The command line in the process of the tests: as `wattgraph` would run, without a second start of Python."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from cli.main import main
from tests.server import environment

WIDTH = "200"
"""Columns of the terminal, so that no line is broken."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, named as in `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def run_command(data: Path, *arguments: str, stdin: str = "", **more: str) -> Ended:
    """Runs `wattgraph` with these arguments over the store in `data`; `more` are variables of the environment."""
    out, err = io.StringIO(), io.StringIO()
    with (
        _environment(environment(data, 1, **{"COLUMNS": WIDTH, **more})),
        _arguments("wattgraph", *arguments),
        _standard_input(stdin),
        redirect_stdout(out),
        redirect_stderr(err),
        # A thread of its own, because a command starts an event loop and that of the tests may be running here.
        ThreadPoolExecutor(1) as thread,
    ):
        code = thread.submit(_exit_code).result()
    return Ended(code, out.getvalue(), err.getvalue())


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _arguments(*words: str) -> Iterator[None]:
    before, sys.argv = sys.argv, list(words)
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _standard_input(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before
