"""Selections: which links of a snapshot count under a scope, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from graph.analytics.core.amounts import ONE, Amount, amount_of
from graph.analytics.core.exclusions import (
    Excluded,
    Exclusion,
    ExclusionReason,
    Parties,
    exclusion_of_kind,
    exclusion_of_parties,
)
from graph.analytics.core.scope import (
    DECIDING,
    QUANTITIES,
    Flow,
    Scope,
    Weight,
    deciding,
    ends_of,
    flow_direction,
    kind_in_scope,
)
from graph.analytics.core.snapshot import Kinds, LinkTable, Snapshot
from graph.concurrency.lazy_import import lazy_import
from graph.stores.query import EVERYTHING, predicate
from graph.vocabulary.model import TYPE_COLUMN, FlowDirection, Row

if TYPE_CHECKING:
    import numpy as np

    from graph.analytics.core.snapshot import Mask, Positions
else:
    np = lazy_import("numpy")


@dataclass(frozen=True, slots=True)
class Included:
    """A link that counts, as the edge it makes."""

    link: Row
    tail: str
    head: str
    amount: Amount


@dataclass(frozen=True, eq=False)
class Selection:
    """Every link in scope: either included, or excluded with the first reason; both in the order of keys.

    `rows`, `kinds`, `tails`, `heads` and `amounts` are the links that count, one by one: `tails` and `heads` are arrays
    of the places in `Snapshot.nodes` where their edges begin and end, -1 for what is no node."""

    rows: Sequence[Row]
    kinds: Kinds
    tails: Positions
    heads: Positions
    amounts: Sequence[Amount]
    flow: Flow
    excluded: tuple[Excluded, ...]

    @staticmethod
    def of(
        included: Iterable[Included], excluded: Iterable[Excluded], flow: Flow, nodes: Mapping[str, int]
    ) -> Selection:
        """Of links that are decided; the counted ones by key."""
        each = list(included)
        tails = np.array([nodes.get(one.tail, -1) for one in each], np.int64)
        heads = np.array([nodes.get(one.head, -1) for one in each], np.int64)
        rows, amounts = [one.link for one in each], [one.amount for one in each]
        return Selection(rows, Kinds.of(rows, DECIDING), tails, heads, amounts, flow, tuple(excluded))

    @cached_property
    def included(self) -> Mapping[str, Included]:
        """The links that count, by key."""
        return {
            row.key: Included(row, *ends, amount)
            for row, amount in zip(self.rows, self.amounts, strict=True)
            if (ends := ends_of(row, self.flow))
        }

    def weighed(self, scope: Scope, weight: Weight) -> Selection:
        """With what each link weighs, without those that state no figure of it."""
        result = [amount_of(row, weight, scope) for row in self.rows]
        positions = np.array([position for position, one in enumerate(result) if isinstance(one, Amount)], np.int64)
        unmeasured = [one for one in result if isinstance(one, Excluded)]
        return replace(
            self,
            rows=[self.rows[position] for position in positions.tolist()],
            kinds=self.kinds.at(positions),
            tails=self.tails[positions],
            heads=self.heads[positions],
            amounts=[one for one in result if isinstance(one, Amount)],
            excluded=tuple(sorted((*self.excluded, *unmeasured), key=_key)),
        )


def select(
    snapshot: Snapshot, scope: Scope, flow: Flow, weight: Weight, *, parties: Parties = Parties.ORGANIZATIONS
) -> Selection:
    """Every link in scope, included or excluded. Parties are checked first, then whether another link has taken its
    place, then kinds, then figures."""
    table, kinds = snapshot.table, snapshot.table.kinds(deciding(scope))
    exclusions = [exclusion_of_kind(kind, scope, flow, snapshot.lens.valid_on) for kind in kinds.rows]
    in_scope, ineligible = _in_scope(snapshot, scope, kinds), _ineligible(snapshot, parties)
    rejected = kinds.each(exclusion is not None for exclusion in exclusions)
    # what has ended stays what it was, also where another contract followed
    replaced = _replaced(snapshot) & kinds.each(bool(kind.columns.get("in_force")) for kind in kinds.rows)
    excluded = {
        **_because(table, in_scope & rejected, lambda position: exclusions[kinds.of_link[position]]),
        **_because(table, in_scope & replaced, lambda position: _replacement(snapshot, position)),
        **_because(
            table, in_scope & ineligible, lambda position: exclusion_of_parties(table.rows[position], snapshot, parties)
        ),
    }
    positions = np.flatnonzero(in_scope & ~rejected & ~ineligible & ~replaced)
    along = kinds.each(flow_direction(kind.columns[TYPE_COLUMN], flow) is FlowDirection.ALONG for kind in kinds.rows)
    active = Selection(
        [table.rows[position] for position in positions.tolist()],
        kinds.at(positions),
        np.where(along, table.sources, table.targets)[positions],
        np.where(along, table.targets, table.sources)[positions],
        [ONE] * len(positions),
        flow,
        tuple(excluded[position] for position in sorted(excluded)),
    )
    return active.weighed(scope, weight) if weight in QUANTITIES or scope.basis is not None else active


def _key(one: Excluded) -> str:
    return one.link.key


def _in_scope(snapshot: Snapshot, scope: Scope, kinds: Kinds) -> Mask:
    """Whether each link is in scope; n links."""
    in_scope = kinds.each(kind_in_scope(kind, scope) for kind in kinds.rows)
    if scope.where != EVERYTHING:
        fits = predicate(scope.where, snapshot.entities.get)
        for position in np.flatnonzero(in_scope).tolist():
            in_scope[position] = fits(snapshot.table.rows[position])
    return in_scope


def _ineligible(snapshot: Snapshot, parties: Parties) -> Mask:
    """Whether the ends of each link are not what `parties` requires; n links."""
    table = snapshot.table
    if parties is Parties.ORGANIZATIONS:
        # graphs are made of a million links, too many to ask one by one
        ineligible: Mask = (table.sources < 0) | (table.targets < 0) | (table.sources == table.targets)
        return ineligible
    if parties is Parties.ANY:
        return np.zeros(len(table.rows), np.bool_)
    reasons = (exclusion_of_parties(row, snapshot, parties) for row in table.rows)
    return np.fromiter((reason is not None for reason in reasons), np.bool_, len(table.rows))


def _replaced(snapshot: Snapshot) -> Mask:
    """Whether another link has taken the place of each link; n links."""
    mask = np.zeros(len(snapshot.table.rows), np.bool_)
    if snapshot.replaced:
        for position, row in enumerate(snapshot.table.rows):
            mask[position] = row.key in snapshot.replaced
    return mask


def _replacement(snapshot: Snapshot, position: int) -> Exclusion:
    key = snapshot.table.rows[position].key
    return Exclusion(ExclusionReason.REPLACED, f"replaced by {snapshot.replaced[key]}")


def _because(table: LinkTable, where: Mask, exclusion: Callable[[int], Exclusion | None]) -> dict[int, Excluded]:
    """The exclusions of the links for which `where` is true, by their positions."""
    result = ((position, exclusion(position)) for position in np.flatnonzero(where).tolist())
    return {position: Excluded(table.rows[position], *one) for position, one in result if one}
