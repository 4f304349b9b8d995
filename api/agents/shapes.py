"""Pydantic models of answers, made from the GraphQL documents behind them: a field that a document selects is one of
the model, and there are no others.

Two things read otherwise than in GraphQL: a source is its key, since an answer lists its sources once; and `evidence`,
a connection of statements, is the keys of the sources of those that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    parse,
)
from pydantic import BaseModel, ConfigDict, create_model

from api.schema.build import schema

EVIDENCE = "evidence"
SOURCE = "Source"
_SCALARS: Mapping[str, Any] = {"Int": int, "Float": float, "Boolean": bool, "JSON": Any}
"""All others are texts: codes, keys, dates."""


class Shape(BaseModel):
    """What models of answers have in common."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class AgentSource(Shape):
    """A source that the answer rests on. Its texts are the publisher's."""

    key: str
    publisher: str
    title: str | None
    url: str
    published: str | None
    kind: str
    reliability: str
    origin: str
    read: str


def result_model(name: str, document: str) -> type[Shape]:
    """The model of what an operation selects, apart from the fragment `Frame`."""
    return _Models(parse(document)).operation(name)


# ---- in short


def outline(model: type[Shape]) -> str:
    """The names of its fields, those of a part in braces, of a list of parts after brackets: `links[]{key type}`."""
    return " ".join(_outlined(name, field.annotation) for name, field in model.model_fields.items())


def _outlined(name: str, annotation: Any) -> str:
    part, is_list = part_of(annotation)
    return name if part is None else f"{name}{'[]' if is_list else ''}{{{outline(part)}}}"


def part_of(annotation: Any) -> tuple[type[Shape] | None, bool]:
    """The model that a field holds, None for plain values; and whether it holds a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation, False
    for one in get_args(annotation):
        part, is_list = part_of(one)
        if part is not None:
            return part, is_list or get_origin(annotation) is list
    return None, False


class _Models:
    """The models of one document; equal selections share one."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = document.definitions
        (self._operation,) = (one for one in definitions if isinstance(one, OperationDefinitionNode))
        self._fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        self._made: dict[tuple[tuple[str, str], ...], type[Shape]] = {}
        self._names: dict[str, int] = {}

    def operation(self, name: str) -> type[Shape]:
        query = schema.core.query_type
        assert query is not None  # noqa: S101 (the schema has one)
        fields = dict(self._fields(query, self._operation.selection_set, leave_out="Frame"))
        return create_model(f"{name}Result", __base__=Shape, **fields)

    def _fields(
        self, parent: GraphQLNamedType, selected: SelectionSetNode, *, leave_out: str = "", optional: bool = False
    ) -> Iterator[tuple[str, Any]]:
        """Name and type of each field. What only some types of an interface have may be missing."""
        for one in selected.selections:
            if isinstance(one, FieldNode):
                type_ = self._field_type(parent, one)
                yield _response_name(one), (type_ | None, None) if optional else (type_, ...)
            elif isinstance(one, FragmentSpreadNode) and one.name.value != leave_out:
                yield from self._fields(parent, self._fragments[one.name.value].selection_set, optional=optional)
            elif isinstance(one, InlineFragmentNode) and one.type_condition:
                of = schema.core.type_map[one.type_condition.name.value]
                yield from self._fields(of, one.selection_set, optional=True)

    def _field_type(self, parent: GraphQLNamedType, node: FieldNode) -> Any:
        if node.name.value == "__typename":
            return str
        if _response_name(node) == EVIDENCE:
            return list[str]
        type_: GraphQLOutputType = parent.fields[node.name.value].type  # type: ignore[attr-defined]  # has fields
        return self._type(type_, node)

    def _type(self, type_: Any, node: FieldNode) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._non_null(type_.of_type, node)
        inner = self._non_null(type_, node)
        return inner if inner is Any else inner | None

    def _non_null(self, type_: Any, node: FieldNode) -> Any:
        if isinstance(type_, GraphQLList):
            return list[self._type(type_.of_type, node)]  # type: ignore[misc]  # a type that is made here
        named = get_named_type(type_)
        if named.name == SOURCE:
            return str
        if is_leaf_type(named) or node.selection_set is None:
            return _SCALARS.get(named.name, str)
        return self._model(named, node.selection_set)

    def _model(self, named: GraphQLNamedType, selected: SelectionSetNode) -> type[Shape]:
        fields = dict(self._fields(named, selected))
        key = (("", named.name), *((name, repr(one)) for name, one in fields.items()))
        if key not in self._made:
            count = self._names[named.name] = self._names.get(named.name, 0) + 1
            name = named.name if count == 1 else f"{named.name}{count}"
            self._made[key] = create_model(name, __base__=Shape, **fields)
        return self._made[key]


def _response_name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
