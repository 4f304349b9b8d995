# ruff: noqa: E501 (a document stands on its line)
"""Documents that are expensive for a service that runs them without limits."""

from __future__ import annotations

from typing import Any


def doubling(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 to the power of `levels` organizations, were it written out."""
    parts = [
        f"fragment F{n} on Organization {{ a: links(first: 1) {{ nodes {{ source {{ ...F{n + 1} }} target {{ ...F{n + 1} }}"
        " } } }"
        for n in range(levels)
    ]
    return f'{{ organization(key: "a") {{ ...F0 }} }} {" ".join(parts)} fragment F{levels} on Organization {{ key }}'


def _nested(depth: int, open_: str = "a{", inside: str = "a", close: str = "}") -> str:
    return open_ * depth + inside + close * depth


def _branching(levels: int) -> str:
    """Both ends of each link, and of their links: without an alias, so that only depth and cost can refuse it."""
    inside = "key"
    for _ in range(levels):
        inside = f"links {{ nodes {{ source {{ {inside} }} target {{ {inside} }} }} }}"
    return f'{{ organization(key: "iren") {{ {inside} }} }}'


def _chain(length: int, spread: str) -> str:
    """Fragments each of which spreads the next as `spread` says."""
    parts = [f"fragment F{n} on Query {{ {spread.format(next=f'...F{n + 1}')} }}" for n in range(length)]
    return "{ ...F0 } " + " ".join(parts) + f" fragment F{length} on Query {{ dataThrough }}"


def _circle(length: int) -> str:
    return "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % length} }}" for n in range(length))


INTROSPECTION = "fields { type { fields { type { fields { type { fields { name } } } } } } }"
HOSTILE: dict[str, str] = {
    **{f"fragments doubling {n} times": doubling(n) for n in (3, 5, 8, 12, 20, 25)},
    **{f"fragments doubling by field {n} times": _branching(n) for n in (3, 4, 6)},
    **{f"fragments doubling in line {n} times": _chain(n, "{next} {next}") for n in (5, 20, 60, 120, 500)},
    **{f"fragments doubling by alias {n} times": _chain(n, "a: graph {{ lens {{ validOn }} }} {next} {next}") for n in (4, 10, 40)},
    **{f"fragments doubling by graph {n} times": _chain(n, "... {{ {next} }} ... on Query {{ {next} }}") for n in (5, 20, 80)},
    "fragments nesting in line": _chain(54, "... {{ " * 9 + "{next}" + " }}" * 9),
    **{f"circle of {n} fragments": _circle(n) for n in (1, 2, 3, 50, 200)},
    "circle through fields": "{ organization(key: \"a\") { ...A } } fragment A on Organization { links { nodes { source { ...A } } } }",
    **{f"{n} aliases": "{ " + " ".join(f"a{i}: dataThrough" for i in range(n)) + " }" for n in (31, 600, 1_000, 5_000)},
    **{f"{n} aliases of a list": "{ " + " ".join(f"a{i}: links(first: 500) {{ nodes {{ key }} }}" for i in range(n)) + " }" for n in (30, 100, 500)},
    **{f"{n} fields twice": "{ " + "dataThrough " * n + "}" for n in (100, 1_600, 10_000)},
    **{f"{n} objects twice": "{ " + "dataVersion { id } " * n + "}" for n in (100, 490)},
    "objects twice in line": "{ " + "... { dataVersion { id } } " * 280 + "}",
    **{f"{n} fragments that ask the same": "{ " + " ".join(f"...F{i}" for i in range(n)) + " }" + " ".join(f"fragment F{i} on Query {{ links {{ nodes {{ key }} }} }}" for i in range(n)) for n in (20, 100)},
    **{f"{n} known directives": "{ dataThrough " + "@skip(if: false) " * n + "}" for n in (51, 250, 5_000)},
    **{f"{n} unknown directives": "{ dataThrough " + "@x" * n + " }" for n in (51, 900, 5_000)},
    "directives on everything": "query($v: Int @x) @x { ... @x { ...F @x } } fragment F on Query @x { links(first: $v) @x { totalCount @x } }",
    **{f"{n} comments": "#\n" * n + "{ __typename }" for n in (1_000, 9_000, 20_000)},
    "one long comment": "#" + "x" * 10_000_000 + "\n{ __typename }",
    **{f"depth {n}": "{" + _nested(n) + "}" for n in (16, 40, 90, 400, 2_000)},
    "depth of known fields": "{ " + _nested(10, "links(first: 1) { nodes { source { ", "key", " } } }") + " }",
    **{f"in line {n} deep": "{" + _nested(n, "...{", "__typename") + "}" for n in (40, 300, 2_000)},
    **{f"list value {n} deep": "{ nodes(ids: " + _nested(n, "[", "1", "]") + ") { id } }" for n in (50, 900, 5_000)},
    "object value deep": "{ links(where: " + _nested(150, "{not: ", "{}", "}") + ") { totalCount } }",
    **{f"list value of {n}": "{ nodes(ids: [" + '"a" ' * n + "]) { id } }" for n in (501, 1_900, 5_000)},
    "or of many": "{ links(where: {or: [" + '{key: {eq: "a"}} ' * 220 + "]}) { totalCount } }",
    "an integer of 5,000 digits": "{ links(first: " + "9" * 5_000 + ") { totalCount } }",
    "deep introspection": "{ __schema { types { " + INTROSPECTION + " } } }",
    "deep introspection by name": '{ __type(name: "Link") { ' + INTROSPECTION + " } }",
    "deep introspection in fragments": '{ __type(name: "Link") { ...T } } fragment T on __Type { fields { type { ...U } } } fragment U on __Type { fields { type { ...V } } } fragment V on __Type { fields { type { fields { name } } } }',
    "many schemas": "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(200)) + " }",
    "an operation named __schema": "query __schema { links(first: 500) { nodes { source { links { nodes { source { links { totalCount } } } } } } } }",
    "a fragment named __schema": "{ ...__schema } fragment __schema on Query { links(first: 500) { nodes { source { links { nodes { source { links { totalCount } } } } } } } }",
    "an alias named __schema": "{ __schema: links(first: 500) { nodes { source { links { nodes { source { links { totalCount } } } } } } } }",
    "pages in pages": "{ organizations(first: 500) { nodes { links(first: 500) { nodes { statements(first: 500) { nodes { id } } } } } } }",
    "pages in pages by default": "{ organizations { nodes { links { nodes { source { links { nodes { key } } } } } } } }",
    "many lenses": "{ " + " ".join(f'a{n}: graph(lens: {{validOn: "2026-01-{n + 1:02}"}}) {{ dataThrough }}' for n in range(28)) + " }",
    "many variables": "query(" + " ".join(f"$v{n}: Int" for n in range(400)) + ") { __typename }",
    "type definitions": "type A { a: A } " * 200 + "{ __typename }",
    "a string without an end": '{ organization(key: "' + "x" * 15_000,
    "a block string": '{ organization(key: """' + '\\"""' * 3_000 + '""") { key } }',
    "nothing but braces": "{" * 20_000,
    "NUL": "{ \x00 }",
    "nothing but spaces": " " * 10_000,
}  # fmt: skip
NESTED_VARIABLES: Any = {"not": {}}
for _ in range(200):
    NESTED_VARIABLES = {"not": NESTED_VARIABLES}
