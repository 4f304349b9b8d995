"""Pages and probes: `/`, `/healthz`, `/readyz`, `/schema.graphql`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from api.context.errors import error_payload
from api.context.store_provider import StoreProvider
from api.schema.build import SDL
from graph.errors import WattgraphError
from graph.evidence.lens import Lens
from graph.settings import Settings
from graph.stores.base import Reader

router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]

_STYLE = """
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1a2027; background: #fff; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
pre { padding: 1rem; background: #f2f4f6; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: #0b5cad; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e9ec; background: #14181c; } pre { background: #20262c; } a { color: #7cb7f2; }
}
"""
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_CSP = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = Path(__file__).with_name("landing.html")
_GRAPHIQL = (
    '<dt>GraphiQL</dt>\n<dd><a href="/graphiql">/graphiql</a>, to write and run queries; it has examples in tabs</dd>\n'
)


@router.api_route("/healthz", methods=_METHODS)
async def healthz() -> Response:
    """Liveness: does not depend on the store."""
    return JSONResponse({"status": "alive"})


@router.api_route("/readyz", methods=_METHODS)
async def readyz(request: Request) -> Response:
    """Readiness: the store answers."""
    try:
        reader = await open_reader(request)
    except WattgraphError as problem:
        return JSONResponse({"status": "not ready", "errors": [error_payload(problem)]}, 503)
    return JSONResponse({"status": "ready", "dataVersion": reader.version.id, "statements": reader.version.statements})


@router.api_route("/schema.graphql", methods=_METHODS)
async def schema_file(request: Request) -> Response:
    if not request.app.state.settings.introspection:
        raise HTTPException(404)
    return PlainTextResponse(SDL.read_text(encoding="utf-8"))


@router.api_route("/", methods=_METHODS)
async def landing(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    try:
        data = _format_version(await open_reader(request))
    except WattgraphError as problem:
        data = str(problem)
    address = f"http://{settings.host}:{settings.port}"
    page = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        style=_STYLE, address=escape(address), data=escape(data), graphiql=_GRAPHIQL if settings.graphiql else ""
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _CSP})


def _format_version(reader: Reader) -> str:
    through = f", through {reader.data_through}" if reader.data_through else ""
    return f"Version {reader.version.id}, {reader.version.statements:,} statements{through}"


async def open_reader(request: Request, lens: Lens | None = None) -> Reader:
    """Raises BadLens, StoreError."""
    provider: StoreProvider = request.app.state.provider
    return await provider.store.reader(lens)
