"""docs/api.md says everything that the schema and the errors say, and what it says of answers is so."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLNamedType

from docs.api_page import STATUS_EXAMPLES, StatusExample, anchor, codes, example_of
from graph.settings import PROJECT, Settings
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.glossary import MEANINGS
from graph.vocabulary.model import LINKS
from tests import facts
from tests.api.conftest import client_of
from tests.printed_schema import printed_schema

PAGE = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
SCHEMA = printed_schema()
TYPES = {name: type_ for name, type_ in SCHEMA.type_map.items() if not name.startswith("__")}
ROOTS = ("Query", "Mutation", "Subscription")
CODE = r"[A-Z]+(?:_[A-Z]+)*"
FILES = sorted(path for folder in ("graph", "api") for path in (PROJECT / folder).rglob("*.py"))


def section_of(heading: str) -> str:
    found = re.search(rf"^### {re.escape(heading)}$(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    assert found, heading
    return found[1]


@pytest.mark.slow
def test_every_field_argument_and_value_of_a_type_is_there() -> None:
    names = TYPES.keys() - {*ROOTS, "Graph", "String", "Int", "Float", "Boolean", "ID"}
    assert len(names) > 150
    assert {name: wrong for name in names if (wrong := _rows_of(name) ^ _members(TYPES[name]))} == {}
    described = [(name, field) for name in names for field in getattr(TYPES[name], "fields", {}).items()]
    assert [f"{name}.{field}" for name, (field, about) in described if not _is_told(about, section_of(name))] == []


def _rows_of(heading: str) -> set[str]:
    """What the table under a heading lists."""
    return set(re.findall(r"^\| `([^`]+)`", section_of(heading), re.M))


def _members(type_: GraphQLNamedType) -> set[str]:
    if isinstance(type_, GraphQLEnumType):
        return set(type_.values)
    fields = getattr(type_, "fields", {})
    return fields.keys() | {f"{name}({one}:)" for name, field in fields.items() for one in getattr(field, "args", ())}


def _is_told(field: Any, section: str) -> bool:
    return " ".join(field.description.split()) in section.replace("\\|", "|")


@pytest.mark.parametrize("root", ROOTS[1:])
def test_every_field_that_writes_or_listens_is_there_with_its_arguments(root: str) -> None:
    for name, about in TYPES[root].fields.items():  # type: ignore[attr-defined]
        assert _rows_of(f"{root}.{name}") == about.args.keys()


def test_every_field_of_query_is_there_with_its_arguments_and_an_example() -> None:
    fields = TYPES["Query"].fields  # type: ignore[attr-defined]
    assert fields
    assert [name for name, field in fields.items() if _rows_of(f"Query.{name}") != field.args.keys()] == []
    assert [name for name in fields if not _has_its_example(name)] == []


def _has_its_example(name: str) -> bool:
    example = example_of(name)
    return bool(example) and f"```graphql\n{example.strip()}\n```" in section_of(f"Query.{name}")


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("LinkStatus", "LETTER", "letter of intent, memorandum or term sheet"),
        ("CapacityBasis", "CRITICAL_IT", "before cooling and losses"),
        ("ServiceState", "OVERDUE_UNCONFIRMED", "no source says that it runs"),
        ("LinkType", "MAKES", LINKS["MAKES"].ends.reads),
    ],
)
def test_values_are_there_with_their_meaning(name: str, value: str, meaning: str) -> None:
    [row] = [line for line in section_of(name).splitlines() if line.startswith(f"| `{value}` |")]
    assert meaning in row


def test_each_meaning_belongs_to_a_value() -> None:
    assert [word for choices, members in MEANINGS.items() for word in members if word not in list(choices)] == []


def test_graph_leads_to_the_fields_of_query() -> None:
    links = re.findall(r"\[(\w+)\]\(#query\w+\)", section_of("Graph"))
    assert set(links) == TYPES["Graph"].fields.keys()  # type: ignore[attr-defined]


def test_every_link_within_the_page_leads_to_one_heading() -> None:
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.M | re.S)
    headings = Counter(anchor(one) for one in re.findall(r"^#+ (.*)$", prose, re.M))
    assert set(headings.values()) == {1}
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= headings.keys()


def _texts(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Each `name = "text"` of a body."""
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text))):
                yield name, text


def _codes_in_the_program() -> Iterator[str]:
    """Each `code = "…"` of a class, and each constant of api/context/errors.py that is a code."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name != "WattgraphError":
                yield from (text for name, text in _texts(node.body) if name == "code")
    constants = ast.parse((PROJECT / "api" / "context" / "errors.py").read_text(encoding="utf-8")).body
    yield from (text for _, text in _texts(constants) if re.fullmatch(CODE, text))


@pytest.mark.slow
def test_every_code_that_the_program_can_answer_is_there() -> None:
    found = set(_codes_in_the_program())
    assert {"BAD_QUERY", "BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "INTERNAL", "STORE_TIMEOUT"} <= found
    assert found == codes().keys()
    assert set(re.findall(rf"^\| `({CODE})` \| \S.* \|", PAGE, re.M)) >= found


def test_a_code_has_one_meaning() -> None:
    assert all(what and "\n" not in what for what, _ in codes().values())


def test_every_limit_of_the_settings_is_there() -> None:
    limits = {f"WATTGRAPH_{name.upper()}" for name in Settings.model_fields if name.startswith("limit_")}
    assert set(re.findall(r"`(WATTGRAPH_LIMIT_\w+)`", PAGE)) == limits


@pytest.mark.parametrize("asked", STATUS_EXAMPLES, ids=[one.what for one in STATUS_EXAMPLES])
@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_a_request_is_answered_with_the_status_that_is_written(
    asked: StatusExample, media: str, seeded_small: EmbeddedStore
) -> None:
    async with client_of(seeded_small) as client:
        headers = {"content-type": asked.content_type, "accept": media}
        answer = await client.post("/graphql", content=asked.body.encode(), headers=headers)
    assert answer.status_code == (asked.json if media == "application/json" else asked.graphql)
    assert answer.headers["content-type"].split(";")[0] == media


@pytest.fixture(scope="module")
async def seeded_small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStore]:
    folder = tmp_path_factory.mktemp("page")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder))
    yield store
    await store.close()
