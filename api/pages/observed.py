"""Observations of one subject: what was measured, in groups that measure the same thing, with a small chart of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.evidence import ShownFigure
from api.pages.figure_address import stated_figure_address
from api.pages.page import Visit
from api.pages.parties import PartyName, party_name
from api.pages.wording import billions, bounded
from graph.evidence.captions import describe_value
from graph.evidence.lens import Lens
from graph.pictures.axis import YearSpan, year_span
from graph.pictures.observations import ObservedFigure, small_multiple
from graph.pictures.svg import AddressedText
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, Figure, ObservationBasis, PartialDate
from graph.vocabulary.wording import format_day, words

_FEWEST_DRAWN = 2
"""Figures with a number and a moment that make a chart."""


@dataclass(frozen=True, slots=True)
class ObservedLine:
    when: str
    figure: ShownFigure
    basis: str
    scope: str


@dataclass(frozen=True, slots=True)
class ObservedGroup:
    """Figures of one metric, counterparty, unit and basis, the newest first; `chart` is None where one says all, and
    `drawn` says what it leaves out."""

    title: str
    counterparty: PartyName | None
    lines: tuple[ObservedLine, ...]
    chart: Markup | None
    drawn: str


def observed_groups(visit: Visit, observations: Sequence[Row]) -> tuple[ObservedGroup, ...]:
    by_group: dict[tuple[str, str, str], list[Row]] = {}
    for row in observations:
        label = row["label"] or words(row.columns["metric"])
        by_group.setdefault((label, row.columns.get("counterparty", ""), _measure(row["figure"])), []).append(row)
    ordered = sorted(by_group.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(_group(visit, *names, rows) for names, rows in ordered)


def _measure(figure: Figure) -> str:
    """The unit; of megawatts the basis too, since those of two bases are no figures of one thing."""
    return f"{figure.unit} {words(figure.capacity_basis)}" if figure.capacity_basis else figure.unit


def _group(visit: Visit, label: str, counterparty: str, unit: str, rows: Sequence[Row]) -> ObservedGroup:
    newest = sorted(rows, key=_moment, reverse=True)
    title = label[:1].upper() + label[1:]
    chart, drawn = _chart(title, newest, visit.lens)
    return ObservedGroup(
        title=title + _unit_words(title, unit),
        counterparty=party_name(visit, counterparty) if counterparty else None,
        lines=tuple(_line(visit, row, title) for row in newest),
        chart=chart,
        drawn=drawn,
    )


def _unit_words(title: str, unit: str) -> str:
    """The unit behind a title, without what the title says."""
    if unit in _UNIT_WORDS:
        return _UNIT_WORDS[unit]
    name, _, basis = unit.partition(" ")
    return f", {name}" if basis and basis in title else f", {unit}"


_UNIT_WORDS = {"COUNT": "", "PCT": ", %", "TEXT": "", "USD": ", bn USD"}


def _moment(row: Row) -> tuple[str, str]:
    figure: Figure = row["figure"]
    return figure.as_of.latest.isoformat() if figure.as_of else "", row.key


def _line(visit: Visit, row: Row, title: str) -> ObservedLine:
    figure: Figure = row["figure"]
    when = figure.period or format_day(figure.as_of)
    shown = visit.citer.figure(
        row, "figure", what=f"{title}, {when}", text=describe_figure(figure), number=figure.value
    )
    return ObservedLine(
        when=when,
        figure=shown or ShownFigure(describe_figure(figure)),
        basis=words(figure.basis),
        scope=", ".join(part for part in (row["scope"], figure.definition) if part),
    )


def describe_figure(figure: Figure) -> str:
    """A figure in the column of its group: dollars in billions, the unit in the head."""
    ends = [figure.value] if figure.value is not None else [figure.low, figure.high]
    stated = [one for one in ends if one is not None]
    if figure.text is not None or figure.unit != "USD" or not stated:
        return describe_value(figure)
    sign = {(True, False): "≥ ", (False, True): "≤ "}.get((figure.low is not None, figure.high is not None), "")
    text = " to ".join(billions(one) for one in stated)
    return bounded(text, figure.bound) if figure.value is not None else f"{sign}{text}"


def _chart(title: str, rows: Iterable[Row], lens: Lens) -> tuple[Markup | None, str]:
    """Figures about periods of one length, or about moments: a year beside its quarters would look like a peak. None
    where they leave no two moments."""
    by_length: dict[str, list[ObservedFigure]] = {}
    for row in rows:
        drawn = _drawn(row["figure"], stated_figure_address(row, "figure", lens))
        if drawn:
            by_length.setdefault(_length(row["figure"].period), []).append(drawn)
    length, most = max(by_length.items(), key=lambda pair: len(pair[1]), default=("", []))
    if len({one.when for one in most}) < _FEWEST_DRAWN:
        return None, ""
    return small_multiple(most[::-1], title), f"{length} alone" if len(by_length) > 1 else ""


def _length(period: str | None) -> str:
    """Of which length a period is: quarters, half-years, years, or as it is written; moments without one."""
    if period is None:
        return "Moments"
    year, _, part = period.partition("-")
    if part:
        return {"Q": "Quarters", "H": "Half-years"}.get(part[0], part)
    return "Years" if year[-4:].isdigit() else period


def _drawn(figure: Figure, address: str) -> ObservedFigure | None:
    """None for words, and for what has no moment."""
    when = _when(figure)
    stated = [one for one in (figure.low, figure.value, figure.high) if one is not None]
    if when is None or not stated:
        return None
    bound = figure.bound
    if figure.value is None and len(stated) == 1:
        bound = Bound.UP_TO if figure.low is None else Bound.AT_LEAST
    actual = figure.basis is ObservationBasis.ACTUAL
    words = AddressedText((describe_figure(figure), address))
    return ObservedFigure(when, stated[0], stated[-1], words, bound, actual, figure.period is not None)


def _when(figure: Figure) -> YearSpan | None:
    """The period, where it is a plain one of the calendar; else the moment."""
    period = (figure.period or "").removeprefix("CY")
    moment = PartialDate.read(period) if len(period) == 4 and period.isdigit() else figure.as_of
    return year_span(moment) if moment else None
