"""Writing 100,000 generated links as CSV and Parquet, beside `csv` and pyarrow writing the same rows from memory.

    python -m benchmarks.exports [--links 100000] [--runs 5] [--memory 20000]

Processor time, runs in turn. The peers have every cell in memory in the form in which they write it; ours begins with
rows as a store holds them. Last the most memory that Python takes for each file of every format, for a fifth of
`--memory` links and for all of them, beside the size of the file; that of Arrow is one row group."""

from __future__ import annotations

import argparse
import csv
import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graph.evidence.lens import DEFAULT_LENS
from graph.exports.dataset.columns import LINK_TABLE, ColumnType
from graph.exports.dataset.csv_tables import csv_parts, provenance_cells
from graph.exports.dataset.dataset import Dataset, Provenance, RowsInMemory
from graph.exports.dataset.formats import DatasetFile, dataset_formats
from graph.exports.dataset.parquet import parquet_parts, schema_of
from graph.exports.dataset.writing import write_file
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.values import Capacity, CapacityBasis, Money, PartialDate

DAY = date(2026, 11, 30)


def link(number: int, organizations: int) -> Row:
    """A contract with what most contracts state."""
    kind = KINDS["PROVIDES_CAPACITY"]
    announced = PartialDate.on(date(2020, 1, 1) + timedelta(days=number % 2000))
    values: dict[str, Any] = {
        "status": "SIGNED",
        "commitment": ("FIRM", "OPTION", "CONDITIONAL")[number % 3],
        "announced": announced,
        "service_from": PartialDate.read("2027-Q1"),
        "value": Money(1e6 * (number % 9000)),
        "capacities": (Capacity(number % 700 + 0.5, CapacityBasis.CRITICAL_IT),),
        "service": "LEASE",
        "term_years": float(number % 20),
        "layer": "SHELL",
        "origins": number % 4,
        "in_force": True,
    }
    columns: dict[str, Any] = {
        "type": "PROVIDES_CAPACITY",
        "from": f"organization-{number % organizations}",
        "to": f"organization-{number * 7 % organizations}",
        "disputed": False,
    }
    for name, value in values.items():
        columns |= kind.properties[name].type.columns(name, value)
    return Row("Link", f"link-{number:06}", columns)


def dataset(links: int) -> Dataset:
    organizations = links // 10
    rows = {
        "Organization": [
            Row("Organization", f"organization-{one}", {"name": f"Organization {one}"}) for one in range(organizations)
        ],
        "Link": [link(number, organizations) for number in range(links)],
    }
    return Dataset(Provenance("0123456789abcdef", DEFAULT_LENS.on(DAY), DAY), RowsInMemory(rows))


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def peers(made: Dataset, folder: Path) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """By format ours and the peer."""
    batches = list(LINK_TABLE.batches(made))
    columns = {one.name: [cell for batch in batches for cell in one.of(batch)] for one in LINK_TABLE.columns}
    said = provenance_cells(made.provenance).values()
    cells = [(*map(_plain, row), *said) for row in zip(*columns.values(), strict=True)]
    for one in LINK_TABLE.columns:
        if one.type is ColumnType.DAY:
            columns[one.name] = [cell and date.fromisoformat(cell) for cell in columns[one.name]]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def by_csv() -> None:
        with (folder / "peer.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(cells)

    def by_pyarrow() -> None:
        table = pa.Table.from_pylist(rows, schema_of(LINK_TABLE))
        pq.write_table(table, folder / "peer.parquet", compression="zstd")

    return {
        "CSV": (lambda: write_file(csv_parts(LINK_TABLE, made), folder / "ours.csv"), by_csv),
        "Parquet": (lambda: write_file(parquet_parts(LINK_TABLE, made), folder / "ours.parquet"), by_pyarrow),
    }


def _plain(cell: Any) -> Any:
    return json.dumps(cell) if isinstance(cell, list | tuple) else cell


def peak(work: Callable[[], object]) -> float:
    """Megabytes beyond what is there before."""
    gc.collect()
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", type=int, default=20_000)
    wanted = parser.parse_args()
    made = dataset(wanted.links)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for format, (ours, peer) in peers(made, folder).items():
            pairs = [(seconds(ours), seconds(peer)) for _ in range(wanted.runs)]
            own, other = (median(side) for side in zip(*pairs, strict=True))
            print(f"{format}: ours {own:.2f} s, peer {other:.2f} s, rate ours : peer {other / own:.2f}")
    print_memory(wanted.memory)


def print_memory(links: int) -> None:
    """How memory grows with links, by file: what stays are keys, names and sums, never the rows or the file."""
    part, whole = dataset(links // 5), dataset(links)
    print(f"| file | MB at {links // 5:,} links | MB at {links:,} links | size of the file, MB |\n|---|---:|---:|---:|")
    for format in dataset_formats().values():
        for file in format.files:
            low, high = (peak(partial(_size, file, one)) for one in (part, whole))
            print(f"| `{file.name}` | {low:.1f} | {high:.1f} | {_size(file, whole) / 1e6:.1f} |", flush=True)


def _size(file: DatasetFile, made: Dataset) -> int:
    fresh = replace(made)  # what a dataset knows of all rows is gathered anew
    return sum(map(len, file.encode(fresh)))


if __name__ == "__main__":
    main()
