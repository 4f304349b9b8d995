"""What stands beside a firm figure and is not in it: conditional, option, letter, lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graph.analytics.core.scope import Beside, Excluded, Scope, Weight, Why, amount_of, asked, beside
from graph.analytics.core.selection import Counted
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import Row

DECIDED = frozenset({Why.NOT_IN_FORCE, Why.STATUS, Why.COMMITMENT})
"""Left out for how far the agreement has come, not for what it is."""


def whole_figure(link: Row, snapshot: Snapshot, scope: Scope, weight: Weight) -> Counted | None:
    """The link with its whole figure, whatever is firm of it; None where the scope does not speak of it or it states
    none."""
    if not asked(link, scope, snapshot.entities):
        return None
    amount = amount_of(link, weight, replace(scope, commitment=frozenset(Commitment)))
    if isinstance(amount, Excluded):
        return None
    return Counted(link, link.columns["from"], link.columns["to"], amount)


def figures_beside(
    excluded: Iterable[Excluded], snapshot: Snapshot, scope: Scope, weight: Weight
) -> Mapping[Beside, Mapping[str, Counted]]:
    """Of what was left out for how far it has come, the figures by column and key."""
    found: dict[Beside, dict[str, Counted]] = {}
    for one in excluded:
        column = beside(one.link)
        counted = whole_figure(one.link, snapshot, scope, weight) if one.why in DECIDED and column else None
        if column and counted:
            found.setdefault(column, {})[one.link.key] = counted
    return found
