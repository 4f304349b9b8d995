"""The head of a page: a sentence made from data, and up to five figures."""

from __future__ import annotations

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
