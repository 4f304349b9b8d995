"""CSV (RFC 4180): five tables. Texts are quoted, so that an absent cell, which is not, is told from an empty text;
numbers have no exponent, lists are JSON, and no spreadsheet runs a cell."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from graph.exports.csv import MEDIA_TYPE, safe_cell
from graph.exports.dataset.columns import TABLES, ColumnType, DatasetColumn, DatasetTable, TableBatch
from graph.exports.dataset.dataset import Dataset, Provenance
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import plain_number
from graph.vocabulary.licence import FACTS_LICENCE


class _Bare(float):
    """What the writer takes for a number, so that it stands without quotes."""

    __slots__ = ("text",)
    text: str

    def __str__(self) -> str:
        return self.text


def bare(text: str) -> _Bare:
    made = _Bare()
    made.text = text
    return made


ABSENT = bare("")
_TRUE, _FALSE = bare("true"), bare("false")


def _number(number: float) -> Any:
    if isinstance(number, int):
        return number
    if number.is_integer():
        return int(number)
    return number if 1e-4 <= abs(number) < 1e15 else bare(plain_number(number))


_CELLS: Mapping[ColumnType, Callable[[Any], Any]] = {
    ColumnType.TEXT: safe_cell,
    ColumnType.NUMBER: _number,
    ColumnType.WHOLE: int,
    ColumnType.FLAG: lambda flag: _TRUE if flag else _FALSE,
    ColumnType.DAY: str,
    ColumnType.TEXTS: lambda texts: json.dumps(list(texts), ensure_ascii=False),
    ColumnType.ENTRIES: lambda entries: f"[{', '.join(entries)}]",
}


def provenance_cells(provenance: Provenance) -> Mapping[str, str]:
    """The last columns of every row: of which data version, under which lens and licence."""
    lens = dict(provenance.to_json()["lens"])
    days = {"valid_on": lens.pop("validOn"), "known_on": lens.pop("knownOn")}
    more = "; ".join(f"{name} {value}" for name, value in lens.items() if value is not None)
    stated = {"lens": more, "query": provenance.query}
    said = {name: safe for name, text in stated.items() if text for safe in [str(safe_cell(text))]}
    return {**days, **said, "data_version": provenance.data_version, "facts_licence": FACTS_LICENCE.name}


def csv_parts(table: DatasetTable, dataset: Dataset) -> Iterator[bytes]:
    yield _lines([[*(column.name for column in table.columns), *provenance_cells(dataset.provenance)]])
    for batch in table.batches(dataset):
        yield _lines(zip(*csv_cells(table, batch, dataset.provenance), strict=True))


def csv_cells(table: DatasetTable, batch: TableBatch, provenance: Provenance) -> Iterator[Sequence[Any]]:
    """Column by column, what the writer takes."""
    for column in table.columns:
        yield _written(column, column.of(batch))
    yield from ([text] * len(batch.rows) for text in provenance_cells(provenance).values())


def _written(column: DatasetColumn, cells: Sequence[Any]) -> Sequence[Any]:
    """Most columns repeat few values: each is written once."""
    write = _CELLS[column.type]
    if column.type in (ColumnType.TEXTS, ColumnType.ENTRIES):
        return [ABSENT if cell is None else write(cell) for cell in cells]
    written = {cell: ABSENT if cell is None else write(cell) for cell in set(cells)}
    return [written[cell] for cell in cells]


def _lines(rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


DATASET = DatasetFormat(
    "csv",
    "Five tables as CSV.",
    tuple(
        DatasetFile(f"{table.name}.csv", MEDIA_TYPE, table.doc, partial(csv_parts, table), table) for table in TABLES
    ),
    readers="pandas, polars, pyarrow, LibreOffice",
)
