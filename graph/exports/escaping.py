"""Text that shows as it is in Markdown, addresses that may become links, keys that may become anchors."""

from __future__ import annotations

import re

from markupsafe import Markup

_LINKABLE = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]+", re.ASCII | re.IGNORECASE)
_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]<>|~$&])")
_AT_START = re.compile(r"^([-+#=]|\d{1,9}(?=[.)](?:\s|$)))")
"""What would begin a list or a heading."""


def linkable(url: str) -> bool:
    """Whether the address may become a link: http or https in plain characters, nothing else."""
    return _LINKABLE.fullmatch(url) is not None


def anchor(key: str) -> Markup:
    """The key as a part of an id that a link can name."""
    return Markup(re.sub(r"[^a-z0-9-]", lambda letter: f"_{ord(letter[0]):x}", key))  # noqa: S704 (letters and digits)


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = _MARKDOWN_SYNTAX.sub(r"\\\1", re.sub(r"\s+", " ", text))
    return _AT_START.sub(lambda start: f"{start[1]}\\" if start[1].isdigit() else f"\\{start[1]}", escaped)


def markdown_link(text: str, url: str) -> Markup:
    label = escape_markdown(text)
    return Markup(f"[{label}](<{url}>)" if linkable(url) else f"{label} ({escape_markdown(url)})")  # noqa: S704
