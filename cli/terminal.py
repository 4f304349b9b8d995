"""What all commands share of the terminal: standard output and error, exit codes, progress bars, days, files.

Each command imports this, so it imports little: rich comes with the first table."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO, TextIOWrapper
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadInput

if TYPE_CHECKING:
    from rich import console as rich_console
    from rich import progress as rich_progress
    from rich import table as rich_table

    from graph.concurrency.progress import Progress
else:
    rich_console = lazy_import("rich.console")
    rich_progress = lazy_import("rich.progress")
    rich_table = lazy_import("rich.table")

PROBLEM, USAGE, UNANSWERED, UNRECORDED, INTERRUPTED, UNREAD = 1, 2, 3, 4, 130, 141
"""Exit codes, apart from 0."""

Day = Annotated[str | None, typer.Option(help="YYYY-MM-DD; default: today (UTC).", show_default=False)]


def prepare_streams() -> None:
    """Makes standard output and error take any text, and standard input give text in UTF-8.

    A file or pipe gets UTF-8, line ends as they are, and is read as UTF-8, with a byte order mark or without. A
    terminal keeps its encoding, and shows what that lacks as \\u2192, which JSON reads. An output that is closed takes
    everything and keeps nothing; an input that is closed is empty."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8", errors="ignore"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            _prepare(stream, is_input=name == "stdin")


def _prepare(stream: TextIOWrapper, *, is_input: bool) -> None:
    if not is_input:
        encoding = stream.encoding if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace", newline="\n")
    elif not stream.isatty():
        stream.reconfigure(encoding="utf-8-sig", errors="strict")


@contextmanager
def _writing(stream: TextIO) -> Iterator[None]:
    """Ends the program in silence where nobody reads the stream any more. Raises BadInput where it cannot be
    written."""
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        discard(stream)
        raise SystemExit(UNREAD) from None
    except OSError as error:
        discard(stream)
        raise unwritable(error) from None


def unwritable(error: OSError) -> BadInput:
    remedy = "Make room, or write elsewhere."
    return BadInput(f"The output cannot be written ({error.strerror}).", remedy=remedy)


def discard(stream: TextIO) -> None:
    """What the stream still holds is lost without a word, as Python writes it again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Output:
    """Standard output or standard error."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @property
    def console(self) -> rich_console.Console:
        """For the terminal as it is now: its width may change, and its encoding."""
        return rich_console.Console(stderr=self._stderr, highlight=False, emoji=False)

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._stderr else sys.stdout

    @property
    def is_terminal(self) -> bool:
        return self._stream.isatty()

    def line(self, text: str) -> None:
        """Prints plain text, which is never wrapped."""
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        """Writes text as it is."""
        with _writing(self._stream):
            self._stream.write(text)

    def write_bytes(self, content: bytes) -> None:
        with _writing(self._stream):
            self._stream.flush()
            self._stream.buffer.write(content)

    def print(self, *parts: Any, **style: Any) -> None:
        """Prints tables and text with a style, as `rich.console.Console.print` does."""
        real, printed = self.console, StringIO()
        # into memory first, as the console itself would end the program where a pipe is closed
        rich_console.Console(
            file=printed, force_terminal=real.is_terminal, width=real.width, highlight=False, emoji=False
        ).print(*parts, **style)
        self.write(printed.getvalue())


out = Output()
err = Output(stderr=True)


def new_table(*headers: str, **style: Any) -> rich_table.Table:
    return rich_table.Table(*headers, box=None, **style)


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    with _bars() as bars:
        tasks: dict[str, rich_progress.TaskID] = {}

        def update(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield update


@contextmanager
def progress_by_step(of: int) -> Iterator[Callable[[str], None]]:
    """A bar that names the step that is underway, of so many; it takes the name of each as it begins."""
    with _bars() as bars:
        task, number = bars.add_task("", total=of), count()

        def begin(step: str) -> None:
            bars.update(task, description=step, completed=next(number))

        yield begin


def _bars() -> rich_progress.Progress:
    return rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        console=err.console,
        transient=True,
        disable=not err.console.is_terminal,
    )


def day_of(option: str, text: str | None) -> date | None:
    """Raises BadParameter, which names the option."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write it as 2026-07-15.", param_hint=option) from None


def write_output(document: str | bytes, output: Path | None) -> None:
    """Writes a document to a file, whole or not at all, or to standard output where `output` is None."""
    if output is not None:
        _write_whole(output, document.encode() if isinstance(document, str) else document)
    elif isinstance(document, str):
        out.write(document)
    elif out.is_terminal:
        raise BadInput("This format is no text for a terminal.", remedy="Name a file: --output FILE.")
    else:
        out.write_bytes(document)


def _write_whole(path: Path, content: bytes) -> None:
    """An interrupted write leaves what was there."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).", remedy="Name another --output.") from None
    err.line(f"Wrote {path}.")
