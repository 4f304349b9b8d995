"""The head of a page: a sentence made from data, and up to five figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.evidence import ShownFigure
from api.pages.figure_address import address_of
from api.pages.parties import PartyName
from graph.evidence.lens import Lens
from graph.exports.documents.model import SaidText
from graph.exports.documents.said import cited_parts
from graph.publication.figures import inputs_text
from graph.reports.catalog import FIGURE_TABLES

MAX_KEYS = 5


@dataclass(frozen=True, slots=True)
class LeadPart:
    """A piece of the lead: text, a figure in bold, or a party. `address` is that of the number that it is; `more` says
    how many there are that stand elsewhere."""

    text: str = ""
    strong: bool = False
    party: PartyName | None = None
    address: str = ""
    more: bool = False


Phrase = tuple[LeadPart, ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure at the head of a page, with what stands below it."""

    label: str
    figure: ShownFigure
    unit: str = ""
    below: str | Phrase = ""

    @property
    def phrase(self) -> Phrase:
        """What stands below it, in parts."""
        return (LeadPart(self.below),) if isinstance(self.below, str) else self.below


def said(text: str, address: str = "") -> LeadPart:
    return LeadPart(text, address=address)


def strong(text: str, address: str = "") -> LeadPart:
    return LeadPart(text, strong=True, address=address)


def sentence(report: str, inputs: Mapping[str, Any], where: str, text: str, lens: Lens) -> Phrase:
    """A sentence that a report has too, with the addresses that its numbers have there."""
    stated = inputs_text(FIGURE_TABLES[report].parameters, inputs)
    if stated is None or lens.overlay:
        return (said(text),)
    parts = cited_parts(report, stated, SaidText(where, text), lens)
    return tuple(said(part, address_of(id)) for part, id in parts)


def party(name: PartyName) -> LeadPart:
    return LeadPart(party=name)


def parties(names: Sequence[PartyName], most: int = 6) -> Iterator[LeadPart]:
    """A, B and C; of many the first, and how many more."""
    stated = names[:most]
    for place, name in enumerate(stated):
        is_last = place == len(stated) - 1 and len(names) == len(stated)
        yield from (said("" if place == 0 else " and " if is_last else ", "), party(name))
    if len(names) > len(stated):
        yield more_than_shown(len(names) - len(stated))


def more_than_shown(count: int) -> LeadPart:
    return LeadPart(f" and {count:,} more", more=True)
