"""The saved queries of Neo4j Browser on a real Neo4j of both releases, with the facts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx
import pytest
from neo4j import Driver, GraphDatabase, Record

from graph.browser.guide import saved_queries
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.stores.neo4j.mapping import nodes_of
from tests.seeds_fixture import load_into_neo4j

Answers = Mapping[str, list[Record]]


@pytest.fixture(scope="module")
async def answers(neo4j_uri: str, seeds_log: StatementLog) -> Answers:
    await load_into_neo4j(neo4j_uri, seeds_log)
    return _ask_all(neo4j_uri)


def _ask_all(uri: str) -> Answers:
    """Of every query whose procedures the server has; none may warn of a name that is not there, or deprecated."""
    with GraphDatabase.driver(uri) as driver:
        with_gds = driver.execute_query("SHOW FUNCTIONS YIELD name WHERE name = 'gds.version' RETURN count(*)")
        chosen = [one for one in saved_queries().values() if "gds." not in one.cypher or with_gds.records[0][0]]
        asked = {one.name: _ask(driver, one.text) for one in chosen}
        assert not with_gds.records[0][0] or driver.execute_query("CALL gds.graph.list()").records == []
        return asked


def _ask(driver: Driver, text: str) -> list[Record]:
    answer = driver.execute_query(text)
    warnings = [one for one in answer.summary.gql_status_objects if one.is_notification]
    assert warnings == [], text
    return answer.records


def _check(answers: Answers) -> None:
    assert {name for name, records in answers.items() if not records} == set()
    floats = [one for records in answers.values() for record in records for one in record.values() if _is_float(one)]
    assert floats
    assert all(map(math.isfinite, floats))


def _is_float(value: Any) -> bool:
    return isinstance(value, float)


def test_every_query_runs_on_5_26(answers: Answers) -> None:
    _check(answers)


@pytest.mark.slow
async def test_every_query_runs_on_2026(neo4j_2026_uri: str, seeds_log: StatementLog) -> None:
    await load_into_neo4j(neo4j_2026_uri, seeds_log)
    answers = _ask_all(neo4j_2026_uri)
    assert answers.keys() == saved_queries().keys()
    _check(answers)


def test_the_first_picture_is_small_and_has_the_contract_with_microsoft(answers: Answers) -> None:
    arrows = [record["path"].relationships[0] for record in answers["iren_neighbours"]]
    assert 8 <= len(arrows) <= 20
    captions = {arrow["key"]: arrow["caption"] for arrow in arrows}
    assert captions["iren-microsoft-cloud"] == "200 MW"


def test_a_backstop_leads_from_its_guarantor_to_the_lease(answers: Answers) -> None:
    """Alphabet stands behind Fluidstack's base rent at River Bend: 7.0 bn USD for 245 MW."""
    row = next(one for one in answers["backstop_caps"] if one["beneficiary"] == "Hut 8" and one["cap_usd"] == 7e9)
    assert (row["guarantor"], row["obligor"], row["lease"]) == ("Alphabet", "Fluidstack", "Hut 8 → Fluidstack, 245 MW")


def test_each_basis_has_a_column_of_its_own(answers: Answers) -> None:
    """River Bend: 245 MW critical IT, and no word of gross megawatts in the lease."""
    rows = [
        one for one in answers["largest_contracts"] if one["provider"] == "Hut 8" and one["customer"] == "Fluidstack"
    ]
    assert [(one["critical_it_mw"], one["gross_mw"], one["unstated_mw"]) for one in rows] == [(245.0, None, None)]


def test_betweenness_is_that_of_pairs(answers: Answers, seeds_graph: Graph) -> None:
    """One edge per pair, whichever way its links point, and however many there are."""
    if "gds_betweenness" not in answers:
        pytest.skip("The server has no Graph Data Science.")
    network = nx.Graph()
    network.add_edges_from(_firm_pairs(seeds_graph))
    names = {key: row.columns["name"] for key, row in seeds_graph.rows["Organization"].items()}
    expected = {names[key]: value for key, value in nx.betweenness_centrality(network, normalized=False).items()}
    for record in answers["gds_betweenness"]:
        assert record["betweenness"] == pytest.approx(expected[record["organization"]], abs=0.06)


def _firm_pairs(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in nodes_of(graph)["Link"].values():
        ends = (node.columns["from"], node.columns["to"])
        between = all(key in graph.rows["Organization"] for key in ends) and ends[0] != ends[1]
        if between and node.readable()["firm"]:
            yield ends


def test_queries_only_read() -> None:
    writes = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DETACH|LOAD)\b")
    assert [query.name for query in saved_queries().values() if writes.search(query.cypher)] == []
