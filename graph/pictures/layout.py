"""Where the organizations of the graph stand: once for all dates, lenses and filters, so that pictures are comparable.

Positions follow from every link ever known, whether it counts today or not; sliders never move a dot. Those of the
facts are settled in `positions.json`, so that another version of igraph, or a new organization, moves none of them.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.concurrency.lazy_import import lazy_import

if TYPE_CHECKING:
    import igraph
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    """n positions, x and y."""
else:
    igraph = lazy_import("igraph")
    np = lazy_import("numpy")

Pair = tuple[str, str]
Point = tuple[float, float]
SETTLED = Path(__file__).with_name("positions.json")

_GAP = 58.0
"""Units between two dots, which leave room for a name; one unit is a pixel at magnification 1."""
_FLATTER = 1.35
"""Names are wider than high, so that dots may be nearer above each other than beside."""
_RANK_SHARE = 0.42
"""How far each coordinate moves to where its rank alone would put it: opens the crowded middle."""
_CORE_NODES, _CORE_WIDTH, _CORE_HEIGHT = 60, 1160.0, 760.0
_MARGIN = 40.0
_LABEL_MARGIN = 64.0
"""Room for names to the right."""
_SEED = 7
_EXACT_UP_TO = 1_500
"""Above it Kamada-Kawai takes minutes, and a grid stands in for all pairs."""


@dataclass(frozen=True, slots=True)
class Box:
    """The part of the plane that a picture shows; y runs down."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def around(self, points: Collection[Point]) -> Box:
        """The least box that holds this one and the points."""
        xs, ys = zip((self.left, self.top), (self.right, self.bottom), *points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def inset(self, by: float, right: float = 0.0) -> Box:
        return Box(self.left + by, self.top + by, self.right - by - right, self.bottom - by)


@dataclass(frozen=True)
class Arrangement:
    """Positions by key, and the box in which all of them stand."""

    at: Mapping[str, Point]
    box: Box


@cache
def settled(name: str) -> Mapping[str, Point]:
    """The settled positions of a picture; none for a picture that has no entry."""
    stored: Mapping[str, Mapping[str, list[float]]] = json.loads(SETTLED.read_text("utf-8"))
    return {key: (x, y) for key, (x, y) in stored.get(name, {}).items()}


def arrange(pairs: Iterable[Pair], before: Mapping[str, Point] | None = None) -> Arrangement:
    """The layout of all that the pairs join, in whatever order they come. What has a position `before` keeps it; the
    others are placed around it."""
    edges = sorted({(min(pair), max(pair)) for pair in pairs})
    keys = sorted({key for pair in edges for key in pair})
    old = {key: before[key] for key in keys if key in before} if before else {}
    box = box_for(len(keys)).around(old.values())
    if len(old) == len(keys):
        return Arrangement(old, box)
    points = _extend(keys, edges, old, box) if old else _arrange_all(keys, edges, box)
    moved = {key: (round(float(x), 1), round(float(y), 1)) for key, (x, y) in zip(keys, points, strict=True)}
    return Arrangement({key: old.get(key, moved[key]) for key in keys}, box)


def box_for(nodes: int) -> Box:
    """As much room for each dot, however many there are."""
    scale = math.sqrt(max(nodes / _CORE_NODES, 1.0))
    return Box(0.0, 0.0, round(_CORE_WIDTH * scale), round(_CORE_HEIGHT * scale))


def bounds(points: Iterable[Point], margin: float = _MARGIN) -> Box:
    """The box around some points. Raises ValueError without any."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)


# ---- a whole picture


def _arrange_all(keys: Sequence[str], edges: Sequence[Pair], box: Box) -> Points:
    if not keys:
        return np.empty((0, 2))
    network = _graph(keys, edges)
    parts = sorted(network.connected_components(), key=lambda part: (-len(part), part[0]))
    inner = box.inset(_MARGIN, _LABEL_MARGIN - _MARGIN)
    points = np.full((len(keys), 2), np.nan)
    points[parts[0]] = _fitted(_flat(_spread(network.induced_subgraph(parts[0]))), inner)
    points[parts[0]] = _evened(points[parts[0]], inner)
    for part in parts[1:]:
        _place_part(points, part, inner)
    return _pushed_apart(points, np.ones(len(keys), bool), inner)


def _graph(keys: Sequence[str], edges: Sequence[Pair]) -> igraph.Graph:
    index = {key: position for position, key in enumerate(keys)}
    return igraph.Graph(len(keys), [(index[tail], index[head]) for tail, head in edges])


def _spread(network: igraph.Graph) -> Points:
    """Kamada-Kawai gives the even distances that names need, some rounds of Fruchterman-Reingold open the hubs."""
    circle = network.layout_circle().coords
    if network.vcount() < 3:
        return np.array(circle)
    if network.vcount() > _EXACT_UP_TO:
        reach = [[x * math.sqrt(network.vcount()), y * math.sqrt(network.vcount())] for x, y in circle]
        return _relaxed(network, reach, niter=120, grid="grid")
    even = network.layout_kamada_kawai(seed=circle, maxiter=4_000).coords
    return _relaxed(network, even, niter=60, start_temp=0.6, grid="nogrid")


def _relaxed(network: igraph.Graph, start: list[list[float]], **options: Any) -> Points:
    """Rounds of Fruchterman-Reingold, whose small random shifts are the same each time."""
    igraph.set_random_number_generator(random.Random(_SEED))
    try:
        return np.array(network.layout_fruchterman_reingold(seed=start, **options).coords)
    finally:
        igraph.set_random_number_generator(random)


def _flat(points: Points) -> Points:
    """Turned so that the long axis lies flat: a picture is wider than high."""
    x, y = (points - points.mean(axis=0)).T
    turn = -0.5 * math.atan2(2 * float(x @ y), float(x @ x - y @ y))
    return np.stack([x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)], axis=1)


def _fitted(points: Points, box: Box) -> Points:
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    if len(points) == 1:
        return np.array([[(box.left + box.right) / 2, (box.top + box.bottom) / 2]])
    fitted: Points = (points - low) / np.where(span > 0, span, 1) * [box.width, box.height] + [box.left, box.top]
    return fitted


def _evened(points: Points, box: Box) -> Points:
    if len(points) < 3:
        return points
    ranks = points.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / (len(points) - 1)
    flat: Points = ranks * [box.width, box.height] + [box.left, box.top]
    return points + (flat - points) * _RANK_SHARE


def _place_part(points: Points, part: Sequence[int], box: Box) -> None:
    """What hangs together with nothing else, in a row at the emptiest place."""
    row = np.array(
        [[(position - (len(part) - 1) / 2) * _GAP * 1.2, position % 2 * _GAP * 0.6] for position in range(len(part))]
    )
    points[part] = _emptiest(points[~np.isnan(points[:, 0])], box) + row


def _emptiest(points: Points, box: Box) -> Points:
    """The place of a grid over the box that is farthest from all points."""
    xs, ys = np.linspace(box.left, box.right, 28), np.linspace(box.top, box.bottom, 20)
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    distance = ((places[:, None, :] - points[None, :, :]) ** 2).sum(axis=2).min(axis=1)
    farthest: Points = places[int(distance.argmax())]
    return farthest


def _pushed_apart(points: Points, free: NDArray[np.bool_], box: Box, rounds: int = 120) -> Points:
    """Dots that stand too near pushed apart within the box: half the overlap each, or all of it where one is fixed."""
    if len(points) > _EXACT_UP_TO:
        return points
    flatter = np.array([1.0, _FLATTER])
    share = free[:, None] / np.maximum(free[:, None] + free[None, :], 1)
    for _ in range(rounds):
        apart = (points[:, None, :] - points[None, :, :]) * flatter
        distance = np.sqrt((apart**2).sum(axis=2))
        np.fill_diagonal(distance, _GAP)
        near = distance < _GAP - 0.01
        if not (near & (share > 0)).any():
            break
        # two dots at one place are pushed along a line that depends on their order alone
        order = np.sign(np.arange(len(points))[:, None] - np.arange(len(points))[None, :])
        apart = np.where((distance < 1e-6)[:, :, None], order[:, :, None] * np.array([0.8, 0.6]), apart)
        push = np.where(near, (_GAP - distance) / np.maximum(distance, 1.0), 0.0) * share
        points = points + (apart * push[:, :, None]).sum(axis=1) / flatter
        points = np.where(free[:, None], np.clip(points, [box.left, box.top], [box.right, box.bottom]), points)
    return points


# ---- a picture that grows


def _extend(keys: Sequence[str], edges: Sequence[Pair], old: Mapping[str, Point], box: Box) -> Points:
    """Positions of all keys, where the old ones stay exactly: Fruchterman-Reingold holds them between bounds."""
    fixed = np.array([key in old for key in keys])
    start = _first_places(keys, edges, old, box)
    unit = start / _GAP  # the forces balance at a distance of about 1
    lowest = np.where(fixed[:, None], unit, np.array([box.left, box.top]) / _GAP)
    highest = np.where(fixed[:, None], unit, np.array([box.right, box.bottom]) / _GAP)
    (minx, miny), (maxx, maxy) = lowest.T.tolist(), highest.T.tolist()
    limits = {"minx": minx, "maxx": maxx, "miny": miny, "maxy": maxy}
    moved = _relaxed(_graph(keys, edges), unit.tolist(), niter=80, start_temp=0.5, grid="nogrid", **limits)
    points = np.where(fixed[:, None], start, moved * _GAP)
    return _pushed_apart(points, ~fixed, box)


def _first_places(keys: Sequence[str], edges: Sequence[Pair], old: Mapping[str, Point], box: Box) -> Points:
    """New dots start beside what they are joined to, or at the emptiest place."""
    neighbours: dict[str, list[str]] = {}
    for tail, head in edges:
        neighbours.setdefault(tail, []).append(head)
        neighbours.setdefault(head, []).append(tail)
    places = dict(old)
    waiting = [key for key in keys if key not in places]
    while waiting:
        joined = [key for key in waiting if any(one in places for one in neighbours[key])]
        for key in joined or waiting[:1]:
            known = [places[one] for one in neighbours[key] if one in places]
            if known:
                x, y = np.mean(known, axis=0)
                places[key] = (float(x) + _GAP / 2, float(y) + _GAP / 2)
            else:
                x, y = _emptiest(np.array(list(places.values())), box.inset(_MARGIN))
                places[key] = (float(x), float(y))
        waiting = [key for key in waiting if key not in places]
    return np.array([places[key] for key in keys])
