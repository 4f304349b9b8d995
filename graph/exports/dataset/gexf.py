"""GEXF 1.3: one edge for each pair of source and target, with the keys of its links and what they add to.

Gephi makes one of parallel edges by itself, adds their weights, and keeps of every other attribute the last. So sums
stand in columns of their own, by layer and basis: `mw_shell_critical_it`, `usd_compute`; links without a layer by their
type, what is never added apart (`usd_lends_to_lender`, `mw_power_ppa_gross`). They count what is firm, signed, in force
and not replaced, a link that another of the pair uses or covers once. Times are closed intervals of days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graph.exports.dataset.columns import (
    FIGURE,
    NUMBERS,
    ColumnType,
    DatasetColumn,
    DatasetTable,
    TableBatch,
    columns_of,
)
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.graphml import JOINED, NODE_COLUMNS, attribute_text
from graph.exports.dataset.pairs import FIRM_COUNT, LINK_COUNT, Pair, pair_addresses, pairs_of
from graph.exports.dataset.text import plain_number, xml_text

# ---- the file

_COUNTS = {LINK_COUNT: "integer", FIRM_COUNT: "integer"}


def _parts(dataset: Dataset) -> Iterator[bytes]:
    pairs, columns = pairs_of(dataset), columns_of(NODE_COLUMNS, dataset)
    sums = sorted({column for pair in pairs.values() for column in pair.sums()})
    yield _head(dataset, columns, sums).encode()
    yield b"    <nodes>\n"
    for batch in DatasetTable("nodes", "", JOINED, columns).batches(dataset):
        yield "".join(_nodes(batch, columns)).encode()
    yield b"    </nodes>\n    <edges>\n"
    for number, pair in enumerate(pairs.values()):
        addresses = pair_addresses(dataset, pair, dataset.figures) if dataset.figures else {}
        yield _edge(number, pair, addresses).encode()
    yield b"    </edges>\n  </graph>\n</gexf>\n"


def _head(dataset: Dataset, columns: Sequence[DatasetColumn], sums: Sequence[str]) -> str:
    provenance = dataset.provenance
    description = (
        f"{provenance.sentence} One edge for each pair: its weight is the number of its links, `links` their keys. "
        "Columns mw_… and usd_… add what is firm, by layer and basis; they are not to be added across."
    )
    nodes = "".join(_attribute(f"n_{one.name}", one.name, _type(one.type)) for one in columns)
    numbers = {**_COUNTS, **dict.fromkeys(sums, "double")}
    addresses = dict.fromkeys((f"{name}{FIGURE}" for name in numbers), "string") if dataset.figures else {}
    edges = {"links": "string", "types": "string", **numbers, **addresses}
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
        f'  <meta lastmodifieddate="{provenance.lens.known_on}">\n'
        f"    <creator>Wattgraph</creator>\n    <description>{xml_text(description)}</description>\n"
        f"    <keywords>data version {provenance.data_version}</keywords>\n  </meta>\n"
        '  <graph defaultedgetype="directed" mode="dynamic" timeformat="date" timerepresentation="interval">\n'
        f'    <attributes class="node" mode="static">\n{nodes}    </attributes>\n'
        f'    <attributes class="edge" mode="static">\n'
        f"{''.join(_attribute(f'e_{name}', name, type_) for name, type_ in edges.items())}    </attributes>\n"
    )


def _type(type_: ColumnType) -> str:
    return "double" if type_ in NUMBERS else "string"


def _attribute(id_: str, title: str, type_: str) -> str:
    return f'      <attribute id="{id_}" title="{title}" type="{type_}"/>\n'


def _nodes(batch: TableBatch, columns: Sequence[DatasetColumn]) -> Iterator[str]:
    names = batch.dataset.names
    for row, cells in zip(batch.rows, zip(*(one.of(batch) for one in columns), strict=True), strict=True):
        stated = {
            f"n_{column.name}": attribute_text(cell)
            for column, cell in zip(columns, cells, strict=True)
            if cell is not None
        }
        yield f'      <node id="{xml_text(row.key)}" label="{xml_text(names[row.key])}">{_values(stated)}</node>\n'


def _edge(number: int, pair: Pair, addresses: Mapping[str, str]) -> str:
    stated = {
        "links": " ".join(pair.links),
        "types": " ".join(sorted(pair.types)),
        **{column: plain_number(amount) for column, amount in pair.numbers().items()},
        **{f"{column}{FIGURE}": address for column, address in addresses.items()},
    }
    times = "".join(f' {name}="{day}"' for name, day in (("start", pair.start), ("end", pair.end)) if day)
    ends = f'source="{xml_text(pair.source)}" target="{xml_text(pair.target)}"'
    values = _values({f"e_{name}": text for name, text in stated.items()})
    return f'      <edge id="{number}" {ends} weight="{len(pair.links)}"{times}>{values}</edge>\n'


def _values(stated: Mapping[str, str]) -> str:
    values = "".join(f'<attvalue for="{name}" value="{xml_text(text)}"/>' for name, text in stated.items())
    return f"<attvalues>{values}</attvalues>"


DATASET = DatasetFormat(
    "gexf",
    "One edge for each pair, with sums by layer and basis and the keys of its links; times as closed intervals.",
    (DatasetFile("wattgraph.gexf", "application/gexf+xml", "Nodes and pairs.", _parts),),
    readers="the Gephi toolkit 0.10",
)
