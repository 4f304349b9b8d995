"""JSON Lines: first where it comes from, then every row on a line of its own, with the columns that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import json_line
from graph.stores.neo4j.cypher import columns_of
from graph.vocabulary.model import LABELS, SEARCH_FOLDED, SEARCH_TEXTS, Row

FILE = "wattgraph.jsonl"
MEDIA_TYPE = "application/jsonl"


@cache
def hidden_columns(label: str) -> frozenset[str]:
    """Columns that only a store needs."""
    helping = {name for name in columns_of(label) if name.endswith(("_fold", "_sort"))}
    return frozenset({*helping, SEARCH_TEXTS, SEARCH_FOLDED, "place", "caption"})


def columns(row: Row) -> Mapping[str, Any]:
    """What a row says, without what helps a store to find it; by name, as stores have orders of their own."""
    hidden = hidden_columns(row.label)
    return {name: row.columns[name] for name in sorted(row.columns) if name not in hidden}


def _parts(dataset: Dataset) -> Iterator[bytes]:
    yield _line({"label": "Dataset", **dataset.provenance.to_json()})
    for label in LABELS:
        for batch in dataset.batches(label):
            records = ({"label": label, "key": row.key, **columns(row), **_figures(row, dataset)} for row in batch)
            yield b"".join(map(_line, records))


def _figures(row: Row, dataset: Dataset) -> Mapping[str, Any]:
    """The addresses of its numbers, in a dataset that has them."""
    found = dataset.figures.of_record(row) if dataset.figures else {}
    return {"figures": found} if found else {}


def _line(record: Mapping[str, Any]) -> bytes:
    return f"{json_line(record)}\n".encode()


DATASET = DatasetFormat(
    "jsonl",
    "Every row on a line of its own; the first line says where it comes from.",
    (DatasetFile(FILE, MEDIA_TYPE, "All rows, label by label, by key.", _parts),),
    readers="json",
)
