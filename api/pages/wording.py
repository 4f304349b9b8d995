"""How a page writes dates, amounts and reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from graph.vocabulary.wording import bound_sign, format_day, megawatts, words


def billions(amount: float) -> str:
    """Dollars in billions, three figures: 9.70, 26.6, 300; below ten millions as many digits as say something."""
    size = amount / 1e9
    if abs(size) >= 100:
        return f"{size:,.0f}"
    if abs(size) >= 10:
        return f"{size:.1f}"
    return f"{size:.2f}" if abs(size) >= 0.01 or size == 0 else f"{size:.2g}"


def bounded(text: str, bound: str) -> str:
    """With ≤, ≥ or ≈ before the number."""
    return f"{bound_sign(bound)}{text}"


def format_megawatts(mw: float, bound: str = "EXACT") -> str:
    return bounded(megawatts(mw), bound)


def count_of(number: int, noun: str, plural: str = "") -> str:
    """1 contract, 2 contracts."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def join_words(texts: list[str]) -> str:
    """A, B and C."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


# ---- reasons of the policy as sentences

READ_AS: Mapping[str, str] = {"HIGH": "plainly", "MEDIUM": "in part", "LOW": "weakly"}
"""How a source supports a statement, by its confidence."""
_REASON = re.compile(r"(?P<criterion>[a-z ]+): (?P<own>.*); the (?P<side>next|chosen): (?P<other>.*)")
_NO_RIVALS = frozenset({"no other value", "says the same as the best statement", "united with what the others say"})


def _by_confidence(own: str, other: str) -> str:
    return f"read {READ_AS.get(own, own)} in its source, {READ_AS.get(other, other)} in the other"


def _by_moment(own: str, other: str) -> str:
    return f"it is of {_moment(own)}, the other of {_moment(other)}; the later moment holds"


def _moment(text: str) -> str:
    return {"unknown": "no stated moment", "undated": "undated"}.get(text) or format_day(text)


def _by_party(own: str, other: str) -> str:
    described = {
        "": "a named party",
        "well supported": "a party named with support",
        "weakly supported": "weakly named",
    }
    return f"{described.get(own, own)}; the other {described.get(other, other)}"


def _by_origins(own: str, other: str) -> str:
    return f"{count_of(int(own), 'independent origin')}; the other {other}"


_SENTENCES: Mapping[str, Callable[[str, str], str]] = {
    "scenario": lambda own, other: f"{own}; the other is {other}",
    "party": _by_party,
    "moment": _by_moment,
    "confidence": _by_confidence,
    "nature": lambda own, other: f"{words(own)}; the other {words(other)}",
    "reliability of the source": lambda own, other: f"reliability {own.lower()}; the other {other.lower()}",
    "reading of the source": lambda own, other: f"{own}; the other {other}",
    "independent origins": _by_origins,
    "publication": lambda own, other: f"published {_moment(own)}; the other {_moment(other)}",
}


def format_reason(reason: str) -> str:
    """The store's reason for choosing a statement, or not, as a clause; empty where nothing had to be weighed."""
    if reason in _NO_RIVALS:
        return ""
    weighed = _REASON.fullmatch(reason)
    if weighed is None or weighed["criterion"] not in _SENTENCES:
        return reason
    return _SENTENCES[weighed["criterion"]](weighed["own"], weighed["other"])
