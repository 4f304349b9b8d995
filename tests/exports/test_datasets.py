"""Every format of a dataset, read back by the programs that people read it with."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import igraph
import networkx as nx
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
import rdflib

from graph.errors import BadSettings
from graph.evidence.projection import Graph
from graph.exports.dataset.columns import LINK_TABLE, TABLES, ColumnType, DatasetTable
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import dataset_formats
from graph.exports.dataset.graphml import JOINED
from graph.exports.dataset.turtle import VOCABULARY
from tests.budgets import AUDIT
from tests.exports.datasets import dataset_of, encoded, small_graph

GEXF = "{http://gexf.net/1.3}"
PROV = "http://www.w3.org/ns/prov#"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return small_graph(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def dataset(graph: Graph) -> Dataset:
    return dataset_of(graph)


@pytest.fixture(scope="module")
def files(dataset: Dataset) -> dict[str, bytes]:
    return encoded(dataset)


@pytest.fixture(scope="module")
def of_seeds(seeds_graph: Graph) -> Dataset:
    return dataset_of(seeds_graph)


def _encoded(dataset: Dataset, name: str) -> bytes:
    return next(
        b"".join(file.encode(dataset)) for one in dataset_formats().values() for file in one.files if file.name == name
    )


def test_the_same_dataset_gives_the_same_bytes(graph: Graph, files: dict[str, bytes]) -> None:
    assert encoded(dataset_of(graph)) == files


def test_every_file_says_where_it_comes_from(graph: Graph, files: dict[str, bytes]) -> None:
    assert len(files) > 15
    for name, content in files.items():
        if name not in ("neo4j-nodes.csv", "neo4j-statements.csv", "neo4j-relationships.csv"):  # their arguments say it
            for said in (graph.version, "2026-11-30", "CC BY 4.0"):
                assert said.encode() in content, (name, said)


# ---- tables


def _cells(table: DatasetTable, dataset: Dataset) -> list[dict[str, object]]:
    names = [column.name for column in table.columns]
    batches = table.batches(dataset)
    rows = [row for batch in batches for row in zip(*(column.of(batch) for column in table.columns), strict=True)]
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_comes_back_to_pyarrow_and_polars(
    table: DatasetTable, dataset: Dataset, files: dict[str, bytes]
) -> None:
    content = io.BytesIO(files[f"{table.name}.parquet"])
    read = pq.read_table(content)
    expected = _cells(table, dataset)
    days = [column.name for column in table.columns if column.type is ColumnType.DAY]
    rows = [row | {name: row[name] and str(row[name]) for name in days} for row in read.to_pylist()]
    assert rows == [
        {name: list(cell) if isinstance(cell, tuple) else cell for name, cell in row.items()} for row in expected
    ]
    assert read.schema.metadata[b"wattgraph.dataVersion"].decode() == dataset.provenance.data_version
    framed = pl.read_parquet(io.BytesIO(files[f"{table.name}.parquet"]))
    assert framed.height == len(expected)
    assert framed["key"].to_list() == [row["key"] for row in expected]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_csv_comes_back_to_pyarrow_and_polars(table: DatasetTable, dataset: Dataset, files: dict[str, bytes]) -> None:
    content = files[f"{table.name}.csv"]
    types = {
        ColumnType.NUMBER: (pa.float64(), pl.Float64),
        ColumnType.WHOLE: (pa.int64(), pl.Int64),
        ColumnType.FLAG: (pa.bool_(), pl.Boolean),
    }
    arrow = {one.name: types.get(one.type, (pa.string(),))[0] for one in table.columns}
    frame = {one.name: types[one.type][1] for one in table.columns if one.type in types}
    options = pyarrow.csv.ConvertOptions(column_types=arrow, strings_can_be_null=True, quoted_strings_can_be_null=False)
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    by_arrow = pyarrow.csv.read_csv(io.BytesIO(content), convert_options=options, parse_options=parsing).to_pylist()
    by_polars = pl.read_csv(io.BytesIO(content), schema_overrides=frame, infer_schema=False).to_dicts()
    expected = _cells(table, dataset)
    assert len(by_arrow) == len(by_polars) == len(expected)
    for arrow_row, polars_row, row in zip(by_arrow, by_polars, expected, strict=True):
        for column in table.columns:
            cell = row[column.name]
            if column.type in (ColumnType.TEXTS, ColumnType.ENTRIES):
                shown = None if cell is None else [json.loads(one) for one in cell] if "{" in str(cell) else list(cell)  # type: ignore[call-overload]
                assert (arrow_row[column.name] and json.loads(arrow_row[column.name])) == shown
            else:
                assert arrow_row[column.name] == polars_row[column.name] == cell, column.name


def test_without_pyarrow_the_error_names_the_remedy(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.exports.dataset.parquet.find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"pip install 'wattgraph\[parquet\]'"):
        _encoded(dataset, "links.parquet")


def test_numbers_of_csv_have_no_exponent_and_absent_cells_no_quotes(files: dict[str, bytes]) -> None:
    text = files["links.csv"].decode()
    assert not re.search(r",-?[0-9.]+[eE][+-]?[0-9]+,", text)
    assert ',"",' not in text
    assert ",,," in text


def test_plain_sums_of_links_count_what_is_firm(dataset: Dataset) -> None:
    """100 MW from host to cloud and from cloud to lab, in two layers; the option's 30.5 MW are stated and left out."""
    rows = {row["key"]: row for row in _cells(LINK_TABLE, dataset)}
    assert {key: row["mw_critical_it"] for key, row in rows.items() if row["layer"] == "SHELL"} == {
        "lease": None,
        "second": 100.0,
        "option": None,
    }
    assert rows["option"]["stated_mw_critical_it"] == 30.5
    assert (rows["option"]["value_usd"], rows["option"]["stated_value_usd"]) == (None, 5e8)
    assert (rows["second"]["mw_gross"], rows["second"]["mw_gross_bound"]) == (145.5, "UP_TO")
    assert rows["cloud-lab"]["mw_critical_it_bound"] == "EXACT"
    assert rows["option"]["firmness"] == "OPTION"


def test_json_lines_have_every_row(graph: Graph, files: dict[str, bytes]) -> None:
    head, *records = map(json.loads, files["wattgraph.jsonl"].decode().splitlines())
    assert (head["dataVersion"], head["lens"]["knownOn"]) == (graph.version, "2026-11-30")
    assert Counter(one["label"] for one in records) == {label: len(rows) for label, rows in graph.rows.items() if rows}
    lease = next(one for one in records if one["key"] == "lease")
    assert (lease["from"], lease["value_usd"]) == ("host", 1e9)
    assert not any(name.endswith(("_fold", "_sort")) for one in records for name in one)


# ---- graphs


def test_graphml_comes_back_to_networkx_and_igraph(of_seeds: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "seeds.graphml"
    path.write_bytes(_encoded(of_seeds, "wattgraph.graphml"))
    expected = {row["key"]: row for row in _cells(LINK_TABLE, of_seeds)}
    by_networkx = nx.read_graphml(path, force_multigraph=True)
    assert {key: (source, target) for source, target, key in by_networkx.edges(keys=True)} == {
        key: (row["source"], row["target"]) for key, row in expected.items()
    }
    by_igraph = igraph.Graph.Read_GraphML(str(path))
    assert (by_igraph.vcount(), by_igraph.ecount()) == (by_networkx.number_of_nodes(), len(expected))
    stated = {key: row["mw_critical_it"] for key, row in expected.items() if row["mw_critical_it"] is not None}
    assert {
        key: data["mw_critical_it"]
        for *_, key, data in by_networkx.edges(keys=True, data=True)
        if "mw_critical_it" in data
    } == stated
    assert {edge["key"]: edge["mw_critical_it"] for edge in by_igraph.es if edge["key"] in stated} == stated
    assert set(by_igraph.es["firm"]) == {"true", "false"}
    for node in by_networkx.nodes.values():
        assert node["label"] == node["name"]
        assert node["type"] in JOINED
    assert len(stated) > 20


def test_gexf_has_one_edge_for_each_pair_with_sums_by_layer_and_basis(files: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(files["wattgraph.gexf"])  # noqa: S314 (our own)
    names = {one.get("id"): one.get("title") for one in root.iter(f"{GEXF}attribute")}
    edges = {(one.get("source"), one.get("target")): one for one in root.iter(f"{GEXF}edge")}
    assert edges.keys() == {("host", "cloud"), ("cloud", "lab")}

    def values(pair: tuple[str, str]) -> dict[str | None, str | None]:
        return {names[one.get("for")]: one.get("value") for one in edges[pair].iter(f"{GEXF}attvalue")}

    # the value of `lease`, the megawatts of `second`; nothing of the option
    assert values(("host", "cloud")) == {
        "links": "lease option second",
        "types": "PROVIDES_CAPACITY",
        "link_count": "3",
        "firm_count": "2",
        "mw_shell_critical_it": "100",
        "mw_shell_gross": "145.5",
        "usd_shell": "1000000000",
    }
    assert values(("cloud", "lab"))["mw_compute_critical_it"] == "100"
    # from the first day of `lease`; it has no end
    assert (edges["host", "cloud"].get("start"), edges["host", "cloud"].get("end")) == ("2026-01-10", None)
    assert edges["host", "cloud"].get("weight") == "3"


def test_gexf_of_the_facts_is_whole(of_seeds: Dataset) -> None:
    """What the Gephi toolkit showed to matter: whole days, no end before a start, each pair once, each id declared."""
    root = ElementTree.fromstring(_encoded(of_seeds, "wattgraph.gexf"))  # noqa: S314 (our own)
    edges = list(root.iter(f"{GEXF}edge"))
    assert len({(one.get("source"), one.get("target")) for one in edges}) == len(edges) > 400
    days = [(one.get("start"), one.get("end")) for one in edges]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for both in days for day in both if day)
    assert all(start <= end for start, end in days if start and end)
    nodes = {one.get("id") for one in root.iter(f"{GEXF}node")}
    assert {end for one in edges for end in (one.get("source"), one.get("target"))} <= nodes
    declared = {one.get("id") for one in root.iter(f"{GEXF}attribute")}
    assert {one.get("for") for one in root.iter(f"{GEXF}attvalue")} <= declared
    counted = sum(
        len((one.get("value") or "").split()) for one in root.iter(f"{GEXF}attvalue") if one.get("for") == "e_links"
    )
    assert counted == of_seeds.source.count("Link")


def test_neo4j_csv_has_the_properties_that_the_import_needs(files: dict[str, bytes]) -> None:
    """Small letters for booleans, no quotes around what is absent, ends that are there: neo4j-admin reads `TRUE` as
    false and refuses a relationship without its node; `make audit` runs it."""
    texts = {name: files[name].decode() for name in files if name.startswith("neo4j-")}
    ids: list[str] = []
    for name in ("neo4j-nodes.csv", "neo4j-statements.csv"):
        rows = list(csv.reader(io.StringIO(texts[name])))
        assert len({len(row) for row in rows}) == 1
        assert len(set(rows[0])) == len(rows[0])
        ids += [row[0] for row in rows[1:]]
        flags = [place for place, head in enumerate(rows[0]) if head.endswith(":boolean")]
        assert {row[place] for row in rows[1:] for place in flags} <= {"true", "false", ""}
        assert ',"",' not in texts[name]
    assert len(set(ids)) == len(ids)
    relationships = list(csv.DictReader(io.StringIO(texts["neo4j-relationships.csv"])))
    assert {end for row in relationships for end in (row[":START_ID"], row[":END_ID"])} <= set(ids)
    second = next(row for row in relationships if row["key:string"] == "second")
    assert (second[":TYPE"], second["mw_critical_it:double"], second["firm:boolean"]) == (
        "PROVIDES_CAPACITY",
        "100",
        "true",
    )
    option = next(row for row in relationships if row["key:string"] == "option")
    assert (option["mw_critical_it:double"], option["mw_critical_it_option:double"]) == ("", "30.5")
    assert "--array-delimiter=U+001F" in texts["neo4j-import.args"]


# ---- RDF


def _name(iri: str) -> str:
    return iri.rpartition(":")[2]


@pytest.mark.audited
def test_turtle_comes_back_to_pyoxigraph_with_a_reifier_for_each_statement(
    graph: Graph, request: pytest.FixtureRequest
) -> None:
    """In `make audit` all facts."""
    shown_graph: Graph = request.getfixturevalue("seeds_graph") if AUDIT else graph
    store = ox.Store()
    store.load(_encoded(dataset_of(shown_graph), "wattgraph.ttl"), ox.RdfFormat.TURTLE)
    reifies = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies")
    statements = shown_graph.rows["Statement"]
    said = list(store.quads_for_pattern(None, reifies, None))
    assert {_name(one.subject.value) for one in said} == set(statements)
    chosen = {row.key for row in statements.values() if row["chosen"]}
    asserted = {
        _name(one.subject.value)
        for one in said
        if ox.Quad(one.object.subject, one.object.predicate, one.object.object) in store
    }
    # what is shown is asserted, if its subject is shown too
    shown = {key for rows in shown_graph.rows.values() for key in rows}
    missing = chosen - asserted
    assert {statements[key].columns["subject"] for key in missing} & shown == set()


def test_both_kinds_of_rdf_say_the_same(files: dict[str, bytes], graph: Graph) -> None:
    store = ox.Store()
    store.load(files["wattgraph-prov.ttl"], ox.RdfFormat.TURTLE)
    by_rdflib = rdflib.Graph().parse(data=files["wattgraph-prov.ttl"].decode(), format="turtle")
    assert len(by_rdflib) == len(store)
    second = rdflib.URIRef("urn:wattgraph:link:second")
    assert by_rdflib.value(second, rdflib.URIRef(f"{VOCABULARY}mw_critical_it")) == rdflib.Literal(
        "100", datatype=rdflib.XSD.decimal
    )
    assert by_rdflib.value(second, rdflib.URIRef(f"{VOCABULARY}effective_from")) == rdflib.Literal(
        "2026-02", datatype=rdflib.XSD.gYearMonth
    )
    assert (
        by_rdflib.value(second, rdflib.URIRef(f"{VOCABULARY}effective_from_earliest")).toPython().isoformat()
        == "2026-02-01"
    )  # type: ignore[union-attr]
    statements = set(by_rdflib.subjects(rdflib.RDF.type, rdflib.RDF.Statement))
    assert {_name(str(one)) for one in statements} == set(graph.rows["Statement"])
    assert all(by_rdflib.value(one, rdflib.URIRef(f"{PROV}hadPrimarySource")) for one in statements)
    newer = ox.Store()
    newer.load(files["wattgraph.ttl"], ox.RdfFormat.TURTLE)
    rows = "SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER(STRSTARTS(STR(?s), 'urn:wattgraph:link:')) } ORDER BY ?s ?p ?o"
    assert [str(one) for one in newer.query(rows)] == [str(one) for one in store.query(rows)]
