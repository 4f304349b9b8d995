""" "Show the query": how a program asks for what a page, or a part of it, shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from graphql import strip_ignored_characters

from api.pages.page import Visit


@dataclass(frozen=True, slots=True)
class ShownQuery:
    """The document and its variables; the address that opens them in GraphiQL, empty where that is off; the same as one
    line for a shell, and for Python."""

    document: str
    variables: str
    graphiql: str
    curl: str
    python: str


def shown_query(visit: Visit, *, graphiql: bool) -> ShownQuery:
    """How to ask for what a page shows: the lines ask for the page itself as JSON."""
    return show_document(visit.page.query, visit.page.variables(visit), visit.address.whole, graphiql=graphiql)


def show_document(document: str, variables: Mapping[str, Any], address: str, *, graphiql: bool) -> ShownQuery:
    """How to ask for the answer of a document, or for the page at `address` as JSON."""
    return ShownQuery(
        document=document.strip(),
        variables=json.dumps(variables, indent=2),
        graphiql=_in_graphiql(document, variables) if graphiql else "",
        curl=f"curl -s -H 'Accept: application/json' {shlex.quote(address)}",
        python=f'httpx.get({json.dumps(address)}, headers={{"Accept": "application/json"}}).json()["data"]',
    )


def shown_parts(visit: Visit, *, graphiql: bool) -> Mapping[str, ShownQuery]:
    """How to ask for the parts of a page that have documents of their own, by name."""
    made = ((name, make(visit)) for name, make in visit.page.parts.items())
    origin = visit.address.origin
    return {name: _show_part(*asked, origin, graphiql=graphiql) for name, asked in made if asked is not None}


def _show_part(document: str, variables: Mapping[str, Any], origin: str, *, graphiql: bool) -> ShownQuery:
    """The lines post the document."""
    body = {"query": _on_one_line(document), "variables": json.loads(json.dumps(variables))}
    posted = f"curl -s -H 'Content-Type: application/json' {shlex.quote(f'{origin}/graphql')}"
    return ShownQuery(
        document=document.strip(),
        variables=json.dumps(variables, indent=2),
        graphiql=_in_graphiql(document, variables) if graphiql else "",
        curl=f"{posted} -d {shlex.quote(json.dumps(body))}",
        python=f'httpx.post({json.dumps(f"{origin}/graphql")}, json={body!r}).json()["data"]',
    )


def _in_graphiql(document: str, variables: Mapping[str, Any]) -> str:
    return f"/graphiql?{_in_query(document)}&{urlencode({'variables': json.dumps(variables)})}"


@lru_cache(maxsize=64)
def _in_query(document: str) -> str:
    return urlencode({"query": document})


@lru_cache(maxsize=64)
def _on_one_line(document: str) -> str:
    return strip_ignored_characters(document)
