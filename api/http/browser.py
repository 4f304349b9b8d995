"""`/browser/…`: style, guide and saved queries for Neo4j Browser, which is a page of another origin.

They hold no facts and need no token: Neo4j Browser could send none."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api.http.caching import matches_etag
from graph.browser.addresses import GUIDE, QUERIES, STYLE
from graph.browser.guide import saved_queries, write_guide
from graph.browser.style import write_style

router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD", "OPTIONS"]
_OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    # Browser sends Cache-Control and Pragma, which a preflight asks about
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
}


class CorsOutsideBrowser(CORSMiddleware):
    """The rules of the service for pages of other origins, but for `/browser/…`, which is open to all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/browser/"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@router.api_route(STYLE, methods=_METHODS)
async def style(request: Request) -> Response:
    return _respond(request, write_style(), "text/plain")


@router.api_route(GUIDE, methods=_METHODS)
async def guide(request: Request) -> Response:
    """The guide; its links lead to the host that the request names, which the guard has let through."""
    return _respond(request, write_guide(str(request.base_url).rstrip("/")), "text/html")


@router.api_route(f"{QUERIES}/{{name}}.cypher", methods=_METHODS)
async def saved_query(request: Request, name: str) -> Response:
    query = saved_queries().get(name)
    if query is None:
        raise HTTPException(404)
    return _respond(request, query.text, "text/plain")


def _respond(request: Request, text: str, media_type: str) -> Response:
    content = text.encode()
    headers = {**_OPEN_TO_ALL, "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    if matches_etag(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
