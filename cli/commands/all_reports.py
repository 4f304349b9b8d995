"""`wattgraph report all`: every report in every format, in one folder with a page that leads to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options.lens import LENS_OPTIONS, lens_from, option
from cli.options.reports import STORE_OPTIONS, with_signature
from cli.options.stores import with_store
from cli.terminal import err, progress_by_step, write_output
from graph.analytics.core.inputs import resolve_keys
from graph.analytics.core.table import Table
from graph.exports.documents.charts import can_draw_png, png_files, svg_files
from graph.exports.documents.from_table import document_of_table
from graph.exports.documents.index import IndexEntry, render_index
from graph.exports.documents.model import ReportDocument
from graph.reports.report import Lenses, Report, open_readers
from graph.settings import read_settings
from graph.stores.base import Reader, Store

DEFAULT_ORGANIZATION = "hut8"
CHARTS = "charts"


def all_command(reports: Mapping[str, Report]) -> Callable[..., None]:
    """The function that Typer makes the command from."""

    def write_all(**values: Any) -> None:
        """Every report in every format, in one folder: those of the whole, and those of one organization."""
        with_store(values["data"], values["neo4j_uri"], lambda store: _write_all(store, reports, values))

    out = typer.Option("--out", "--output", help="The folder, which is made.")
    options = (
        Parameter("out", Parameter.KEYWORD_ONLY, annotation=Annotated[Path, out]),
        option("organization", str, "Of whom: key, ticker or name.", DEFAULT_ORGANIZATION),
        *LENS_OPTIONS.values(),
        *STORE_OPTIONS,
    )
    return with_signature(write_all, options)


@dataclass(frozen=True, slots=True)
class _Written:
    """A report with what is to be written of it."""

    report: Report
    document: ReportDocument
    name: str


async def _write_all(store: Store, reports: Mapping[str, Report], values: Mapping[str, Any]) -> None:
    folder: Path = values["out"]
    (folder / CHARTS).mkdir(parents=True, exist_ok=True)
    started = time.process_time()
    readers = await open_readers([lens_from({"overlay": values["overlay"]}), lens_from(values)], store.reader)
    entries: list[IndexEntry] = []
    made: list[_Written] = []
    with progress_by_step(len(reports)) as begin:
        for report in reports.values():
            begin(f"report {report.name}")
            one = await _gather(store, readers, report, values["organization"])
            made.append(one)
            entries.append(await asyncio.to_thread(_write, one, folder))
    write_output(render_index(entries, made[0].document.method), folder / "index.html")
    err.line(f"{len(made)} reports in {time.process_time() - started:.1f} s of processor time.")


async def _gather(store: Store, readers: Sequence[Reader], report: Report, organization: str) -> _Written:
    inputs: dict[str, Any] = {}
    of_whom = ""
    for one in report.parameters:
        inputs[one.name] = one.default
        if one.required:
            of_whom = inputs[one.name] = await resolve_keys(readers[-1], one, organization)
    used = readers[-1:] if report.lenses is Lenses.ONE else readers
    gathered = await report.document(store, used, inputs)
    document = document_of_table(report.name, gathered) if isinstance(gathered, Table) else gathered
    parts = (report.name, of_whom, "private" if readers[-1].lens.overlay else "")
    name = "-".join(filter(None, parts))
    return _Written(report, replace(document, name=name), name)


def _write(one: _Written, folder: Path) -> IndexEntry:
    files = []
    service = read_settings().public_address or ""
    for suffix, each in one.report.formats.items():
        content = each.write_file(one.document, service)
        file = f"{one.name}.{suffix}"
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        files.append((suffix, file))
    return IndexEntry(
        one.document.title, one.document.sentences, files, [*_write_charts(one.document, folder, service)]
    )


def _write_charts(document: ReportDocument, folder: Path, service: str) -> Iterator[str]:
    """SVG, and PNG where its library is installed."""
    for name, content in (*svg_files(document, service), *(png_files(document) if can_draw_png() else ())):
        (folder / CHARTS / name).write_bytes(content)
        yield f"{CHARTS}/{name}"
