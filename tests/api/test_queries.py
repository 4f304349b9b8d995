"""Every document of tests/queries answers, and together they ask for everything the schema has.

A field, argument, filter operator or order that no document asks for fails here: write one for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    EnumValueNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from graph.settings import PROJECT
from tests.api.conftest import Ask, data_of
from tests.printed_schema import printed_schema

DOCUMENTS = sorted((PROJECT / "tests" / "queries").glob("*.graphql"))
SUBSCRIPTIONS = sorted((PROJECT / "tests" / "subscriptions").glob("*.graphql"))
"""Run by test_live.py."""
ELSEWHERE = {"DataVersion.recordedAt"}
"""Asked by test_graphql.py, because it differs from load to load."""
WRITING = {"Mutation", "WriteResult", "AddStatementsInput"}
"""Asked by test_writing.py, because it changes what is asked."""
EMPTY = {"slippage", "slippageTable"}
"""No date of the facts has moved so far; test_analytics.py asks a small world in which one has."""
CHOSEN_BETWEEN = ("SortDirection", "LinkDirection", "Certainty", "EntityKind", "LinkType", "CapacityBasis")
"""Enums each of whose values changes what a store has to do."""
SCHEMA = printed_schema()
COMPOSITE = [
    type_
    for name, type_ in SCHEMA.type_map.items()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__") and name not in WRITING
]


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def variables_of(document: Path) -> dict[str, Any]:
    beside = document.with_suffix(".json")
    return dict(json.loads(beside.read_text(encoding="utf-8"))) if beside.exists() else {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])
async def test_document_answers(document: Path, ask: Ask) -> None:
    data = await data_of(ask, text_of(document), variables_of(document))
    assert data
    assert [name for name, value in data.items() if name not in EMPTY and not _holds_something(value)] == []


def _holds_something(value: Any) -> bool:
    """Whether there is a row or a value in it, and not only empty lists."""
    if isinstance(value, dict):
        return value.get("totalCount") != 0 and any(_holds_something(part) for part in value.values())
    return any(_holds_something(part) for part in value) if isinstance(value, list) else value is not None


class _Seen(Visitor):
    """Collects what documents ask for, as coordinates of the schema."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.fields: set[str] = set()
        self.arguments: set[str] = set()
        self.inputs: set[str] = set()
        self.values: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.fields.add(f"{self.info.get_parent_type()}.{node.name.value}")
        self.arguments |= {f"{node.name.value}({argument.name.value})" for argument in node.arguments or ()}

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        type_ = get_named_type(self.info.get_input_type())
        self.inputs |= {f"{type_}.{field.name.value}" for field in node.fields}

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        self.values.add(f"{get_named_type(self.info.get_input_type())}.{node.value}")


@pytest.fixture(scope="module")
def seen() -> _Seen:
    info = TypeInfo(SCHEMA)
    found = _Seen(info)
    for document in (*DOCUMENTS, *SUBSCRIPTIONS):
        visit(parse(document.read_text(encoding="utf-8")), TypeInfoVisitor(info, found))
    return found


def test_every_field_is_asked_for(seen: _Seen) -> None:
    fields = {f"{type_.name}.{name}" for type_ in COMPOSITE for name in type_.fields}
    assert sorted(fields - seen.fields - ELSEWHERE) == []


def test_every_argument_is_given(seen: _Seen) -> None:
    arguments = {
        f"{name}({argument})" for type_ in COMPOSITE for name, field in type_.fields.items() for argument in field.args
    }
    assert sorted(arguments - seen.arguments) == []


def test_every_filter_operator_order_and_part_of_a_lens_is_given(seen: _Seen) -> None:
    inputs = [
        type_
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLInputObjectType) and name not in WRITING
    ]
    assert sorted({f"{type_.name}.{name}" for type_ in inputs for name in type_.fields} - seen.inputs) == []


def test_every_choice_that_a_store_acts_on_is_given(seen: _Seen) -> None:
    values = {f"{name}.{value}" for name in CHOSEN_BETWEEN for value in SCHEMA.type_map[name].values}  # type: ignore[attr-defined]
    assert sorted(values - seen.values) == []


def test_no_document_is_a_copy_of_another() -> None:
    texts = [document.read_text(encoding="utf-8") for document in DOCUMENTS]
    assert len(texts) >= 45
    assert len(set(texts)) == len(texts)
