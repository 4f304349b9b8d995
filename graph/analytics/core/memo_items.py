"""Memo items: amounts that are reported next to a firm figure and are not part of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graph.analytics.core.amounts import amount_of
from graph.analytics.core.exclusions import Excluded, ExclusionReason
from graph.analytics.core.scope import Scope, Weight, in_scope
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.firmness import MemoColumn, memo_column
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import Row

DECIDED = frozenset({ExclusionReason.NOT_IN_FORCE, ExclusionReason.STATUS, ExclusionReason.COMMITMENT})
"""Reasons that lie in how far the agreement has come, not in what it is."""


def whole_figure(link: Row, snapshot: Snapshot, scope: Scope, weight: Weight) -> Included | None:
    """The link with its whole amount, firm or not; None where it is out of scope or states no amount."""
    if not in_scope(link, scope, snapshot.entities):
        return None
    amount = amount_of(link, weight, replace(scope, commitment=frozenset(Commitment)))
    if isinstance(amount, Excluded):
        return None
    return Included(link, link.columns["from"], link.columns["to"], amount)


def memo_links(excluded: Iterable[Excluded]) -> Mapping[MemoColumn, Mapping[str, Row]]:
    """The links that are excluded for how far they have come, by column and key, with an amount or without."""
    result: dict[MemoColumn, dict[str, Row]] = {}
    for one in excluded:
        column = memo_column(one.link) if one.reason in DECIDED else None
        if column:
            result.setdefault(column, {})[one.link.key] = one.link
    return result


def memo_items(
    links: Mapping[MemoColumn, Mapping[str, Row]], snapshot: Snapshot, scope: Scope, weight: Weight
) -> Mapping[MemoColumn, Mapping[str, Included]]:
    """Those of `memo_links` that are in scope and state an amount, with it, by column and key."""
    result: dict[MemoColumn, dict[str, Included]] = {}
    for column, by_key in links.items():
        for key, link in by_key.items():
            included = whole_figure(link, snapshot, scope, weight)
            if included:
                result.setdefault(column, {})[key] = included
    return result
