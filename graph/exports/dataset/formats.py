"""What a format of datasets is, and all that there are.

Each module of graph/exports/dataset that declares DATASET adds one: a command, addresses, its place in an edition, and
a row of docs/exports.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import graph.exports.dataset
from graph.analytics.core.discovery import declared_in
from graph.exports.dataset.columns import DatasetTable
from graph.exports.dataset.dataset import Dataset

Encode = Callable[[Dataset], Iterator[bytes]]
"""Writes a dataset down, a part at a time; the same dataset gives the same bytes."""


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One file of a format. `table`: what its columns are, where it is a table."""

    name: str
    media_type: str
    doc: str
    encode: Encode
    table: DatasetTable | None = None


@dataclass(frozen=True, slots=True)
class DatasetFormat:
    """One way to write a dataset, in one file or several. `readers`: the programs whose reading of it is tested."""

    name: str
    doc: str
    files: tuple[DatasetFile, ...]
    readers: str


def dataset_formats() -> Mapping[str, DatasetFormat]:
    """All formats that write a dataset, by name in alphabetical order."""
    declared: Iterator[DatasetFormat] = declared_in(graph.exports.dataset, "DATASET")
    return {one.name: one for one in sorted(declared, key=lambda each: each.name)}


def dataset_files() -> Mapping[str, DatasetFile]:
    """All of their files, by name."""
    return {file.name: file for one in dataset_formats().values() for file in one.files}
