"""The picture of the graph as data: dots and lines with their places, classes and sizes; a server draws it as SVG, a
browser with its own means."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from graph.analytics.core.snapshot import Snapshot
from graph.analytics.network.walks import Adjacency, SearchBudget, both_ways
from graph.concurrency.lazy_import import lazy_import
from graph.evidence.captions import caption
from graph.evidence.firmness import Firmness
from graph.evidence.policy import day_of
from graph.pictures.labels import Label, LabelSide, place_labels
from graph.pictures.layout import Box, Point, bounds
from graph.pictures.link_evidence import LinkEvidence
from graph.pictures.metrics import Weight, shorten
from graph.pictures.network_plan import NetworkPlan
from graph.pictures.network_query import Colour, NetworkQuery, drawn_firmness
from graph.vocabulary.enums import LinkStatus
from graph.vocabulary.model import ENTITIES, TYPE_COLUMN, Row
from graph.vocabulary.values import Bound, fold

if TYPE_CHECKING:
    import numpy as np

    from graph.pictures.layout import Points
else:
    np = lazy_import("numpy")

UNSIGNED = frozenset({LinkStatus.RUMOURED, LinkStatus.IN_TALKS, LinkStatus.LETTER, LinkStatus.ANNOUNCED})
"""Statuses before a signature: drawn with dashes."""
MAX_PATHS = 40
_THINNEST, _THICKEST = 1.2, 11.0
_MAX_NAME_WIDTH = 190.0
_MANY_LINES = 2_000
_PART_MARGIN = 60.0
"""Units around a part of the graph, for names."""


class RankRange(NamedTuple):
    """A rank, and the best and the worst that it may have; the same where that is not known."""

    rank: int
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class Dot:
    """An entity. `least_radius` and `most_radius` are the ends of the interval of what its size stands for. `sides`: by
    magnification, where its name stands."""

    row: Row
    name: str
    label: str
    x: float
    y: float
    radius: float
    least_radius: float
    most_radius: float
    size: float
    font_weight: Weight
    counterparties: int
    unnamed: bool
    sides: Mapping[float, LabelSide]


@dataclass(frozen=True, slots=True)
class Line:
    """A link; or, merged, all links from one entity to another, as wide as the widest of them and in the class of the
    first. `colour` is a class of the style sheet: of `link_evidence.py`, or the
    firmness. `amount` is in the unit of the measure."""

    links: tuple[Row, ...]
    source: str
    target: str
    firmness: Firmness
    colour: str
    width: float
    amount: float | None
    bound: Bound
    dashed: bool
    bend: float
    title: str

    @property
    def key(self) -> str:
        return self.links[0].key


@dataclass(frozen=True)
class Network:
    """What a picture shows, in the order in which it is drawn: wide lines first. `frame` is the part of the plane that
    it shows, `links` the shown ones by key, `total` how many there are of the types before any filter."""

    query: NetworkQuery
    snapshot: Snapshot
    dots: Sequence[Dot]
    lines: Sequence[Line]
    links: Mapping[str, Row]
    frame: Box
    total: int
    without_amount: int
    cut_short: bool

    @property
    def by_key(self) -> Mapping[str, Dot]:
        return {dot.row.key: dot for dot in self.dots}


def draw_network(
    snapshot: Snapshot,
    plan: NetworkPlan,
    query: NetworkQuery,
    *,
    evidence: Mapping[str, LinkEvidence] | None = None,
    ranks: Mapping[str, RankRange] | None = None,
) -> Network:
    """`evidence` of all links is needed where the query asks for it; `ranks` where dots stand for a centrality."""
    of_types = {key: row for key, row in snapshot.links.items() if row.columns[TYPE_COLUMN] in query.types}
    links, cut_short = shown_links(snapshot, query, evidence)
    full = plan.with_links(of_types.values())
    lines = _lines(links, full, snapshot, query, evidence or {})
    frame = _frame(full, query, lines)
    dots = _dots(lines, full, snapshot, ranks, frame)
    return Network(
        query=query,
        snapshot=snapshot,
        dots=dots,
        lines=lines,
        links=links,
        frame=frame,
        total=len(of_types),
        without_amount=sum(query.measure.of(link) is None for link in links.values()),
        cut_short=cut_short,
    )


# ---- which links


def shown_links(
    snapshot: Snapshot, query: NetworkQuery, evidence: Mapping[str, LinkEvidence] | None = None
) -> tuple[Mapping[str, Row], bool]:
    """The links that a picture shows, by key, and whether paths were left out."""
    of_types = ((key, row) for key, row in snapshot.links.items() if row.columns[TYPE_COLUMN] in query.types)
    return _part({key: row for key, row in of_types if _passes(row, snapshot, query, evidence or {})}, query)


def _passes(link: Row, snapshot: Snapshot, query: NetworkQuery, evidence: Mapping[str, LinkEvidence]) -> bool:
    if drawn_firmness(link, link.key in snapshot.replaced) not in query.commitments:
        return False
    if query.statuses and link["status"] not in query.statuses:
        return False
    if query.kinds and not any(query.kinds & _kinds_of(snapshot, link.columns[end]) for end in ("from", "to")):
        return False
    return _has_amount(link, query) and (query.source is None or _cites(query.source, evidence.get(link.key)))


def _kinds_of(snapshot: Snapshot, key: str) -> frozenset[Any]:
    row = snapshot.organizations.get(key)
    return frozenset(row["kinds"] or ()) if row is not None else frozenset()


def _has_amount(link: Row, query: NetworkQuery) -> bool:
    if query.at_least is None and query.at_most is None:
        return True
    stated = query.measure.of(link)
    low, high = query.at_least or 0.0, math.inf if query.at_most is None else query.at_most
    return stated is not None and low <= stated[0] <= high


def _cites(source: str, evidence: LinkEvidence | None) -> bool:
    return evidence is not None and any(fold(source) == fold(one) for one in evidence.sources)


def _part(links: Mapping[str, Row], query: NetworkQuery) -> tuple[Mapping[str, Row], bool]:
    """The links of the neighbourhood, or of the paths, that the query asks for; and whether paths were left out."""
    if not query.is_part:
        return links, False
    adjacency = Adjacency.of(way for link in links.values() for way in both_ways(link))
    if query.path_from is not None and query.path_to is not None:
        budget = SearchBudget()
        walks = adjacency.simple_paths(query.path_from, query.path_to, query.hops, budget)
        kept = list(islice(walks, MAX_PATHS + 1))
        steps = {frozenset(pair) for walk in kept[:MAX_PATHS] for pair in pairwise(walk)}
        on_paths = {key: row for key, row in links.items() if frozenset(both_ways(row)[0]) in steps}
        return on_paths, budget.cut_short or len(kept) > MAX_PATHS
    near = adjacency.hops_from(query.around or "", query.depth)
    return {key: row for key, row in links.items() if _is_near(row, near, query.depth)}, False


def _is_near(link: Row, near: Mapping[str, int], depth: int) -> bool:
    """Whether both ends are near; of what is at the rim, only what leads there."""
    ends = [near.get(link.columns[end]) for end in ("from", "to")]
    hops = [one for one in ends if one is not None]
    return len(hops) == 2 and min(hops) < depth


# ---- lines


def _lines(
    links: Mapping[str, Row],
    plan: NetworkPlan,
    snapshot: Snapshot,
    query: NetworkQuery,
    evidence: Mapping[str, LinkEvidence],
) -> Sequence[Line]:
    names = dict.fromkeys(ENTITIES, snapshot.entities)
    colour = _colouring(snapshot, query, evidence)
    lines = [_line((link,), plan.bend(link), names, colour, snapshot, query) for link in links.values()]
    if query.merged:
        lines = [_merged(group) for group in _by_way(lines).values()]
    return sorted(lines, key=lambda one: (-one.width, one.key))


def _colouring(
    snapshot: Snapshot, query: NetworkQuery, evidence: Mapping[str, LinkEvidence]
) -> Callable[[Row, Firmness], str]:
    day = day_of(snapshot.lens.known_on)
    return {
        Colour.COMMITMENT: lambda link, firmness: firmness.lower(),
        Colour.RIVALS: lambda link, _: str(evidence[link.key].rival_class),
        Colour.AGE: lambda link, _: str(evidence[link.key].age_class(day)),
        Colour.SOURCE: lambda link, _: str(evidence[link.key].best),
    }[query.colour]


def _line(
    links: tuple[Row],
    bend: float,
    names: Mapping[str, Mapping[str, Row]],
    colour: Callable[[Row, Firmness], str],
    snapshot: Snapshot,
    query: NetworkQuery,
) -> Line:
    (link,) = links
    firmness = drawn_firmness(link, link.key in snapshot.replaced)
    amount, bound = query.measure.of(link) or (None, Bound.EXACT)
    return Line(
        links=links,
        source=link.columns["from"],
        target=link.columns["to"],
        firmness=firmness,
        colour=colour(link, firmness),
        width=line_width(amount, query.measure.in_usd),
        amount=amount,
        bound=bound,
        dashed=link["status"] in UNSIGNED,
        bend=round(bend, 3),
        title=caption(link, names),
    )


def line_width(amount: float | None, in_usd: bool) -> float:
    """Pixels at magnification 1: by the root, so that an area grows with the amount; 1,000 MW are about as wide as 26
    bn USD."""
    if not amount:
        return _THINNEST
    return round(min(_THINNEST + (1.0 if in_usd else 0.16) * math.sqrt(amount), _THICKEST), 2)


def _by_way(lines: Iterable[Line]) -> Mapping[tuple[str, str], list[Line]]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.source, line.target), []).append(line)
    return groups


def _merged(group: list[Line]) -> Line:
    """Amounts are not added: what would have to be told apart stands in the table."""
    group = sorted(group, key=lambda one: (list(Firmness).index(one.firmness), -one.width, one.key))
    first, widest = group[0], max(group, key=lambda one: one.width)
    if len(group) == 1:
        return replace(first, bend=0.0)
    return replace(
        first,
        links=tuple(link for line in group for link in line.links),
        width=widest.width,
        amount=widest.amount,
        bound=widest.bound,
        dashed=all(line.dashed for line in group),
        bend=0.08,  # the line of the other way lies beside it
        title=f"{len(group)} links: {'; '.join(line.title for line in group)}",
    )


# ---- dots


def _dots(
    lines: Sequence[Line],
    plan: NetworkPlan,
    snapshot: Snapshot,
    ranks: Mapping[str, RankRange] | None,
    frame: Box,
) -> Sequence[Dot]:
    at, hubs = plan.layout.at, _hubs(lines)
    radii = {key: _radii(key, len(hub.counterparties), ranks) for key, hub in hubs.items()}
    labels = _labels(hubs, at, snapshot, radii)
    points = 24 if len(lines) < _MANY_LINES else 5
    sides = place_labels(labels, (line_points(line, at, points) for line in lines), frame)
    return [
        _dot(label, hubs[label.key], _row(snapshot, label.key), radii[label.key], sides[label.key])
        for label in sorted(labels, key=lambda one: one.key)
    ]


@dataclass(slots=True)
class _Hub:
    """Who stands at the other end of the lines of a dot, and how much hangs on it: their widths."""

    counterparties: set[str] = field(default_factory=set)
    load: float = 0.0


def _hubs(lines: Iterable[Line]) -> Mapping[str, _Hub]:
    """By key, those on whom most hangs first."""
    hubs: dict[str, _Hub] = {}
    for line in lines:
        for end, other in ((line.source, line.target), (line.target, line.source)):
            hub = hubs.setdefault(end, _Hub())
            hub.counterparties.add(other)
            hub.load += line.width + 1.0
    return dict(sorted(hubs.items(), key=lambda pair: (-pair[1].load, pair[0])))


_Radii = tuple[float, float, float]
"""As drawn, at least, at most."""


def _labels(
    hubs: Mapping[str, _Hub], at: Mapping[str, Point], snapshot: Snapshot, radii: Mapping[str, _Radii]
) -> list[Label]:
    labels = []
    for position, (key, hub) in enumerate(hubs.items()):
        size, weight = _type_size(position)
        name = _short_name(_row(snapshot, key), size, weight)
        labels.append(Label(key, name, size, weight, *at[key], radii[key][2], hub.load))
    return labels


def _dot(label: Label, hub: _Hub, row: Row, radii: _Radii, sides: Mapping[float, LabelSide]) -> Dot:
    radius, least, most = radii
    return Dot(
        row=row,
        name=_name(row),
        label=label.text,
        x=label.x,
        y=label.y,
        radius=radius,
        least_radius=least,
        most_radius=most,
        size=label.size,
        font_weight=label.font_weight,
        counterparties=len(hub.counterparties),
        unnamed=bool(row.columns.get("placeholder")),
        sides=sides,
    )


def _row(snapshot: Snapshot, key: str) -> Row:
    return snapshot.entities.get(key) or Row("Organization", key, {"name": key})


def _name(row: Row) -> str:
    return str(row.columns.get("name", row.key))


def _type_size(position: int) -> tuple[float, Weight]:
    """Size and weight of a name: three sizes, the largest for those on whom most hangs."""
    return (15.0, 600) if position < 8 else (13.0, 600) if position < 26 else (12.0, 400)


def _radii(key: str, counterparties: int, ranks: Mapping[str, RankRange] | None) -> _Radii:
    if ranks is None:
        radius = round(3.5 + 1.33 * math.sqrt(counterparties), 1)
        return radius, radius, radius
    if key not in ranks:
        return 3.0, 3.0, 3.0
    radius, most, least = (round(4 + 11 / math.sqrt(rank), 1) for rank in ranks[key])
    return radius, least, most


def _short_name(row: Row, size: float, weight: Weight) -> str:
    name = _name(row)
    if row.columns.get("placeholder"):
        name = _unnamed(name)
    return shorten(name, _MAX_NAME_WIDTH, size, weight)


_UNNAMED = ("undisclosed ", "unnamed ")


def _unnamed(name: str) -> str:
    """An unnamed party as a picture calls it: "unnamed tenant, Delta Forge 1"."""
    for beginning in _UNNAMED:
        if name.lower().startswith(beginning):
            who, of, where = name[len(beginning) :].partition(" of ")
            return f"unnamed {who}, {where}" if of else f"unnamed {who}"
    return name


# ---- geometry


def control_point(start: Point, end: Point, bend: float) -> Point:
    """The control point of the quadratic curve that a bent line is."""
    (x0, y0), (x1, y1) = start, end
    return (x0 + x1) / 2 - (y1 - y0) * bend, (y0 + y1) / 2 + (x1 - x0) * bend


def line_points(line: Line, at: Mapping[str, Point], number: int) -> Points:
    start, end = at[line.source], at[line.target]
    control = control_point(start, end, line.bend)
    along = np.linspace(0, 1, number)[:, None]
    first, middle, last = (np.array([point]) for point in (start, control, end))
    curve: Points = (1 - along) ** 2 * first + 2 * along * (1 - along) * middle + along**2 * last
    return curve


def _frame(plan: NetworkPlan, query: NetworkQuery, lines: Sequence[Line]) -> Box:
    """All of the plane, whatever the date; of a part of the graph, the part."""
    if not query.is_part or not lines:
        return plan.layout.box
    ends = {key for line in lines for key in (line.source, line.target)}
    return bounds((plan.layout.at[key] for key in ends), _PART_MARGIN)
