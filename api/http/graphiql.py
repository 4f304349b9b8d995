"""`/graphiql`: GraphiQL from files of this package, under a policy that takes nothing from anywhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from api.http.caching import is_known

STATIC = Path(__file__).parents[1] / "static"

# What GraphiQL needs: its script and style sheet, /graphql beside it, and three pictures in the style sheet.
# No 'unsafe-inline': static/graphiql/README.md tells how its last <style> element went.
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
GUARDS = {
    "Content-Security-Policy": POLICY,
    # names carry no version, so a client asks each time, and is mostly told that it has it
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
    """A document that a tab shows; the name of its operation is the title of the tab."""

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


def _turned_on(request: Request) -> None:
    if not request.app.state.settings.graphiql:
        raise HTTPException(404)


PAGE = _file("index.html", "text/html; charset=utf-8")
ASSETS: Mapping[str, Asset] = {
    "graphiql.js": _file("graphiql.js", "text/javascript; charset=utf-8"),
    "graphiql.css": _file("graphiql.css", "text/css; charset=utf-8"),
    "examples.json": _examples(),
    "LICENSES.txt": _file("LICENSES.txt", "text/plain; charset=utf-8"),
}
"""All that is served beside the page. A request finds its name here or nothing: it never becomes a path."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(_turned_on)])


@router.api_route("/graphiql", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    return _served(request, PAGE)


@router.api_route("/graphiql/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    if name not in ASSETS:
        raise HTTPException(404)
    return _served(request, ASSETS[name])


def _served(request: Request, asset: Asset) -> Response:
    headers = {**GUARDS, "ETag": asset.tag}
    if is_known(request.headers.get("if-none-match", ""), asset.tag):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
