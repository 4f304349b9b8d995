"""What a format is, and all formats that write a table.

Each module of graph/exports that declares FORMAT adds one: every report and analytic that is made of tables has it, by
route, media type, `Link` header, command, listing and documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import graph.exports
from graph.analytics.core.discovery import declared_in
from graph.exports.standalone import standalone

HTML_SUFFIX = "html"
"""The suffix of the format that is a page for a browser."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a document; the same document gives the same bytes.

    `suffix` names the format and ends addresses and file names. `media_type` may have parameters. `download`: a browser
    stores the answer as a file. `leads_to_figures`: `render` takes the address of the service too, to which the numbers
    of the file lead; without one (an empty text) they lead nowhere."""

    suffix: str
    media_type: str
    render: Callable[..., str | bytes]
    download: bool = False
    leads_to_figures: bool = False

    def write(self, document: Any, service: str = "") -> str | bytes:
        """A document, whose figures readers open at a service."""
        return self.render(document, service) if self.leads_to_figures else self.render(document)

    def write_file(self, document: Any, service: str = "") -> str | bytes:
        """The same for a file, which is read where no service answers: its links lead to a `service`; without one there
        are none."""
        content = self.write(document, service)
        return standalone(content, self.suffix, service) if isinstance(content, str) else content

    @property
    def bare_media_type(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]


def by_suffix(*formats: Format) -> Mapping[str, Format]:
    return {each.suffix: each for each in formats}


def table_formats() -> Mapping[str, Format]:
    """All formats that write a `Table`, by suffix in alphabetical order."""
    return by_suffix(*sorted(declared_in(graph.exports, "FORMAT"), key=lambda each: each.suffix))
