"""The documents of tests/queries together ask for everything the schema has; test_both_stores.py runs each.

A field, argument, filter operator or order that no document asks for fails here: write one for it."""

from __future__ import annotations

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
from tests.printed_schema import printed_schema

DOCUMENTS = sorted((PROJECT / "tests" / "queries").glob("*.graphql"))
SUBSCRIPTIONS = sorted((PROJECT / "tests" / "subscriptions").glob("*.graphql"))
"""Run by test_live.py."""
ELSEWHERE = {"DataVersion.recordedAt"}
"""Asked by test_graphql.py, because it differs from load to load."""
WRITING = {"Mutation", "WriteResult", "AddStatementsInput"}
"""Asked by test_writing.py, because it changes what is asked."""
CHOSEN_BETWEEN = ("SortDirection", "LinkDirection", "Certainty", "EntityKind", "LinkType", "CapacityBasis")
"""Enums each of whose values changes what a store has to do."""
SCHEMA = printed_schema()
COMPOSITE = [
    type_
    for name, type_ in SCHEMA.type_map.items()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__") and name not in WRITING
]


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
    assert len(set(texts)) == len(texts)
