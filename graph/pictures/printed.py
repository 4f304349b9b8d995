"""Pictures as paper takes them: an SVG with its colours written out, on white, for renderers that know no variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from graph.pictures.svg import font_face, stylesheet

FAMILY = "Wattgraph Text"
"""The name of the font of pages and pictures inside its files."""
_SCREEN_ONLY = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_VARIABLES = re.compile(r":root\s*\{[^{}]*\}")
_VARIABLE = re.compile(r"--([\w-]+):\s*([^;}]+)")


def printed_svg(picture: Markup) -> str:
    """A picture of a page for a renderer that has the font."""
    return _with_style(picture, printed_style())


def standalone_svg(picture: Markup) -> str:
    """A picture of a page as a file of its own, with the font in it: in another one its words would run together."""
    return _with_style(picture, standalone_style())


def _with_style(picture: Markup, style: str) -> str:
    head, mark, rest = picture.partition("</desc>")
    return f"{head}{mark}<style>{style}</style>{rest}"


@cache
def standalone_style() -> str:
    return font_face(FAMILY) + printed_style()


@cache
def printed_style() -> str:
    """The sheets of pictures with the colours of a light page in place of variables."""
    sheets = _SCREEN_ONLY.sub("", stylesheet("colours", "chart", "network"))
    colours = _colours(sheets)
    plain = re.sub(r"var\(--([\w-]+)\)", lambda match: colours[match[1]], _VARIABLES.sub("", sheets))
    return plain.replace('"Text", system-ui, sans-serif', f'"{FAMILY}"')


def _colours(sheets: str) -> Mapping[str, str]:
    return {name: value.strip() for block in _VARIABLES.findall(sheets) for name, value in _VARIABLE.findall(block)}
