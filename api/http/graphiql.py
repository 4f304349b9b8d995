"""`/graphiql`: GraphiQL from files of this package, under a policy that allows no other origin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from api.http.assets import REVALIDATED, STATIC, Asset, read_asset, serve_asset

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
HEADERS = {"Content-Security-Policy": POLICY, **REVALIDATED}


@dataclass(frozen=True)
class Example:
    """A document in a tab; the name of its operation is the title of the tab."""

    name: str
    query: str


def read_examples() -> Iterator[Example]:
    """In the order of the tabs."""
    for path in sorted((STATIC / "examples").glob("*.graphql")):
        yield Example(path.stem, path.read_text(encoding="utf-8"))


def _file(name: str) -> Asset:
    return read_asset(STATIC / "graphiql" / name)


def _examples() -> Asset:
    return Asset(json.dumps([vars(example) for example in read_examples()]).encode(), "application/json")


def _check_enabled(request: Request) -> None:
    if not request.app.state.settings.graphiql:
        raise HTTPException(404)


PAGE = _file("index.html")
ASSETS: Mapping[str, Asset] = {
    "graphiql.js": _file("graphiql.js"),
    "graphiql.css": _file("graphiql.css"),
    "examples.json": _examples(),
    "LICENSES.txt": _file("LICENSES.txt"),
}
"""All files of the page. A requested name is looked up here and never becomes a path of the file system."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(_check_enabled)])


@router.api_route("/graphiql", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    return serve_asset(request, PAGE, HEADERS)


@router.api_route("/graphiql/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    if name not in ASSETS:
        raise HTTPException(404)
    return serve_asset(request, ASSETS[name], HEADERS)
