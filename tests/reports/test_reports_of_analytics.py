"""Reports that gather what analytics compute, on the facts of the project and on none."""

from __future__ import annotations

import io
import re
from typing import Any, cast

import openpyxl
import pytest

from graph.evidence.log import StatementLog
from graph.exports.documents.model import DocumentRow, DocumentTable, ReportDocument
from graph.reports import capacity, comparables, debt, exposure, guarantees, loops, reconciliation
from graph.reports.analysis import ReportFacts, read_report_facts
from graph.reports.catalog import REPORTS
from graph.reports.doubts import doubted_neighbours, round_figure
from graph.stores.base import Store
from graph.stores.embedded.reader import EmbeddedReader
from tests.reports.conftest import reader_over

Documents = dict[str, ReportDocument]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def of(seeds_reader: EmbeddedReader) -> ReportFacts:
    return await read_report_facts(seeds_reader)


@pytest.fixture(scope="module")
def documents(of: ReportFacts) -> Documents:
    """Of one reading of the facts, as each report makes it of its own."""
    made = (capacity, comparables, debt, guarantees, loops, reconciliation)
    return {
        "exposure": exposure.document_of(of, "fluidstack"),
        **{one.REPORT.name: one.document_of(of) for one in made},
    }


def _table(document: ReportDocument, name: str) -> DocumentTable:
    return next(table for table in document.tables if table.name == name)


def _row(table: DocumentTable, **values: Any) -> DocumentRow:
    """The row with these values, as they read."""
    columns = {column.name: column for column in table.columns}

    def reads(row: DocumentRow) -> bool:
        return all(columns[name].show(row.cell(columns[name])) == value for name, value in values.items())

    (row,) = filter(reads, table.rows)
    return row


def _values(row: DocumentRow, *names: str) -> list[Any]:
    return [row.cells[name].value for name in names]


def test_each_begins_with_three_sentences_and_says_how_far_and_how_deep_the_data_reach(documents: Documents) -> None:
    for name, document in documents.items():
        assert len(document.sentences) == 3, name
        through = document.method.data_through
        assert f"The data reach through {through}" in document.sentences[-1], name
        assert dict(document.figures)["Data through"] == str(through), name
        assert document.evidence[0].startswith("Of "), name
        assert all(re.search(r"\d", sentence) for sentence in document.sentences[:2]), name


def test_each_row_rests_on_links_debts_totals_or_sources(documents: Documents) -> None:
    tables = [(name, table) for name, document in documents.items() for table in document.tables]
    without = {(name, table.name) for name, table in tables for row in table.rows if not row.evidence}
    # what is counted over all contracts, repeats by layer what a row above rests on, or is a year without megawatts
    assert without == {
        ("capacity", "years"),
        ("comparables", "classes"),
        ("exposure", "losses-2"),
        ("exposure", "losses-3"),
        ("loops", "chance"),
    }


def _computed(formula: str, values: Any) -> float:
    """A formula over cells of a sheet that hold numbers."""
    numbers = re.sub(r"\$?[A-Z]+\$?\d+", lambda match: repr(values[match[0].replace("$", "")].value), formula[1:])
    return float(eval(numbers))  # noqa: S307 (digits and signs alone)


def test_derived_cells_of_the_comparables_workbook_are_formulas_that_give_their_values(documents: Documents) -> None:
    content = io.BytesIO(REPORTS["comparables"].formats["xlsx"].render(documents["comparables"]))
    live, cached = openpyxl.load_workbook(content), openpyxl.load_workbook(content, data_only=True)
    checked = [
        _computed(cell.value, cached[sheet.title]) == pytest.approx(cached[sheet.title][cell.coordinate].value)
        for sheet in live.worksheets
        for cells in sheet.iter_rows()
        for cell in cells
        if isinstance(cell.value, str) and re.fullmatch(r"=[-+*/().A-Z0-9$]+", cell.value)
    ]
    assert len(checked) > 60
    assert all(checked)
    priced = _table(documents["comparables"], "priced")
    # 7.0 bn USD by 245 MW and 15 years; 9.7 bn less 5.8 bn of chips by 200 MW and 5 years
    river_bend = _row(priced, provider="Hut 8", customer="Fluidstack")
    assert river_bend.cells["mean"].value == pytest.approx(7e9 / 245 / 15)
    assert river_bend.cells["per_kw_month"].value == pytest.approx(158.73, abs=0.01)
    cloud = _row(priced, provider="IREN", customer="Microsoft")
    assert cloud.cells["without_hardware"].value == pytest.approx(3.9e6)
    assert cloud.cells["without_hardware"].formula == "({base_usd}-{hardware})/{mw}/{years}"


def test_kinds_of_megawatts_have_charts_of_their_own(documents: Documents) -> None:
    capacity = documents["capacity"]
    titles = [chart.title for chart in capacity.charts]
    assert len(titles) == len(set(titles)) == 6
    assert titles[0] == "In service at the end of each year: shell layer, critical IT megawatts"
    row = _row(_table(capacity, "providers"), PROVIDER="Hut 8", layer="shell", basis="critical IT")
    assert _values(row, "low", "high") == [949, 949]


def test_a_gap_is_shown_and_not_filled(documents: Documents) -> None:
    compared = _table(documents["reconciliation"], "compared")
    row = next(row for row in compared.rows if row.evidence.subjects[0] == "core-scientific-coreweave-mw-2026-05")
    # the company says 590 MW; contracts found add to 390 MW of critical IT
    assert _values(row, "stated", "found", "gap") == [590, 390, 200]
    assert row.cells["gap"].evidence.figure
    of_dollars = next(row for row in compared.rows if row.cells["unit"].value == "USD" and "gap" in row.cells)
    assert all(re.search(r" (bn|m)$", of_dollars.cells[name].text) for name in ("stated", "found", "gap"))


def test_what_is_at_risk_stands_without_and_with_guarantees(documents: Documents) -> None:
    row = _row(_table(documents["guarantees"], "at-risk"), obligor="Fluidstack", holder="Hut 8")
    assert _values(row, "value_usd", "guaranteed_usd", "uncovered_usd") == [7e9, 7e9, 0]
    assert row.cells["uncovered_usd"].formula == "{value_usd}-{guaranteed_usd}"
    others = _table(documents["guarantees"], "others")
    assert all(row.cells["because"].value for row in others.rows)


def test_who_depends_on_one_organization_and_what_spreads(documents: Documents) -> None:
    exposure = documents["exposure"]
    row = _row(_table(exposure, "losses"), name="Hut 8")
    assert _values(row, "value", "guaranteed") == [7e9, 7e9]
    assert [row.cells["name"].value for row in _table(exposure, "income").rows] == ["Anthropic"]
    assert "Anthropic" in {row.cells["name"].value for row in _table(exposure, "depend-on-it").rows}
    contagion = next(chart for chart in exposure.charts if chart.name == "contagion")
    lost = sum(row.cells["lost"].value or 0 for row in _table(exposure, "contagion").rows)
    assert f"With those that fail {lost:,.4g}" in contagion.alternative


def _year(row: DocumentRow) -> Any:
    return row.cells["MATURITY_YEAR"].value if "MATURITY_YEAR" in row.cells else None


def _amount(row: DocumentRow) -> Any:
    return row.cells["value"].value if "value" in row.cells else 0


def test_the_maturity_wall_has_a_row_for_each_year_and_tenant(documents: Documents) -> None:
    row = _row(_table(documents["debt"], "wall"), MATURITY_YEAR="2030", TENANT="Fluidstack")
    assert row.cells["value"].value == 6.233e9
    wall, years = _table(documents["debt"], "wall").rows, _table(documents["debt"], "years").rows
    by_tenant, (whole,) = ([_amount(one) for one in rows if _year(one) == "2030"] for rows in (wall, years))
    assert len(by_tenant) > 1
    assert sum(by_tenant) == whole


def test_loops_say_what_chance_makes_and_what_would_have_to_be_false(documents: Documents) -> None:
    loops = documents["loops"]
    chance = {row.cells["legs"].value: row for row in _table(loops, "chance").rows}
    assert chance["all"].cells["loops"].value == len(_table(loops, "loops").rows)
    pairs = chance["2 legs"]
    assert pairs.cells["loops"].value > pairs.cells["high"].value
    row = _row(_table(loops, "fragility"), organizations="Microsoft → OpenAI → Microsoft")
    assert row.cells["least"].value == 2
    assert row.cells["origins"].value == "mercury-msft-openai, storyboard18-msft"


def test_an_amount_falls_below_a_round_figure_without_the_sources_that_are_named(documents: Documents) -> None:
    section = next(one for one in documents["capacity"].sections if one.name == "fragility")
    row = next(row for row in section.tables[0].rows if str(row.cells["claim"].value).startswith("Core Scientific"))
    # AMD's 529 MW of 2026-07-28 stand in a filing and a release of one origin: 935.5 - 529
    assert _values(row, "least", "most", "then", "origins") == [1, 1, "They add to 406.5 MW.", "corz-amd-2026-07-28"]
    assert len(row.evidence.sources) == 2
    assert (
        "Core Scientific provides 500 critical IT megawatts of the shell layer or more by firm contracts, 935.5 in "
        "all. That hangs on a single origin: without Core Scientific (2026-07-28) and 1 more of the same origin, they "
        "add to 406.5 MW."
    ) in section.text
    taken = _table(documents["exposure"], "fragility")
    assert {row.cells["claim"].value.split()[1] for row in taken.rows} == {"provides", "takes"}


def test_neighbours_in_a_ranking_change_places_without_an_origin(of: ReportFacts) -> None:
    """Telborg alone says of two of Nscale's 19 counterparties, and of others, that they have a contract with it."""
    (doubt,) = doubted_neighbours(of, [("nscale", 19.0), ("anthropic", 17.0), ("nobody", 17.0)])
    assert doubt.sentence == (
        "Nscale has more counterparties on record than Anthropic, 19 to 17. That hangs on a single origin: without "
        "Telborg (2026-05-12), Nscale ranks below Anthropic by degree: 14 to 17."
    )


@pytest.mark.parametrize(
    ("amount", "figure"), [(949.0, 500), (500.0, 500), (1000.0, 1000), (2.66e10, 2e10), (0.7, 0.5), (199.9, 100)]
)
def test_a_headline_says_the_next_round_figure_below(amount: float, figure: float) -> None:
    assert round_figure(amount) == pytest.approx(figure)


@pytest.mark.parametrize("name", ["capacity", "comparables", "debt", "guarantees", "loops", "reconciliation"])
async def test_a_report_on_no_facts_says_so_in_every_format(name: str) -> None:
    reader = reader_over(StatementLog.of((), ()))
    document: ReportDocument = await REPORTS[name].document(cast("Store", None), [reader], {})
    assert 1 <= len(document.sentences) <= 3
    for format_ in REPORTS[name].formats.values():
        assert format_.render(document) is not None
