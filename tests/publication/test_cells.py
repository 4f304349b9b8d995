"""Every number of a table has an address, whatever the table is of; it answers what the table says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Cost
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.scope import Scope
from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.analytics.core.tabulation import table_of
from graph.evidence.lens import DEFAULT_LENS
from graph.exports import csv, html, json, markdown
from graph.publication.cells import cell_figures, is_number
from graph.publication.figures import UnknownFigure, cell_id, read_figure
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.publication.sources import ComputeAnew
from graph.reports.catalog import FIGURE_TABLES, REPORTS
from graph.reports.report import BEFORE, LensDays
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from tests import facts

KEYS = {"organization": "hut8", "fail": ("openai",), "from": "nvidia", "to": "openai", "metric": "DEGREE"}
SCOPED = frozenset({"concentration", "chip_dependency"})
QUICK = [name for name, one in ANALYTICS.items() if one.cost is Cost.SINGLE]


def _inputs(name: str) -> Mapping[str, Any]:
    analytic = ANALYTICS[name]
    stated = {one.name: KEYS[one.name] for one in analytic.parameters if one.required}
    scope = Scope(layer=Layer.COMPUTE, basis=CapacityBasis.UNSTATED)
    return analytic.inputs(**stated, **({"scope": scope} if name in SCOPED else {}))


def _cells(table: Table) -> Iterator[tuple[TableRow, str, str | None]]:
    """Every number with its ID."""
    for part, figures in zip(table.parts, cell_figures(table), strict=True):
        assert figures is not None
        for row in part.rows:
            ids = figures.of_row(row)
            yield from ((row, column, ids.get(column)) for column, cell in row.items() if is_number(cell))


@pytest.fixture(scope="module")
async def seeds_facts(seeded: EmbeddedStore) -> Facts:
    return await facts_of(await seeded.reader())


WITHOUT = {"money_loops": {"loop"}}
"""Numbers that only say where in an answer a row stands."""


@pytest.mark.parametrize("name", QUICK)
async def test_each_number_of_an_analytic_has_an_address_that_gives_it(
    name: str, seeds_facts: Facts, seeded: EmbeddedStore
) -> None:
    inputs = _inputs(name)
    table = table_of(ANALYTICS[name], ANALYTICS[name].compute(seeds_facts, inputs), inputs)
    cells = list(_cells(table))
    assert {column for _, column, id in cells if id is None} <= WITHOUT.get(name, set())
    ids = {id for _, _, id in cells if id}
    assert all(read_figure(id).id == id for id in ids), "they read back"
    for id in sorted(ids)[:: max(1, len(ids) // 2)][:2]:
        assert (await state_of(seeded, read_figure(id), Kept(table))).outcome is Outcome.SAME, id


class Kept(ComputeAnew):
    """Has the table already."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def work(self, *_: Any, **__: Any) -> Table:
        return self.table

    async def document(self, *_: Any) -> Table:
        return self.table


@pytest.mark.slow
async def test_the_numbers_of_a_report_have_addresses_without_code_of_its_own(seeded: EmbeddedStore) -> None:
    reader = await seeded.reader()
    table = await REPORTS["coverage"].table(seeded, [reader], {})
    assert table is not None
    cells = list(_cells(table))
    assert [column for _, column, id in cells if id is None] == []
    ids = [id for _, _, id in cells if id]
    assert len(set(ids)) == len(ids)
    for id in (ids[0], next(id for id in ids if "table=kinds_of_sources" in id)):
        state = await state_of(seeded, read_figure(id, FIGURE_TABLES), Kept(table), FIGURE_TABLES)
        assert state.outcome is Outcome.SAME, id
    with pytest.raises(UnknownFigure):
        read_figure(ids[0])  # where nobody knows reports, it is none


async def test_every_format_of_a_table_holds_the_same_addresses(seeds_facts: Facts) -> None:
    inputs = _inputs("shock")
    table = table_of(ANALYTICS["shock"], ANALYTICS["shock"].compute(seeds_facts, inputs), inputs)
    every = {id for _, _, id in _cells(table) if id}
    assert every
    for text in (html.render(table), markdown.render(table), json.render(table)):
        assert {id for id in every if id in text} == every
    main = {id for _, _, id in _cells(replace(table, supplements=())) if id}
    assert {id for id in every if id in csv.render(table)} == main


async def test_the_numbers_of_a_document_have_addresses_without_code_of_its_own(small: EmbeddedStore) -> None:
    report = REPORTS["centrality"]
    document = await report.document(small, [await small.reader()], {})
    cells = [
        (table.name, column.name, cell.evidence.figure)
        for table in document.tables
        for row in table.rows
        for column in table.columns
        if is_number((cell := row.cell(column)).value)
    ]
    assert [where for *where, figure in cells if not figure] == []
    strength = next(id for name, column, id in cells if column == "contracts" and name.startswith("value_usd-shell"))
    state = await state_of(small, read_figure(strength, FIGURE_TABLES), sources=FIGURE_TABLES)
    assert (state.outcome, state.now) == (Outcome.SAME, "2")


@pytest.mark.parametrize(
    ("inputs", "outcome", "now"),
    [
        ({"label": "Link", "from": "host"}, Outcome.CHANGED_BY_THE_WORLD, "2"),
        ({"label": "Link", "party": "cloud", "status": ("SIGNED",)}, Outcome.CHANGED_BY_THE_WORLD, "2"),
        ({"label": "Link", "type": ("PROVIDES_CAPACITY",), "site": "campus"}, Outcome.CHANGED_BY_THE_WORLD, "2"),
        ({"label": "Link", "basis": CapacityBasis.GROSS}, Outcome.CANNOT_TELL, "0"),
        ({"label": "Site"}, Outcome.SAME, "1"),
    ],
)
async def test_a_plain_count_has_an_address(
    inputs: Mapping[str, Any], outcome: Outcome, now: str, small: EmbeddedStore
) -> None:
    """Of Host Corp: one contract in February, in June a second; neither states megawatts."""
    id = cell_id("rows", inputs, {}, "count", lens=facts.lens("2026-02-15", "2026-02-15"), value=1)
    assert id is not None
    state = await state_of(small, read_figure(id))
    assert (state.outcome, state.now) == (outcome, now)
    if outcome is Outcome.CHANGED_BY_THE_WORLD:
        assert {one.statement.columns["subject"] for one in state.movers} == {"second"}


@pytest.fixture(scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("cells")
    second = facts.LEASE.replace("id: lease", "id: second").replace("[filing]", "[late]").replace("2026-01", "2026-06")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder, links_provides_capacity=facts.LEASE + second))
    yield store
    await store.close()


def test_a_table_by_hand_is_told_by_its_texts(seeds_facts: Facts) -> None:
    """A row that nothing tells from another has no address for what the two say otherwise."""
    capacity = table_of(
        ANALYTICS["capacity"],
        ANALYTICS["capacity"].compute(seeds_facts, _inputs("capacity")),
        _inputs("capacity"),
    )
    rows: list[TableRow] = [
        {"who": "One, Inc.", "where": "here", "mw": 1.0, "year": 2026},
        {"who": "One, Inc.", "where": "there", "mw": 2.0, "year": 2026},
        {"who": "Other", "where": "here", "mw": 3.0, "year": 2026},
        {"who": "Other", "where": "here", "mw": 4.0, "year": 2026},
    ]
    columns = tuple(TableColumn(name) for name in ("who", "where", "mw", "year"))
    [figures] = cell_figures(replace(capacity, columns=columns, rows=rows, supplements=(), key=()))
    assert figures is not None
    ids = [figures.of_row(row) for row in rows]
    assert [sorted(of_row) for of_row in ids] == [["mw", "year"], ["mw", "year"], ["year"], ["year"]]
    assert ",where=here:mw:" in ids[0]["mw"]


def test_the_days_of_the_first_of_two_lenses_stand_in_an_address() -> None:
    before = LensDays("2026-06-30_2026-03-31")
    assert LensDays.of(replace(DEFAULT_LENS, valid_on=before.valid_on, known_on=before.known_on)) == before
    id = cell_id(
        "report.changes", {BEFORE.name: before}, {"what": "x"}, "n", lens=facts.lens(), value=1, sources=FIGURE_TABLES
    )
    assert id is not None
    assert "before=2026-06-30_2026-03-31" in id
    assert read_figure(id, FIGURE_TABLES).id == id
    with pytest.raises(ValueError, match="Invalid isoformat"):
        LensDays("yesterday")
