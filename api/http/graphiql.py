"""`/graphiql`: GraphiQL from files of this package, under a policy that allows no other origin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from api.http.caching import matches_etag

STATIC = Path(__file__).parents[1] / "static"

# GraphiQL needs its script, its style sheet with three pictures, and /graphql.
# No 'unsafe-inline': static/graphiql/README.md says how its last <style> element was removed.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # file names have no version, so a client revalidates at each request, mostly with 304
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Asset:
    content: bytes
    media_type: str

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


@dataclass(frozen=True)
class Example:
    """A document in a tab; the name of its operation is the title of the tab."""

    name: str
    query: str


def read_examples() -> Iterator[Example]:
    """In the order of the tabs."""
    for path in sorted((STATIC / "examples").glob("*.graphql")):
        yield Example(path.stem, path.read_text(encoding="utf-8"))


def _file(name: str, media_type: str) -> Asset:
    return Asset((STATIC / "graphiql" / name).read_bytes(), media_type)


def _examples() -> Asset:
    return Asset(json.dumps([vars(example) for example in read_examples()]).encode(), "application/json")


def _check_enabled(request: Request) -> None:
    if not request.app.state.settings.graphiql:
        raise HTTPException(404)


PAGE = _file("index.html", "text/html; charset=utf-8")
ASSETS: Mapping[str, Asset] = {
    "graphiql.js": _file("graphiql.js", "text/javascript; charset=utf-8"),
    "graphiql.css": _file("graphiql.css", "text/css; charset=utf-8"),
    "examples.json": _examples(),
    "LICENSES.txt": _file("LICENSES.txt", "text/plain; charset=utf-8"),
}
"""All files of the page. A requested name is looked up here and never becomes a path of the file system."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(_check_enabled)])


@router.api_route("/graphiql", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    return _serve(request, PAGE)


@router.api_route("/graphiql/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    if name not in ASSETS:
        raise HTTPException(404)
    return _serve(request, ASSETS[name])


def _serve(request: Request, asset: Asset) -> Response:
    headers = {**HEADERS, "ETag": asset.tag}
    if matches_etag(request.headers.get("if-none-match", ""), asset.tag):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
