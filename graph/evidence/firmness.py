"""How firm a link is: whether its figures are counted, or reported beside, and in which column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from graph.vocabulary.enums import Commitment, LinkStatus
from graph.vocabulary.model import Row

BINDING = frozenset({LinkStatus.SIGNED, LinkStatus.ACTIVE})
"""Statuses of an agreement that binds."""


class MemoColumn(StrEnum):
    """The column of memo items of a link that is not firm, signed and in force."""

    CONDITIONAL = "CONDITIONAL"
    OPTION = "OPTION"
    LETTER = "LETTER"
    LAPSED = "LAPSED"


_HAS_BOUND = BINDING | {LinkStatus.EXPIRED, LinkStatus.SUPERSEDED, LinkStatus.TERMINATED}
_NOT_DUE = frozenset({Commitment.OPTION, Commitment.ROFO, Commitment.ROFR})


def takes_place(link: Row) -> bool:
    """Whether a link that has begun has taken the place of those it `replaces`: it binds, or did until it ended. A
    letter or an option has not."""
    return link["status"] in _HAS_BOUND and link["commitment"] not in _NOT_DUE


def replaced_by(links: Iterable[Row]) -> Mapping[str, str]:
    """By link, the link that has taken its place: it counts no longer. A link is listed from when it binds, so that
    whatever is listed has begun."""
    replacing = (link for link in links if link.columns.get("replaces") and takes_place(link))
    return {old: link.key for link in replacing for old in link["replaces"] if old != link.key}


def is_firm(link: Row) -> bool:
    """Whether it is in force, signed or active, and firm; a link that states no commitment counts as firm."""
    return bool(link["in_force"]) and link["status"] in BINDING and link["commitment"] in (None, Commitment.FIRM)


def memo_column(link: Row) -> MemoColumn | None:
    """The column of a link that is not firm; None for talks, rumours and mere announcements."""
    if not link["in_force"]:
        return MemoColumn.LAPSED
    if link["status"] is LinkStatus.LETTER:
        return MemoColumn.LETTER
    if link["commitment"] in _NOT_DUE:
        return MemoColumn.OPTION
    conditional = link["commitment"] is Commitment.CONDITIONAL or link["status"] is LinkStatus.SIGNED_CONDITIONAL
    return MemoColumn.CONDITIONAL if conditional else None


class Firmness(StrEnum):
    """How firmly a link binds, as it is drawn and named: its colour, the head of its line, its word."""

    FIRM = "FIRM"
    CONDITIONAL = "CONDITIONAL"
    OPTION = "OPTION"
    LAPSED = "LAPSED"
    UNSTATED = "UNSTATED"


def firmness(link: Row) -> Firmness:
    """Options and rights are one; what is no longer in force has lapsed; UNSTATED where nobody says. Whether it is
    signed is another matter: a line that is not is dashed."""
    if not link["in_force"]:
        return Firmness.LAPSED
    if link["commitment"] in _NOT_DUE:
        return Firmness.OPTION
    if link["commitment"] is Commitment.CONDITIONAL or link["status"] is LinkStatus.SIGNED_CONDITIONAL:
        return Firmness.CONDITIONAL
    return Firmness.FIRM if link["commitment"] is Commitment.FIRM else Firmness.UNSTATED
