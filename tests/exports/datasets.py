"""Datasets of the small world, some of whose texts are hostile, and how formats write them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from graph.evidence.projection import Graph, project
from graph.exports.dataset.dataset import Dataset, Provenance, RowsInMemory
from graph.exports.dataset.formats import dataset_formats
from graph.settings import PROJECT
from graph.vocabulary.model import Row
from tests import facts

MORE_LINKS = """
- id: option
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - says: {announced: 2026-02, service: LEASE, status: SIGNED, commitment: OPTION, value_usd: 500000000,
             effective_to: 2031-Q3, capacities: [{mw: 30.5, basis: CRITICAL_IT}]}
      sources: [news]
      confidence: medium
- id: second
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - says: {announced: '2026-01-12', effective_from: 2026-02, effective_to: '2036', service: LEASE, status: SIGNED,
             commitment: FIRM, capacities: [{mw: 100, basis: CRITICAL_IT}, {mw: 145.5, basis: GROSS, bound: UP_TO}]}
      sources: [release]
      confidence: high
- id: cloud-lab
  type: PROVIDES_CAPACITY
  from: cloud
  to: lab
  claims:
    - says: {announced: '2026-02-01', service: CLOUD, status: SIGNED, commitment: FIRM, uses: [second],
             capacities: [{mw: 100, basis: CRITICAL_IT}]}
      sources: [news]
      confidence: medium
    - says: {capacities: [{mw: 90, basis: CRITICAL_IT}]}
      sources: [reprint]
      confidence: low
"""
"""From host to cloud: `lease` has a value of 1 bn USD and no megawatts, `second` 100 MW critical IT and up to 145.5 MW
gross, `option` 30.5 MW and 0.5 bn USD that are not firm."""

HOSTILE = "<script>alert('1')</script> =1+1; \\u0027 ]]> \"q\" `b` {x} \N{RIGHT-TO-LEFT OVERRIDE}gnp.\x01\x0b\n\ttail"
"""Markup, a formula within, escapes of Cypher, quotes, a mark of direction, controls."""
FORMULA = "=HYPERLINK(1)"


def small_graph(folder: Path) -> Graph:
    log = facts.log_of(
        folder,
        links_provides_capacity=facts.LEASE + MORE_LINKS,
        debts=facts.DEBTS,
        events=facts.EVENTS,
        observations=facts.OBSERVATIONS,
    )
    return project(log, facts.lens())


def dataset_of(graph: Graph) -> Dataset:
    return Dataset(Provenance(graph.version, graph.lens, graph.data_through), RowsInMemory(_rows(graph)))


def _rows(graph: Graph) -> dict[str, list[Row]]:
    return {label: list(rows.values()) for label, rows in graph.rows.items()}


def hostile_dataset(graph: Graph) -> Dataset:
    """The names of `host` and `cloud`, and a note of every statement, are hostile: what no file of facts may say, a
    store that somebody altered may."""
    rows = _rows(graph)
    names = {"host": HOSTILE, "cloud": FORMULA}
    rows["Organization"] = [_with(row, name=names.get(row.key, row.columns["name"])) for row in rows["Organization"]]
    rows["Statement"] = [_with_name(_with(row, note=HOSTILE), names) for row in rows["Statement"]]
    provenance = Provenance(graph.version, graph.lens, graph.data_through, query=f"source={HOSTILE}")
    return Dataset(provenance, RowsInMemory(rows))


def _with(row: Row, **columns: str) -> Row:
    return Row(row.label, row.key, row.columns | columns)


def _with_name(statement: Row, names: dict[str, str]) -> Row:
    columns = statement.columns
    named = columns["property"] == "name" and columns["subject"] in names
    return _with(statement, value=json.dumps(names[columns["subject"]])) if named else statement


def encoded(dataset: Dataset) -> dict[str, bytes]:
    """Every file of every format, by name."""
    return {file.name: b"".join(file.encode(dataset)) for one in dataset_formats().values() for file in one.files}


def environment(requirement: str) -> Path:
    """The folder of commands of an environment of its own that holds a reader; what is there is taken as it is."""
    folder = PROJECT / "build" / re.sub(r"[^a-z0-9.]+", "-", requirement)
    if not (folder / "bin" / "python").exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, requirement], check=True)
    return folder / "bin"
