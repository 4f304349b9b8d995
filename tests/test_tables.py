"""Tables on a terminal of 80 columns, and tables in CSV that can be cited."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.tables import TableView, TextColumn, lay_out, print_table, wrap
from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Analytic
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.scope import Scope
from graph.analytics.core.table import Table, TableColumn
from graph.analytics.core.tabulation import table_of
from graph.evidence.projection import Graph
from graph.exports import csv as csv_export
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Layer, ServiceState
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from tests.analytics.world import debt, link, moment, mw, organization, snapshot, usd
from tests.command import run_command
from tests.test_declared_analytics import REQUIRED

WIDTH = 80
SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
DAYS = ("--valid-on", "2026-07-01", "--known-on", "2026-07-01")
EMPTY = {"slippage", "chip_dependency", "reconciliation", "source_sensitivity", "fragility"}
"""Analytics whose tables stay empty without statements, chips or observations."""
each_analytic = pytest.mark.parametrize("analytic", ANALYTICS.values(), ids=list(ANALYTICS))


@pytest.fixture(scope="module")
def facts() -> Facts:
    lease = {"capacities": mw(100), "value": usd(7e9), "service_from": moment("2027-Q2"), "term_years": 15.0}
    lease |= {"service_state": ServiceState.PLANNED}
    links = [
        link("a-very-long-key-of-a-lease-between-the-host-and-the-cloud", "host", "cloud", **lease),
        link("resale", "cloud", "lab", capacities=mw(80)),
        link("investment", "host", "lab", "INVESTS_IN", value=usd(1e9)),
    ]
    host = organization("host", name="Hyperion joint venture of a very long name (Blue Owl Capital, Meta Platforms)")
    notes = debt("notes", "host", value=usd(1e9), maturity=moment("2030"), secured_by=(links[0].key,))
    return Facts(snapshot(links, host, organization("alone"), notes), {}, {}, {})


def _table(analytic: Analytic, facts: Facts) -> Table:
    stated = {one.name: REQUIRED[one.name] for one in analytic.parameters if one.required}
    inputs = analytic.inputs(**stated)
    if "scope" in inputs and analytic.name != "money_loops":  # which crosses layers
        inputs["scope"] = SHELL_MW
    return table_of(analytic, analytic.compute(facts, inputs), inputs, footnotes=facts.footnotes)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Prints a table at a width and gives its lines."""

    def lines(table: Table, view: TableView, width: int = WIDTH) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(table, view)
        return capsys.readouterr().out.splitlines()

    return lines


# ---- width


@each_analytic
@pytest.mark.parametrize("view", [TableView(), TableView(links=True)], ids=["fitting", "links"])
def test_every_analytic_fits_80_columns(analytic: Analytic, view: TableView, facts: Facts, printed: Any) -> None:
    table = _table(analytic, facts)
    assert table.rows or analytic.name in EMPTY
    lines = printed(table, view)
    assert "".join(lines).replace(" ", "").startswith(table.title.replace(" ", ""))
    assert max(map(cell_len, lines)) <= WIDTH


@each_analytic
def test_wide_shows_every_column_and_breaks_nothing(analytic: Analytic, facts: Facts, printed: Any) -> None:
    table = _table(analytic, facts)
    text = "\n".join(printed(table, TableView(wide=True)))
    links = {one.name for one in table.columns if one.refers_to in ("Link", "Debt") and one.named}
    for column in table.columns if table.rows else ():
        assert column.name in text or column.name in links
    assert "No room" not in text


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]), max_size=30)


@given(st.lists(st.lists(_texts, min_size=3, max_size=3), min_size=1, max_size=5), st.integers(20, 120))
def test_a_layout_never_exceeds_its_width_and_loses_no_text(rows: list[list[str]], width: int) -> None:
    columns = [TextColumn(f"c{n}", f"c{n}", tuple(row[n] for row in rows)) for n in range(3)]
    layout = lay_out(columns, width)
    lines = [layout.head, *(layout.row(number) for number in range(len(rows)))]
    assert all(cell_len(line) <= width for text in lines for line in text.split("\n"))
    shown = [n for n in range(3) if f"c{n}" not in layout.hidden]
    if len(shown) == 1:  # what stands beside one another in several columns is mixed line by line
        assert [line.replace("\n", "").replace(" ", "") for line in lines[1:]] == [row[0] for row in rows]


def test_words_numbers_and_parts_of_keys_stay_whole() -> None:
    assert wrap("Abernathy joint venture", 10) == ["Abernathy", "joint", "venture"]
    assert wrap("hut8-fluidstack-river-bend", 12) == ["hut8-", "fluidstack-", "river-bend"]
    assert wrap("ONSITE_GENERATION", 12) == ["ONSITE_", "GENERATION"]
    assert wrap("", 5) == [""]
    numbers = TextColumn("value", "value\n[USD]", ("7,000,000,000", "1"), is_number=True)
    # 13 characters of the number, 2 blanks, 5 of the word
    assert lay_out([TextColumn("name", "name", ("Hut 8 Corp.",)), numbers], 20).widths == [5, 13]


def test_details_give_way_before_text_is_squeezed_and_the_first_column_stays() -> None:
    name = TextColumn("name", "name", ("Core Scientific and others",))
    amount = TextColumn("amount", "amount", ("1,000",), is_number=True)
    key = TextColumn("key", "key", ("core-scientific",), detail=True)
    columns = [name, key, amount]
    assert lay_out(columns, 80).hidden == []
    assert lay_out(columns, 30).hidden == ["key"]  # 16 of the name and 6 of the amount stay comfortable
    assert lay_out(columns, 12).hidden == ["key", "amount"]  # "Scientific" and "amount" have 10 + 2 + 6 columns
    assert [one.name for one in lay_out(columns, 3).columns] == ["name"]


# ---- what is shown


COLUMNS = (TableColumn("who", refers_to="Entity"), TableColumn("layer"), TableColumn("basis"), TableColumn("mw", "MW"))


def _rows(*cells: tuple[str, str, str, float]) -> list[dict[str, Any]]:
    return [dict(zip(("who", "layer", "basis", "mw"), row, strict=True)) for row in cells]


def test_names_stand_in_place_of_keys_and_what_all_rows_share_above_them(facts: Facts, printed: Any) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    rows = _rows(("cloud", "SHELL", "GROSS", 5), ("lab", "SHELL", "GROSS", 7))
    lines = printed(Table("Title", COLUMNS, rows, method, footnotes=facts.footnotes), TableView())
    assert lines[:5] == ["Title", "layer SHELL, basis GROSS", "         mw", "who    [MW]", "Cloud     5"]
    assert lines[5] == "Lab       7"


def test_owners_and_all_of_them_have_names_too(facts: Facts, printed: Any) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    rows: list[Any] = [{"key": "cloud", "mw": 5}, {"key": "all", "mw": 7}]
    table = Table("Title", (TableColumn("key"), TableColumn("mw", "MW")), rows, method, footnotes=facts.footnotes)
    assert [line.split()[0] for line in printed(table, TableView())[3:5]] == ["Cloud", "all"]


def test_what_is_unknown_is_a_dash_and_a_mark_that_no_row_has_says_nothing(facts: Facts, printed: Any) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    columns = (TableColumn("who", refers_to="Entity"), TableColumn("fails"), TableColumn("mw", "MW"))
    rows: list[Any] = [{"who": "cloud", "fails": "no", "mw": 0}, {"who": None, "fails": "no", "mw": None}]
    table = Table("Title", columns, rows, method, footnotes=facts.footnotes)
    assert printed(table, TableView())[:5] == ["Title", "         mw", "who    [MW]", "Cloud     0", "-         -"]
    assert "fails" in printed(table, TableView(wide=True))[2]


def test_a_title_names_organizations_by_their_names(facts: Facts) -> None:
    for name, inputs in (("concentration", {"organization": "lab"}), ("shock", {"fail": ("lab", "cloud")})):
        every = ANALYTICS[name].inputs(**inputs)
        table = table_of(ANALYTICS[name], ANALYTICS[name].compute(facts, every), every, footnotes=facts.footnotes)
        assert table.title in ("Customers of Lab", "If Lab, Cloud fail (DIRECT)")


def test_loops_beyond_the_first_are_counted() -> None:
    links = [link(key, *ends, "INVESTS_IN") for key, ends in (("ab", "ab"), ("ba", "ba"), ("ac", "ac"), ("ca", "ca"))]
    facts, loops = Facts(snapshot(links), {}, {}, {}), ANALYTICS["money_loops"]
    inputs = loops.inputs(first=1)
    table = table_of(loops, loops.compute(facts, inputs), inputs)
    assert (len(table.rows), table.left_out) == (1, 1)


def test_runs_of_codes_become_sections_where_there_is_no_room_for_their_columns(facts: Facts, printed: Any) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    rows = _rows(("cloud", "SHELL", "GROSS", 1), ("lab", "SHELL", "GROSS", 2), ("x", "CHIP", "GROSS", 3))
    rows += _rows(("y", "CHIP", "GROSS", 4))
    table = Table("Title", COLUMNS, rows, method, footnotes=facts.footnotes)
    assert "layer" in printed(table, TableView(), 80)[3]
    assert printed(table, TableView(), 14)[2:8] == [
        "         mw", "who    [MW]", "layer SHELL", "Cloud     1", "Lab       2", "layer CHIP",
    ]  # fmt: skip


def test_debts_stand_below_a_row_like_links_and_have_names_and_dates_in_csv(facts: Facts, printed: Any) -> None:
    table = _table(ANALYTICS["debt_profile"], facts)
    assert not any("notes" in line for line in printed(table, TableView()))
    assert "    debts: notes" in printed(table, TableView(links=True))
    (row,) = _read(csv_export.render(table))
    assert row["debts_name"].endswith("(Blue Owl Capital, Meta Platforms), notes due 2030")
    assert row["dates"].startswith("issued 2026-01, maturity 2030; ")


def test_links_stand_in_the_rows_of_a_table_that_has_nothing_else(facts: Facts, printed: Any) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    rows: list[Any] = [{"links": ("resale",)}, {"links": ("investment", "resale")}]
    table = Table("Title", (TableColumn("links", refers_to="Link"),), rows, method, footnotes=facts.footnotes)
    assert printed(table, TableView())[1:3] == ["links", "Cloud → Lab"]


def test_dollars_are_told_in_millions_on_a_terminal_and_in_full_in_csv(facts: Facts, printed: Any) -> None:
    table = _table(ANALYTICS["comparables"], facts)
    text = "\n".join(printed(table, TableView(("base_value",))))
    assert ("[USD m]" in text, "7,000" in text, "7,000,000,000" in text) == (True, True, False)
    assert 7e9 in [float(row["base_value [USD]"] or 0) for row in _read(csv_export.render(table))]


# ---- the real facts


@pytest.fixture(scope="module")
async def seeds_facts(seeds_reader: EmbeddedReader) -> Facts:
    return await facts_of(seeds_reader)


OF_THE_FACTS: dict[str, dict[str, Any]] = {
    "capacity": {},
    "comparables": {},
    "money_loops": {},
    "reconciliation": {"organization": "core-scientific"},
    "centrality": {"metric": "PAGERANK"},
}


@pytest.mark.parametrize("name", OF_THE_FACTS)
def test_tables_of_the_facts_fit_80_columns_in_few_lines(name: str, seeds_facts: Facts, printed: Any) -> None:
    inputs = ANALYTICS[name].inputs(**OF_THE_FACTS[name])
    result = ANALYTICS[name].compute(seeds_facts, inputs)
    table = table_of(ANALYTICS[name], result, inputs, footnotes=seeds_facts.footnotes)
    lines = printed(table, TableView())
    assert max(map(cell_len, lines)) <= WIDTH
    rows = sum(len(part.rows) for part in table.parts)
    sentences = len(result.excluded) + len(table.method.assumptions)
    assert rows < len(lines) < 3 * rows + 6 * sentences
    keys = {cell for row in table.rows for cell in row.values() if cell in seeds_facts.snapshot.entities}
    assert not any(line.startswith(f"{key} ") for key in keys for line in lines)


def test_links_columns_and_the_first_rows_are_options_of_a_command(seeds_data: Path) -> None:
    arguments = ("analytics", "capacity", "--layer", "SHELL", "--basis", "CRITICAL_IT", *DAYS)
    ended = run_command(seeds_data, *arguments, "--links", "--columns", "low, PROVIDER", "--first", "1", COLUMNS="80")
    assert (ended.returncode, ended.stderr) == (0, "")
    title, _, head, row, *links = ended.stdout.partition("\n\n")[0].splitlines()
    assert (title, head.split(), row[:6].strip().replace(",", "").isdigit()) == (
        "Contracted megawatts", ["[MW]", "PROVIDER"], True,
    )  # fmt: skip
    assert links
    assert all(re.fullmatch(r" {4}[a-z0-9-]+(  .+ → .+)?", line) for line in links)
    left_out = ended.stdout.partition("\n\n")[2].splitlines()[0]
    assert re.fullmatch(r"(\d+) of (\d+) rows are left out: --first \2 shows all\.", left_out)


@pytest.mark.parametrize(
    ("option", "value", "code", "message"),
    [("--columns", "mw,low", 1, "No column mw. There are PROVIDER, "), ("--first", "-1", 2, "--first")],
)
def test_a_column_that_is_none_and_a_negative_number_of_rows_are_errors(
    seeds_data: Path, option: str, value: str, code: int, message: str
) -> None:
    ended = run_command(seeds_data, "analytics", "capacity", option, value)
    assert (ended.returncode, ended.stdout, message in ended.stderr) == (code, "", True)


@pytest.mark.slow
def test_changes_fit_80_columns_and_no_key_is_cut_off(seeds_data: Path) -> None:
    days = ("2026-03-01", "2026-06-01", "--subject", "anthropic")
    ended = run_command(seeds_data, "diff", *days, COLUMNS="80")
    assert max(map(cell_len, ended.stdout.splitlines())) <= WIDTH
    assert "…" not in ended.stdout
    assert "akamai-anthropic)" in ended.stdout


# ---- CSV


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@each_analytic
def test_csv_of_every_analytic_has_each_column_once_with_lens_and_data_version(
    analytic: Analytic, facts: Facts
) -> None:
    table = _table(analytic, facts)
    text = csv_export.render(table)
    (header,) = csv.reader([text.splitlines()[0]])
    assert len(set(header)) == len(header)
    assert header[-4:] == ["lens", "data_through", "data_version", "licence"]
    assert {column.header for column in table.columns} <= set(header)
    for row in _read(text):
        assert (row["lens"], row["data_version"]) == ("valid_on 2026-11-23, known_on 2026-11-23", "version")
        assert row["licence"] == "CC BY 4.0"


@pytest.mark.slow
def test_a_figure_in_csv_has_names_parties_dates_and_the_sources_of_its_links(
    seeds_data: Path, seeds_graph: Graph
) -> None:
    scope = ("--layer", "SHELL", "--basis", "CRITICAL_IT", "--nature", "STATED", "--nature", "REPORTED")
    ended = run_command(
        seeds_data, "analytics", "capacity", *scope, "--format", "csv", "--columns", "PROVIDER,low,links"
    )
    row = next(row for row in _read(ended.stdout) if row["PROVIDER"] == "riot")
    leases = ("riot-amd-rockdale", "riot-undisclosed-rockdale-191")
    assert (row["PROVIDER_name"], row["low [MW]"], row["links"]) == ("Riot Platforms", "216", " ".join(leases))
    assert row["parties"] == "Riot Platforms → AMD; Riot Platforms → Anthropic"
    stated = seeds_graph.rows["Link"]["riot-amd-rockdale"]
    assert f"announced {stated['announced']}" in row["dates"]
    cited = {address for key in leases for address in _cited(seeds_graph, key)}
    assert cited
    assert set(re.findall(r"https?://\S+?(?=;|$)", row["sources"])) == cited
    assert row["lens"].endswith(", natures REPORTED STATED")


def test_the_sources_in_csv_tell_how_they_were_read_and_where_a_figure_stands() -> None:
    statement = {"subject": "lease", "source": "filing", "chosen": True, "locator": "p. 3"}
    filing = {"publisher": "Host", "published": "2026-01-10", "url": "https://example.org/f", "read": "SECOND_HAND"}
    news = {"publisher": "Paper", "published": "2026-02-01", "url": "https://example.org/n", "read": "UNKNOWN"}
    lease = snapshot([link("lease", "host", "cloud", capacities=mw(100))])
    rows = {
        key: Row("Source", key, columns)
        for key, columns in (("filing", filing | {"through": ["news"]}), ("news", news))
    }
    said = {
        "one": Row("Statement", "one", statement),
        "two": Row("Statement", "two", {"subject": "lease", "source": "news", "chosen": True}),
    }
    footnotes = Facts(lease, {}, said, rows).footnotes
    method = _table(ANALYTICS["capacity"], Facts(lease, {}, {}, {})).method
    table = Table("T", (TableColumn("links", refers_to="Link"),), [{"links": ("lease",)}], method, footnotes=footnotes)
    (row,) = _read(csv_export.render(table))
    assert row["sources"] == (
        "Host (2026-01-10, read second hand, through Paper, 2026-02-01, at p. 3) https://example.org/f; "
        "Paper (2026-02-01) https://example.org/n"
    )


def _cited(graph: Graph, key: str) -> set[str]:
    """Addresses of the sources of the chosen statements about a row."""
    statements: Mapping[str, Any] = graph.rows["Statement"]
    sources = {
        row.columns["source"] for row in statements.values() if row.columns["subject"] == key and row.columns["chosen"]
    }
    return {graph.rows["Source"][source].columns["url"] for source in sources}


def test_a_cell_of_csv_is_never_longer_than_a_spreadsheet_reads(facts: Facts) -> None:
    method = _table(ANALYTICS["capacity"], facts).method
    keys = tuple(f"organization-{number}" for number in range(3000))
    # 3,000 names of 18 to 21 characters with semicolons are 60,000 characters
    names = {key: organization(key, name=f"The {key}") for key in keys}
    footnotes = Facts(snapshot([], *names.values()), {}, {}, {}).footnotes
    table = Table("Title", (TableColumn("who", refers_to="Entity"),), [{"who": keys}], method, footnotes=footnotes)
    csv.field_size_limit(100_000)
    (row,) = _read(csv_export.render(table))
    shown = row["who_name"].split("; ")
    assert len(row["who_name"]) < 32_767
    assert shown[-1] == f"and {3000 - (len(shown) - 1)} more"
