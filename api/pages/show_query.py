""" "Show the query": how a program asks for what a page shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from api.pages.page import Visit


@dataclass(frozen=True, slots=True)
class ShownQuery:
    """The document and its variables; the address that opens them in GraphiQL, empty where that is off; the same as one
    line for a shell, and for Python. Both ask for the page itself as JSON."""

    document: str
    variables: str
    graphiql: str
    curl: str
    python: str


def shown_query(visit: Visit, *, graphiql: bool) -> ShownQuery:
    """How to ask for what a page shows."""
    return show_document(visit.page.query, visit.page.variables(visit), visit.address.whole, graphiql=graphiql)


def show_document(document: str, variables: Mapping[str, Any], address: str, *, graphiql: bool) -> ShownQuery:
    """How to ask for the answer of a document, or for the page at `address` as JSON."""
    asked = {"query": document, "variables": json.dumps(variables)}
    return ShownQuery(
        document=document.strip(),
        variables=json.dumps(variables, indent=2),
        graphiql=f"/graphiql?{urlencode(asked)}" if graphiql else "",
        curl=f"curl -s -H 'Accept: application/json' {shlex.quote(address)}",
        python=f'httpx.get({json.dumps(address)}, headers={{"Accept": "application/json"}}).json()["data"]',
    )
