"""Numbers in files of exports have addresses, and these open: read back by the programs that people read them with."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import polars as pl
import pyoxigraph as ox
import pytest
import rdflib

from graph.errors import BadInput
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.projection import Graph, project
from graph.exports.dataset.columns import TABLES
from graph.exports.dataset.dataset import Dataset, LinkSelection, written
from graph.exports.dataset.figures import FigureAddresses
from graph.exports.dataset.formats import dataset_files
from graph.publication.figures import read_figure
from graph.publication.living import FigureState, state_of
from graph.publication.outcomes import Outcome
from graph.reports.catalog import FIGURE_TABLES
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.query import Compare
from tests import facts
from tests.exports.datasets import MORE_LINKS, dataset_of, encoded
from tests.overlay import overlay_in

PARTS = """
- id: parts
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - says: {announced: '2026-02-02', service: LEASE, status: SIGNED, commitment: FIRM, value_usd: 900000000,
             value_firm_usd: 600000000, renewals: {count: 2, years: 5}, termination: {party: CUSTOMER, notice_days: 90},
             capacities: [{mw: 40, basis: CRITICAL_IT, phase: one}, {mw: 20, basis: CRITICAL_IT, phase: two},
                          {mw: 80, basis: GROSS, stage: CONTRACTED}]}
      sources: [release]
      confidence: high
"""
"""Of its value 600 m USD are firm; 60 MW in two phases, of which neither is a total."""
LINKS = facts.LEASE + MORE_LINKS + PARTS
GEXF = "{http://gexf.net/1.3}"
FIGURE = "_figure"


@dataclass(frozen=True)
class World:
    store: EmbeddedStore
    graph: Graph
    dataset: Dataset
    files: Mapping[str, bytes]


def _graph(folder: Path) -> Graph:
    texts = {"debts": facts.DEBTS, "events": facts.EVENTS, "observations": facts.OBSERVATIONS}
    return project(facts.log_of(folder, links_provides_capacity=LINKS, **texts), facts.lens())


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("figures")
    graph = _graph(folder)
    store = await EmbeddedStore.open(folder / "data", lambda: facts.TODAY)
    texts = {"debts": facts.DEBTS, "events": facts.EVENTS, "observations": facts.OBSERVATIONS}
    await store.load(facts.log_of(folder, links_provides_capacity=LINKS, **texts))
    dataset = replace(dataset_of(graph), figures=FigureAddresses(graph.lens))
    yield World(store, graph, dataset, encoded(dataset))
    await store.close()


# ---- what files say: by address the numbers beside it

Found = Iterator[tuple[str, Any]]


def _of_record(record: Mapping[str, Any]) -> Found:
    """But for entries of capacities, which a test of their own looks at."""
    for name, address in record.items():
        if name.endswith(FIGURE) and address and not name.startswith("capacities"):
            yield address, record[name.removesuffix(FIGURE)]


def _of_csv(content: bytes) -> Found:
    for record in csv.DictReader(io.StringIO(content.decode())):
        yield from _of_record({name.partition(":")[0]: cell for name, cell in record.items()})


def _of_parquet(content: bytes) -> Found:
    for record in pl.read_parquet(io.BytesIO(content)).to_dicts():
        yield from _of_record(record)


def _of_graphml(content: bytes) -> Found:
    graph = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    for data in (*graph.nodes.values(), *graph.edges.values()):
        yield from _of_record(data)


def _of_gexf(content: bytes) -> Found:
    root = ElementTree.fromstring(content)  # noqa: S314 (our own)
    names = {one.get("id"): str(one.get("title")) for one in root.iter(f"{GEXF}attribute")}
    for element in (*root.iter(f"{GEXF}node"), *root.iter(f"{GEXF}edge")):
        yield from _of_record({names[one.get("for")]: one.get("value") for one in element.iter(f"{GEXF}attvalue")})


def _of_json_lines(content: bytes) -> Found:
    for record in map(json.loads, content.decode().splitlines()[1:]):
        for name, address in record.get("figures", {}).items():
            number = record.get(f"{name}_amount", record.get(name, record.get("value")))
            yield from zip(address, number, strict=True) if isinstance(address, list) else [(address, number)]


def _of_cypher(content: bytes) -> Found:
    """What Neo4j reads is looked at in `test_cypher_script.py`."""
    for properties in re.findall(r"\{`.*\}", content.decode()):
        yield from _of_record({"value": "", **dict(re.findall(r"`(\w+)`: '?([^,'\[]+)", properties))})


def _of_ftm(content: bytes) -> Found:
    for one in map(json.loads, content.decode().splitlines()):
        found = dict(re.findall(r"figure of (\S+): (\S+)", " ".join(one["properties"].get("summary", ()))))
        numbers = {"value": "amount", "lat": "latitude", "stake_pct": "percentage"}
        for name, address in found.items():
            if numbers.get(name, "") in one["properties"]:
                yield address, one["properties"][numbers[name]][0]


def _of_turtle(content: bytes) -> Found:
    store = ox.Store()
    store.load(content, ox.RdfFormat.TURTLE)
    of_subject: dict[str, dict[str, str]] = {}
    for one in store.quads_for_pattern(None, None, None):
        record = of_subject.setdefault(str(one.subject), {})
        record[one.predicate.value.rpartition(":")[2]] = getattr(one.object, "value", "")
    yield from (pair for record in of_subject.values() for pair in _of_record({"figure": "", "value": "", **record}))


def _of_prov(content: bytes) -> Found:
    graph = rdflib.Graph().parse(data=content.decode(), format="turtle")
    for subject in set(graph.subjects()):
        stated = {str(name).rpartition(":")[2]: str(value) for name, value in graph.predicate_objects(subject)}
        yield from _of_record({"figure": "", "value": "", **stated})


def _of_figures(records: Iterable[Mapping[str, Any]]) -> Found:
    yield from ((one["figure"], str(_cited(one["value"]))) for one in records)


READERS = {
    "figures.csv": lambda content: _of_figures(csv.DictReader(io.StringIO(content.decode()))),
    "figures.parquet": lambda content: _of_figures(pl.read_parquet(io.BytesIO(content)).to_dicts()),
    "wattgraph.graphml": _of_graphml,
    "wattgraph.gexf": _of_gexf,
    "wattgraph.jsonl": _of_json_lines,
    "wattgraph.cypher": _of_cypher,
    "wattgraph.ftm.json": _of_ftm,
    "wattgraph.ttl": _of_turtle,
    "wattgraph-prov.ttl": _of_prov,
    **{f"{table.name}.csv": _of_csv for table in TABLES},
    **{f"{table.name}.parquet": _of_parquet for table in TABLES},
    **{f"neo4j-{part}.csv": _of_csv for part in ("nodes", "statements", "relationships")},
}


def _cited(text: str) -> float | None:
    """The number in the text of a value: max145.5MW."""
    number = re.fullmatch(r"(?:max|min|about)?(-?[0-9.]+)(?:MW|[A-Z]{3})?", text)
    return float(number[1]) if number else None


async def test_each_number_of_each_file_has_an_address_that_opens_with_its_value(world: World) -> None:
    assert READERS.keys() == dataset_files().keys() - {"neo4j-import.args"}
    pairs = {name: list(read(world.files[name])) for name, read in READERS.items()}
    figures = {address for found in pairs.values() for address, _ in found if address.startswith("/figures/")}
    states = {one: await _state(world, one) for one in figures}
    assert {one: str(state.outcome) for one, state in states.items() if state.outcome is not Outcome.SAME} == {}
    for name, found in pairs.items():
        assert found or name == "sources.csv" or name == "sources.parquet", name
        for address, number in found:
            if address in states and _is_number(number):
                assert _cited(states[address].figure.value) == pytest.approx(float(number)), (name, address, number)
    shown = {address for address, _ in pairs["figures.csv"]}
    assert shown == {address for address, _ in pairs["figures.parquet"]}
    assert figures == shown  # the table of an edition has every figure of every file


async def _state(world: World, address: str) -> FigureState:
    cited = read_figure(address.removeprefix("/figures/"), FIGURE_TABLES)
    return await state_of(world.store, cited, sources=FIGURE_TABLES)


def _is_number(text: Any) -> bool:
    return isinstance(text, int | float) or bool(isinstance(text, str) and re.fullmatch(r"-?[0-9.]+", text))


def test_a_number_stands_beside_the_figure_that_says_it(world: World) -> None:
    """Of `parts` the plain column counts the firm part, 600 m USD, and the stated one all of it; neither of its phases
    is a figure, and what is said of them is one step away."""
    rows = {row["key"]: row for row in pl.read_parquet(io.BytesIO(world.files["links.parquet"])).to_dicts()}
    row = rows["parts"]
    assert (row["value_usd"], row["stated_value_usd"], row["mw_critical_it"]) == (6e8, 9e8, 60.0)
    assert row[f"value_usd{FIGURE}"].startswith("/figures/parts:value_firm_usd:2026-11-30:600000000:2-")
    assert row[f"stated_value_usd{FIGURE}"].startswith("/figures/parts:value:2026-11-30:900000000USD:2-")
    assert row[f"renewals_years{FIGURE}"].startswith("/figures/parts:renewals_years:2026-11-30:5:2-")
    assert row[f"termination_notice_days{FIGURE}"].startswith("/figures/parts:termination_notice_days:2026-11-30:90:2-")
    phases = "/statements?subject=parts&property=capacities&basis=CRITICAL_IT&validOn=2026-11-30&knownOn=2026-11-30"
    gross = "/figures/parts:mw_gross:2026-11-30:80MW:2-"
    assert row[f"capacities{FIGURE}"][:2] == [phases, phases]
    assert row[f"capacities{FIGURE}"][2].startswith(gross)
    option = rows["option"]
    assert (option["mw_critical_it"], option[f"mw_critical_it{FIGURE}"]) == (None, None)
    assert option[f"stated_mw_critical_it{FIGURE}"].startswith("/figures/option:mw_critical_it:2026-11-30:30.5MW:2-")


def test_what_a_source_says_has_the_address_of_its_statement(world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(world.files["statements.csv"].decode())))
    assert [row[f"value{FIGURE}"] for row in rows] == [f"/statements/{row['key']}" for row in rows]
    assert {row["key"] for row in rows} == set(world.graph.rows["Statement"])


def test_the_same_bytes_twice_and_none_of_it_unasked(world: World, tmp_path: Path) -> None:
    graph = _graph(tmp_path)
    assert encoded(replace(dataset_of(graph), figures=FigureAddresses(graph.lens))) == world.files
    plain = encoded(dataset_of(graph))
    having = {name for name, content in plain.items() if re.search(rb"/figures/[a-z-]+:[a-z_]+:2026", content)}
    assert having == {"figures.csv", "figures.parquet"}
    assert plain["figures.csv"] == world.files["figures.csv"]
    for name in plain.keys() - {one for one in plain if one.startswith("neo4j-")} | {"neo4j-import.args"}:
        assert b"/figures/KEY:PROPERTY:2026-11-30:VALUE:2-CHECK" in plain[name], name


def test_where_the_service_is_known_addresses_are_whole(world: World) -> None:
    service = "https://graph.example.org"
    files = encoded(replace(world.dataset, figures=FigureAddresses(world.graph.lens, service)))
    for name in ("links.csv", "wattgraph.gexf"):
        assert files[name].decode().count(f"{service}/figures/") == world.files[name].decode().count("/figures/") - (
            files[name].decode().count("/figures/KEY")
        )
    by_rdflib = rdflib.Graph().parse(data=files["wattgraph-prov.ttl"].decode(), format="turtle")
    name = rdflib.URIRef("urn:wattgraph:vocabulary:mw_gross_figure")
    [address] = by_rdflib.objects(rdflib.URIRef("urn:wattgraph:link:second"), name)
    assert isinstance(address, rdflib.URIRef)
    assert str(address).startswith(f"{service}/figures/second:mw_gross:")


async def test_sums_of_selected_links_name_them(world: World) -> None:
    """`lease` and `option` lead from host to cloud too; without them 100 MW of `second` are left."""
    reader = await world.store.reader(DEFAULT_LENS)
    chosen = LinkSelection(Compare("mw_gross", "gt", 100.0), "basis=GROSS&mwFrom=100")
    gexf = dataset_files()["wattgraph.gexf"].encode
    content = await written(reader, lambda dataset: b"".join(gexf(dataset)), chosen, figures=True)
    found = dict(_of_gexf(content))
    [address] = [one for one in found if "mw_shell_critical_it" in one]
    assert address.startswith("/figures/pair,from=host,to=cloud,links=second::mw_shell_critical_it:2026-11-30:100:2-")
    state = await _state(world, address)
    assert (state.outcome, state.now) == (Outcome.SAME, "100")


async def test_private_facts_have_none(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY, overlay=overlay_in(tmp_path))
    await store.load(facts.log_of(tmp_path))
    reader = await store.reader(Lens(overlay=True))
    for figures, name in ((True, "links.csv"), (False, "figures.csv")):
        with pytest.raises(BadInput, match="Private facts have no addresses"):
            await written(reader, lambda dataset: list(dataset_files()[name].encode(dataset)), figures=figures)  # noqa: B023
    content = await written(reader, lambda dataset: list(dataset_files()["links.csv"].encode(dataset)))
    assert b"/figures/" not in b"".join(content)
    await store.close()
