"""Parquet: the tables of the CSV with columns by type; where they come from stands in the metadata of each file.

It needs pyarrow, which comes with the extra `parquet`."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadSettings
from graph.exports.dataset.columns import TABLES, ColumnType, DatasetColumn, DatasetTable, TableBatch
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet as pq
else:
    pa = lazy_import("pyarrow")
    pq = lazy_import("pyarrow.parquet")

MEDIA_TYPE = "application/vnd.apache.parquet"
_GROUP = 20_000
"""Rows of a row group: what a writer holds."""


def _type(column: DatasetColumn) -> Any:
    types: Mapping[ColumnType, Any] = {
        ColumnType.TEXT: pa.string(),
        ColumnType.NUMBER: pa.float64(),
        ColumnType.WHOLE: pa.int64(),
        ColumnType.FLAG: pa.bool_(),
        ColumnType.DAY: pa.date32(),
        ColumnType.TEXTS: pa.list_(pa.string()),
        ColumnType.ENTRIES: pa.list_(pa.string()),
    }
    return types[column.type]


def schema_of(table: DatasetTable, metadata: Mapping[str, str] | None = None) -> Any:
    """The schema of a table; each field says in its metadata what it is, and its unit."""
    fields = [
        pa.field(
            column.name, _type(column), metadata={"doc": column.doc} | ({"unit": column.unit} if column.unit else {})
        )
        for column in table.columns
    ]
    return pa.schema(fields, metadata=metadata)


class _Parts(io.RawIOBase):
    """Takes what is written, and hands it on."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, part: Any) -> int:
        data = bytes(part)
        self._parts.append(data)
        self._length += len(data)
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def parquet_parts(table: DatasetTable, dataset: Dataset) -> Iterator[bytes]:
    """Raises BadSettings without pyarrow."""
    if find_spec("pyarrow") is None:
        remedy = "Install it with: pip install 'wattgraph[parquet]'."
        raise BadSettings("Parquet needs pyarrow, which is not installed.", remedy=remedy)
    table = table.of(dataset)
    provenance = {name: _text(value) for name, value in dataset.provenance.to_json().items() if value is not None}
    schema = schema_of(table, {f"wattgraph.{name}": value for name, value in provenance.items()})
    sink = _Parts()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        waiting: list[Any] = []
        for batch in table.batches(dataset):
            waiting.append(_record_batch(table, schema, batch))
            if sum(one.num_rows for one in waiting) >= _GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=_GROUP)
                waiting = []
                yield sink.take()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=_GROUP)
    yield sink.take()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _record_batch(table: DatasetTable, schema: Any, batch: TableBatch) -> Any:
    arrays = [_array(column, batch) for column in table.columns]
    return pa.record_batch(arrays, schema=schema)


def _array(column: DatasetColumn, batch: TableBatch) -> Any:
    cells = column.of(batch)
    if column.type is ColumnType.DAY:
        return pa.array(cells, pa.string()).cast(pa.date32())
    return pa.array(cells, _type(column))


DATASET = DatasetFormat(
    "parquet",
    "Five tables as Parquet, columns by type. Needs pyarrow: pip install 'wattgraph[parquet]'.",
    tuple(
        DatasetFile(f"{table.name}.parquet", MEDIA_TYPE, table.doc, partial(parquet_parts, table), table)
        for table in TABLES
    ),
    readers="pyarrow 26, polars 2.1",
)
