"""The graph as one SVG file without a script: for print, for reports, and where no script runs."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from markupsafe import Markup

from graph.evidence.firmness import Firmness
from graph.pictures.labels import DISTANCE, LEVELS, LabelSide, growth
from graph.pictures.layout import Box, Point
from graph.pictures.link_evidence import AgeClass, RivalClass, SourceClass
from graph.pictures.metrics import text_width
from graph.pictures.network import Dot, Line, Network, control_point, line_width
from graph.pictures.network_query import Colour, WidthMeasure
from graph.pictures.svg import NAMESPACE, element, font_face, join, number, stylesheet
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import format_day, format_days, words

_WIDEST, _HIGHEST = 1_450.0, 950.0
_NEAREST = 2.4
_MARGIN = 16.0
_ROW = 22.0

CLASS_WORDS: Mapping[str, str] = {
    Firmness.FIRM.lower(): "firm",
    Firmness.CONDITIONAL.lower(): "conditional",
    Firmness.OPTION.lower(): "option, right of first offer or refusal",
    Firmness.UNSTATED.lower(): "commitment not stated",
    Firmness.LAPSED.lower(): "lapsed, ended or replaced",
    RivalClass.RIVALS: "sources disagree",
    RivalClass.AGREED: "several origins, no rival left",
    RivalClass.SINGLE: "one origin",
    AgeClass.QUARTER: "newest source at most 3 months old",
    AgeClass.YEAR: "at most a year",
    AgeClass.OLDER: "older",
    AgeClass.UNDATED: "no dated source",
    SourceClass.PARTY: "a party's own document",
    SourceClass.PRESS: "the press",
    SourceClass.COLLECTED: "aggregators, data sets, other pages",
}
"""What each class of lines means, in the order of a legend."""
CLASSES: Mapping[Colour, tuple[str, ...]] = {
    Colour.COMMITMENT: tuple(one.lower() for one in Firmness),
    Colour.RIVALS: tuple(RivalClass),
    Colour.AGE: tuple(AgeClass),
    Colour.SOURCE: tuple(SourceClass),
}


def measure_words(measure: WidthMeasure) -> str:
    """MW critical IT, MW of unstated basis, bn USD of the shell layer."""
    if measure is WidthMeasure.USD_FINANCING:
        return "bn USD lent, invested or guaranteed"
    if measure.in_usd:
        return f"bn USD of the {words(measure.layer)} layer"
    return "MW of unstated basis" if measure is WidthMeasure.UNSTATED else f"MW {words(CapacityBasis(measure))}"


def draw_svg(
    network: Network,
    title: str,
    *,
    legend: bool = True,
    font: bool = True,
    styled: bool = True,
    max_width: float = _WIDEST,
) -> str:
    """A whole file; with a legend it explains itself in print. One that is less wide, in pixels, has fewer names, as
    large as ever. One that is not `styled` takes its style from the page that it stands in."""
    level = _magnification(network.frame, max_width)
    frame = network.frame
    width, height = frame.width * level, frame.height * level
    foot = list(_legend(network, title, height)) if legend else []
    whole = height + (_ROW * (len(foot) + 1) if legend else 0)
    picture = element(
        "svg",
        element("title", title),
        element("desc", format_days(_description(network))),
        element("style", Markup(_style(font))) if styled else "",  # noqa: S704 (sheets of this package)
        element("g", *_drawn(network, level), transform=_moved(-frame.left * level, -frame.top * level)),
        *foot,
        xmlns=NAMESPACE,
        class_="network",
        viewBox=f"0 0 {number(width)} {number(whole)}",
        width=width,
        height=whole,
        role="img",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{picture}\n'


def _moved(x: float, y: float) -> str:
    return f"translate({number(x)} {number(y)})"


def style_hash(font: bool = True) -> str:
    """The hash by which a content security policy lets the style of the file in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_style(font).encode()).digest()).decode()


def _style(font: bool) -> str:
    return (font_face() if font else "") + stylesheet("colours", "network")


def _magnification(frame: Box, max_width: float) -> float:
    """The largest of the magnifications for which names are placed at which the picture is no larger."""
    most = min(max_width / frame.width, _HIGHEST / frame.height, _NEAREST)
    return max((one for one in LEVELS if one <= most), default=LEVELS[0])


def _description(network: Network) -> str:
    shown, dots = len(network.links), len(network.dots)
    lens = network.snapshot.lens
    return (
        f"{shown} of {network.total} links between {dots} organizations, sites and chips, as true on {lens.valid_on} "
        f"and known on {lens.known_on}; data version {network.snapshot.data_version}. The table of the page has the "
        "same."
    )


# ---- lines, dots, names


def _drawn(network: Network, level: float) -> Iterator[Markup]:
    dots = network.by_key
    heads = network.query.colour is Colour.COMMITMENT
    yield from (_line(line, dots, level, heads) for line in network.lines)
    yield from (_dot(dot, level) for dot in network.dots)
    yield from (_name(dot, dot.sides[level], level) for dot in network.dots if level in dot.sides)
    yield from (_count(line, dots, level) for line in network.lines if len(line.links) > 1)


def _line(line: Line, dots: Mapping[str, Dot], level: float, heads: bool) -> Markup:
    source, target = dots[line.source], dots[line.target]
    start, end = _at(source, level), _at(target, level)
    control = control_point(start, end, line.bend)
    width = line.width * growth(level)
    size = min(5 + width * 1.1, 13)
    tip, base, along = _head_points(control, end, target.most_radius * growth(level) + 1.5, size)
    path = f"M{_point(start)}Q{_point(control)} {_point(base)}"
    drawn = element("path", class_="line dashed" if line.dashed else "line", stroke_width=width, d=path)
    head = _head(line.firmness if heads else Firmness.FIRM, tip, base, along, size)
    return element("g", element("title", line.title), drawn, head, class_=line.colour)


def _at(dot: Dot, level: float) -> Point:
    return dot.x * level, dot.y * level


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _head_points(control: Point, end: Point, away: float, size: float) -> tuple[Point, Point, Point]:
    """Where the head of a line ends and begins, and the direction in which it points."""
    dx, dy = end[0] - control[0], end[1] - control[1]
    length = math.hypot(dx, dy) or 1.0
    along = dx / length, dy / length
    tip = end[0] - along[0] * away, end[1] - along[1] * away
    return tip, (tip[0] - along[0] * size, tip[1] - along[1] * size), along


def _head(firmness: Firmness, tip: Point, base: Point, along: Point, size: float) -> Markup:
    """A triangle; a diamond for what is conditional, a ring for an option, a bar for what has lapsed."""
    half = size / 2
    middle = (tip[0] + base[0]) / 2, (tip[1] + base[1]) / 2

    def beside(point: Point, by: float) -> str:
        return _point((point[0] - along[1] * by, point[1] + along[0] * by))

    match firmness:
        case Firmness.OPTION:
            return element("circle", class_="hollow", cx=middle[0], cy=middle[1], r=half - 0.5)
        case Firmness.LAPSED:
            return element("path", class_="bar", d=f"M{beside(base, half * 1.3)}L{beside(base, -half * 1.3)}")
        case Firmness.CONDITIONAL:
            outline = f"M{_point(tip)}L{beside(middle, half)}L{_point(base)}L{beside(middle, -half)}Z"
        case _:
            outline = f"M{_point(tip)}L{beside(base, half)}L{beside(base, -half)}Z"
    return element("path", class_="tip", d=outline)


def _dot(dot: Dot, level: float) -> Markup:
    x, y = _at(dot, level)
    rings = [element("circle", class_="ring", cx=x, cy=y, r=dot.most_radius * growth(level))]
    shown = element(
        "circle",
        class_="dot unnamed" if dot.unnamed else "dot",
        cx=x,
        cy=y,
        r=dot.least_radius * growth(level),
    )
    return element("g", element("title", dot.name), *(rings if dot.most_radius > dot.least_radius else []), shown)


def _name(dot: Dot, side: LabelSide, level: float) -> Markup:
    x, y = _at(dot, level)
    away = dot.most_radius * growth(level) + DISTANCE
    place, anchor = {
        LabelSide.RIGHT: ((x + away, y + dot.size * 0.34), "start"),
        LabelSide.LEFT: ((x - away, y + dot.size * 0.34), "end"),
        LabelSide.ABOVE: ((x, y - away - 2), "middle"),
        LabelSide.BELOW: ((x, y + away + dot.size * 0.72), "middle"),
    }[side]
    return element(
        "text",
        dot.label,
        class_="name unnamed" if dot.unnamed else "name",
        x=place[0],
        y=place[1],
        font_size=dot.size,
        font_weight=dot.font_weight,
        text_anchor=anchor,
        textLength=text_width(dot.label, dot.size, dot.font_weight),
    )


def _count(line: Line, dots: Mapping[str, Dot], level: float) -> Markup:
    """On merged links, how many they are."""
    start, end = _at(dots[line.source], level), _at(dots[line.target], level)
    control = control_point(start, end, line.bend)
    x, y = ((start[i] + 2 * control[i] + end[i]) / 4 for i in (0, 1))
    return element("text", str(len(line.links)), class_="count", x=x, y=y + 4)


# ---- the legend


def _legend(network: Network, title: str, top: float) -> Iterator[Markup]:
    """Rows below the picture: what is shown, what colours and heads mean, what widths and dots mean."""
    used = {line.colour for line in network.lines}
    heads = network.query.colour is Colour.COMMITMENT
    rows = iter(range(1, 5))
    yield _text(title, top + _ROW * next(rows), "head")
    yield _samples([name for name in CLASSES[network.query.colour] if name in used], heads, top + _ROW * next(rows))
    yield _widths(network, top + _ROW * next(rows))
    yield _text(_provenance(network), top + _ROW * next(rows), "note")


def legend_entries(network: Network) -> list[tuple[Markup, str]]:
    """A sample of each class of lines that is shown, with what it means, for a page."""
    used = {line.colour for line in network.lines}
    heads = network.query.colour is Colour.COMMITMENT
    return [
        (_sample(_sample_line(name, heads), 46), CLASS_WORDS[name])
        for name in CLASSES[network.query.colour]
        if name in used
    ]


def width_entries(measure: WidthMeasure) -> list[tuple[Markup, str]]:
    """A line of each of some widths, with the amount that it stands for."""
    return [
        (_sample(_width_line(2, 11, amount, measure), 30), "none stated" if amount is None else f"{amount:,.0f}")
        for amount in (None, *_sample_amounts(measure))
    ]


def _sample(line: Markup, width: float) -> Markup:
    return element(
        "svg", line, class_="network sample", width=width, height=14, viewBox=f"0 0 {width} 14", aria_hidden="true"
    )


def _sample_line(name: str, heads: bool, x: float = 2, y: float = 7) -> Markup:
    line = element("path", class_="line", stroke_width=3, d=f"M{number(x)} {number(y)}h26")
    firmness = Firmness(name.upper()) if heads else Firmness.FIRM
    return element("g", line, _head(firmness, (x + 37, y), (x + 26, y), (1.0, 0.0), 11), class_=name)


def _width_line(x: float, y: float, amount: float | None, measure: WidthMeasure) -> Markup:
    path = f"M{number(x)} {number(y - 4)}h26"
    return element("path", class_="line firm", stroke_width=line_width(amount, measure.in_usd), d=path)


def _text(content: str, y: float, *classes: str, x: float = _MARGIN) -> Markup:
    return element("text", content, x=x, y=y, class_=" ".join(classes))


def _samples(names: Iterable[str], heads: bool, y: float) -> Markup:
    x, parts = _MARGIN, []
    for name in names:
        parts += [_sample_line(name, heads, x, y - 4), _text(CLASS_WORDS[name], y, "note", x=x + 44)]
        x += 44 + text_width(CLASS_WORDS[name], 12) + 18
    return join(parts)


def _widths(network: Network, y: float) -> Markup:
    measure = network.query.measure
    x, parts = _MARGIN, []
    for amount in (None, *_sample_amounts(measure)):
        parts.append(_width_line(x, y, amount, measure))
        said = "none stated" if amount is None else f"{amount:,.0f}"
        parts.append(_text(said, y, "note", x=x + 31))
        x += 31 + text_width(said, 12) + 16
    parts.append(_text(f"{measure_words(measure)};", y, "note", x=x - 8))
    x += text_width(measure_words(measure), 12) + 12
    parts.append(element("path", class_="line dashed unstated", stroke_width=2, d=f"M{number(x)} {number(y - 4)}h34"))
    parts.append(_text(f"not signed; {size_words(network)}", y, "note", x=x + 40))
    return join(parts)


def _sample_amounts(measure: WidthMeasure) -> tuple[float, ...]:
    return (1.0, 10.0, 50.0) if measure.in_usd else (100.0, 1_000.0, 4_000.0)


def size_words(network: Network) -> str:
    """What the size of a dot means."""
    metric = network.query.size
    if metric is None:
        return "dots by number of counterparties shown; pale or dashed: not named"
    return f"dots by rank in {words(metric)}: dark at least, pale at most, as far as doubted sources move it"


def _provenance(network: Network) -> str:
    snapshot = network.snapshot
    lens = snapshot.lens
    through = (
        f", sources through {format_day(snapshot.data_through)}" if isinstance(snapshot.data_through, date) else ""
    )
    return (
        f"Wattgraph; true on {format_day(lens.valid_on)}, known on {format_day(lens.known_on)}{through}; data version "
        f"{snapshot.data_version}; of {len(network.links)} links {network.without_amount} state no "
        f"{measure_words(network.query.measure)}"
    )
