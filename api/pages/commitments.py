"""How firmly the parties of a link are bound, as glyph, colour and word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graph.evidence.firmness import Firmness, firmness
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import Row
from graph.vocabulary.wording import words

_RIGHTS: Mapping[Commitment, str] = {
    Commitment.ROFO: "right of first offer",
    Commitment.ROFR: "right of first refusal",
}


class CommitmentMark(NamedTuple):
    """`code` names the class of the style sheet, and of the graph. What is not stated counts as firm, and is shown as
    not stated."""

    code: str
    word: str


def commitment_mark(link: Row, replaced: bool = False) -> CommitmentMark:
    """`replaced`: another link has taken its place."""
    how = Firmness.LAPSED if replaced else firmness(link)
    if how is Firmness.LAPSED:
        return CommitmentMark("lapsed", "replaced" if replaced else words(link.columns.get("status")) or "lapsed")
    if how is Firmness.OPTION:
        commitment: Commitment = link["commitment"]
        return CommitmentMark("option", _RIGHTS.get(commitment) or words(commitment))
    return CommitmentMark(how.lower(), "not stated" if how is Firmness.UNSTATED else words(how))
