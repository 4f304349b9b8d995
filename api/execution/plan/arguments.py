"""The arguments of the fields of a document: literals are read when it is compiled, variables once for each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLField, Node, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from api.context.fields import Field
from api.schema.build import schema


class Variables(VariableValues):
    """The variables of a request, and the arguments that were read of them."""

    read: dict[FieldArguments, Mapping[str, Any]]
    read_ahead: bool
    """Whether fields may read what is shown beneath their rows together with them, where the store does that."""

    @staticmethod
    def of(values: VariableValues, *, read_ahead: bool) -> Variables:
        variables = Variables(values.sources, values.coerced)
        variables.read, variables.read_ahead = {}, read_ahead
        return variables


class FieldArguments:
    """The arguments of one field of a document, as its `read` takes them."""

    def __init__(self, field: Field, definition: GraphQLField, node: FieldNode) -> None:
        varying = {one.name.value for one in node.arguments or () if has_variables(one)}
        self._varying = _Arguments(field, definition, node, varying)
        self._fixed = _Arguments(field, definition, node, definition.args.keys() - varying).read(None)
        self.constant = None if varying else self._fixed
        """Those of every request alike; None where variables stand in them."""

    def of(self, variables: Variables) -> Mapping[str, Any]:
        """Raises GraphQLError for what the schema does not take."""
        if self.constant is not None:
            return self.constant
        if self not in variables.read:
            variables.read[self] = {**self._fixed, **self._varying.read(variables)}
        return variables.read[self]


class _Arguments:
    """Some of the arguments of a field."""

    def __init__(self, field: Field, definition: GraphQLField, node: FieldNode, names: set[str]) -> None:
        self._field = field
        self._node = node
        self._definition = GraphQLField(definition.type, {name: definition.args[name] for name in sorted(names)})
        named = schema.config.name_converter.from_argument
        self._arguments = [one for one in field.arguments if named(one) in names]

    def read(self, variables: VariableValues | None) -> dict[str, Any]:
        values = get_argument_values(self._definition, self._node, variables)
        registry = schema.schema_converter.scalar_registry
        return self._field.with_defaults(convert_arguments(values, self._arguments, registry, schema.config))


class _Variables(Visitor):
    found = False

    def enter_variable(self, _: VariableNode, *__: Any) -> None:
        self.found = True


def has_variables(node: Node) -> bool:
    """Whether variables stand in a part of a document."""
    seen = _Variables()
    visit(node, seen)
    return seen.found
