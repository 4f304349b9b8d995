"""What counts once: of contracts that contain one another, which are to be added.

A total (`covers`) stands for its parts. Where one contract is served out of another (`uses`), both are about the same
capacity: only contracts of which none is served out of another, however indirectly, are proven to be distinct.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import networkx as nx

from graph.analytics.scope import Counted, Snapshot
from graph.model import Row


def distinct(links: Mapping[str, Counted], chains: Chains | None = None) -> tuple[str, ...]:
    """Which of these links to add, so that nothing is counted twice; in their order: of all that are proven to be
    distinct, those that add to most.

    Without `chains` only what these links declare of one another is known."""
    if len(links) < 2:
        return tuple(links)
    parts = {part for one in links.values() for part in one.link["covers"] or ()}
    amounts = {key: Fraction(one.amount.value) for key, one in links.items() if key not in parts}
    known = chains or Chains(_declared({key: links[key].link for key in amounts}))
    kept = set(known.widest(amounts))
    return tuple(key for key in links if key in kept)


class Chains:
    """Which links are served out of which: edges lead from a link to what it is served out of, or may be."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def widest(self, amounts: Mapping[str, Fraction]) -> Iterator[str]:
        """Of these links, those that add to most and of which none is served out of another. Of a circle, one."""
        together: dict[int | str, list[str]] = {}
        for key in sorted(amounts):
            together.setdefault(self._component_of.get(key, key), []).append(key)
        for component, keys in together.items():
            if len(keys) == 1:
                yield from keys
            else:
                part = {key: amounts[key] for key in keys}
                yield from _antichain(self._graph.subgraph(self._components[int(component)]), part)

    @cached_property
    def _components(self) -> list[set[str]]:
        return list(nx.weakly_connected_components(self._graph))

    @cached_property
    def _component_of(self) -> Mapping[str, int]:
        return {key: number for number, keys in enumerate(self._components) for key in keys}


def declared_chains(given: Snapshot) -> Chains:
    """As links declare it, also through links that are not counted."""
    return Chains(_declared(given.links))


def possible_chains(given: Snapshot, standing: Iterable[str]) -> Chains:
    """As links declare it, and as it may be where a link of `standing` (all of one layer) declares nothing: it may be
    served out of any whose customer is its provider, unless the two are at different sites."""
    graph = _declared(given.links)
    rows = {key: given.links[key] for key in sorted(standing)}
    bought: dict[str, list[str]] = {}
    for key, row in rows.items():
        bought.setdefault(row.columns["to"], []).append(key)
    for key, row in rows.items():
        if not any(used in rows for used in row["uses"] or ()):
            sources = bought.get(row.columns["from"], ())
            graph.add_edges_from((key, one) for one in sources if one != key and _may_share(row, rows[one], given))
    return Chains(graph)


def _may_share(one: Row, other: Row, given: Snapshot) -> bool:
    """Whether two links may be about capacity of one place."""
    if one["site"] is None or other["site"] is None:
        return True
    return one["site"] in within(other["site"], given) or other["site"] in within(one["site"], given)


def within(site: str, given: Snapshot) -> tuple[str, ...]:
    """The site and those that it is a part of, from the smallest."""
    found: list[str] = []
    above: str | None = site
    while above is not None and above not in found:
        found.append(above)
        row = given.entities.get(above)
        above = row["part_of"] if row is not None else None
    return tuple(found)


def _declared(links: Mapping[str, Row]) -> Any:
    graph = nx.DiGraph()
    graph.add_nodes_from(links)
    graph.add_edges_from(
        (key, used) for key, link in links.items() for used in link["uses"] or () if used in links and used != key
    )
    return graph


def _antichain(graph: Any, amounts: Mapping[str, Fraction]) -> list[str]:
    """The heaviest set of links with an amount of which none leads to another (Dilworth 1950, as a minimum cut); the
    others are only led through. Exact numbers, so that the same links are kept in whatever order they come."""
    circles = nx.condensation(graph)
    heaviest = {
        circle: max((key for key in members if key in amounts), key=lambda key: (amounts[key], key), default=None)
        for circle, members in circles.nodes(data="members")
    }
    flow = nx.DiGraph()
    for circle, key in heaviest.items():
        amount = amounts[key] if key else Fraction(0)
        flow.add_edge("from", (circle, "above"), capacity=amount)
        flow.add_edge((circle, "below"), "to", capacity=amount)
        flow.add_edge((circle, "below"), (circle, "above"))
    flow.add_edges_from(((above, "above"), (below, "below")) for above, below in circles.edges)
    _, (near, _) = nx.minimum_cut(flow, "from", "to")
    kept = (circle for circle in circles if (circle, "above") in near and (circle, "below") not in near)
    return [key for key in (heaviest[circle] for circle in kept) if key]


# ---- megawatts of contracts that may overlap


@dataclass(frozen=True, slots=True)
class MwRange:
    """`low`: proven to be distinct; `high`: if nothing overlaps but what is declared to."""

    low: float
    high: float


def range_of(links: Mapping[str, Counted], declared: Chains, possible: Chains) -> MwRange:
    return MwRange(total(links, distinct(links, possible)), total(links, distinct(links, declared)))


def total(links: Mapping[str, Counted], keys: Iterable[str]) -> float:
    """The sum, the same in whatever order."""
    return float(sum((Fraction(links[key].amount.value) for key in keys), Fraction(0)))
