"""Text of the facts in files of other programs: no character of it may end a value, run, or turn a line around.

Marks of direction (U+202E and its kin) are written as escapes wherever a format has them: raw, they would show a
reader of the file another order of characters than a program reads."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.sax.saxutils import escape

from graph.pictures.svg import NOT_XML

_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DIRECTIONS = re.compile(f"[{_DIRECTION}]")
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_DIRECTION}]")
"""Controls, line ends of Unicode, halves of characters, marks of direction."""


def one_line(text: str) -> str:
    """For a comment that ends with its line: without controls and marks of direction."""
    return " ".join(_UNSAFE.sub(" ", text).split())


def xml_text(text: str) -> str:
    """Text between tags or in an attribute with double quotes; without what no XML document may hold."""
    escaped = escape(NOT_XML.sub("", text), {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
    return _DIRECTIONS.sub(lambda mark: f"&#x{ord(mark[0]):X};", escaped)


def json_line(data: Any) -> str:
    """JSON on one line."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(_unicode_escape, text)


def turtle_string(text: str) -> str:
    """A literal of Turtle, N-Triples and their kin, with its quotes. Half a character, which no encoding holds, is
    replaced."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{_UNSAFE.sub(_unicode_or_replacement, escaped)}"'


def cypher_string(text: str) -> str:
    """A literal of Cypher, with its quotes. What would be read as an escape before the text is parsed (`\\\\u`) is cut
    in two."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    cut = escaped.replace("\\\\u", "\\\\' + 'u")
    return f"'{_UNSAFE.sub(_unicode_or_replacement, cut)}'"


def _unicode_escape(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


def _unicode_or_replacement(character: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= character[0] <= "\udfff" else _unicode_escape(character)


def plain_number(number: float) -> str:
    """A number without an exponent, whole ones without a point."""
    if isinstance(number, int) or number.is_integer():
        return str(int(number))
    text = repr(number)
    return f"{number:.17f}".rstrip("0") if "e" in text else text
