"""Snapshots: all links and entities that one reader shows, and the links as arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, partial
from itertools import count, repeat
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from graph.concurrency.lazy_import import lazy_import
from graph.evidence.firmness import replaced_by
from graph.evidence.lens import Lens
from graph.stores.base import Reader
from graph.vocabulary.model import ENTITIES, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions = NDArray[np.int64]
    """Positions of nodes or links, in their order; -1 for none."""
    Mask = NDArray[np.bool_]
    """One truth value for each link."""
else:
    np = lazy_import("numpy")


@dataclass(frozen=True)
class Snapshot:
    """Links and entities of one reader, by key; views are made from them. `whole`: where `links` are a part of all, all
    of them."""

    links: Mapping[str, Row]
    entities: Mapping[str, Row]
    lens: Lens
    data_version: str
    data_through: date | None
    whole: Mapping[str, Row] | None = None

    def part(self, links: Mapping[str, Row]) -> Snapshot:
        """The same with these links alone. What all links and the entities give is taken over."""
        part = replace(self, links=links, whole=self.links if self.whole is None else self.whole)
        vars(part).update({name: getattr(self, name) for name in ("replaced", "organizations", "nodes")})
        return part

    @cached_property
    def replaced(self) -> Mapping[str, str]:
        """By link, the link that has taken its place: it counts no longer."""
        return replaced_by((self.links if self.whole is None else self.whole).values())

    @cached_property
    def organizations(self) -> Mapping[str, Row]:
        return {key: row for key, row in self.entities.items() if row.label == "Organization"}

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Keys of parties that are not named."""
        return frozenset(key for key, row in self.entities.items() if row.columns.get("placeholder"))

    @cached_property
    def nodes(self) -> Mapping[str, int]:
        """The position of every organization that is named, in the order of their keys."""
        named = sorted(key for key, row in self.organizations.items() if not row.columns["placeholder"])
        return {key: position for position, key in enumerate(named)}

    @cached_property
    def by_name(self) -> Positions:
        """The positions of all n nodes, in the order of their names."""
        names = [str(self.organizations[key].columns.get("name_sort")) for key in self.nodes]
        return np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)

    def links_of(self, key: str) -> Sequence[Row]:
        """The links that lead from an entity or to it, in the order of all."""
        return self._links_by_end.get(key, ())

    @cached_property
    def _links_by_end(self) -> Mapping[str, Sequence[Row]]:
        by_end: dict[str, list[Row]] = {}
        for link in self.links.values():
            for end in {link.columns["from"], link.columns["to"]}:
                by_end.setdefault(end, []).append(link)
        return by_end

    @cached_property
    def table(self) -> LinkTable:
        """The links as arrays; made once for all scopes."""
        return LinkTable.of(self.links.values(), self.nodes)


async def read_snapshot(reader: Reader) -> Snapshot:
    entities = {key: row for label in ENTITIES for key, row in (await reader.rows(label)).items()}
    return Snapshot(await reader.rows("Link"), entities, reader.lens, reader.version.id, reader.data_through)


@dataclass(frozen=True, eq=False)
class Kinds:
    """Links by some of their columns: what depends on these columns alone is decided once for each kind.

    A kind is a row with these columns. `of_link` holds the position in `rows` of the kind of each of the m links."""

    rows: Sequence[Row]
    of_link: Positions

    @staticmethod
    def of(links: Sequence[Row], names: Sequence[str]) -> Kinds:
        columns = [link.columns for link in links]
        numbers: defaultdict[tuple[Any, ...], int] = defaultdict(count().__next__)
        values = zip(*(map(dict.get, columns, repeat(name)) for name in names), strict=True)
        of_link = np.fromiter(map(numbers.__getitem__, values), np.int64, len(links))
        return Kinds([Row("Link", "", dict(zip(names, one, strict=True))) for one in numbers], of_link)

    def each(self, flags: Iterable[bool]) -> Mask:
        """The flag of its kind for each of the m links."""
        of_kind: Mask = np.fromiter(flags, np.bool_, len(self.rows))
        return of_kind[self.of_link]

    def at(self, positions: Positions) -> Kinds:
        """The kinds of the links at these positions."""
        return Kinds(self.rows, self.of_link[positions])

    @property
    def tally(self) -> Iterator[tuple[Row, int]]:
        """How many links there are of each kind."""
        return zip(self.rows, np.bincount(self.of_link, minlength=len(self.rows)).tolist(), strict=True)


@dataclass(frozen=True, eq=False)
class LinkTable:
    """All m links in the order of their keys. `sources` and `targets` hold the positions of their ends in
    `Snapshot.nodes`, -1 for an end that is no node; m links each."""

    rows: Sequence[Row]
    sources: Positions
    targets: Positions

    @staticmethod
    def of(links: Iterable[Row], nodes: Mapping[str, int]) -> LinkTable:
        rows = sorted(links, key=attrgetter("key"))
        columns = [row.columns for row in rows]
        sources, targets = (
            np.fromiter(map(nodes.get, map(itemgetter(end), columns), repeat(-1)), np.int64, len(rows))
            for end in ("from", "to")
        )
        return LinkTable(rows, sources, targets)

    @cached_property
    def kinds(self) -> Callable[[tuple[str, ...]], Kinds]:
        """The kinds by the names of columns; cached."""
        return cache(partial(Kinds.of, self.rows))
