"""What stands beside a firm figure and is not in it: conditional, option, letter, lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graph.analytics.core.scope import (
    Excluded,
    ExclusionReason,
    MemoColumn,
    Scope,
    Weight,
    amount_of,
    in_scope,
    memo_column,
)
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import Row

DECIDED = frozenset({ExclusionReason.NOT_IN_FORCE, ExclusionReason.STATUS, ExclusionReason.COMMITMENT})
"""Left out for how far the agreement has come, not for what it is."""


def whole_figure(link: Row, snapshot: Snapshot, scope: Scope, weight: Weight) -> Included | None:
    """The link with its whole figure, whatever is firm of it; None where the scope does not speak of it or it states
    none."""
    if not in_scope(link, scope, snapshot.entities):
        return None
    amount = amount_of(link, weight, replace(scope, commitment=frozenset(Commitment)))
    if isinstance(amount, Excluded):
        return None
    return Included(link, link.columns["from"], link.columns["to"], amount)


def memo_items(
    excluded: Iterable[Excluded], snapshot: Snapshot, scope: Scope, weight: Weight
) -> Mapping[MemoColumn, Mapping[str, Included]]:
    """Of what was left out for how far it has come, the figures by column and key."""
    found: dict[MemoColumn, dict[str, Included]] = {}
    for one in excluded:
        column = memo_column(one.link)
        included = whole_figure(one.link, snapshot, scope, weight) if one.reason in DECIDED and column else None
        if column and included:
            found.setdefault(column, {})[one.link.key] = included
    return found
