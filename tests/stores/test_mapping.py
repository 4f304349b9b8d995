"""How rows stand in Neo4j, without one: their names, the names of their figures, and what changes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graph.evidence.captions import describe_value
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project, reproject
from graph.stores.neo4j import mapping
from graph.stores.neo4j.cypher import columns_of, find
from graph.stores.neo4j.mapping import Node, Nodes, difference, differing, nodes_again, nodes_of, row_of
from graph.stores.query import Compare, Order, Page, Query
from graph.vocabulary.enums import Commitment, LinkStatus, Service
from graph.vocabulary.model import LABELS, LINKS, Row
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    CapacityStage,
    Count,
    Figure,
    Money,
    ObservationBasis,
    PartialDate,
    Renewals,
    Termination,
    TerminationParty,
)
from tests.analytics.world import link
from tests.facts import LEASE, ORGANIZATIONS, lens, log_of
from tests.stores.random_queries import graph_of, random_log

# ---- figures

OPTION = {"commitment": Commitment.OPTION}
TALKS = [LinkStatus.RUMOURED, LinkStatus.IN_TALKS, LinkStatus.ANNOUNCED]


def megawatts(mw: float, basis: str = "CRITICAL_IT", **more: Any) -> tuple[Capacity, ...]:
    return (Capacity(mw, CapacityBasis(basis), **more),)


def written(row: Row) -> dict[str, Any]:
    """What Neo4j holds of a row's megawatts and dollars."""
    properties = Node(row.label, row.key, row.columns).readable()
    return {name: value for name, value in properties.items() if name.startswith(("mw_", "value_usd", "stated_"))}


def contract(**values: Any) -> dict[str, Any]:
    stated = {"capacities": megawatts(100), "value": Money(7e9)}
    return written(link("one", "host", "cloud", **stated | values))


STATED = {"stated_mw_critical_it": 100, "stated_value_usd": 7e9}


def test_a_firm_figure_bears_the_plain_name() -> None:
    assert contract() == {"mw_critical_it": 100, "value_usd": 7e9} | STATED
    assert contract(status=LinkStatus.ACTIVE, commitment=Commitment.FIRM) == contract()


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"commitment": Commitment.CONDITIONAL}, "conditional"),
        ({"status": LinkStatus.SIGNED_CONDITIONAL}, "conditional"),
        ({"commitment": Commitment.OPTION}, "option"),
        ({"commitment": Commitment.ROFO}, "option"),
        ({"commitment": Commitment.ROFR, "status": LinkStatus.ACTIVE}, "option"),
        ({"status": LinkStatus.LETTER}, "letter"),
        ({"in_force": False, "status": LinkStatus.TERMINATED}, "lapsed"),
    ],
)
def test_a_figure_that_is_not_firm_stands_beside(values: Mapping[str, Any], column: str) -> None:
    assert contract(**values) == {f"mw_critical_it_{column}": 100, f"value_usd_{column}": 7e9} | STATED


@pytest.mark.parametrize("status", TALKS)
def test_talks_rumours_and_announcements_have_only_what_they_state(status: LinkStatus) -> None:
    assert contract(status=status) == STATED


@pytest.mark.parametrize("basis", [str(basis) for basis in CapacityBasis])
def test_every_basis_and_stage_is_firm_or_beside_alike(basis: str) -> None:
    planned = megawatts(50, basis, stage=CapacityStage.PLANNED)
    name = f"mw_{basis.lower()}"
    firm = {name: 50, f"{name}_planned": 50, f"stated_{name}": 50, f"stated_{name}_planned": 50}
    assert contract(capacities=planned, value=None) == firm
    assert contract(capacities=planned, value=None, **OPTION) == {
        f"{name}_option": 50,
        f"stated_{name}": 50,
        f"stated_{name}_planned": 50,
    }


def test_of_a_value_with_a_firm_part_that_part_alone_is_firm() -> None:
    assert contract(value_firm_usd=4e9)["value_usd"] == 4e9
    assert contract(value_firm_usd=4e9)["stated_value_usd"] == 7e9
    assert "value_usd" not in contract(value_firm_usd=4e9, **OPTION)


@pytest.mark.parametrize(("values", "firm"), [({}, True), (OPTION, False), ({"status": LinkStatus.RUMOURED}, False)])
def test_a_link_says_whether_it_is_firm(values: Mapping[str, Any], firm: bool) -> None:
    row = link("one", "host", "cloud", **values)
    assert Node("Link", "one", row.columns).readable()["firm"] is firm


def test_a_site_keeps_its_megawatts_under_their_names(seeds_graph: Graph) -> None:
    row = next(row for row in seeds_graph.rows["Site"].values() if "mw_gross" in row.columns)
    assert written(row) == {name: value for name, value in row.columns.items() if name.startswith("mw_")}


def test_filters_and_orders_compare_what_is_stated() -> None:
    query = Query("Link", Compare("mw_gross", "gte", 300), (Order("value_usd"),))
    text = find(query, Page(1)).text
    assert "n.`stated_mw_gross` >= $p0" in text
    assert "ORDER BY n.`stated_value_usd`" in text
    assert "n.`mw_gross` >= $p0" in find(Query("Site", Compare("mw_gross", "gte", 300)), Page(1)).text


@pytest.mark.parametrize("seed", [1, 2])
def test_a_row_is_read_back_as_it_was_written(seed: int) -> None:
    graph = graph_of(random_log(seed))
    _assert_read_back(graph, nodes_of(graph))


@pytest.fixture(scope="module")
def seeds_nodes(seeds_graph: Graph) -> Nodes:
    return nodes_of(seeds_graph)


@pytest.mark.slow
def test_the_rows_of_the_facts_are_read_back(seeds_graph: Graph, seeds_nodes: Nodes) -> None:
    _assert_read_back(seeds_graph, seeds_nodes)


def _assert_read_back(graph: Graph, nodes: Nodes) -> None:
    for label, rows in graph.rows.items():
        for key, row in rows.items():
            assert row_of(label, nodes[label][key].properties(committed=True)).columns == row.columns


def test_no_column_of_a_link_begins_as_what_is_stated() -> None:
    assert not [column for label in LABELS for column in columns_of(label) if column.startswith("stated_")]


# ---- names


def captions(nodes: Nodes, label: str) -> set[str]:
    return {node.readable()["name"] for node in nodes[label].values()}


@pytest.mark.slow
def test_every_node_of_the_facts_has_a_name(seeds_nodes: Nodes) -> None:
    nodes = [node for by_key in seeds_nodes.values() for node in by_key.values()]
    assert not [node.key for node in nodes if not node.readable()["name"].strip()]
    assert len(nodes) > 10_000


@pytest.mark.slow
def test_a_node_of_the_facts_bears_the_name_that_a_reader_expects(seeds_nodes: Nodes) -> None:
    nodes = seeds_nodes
    assert nodes["Link"]["iren-microsoft-cloud"].readable()["name"] == "IREN → Microsoft, 200 MW"
    assert "IREN, convertible notes due 2031" in captions(nodes, "Debt")
    assert "Meta Platforms, capex CY2026: 115 bn to 135 bn USD" in captions(nodes, "Observation")
    assert {"Microsoft", "IREN"} <= captions(nodes, "Organization")
    assert "value: 9.7 bn USD" in captions(nodes, "Statement")


A_VALUE = Money(7e9)


@pytest.mark.parametrize(
    ("type_", "values", "name"),
    [
        ("PROVIDES_CAPACITY", {"capacities": megawatts(200)}, "Host → Cloud, 200 MW"),
        (
            "PROVIDES_CAPACITY",
            {"capacities": megawatts(300, "GROSS"), "value": A_VALUE},
            "Host → Cloud, 300 MW gross",
        ),
        ("PROVIDES_CAPACITY", {"capacities": megawatts(9.5, "UNSTATED")}, "Host → Cloud, 9.5 MW of unstated basis"),
        (
            "PROVIDES_CAPACITY",
            {"capacities": megawatts(1000, bound=Bound.UP_TO), "commitment": Commitment.ROFO},
            "Host → Cloud, ≤ 1,000 MW (option)",
        ),
        ("PROVIDES_CAPACITY", {"value": Money(9.7e9, bound=Bound.ABOUT)}, "Host → Cloud, ≈ 9.7 bn USD"),
        ("PROVIDES_CAPACITY", {"status": LinkStatus.RUMOURED}, "Host → Cloud, provides capacity (rumoured)"),
        ("PROVIDES_CAPACITY", {"status": None}, "Host → Cloud, provides capacity"),
        ("INVESTS_IN", {"value": Money(3e8, "EUR")}, "Host → Cloud, invests in, 300 m EUR"),
        ("OWNS", {"in_force": False}, "Host → Cloud, owns (lapsed)"),
    ],
)
def test_a_link_is_named_by_its_ends_and_what_it_is_about(type_: str, values: Mapping[str, Any], name: str) -> None:
    assert name_of(link("one", "host", "cloud", type_, **values)) == name


def name_of(row: Row) -> str:
    """The name of a link between Host and Cloud."""
    rows: dict[str, dict[str, Row]] = {label: {} for label in LABELS}
    rows["Organization"] = {key: Row("Organization", key, {"name": key.title()}) for key in ("host", "cloud")}
    rows["Link"] = {row.key: row}
    graph = Graph(lens(), "", rows, {"Statement": {}, "Source": {}}, None, None)
    name: str = nodes_of(graph)["Link"][row.key].readable()["name"]
    return name


def test_a_link_without_a_quantity_tells_its_type() -> None:
    names = {type_: name_of(link("one", "host", "cloud", type_)) for type_ in LINKS}
    assert names["SUPPLIES_POWER"] == "Host → Cloud, supplies power"
    assert len(set(names.values())) == len(LINKS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (76_000, "76,000"),
        (7.125, "7.125"),
        (1234567.0, "1,234,567"),
        (Service.LEASE, "lease"),
        (("a", "b"), "a, b"),
        (PartialDate.read("2027-Q2"), "2027-Q2"),
        (Money(250_000, "EUR", Bound.AT_LEAST), "≥ 250,000 EUR"),
        (Count(76_000, Bound.ABOUT), "≈ 76,000"),
        (
            Capacity(75, CapacityBasis.GROSS, CapacityStage.BILLING, phase="1", since=PartialDate.read("2027")),
            "75 MW gross, billing, phase 1, from 2027",
        ),
        (Renewals(2, 5), "2 × 5 years"),
        (Termination(TerminationParty.CUSTOMER, 90), "customer, 90 days' notice"),
        (Termination(TerminationParty.NONE), "none"),
        (Figure("USD", ObservationBasis.ACTUAL, value=9.5e9), "9.5 bn USD"),
        (Figure("USD", ObservationBasis.GUIDANCE, low=1e9, high=2e9), "1 bn to 2 bn USD"),
        (Figure("MW", ObservationBasis.GUIDANCE, low=1500.0), "≥ 1,500 MW"),
        (Figure("MW", ObservationBasis.GUIDANCE, high=1500.0), "≤ 1,500 MW"),
        (Figure("PCT", ObservationBasis.ACTUAL, value=-12.5), "-12.5 %"),
        (Figure("COUNT", ObservationBasis.ACTUAL, value=10900.0), "10,900"),
        (Figure("TEXT", ObservationBasis.ACTUAL, text="BB-"), "BB-"),
    ],
)
def test_a_value_reads_as(value: Any, text: str) -> None:
    assert describe_value(value) == text


def test_every_value_of_the_facts_reads_in_few_words(seeds_log: StatementLog) -> None:
    read = {describe_value(one.value) for one in seeds_log.statements}
    assert not [text for text in read if "(" in text and "=" in text]  # no value as Python writes it


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    log = log_of(tmp_path, organizations=ORGANIZATIONS.replace("Host Corp", "H" * 100))
    names = captions(nodes_of(project(log, lens())), "Statement")
    assert f"name: {'H' * 79}…" in names


# ---- what another link has replaced

NEXT = (
    LEASE.replace("id: lease", "id: next")
    .replace("  site: campus\n", "")
    .replace("term_years: 10", "replaces: [lease]")
)


def test_a_link_that_another_replaces_is_firm_no_longer(tmp_path: Path) -> None:
    """1 bn USD of the lease until there is the next one, then that one's 1 bn alone."""
    before = log_of(tmp_path / "before")
    after = log_of(tmp_path / "after", links_provides_capacity=LEASE + NEXT)
    graph = project(before, lens())
    again = reproject(graph, after, after.since(before))
    assert nodes_again(nodes_of(graph), graph, again) == nodes_of(again)
    assert _firm_usd(nodes_of(graph)) == {"lease": 1e9}
    assert _firm_usd(nodes_of(again)) == {"next": 1e9}
    back = reproject(again, before, before.since(after))
    assert nodes_again(nodes_of(again), again, back) == nodes_of(graph)


def _firm_usd(nodes: Nodes) -> dict[str, float]:
    links = (node.readable() for node in nodes["Link"].values())
    return {one["key"]: one["value_usd"] for one in links if one["firm"]}


# ---- a name that follows another's


def test_a_new_name_of_a_party_renames_its_links_and_nothing_else(tmp_path: Path) -> None:
    before = log_of(tmp_path / "before")
    after = log_of(tmp_path / "after", organizations=ORGANIZATIONS.replace("Host Corp", "Host Group"))
    graph = project(before, lens())
    again = reproject(graph, after, after.since(before))
    nodes, wanted = nodes_of(graph), nodes_of(again)
    assert nodes_again(nodes, graph, again) == wanted
    assert wanted["Link"]["lease"].readable()["name"] == "Host Group → Cloud Inc, 1 bn USD"
    hashes = {label: {key: node.hash for key, node in by_key.items()} for label, by_key in nodes.items()}
    renamed = difference(hashes, wanted).changed
    keys = {label: [node.key for node in nodes] for label, nodes in renamed.items()}
    assert keys == {"Organization": ["host"], "Link": ["lease"]}


@pytest.mark.parametrize("kept", [0, 50_000], ids=["made when looked at", "kept"])
def test_nodes_of_statements_are_the_same_whether_they_are_kept_or_not(
    kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease gets another price: its value, and the statement of it, differ; nothing else does."""
    monkeypatch.setattr(mapping, "KEPT_NODES", kept)
    before = log_of(tmp_path / "before")
    after = log_of(tmp_path / "after", links_provides_capacity=LEASE.replace("1000000000", "2000000000"))
    graph = project(before, lens())
    again = reproject(graph, after, after.since(before))
    nodes = nodes_of(graph)
    wanted = nodes_again(nodes, graph, again)
    assert wanted == nodes_of(again)
    [gone], [new] = (one.since(two).added for one, two in ((before, after), (after, before)))
    hashes, others = differing(nodes, wanted)
    assert {label: set(by_key) for label, by_key in hashes.items() if by_key} == {
        "Link": {"lease"},
        "Statement": {gone.id},
    }
    assert {label: set(by_key) for label, by_key in others.items() if by_key} == {
        "Link": {"lease"},
        "Statement": {new.id},
    }
    what = difference(hashes, others)
    assert what.counts == {"added": {"Statement": 1}, "changed": {"Link": 1}, "removed": {"Statement": 1}}
