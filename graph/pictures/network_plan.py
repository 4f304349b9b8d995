"""The plan of the graph: what never moves, whatever the date, the lens or the filter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from graph.evidence.log import StatementLog
from graph.pictures.layout import Arrangement, Pair, Point, arrange, settled
from graph.vocabulary.model import LINKS, LinkRole, Row, link_types

CONTRACTS = link_types(LinkRole.CAPACITY_CONTRACT)
"""The link types of the first picture: contracts for capacity. They have a picture of their own; any others are drawn
within the picture of all types."""
PICTURES = ("contracts", "all")
_BEND = 0.16
"""How far the next of parallel links bends, as a share of its length."""
_WIDEST_FAN = 0.8


@dataclass(frozen=True)
class NetworkPlan:
    """Positions of all that links of some types ever joined, and the parallel links of each pair."""

    layout: Arrangement
    parallels: Mapping[Pair, tuple[str, ...]] = field(default_factory=dict)

    def bend(self, link: Row) -> float:
        """How far a link bends to its left, as a share of its length: parallel links fan out, each in its place
        whether the others are shown or not."""
        source, target = link.columns["from"], link.columns["to"]
        pair = _pair(source, target)
        group = self.parallels.get(pair, ())
        if link.key not in group or len(group) < 2:
            return 0.0
        step = min(_BEND, _WIDEST_FAN / (len(group) - 1))
        bend = (group.index(link.key) - (len(group) - 1) / 2) * step
        return bend if source == pair[0] else -bend

    def with_links(self, links: Iterable[Row]) -> NetworkPlan:
        """With links that no statement of the facts has, such as those of a scenario; nothing else moves."""
        groups = {pair: set(keys) for pair, keys in self.parallels.items()}
        for link in links:
            groups.setdefault(_pair(link.columns["from"], link.columns["to"]), set()).add(link.key)
        if all(len(keys) == len(self.parallels.get(pair, ())) for pair, keys in groups.items()):
            return self
        parallels = {pair: tuple(sorted(keys)) for pair, keys in groups.items()}
        return replace(self, layout=arrange(parallels, self.layout.at), parallels=parallels)


def picture_of(types: Collection[str]) -> str:
    """The name of the picture in which links of these types are drawn."""
    return "contracts" if set(types) <= CONTRACTS else "all"


def plan_network(log: StatementLog, picture: str, before: Mapping[str, Point] | None = None) -> NetworkPlan:
    """The plan of a picture, from all that its links were ever said to join. `before`: positions that stay, by default
    the settled ones."""
    types = CONTRACTS if picture == "contracts" else LINKS.keys()
    parallels = _known_parallels(log, types)
    kept = settled(picture) if before is None else before
    return NetworkPlan(arrange(parallels, kept), parallels)


def plan_pictures(log: StatementLog) -> Mapping[str, NetworkPlan]:
    """The plans of all pictures, by name."""
    return {name: plan_network(log, name) for name in PICTURES}


def _known_parallels(log: StatementLog, types: Collection[str]) -> Mapping[Pair, tuple[str, ...]]:
    ends: dict[str, dict[str, set[str]]] = {}
    for statement in log.statements:
        if statement.property in ("from", "to") and statement.kind in types:
            ends.setdefault(statement.subject, {}).setdefault(statement.property, set()).add(statement.value)
    groups: dict[Pair, set[str]] = {}
    for link, of_link in ends.items():
        for source in of_link.get("from", ()):
            for target in of_link.get("to", ()):
                groups.setdefault(_pair(source, target), set()).add(link)
    return {pair: tuple(sorted(groups[pair])) for pair in sorted(groups)}


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
