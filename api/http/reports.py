"""Reports over HTTP: `/reports` lists them, `/reports/<name>` is a page, `/reports/<name>.<format>` a file."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import date
from importlib.metadata import version

from fastapi import APIRouter, Request, Response

from api.http.caching import is_known
from graph.concurrency.single_flight import KeptTasks
from graph.errors import BadInput, BadLens
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.reports.catalog import REPORTS, Report
from graph.reports.rendering import MEDIA_TYPES, content_security_policy, render_page
from graph.seeding.scenario_files import Scenarios
from graph.stores.base import Reader, Store

GetStore = Callable[[], Store]
"""Gives the open store. May raise StoreError."""

PAGE = "html"
MOST_KEPT = 16
"""Rendered reports that are kept; each is up to about a megabyte."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATES = ("validOn", "knownOn")
_PARAMETERS = (*_DATES, "scenario")


def reports_router(get_store: GetStore) -> APIRouter:
    """Routes of all reports in the catalog, over the store that `get_store` gives when asked."""
    router = APIRouter(include_in_schema=False)
    rendered = RenderedReports()
    router.add_api_route("/reports", _listing(), methods=["GET", "HEAD"])
    for name, report in REPORTS.items():
        for format in report.formats:
            endpoint = _serving(get_store, rendered, name, format)
            router.add_api_route(_address(name, format), endpoint, methods=["GET", "HEAD"])
    return router


def _address(name: str, format: str) -> str:
    return f"/reports/{name}" if format == PAGE else f"/reports/{name}.{format}"


def _listing() -> Callable[[Request], Response]:
    def listing(request: Request) -> Response:
        _check_parameters(request, ())
        page = render_page("reports.html.j2", reports=REPORTS, base="/reports")
        return Response(page, media_type=MEDIA_TYPES[PAGE], headers=_guarded(PAGE))

    return listing


def _serving(
    get_store: GetStore, rendered: RenderedReports, name: str, format: str
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        store = get_store()
        reader = await rendered.reader(store, asked_lens(request))
        tag = entity_tag(reader, store.scenarios, name, format)
        headers = {**_guarded(format), **_told(reader, name, format), "ETag": tag}
        if is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        text = await rendered.text(tag, reader, REPORTS[name], format)
        return Response(text, media_type=MEDIA_TYPES[format], headers=headers)

    return serve


# ---- what is asked


def asked_lens(request: Request) -> Lens:
    """The lens that the address asks for. Raises BadInput, BadLens."""
    _check_parameters(request, _PARAMETERS)
    valid_on, known_on = (_day(name, request.query_params.get(name)) for name in _DATES)
    return Lens(valid_on=valid_on, known_on=known_on, scenario=request.query_params.get("scenario"))


def _check_parameters(request: Request, known: tuple[str, ...]) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            remedy = f"It takes {', '.join(known)}." if known else "It takes none."
            raise BadInput(f"No parameter {name[:40]!r}.", remedy=remedy)
        if names.count(name) > 1:
            raise BadInput(f"{name} is given {names.count(name)} times.", remedy="Give it once.")


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadLens(f"{name} is {text[:40]!r}, which is not a day.", remedy="Write it as 2026-06-30.") from None


# ---- what is answered


def entity_tag(reader: Reader, scenarios: Scenarios, name: str, format: str) -> str:
    """Changes with all that the text depends on: data, scenarios, lens, and the version of this program."""
    lens = (f"{field.name}={_stable(getattr(reader.lens, field.name))}" for field in fields(reader.lens))
    parts = "\n".join((name, format, reader.version.id, scenarios.digest, version("wattgraph"), *lens))
    return f'"{hashlib.sha256(parts.encode()).hexdigest()[:32]}"'


def _stable(value: object) -> str:
    return " ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _guarded(format: str) -> dict[str, str]:
    policy = content_security_policy() if format == PAGE else "default-src 'none'"
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Cache-Control": "no-cache",
    }


def _told(reader: Reader, name: str, format: str) -> dict[str, str]:
    """The data version, the same report in its other formats, and for a file its name."""
    lens = reader.lens
    asked = f"validOn={lens.valid_on}&knownOn={lens.known_on}" + (f"&scenario={lens.scenario}" if lens.scenario else "")
    others = (
        f'<{_address(name, other)}?{asked}>; rel="alternate"; type="{MEDIA_TYPES[other].split(";")[0]}"'
        for other in REPORTS[name].formats
        if other != format
    )
    headers = {"Wattgraph-Data-Version": reader.version.id, "Link": ", ".join(others)}
    if format == "csv":
        parts = ("wattgraph", name, str(lens.valid_on), lens.scenario, reader.version.id)
        headers["Content-Disposition"] = f'attachment; filename="{"-".join(filter(None, parts))}.csv"'
    return headers


class RenderedReports:
    """The reports asked for last. Each is made once for many waiters, off the event loop, and one at a time."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._projecting = asyncio.Lock()
        self._kept: KeptTasks[str, str] = KeptTasks(most)

    async def reader(self, store: Store, lens: Lens) -> Reader:
        """The reader under the lens; whoever asks for one date after another waits for each projection in turn."""
        if lens == DEFAULT_LENS:
            return await store.reader()
        async with self._projecting:
            return await store.reader(lens)

    async def text(self, tag: str, reader: Reader, report: Report, format: str) -> str:
        async def make() -> str:
            made = await report.make(reader)
            return await asyncio.to_thread(report.formats[format], made)

        return await self._kept.get(tag, make)
