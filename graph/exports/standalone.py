"""Files that are read where no service answers: their links to pages of the service are whole addresses, or plain text
where no public address of it is known."""

from __future__ import annotations

import re

from markupsafe import escape

_HTML_LINK = re.compile(r'(<a\b[^<>]*? href=")(/[^"]*"[^<>]*>)(.*?)</a>', re.DOTALL)
_MARKDOWN_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\((/[^)]*)\)")
"""Brackets of a text are escaped."""


def standalone(content: str, suffix: str, service: str) -> str:
    """A text in a format that has links (html, svg, md), as a file; others as they are."""
    if suffix in ("html", "svg"):
        address = str(escape(service))
        return _HTML_LINK.sub(lambda one: f"{one[1]}{address}{one[2]}{one[3]}</a>" if service else one[3], content)
    if suffix == "md":
        return _MARKDOWN_LINK.sub(lambda one: f"[{one[1]}]({service}{one[2]})" if service else one[1], content)
    return content
