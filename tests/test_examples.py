"""Examples of GraphQL, in the documentation, GraphiQL and on the front page, cannot be misread: where one shows how
much a link is about, it shows or selects how firm the link is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from graphql import (
    FieldNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    print_ast,
    visit,
)

from api.http.graphiql import read_examples
from graph.settings import PROJECT

SCHEMA = build_schema((PROJECT / "api" / "schema.graphql").read_text(encoding="utf-8"))
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
AMOUNTS = {"value", "valueFirmUsd", "capacity", "capacities", "statedCapacity"}
FIRMNESS = {"status", "commitment"}


def _documents() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, one in enumerate(re.findall(r"^```graphql\n(.*?)^```$", text, re.M | re.S)):
            yield f"{page.name} {number}", one
        for number, one in enumerate(_queries_of_curl(text)):
            yield f"{page.name} curl {number}", one
    for example in read_examples():
        yield example.name, example.query
    home = (PROJECT / "api" / "pages" / "templates" / "home.html.j2").read_text(encoding="utf-8")
    yield from (("front page", one) for one in _queries_of_curl(home))


def _queries_of_curl(text: str) -> list[str]:
    found = re.findall(r'\{"query": "((?:[^"\\]|\\.)*)"', text)
    return [one.replace('\\"', '"') for one in found if "subscription" not in one and "mutation" not in one]


DOCUMENTS = dict(_documents())


PARTS = {"basis", "stage", "phase"}
"""What tells megawatts of a part of a contract from those of the whole."""


def _tells_parts(capacities: FieldNode) -> bool:
    selected = capacities.selection_set.selections if capacities.selection_set else ()
    names = {one.name.value for one in selected if isinstance(one, FieldNode)}
    return "mw" not in names or names >= PARTS


class _Firmness(Visitor):
    """Collects the selections of links that show an amount, and neither show nor select how firm the link is; and those
    that show megawatts without what part of the contract they are."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.filters: list[str] = []
        self.bare: list[str] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.filters.append(" ".join(print_ast(one) for one in node.arguments or ()))

    def leave_field(self, *_: object) -> None:
        self.filters.pop()

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        parent = self.types.get_parent_type()
        if parent is None or parent.name != "Link":
            return
        names = {one.name.value for one in node.selections if isinstance(one, FieldNode)}
        said = " ".join(self.filters)
        parts = [one for one in node.selections if isinstance(one, FieldNode) and one.name.value == "capacities"]
        if any(not _tells_parts(one) for one in parts) or (
            names & AMOUNTS and not all(one in names or f"{one}:" in said for one in FIRMNESS)
        ):
            self.bare.append(print_ast(node))


def bare_amounts(document: str) -> list[str]:
    types = TypeInfo(SCHEMA)
    visitor = _Firmness(types)
    visit(parse(document), TypeInfoVisitor(types, visitor))
    return visitor.bare


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_example_tells_how_firm_its_links_are(name: str) -> None:
    assert bare_amounts(DOCUMENTS[name]) == []


def test_examples_are_found_in_every_place() -> None:
    places = " ".join(DOCUMENTS)
    assert all(
        place in places
        for place in ("README.md 0", "README.md curl", "queries.md", "api.md 0", "front page", "1-who-hosts")
    )


@pytest.mark.parametrize(
    ("document", "number"),
    [
        ("{ links { nodes { value { amount } } } }", 1),
        ("{ links { nodes { status value { amount } } } }", 1),
        ("{ links { nodes { status commitment value { amount } } } }", 0),
        ("{ links(where: {status: {eq: SIGNED}, commitment: {eq: FIRM}}) { nodes { value { amount } } } }", 0),
        ('{ link(key: "a") { ...F } } fragment F on Link { capacities { mw } }', 1),
        ('{ link(key: "a") { status commitment capacities { mw basis } } }', 1),
        ('{ link(key: "a") { status commitment capacities { mw basis stage phase } } }', 0),
        ('{ link(key: "a") { key statements { nodes { value } } } }', 0),
    ],
)
def test_the_check_finds_what_could_be_misread(document: str, number: int) -> None:
    assert len(bare_amounts(document)) == number
