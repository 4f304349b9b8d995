"""How firmly the parties of a link are bound, as glyph, colour and word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.evidence.firmness import MemoColumn, memo_column
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import Row
from graph.vocabulary.wording import words

FIRM, CONDITIONAL, OPTION, LAPSED, UNSTATED = CODES = ("firm", "conditional", "option", "lapsed", "unstated")
"""The five classes of the style sheet, and of the graph."""
_WORDS: Mapping[Commitment | None, str] = {
    Commitment.ROFO: "right of first offer",
    Commitment.ROFR: "right of first refusal",
    None: "not stated",
}


@dataclass(frozen=True, slots=True)
class CommitmentMark:
    """`code` is one of CODES; what is not stated counts as firm, and is shown as not stated."""

    code: str
    word: str


def commitment_mark(link: Row, replaced: bool = False) -> CommitmentMark:
    """`replaced`: another link has taken its place."""
    commitment: Commitment | None = link["commitment"]
    column = memo_column(link)
    if column is MemoColumn.LAPSED:
        return CommitmentMark(LAPSED, words(link.columns.get("status")) or "lapsed")
    if replaced:
        return CommitmentMark(LAPSED, "replaced")
    if column is MemoColumn.OPTION:
        return CommitmentMark(OPTION, _WORDS.get(commitment) or words(commitment))
    if column is MemoColumn.CONDITIONAL:
        return CommitmentMark(CONDITIONAL, "conditional")
    return CommitmentMark(FIRM, "firm") if commitment is Commitment.FIRM else CommitmentMark(UNSTATED, _WORDS[None])
