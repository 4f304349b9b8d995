"""A hostile name is harmless in every format: it is data, ends nothing, runs nowhere, and comes back as far as the
format can hold it."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import networkx as nx
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest

from graph.exports.csv import safe_cell
from graph.exports.dataset.text import cypher_string, json_line, plain_number, turtle_string, xml_text
from graph.pictures.svg import NOT_XML
from tests.exports.datasets import FORMULA, HOSTILE, encoded, hostile_dataset, small_graph

DIRECTIONS = "\N{RIGHT-TO-LEFT OVERRIDE}"
RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Controls that no text file should hold."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return encoded(hostile_dataset(small_graph(tmp_path_factory.mktemp("hostile"))))


def test_no_file_holds_a_raw_control_or_turns_a_line_around(files: dict[str, bytes]) -> None:
    escaping = (".gexf", ".graphml", ".ttl", ".jsonl", ".cypher", ".ftm.json")
    for name, content in files.items():
        if name.endswith(escaping):
            text = content.decode()
            assert RAW.search(text) is None, name
            assert DIRECTIONS not in text, name
        elif name.startswith("neo4j-"):
            assert RAW.sub("", content.decode().replace("\x1f", "")) == content.decode().replace("\x1f", ""), name


def test_markup_is_text_in_xml(files: dict[str, bytes]) -> None:
    expected = NOT_XML.sub("", HOSTILE)
    read = nx.parse_graphml(files["wattgraph.graphml"].decode(), force_multigraph=True)
    assert read.nodes["host"]["name"] == expected
    root = ElementTree.fromstring(files["wattgraph.gexf"])  # noqa: S314 (our own)
    labels = {one.get("id"): one.get("label") for one in root.iter("{http://gexf.net/1.3}node")}
    assert labels["host"] == expected
    for name in ("wattgraph.graphml", "wattgraph.gexf"):
        assert b"<script" not in files[name]


@pytest.mark.parametrize("name", ["entities.csv", "links.csv", "statements.csv"])
def test_no_cell_of_csv_runs(name: str, files: dict[str, bytes]) -> None:
    rows = list(csv.reader(io.StringIO(files[name].decode(), newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "@", "+", "\t")) for row in rows for cell in row)
    cells = {cell for row in rows for cell in row}
    assert str(safe_cell(HOSTILE)) in cells
    if name != "statements.csv":
        assert f"'{FORMULA}" in cells


def test_every_text_comes_back_from_json_parquet_and_rdf(files: dict[str, bytes]) -> None:
    records = [json.loads(line) for line in files["wattgraph.jsonl"].decode().splitlines()]
    assert {one["key"]: one.get("name") for one in records[1:]}["host"] == HOSTILE
    table = pq.read_table(io.BytesIO(files["entities.parquet"])).to_pylist()
    assert {row["key"]: row["name"] for row in table}["host"] == HOSTILE
    for name in ("wattgraph.ttl", "wattgraph-prov.ttl"):
        store = ox.Store()
        store.load(files[name], ox.RdfFormat.TURTLE)
        host = ox.NamedNode("urn:wattgraph:organization:host")
        names = [
            one.object.value
            for one in store.quads_for_pattern(host, ox.NamedNode("urn:wattgraph:vocabulary:name"), None)
        ]
        assert names == [HOSTILE]


def test_neo4j_csv_keeps_each_row_on_its_line(files: dict[str, bytes]) -> None:
    text = files["neo4j-nodes.csv"].decode()
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert len(rows) == text.count("\n")
    host = next(row for row in rows if row[0] == "Organization/host")
    assert re.sub(r"\s", "", HOSTILE.replace("\x01", "")) == re.sub(r"\s", "", host[rows[0].index("name:string")])


def test_literals_end_where_they_should() -> None:
    assert cypher_string("a'b\\") == "'a\\'b\\\\'"
    # \u0027 would become a quote before Cypher is parsed: the backslash and the letter do not stand side by side
    assert cypher_string("\\u0027") == "'\\\\' + 'u0027'"
    assert turtle_string('"\\\n') == '"\\"\\\\\\n"'
    assert json_line({"a": "\u202e\x01"}) == '{"a":"\\u202e\\u0001"}'
    assert xml_text("<\u202e\x00&") == "&lt;&#x202E;&amp;"
    assert [plain_number(one) for one in (1e22, 0.5, 1e-7, 3)] == ["10000000000000000000000", "0.5", "0.0000001", "3"]
