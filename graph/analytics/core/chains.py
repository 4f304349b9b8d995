"""Contracts that contain one another: which of them to add, so that nothing counts twice.

A total (`covers`) stands for its parts, and for the parts of these. Where one contract is served out of another
(`uses`), both are about the same capacity: only contracts of which none is served out of another, however indirectly,
are proven to be distinct.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.concurrency.lazy_import import lazy_import
from graph.vocabulary.model import Row

nx = lazy_import("networkx")


def distinct(links: Mapping[str, Included], chains: ContractDag | None = None) -> tuple[str, ...]:
    """Which of these links to add, so that nothing is counted twice; in their order: of all that are proven to be
    distinct, those that add to most.

    Without `chains` only what these links declare of one another is known."""
    if len(links) < 2:
        return tuple(links)
    known = chains or ContractDag(_declared({key: one.link for key, one in links.items()}))
    amounts = {key: Fraction(one.amount.value) for key, one in links.items()}
    parts = known.contained(amounts)
    amounts = {key: amount for key, amount in amounts.items() if key not in parts}
    chosen = set(known.maximum_weight_antichain(amounts))
    return tuple(key for key in links if key in chosen)


class ContractDag:
    """Which links are served out of which: edges lead from a link to what it is served out of, or may be.

    The condensation of that graph is a DAG of its strongly connected components (SCC). What each component leads to is
    held as bits, so that many small sets of links can be looked up."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def contained(self, amounts: Mapping[str, Fraction]) -> set[str]:
        """What totals among these links contain, however indirectly; of totals that contain one another, all but the
        largest."""
        parts: set[str] = set()
        for total_ in sorted(amounts.keys() & self._parts.keys(), key=lambda key: (-amounts[key], key)):
            if total_ not in parts:
                parts |= self._parts_of(total_) - {total_}
        return parts

    @property
    def _parts(self) -> Mapping[str, Iterable[str]]:
        """What each total says that it contains."""
        parts: Mapping[str, Iterable[str]] = self._graph.graph.get(_PARTS, {})
        return parts

    def _parts_of(self, total_: str) -> set[str]:
        parts: set[str] = set()
        todo = [total_]
        while todo:
            new = set(self._parts.get(todo.pop(), ())) - parts
            parts |= new
            todo.extend(new)
        return parts

    def maximum_weight_antichain(self, amounts: Mapping[str, Fraction]) -> Iterator[str]:
        """Of these links, those that add to most and of which none is served out of another; of an SCC, one."""
        parts: dict[int, dict[int, str]] = {}
        for key in sorted(amounts, key=lambda key: (amounts[key], key)):
            component, scc = self._scc_of_link.get(key, (-1, -1))
            if component < 0:
                yield key
            else:
                parts.setdefault(component, {})[scc] = key
        for component, heaviest in parts.items():
            yield from self._antichain_of(self._components[component], heaviest, amounts)

    def _antichain_of(
        self, component: _Component, heaviest: Mapping[int, str], amounts: Mapping[str, Fraction]
    ) -> Iterator[str]:
        """`heaviest` holds the heaviest link of each SCC."""
        below = component.below(heaviest)
        tied = {scc for above, sccs in below.items() if sccs for scc in (above, *sccs)}
        yield from (key for scc, key in heaviest.items() if scc not in tied)
        weights = {scc: amounts[heaviest[scc]] for scc in sorted(tied)}
        yield from (heaviest[scc] for scc in _antichain(weights, component.edges(below)))

    @cached_property
    def _components(self) -> list[_Component]:
        return [_Component.of(self._graph.subgraph(keys)) for keys in nx.weakly_connected_components(self._graph)]

    @cached_property
    def _scc_of_link(self) -> Mapping[str, tuple[int, int]]:
        """The weakly connected component and the SCC of every link that has an edge."""
        return {
            key: (number, scc)
            for number, component in enumerate(self._components)
            for key, scc in component.scc_of.items()
        }


_FEW = 100
"""Up to so many SCCs are joined pair by pair; more by the edges of the component, which are fewer then."""


@dataclass(frozen=True)
class _Component:
    """A weakly connected component: the SCC of each link, the DAG of the SCCs, and the SCCs each leads to, as bits."""

    scc_of: Mapping[str, int]
    dag: Any
    reach: Mapping[int, int]

    @staticmethod
    def of(graph: Any) -> _Component:
        dag = nx.condensation(graph)
        reach: dict[int, int] = {}
        for scc in reversed(list(nx.topological_sort(dag))):
            reach[scc] = 0
            for below in dag.successors(scc):
                reach[scc] |= reach[below] | 1 << below
        return _Component(dag.graph["mapping"], dag, reach)

    def below(self, sccs: Iterable[int]) -> Mapping[int, list[int]]:
        """Which of these SCCs each of them leads to."""
        requested = list(sccs)
        mask = sum(1 << scc for scc in requested)
        return {
            scc: [one for one in requested if reachable >> one & 1] if (reachable := self.reach[scc] & mask) else []
            for scc in requested
        }

    def edges(self, below: Mapping[int, list[int]]) -> Iterator[tuple[int, int]]:
        if len(below) <= _FEW:
            yield from ((above, scc) for above, sccs in below.items() for scc in sccs)
        else:
            yield from self.dag.edges


def declared_dag(snapshot: Snapshot) -> ContractDag:
    """As links declare it, also through links that are not included; made once for each snapshot."""
    kept: ContractDag | None = vars(snapshot).get(_KEPT)
    if kept is None:
        kept = vars(snapshot)[_KEPT] = ContractDag(_declared(snapshot.links))
    return kept


_KEPT = "declared_dag"


def possible_dag(snapshot: Snapshot, active: Iterable[str]) -> ContractDag:
    """As links declare it, and as it may be where a link of `active` (all of one layer) declares nothing: it may be
    served out of any whose customer is its provider, unless the two are at different sites."""
    graph = _declared(snapshot.links)
    rows = {key: snapshot.links[key] for key in sorted(active)}
    placed: dict[str, list[Row]] = {}
    for key, row in rows.items():
        customer = row.columns["to"]
        graph.add_edge(("whatever", customer), key)
        if row["site"] is None:
            graph.add_edge(("without a site", customer), key)
        else:
            placed.setdefault(customer, []).append(row)
    for key, row in rows.items():
        if not any(used in rows for used in row["uses"] or ()):
            graph.add_edges_from((key, one) for one in _sources(row, placed, snapshot) if one != key)
    return ContractDag(graph)


def _sources(row: Row, placed: Mapping[str, list[Row]], snapshot: Snapshot) -> Iterator[Any]:
    """What a link may be served out of: nodes that lead to all that its provider takes, so that a provider with many
    contracts on both sides makes few edges."""
    provider = row.columns["from"]
    if row["site"] is None:
        yield "whatever", provider
    else:
        yield "without a site", provider
        yield from (one.key for one in placed.get(provider, ()) if _may_share(row, one, snapshot))


def _may_share(one: Row, other: Row, snapshot: Snapshot) -> bool:
    """Whether two links with a site may be about capacity of one place."""
    return one["site"] in within(other["site"], snapshot) or other["site"] in within(one["site"], snapshot)


def within(site: str, snapshot: Snapshot) -> tuple[str, ...]:
    """The site and those that it is a part of, from the smallest."""
    sites: list[str] = []
    above: str | None = site
    while above is not None and above not in sites:
        sites.append(above)
        row = snapshot.entities.get(above)
        above = row["part_of"] if row is not None else None
    return tuple(sites)


def _declared(links: Mapping[str, Row]) -> Any:
    """What is served out of a part of a total is served out of the total."""
    parts = {key: link["covers"] for key, link in links.items() if link.columns.get("covers")}
    graph = nx.DiGraph(**{_PARTS: parts})
    graph.add_edges_from(
        (key, used) for key, link in links.items() for used in link["uses"] or () if used in links and used != key
    )
    graph.add_edges_from(
        (part, key) for key, contained in parts.items() for part in contained if part in links and part != key
    )
    return graph


_PARTS = "parts"
"""The attribute of the graph that holds what each total contains."""


def _antichain(weights: Mapping[int, Fraction], edges: Iterable[tuple[int, int]]) -> list[int]:
    """The heaviest set of which none leads to another (Dilworth 1950, as a minimum cut); edges may lead through others.
    Exact numbers: the result does not depend on the order of the links."""
    if not weights:
        return []
    flow = nx.DiGraph()
    for one, weight in weights.items():
        flow.add_edge("from", (one, "above"), capacity=weight)
        flow.add_edge((one, "below"), "to", capacity=weight)
    for above, below in edges:
        flow.add_edge((above, "above"), (below, "below"))
        flow.add_edge((below, "below"), (below, "above"))
    _, (near, _) = nx.minimum_cut(flow, "from", "to")
    return [one for one in weights if (one, "above") in near and (one, "below") not in near]


# ---- megawatts of contracts that may overlap


@dataclass(frozen=True, slots=True)
class MwRange:
    """`low`: proven to be distinct; `high`: if nothing overlaps but what is declared to."""

    low: float
    high: float


def range_of(links: Mapping[str, Included], declared: ContractDag, possible: ContractDag) -> MwRange:
    return MwRange(total(links, distinct(links, possible)), total(links, distinct(links, declared)))


def total(links: Mapping[str, Included], keys: Iterable[str]) -> float:
    """The sum, the same in whatever order."""
    return float(sum((Fraction(links[key].amount.value) for key in keys), Fraction(0)))
