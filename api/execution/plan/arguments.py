"""The arguments of the fields of a document: literals are read when it is compiled, variables once for each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from api.context.fields import Field
from api.schema.build import schema


class FieldArguments:
    """The arguments of one field of a document, as its `read` takes them."""

    def __init__(self, field: Field, definition: GraphQLField, node: FieldNode) -> None:
        self._field, self._definition, self._node = field, definition, node
        self.constant = None if has_variables(node) else self._read(None)
        """Those of every request alike; None where variables stand in them."""

    def of(self, variables: VariableValues) -> Mapping[str, Any]:
        """Raises GraphQLError for what the schema does not take."""
        return self._read(variables) if self.constant is None else self.constant

    def _read(self, variables: VariableValues | None) -> Mapping[str, Any]:
        values = get_argument_values(self._definition, self._node, variables)
        registry = schema.schema_converter.scalar_registry
        converted = convert_arguments(values, self._field.arguments, registry, schema.config)
        return self._field.with_defaults(converted)


class _Variables(Visitor):
    found = False

    def enter_variable(self, _: VariableNode, *__: Any) -> None:
        self.found = True


def has_variables(node: FieldNode) -> bool:
    """Whether variables stand in the arguments of a field."""
    seen = _Variables()
    for argument in node.arguments or ():
        visit(argument, seen)
    return seen.found
