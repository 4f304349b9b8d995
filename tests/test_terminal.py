"""Standard output and error: any text, any encoding, closed pipes, full disks."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.options.stores import run_to_end
from cli.terminal import UNREAD, out, prepare_streams, write_output
from graph.errors import BadInput
from graph.settings import PROJECT
from tests.server import environment

TEXT = "Åkerström → :smile: \udcff"
"""Letters that few encodings have, what looks like an emoji code, and a byte of an argument that is no UTF-8."""


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _written(monkeypatch: pytest.MonkeyPatch, kind: type[io.TextIOWrapper], encoding: str, *more: str | bytes) -> bytes:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", kind(buffer, encoding=encoding))
    prepare_streams()
    out.line(TEXT)
    out.print(TEXT, markup=False)
    for document in ("a\r\nb\n", *more):
        write_output(document, None)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_file_or_pipe_gets_utf8_as_it_is(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "Åkerström → :smile: \\udcff\n".encode()
    assert _written(monkeypatch, io.TextIOWrapper, encoding) == line * 2 + b"a\r\nb\n"


def test_a_terminal_keeps_its_encoding_and_shows_what_that_lacks_as_json_would(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b"\xc5kerstr\xf6m \\u2192 :smile: \\udcff\n"
    assert _written(monkeypatch, _Terminal, "latin-1") == line * 2 + b"a\r\nb\n"


def test_bytes_go_into_a_pipe_and_not_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _written(monkeypatch, io.TextIOWrapper, "utf-8", b"\xff\n").endswith(b"b\n\xff\n")
    with pytest.raises(BadInput, match="--output"):
        _written(monkeypatch, _Terminal, "utf-8", b"\xff\n")


class _Typed(_Terminal):
    """Standard input at a terminal."""


@pytest.mark.parametrize(
    ("kind", "text"), [(io.TextIOWrapper, "Ørsted"), (_Typed, "ï»¿Ã\x98rsted")], ids=["a pipe", "a terminal"]
)
def test_a_pipe_is_read_as_utf8_and_a_terminal_in_its_encoding(
    kind: type[io.TextIOWrapper], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = io.BytesIO("\ufeffØrsted".encode())
    monkeypatch.setattr(sys, "stdin", kind(typed, encoding="latin-1"))
    prepare_streams()
    assert sys.stdin.read() == text


def test_an_input_that_is_closed_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    prepare_streams()
    with sys.stdin:
        assert (sys.stdin.read(), sys.stdin.isatty()) == ("", False)


def test_a_stream_that_is_closed_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    prepare_streams()
    with sys.stdout:
        out.line(TEXT)
        write_output(b"bytes", None)


def test_a_pipe_that_nobody_reads_ends_the_program_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as ended:
            out.line("text")
        assert ended.value.code == UNREAD
        stream.flush()  # as Python does at its end: what is left is gone and raises nothing


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_an_output_that_cannot_be_written_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(BadInput, match="No space left on device"):
            out.print("text")
        stream.flush()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
def test_help_that_cannot_be_written_is_such_an_error_too(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "cli.main", "--help"]
        told = subprocess.run(
            command, cwd=PROJECT, env=environment(tmp_path, 1), stdout=full, stderr=subprocess.PIPE, check=False
        )
    remedy = b"Make room, or write elsewhere."
    assert told.stderr == b"wattgraph: The output cannot be written (No space left on device). " + remedy + b"\n"
    assert told.returncode == 1


@pytest.mark.parametrize(
    "arguments", [["query", "{ links(first: 200) { nodes { key } } }"], ["--help"], ["load", "--help"]], ids=" ".join
)
@pytest.mark.slow
def test_a_command_into_a_closed_pipe_says_nothing(arguments: list[str], seeds_data: Path) -> None:
    command = [sys.executable, "-m", "cli.main", *arguments]
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment(seeds_data, 1), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == UNREAD


def test_what_a_command_reads_is_not_written_out_on_the_way() -> None:
    """asyncio.run of Python 3.11 and 3.12 makes a text of what its task returns, twice: half a second for a store."""

    class Content:
        texts = 0

        def __repr__(self) -> str:
            Content.texts += 1
            return "content"

    content = Content()

    async def read() -> Content:
        return content

    assert run_to_end(read()) is content
    assert Content.texts == 0
