"""The composition root: puts settings, store and routes together, and takes replacements for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from api.context.auth import caller_of
from api.context.errors import http_problem, problem
from api.context.holder import StoreHolder
from api.execution.answers import Answers
from api.execution.trusted import TrustedDocuments
from api.http import endpoint, graphiql, routes, websocket
from api.http.guard import Guard, unexpected
from api.http.reports import reports_router
from api.live.streams import Live
from graph.errors import WattgraphError
from graph.seeding.reader import read_seeds
from graph.settings import Settings
from graph.stores.base import Store
from graph.stores.open import open_store

ROUTERS: tuple[APIRouter, ...] = (routes.router, endpoint.router, websocket.router, graphiql.router)
"""All that is served. A route finds the settings in `request.app.state.settings`, the store in `…state.holder`."""


def create_app(settings: Settings, store: Store | None = None) -> FastAPI:
    """The service over a store; without one, over the store that the settings name, as soon as that answers."""
    holder = StoreHolder(store)
    live = Live(settings, holder)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        opening = asyncio.create_task(holder.open(lambda: _open_filled(settings)))
        yield
        await live.close()
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        if store is None:
            await holder.close()

    app = FastAPI(title="Wattgraph", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings, app.state.holder, app.state.live = settings, holder, live
    app.state.answers, app.state.trusted = Answers(settings.answer_cache), TrustedDocuments.read(settings)
    app.add_exception_handler(WattgraphError, problem)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(Exception, unexpected)
    _add_middleware(app, settings)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(reports_router(lambda: holder.store), dependencies=[Depends(caller_of)])
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added is asked first."""
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Wattgraph-Data-Version"],
        )
    app.add_middleware(Guard, settings=settings)


async def _open_filled(settings: Settings) -> Store:
    """The store that the settings name; an empty one is loaded with the facts first."""
    store = await open_store(settings)
    try:
        if not await store.versions():
            log = await asyncio.to_thread(read_seeds, settings.seeds)
            await store.load(log, reason=f"load of {settings.seeds.name}")
    except BaseException:
        await store.close()
        raise
    return store
