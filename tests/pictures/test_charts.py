"""What charts draw, and where: positions follow from the size of the chart by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from markupsafe import Markup

from graph.evidence.firmness import Firmness, firmness
from graph.pictures.axis import FONT_SIZE, Axis, YearSpan, later, rank_ticks, value_ticks, year_span, year_ticks
from graph.pictures.bars import BarPart, IntervalBar, PeriodColumn, columns, depth_bar, interval_bars
from graph.pictures.chain import ChainEnd, chain
from graph.pictures.metrics import text_width
from graph.pictures.observations import ObservedFigure, small_multiple
from graph.pictures.rank_bands import RankBand, rank_bands
from graph.pictures.svg import stylesheet
from graph.pictures.timeline import NARROW, WIDE, TimeBar, timeline
from graph.vocabulary.enums import Commitment, LinkStatus
from graph.vocabulary.values import Bound, PartialDate
from tests.analytics.world import link

TODAY = date(2026, 11, 30)
HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 300


def _span(text: str) -> YearSpan:
    return year_span(PartialDate.read(text))


BARS = [
    TimeBar("Nvidia", Firmness.FIRM, _span("2028-01-01"), later(_span("2028-01-01"), 8), date(2026, 1, 1), words="352"),
    TimeBar("Runs", Firmness.CONDITIONAL, _span("2024-01-01"), None, running=1.0, words="in service"),
    TimeBar(HOSTILE, Firmness.OPTION, announced=date(2026, 1, 1), words=HOSTILE),
    TimeBar("Notes", Firmness.UNSTATED, _span("2026-01-01"), _span("2036-01-01"), is_debt=True, words="3.25 bn"),
]
ENDS = [
    ChainEnd("Utility", "power", Firmness.UNSTATED, 1000),
    ChainEnd(HOSTILE, HOSTILE, Firmness.FIRM, is_signed=False),
]
CHARTS = {
    "timeline": timeline(BARS, TODAY, "Time"),
    "timeline, narrow": timeline(BARS, TODAY, "Time", NARROW),
    "chain": chain(HOSTILE, ENDS, ENDS[:1]),
    "chain, narrow": chain("Hut 8", ENDS, [], NARROW),
    "ranks": rank_bands([RankBand("Value", 3, 1, 9), RankBand(HOSTILE, 223)], 223),
    "depth": depth_bar([BarPart("one", 30), BarPart("two", 0), BarPart("three", 110)], "Depth"),
    "bars": interval_bars([IntervalBar("A", 100, "100", 80, 120), IntervalBar(HOSTILE, None, "not stated")], "Bars"),
    "columns": columns([PeriodColumn("Q1", "2026", 5, 2), PeriodColumn("Q2", "2026")], "Quarters"),
    "observations": small_multiple([ObservedFigure(_span("2026"), 25, 30, HOSTILE, is_period=True)], "Capex"),
    "none": small_multiple([], "Nothing"),
}


def _drawn(svg: Markup, tag: str, *classes: str) -> list[Element]:
    found = fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{tag}")  # noqa: S314 (our own)
    return [one for one in found if set(classes) <= set(one.get("class", "").split())]


def _at(one: Element, *names: str) -> list[float]:
    return [float(one.get(name, "nan")) for name in names]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_a_name_a_description_no_style_and_only_declared_classes(name: str) -> None:
    chart = CHARTS[name]
    assert _drawn(chart, "title")[0].text
    assert _drawn(chart, "desc")[0].text
    assert [one for one in fromstring(chart).iter() if one.get("style") or "script" in one.tag] == []  # noqa: S314
    used = {word for one in fromstring(chart).iter() for word in one.get("class", "").split()}  # noqa: S314
    sheet = stylesheet("colours", "chart")
    undeclared = {word for word in used - {"chart", "three"} if f".{word}" not in sheet}
    assert undeclared == set()


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "none"])
def test_no_text_leaves_its_chart(name: str) -> None:
    width = float(fromstring(CHARTS[name]).get("viewBox", "").split()[2])  # noqa: S314
    for left, right, words in _extents(CHARTS[name]):
        assert left >= -1, words
        assert right <= width + 1, words


def _extents(chart: Markup) -> Iterator[tuple[float, float, str]]:
    for one in _drawn(chart, "text"):
        classes = one.get("class", "").split()
        length = text_width(one.text or "", FONT_SIZE, 600 if "k" in classes else 400)
        share = 0.5 if "middle" in classes else 1 if "end" in classes else 0
        (x,) = _at(one, "x")
        yield x - share * length, x + (1 - share) * length, one.text or ""


def test_a_planned_bar_is_hollow_from_its_start_to_its_end_and_its_announcement_is_a_dot() -> None:
    # years 2024 to 2036 on 196 to 866: 55.83 a year; the bar from 2028 to 2036, announced in 2026
    chart = timeline(BARS[:1] + BARS[1:2], TODAY, "Time")
    (planned,) = _drawn(chart, "rect", "hollow", "s-firm")
    assert _at(planned, "x", "width", "height") == [419.3, 446.7, 14]
    assert [_at(one, "cx") for one in _drawn(chart, "circle")] == [[307.7]]
    assert _drawn(chart, "rect", "f-firm") == []


def test_a_bar_without_an_end_is_open_and_a_debt_ends_at_its_maturity() -> None:
    chart = timeline(BARS, TODAY, "Time")
    (running,) = _drawn(chart, "rect", "f-conditional")
    assert _at(running, "x", "width") == [196, 26]
    assert len(_drawn(chart, "path", "open", "s-conditional")) == 1
    debt, end = _drawn(chart, "line", "s-unstated", "thick")
    assert _at(debt, "x1", "x2") == [307.7, 866]
    assert _at(end, "x1", "x2") == [866, 866]


def test_an_end_known_by_its_year_alone_is_dashed_over_that_year() -> None:
    # 2026 to 2034, 83.75 a year: the bar begins at some time of 2028, and ends six years later
    bar = TimeBar("Vague", Firmness.FIRM, _span("2028"), later(_span("2028"), 5))
    chart = timeline([bar], TODAY, "Time")
    dashed = [at for one in _drawn(chart, "rect", "dash") for at in _at(one, "x", "width")]
    assert dashed == pytest.approx([363.5, 83.5, 782.3, 83.5], abs=0.3)


def test_today_is_marked_and_its_words_stay_inside() -> None:
    late = timeline([TimeBar("Old", Firmness.LAPSED, _span("2010"), _span("2012"))], TODAY, "Time", NARROW)
    (said,) = _drawn(late, "text", "today")
    assert said.text == "today, 30 Nov 2026"
    assert _at(said, "x")[0] + text_width(said.text, FONT_SIZE) / 2 <= NARROW


def test_ranks_stand_on_a_logarithmic_axis() -> None:
    # 1 at 8 and 100 at 288: 10, half way by logarithm, at 148
    chart = rank_bands([RankBand("Value", 10, 1, 100), RankBand("Not worked out", 1)], 100)
    assert [_at(one, "cx")[0] for one in _drawn(chart, "circle")] == [148, 8]
    (band,) = _drawn(chart, "line", "band")
    assert _at(band, "x1", "x2") == [8, 288]


def test_parts_of_a_bar_are_as_long_as_their_share_and_counts_that_fit_are_written() -> None:
    # 30 of 140 on 304 pixels: 65.1, less one of a gap
    chart = depth_bar([BarPart("one", 30), BarPart("two", 0), BarPart("three", 110)], "Depth")
    assert [_at(one, "width")[0] for one in _drawn(chart, "rect")] == [64.1, 237.9]
    assert [one.text for one in _drawn(chart, "text")] == ["30", "110"]


def test_an_interval_lies_over_its_bar_and_what_nobody_states_has_none() -> None:
    chart = interval_bars(
        [
            IntervalBar("A", 100, "100", 50, 200),
            IntervalBar("B", 200, "200", firmness=Firmness.OPTION),
            IntervalBar("C", None, "–"),
        ],
        "Bars",
    )
    axis = 304 - text_width("200", FONT_SIZE) - 8
    assert [_at(one, "width")[0] for one in _drawn(chart, "rect", "f-firm")] == [pytest.approx(axis / 2 - 0.8, abs=0.1)]
    assert [_at(one, "width")[0] for one in _drawn(chart, "rect", "hollow")] == [pytest.approx(axis - 0.8, abs=0.1)]
    assert len(_drawn(chart, "rect")) == 2
    assert [one.text for one in _drawn(chart, "text")][-1] == "–"


def test_columns_stack_what_is_planned_on_what_runs() -> None:
    # 200 high, from 18 to 164; peak 10: 14.6 a unit
    chart = columns([PeriodColumn("Q1", "2026", 6, 4), PeriodColumn("Q2", "2026"), PeriodColumn("Q1", "2027")], "Q")
    (full,), (hollow,) = _drawn(chart, "rect", "f-firm"), _drawn(chart, "rect", "hollow")
    assert _at(full, "y", "height") == [76.4, 87.6]
    assert _at(hollow, "y", "height") == [18, 58.4]
    texts = [one.text for one in _drawn(chart, "text")]
    assert [texts.count(one) for one in ("10", "2026", "2027", "Q1")] == [2, 1, 1, 2]


def test_totals_of_columns_do_not_touch() -> None:
    chart = columns([PeriodColumn(str(year), "", 0, 1000) for year in range(2026, 2043)], "Wall", NARROW)
    labels = [one for one in _extents(chart) if one[2] == "1,000"][1:]  # the first is the level's
    assert 4 < len(labels) < 17
    assert all(one[1] < two[0] for one, two in pairwise(labels))


def test_a_line_of_the_chain_is_as_wide_as_its_megawatts_and_dashed_where_nothing_is_signed() -> None:
    # of 1,000 MW: 1.5 and 0.42 times the root
    wide, thin = _drawn(chain("Hut 8", ENDS, []), "path")
    assert (_at(wide, "stroke-width"), _at(thin, "stroke-width")) == ([14.8], [1.5])
    assert [one.get("class") for one in (wide, thin)] == ["flow s-unstated", "flow s-firm dash"]


def test_a_range_has_ends_a_bound_an_arrow_and_what_is_no_actual_figure_is_hollow() -> None:
    chart = small_multiple(
        [
            ObservedFigure(_span("2026"), 25, 30, "25 to 30", is_actual=False, is_period=True),
            ObservedFigure(_span("2025-12-31"), 20, 20, "≥ 20", Bound.AT_LEAST),
        ],
        "Capex",
    )
    assert [one.get("class") for one in _drawn(chart, "circle")] == ["hollow s-firm", "f-firm"]
    assert len(_drawn(chart, "path", "open")) == 1
    assert len(_drawn(chart, "line", "axis")) == 1 + 3 + 1  # zero, the range with its ends, the arrow
    assert "25 to 30" in [one.text for one in _drawn(chart, "text", "k")]


def test_figures_below_zero_hang_from_the_axis() -> None:
    chart = small_multiple([ObservedFigure(_span("2026-05-06"), -12, -12, "-12 %")], "Price")
    (zero,) = {one.get("y1") for one in _drawn(chart, "line", "axis")}
    (point,) = _drawn(chart, "circle")
    assert (float(zero or "nan"), _at(point, "cy")) == (22, [108])


@pytest.mark.parametrize(
    ("high", "ticks"),
    [(0, [0]), (7.5, [0, 2, 4, 6]), (1027, [0, 500, 1000]), (4, [0, 1, 2, 3, 4]), (0.3, [0, 0.1, 0.2, 0.3])],
)
def test_ticks_are_round_values(high: float, ticks: list[float]) -> None:
    assert value_ticks(high) == pytest.approx(ticks)


def test_ticks_of_years_and_ranks_have_room() -> None:
    named = [year for year, is_named in year_ticks(Axis(2024, 2044, 8, 344)) if is_named]
    assert named == [2024, 2029, 2034, 2039, 2044]  # 16.8 a year, and a name needs 36
    assert rank_ticks(Axis(1, 223, 8, 288, logarithmic=True)) == [1, 3, 10, 30, 100, 223]
    assert rank_ticks(Axis(1, 110, 8, 288, logarithmic=True)) == [1, 3, 10, 30, 110]


@pytest.mark.parametrize(
    ("drawn", "stated"),
    [
        ("FIRM", {"commitment": Commitment.FIRM}),
        ("UNSTATED", {}),
        ("CONDITIONAL", {"commitment": Commitment.CONDITIONAL}),
        ("CONDITIONAL", {"status": LinkStatus.SIGNED_CONDITIONAL}),
        ("OPTION", {"commitment": Commitment.ROFR}),
        ("LAPSED", {"commitment": Commitment.FIRM, "in_force": False}),
        ("LAPSED", {"commitment": Commitment.OPTION, "in_force": False}),
    ],
)
def test_a_link_is_drawn_by_how_firmly_it_binds(drawn: str, stated: dict[str, Any]) -> None:
    assert firmness(link("one", "host", "cloud", **stated)) == drawn


def test_wide_and_narrow_show_the_same_words() -> None:
    wide, narrow = (
        {one.text for one in _drawn(timeline(BARS, TODAY, "T", width), "text", "k")} for width in (WIDE, NARROW)
    )
    assert {"Nvidia", "Runs", "Notes"} <= wide & narrow
