"""Routes of the pages: who may read, HTML or JSON, the lens, the rows, the entity tag."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import QueryParams

from api.context.auth import Caller
from api.context.errors import NotFound, Unauthenticated, deadline_exceeded
from api.context.limits import Limits
from api.context.program import program_version
from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.response_cache import ResponseCache
from api.execution.validation import GraphQLRequest
from api.http.assets import serve_asset
from api.http.authentication import PRIVATE_HEADERS, authenticate, check_lenses
from api.http.caching import matches_etag, version_headers
from api.http.negotiation import JSON, negotiate
from api.http.report_parameters import check_names, lens_names, lens_query, requested_lenses, stable_lens
from api.pages.address import Address
from api.pages.assets import ASSETS
from api.pages.background import Background, BackgroundWorks
from api.pages.catalog import PAGES
from api.pages.fact_index import FactIndex
from api.pages.frame import HTML, NavigationEntry, PageFrame, frame_of, page_headers
from api.pages.page import HtmlPage, PageFile, Visit
from api.pages.rendering import render, render_page
from graph.analytics.core.facts import facts_of
from graph.concurrency.single_flight import SingleFlightCache
from graph.errors import StoreBusy
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.reports.report import Lenses, open_readers
from graph.settings import Settings
from graph.stores.base import Reader, Store
from graph.stores.names import entity_called, suggestion
from graph.stores.query import MAX_SEARCH_LENGTH
from graph.vocabulary.model import ENTITIES

T = TypeVar("T")
METHODS = ["GET", "HEAD"]
MAX_INDEXED = 4
"""Lenses whose rows are kept in groups."""
NAVIGATION = tuple(
    NavigationEntry(page.navigation, page.path, page.lenses is Lenses.ONE) for page in PAGES if page.navigation
)


class PageState:
    """What all requests for pages share: rows by data version and lens, and the works in the background."""

    def __init__(self) -> None:
        self.works = BackgroundWorks()
        self._indexed: SingleFlightCache[tuple[str, Lens], FactIndex] = SingleFlightCache(MAX_INDEXED)
        self._projecting = asyncio.Lock()
        self._rendering = asyncio.Lock()

    async def reader(self, store: Store, lens: Lens) -> Reader:
        """The reader under the lens. Projections are made one at a time."""
        if lens == DEFAULT_LENS:
            return await store.reader()
        async with self._projecting:
            return await store.reader(lens)

    async def index(self, reader: Reader) -> FactIndex:
        """All rows of a reader. Raises StoreBusy when the data change meanwhile."""
        version = reader.version.id

        async def make() -> FactIndex:
            return FactIndex(await facts_of(reader))

        index = await self._indexed.get((version, reader.lens), make)
        if index.snapshot.data_version != version:
            raise StoreBusy("The data changed while they were read.", remedy="Ask again.")
        return index

    async def rendered(self, make: Callable[[], T]) -> T:
        """What `make` makes, off the event loop; one at a time, since each keeps a core busy."""
        async with self._rendering:
            return await asyncio.to_thread(make)


@dataclass(frozen=True)
class PageRequest:
    """A page under the lenses of `readers`, of which the last is that of its rows."""

    page: HtmlPage
    readers: Sequence[Reader]
    address: Address
    key: str
    parameters: Mapping[str, str]
    frame: PageFrame = field(repr=False)
    private: bool = False
    """Whether private facts are among its rows."""

    @property
    def caching(self) -> Mapping[str, str]:
        """The headers that say who may keep the answer, where that is nobody."""
        return PRIVATE_HEADERS if self.private else {}


def pages_router(pages: Sequence[HtmlPage] = PAGES) -> APIRouter:
    """Routes of all pages, and of what they load."""
    router = APIRouter(include_in_schema=False)
    for page in pages:
        router.add_api_route(page.path, _endpoint(page), methods=METHODS)
        for file in page.files:
            router.add_api_route(f"{page.path}.{file.suffix}", _file_endpoint(page, file), methods=METHODS)
    router.add_api_route("/static/{folder}/{name}", asset, methods=METHODS)
    return router


async def asset(request: Request, folder: str, name: str) -> Response:
    """A requested name is looked up, and never becomes a path of the file system."""
    found = ASSETS.get(f"{folder}/{name}")
    if found is None:
        raise HTTPException(404)
    return serve_asset(request, found)


def _endpoint(page: HtmlPage) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        media = negotiate(",".join(request.headers.getlist("accept")), (JSON, HTML))
        try:
            caller = await authenticate(request)
        except Unauthenticated:
            if page.open_template and media == HTML and not request.headers.get("authorization"):
                return _open_page(request, page)
            raise
        requested = await _requested(request, page)
        if isinstance(requested, Response):
            return requested
        if media == JSON:
            return await _json(request, requested, caller)
        return await _html(request, requested)

    return serve


def _file_endpoint(page: HtmlPage, file: PageFile) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        await authenticate(request)
        requested = await _requested(request, page)
        return requested if isinstance(requested, Response) else await _file(request, requested, file)

    return serve


def _open_page(request: Request, page: HtmlPage) -> Response:
    content = render(page.open_template, frame=frame_of(request), visit=None)
    return Response(content, headers={**page_headers(), "Cache-Control": "no-store"}, media_type=HTML)


# ---- from a request to rows


async def _requested(request: Request, page: HtmlPage) -> PageRequest | Response:
    """What is asked for; or the way to the row's own page, where it is asked for by a ticker or a name.

    Raises BadInput, BadLens, NotFound, AmbiguousKey, StoreError."""
    query = _stated(request.query_params, page.lists)
    check_names(query, (*page.parameters, *lens_names(page.lenses)))
    lenses = requested_lenses(page.lenses, query)
    private = await check_lenses(request, lenses)
    state: PageState = request.app.state.pages
    store: Store = request.app.state.provider.store
    readers = await open_readers(lenses, lambda lens: state.reader(store, lens))
    parameters = {name: query[name] for name in page.parameters if name in query}
    frame = frame_of(request)
    sides = lens_query(lenses) if len(lenses) > 1 else None
    address = Address(frame.origin, request.url.path, lens_query(lenses[-1:]), list(parameters.items()), sides)
    text = request.path_params.get("key", "")
    key = await _key(readers[-1], page, text) if page.label else ""
    if key != text:
        headers = PRIVATE_HEADERS if private else {"Vary": "Accept"}
        return Response(status_code=307, headers={"Location": address.of_key(page.label, key), **headers})
    return PageRequest(page, readers, address, key, parameters, frame, private)


def _stated(query: QueryParams, lists: Collection[str] = ()) -> QueryParams:
    """Without what a form left empty, and with the values of each list together."""
    plain = [(name, value) for name, value in query.multi_items() if value and name not in lists]
    joined = ((name, ",".join(filter(None, query.getlist(name)))) for name in sorted(lists))
    return QueryParams([*plain, *((name, value) for name, value in joined if value)])


async def _key(reader: Reader, page: HtmlPage, text: str) -> str:
    """The key of the row that the address names. Raises NotFound, AmbiguousKey."""
    [row] = await reader.get(page.label, [text])
    if row is None and page.label in ENTITIES and text.strip() and len(text) <= MAX_SEARCH_LENGTH:
        row = await entity_called(reader, text, (page.label,))
    if row is None:
        alike = await suggestion(reader, text, (page.label,))
        what = f"The lens shows no {page.label.lower()} {text[:60]!r}."
        raise NotFound(what, remedy=alike or "Search for it, or choose a later date.")
    return row.key


# ---- answers


async def _json(request: Request, requested: PageRequest, caller: Caller) -> Response:
    """The answer of the page's document. Raises DeadlineExceeded, StoreError."""
    settings: Settings = request.app.state.settings
    provider: StoreProvider = request.app.state.provider
    tag = entity_tag(requested, provider.store, JSON)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept, Authorization", **requested.caching}
    if matches_etag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    visit = await _visit(request, requested, gather=False)
    graphql = GraphQLRequest(requested.page.query, requested.page.variables(visit), lens=visit.lens)
    try:
        async with asyncio.timeout(settings.deadline):
            answer = await execute_request(provider, graphql, limits=Limits.of(settings), caller=caller)
    except TimeoutError:
        raise deadline_exceeded(settings.deadline) from None
    if answer.has_errors or answer.is_stale or answer.version != requested.readers[-1].version.id:
        headers = {"Cache-Control": "no-store", "Vary": headers["Vary"], **requested.caching}
        return Response(answer.json, 200, headers, JSON)
    return Response(answer.json, 200, headers, JSON)


async def _html(request: Request, requested: PageRequest) -> Response:
    """The page. One that lacks what is made in the background bears no entity tag, and is not kept."""
    provider: StoreProvider = request.app.state.provider
    cache: ResponseCache = request.app.state.response_cache
    state: PageState = request.app.state.pages
    tag = entity_tag(requested, provider.store, HTML)
    headers = {**page_headers(), "ETag": tag, **version_headers(requested.readers[-1]), **requested.caching}
    if matches_etag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    content = cache.get(tag)
    if content is None:
        visit = await _visit(request, requested)
        text, location = await state.rendered(lambda: _write(visit, requested.frame))
        if location:
            kept = {"Vary": headers["Vary"], **requested.caching}
            return Response(status_code=303, headers={"Location": location, **kept})
        content = text.encode()
        if visit.background.wanted:
            state.works.begin(visit.background, visit.facts.facts)
            del headers["ETag"]
            headers |= {"Cache-Control": "no-store", **requested.caching}
        else:
            cache.put(tag, content)
    return Response(content, headers=headers, media_type=HTML)


async def _file(request: Request, requested: PageRequest, file: PageFile) -> Response:
    """The page as a file: what a page would wait for in the background is made first."""
    provider: StoreProvider = request.app.state.provider
    cache: ResponseCache = request.app.state.response_cache
    state: PageState = request.app.state.pages
    version = requested.readers[-1].version.id
    tag = entity_tag(requested, provider.store, file.media_type)
    headers = {
        "Content-Security-Policy": f"{file.policy}; frame-ancestors 'none'",
        "Cache-Control": "no-cache",
        "ETag": tag,
        "Vary": "Authorization",
        **version_headers(requested.readers[-1]),
        **requested.caching,
    }
    if file.download:
        headers["Content-Disposition"] = f'attachment; filename="wattgraph-{version}.{file.suffix}"'
    if matches_etag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    content = cache.get(tag)
    if content is None:
        content = await _written(await _visit(request, requested), file, state)
        cache.put(tag, content)
    return Response(content, headers=headers, media_type=file.media_type)


async def _written(visit: Visit, file: PageFile, state: PageState) -> bytes:
    content = await state.rendered(lambda: file.write(visit))
    if visit.background.wanted:
        state.works.begin(visit.background, visit.facts.facts)
        await state.works.finish()
        content = await state.rendered(lambda: file.write(visit))
    return content.encode() if isinstance(content, str) else content


async def _visit(request: Request, requested: PageRequest, *, gather: bool = True) -> Visit:
    """`gather`: whether to read what the view needs beside rows."""
    state: PageState = request.app.state.pages
    reader = requested.readers[-1]
    indexes = [await state.index(one) for one in requested.readers]
    read, store = requested.page.gather if gather else None, request.app.state.provider.store
    return Visit(
        page=requested.page,
        facts=indexes[-1],
        version=reader.version,
        address=requested.address,
        background=Background((reader.version.id, reader.lens), state.works.results),
        key=requested.key,
        parameters=requested.parameters,
        before=indexes[0] if len(indexes) > 1 else None,
        gathered=await read(store, requested.readers, requested.parameters) if read else None,
    )


def _write(visit: Visit, frame: PageFrame) -> tuple[str, str]:
    """The page; or where it leads to instead."""
    view = visit.page.view(visit)
    location = visit.page.redirect(view) if visit.page.redirect else ""
    if location:
        return "", location
    return render_page(visit, view, frame), ""


def entity_tag(requested: PageRequest, store: Store, media: str) -> str:
    """Changes with all that the content depends on: data, scenarios, lenses, address, settings, this program."""
    versions = (part for one in requested.readers for part in (one.version.id, one.version.recorded_at))
    lenses = (part for one in requested.readers for part in stable_lens(one.lens))
    shown = (str(requested.frame.graphiql), str(requested.frame.introspection))
    named = (requested.address.whole, media, store.scenarios.digest, program_version())
    parts: list[Any] = [*named, *shown, *versions, *lenses]
    return f'"{hashlib.sha256(chr(10).join(map(quote, parts)).encode()).hexdigest()[:32]}"'


router = pages_router()
