"""Probes and the schema: `/healthz`, `/readyz`, `/schema.graphql`."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from api.context.errors import GoingAway, error_payload
from api.context.store_provider import StoreProvider
from api.schema.build import SDL
from graph.errors import WattgraphError
from graph.evidence.lens import Lens
from graph.stores.base import Reader

router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]


@router.api_route("/healthz", methods=_METHODS)
async def healthz() -> Response:
    """Liveness: does not depend on the store."""
    return JSONResponse({"status": "alive"})


@router.api_route("/readyz", methods=_METHODS)
async def readyz(request: Request) -> Response:
    """Readiness: the store answers, or reads go on from what is kept of it, and the service does not stop."""
    if request.app.state.stopping:
        going = GoingAway("The service is stopping.", remedy="Ask another one, or wait until it is started again.")
        return JSONResponse({"status": "stopping", "errors": [error_payload(going)]}, 503)
    try:
        reader = await open_reader(request)
    except WattgraphError as problem:
        return JSONResponse({"status": "not ready", "errors": [error_payload(problem)]}, 503)
    stale = {"stale": {"since": reader.stale_since}} if reader.stale_since else {}
    version = {"dataVersion": reader.version.id, "statements": reader.version.statements}
    return JSONResponse({"status": "ready", **version, **stale})


@router.api_route("/schema.graphql", methods=_METHODS)
async def schema_file(request: Request) -> Response:
    if not request.app.state.settings.introspection:
        raise HTTPException(404)
    return PlainTextResponse(SDL.read_text(encoding="utf-8"))


async def open_reader(request: Request, lens: Lens | None = None) -> Reader:
    """Raises BadLens, StoreError."""
    provider: StoreProvider = request.app.state.provider
    return await provider.store.reader(lens)
