"""GEXF and GraphML in the Gephi toolkit: `make audit` runs it (a JDK and 80 MB from Maven); what it showed to matter,
`make test` holds in test_datasets.py."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.evidence.projection import Graph
from graph.exports.dataset import gexf, graphml
from graph.exports.dataset.gexf import pairs_of
from graph.settings import PROJECT
from graph.stores.neo4j import server
from tests.budgets import AUDIT
from tests.exports.datasets import dataset_of

TOOLKIT = "org.gephi:gephi-toolkit:0.10.1:jar:all"
JAR = PROJECT / "build" / "gephi" / "gephi-toolkit-0.10.1-all.jar"
JUDGE = Path(__file__).parent / "GephiJudge.java"


def _milliseconds(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000


def _judged(path: Path, *columns: str) -> list[list[str]]:
    java = server.find_java()
    if not java.with_name("javac").exists():
        pytest.skip("The judge is compiled when it starts: a JDK is needed, not a JRE.")
    if not JAR.exists():
        copied = ["dependency:copy", f"-Dartifact={TOOLKIT}", f"-DoutputDirectory={JAR.parent}"]
        subprocess.run([server.find_maven(), "-q", "-B", *copied], check=True, capture_output=True)
    judged = subprocess.run([java, "-cp", str(JAR), JUDGE, path, *columns], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in judged.stdout.splitlines()]


@pytest.mark.audited
@pytest.mark.skipif(not AUDIT, reason="runs the Gephi toolkit: make audit")
def test_gephi_reads_each_pair_with_its_sums_and_days(seeds_graph: Graph, tmp_path: Path) -> None:
    dataset, path = dataset_of(seeds_graph), tmp_path / "facts.gexf"
    path.write_bytes(b"".join(gexf.DATASET.files[0].encode(dataset)))
    columns = ("links", "firm_count", "mw_shell_critical_it", "usd_compute")
    lines = _judged(path, *(f"e_{name}" for name in columns))
    read = {(line[1], line[2]): line[3:] for line in lines if line[0] == "edge"}
    pairs = pairs_of(dataset)
    assert read.keys() == pairs.keys()
    for ends, pair in pairs.items():
        weight, times, links, firm, megawatts, usd = read[ends]
        assert (float(weight), links.split(), int(firm)) == (len(pair.links), pair.links, pair.firm)
        for text, name in ((megawatts, columns[2]), (usd, columns[3])):
            assert (None if text == "null" else float(text)) == pair.sums().get(name), (ends, name)
        if pair.start and pair.end:
            assert times == f"<[{_milliseconds(pair.start)}, {_milliseconds(pair.end)}]>"
    assert [line for line in lines if line[0] == "report" and "rror" in line[1]] == []


@pytest.mark.audited
@pytest.mark.skipif(not AUDIT, reason="runs the Gephi toolkit: make audit")
def test_gephi_names_the_nodes_of_graphml(seeds_graph: Graph, tmp_path: Path) -> None:
    dataset, path = dataset_of(seeds_graph), tmp_path / "facts.graphml"
    path.write_bytes(b"".join(graphml.DATASET.files[0].encode(dataset)))
    shown = {line[1]: line[2] for line in _judged(path) if line[0] == "node"}
    assert len(shown) > 300
    assert shown == {key: dataset.names[key] for key in shown}
