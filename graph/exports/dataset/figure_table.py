"""The figures of a dataset as a table of their own: the address of each number of a row and of each pair of GEXF, so
that the other files of an edition stay small. What a source says has the address /statements/KEY."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from graph.exports.csv import MEDIA_TYPE as CSV
from graph.exports.dataset.columns import ColumnType, DatasetColumn, DatasetTable, TableBatch
from graph.exports.dataset.csv_tables import csv_parts
from graph.exports.dataset.dataset import Dataset, in_batches
from graph.exports.dataset.figures import FigureAddresses, figures_of
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.pairs import pair_addresses, pairs_of
from graph.exports.dataset.parquet import MEDIA_TYPE as PARQUET
from graph.exports.dataset.parquet import parquet_parts
from graph.publication.values import computed_text
from graph.vocabulary.model import ENTITIES, Row

_LABELS = (*ENTITIES, "Observation", "Link")
_COLUMNS = (
    DatasetColumn("key", ColumnType.TEXT, "Key of the row; of a pair those of both ends, with a blank between."),
    DatasetColumn("property", ColumnType.TEXT, "What the figure is called; columns of the other tables name it."),
    DatasetColumn("label", ColumnType.TEXT, "The kind of the row; Pair: all links from one entity to another."),
    DatasetColumn("value", ColumnType.TEXT, "The value as its address has it, with bound and unit."),
    DatasetColumn("figure", ColumnType.TEXT, "Its address: whether it is still so, and if not, why."),
)


@dataclass(frozen=True)
class FigureTable(DatasetTable):
    """A row for each figure. Raises BadInput for private facts, which have none."""

    def batches(self, dataset: Dataset) -> Iterator[TableBatch]:
        addresses = dataset.figures or FigureAddresses(dataset.provenance.lens)
        for label in self.labels:
            for rows in dataset.batches(label):
                yield TableBatch(dataset, [one for row in rows for one in _of_row(row, addresses)])
        for batch in in_batches(_of_pairs(dataset, addresses)):
            yield TableBatch(dataset, batch)


def _of_row(row: Row, addresses: FigureAddresses) -> Iterator[Row]:
    of_row = addresses.of_row(row)
    for name, text in figures_of(row):
        yield _figure(row.key, name, row.label, text, of_row[name])


def _of_pairs(dataset: Dataset, addresses: FigureAddresses) -> Iterator[Row]:
    for pair in pairs_of(dataset).values():
        of_pair = pair_addresses(dataset, pair, addresses)
        for name, number in pair.numbers().items():
            if name in of_pair:
                key = f"{pair.source} {pair.target}"
                yield _figure(key, name, "Pair", str(computed_text(number)), of_pair[name])


def _figure(key: str, name: str, label: str, value: str, address: str) -> Row:
    return Row("Figure", key, {"key": key, "property": name, "label": label, "value": value, "figure": address})


FIGURE_TABLE = FigureTable(
    "figures", "The address of each number of a row, /figures/ID.", _LABELS, _COLUMNS, ("key", "property")
)
DATASET = DatasetFormat(
    "figures",
    "The living figure of each number, as CSV and as Parquet: key of the row, property, value, address.",
    (
        DatasetFile("figures.csv", CSV, FIGURE_TABLE.doc, partial(csv_parts, FIGURE_TABLE), FIGURE_TABLE),
        DatasetFile("figures.parquet", PARQUET, FIGURE_TABLE.doc, partial(parquet_parts, FIGURE_TABLE), FIGURE_TABLE),
    ),
    readers="polars 2.1, pyarrow 26",
)
