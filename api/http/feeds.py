"""Feeds of watch lists: `/feeds/LIST.atom`, `.json` and `.md` say what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.context.errors import NotFound
from api.context.program import program_version
from api.http.caching import matches_etag
from api.http.negotiation import JSON
from api.http.report_parameters import check_names, read_day
from api.http.service import service_address
from graph.concurrency.single_flight import SingleFlightCache
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.exports import markdown
from graph.publication.watching import WatchReport, watch
from graph.publication.watchlists import WatchList, list_names, read_watch_list
from graph.reports.watch import ATOM_MEDIA_TYPE, render_atom, render_json, render_markdown
from graph.stores.base import Store

DAYS = 90
"""Days that a feed reaches back, where its address names none."""
MAX_CACHED = 16
METHODS = ["GET", "HEAD"]
SINCE = "since"


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """`write` takes the report, and the address of the service."""

    media_type: str
    write: Callable[[WatchReport, str], str]


FORMATS = {
    "atom": FeedFormat(ATOM_MEDIA_TYPE, render_atom),
    "json": FeedFormat(JSON, lambda report, _: render_json(report)),
    "md": FeedFormat(markdown.MEDIA_TYPE, lambda report, _: render_markdown(report)),
}


def feeds_router(get_store: Callable[[], Store], folder: Path) -> APIRouter:
    """Routes of the lists of a folder, over the store that `get_store` gives at each request."""
    router = APIRouter(include_in_schema=False)
    reports: SingleFlightCache[str, WatchReport] = SingleFlightCache(MAX_CACHED)

    async def feed(request: Request, address: str) -> Response:
        check_names(request.query_params, (SINCE,))
        watched, format = _addressed(folder, address)
        store = get_store()
        reader = await store.reader()
        before = _since(request.query_params.get(SINCE), reader.lens)
        origin = service_address(request)
        tag = _entity_tag(address, watched, before, reader.lens, reader.version.id, origin)
        headers = {**_guarded(), "ETag": tag, "Wattgraph-Data-Version": reader.version.id}
        if matches_etag(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        report = await reports.get(tag, lambda: watch(store, watched, before, DEFAULT_LENS))
        return Response(format.write(report, origin), headers=headers, media_type=format.media_type)

    router.add_api_route("/feeds/{address}", feed, methods=METHODS)
    return router


def feed_addresses(name: str) -> dict[str, str]:
    """Of a list, by format."""
    return {suffix: f"/feeds/{name}.{suffix}" for suffix in FORMATS}


def _addressed(folder: Path, address: str) -> tuple[WatchList, FeedFormat]:
    """Raises NotFound, BadWatchList."""
    name, _, suffix = address.rpartition(".")
    if name not in list_names(folder) or suffix not in FORMATS:
        raise NotFound(f"No feed {address[:60]!r}.", remedy="/feeds lists all of them, with their formats.")
    return read_watch_list(folder, name), FORMATS[suffix]


def _since(text: str | None, today: Lens) -> Lens:
    """Raises BadLens for what is no day."""
    latest = today.known_on or date.max
    day = read_day(SINCE, text) if text else latest - timedelta(days=DAYS)
    return Lens(day, day).on(latest)


def _entity_tag(address: str, watched: WatchList, before: Lens, after: Lens, version: str, origin: str) -> str:
    listed = repr(sorted((key, sorted(types or ())) for key, types in watched.types.items()))
    parts = (address, watched.title, listed, str(before), str(after), version, origin, program_version())
    return f'"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:32]}"'


def _guarded() -> dict[str, str]:
    return {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-cache"}
