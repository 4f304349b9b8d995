"""Reports over HTTP: `/reports/<name>` is a page, `/reports/<name>.<format>` a file."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from api.context.errors import NotFound
from api.context.program import program_version
from api.http.authentication import PRIVATE_HEADERS, check_lenses
from api.http.caching import matches_etag, version_headers
from api.http.negotiation import negotiate
from api.http.report_parameters import (
    check_names,
    input_query,
    lens_query,
    parameter_names,
    query_text,
    requested_inputs,
    requested_lenses,
    stable_lens,
)
from api.http.service import service_address
from graph.analytics.core.inputs import resolve_keys
from graph.concurrency.single_flight import SingleFlightCache
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.exports.documents.html import report_policy
from graph.exports.formats import HTML_SUFFIX, Format
from graph.exports.templates import page_policy
from graph.pictures.printed import standalone_style, standalone_svg
from graph.publication.charts import read_chart
from graph.publication.figures import UnknownFigure
from graph.publication.figures import requested_inputs as figure_inputs
from graph.reports.catalog import FIGURE_TABLES, REPORTS
from graph.reports.figure_tables import cited_lenses
from graph.reports.report import Report, open_readers
from graph.seeding.scenario_files import Scenarios
from graph.stores.base import Reader, Store

GetStore = Callable[[], Store]
"""Gives the open store. May raise StoreError."""

MAX_CACHED = 16
"""Rendered reports in the cache; each is up to some megabytes."""
MAX_DOCUMENTS = 4
"""Reports that are not rendered yet, so that their other formats need not gather them again."""
PAGE_METHODS = ["GET", "HEAD"]


def reports_router(get_store: GetStore, reports: Mapping[str, Report] = REPORTS) -> APIRouter:
    """Routes of every report, over the store that `get_store` gives at each request."""
    router = APIRouter(include_in_schema=False)
    rendered = RenderedReports()

    async def serve(request: Request, address: str) -> Response:
        report, format = _addressed(reports, address, request.headers.get("accept"))
        check_names(request.query_params, parameter_names(report))
        lenses = requested_lenses(report.lenses, request.query_params)
        inputs = requested_inputs(report, request.query_params)
        private = await check_lenses(request, lenses)
        store = get_store()
        readers = await open_readers(lenses, lambda lens: rendered.reader(store, lens))
        inputs = {one.name: await resolve_keys(readers[-1], one, inputs[one.name]) for one in report.parameters}
        service = service_address(request) if format.leads_to_figures else ""
        answer = await _answer(request, store, rendered, ReportRequest(report, format, readers, inputs, service))
        if address == report.name:
            answer.headers["Vary"] = "Accept"
        if private:
            answer.headers.update(PRIVATE_HEADERS)
        return answer

    async def chart(request: Request, address: str) -> Response:
        check_names(request.query_params, ())
        id = address.removesuffix(".svg")
        try:
            cited = read_chart(id, FIGURE_TABLES)
        except UnknownFigure as problem:
            raise NotFound(problem.message, remedy=problem.remedy) from None
        report = next((one for one in reports.values() if one.cited_name == cited.source), None)
        if report is None or id == address:
            raise NotFound("There is no such chart.", remedy="Copy its whole address, /charts/ID.svg.")
        inputs = figure_inputs(cited.query(), FIGURE_TABLES)
        store = get_store()
        readers = await open_readers(cited_lenses(cited.lens, inputs), lambda lens: rendered.reader(store, lens))
        return await _chart(request, store, rendered, ReportRequest(report, CHART, readers, inputs), cited.name)

    router.add_api_route("/charts/{address}", chart, methods=PAGE_METHODS)
    router.add_api_route("/reports/{address}", serve, methods=PAGE_METHODS)
    return router


# ---- addresses


def report_address(report: Report, format: Format) -> str:
    return f"/reports/{report.name}" if format.suffix == HTML_SUFFIX else f"/reports/{report.name}.{format.suffix}"


def _addressed(reports: Mapping[str, Report], address: str, accept: str | None) -> tuple[Report, Format]:
    """The report of an address, and the format: of a file its suffix, of a page what the client accepts.

    Raises NotFound, NotAcceptable."""
    name, dot, suffix = address.partition(".")
    report = reports.get(name)
    if report is None:
        raise NotFound(f"No report {name[:40]!r}.", remedy="/reports lists all of them.")
    if not dot:
        return report, _accepted(report, accept)
    if suffix not in report.formats:
        remedy = f"It has {', '.join(report.formats)}."
        raise NotFound(f"The report {name} has no format {suffix[:40]!r}.", remedy=remedy)
    return report, report.formats[suffix]


def _accepted(report: Report, accept: str | None) -> Format:
    page_first = sorted(report.formats.values(), key=lambda format: format.suffix != HTML_SUFFIX)
    offered = {format.bare_media_type: format for format in page_first}
    return offered[negotiate(accept, tuple(offered))]


# ---- answers


@dataclass(frozen=True)
class ReportRequest:
    """A report in a format, under the lenses of `readers`; `inputs` by name, organizations by key. `service`: where
    readers of a file find it, if that is known."""

    report: Report
    format: Format
    readers: Sequence[Reader]
    inputs: Mapping[str, Any]
    service: str = ""

    @property
    def lenses(self) -> list[Lens]:
        return [reader.lens for reader in self.readers]

    @property
    def data_version(self) -> str:
        return self.readers[-1].version.id

    @property
    def query(self) -> str:
        """The query of an address that asks for the same, whatever day it is."""
        return query_text([*input_query(self.report, self.inputs), *lens_query(self.lenses)])


async def _answer(request: Request, store: Store, rendered: RenderedReports, requested: ReportRequest) -> Response:
    report, format = requested.report, requested.format
    tag = entity_tag(requested, store.scenarios)
    headers = {**_guarded(format.suffix), **_described(requested), "ETag": tag}
    if matches_etag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    gathered = entity_tag(requested, store.scenarios, of_format=False)
    content = await rendered.content(
        tag, gathered, lambda: report.document(store, requested.readers, requested.inputs), requested
    )
    return Response(content, media_type=format.media_type, headers=headers)


CHART = Format("svg", "image/svg+xml", str)
"""A chart of a report by itself."""


async def _chart(
    request: Request, store: Store, rendered: RenderedReports, requested: ReportRequest, name: str
) -> Response:
    """Raises NotFound for a report without a chart of that name."""
    tag = f'"{hashlib.sha256(f"{entity_tag(requested, store.scenarios)}{name}".encode()).hexdigest()[:32]}"'
    policy = f"{page_policy([standalone_style()], more='font-src data:')}; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "ETag": tag}
    headers |= version_headers(requested.readers[-1])
    if matches_etag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    gathered = entity_tag(requested, store.scenarios, of_format=False)
    report = requested.report
    document = await rendered.document(gathered, lambda: report.document(store, requested.readers, requested.inputs))
    drawn = next((one for one in getattr(document, "charts", ()) if one.name == name), None)
    if drawn is None:
        raise NotFound(f"The report {report.name} has no such chart here.", remedy=f"See /reports/{report.name}.")
    return Response(standalone_svg(drawn.picture), headers=headers, media_type=CHART.media_type)


def entity_tag(requested: ReportRequest, scenarios: Scenarios, *, of_format: bool = True) -> str:
    """Changes with all that the content depends on: data, scenarios, lenses, inputs, the version of this program, and
    the format, unless it is the tag of the document."""
    lenses = (part for lens in requested.lenses for part in stable_lens(lens))
    inputs = (f"{name}={value}" for name, value in input_query(requested.report, requested.inputs))
    versions = (reader.version.id for reader in requested.readers)
    of = (requested.format.suffix, requested.service) if of_format else ()
    named = (requested.report.name, requested.report.beside(), *of, *inputs)
    parts = "\n".join((*named, *versions, scenarios.digest, program_version(), *lenses))
    return f'"{hashlib.sha256(parts.encode()).hexdigest()[:32]}"'


def _guarded(suffix: str) -> dict[str, str]:
    policy = report_policy() if suffix == HTML_SUFFIX else "default-src 'none'"
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Cache-Control": "no-cache",
    }


def _described(requested: ReportRequest) -> dict[str, str]:
    """The data version, the same report in its other formats, and for a download its name."""
    report, format = requested.report, requested.format
    others = (
        f'<{report_address(report, other)}?{requested.query}>; rel="alternate"; type="{other.bare_media_type}"'
        for other in report.formats.values()
        if other.suffix != format.suffix
    )
    headers = {**version_headers(requested.readers[-1]), "Link": ", ".join(others)}
    if format.download:
        name = "-".join(("wattgraph", report.name, *_name_parts(requested), requested.data_version))
        headers["Content-Disposition"] = f'attachment; filename="{name}.{format.suffix}"'
    return headers


def _name_parts(requested: ReportRequest) -> Iterator[str]:
    """Keys, days and scenarios, in characters that every file system takes."""
    keys = (requested.inputs[one.name] for one in requested.report.parameters if one.key_of and not one.collection)
    days = (part for lens in requested.lenses for part in (lens.valid_on, lens.scenario))
    return (re.sub(r"[^\w-]", "_", str(part), flags=re.ASCII) for part in (*keys, *days) if part)


class RenderedReports:
    """A cache of the reports requested last. Each is made once for many waiters, off the event loop, one at a time."""

    def __init__(self, max_cached: int = MAX_CACHED) -> None:
        self._projecting = asyncio.Lock()
        self._documents: SingleFlightCache[str, Any] = SingleFlightCache(MAX_DOCUMENTS)
        self._contents: SingleFlightCache[str, str | bytes] = SingleFlightCache(max_cached)

    async def reader(self, store: Store, lens: Lens) -> Reader:
        """The reader under the lens. Projections are made one at a time."""
        if lens == DEFAULT_LENS:
            return await store.reader()
        async with self._projecting:
            return await store.reader(lens)

    async def document(self, gathered: str, gather: Callable[[], Awaitable[Any]]) -> Any:
        """The document that `gathered` is the tag of."""
        return await self._documents.get(gathered, gather)

    async def content(
        self, tag: str, gathered: str, gather: Callable[[], Awaitable[Any]], requested: ReportRequest
    ) -> str | bytes:
        """The report in its format. `tag` is that of the answer, `gathered` of the document in whatever format."""

        async def make() -> str | bytes:
            document = await self.document(gathered, gather)
            return await asyncio.to_thread(requested.format.write, document, requested.service)

        return await self._contents.get(tag, make)
