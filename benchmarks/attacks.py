"""What one hostile client asks, over and over, that stays inside all limits of one request; and what others ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import orjson

Attack = Callable[[int], bytes]
"""The request of a number, as it goes over the connection; no two are alike where that would be answered from what is
kept."""

_GRAPHQL = "Content-Type: application/json\r\nAccept: application/json\r\n"
_MCP = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"


def _sent(method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n".encode() + body


def get(path: str, headers: str = "") -> bytes:
    return _sent("GET", path, headers)


def ask(document: str, headers: str = "", **variables: object) -> bytes:
    body = orjson.dumps({"query": document, "variables": variables})
    return _sent("POST", "/graphql", _GRAPHQL + headers, body)


def _call_tool(name: str, **arguments: object) -> bytes:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    return _sent("POST", "/mcp", _MCP, orjson.dumps(call))


def _day(number: int) -> str:
    """One of 500 days that the facts tell of."""
    return f"2025-{number % 12 + 1:02d}-{number // 12 % 28 + 1:02d}"


def _under(number: int, selection: str) -> str:
    return f'graph(lens: {{validOn: "{_day(number)}", knownOn: "2026-{number % 11 + 1:02d}-15"}}) {{ {selection} }}'


def _joined(parts: int, part: str) -> str:
    """So many parts side by side, each with its number in place of #."""
    return " ".join(part.replace("#", str(number)) for number in range(parts))


def _nested(levels: int) -> str:
    where = '{name: {contains: "b"}}'
    for _ in range(levels):
        where = f'{{or: [{where}, {{not: {{name: {{contains: "c"}}}}}}, {{ticker: {{contains: "d"}}}}]}}'
    return where


def _anew(document: str, number: int) -> bytes:
    """The document as a text that was not asked before."""
    return ask(f"{document} # {number}")


_HTML = "Accept: text/html\r\n"
_VALUE = '"k#"'
_LINKS = "nodes { key target { ... on Organization { name } } }"
_TYPES = "types { name fields { name type { name kind ofType { name } } args { name type { name } } } }"
_COUNT = "organizations(where: %s) { totalCount }"
_CONTAINS = '{name: {contains: "a#"}}'
_DEEP = (
    f"links(first: 8) {{ nodes {{ key target {{ ... on Organization {{ name links(first: 8) {{ {_LINKS} }} }} }} }} }}"
)
_WIDE = "a#: links(first: 300) { nodes { key value { amount } } }"
_FRAGMENT = "fragment one on Organization { key name kinds country ticker }"
_PER_LENS = "organizations { totalCount }"
_CENTRALITY = "centrality(metric: BETWEENNESS, uncertainty: true, first: 5) { rows { rankLow } }"
_SENSITIVITY = "sourceSensitivity(metric: PAGERANK, first: 3) { moved }"
_DIFF = """query ($day: Date!) { diff(before: {validOn: $day, knownOn: $day}, after: {validOn: "2026-09-01",
    knownOn: "2026-09-01"}) { changes(first: 200) { totalCount nodes { key before after } } } }"""

ATTACKS: Mapping[str, Attack] = {
    "70,000 values in one condition": lambda number: ask(
        "query ($v: [String!]) { organizations(where: {name: {in: $v}}) { totalCount } }",
        v=[f"x{number}-{value}" for value in range(70_000)],
    ),
    "200 conditions": lambda number: _anew(
        f"{{ {_COUNT % f'{{or: [{_joined(200, _CONTAINS)}]}}'} }}",
        number,
    ),
    "a nested boolean filter": lambda number: _anew(f"{{ {_COUNT % _nested(12)} }}", number),
    "a wide selection": lambda number: _anew(f"{{ {_joined(16, _WIDE)} }}", number),
    "a deep selection": lambda number: _anew(f"{{ organizations(first: 40) {{ nodes {{ name {_DEEP} }} }} }}", number),
    "a search of 1.4 kB": lambda number: ask(
        "query ($t: String!) { search(text: $t) { matched } }", t=f"{number} " + "data center campus " * 73
    ),
    "introspection": lambda number: _anew(f"{{ __schema {{ {_TYPES} }} }}", number),
    "an invalid document of 10 kB": lambda number: _anew(f"{{ {_joined(600, 'f#: nothing#')} }}", number),
    "several lenses": lambda number: ask(
        "{ " + " ".join(f"a{one}: {_under(5 * number + one, _PER_LENS)}" for one in range(5)) + " }"
    ),
    "betweenness with intervals": lambda number: ask(f"{{ {_under(number, _CENTRALITY)} }}"),
    "far differences": lambda number: ask(_DIFF, day=_day(number)),
    "source sensitivity": lambda number: ask(f"{{ {_under(number, _SENSITIVITY)} }}"),
    "the page of a report": lambda number: get(f"/reports/centrality?validOn={_day(number)}"),
    "a wrong token": lambda number: ask("{ __typename }", f"Authorization: Bearer wrong-{number}\r\n"),
    "1,000 lines of comments": lambda number: _anew("#\n" * 1_000 + "{ __typename }", number),
    "a fragment asked 100 times": lambda number: _anew(
        f"{{ {_joined(100, 'a#: organizations(first: 5) { nodes { ...one } }')} }} {_FRAGMENT}", number
    ),
    "the page of a company": lambda number: get(f"/organizations/nvidia?validOn={_day(number)}", _HTML),
    "an export": lambda number: get(f"/exports/links.csv?validOn={_day(number)}"),
    # beyond the eighteen that began this
    "a tool over /mcp": lambda number: _call_tool("exposure", organization="nvidia", valid_on=_day(number)),
    "a report as PDF": lambda number: get(f"/reports/debt.pdf?validOn={_day(number)}"),
    "a picture of the graph": lambda number: get(f"/graph.svg?validOn={_day(number)}"),
    "2,000 directives": lambda number: _anew(f"{{ __typename {_joined(2_000, '@skip(if: false)')} }}", number),
    "1,900 values written out": lambda number: _anew(
        f"{{ {_COUNT % f'{{key: {{in: [{_joined(1_900, _VALUE)}]}}}}'} }}",
        number,
    ),
}
"""By what each is."""

_ONE = "query ($k: String!) { organization(key: $k) { name links(first: 20) { nodes { key value { amount } } } } }"
ORDINARY: Sequence[bytes] = (
    *(ask(_ONE, k=key) for key in ("iren", "hut8", "cipher", "microsoft", "meta")),
    ask("{ organizations(first: 50) { nodes { key name country kinds } } }"),
    ask("{ links(where: {valueUsd: {gt: 1e9}}, orderBy: [{valueUsd: DESC}], first: 20) { nodes { key } } }"),
    ask('{ organizations(where: {name: {startsWith: "C"}}) { totalCount } }'),
)
"""What people ask who look something up."""
HEALTH = get("/healthz")
