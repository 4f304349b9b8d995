"""Selections: which links of a snapshot count under a scope, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graph.analytics.core.scope import (
    DECIDING,
    ONE,
    QUANTITIES,
    Amount,
    Excluded,
    Exclusion,
    Flow,
    Parties,
    Scope,
    Weight,
    amount_of,
    deciding,
    ends_of,
    exclusion_of_kind,
    exclusion_of_parties,
    kind_in_scope,
    runs,
)
from graph.analytics.core.snapshot import Kinds, LinkTable, Snapshot
from graph.concurrency.lazy_import import lazy_import
from graph.stores.query import EVERYTHING, matches
from graph.vocabulary.model import TYPE_COLUMN, FlowDirection, Row

if TYPE_CHECKING:
    import numpy as np
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
    """Every link that a scope speaks of: either counted, or excluded with the first reason; both in the order of keys.

    `rows`, `kinds`, `tails`, `heads` and `amounts` are the links that count, one by one: `tails` and `heads` are arrays
    of the places in `Snapshot.nodes` where their edges begin and end, -1 for what is no node."""

    rows: Sequence[Row]
    kinds: Kinds
    tails: Any
    heads: Any
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
        found = [amount_of(row, weight, scope) for row in self.rows]
        places = [place for place, one in enumerate(found) if isinstance(one, Amount)]
        unmeasured = [one for one in found if isinstance(one, Excluded)]
        return replace(
            self,
            rows=[self.rows[place] for place in places],
            kinds=self.kinds.at(places),
            tails=self.tails[places],
            heads=self.heads[places],
            amounts=[one for one in found if isinstance(one, Amount)],
            excluded=tuple(sorted((*self.excluded, *unmeasured), key=_key)),
        )


def select(
    snapshot: Snapshot, scope: Scope, flow: Flow, weight: Weight, *, parties: Parties = Parties.ORGANIZATIONS
) -> Selection:
    """Every link that the scope speaks of. First its parties may speak against it, then its kind, then its figures."""
    table, kinds = snapshot.table, snapshot.table.kinds(deciding(scope))
    exclusions = [exclusion_of_kind(kind, scope, flow, snapshot.lens.valid_on) for kind in kinds.rows]
    asked, strange = _asked(snapshot, scope, kinds), _strange(snapshot, parties)
    refused = kinds.each(exclusion is not None for exclusion in exclusions)
    excluded = {
        **_because(table, asked & refused, lambda place: exclusions[kinds.of_link[place]]),
        **_because(table, asked & strange, lambda place: exclusion_of_parties(table.rows[place], snapshot, parties)),
    }
    places = np.flatnonzero(asked & ~refused & ~strange)
    along = kinds.each(runs(kind.columns[TYPE_COLUMN], flow) is FlowDirection.ALONG for kind in kinds.rows)
    standing = Selection(
        [table.rows[place] for place in places.tolist()],
        kinds.at(places),
        np.where(along, table.sources, table.targets)[places],
        np.where(along, table.targets, table.sources)[places],
        [ONE] * len(places),
        flow,
        tuple(excluded[place] for place in sorted(excluded)),
    )
    return standing.weighed(scope, weight) if weight in QUANTITIES or scope.basis is not None else standing


def _key(one: Excluded) -> str:
    return one.link.key


def _asked(snapshot: Snapshot, scope: Scope, kinds: Kinds) -> Any:
    """Of every link whether the scope speaks of it."""
    asked = kinds.each(kind_in_scope(kind, scope) for kind in kinds.rows)
    if scope.where != EVERYTHING:
        for place in np.flatnonzero(asked).tolist():
            asked[place] = matches(scope.where, snapshot.table.rows[place], snapshot.entities.get)
    return asked


def _strange(snapshot: Snapshot, parties: Parties) -> Any:
    """Of every link whether its ends are others than they have to be."""
    table = snapshot.table
    if parties is Parties.ORGANIZATIONS:
        return (table.sources < 0) | (table.targets < 0) | (table.sources == table.targets)
    if parties is Parties.NAMED:
        ends = (not snapshot.placeholders.isdisjoint((row.columns["from"], row.columns["to"])) for row in table.rows)
        return np.fromiter(ends, np.bool_, len(table.rows))
    return np.zeros(len(table.rows), np.bool_)


def _because(table: LinkTable, places: Any, exclusion: Callable[[int], Exclusion | None]) -> dict[int, Excluded]:
    """Which of these links do not count, by their places."""
    told = ((place, exclusion(place)) for place in np.flatnonzero(places).tolist())
    return {place: Excluded(table.rows[place], *one) for place, one in told if one}
