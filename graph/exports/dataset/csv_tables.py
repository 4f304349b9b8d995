"""CSV (RFC 4180): five tables. Texts are quoted, so that an absent cell, which is not, is told from an empty text;
numbers have no exponent, lists are JSON, and no spreadsheet runs a cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from graph.exports.csv import MEDIA_TYPE, safe_text
from graph.exports.dataset.columns import TABLES, ColumnType, DatasetColumn, DatasetTable
from graph.exports.dataset.dataset import Dataset, Provenance
from graph.exports.dataset.figures import address_form
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import plain_number
from graph.vocabulary.licence import FACTS_LICENCE


def _quoted(text: str) -> str:
    safe = safe_text(text)
    return f'"{safe.replace(_QUOTE, _QUOTE * 2)}"'


_QUOTE = '"'
_ABSENT = ""
_CELLS: Mapping[ColumnType, Callable[[Any], str]] = {
    ColumnType.TEXT: _quoted,
    ColumnType.NUMBER: plain_number,
    ColumnType.WHOLE: str,
    ColumnType.FLAG: lambda flag: "true" if flag else "false",
    ColumnType.DAY: _quoted,
    ColumnType.TEXTS: lambda texts: _quoted(json.dumps(list(texts), ensure_ascii=False)),
    ColumnType.ENTRIES: lambda entries: _quoted(f"[{', '.join(entries)}]"),
}


def provenance_cells(provenance: Provenance) -> Mapping[str, str]:
    """The last columns of every row: of which data version, under which lens and licence."""
    lens = dict(provenance.to_json()["lens"])
    days = {"valid_on": lens.pop("validOn"), "known_on": lens.pop("knownOn")}
    more = "; ".join(f"{name} {value}" for name, value in lens.items() if value is not None)
    stated = {"lens": more, "query": provenance.query}
    return {
        **days,
        **{name: text for name, text in stated.items() if text},
        "data_version": provenance.data_version,
        **({"figures": rule} if (rule := address_form(provenance.lens)) else {}),
        "facts_licence": FACTS_LICENCE.name,
    }


class _CellTexts(dict[Any, str]):
    """The cells of a column as they are written: most columns repeat few values, and each is written once."""

    def __init__(self, column: DatasetColumn) -> None:
        super().__init__({None: _ABSENT})
        self._write = _CELLS[column.type]
        self._repeats = column.type not in (ColumnType.TEXTS, ColumnType.ENTRIES)

    def __missing__(self, cell: Any) -> str:
        text = self[cell] = self._write(cell)
        return text

    def cells(self, cells: Sequence[Any]) -> Sequence[str]:
        if cells.count(None) == len(cells):  # as of most columns
            return [_ABSENT] * len(cells)
        if not self._repeats:
            return [_ABSENT if cell is None else self._write(cell) for cell in cells]
        if len(self) > _KEPT:
            self.clear()
            self[None] = _ABSENT
        return list(map(self.__getitem__, cells))


_KEPT = 20_000
"""Values that are kept of a column: keys do not repeat, and would grow with the file."""


def csv_parts(table: DatasetTable, dataset: Dataset) -> Iterator[bytes]:
    table = table.of(dataset)
    said = [_quoted(text) for text in provenance_cells(dataset.provenance).values()]
    names = (*(column.name for column in table.columns), *provenance_cells(dataset.provenance))
    yield _lines([[_quoted(name)] for name in names])
    written = [_CellTexts(column) for column in table.columns]
    for batch in table.batches(dataset):
        cells = (one.cells(column.of(batch)) for one, column in zip(written, table.columns, strict=True))
        yield _lines([*cells, *([text] * len(batch.rows) for text in said)])


def _lines(columns: Sequence[Sequence[str]]) -> bytes:
    """Cells of columns, each written already, as rows. `csv` would take each apart again, which takes twice as long."""
    return "\r\n".join([*map(",".join, zip(*columns, strict=True)), ""]).encode("utf-8", "replace")


DATASET = DatasetFormat(
    "csv",
    "Five tables as CSV.",
    tuple(
        DatasetFile(f"{table.name}.csv", MEDIA_TYPE, table.doc, partial(csv_parts, table), table) for table in TABLES
    ),
    readers="polars 2.1, pyarrow 26",
)
