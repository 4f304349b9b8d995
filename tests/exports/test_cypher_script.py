"""The script of Cypher, and what `neo4j-admin` makes of the CSV, in a real Neo4j."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from neo4j import GraphDatabase, Session

from graph.evidence.projection import Graph
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.figures import FigureAddresses
from graph.stores.neo4j import server
from tests.budgets import AUDIT
from tests.exports.datasets import HOSTILE, encoded, hostile_dataset, small_graph
from tests.neo4j_fixture import emptied

SUMS = (
    "MATCH ()-[r:PROVIDES_CAPACITY]->() RETURN sum(r.mw_critical_it) AS mw, sum(r.value_usd) AS usd, count(r) AS links"
)


def test_the_script_makes_the_graph_whatever_its_names_say(neo4j_uri: str, tmp_path: Path) -> None:
    graph = small_graph(tmp_path)
    script = encoded(_with_figures(graph))["wattgraph.cypher"].decode()
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
        _check_figures(session)
    emptied(neo4j_uri)


def _with_figures(graph: Graph) -> Dataset:
    return replace(hostile_dataset(graph), figures=FigureAddresses(graph.lens))


def _check_figures(session: Session) -> None:
    """The option's megawatts stand beside what is firm, with their address."""
    asked = (
        "MATCH ()-[r {key: 'option'}]->() RETURN r.mw_critical_it_option AS mw, r.mw_critical_it_option_figure AS at"
    )
    assert session.run(asked).single(strict=True).data() == {
        "mw": 30.5,
        "at": "/figures/option:mw_critical_it:2026-11-30:30.5MW:2-99fb5e",
    }


@pytest.mark.audited
@pytest.mark.skipif(not AUDIT, reason="imports into a server of its own: make audit")
def test_neo4j_admin_makes_the_same_graph(tmp_path: Path) -> None:
    graph = small_graph(tmp_path / "seeds")
    home, files = tmp_path / "home", tmp_path / "files"
    for folder in (files, *(home / name for name in ("conf", "data", "logs"))):
        folder.mkdir(parents=True)
    (home / "conf" / "neo4j.conf").touch()
    for name, content in encoded(_with_figures(graph)).items():
        if name.startswith("neo4j-"):
            (files / name).write_bytes(content)
    java = server.find_java()
    opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")]
    tool = [java, "-Xmx512m", *opened, "-cp", f"{server.fetch_jars(java) / 'lib'}/*", "org.neo4j.cli.AdminTool"]
    subprocess.run(
        [*tool, "database", "import", "full", "neo4j", "@neo4j-import.args"],
        cwd=files,
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
        check=True,
        capture_output=True,
    )
    running = server.start(home, heap="512m", wait_seconds=600)
    try:
        with GraphDatabase.driver(running.bolt_uri) as driver, driver.session() as session:
            assert session.run(SUMS).single(strict=True).data() == {"mw": 200.0, "usd": 1e9, "links": 4}
            found = session.run("MATCH (n:Entity:Organization:AiHost) RETURN n.name AS name, n.kinds AS kinds").single(
                strict=True
            )
            # on one line: of the controls, blanks are left
            assert found["name"].split() == HOSTILE.replace("\x01", " ").split()
            assert found["kinds"] == ["AI_HOST"]
            _check_figures(session)
            flags = session.run(
                "MATCH (n:Organization) RETURN n.key AS key, n.placeholder AS flag ORDER BY key"
            ).values()
            assert flags == [["cloud", False], ["host", False], ["lab", False], ["unnamed", True]]
    finally:
        server.stop(home)
