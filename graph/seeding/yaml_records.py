"""Text of YAML files as records with the line of every value. Everything stays text; the model types it.

YAML is read as events: aliases, anchors, tags, merge keys and duplicate keys are refused, `NO` stays `NO` and `2026-07`
stays text. Only a plain `null`, `~` or nothing is None."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from graph.errors import BadValue, Problem
from graph.vocabulary.values import Raw

MAX_FILE_BYTES = 5_000_000
"""Of a file, unless the settings say otherwise (`facts_file_bytes`)."""
MAX_DEPTH = 32
At = tuple[str | int, ...]


@dataclass
class RecordFile:
    """The records of one file. `lines` has the line of every value by its path from the top.

    `stands_for` names the file of a kind that it is, is a part of, or is meant to be; not `is_whole`: its records are
    not there."""

    name: str
    records: list[Raw] = field(default_factory=list)
    lines: Mapping[At, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stands_for: str = ""
    is_whole: bool = True

    def line(self, path: At) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: At, what: str, where: str, remedy: str) -> None:
        self.problems.append(Problem(self.name, self.line(path), what, where, remedy, path))


def read_file(path: Path, name: str, max_bytes: int = MAX_FILE_BYTES) -> RecordFile:
    """The records of a YAML file; what is wrong with it as a file is among its problems."""
    file = RecordFile(name)
    try:
        text = _text(path, max_bytes)
        _fill(file, text)
    except BadValue as problem:
        file.is_whole = False
        file.lines = {(): int(problem.path[0]) if problem.path else 1}
        file.report((), problem.message, "in the file", problem.remedy)
    except OSError as error:
        file.is_whole = False
        file.report((), f"the file cannot be read ({error.strerror})", "on disk", "make it readable")
    return file


class _Writer(yaml.CSafeDumper):
    """Writes every value out where it stands, as `read_file` wants it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_records(records: Sequence[Raw]) -> str:
    """The text of a file with these records: the same bytes for the same records."""
    return yaml.dump(
        list(records), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=118, default_flow_style=None
    )


def _text(path: Path, max_bytes: int) -> str:
    size = path.stat().st_size
    if size > max_bytes:
        remedy = f"keep it to {max_bytes} bytes: split it, or raise WATTGRAPH_FACTS_FILE_BYTES"
        raise BadValue(f"a file of {size} bytes", remedy=remedy)
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        raise BadValue("UTF-16 or no text, not UTF-8", remedy="save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadValue("not UTF-8", remedy="save it as UTF-8", path=(line,)) from None


def _fill(file: RecordFile, text: str) -> None:
    lines = _LinesOf(text)
    try:
        records = _document(text, None)
    except yaml.YAMLError as error:
        raise _syntax_problem(error, text) from None
    if records is None:
        records = []
    if not isinstance(records, list):
        raise BadValue("not a list of records", remedy="begin every record with '- id:'", path=(lines[()],))
    file.records, file.lines = records, lines


class _LinesOf(Mapping[At, int]):
    """The line of every value of a text that can be read, by its path: found when somebody first asks for one, since
    they take more memory than the values, and facts without a problem need none."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> Mapping[At, int]:
        lines: dict[At, int] = {}
        _document(self._text, lines)
        return lines

    def __getitem__(self, path: At) -> int:
        return self._lines[path]

    def __iter__(self) -> Iterator[At]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _syntax_problem(error: yaml.YAMLError, text: str) -> BadValue:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or "it cannot be read as YAML"
    line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
    if mark and _rest_of_line(text, mark).startswith("\t"):
        return BadValue("not YAML: a tab at the beginning of a line", remedy="indent with spaces", path=(line,))
    return BadValue(f"not YAML: {what}", remedy="mend the syntax", path=(line,))


def _rest_of_line(text: str, mark: yaml.Mark) -> str:
    lines = text.split("\n")
    return lines[mark.line][mark.column :] if mark.line < len(lines) else ""


def _document(text: str, lines: dict[At, int] | None) -> Raw:
    """The value of the one document in a text; enters the lines of all values in it into `lines`, if there are any."""
    next_event = yaml.CBaseLoader(text).get_event
    event = next_event()
    while not isinstance(event, yaml.DocumentStartEvent):
        if event is None or isinstance(event, yaml.StreamEndEvent):
            return None
        event = next_event()
    value = _value(next_event(), next_event, (), lines)
    while event is not None and not isinstance(event, yaml.StreamEndEvent):
        event = next_event()
        if isinstance(event, yaml.DocumentStartEvent):
            raise _refused(event, "a second document", "keep one document in a file")
    return value


def _refused(event: Any, what: str, remedy: str) -> BadValue:
    return BadValue(what, remedy=remedy, path=(event.start_mark.line + 1,))


_NextEvent = Callable[[], Any]


def _value(event: Any, next_event: _NextEvent, path: At, lines: dict[At, int] | None) -> Raw:
    kind = type(event)
    if kind is not yaml.ScalarEvent or event.anchor or event.tag or len(path) > MAX_DEPTH:
        _check(event, path)
    if lines is not None:
        lines[path] = event.start_mark.line + 1
    if kind is yaml.ScalarEvent:
        value = event.value
        if value in _NOTHING and event.implicit[0]:
            return None
        return sys.intern(value) if len(value) < _OFTEN else value
    if kind is yaml.SequenceStartEvent:
        return _sequence(next_event, path, lines)
    return _mapping(next_event, path, lines)


_NOTHING = ("", "~", "null")
_OFTEN = 40
"""Shorter texts, such as keys, dates and choices, stand many times: each is one object."""


def _check(event: Any, path: At) -> None:
    if type(event) is yaml.AliasEvent:
        raise _refused(event, f"a YAML alias (*{event.anchor})", "write the value out")
    if event.anchor:
        raise _refused(event, f"a YAML anchor (&{event.anchor})", "write values out where they are needed")
    if event.tag:
        raise _refused(event, f"a YAML tag ({event.tag})", "remove it; the model knows the types")
    if len(path) > MAX_DEPTH:
        raise _refused(event, f"nesting deeper than {MAX_DEPTH}", "write it flat")


def _sequence(next_event: _NextEvent, path: At, lines: dict[At, int] | None) -> list[Raw]:
    items: list[Raw] = []
    while type(event := next_event()) is not yaml.SequenceEndEvent:
        items.append(_value(event, next_event, (*path, len(items)), lines))
    return items


def _mapping(next_event: _NextEvent, path: At, lines: dict[At, int] | None) -> dict[str, Raw]:
    items: dict[str, Raw] = {}
    while type(event := next_event()) is not yaml.MappingEndEvent:
        key = event.value if type(event) is yaml.ScalarEvent else ""
        if key[:1].isalpha() and not (event.anchor or event.tag or key in items):
            key = sys.intern(key)
        else:
            _check_commas(event, items, next_event)
            key = _key(event, items)
        items[key] = _value(next_event(), next_event, (*path, key), lines)
        if lines is not None:
            lines[(*path, key)] = event.start_mark.line + 1
    return items


def _check_commas(event: Any, items: dict[str, Raw], next_event: _NextEvent) -> None:
    """Refuses `{mw: 1,200}`, which YAML reads as the keys mw and 200."""
    if not _is_group(event):
        return
    begun = next(reversed(items.values()), None)
    if not (isinstance(begun, str) and re.fullmatch("-?[0-9]{1,3}", begun)):
        return
    line, groups = event, [begun]
    while _is_group(event):
        groups.append(event.value)
        next_event()  # the empty value of what YAML takes for a key
        event = next_event()
    raise _refused(line, f"a number with commas ({','.join(groups)})", f"write {''.join(groups)}")


def _is_group(event: Any) -> bool:
    """Whether it is a plain key of three digits, which no record has."""
    is_text = type(event) is yaml.ScalarEvent
    return is_text and event.value[:1].isdigit() and bool(re.fullmatch(r"[0-9]{3}(?:\.[0-9]+)?", event.value))


def _key(event: Any, items: dict[str, Raw]) -> str:
    _check(event, ())
    if type(event) is not yaml.ScalarEvent:
        raise _refused(event, "a key that is not text", "write 'key: value'")
    key: str = sys.intern(event.value)
    if key == "<<":
        raise _refused(event, "a YAML merge key (<<)", "write the values out")
    if key in items:
        raise _refused(event, f"key '{key}' stands twice", "remove one")
    return key
