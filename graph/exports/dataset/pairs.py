"""Pairs: the links from one entity to another taken together, as GEXF has them, and the figures of their numbers.

In an ID `pair,from=host,to=cloud::mw_shell_critical_it`; where a filter has selected links, `links=` names those of the
pair that it let through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.analytics.core.facts import Facts
from graph.analytics.core.parameters import Parameter
from graph.analytics.core.table import Table, TableColumn, TableRow
from graph.evidence.firmness import replaced_by
from graph.exports.dataset.columns import LINK_TABLE, TableBatch, columns_by_name
from graph.exports.dataset.dataset import Dataset, Provenance, RowsInMemory
from graph.exports.dataset.figures import FigureAddresses
from graph.publication.figures import MAX_ID, cell_id
from graph.publication.sources import Compute, TableSources, count_method
from graph.stores.base import Reader, Store
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Link, PropertyRole, Row
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis

PAIR = "pair"
"""What an ID calls it."""
LINK_COUNT, FIRM_COUNT = "link_count", "firm_count"
_APART = (PropertyRole.FUNDING_ROLE, PropertyRole.INSTRUMENT)
"""Roles whose values are different things: an arranger has lent nothing, a warrant is no share."""
_START = ("effective_from_earliest", "announced_earliest")
_END = ("effective_to_latest", "service_to_latest")


@dataclass
class Pair:
    """The links from one entity to another. `sums` are by column; `start` and `end` bound their times, ISO 8601, None
    where one of them is open."""

    source: str
    target: str
    links: list[str] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    firm: int = 0
    starts: set[str | None] = field(default_factory=set)
    ends: set[str | None] = field(default_factory=set)
    amounts: dict[str, dict[str, float]] = field(default_factory=dict)
    contained: set[str] = field(default_factory=set)

    def numbers(self) -> Mapping[str, float]:
        """All of its numbers, by column."""
        return {LINK_COUNT: len(self.links), FIRM_COUNT: self.firm, **self.sums()}

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
            ends = row.columns["from"], row.columns["to"]
            pair = pairs.setdefault(ends, Pair(*ends))
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


# ---- their figures

PARAMETERS = (
    Parameter("Key of the source.", name="from", type=str),
    Parameter("Key of the target.", name="to", type=str),
    Parameter("These links alone.", name="links", type=str, collection=tuple, default=()),
)


def pair_addresses(dataset: Dataset, pair: Pair, addresses: FigureAddresses) -> Mapping[str, str]:
    """The addresses of the numbers of a pair, by column; none for a pair of more selected links than an address can
    name."""
    selected = tuple(pair.links) if dataset.provenance.query else ()
    inputs = {"from": pair.source, "to": pair.target, "links": selected}
    lens = addresses.lens
    ids = {
        column: cell_id(PAIR, inputs, {}, column, lens=lens, value=number, sources=SOURCES)
        for column, number in pair.numbers().items()
    }
    return {column: addresses.of_id(id) for column, id in ids.items() if id and len(id) <= MAX_ID}


def _pair_in(facts: Facts, ends: tuple[str, str], selected: Sequence[str]) -> Pair | None:
    links = facts.snapshot.links
    rows = [
        row
        for row in links.values()
        if (row.columns["from"], row.columns["to"]) == ends and (not selected or row.key in selected)
    ]
    provenance = Provenance(facts.snapshot.data_version, facts.snapshot.lens, facts.snapshot.data_through)
    source = RowsInMemory({"Link": sorted(rows, key=lambda row: row.key)}, replaced_by(links.values()))
    return pairs_of(Dataset(provenance, source)).get(ends)


@dataclass(frozen=True, slots=True)
class PairTables:
    """The numbers of a pair as a source of tables."""

    doc: str = (
        "What the links from one entity to another add to: firm, signed, in force and not replaced, by layer and basis."
    )
    parameters: Sequence[Parameter] = PARAMETERS

    def long(self, inputs: Mapping[str, Any]) -> bool:
        return False

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, Any], compute: Compute) -> Table:
        ends, selected = (str(inputs["from"]), str(inputs["to"])), inputs["links"]
        key = (PAIR, *ends, *selected)
        pair, names = await compute.work(
            reader, key, lambda facts: (_pair_in(facts, ends, selected), facts.footnotes), long=False
        )
        row: TableRow = {**pair.numbers(), "links": tuple(pair.links)} if pair else {}
        columns = (
            *(TableColumn(name) for name in (pair.numbers() if pair else ())),
            TableColumn("links", refers_to="Link"),
        )
        title = " → ".join(map(names.name, ends))
        return Table(title, columns, [row] if row else [], count_method(reader, inputs), footnotes=names)


SOURCES: TableSources = {PAIR: PairTables()}
