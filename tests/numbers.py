"""The numbers in the text of a page, and which of them have an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from graph.exports.documents.said import LABEL, VALUE_CLASSES
from graph.exports.numbers import numbers_in

ADDRESSES = ("/figures/", "/statements")
"""What the address of a number begins with: its own, or that of the statements that say it."""
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
ELEMENTS: Mapping[str, str] = {
    "script": "is not read",
    "style": "is not read",
    "title": "says again what the heading says",
    "desc": "says in words what a chart shows",
    "pre": "is code",
    "code": "is code",
    "form": "is what may be asked for",
    "footer": "is the foot of every page",
    "dt": "says what a figure is",
    "th": "says what a row or a column holds",
}
CLASSES: Mapping[str, str] = {
    "top": "is the head of every page",
    "lens": "is the days of the lens",
    "ref": "is the number of a source",
    "refs": "is the numbers of sources",
    "sources": "is the numbered list of sources",
    "on": "says on how many rows and sources a row rests, and opens them",
    "apparatus": "says how a report came about",
    "rest": "says how much of a table print leaves out",
    "name": "is a name or a text of others",
    "who": "is the panel that a figure opens: who says it, or what it was computed from",
    "hits": "says how many rows an answer to a search or a filter has",
    "whole": "sums up a row that came or went, whose page is linked above it",
    "versions": "is versions of programs and of the policy",
    "backing": "is shares of the report on coverage, which is linked below and has their addresses",
    "elsewhere": "says how many more there are than stand here",
    "ordinal": "says which row is meant",
    "itself": "is the figure whose address the page is",
    "period": "is how many days are looked back",
    "level": "is a level of the axis of a chart",
    "vh": "says in words what a mark shows, which opens the statements",
}
"""Elements and classes whose numbers are no figures, and what each is."""


_OPENS = re.compile(r'href="(/figures/|/statements)|>All statements about it<')
"""What a panel has that leads to an address of its figure, or to all statements about it."""


@dataclass(frozen=True, slots=True)
class PageNumber:
    """A number with the text that it stands in, where in the page, and whether it has an address."""

    number: str
    text: str
    path: str
    addressed: bool


@dataclass(slots=True)
class _Open:
    """An element that is open. `furniture`: its numbers are no figures; `addressed`: they have an address."""

    tag: str
    classes: frozenset[str]
    furniture: bool
    addressed: bool

    @property
    def name(self) -> str:
        return ".".join([self.tag, *sorted(self.classes)])


class _Reader(HTMLParser):
    def __init__(self, page: str, names: frozenset[str]) -> None:
        super().__init__()
        self.open: list[_Open] = []
        self.found: list[PageNumber] = []
        self._names = names
        self._panels = [_OPENS.search(one) is not None for one in _panels(page)]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        attributes = {name: value or "" for name, value in attrs}
        classes = frozenset(attributes.get("class", "").split())
        outer = self.open[-1] if self.open else _Open("", frozenset(), False, False)
        addressed = tag == "a" and attributes.get("href", "").startswith(ADDRESSES)
        if tag == "details" and "fig" in classes:
            addressed = self._panels.pop(0)
        furniture = outer.furniture or self._is_furniture(tag, classes)
        self.open.append(_Open(tag, classes, furniture, outer.addressed or addressed))

    def _is_furniture(self, tag: str, classes: frozenset[str]) -> bool:
        if tag == "bdi":  # a name or a text of others, but for the numbers of tables of reports
            return not any(one.tag == "td" and "n" in one.classes for one in self.open)
        is_label = tag == "text" and LABEL in classes and not classes & VALUE_CLASSES
        return tag in ELEMENTS or is_label or (not classes.isdisjoint(CLASSES) and tag != "text") or "level" in classes

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and not self.open[-1].furniture:
            path = " ".join(one.name for one in self.open[-4:])
            for number in numbers_in(data, self._names):
                self.found.append(PageNumber(number.text, data.strip(), path, self.open[-1].addressed))


def _panels(page: str) -> Iterator[str]:
    return (match[0] for match in re.finditer(r'<details class="fig.*?</details>', page, re.DOTALL))


def page_numbers(page: str, names: frozenset[str] = frozenset()) -> list[PageNumber]:
    """The numbers of a page that are no dates, identifiers, ordinals, parts of these names, or furniture."""
    return _Reader(page, names).found
