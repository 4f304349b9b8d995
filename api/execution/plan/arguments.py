"""The arguments of the fields of a document: literals are read when it is compiled, variables once for each request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, FieldNode, GraphQLField, Node, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import UNSET
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from api.context.fields import Field
from api.schema.build import schema

Convert = Callable[[Any], Any]
Execute = Callable[[DocumentNode], Awaitable[ExecutionResult]]
"""The reference executor."""


class Variables(VariableValues):
    """The variables of a request, and the arguments that were read of them."""

    read: dict[FieldArguments, Mapping[str, Any]]
    read_ahead: bool
    """Whether fields may read what is shown beneath their rows together with them, where the store does that."""
    execute: Execute
    """Answers a document with these variables field by field."""

    @staticmethod
    def of(values: VariableValues, execute: Execute, *, read_ahead: bool) -> Variables:
        variables = Variables(values.sources, values.coerced)
        variables.read, variables.execute, variables.read_ahead = {}, execute, read_ahead
        return variables


class FieldArguments:
    """The arguments of one field of a document, as its `read` takes them."""

    def __init__(self, field: Field, definition: GraphQLField, node: FieldNode) -> None:
        varying = {one.name.value for one in node.arguments or () if has_variables(one)}
        self._varying = _SomeArguments(field, definition, node, varying)
        self._fixed = _SomeArguments(field, definition, node, definition.args.keys() - varying).read(None)
        self.constant = None if varying else self._fixed
        """Those of every request alike; None where variables stand in them."""

    def of(self, variables: Variables) -> Mapping[str, Any]:
        """Raises GraphQLError for what the schema does not take."""
        if self.constant is not None:
            return self.constant
        if self not in variables.read:
            variables.read[self] = {**self._fixed, **self._varying.read(variables)}
        return variables.read[self]


class _SomeArguments:
    """Some of the arguments of a field."""

    def __init__(self, field: Field, definition: GraphQLField, node: FieldNode, names: set[str]) -> None:
        self._field = field
        self._node = node
        self._definition = GraphQLField(definition.type, {name: definition.args[name] for name in sorted(names)})
        named = schema.config.name_converter.from_argument
        arguments = {named(one): one for one in field.arguments}
        self._parts = {name: (str(arguments[name].python_name), converter(arguments[name].type)) for name in names}

    def read(self, variables: VariableValues | None) -> dict[str, Any]:
        values = get_argument_values(self._definition, self._node, variables) if self._parts else {}
        converted = {}
        for name, value in values.items():
            python_name, convert = self._parts[name]
            converted[python_name] = convert(value)
        return self._field.with_defaults(converted)


# ---- values as the reference executor converts them: `strawberry.types.arguments.convert_argument`, which looks up the
# names of all fields of an input for each value


@cache
def converter(type_: Any) -> Convert:
    """Makes of a value that the schema has taken what a field takes."""
    if isinstance(type_, StrawberryOptional):
        return converter(type_.of_type)
    if isinstance(type_, StrawberryList):
        convert = converter(type_.of_type)
        return lambda values: None if values is None else [convert(value) for value in values]
    definition = get_object_definition(type_)
    if definition is None:
        return lambda value: value
    return _InputConverter(type_, definition.fields)


class _InputConverter:
    """Makes objects of an input."""

    def __init__(self, type_: Any, fields: Sequence[StrawberryField]) -> None:
        self._type, self._fields = type_, fields
        self._parts: Mapping[str, tuple[str, Convert]] = {}

    def __call__(self, value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if not self._parts:  # not before: inputs refer to themselves
            named = schema.config.name_converter.from_field
            self._parts = {named(one): (one.python_name, converter(cast(Hashable, one.type))) for one in self._fields}
        parts = ((self._parts[name], part) for name, part in value.items())
        return self._type(**{name: convert(part) for (name, convert), part in parts})


class _VariableFinder(Visitor):
    found = False

    def enter_variable(self, _: VariableNode, *__: Any) -> None:
        self.found = True


def has_variables(node: Node) -> bool:
    """Whether variables stand in a part of a document."""
    seen = _VariableFinder()
    visit(node, seen)
    return seen.found
