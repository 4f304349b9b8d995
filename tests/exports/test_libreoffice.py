"""Workbooks and CSV in LibreOffice, which computes every formula itself: `make audit` runs it; the formulas of the
comparables are computed by a second reader in `make test` too (tests/reports/test_reports_of_analytics.py)."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from graph.evidence.projection import Graph
from graph.exports.dataset.columns import LINK_TABLE, ColumnType
from graph.exports.dataset.formats import dataset_formats
from graph.reports.catalog import REPORTS
from graph.stores.base import Store
from graph.stores.embedded.reader import EmbeddedReader
from tests.budgets import AUDIT
from tests.exports.datasets import FORMULA, HOSTILE, dataset_of, hostile_dataset, small_graph

CSV_OF_EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
"""UTF-8, with commas, every cell as it is stored and not as it is shown, each sheet in a file of its own."""
pytestmark = [
    pytest.mark.audited,
    pytest.mark.skipif(not AUDIT, reason="runs LibreOffice: make audit"),
]


def _soffice() -> str:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.fail("LibreOffice is missing: apt-get install libreoffice-calc-nogui (bash tests/setup.sh audit does).")
    return program


def _converted(path: Path, filter_: str, folder: Path) -> Path:
    """The folder with what LibreOffice makes of a file; its settings stand in the folder too."""
    options = [f"-env:UserInstallation=file://{folder}/settings", "--headless", "--norestore"]
    to = ["--convert-to", filter_, "--outdir", str(folder / "out"), str(path)]
    subprocess.run(
        [_soffice(), *options, *to],
        check=True,
        capture_output=True,
        timeout=240,
        env={**os.environ, "HOME": str(folder)},
    )
    return folder / "out"


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def _formulas(path: Path) -> Iterator[tuple[str, int, int, float]]:
    """Sheet, row and column of each cell with a formula, and the value that the file holds."""
    live, cached = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for sheet in live.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield (
                        sheet.title,
                        cell.row,
                        cell.column,
                        cast("Any", cached[sheet.title].cell(cell.row, cell.column).value),
                    )


def _without_values(path: Path, target: Path) -> None:
    """The workbook as openpyxl writes it again: formulas without values, so that whoever opens it has to compute."""
    openpyxl.load_workbook(path).save(target)


@pytest.mark.parametrize("name", ["comparables", "guarantees"])
async def test_libreoffice_computes_the_values_that_a_workbook_holds(
    name: str, seeds_reader: EmbeddedReader, tmp_path: Path
) -> None:
    document = await REPORTS[name].document(cast("Store", None), [seeds_reader], {})
    path, bare = tmp_path / f"{name}.xlsx", tmp_path / "bare.xlsx"
    path.write_bytes(cast("bytes", REPORTS[name].formats["xlsx"].render(document)))
    _without_values(path, bare)
    out = _converted(bare, CSV_OF_EVERY_SHEET, tmp_path)
    sheets = {file.stem.removeprefix("bare-"): _rows(file) for file in out.glob("bare-*.csv")}
    formulas = list(_formulas(path))
    assert len(formulas) > {"comparables": 60, "guarantees": 3}[name]
    for sheet, row, column, value in formulas:
        computed = sheets[sheet][row - 1][column - 1]
        assert float(computed) == pytest.approx(value, rel=1e-12), (sheet, row, column)
    sources = sheets["Sources"]
    assert len(sources) > 10
    assert all(line[4].startswith("http") for line in sources[1:])


def test_no_cell_of_csv_runs_or_becomes_another_number(seeds_graph: Graph, tmp_path: Path) -> None:
    """Numbers come out as they went in; texts that begin as formulas are texts."""
    table = {file.name: file for file in dataset_formats()["csv"].files}["links.csv"]
    path = tmp_path / "links.csv"
    path.write_bytes(b"".join(table.encode(dataset_of(seeds_graph))))
    book = openpyxl.load_workbook(_converted(path, "xlsx", tmp_path) / "links.xlsx")
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    written = _rows(path)
    assert len(rows) == len(written)
    numbers = {one.name for one in LINK_TABLE.columns if one.type is ColumnType.NUMBER}
    measured = [place for place, name in enumerate(written[0]) if name in numbers]
    compared = [
        (float(text), rows[line][place])
        for line, cells in enumerate(written[1:], start=1)
        for place in measured
        if (text := cells[place])
    ]
    assert len(compared) > 200
    assert [pair for pair in compared if pair[0] != pair[1]] == []
    assert [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type == "f"] == []


def test_a_hostile_text_is_a_text_in_a_spreadsheet(tmp_path: Path) -> None:
    table = {file.name: file for file in dataset_formats()["csv"].files}["entities.csv"]
    path = tmp_path / "entities.csv"
    path.write_bytes(b"".join(table.encode(hostile_dataset(small_graph(tmp_path / "world")))))
    sheet = openpyxl.load_workbook(_converted(path, "xlsx", tmp_path) / "entities.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    texts = {str(cell.value).lstrip("'") for cell in cells}
    assert FORMULA in texts
    assert any(HOSTILE[:20] in text for text in texts)
