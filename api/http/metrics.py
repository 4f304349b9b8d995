"""`/metrics`: how the service does, for Prometheus."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from prometheus_client.exposition import choose_encoder

from api.context.auth import unauthenticated
from api.context.store_provider import StoreProvider
from api.execution.response_cache import ResponseCache
from api.execution.validation import document_use
from api.fairness.queue import FairQueue
from api.http.authentication import authenticate
from api.live.hub import SubscriptionHub
from api.telemetry.metrics import CacheState, Metrics, ScrapedState
from graph.errors import StoreError, WattgraphError
from graph.settings import MetricsAccess, Settings

router = APIRouter(include_in_schema=False)
_STORE_SECONDS = 2.0
"""How long a scrape waits for the store; Prometheus waits 10 s for all of it."""


@router.api_route("/metrics", methods=["GET", "HEAD"])
async def metrics(request: Request) -> Response:
    """Raises Unauthenticated, StoreError."""
    settings: Settings = request.app.state.settings
    if settings.metrics is MetricsAccess.OFF:
        raise HTTPException(404)
    caller = await authenticate(request)
    if settings.metrics is MetricsAccess.TOKEN and not caller.is_authenticated:
        raise unauthenticated()
    state: ScrapeState = request.app.state.scrape
    await state.probe_store()
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    observed: Metrics = request.app.state.metrics
    return Response(encode(observed.registry), headers={"Cache-Control": "no-store", "Content-Type": media_type})


class ScrapeState:
    """Reads the state of an app when it is scraped."""

    def __init__(self, app: FastAPI) -> None:
        self._state = app.state
        self._is_store_up = False

    async def probe_store(self) -> None:
        provider: StoreProvider = self._state.provider
        self._is_store_up = False
        with suppress(WattgraphError, TimeoutError):
            async with asyncio.timeout(_STORE_SECONDS):
                reader = await provider.store.reader()
                provider.last_version, self._is_store_up = reader.version, reader.stale_since is None

    def __call__(self) -> ScrapedState:
        provider: StoreProvider = self._state.provider
        settings: Settings = self._state.settings
        hub: SubscriptionHub = self._state.hub
        queue: FairQueue = self._state.queue
        version = provider.last_version
        return ScrapedState(
            store="neo4j" if settings.neo4j_uri else "embedded",
            is_store_up=self._is_store_up,
            caches=self._caches(provider),
            connections=hub.quota.in_use,
            waiting=queue.waiting,
            in_work=queue.in_work,
            version=version.id if version else None,
            recorded_at=version.recorded_at if version else "",
            statements=version.statements if version else 0,
        )

    def _caches(self, provider: StoreProvider) -> dict[str, CacheState]:
        answers: ResponseCache = self._state.response_cache
        caches = {
            "answers": CacheState(answers.use, len(answers), answers.bytes),
            "documents": CacheState(document_use),
            "results": CacheState(provider.results.use, len(provider.results)),
            "facts": CacheState(provider.facts.use, len(provider.facts)),
            "analytics": CacheState(provider.analytics.use, len(provider.analytics)),
            "long_analytics": CacheState(provider.long_analytics.use, len(provider.long_analytics)),
        }
        with suppress(StoreError):  # it is not open yet
            caches["lenses"] = CacheState(provider.store.lens_use)
        return caches
