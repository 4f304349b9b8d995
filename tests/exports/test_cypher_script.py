"""The script of Cypher, and what `neo4j-admin` makes of the CSV, in a real Neo4j."""

from __future__ import annotations

from pathlib import Path

from neo4j import GraphDatabase

from tests.exports.datasets import HOSTILE, encoded, hostile_dataset, small_graph
from tests.neo4j_fixture import emptied

SUMS = (
    "MATCH ()-[r:PROVIDES_CAPACITY]->() RETURN sum(r.mw_critical_it) AS mw, sum(r.value_usd) AS usd, count(r) AS links"
)


def test_the_script_makes_the_graph_whatever_its_names_say(neo4j_uri: str, tmp_path: Path) -> None:
    graph = small_graph(tmp_path)
    script = encoded(hostile_dataset(graph))["wattgraph.cypher"].decode()
    emptied(neo4j_uri)
    with GraphDatabase.driver(neo4j_uri) as driver, driver.session() as session:
        for statement in script.split(";\n"):
            if statement.strip():
                session.run(statement).consume()  # type: ignore[arg-type]  # our own script
        # 100 MW of `second` and of `cloud-lab`, 1 bn USD of `lease`; the option counts in neither
        assert session.run(SUMS).single(strict=True).data() == {"mw": 200.0, "usd": 1e9, "links": 4}
        name = session.run("MATCH (n:Organization {key: 'host'}) RETURN n.name AS name").single(strict=True)["name"]
        assert name == HOSTILE
        counted = session.run("MATCH (n:Statement)-[:ABOUT]->(:Link {key: 'second'}) RETURN count(n) AS n").single(
            strict=True
        )
        assert counted["n"] == sum(row.columns["subject"] == "second" for row in graph.rows["Statement"].values())
        cited = session.run("MATCH (s:Statement) WHERE NOT (s)-[:CITES]->(:Source) RETURN count(s) AS n").single(
            strict=True
        )
        assert cited["n"] == 0
    emptied(neo4j_uri)
