"""GEXF 1.3: one edge for each pair of source and target, with the keys of its links and what they add to.

Gephi makes one of parallel edges by itself, adds their weights, and keeps of every other attribute the last. So sums
stand in columns of their own, by layer and basis: `mw_shell_critical_it`, `usd_compute`; links without a layer by their
type, what is never added apart (`usd_lends_to_lender`, `mw_power_ppa_gross`). They count what is firm, signed, in force
and not replaced, a link that another of the pair uses or covers once. Times are closed intervals of days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.exports.dataset.columns import LINK_TABLE, ColumnType, DatasetTable, TableBatch, columns_by_name
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.graphml import JOINED, NODE_COLUMNS, attribute_text
from graph.exports.dataset.text import plain_number, xml_text
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Link, PropertyRole, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis

_APART = (PropertyRole.FUNDING_ROLE, PropertyRole.INSTRUMENT)
"""Roles whose values are different things: an arranger has lent nothing, a warrant is no share."""
_START = ("effective_from_earliest", "announced_earliest")
_END = ("effective_to_latest", "service_to_latest")


@dataclass
class Pair:
    """The links from one entity to another. `sums` are by column; `start` and `end` bound their times, ISO 8601, None
    where one of them is open."""

    links: list[str] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    firm: int = 0
    starts: set[str | None] = field(default_factory=set)
    ends: set[str | None] = field(default_factory=set)
    amounts: dict[str, dict[str, float]] = field(default_factory=dict)
    contained: set[str] = field(default_factory=set)

    def sums(self) -> Mapping[str, float]:
        """What is contained in another link of the pair counts there."""
        added: dict[str, float] = {}
        for key, amounts in self.amounts.items():
            if key not in self.contained:
                for column, amount in amounts.items():
                    added[column] = added.get(column, 0.0) + amount
        return added

    @property
    def start(self) -> str | None:
        return _bound(self.starts, min)

    @property
    def end(self) -> str | None:
        return _bound(self.ends, max)


def _bound(days: set[str | None], choose: Any) -> str | None:
    known = {day for day in days if day is not None}
    return choose(known) if known and None not in days else None


def pairs_of(dataset: Dataset) -> Mapping[tuple[str, str], Pair]:
    """By source and target, in their order."""
    pairs: dict[tuple[str, str], Pair] = {}
    for batch in LINK_TABLE.batches(dataset):
        for row, firm, amounts in zip(batch.rows, batch.firm, _amounts(batch), strict=True):
            pair = pairs.setdefault((row.columns["from"], row.columns["to"]), Pair())
            _add(pair, row, firm, amounts)
    return dict(sorted(pairs.items()))


def _add(pair: Pair, row: Row, firm: bool, amounts: Mapping[tuple[str, str], float]) -> None:
    pair.links.append(row.key)
    pair.types.add(row.columns[TYPE_COLUMN])
    pair.starts.add(_first(row, _START))
    pair.ends.add(_first(row, _END))
    if firm:
        pair.firm += 1
        pair.contained |= {*row.columns.get("uses", ()), *row.columns.get("covers", ())}
        group = "_".join(_group(row)).lower()
        pair.amounts[row.key] = {f"{measure}_{group}{more}": amount for (measure, more), amount in amounts.items()}


def _first(row: Row, names: Iterable[str]) -> str | None:
    return next((row.columns[name] for name in names if name in row.columns), None)


def _group(row: Row) -> Iterator[str]:
    """What amounts of a link are never added across."""
    kind: type[Link] = LINKS[row.columns[TYPE_COLUMN]]
    yield row.columns.get("layer") or kind.kind_name
    if kind.never_sum_across:
        yield row.columns.get(kind.never_sum_across) or "unstated"
    for role in _APART:
        if role in kind.by_role:
            yield row.columns.get(kind.by_role[role].name) or "unstated"


def _amounts(batch: TableBatch) -> Iterator[Mapping[tuple[str, str], float]]:
    """What each link counts for: megawatts by basis, and US dollars."""
    columns = columns_by_name(LINK_TABLE)
    usd = next(name for name in columns if name.endswith("_usd") and f"stated_{name}" in columns)
    measured = {("mw", f"_{basis.lower()}"): columns[mw_column(basis)].of(batch) for basis in CapacityBasis}
    measured[("usd", "")] = columns[usd].of(batch)
    for number in range(len(batch.rows)):
        yield {name: cells[number] for name, cells in measured.items() if cells[number] is not None}


# ---- the file

_EDGE = {"links": "string", "types": "string", "link_count": "integer", "firm_count": "integer"}


def _parts(dataset: Dataset) -> Iterator[bytes]:
    pairs = pairs_of(dataset)
    sums = sorted({column for pair in pairs.values() for column in pair.sums()})
    yield _head(dataset, sums).encode()
    yield b"    <nodes>\n"
    for batch in DatasetTable("nodes", "", JOINED, NODE_COLUMNS).batches(dataset):
        yield "".join(_nodes(batch)).encode()
    yield b"    </nodes>\n    <edges>\n"
    for number, ((source, target), pair) in enumerate(pairs.items()):
        yield _edge(number, source, target, pair).encode()
    yield b"    </edges>\n  </graph>\n</gexf>\n"


def _head(dataset: Dataset, sums: Sequence[str]) -> str:
    provenance = dataset.provenance
    description = (
        f"{provenance.sentence} One edge for each pair: its weight is the number of its links, `links` their keys. "
        "Columns mw_… and usd_… add what is firm, by layer and basis; they are not to be added across."
    )
    nodes = "".join(_attribute(f"n_{one.name}", one.name, _type(one.type)) for one in NODE_COLUMNS)
    edges = {**_EDGE, **dict.fromkeys(sums, "double")}
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
    return "double" if type_ in (ColumnType.NUMBER, ColumnType.WHOLE) else "string"


def _attribute(id_: str, title: str, type_: str) -> str:
    return f'      <attribute id="{id_}" title="{title}" type="{type_}"/>\n'


def _nodes(batch: TableBatch) -> Iterator[str]:
    names = batch.dataset.names
    for row, cells in zip(batch.rows, zip(*(one.of(batch) for one in NODE_COLUMNS), strict=True), strict=True):
        stated = {
            f"n_{column.name}": attribute_text(cell)
            for column, cell in zip(NODE_COLUMNS, cells, strict=True)
            if cell is not None
        }
        yield f'      <node id="{xml_text(row.key)}" label="{xml_text(names[row.key])}">{_values(stated)}</node>\n'


def _edge(number: int, source: str, target: str, pair: Pair) -> str:
    stated = {
        "links": " ".join(pair.links),
        "types": " ".join(sorted(pair.types)),
        "link_count": str(len(pair.links)),
        "firm_count": str(pair.firm),
        **{column: plain_number(amount) for column, amount in pair.sums().items()},
    }
    times = "".join(f' {name}="{day}"' for name, day in (("start", pair.start), ("end", pair.end)) if day)
    ends = f'source="{xml_text(source)}" target="{xml_text(target)}"'
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
