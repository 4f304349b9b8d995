"""The head of a page: a sentence made from data, and up to five figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.pages.evidence import ShownFigure
from api.pages.parties import PartyName

MAX_KEYS = 5


@dataclass(frozen=True, slots=True)
class LeadPart:
    """A piece of the lead: text, a figure in bold, or a party."""

    text: str = ""
    strong: bool = False
    party: PartyName | None = None


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure at the head of a page, with what stands below it."""

    label: str
    figure: ShownFigure
    unit: str = ""
    below: str = ""


def said(text: str) -> LeadPart:
    return LeadPart(text)


def strong(text: str) -> LeadPart:
    return LeadPart(text, strong=True)


def party(name: PartyName) -> LeadPart:
    return LeadPart(party=name)


def parties(names: Sequence[PartyName], most: int = 6) -> Iterator[LeadPart]:
    """A, B and C; of many the first, and how many more."""
    stated = names[:most]
    for place, name in enumerate(stated):
        is_last = place == len(stated) - 1 and len(names) == len(stated)
        yield from (said("" if place == 0 else " and " if is_last else ", "), party(name))
    if len(names) > len(stated):
        yield said(f" and {len(names) - len(stated):,} more")
