"""The composition root: assembles settings, store and routes. Tests pass a store of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from api.agents import http as agents
from api.context.limits import Limits
from api.context.program import program_version
from api.context.store_provider import StoreProvider
from api.execution.response_cache import ResponseCache
from api.execution.trusted_documents import TrustedDocuments
from api.fairness.clients import Clients
from api.fairness.middleware import Fairness
from api.fairness.processor_time import measure_processor_time
from api.fairness.queue import FairQueue
from api.fairness.workers import WorkerPool
from api.http import browser, endpoint, graphiql, metrics, routes, websocket
from api.http.authentication import authenticate
from api.http.browser import CorsOutsideBrowser
from api.http.caching import STALE_SINCE
from api.http.feeds import feeds_router
from api.http.guard import Guard, handler_of_unexpected_errors, refusal
from api.http.metrics import ScrapeState
from api.http.observation import REQUEST_ID, ObservingMiddleware
from api.http.reports import reports_router
from api.live.hub import SubscriptionHub
from api.pages import figures
from api.pages import routes as pages
from api.pages.errors import handle_http_exception, handle_page_error
from api.pages.exports import exports_router
from api.pages.listings import listings_router
from api.telemetry.metrics import Metrics
from api.telemetry.tracing import RequestTracer, open_tracer
from graph.errors import WattgraphError
from graph.seeding.reader import read_seeds
from graph.settings import Settings
from graph.stores.base import Store
from graph.stores.open import open_store

ROUTERS: tuple[APIRouter, ...] = (
    pages.router,
    figures.router,
    routes.router,
    metrics.router,
    websocket.router,
    graphiql.router,
    browser.router,
    agents.router,
)
"""All routes but those of reports, exports, feeds and their lists. They find the settings in
`request.app.state.settings`, the store in `request.app.state.provider`."""

_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""That of FastAPI itself sends messages of exceptions, which may repeat private facts, wherever an OpenTelemetry SDK is
set up in the process; the service has spans of its own."""
_EXPOSED_HEADERS = (
    *("ETag", "Wattgraph-Data-Version", STALE_SINCE),
    *("RateLimit", "RateLimit-Policy", "Retry-After", REQUEST_ID),
)
"""What pages of allowed origins may read, beside what every page may."""


def create_app(
    settings: Settings,
    store: Store | None = None,
    tracer: RequestTracer | None = None,
    workers: WorkerPool | None = None,
    *,
    is_worker: bool = False,
) -> FastAPI:
    """The service over a store; without one, over the store that the settings name, as soon as that opens. `tracer`
    takes the place of the one that the settings ask for. The workers start once the store is open; one of them serves
    the service alone, which knows the clients. Raises BadSettings."""
    version = program_version()  # reads files: before the first request, and while they are those that run
    if tracer is None and settings.traces:
        tracer = open_tracer(version)
    provider = StoreProvider(store)
    app = FastAPI(
        title="Wattgraph",
        lifespan=_lifespan_of(tracer, workers, closes_store=store is None),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=_NO_TELEMETRY,
    )
    _set_state(app, settings, provider)
    app.add_exception_handler(WattgraphError, handle_page_error)
    app.add_exception_handler(HTTPException, handle_http_exception)
    app.add_exception_handler(Exception, handler_of_unexpected_errors(handle_page_error))
    if not is_worker:
        _add_fairness(app, settings, workers)
    _add_middleware(app, settings, tracer)
    _add_routes(app, settings, provider)
    return app


def _lifespan_of(
    tracer: RequestTracer | None, workers: WorkerPool | None, *, closes_store: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        factory = loop.get_task_factory()
        measure_processor_time(loop)
        provider: StoreProvider = app.state.provider
        opening = asyncio.create_task(_open(provider, app.state.settings, workers))
        watching = asyncio.create_task(app.state.metrics.watch_loop())
        yield
        watching.cancel()
        await app.state.hub.close()
        if workers:
            await workers.close()
        await app.state.agents.close()
        await app.state.pages.works.close()
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        if closes_store:
            await provider.close()
        if tracer is not None:
            await asyncio.to_thread(tracer.close)
        loop.set_task_factory(factory)  # the loop may go on without the service

    return lifespan


def _set_state(app: FastAPI, settings: Settings, provider: StoreProvider) -> None:
    app.state.settings, app.state.provider = settings, provider
    app.state.hub = SubscriptionHub(settings, provider)
    app.state.stopping = False
    app.state.clients = Clients()
    app.state.queue = FairQueue(settings.requests_at_once, settings.requests_per_client)
    app.state.limits = Limits.of(settings)
    app.state.response_cache = ResponseCache(settings.answer_cache)
    app.state.trusted_documents = TrustedDocuments.read(settings)
    app.state.agents = agents.AgentDoor(provider, settings)
    app.state.scrape = ScrapeState(app)
    app.state.metrics = Metrics(app.state.scrape)
    app.state.pages, app.state.navigation = pages.PageState(), pages.NAVIGATION


def _add_routes(app: FastAPI, settings: Settings, provider: StoreProvider) -> None:
    app.router.routes.append(endpoint.ROUTE)  # first: routes are asked whether an address is theirs, one after another
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(reports_router(lambda: provider.store), dependencies=[Depends(authenticate)])
    app.include_router(listings_router(settings.watch), dependencies=[Depends(authenticate)])
    app.include_router(exports_router(), dependencies=[Depends(authenticate)])
    app.include_router(feeds_router(lambda: provider.store, settings.watch), dependencies=[Depends(authenticate)])


def _add_fairness(app: FastAPI, settings: Settings, workers: WorkerPool | None) -> None:
    app.add_middleware(
        Fairness,
        settings=settings,
        clients=app.state.clients,
        queue=app.state.queue,
        refuse=lambda scope, problem: refusal(scope, problem, handle_page_error),
        workers=workers,
    )


def _add_middleware(app: FastAPI, settings: Settings, tracer: RequestTracer | None) -> None:
    """The last one added runs first."""
    if settings.allowed_origins:
        app.add_middleware(
            CorsOutsideBrowser,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=_EXPOSED_HEADERS,
        )
    app.add_middleware(Guard, settings=settings, handle=handle_page_error)
    app.add_middleware(ObservingMiddleware, metrics=app.state.metrics, tracer=tracer)


async def _open(provider: StoreProvider, settings: Settings, workers: WorkerPool | None) -> None:
    await provider.open(lambda: _open_and_load(settings))
    if workers:
        workers.start()


async def _open_and_load(settings: Settings) -> Store:
    """The store that the settings name; the facts are loaded into an empty one."""
    store = await open_store(settings, serves=True)
    try:
        if not await store.versions():
            log = await asyncio.to_thread(read_seeds, settings.seeds, max_bytes=settings.facts_file_bytes)
            await store.load(log, reason=f"load of {settings.seeds.name}")
    except BaseException:
        await store.close()
        raise
    return store
