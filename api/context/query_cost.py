"""The cost of a query, computed in one pass over the parsed document before it runs.

The cost is the maximum number of rows in the answer. A row is an object with an id, or an element of a list
whose objects have none; so money or a page's info is part of its row, and an edge is the row it leads to.

    field with first or last         its size (default 50, at most 500) times the rows of one element
    nodes(ids)                       the number of ids times the rows of one element
    any other list of objects        MAX_UNPAGED times the rows of one element: such a list shows no more
    a single object with an id       1, and the rows in it
    a lens of its own                LENS_COST: its projection has to be made
    an analytic                      what it takes to compute (api/schema/analytics.py), in addition to its rows
    introspection                    nothing

A query that costs more than the limit by its arguments alone is measured again by what the store holds: a list then
counts no more rows than there are of its label or type, than a parent can have, than a row lists, or than the keys that
its filter names (`api/schema/row_bounds.py`).

A connection costs its page even where only `totalCount` is selected, because the page is read. Selections under `@skip`
and `@include` count, and a field that is selected twice counts twice. A fragment is measured once, however often it is
spread, so the time is linear in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    value_from_ast_untyped,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graph.errors import QueryTooDeep
from graph.stores.query import DEFAULT_PER_PAGE, MAX_PER_PAGE, MAX_UNPAGED
from graph.stores.sizes import Sizes

LENS_COST = 5_000
"""The cost of a lens: projecting all statements takes as long as answering with some thousand rows."""
PAGE_SIZE_ARGUMENTS = ("first", "last")
_MAX_DIGITS = 18
"""No page size has more, and Python converts only so many."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The measured figures of a part of a document. `each` counts rows per row of the list around the part."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    rows: int = 0
    each: int = 0

    def combine(self, sibling: Figures) -> Figures:
        """The figures of two parts that stand in one selection set."""
        return Figures(
            max(self.depth, sibling.depth),
            self.aliases + sibling.aliases,
            self.directives + sibling.directives,
            self.rows + sibling.rows,
            self.each + sibling.each,
        )

    def scale(self, size: int) -> int:
        """The rows where the list around the part has `size` rows."""
        return self.rows + self.each * size


ZERO = Figures()


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    sizes: Sizes | None = None,
) -> Figures:
    """The figures of one operation. The document need not be valid: fields that the schema does not have cost nothing.
    With `sizes`, pages count at most the rows that there are; the document has to be valid then.

    Raises QueryTooDeep where nested fragments exceed Python's recursion limit."""
    return _total(QueryMeasurement(schema, document, operation, variables, sizes))


def _total(measurement: QueryMeasurement) -> Figures:
    with suppress(RecursionError):
        return measurement.total()
    # outside of the block, so that the error does not hold a thousand frames
    raise QueryTooDeep("The query is nested too deeply to be measured.", remedy="Ask for less at a time.")


class Measurements:
    """The figures of the operations of one document without sizes, kept by the values of the variables that they follow
    from."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema, self._document = schema, document
        self._read: dict[str, tuple[str, ...]] = {}
        """The variables that the figures of an operation follow from, by its name."""
        self._figures: dict[tuple[Any, ...], Figures] = {}

    def of(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Figures:
        """As `measure`."""
        name = operation.name.value if operation.name else ""
        key = self._key(name, variables)
        if key is not None and key in self._figures:
            return self._figures[key]
        measurement = QueryMeasurement(self._schema, self._document, operation, variables)
        figures = _total(measurement)
        self._read.setdefault(name, tuple(sorted(measurement.read)))
        key = self._key(name, variables)
        if key is not None:
            if len(self._figures) >= MAX_MEASURED:
                self._figures.clear()
            self._figures[key] = figures
        return figures

    def _key(self, name: str, variables: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """None where the variables are not known, or have values that are not plain."""
        if name not in self._read:
            return None
        values = [variables.get(one, Undefined) for one in self._read[name]]
        if not all(isinstance(value, _PLAIN) or value is Undefined for value in values):
            return None
        return (name, *values, *map(type, values))


MAX_MEASURED = 64
_PLAIN = (int, float, type(None))
_ResponseKeys = set[tuple[str, str]]
"""Fields that a selection set has selected so far: the type, and the name in the answer."""


@dataclass(slots=True)
class QueryMeasurement:
    """The pass over one operation. `visited` counts the selections."""

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    sizes: Sizes | None = None
    visited: int = 0
    read: set[str] = field(default_factory=set)
    """The variables that the figures follow from, where there are no sizes."""
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _whole_variables: dict[str, Any] = field(default_factory=dict)
    """All variables with a value, defaults included; a literal is read whole only where the document is valid."""
    _fragment_figures: dict[str, Figures] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            one.name.value: one for one in self.document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        if self.sizes is not None:
            definitions = self.operation.variable_definitions or ()
            defaults = {one.variable.name.value: one.default_value for one in definitions if one.default_value}
            self._whole_variables = {name: value_from_ast_untyped(value) for name, value in defaults.items()}
            self._whole_variables |= self.variables

    def total(self) -> Figures:
        """The figures of the operation."""
        operation = self.operation
        directives = len(operation.directives or ()) + sum(
            len(one.directives or ()) for one in operation.variable_definitions or ()
        )
        inside = self._selection_set(operation.selection_set, self.schema.get_root_type(operation.operation), set())
        rows = inside.scale(MAX_UNPAGED)
        return Figures(inside.depth, inside.aliases, directives + inside.directives, rows)

    def _selection_set(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, response_keys: _ResponseKeys
    ) -> Figures:
        figures = ZERO
        for node in selections.selections:
            figures = figures.combine(self._selection(node, parent, response_keys))
        return figures

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, response_keys: _ResponseKeys) -> Figures:
        self.visited += 1
        own = Figures(directives=len(node.directives or ()))
        match node:
            case FieldNode():
                return own.combine(self._field(node, parent, response_keys))
            case InlineFragmentNode():
                type_ = self._condition_type(node) or parent
                return own.combine(self._selection_set(node.selection_set, type_, response_keys))
            case FragmentSpreadNode():
                return own.combine(self._fragment(node.name.value))
        return own

    def _fragment(self, name: str) -> Figures:
        fragment = self._fragments.get(name)
        if fragment is not None and name not in self._fragment_figures:
            self._fragment_figures[name] = ZERO  # ends a cycle of fragments, which validation refuses
            own = Figures(directives=len(fragment.directives or ()))
            inside = self._selection_set(fragment.selection_set, self._condition_type(fragment), set())
            self._fragment_figures[name] = own.combine(inside)
        return self._fragment_figures.get(name, ZERO)

    def _condition_type(self, fragment: InlineFragmentNode | FragmentDefinitionNode) -> GraphQLNamedType | None:
        condition = fragment.type_condition
        return self.schema.get_type(condition.name.value) if condition else None

    # ---- fields

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, response_keys: _ResponseKeys) -> Figures:
        response_key = (str(parent), (node.alias or node.name).value)
        aliased = int(node.alias is not None or response_key in response_keys)
        response_keys.add(response_key)
        if node.selection_set is None:
            return Figures(1, aliased)
        if self._introspects(node, parent):
            inside = self._selection_set(node.selection_set, None, set())
            return Figures(1, aliased + inside.aliases, inside.directives)
        definition = _definition(parent, node)
        inside = self._selection_set(node.selection_set, get_named_type(definition.type) if definition else None, set())
        rows, each = self._rows(definition, node, inside) if definition else (0, 0)
        return Figures(inside.depth + 1, aliased + inside.aliases, inside.directives, rows, each)

    def _introspects(self, node: FieldNode, parent: GraphQLNamedType | None) -> bool:
        return node.name.value in ("__schema", "__type") and parent is self.schema.query_type

    def _rows(self, definition: GraphQLField, node: FieldNode, inside: Figures) -> tuple[int, int]:
        """Rows of a field; and, for a list whose size the field above gives, rows per element."""
        size = self._size(definition, node)
        has_id = _has_id(get_named_type(definition.type))
        if isinstance(get_nullable_type(definition.type), GraphQLList):
            rows = inside.scale(MAX_UNPAGED)
            element = 1 + rows if has_id else max(1, rows)
            if size is None and (bound := self._bound(definition, node)) is not None:
                size = min(bound, MAX_UNPAGED)
            return (0, element) if size is None else (size * element + self._computation(definition, node), 0)
        rows = inside.scale(MAX_UNPAGED if size is None else size)
        own = LENS_COST * self._lenses(definition, node) + self._computation(definition, node)
        return max(size or 0, int(has_id) + rows) + own, 0

    def _size(self, definition: GraphQLField, node: FieldNode) -> int | None:
        """The number of rows that the arguments of a field request; None where it has no such argument.

        A size out of bounds is an error when the query runs, and returns nothing."""
        if any(name in definition.args for name in PAGE_SIZE_ARGUMENTS):
            values = (self._argument(definition, node, name) for name in PAGE_SIZE_ARGUMENTS)
            sizes = [int(min(max(size, 0), MAX_PER_PAGE)) for size in values if _is_number(size)]
            requested, bound = max(sizes, default=DEFAULT_PER_PAGE), self._bound(definition, node)
            return requested if bound is None else min(requested, bound)
        if "ids" in definition.args:
            ids = self._argument(definition, node, "ids")
            return min(len(ids), MAX_PER_PAGE) if isinstance(ids, list) else 1
        return None

    def _bound(self, definition: GraphQLField, node: FieldNode) -> int | None:
        """How many rows there can be of a list; None where that is not known."""
        at_most = getattr(definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "at_most", None)
        if self.sizes is None or at_most is None:
            return None
        arguments = {
            one.name.value: value_from_ast_untyped(one.value, self._whole_variables) for one in node.arguments or ()
        }
        return int(at_most(self.sizes, arguments))

    def _lenses(self, definition: GraphQLField, node: FieldNode) -> int:
        names = [name for name, one in definition.args.items() if str(get_named_type(one.type)) == "LensInput"]
        return sum(self._argument(definition, node, name) is not None for name in names)

    def _computation(self, definition: GraphQLField, node: FieldNode) -> int:
        """The cost of computing an analytic."""
        costs: Mapping[str, int] = getattr(
            definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "cost", {}
        )
        return sum(cost for name, cost in costs.items() if not name or self._argument(definition, node, name))

    # ---- values

    def _argument(self, definition: GraphQLField, node: FieldNode, name: str) -> Any:
        """The value of an argument, its default where it is null or absent, or None."""
        argument = next((one for one in node.arguments or () if one.name.value == name), None)
        value = self._argument_value(argument) if argument else None
        if (value is None or value is Undefined) and name in definition.args:
            value = definition.args[name].default_value
        return None if value is Undefined else value

    def _argument_value(self, argument: ArgumentNode) -> Any:
        value = argument.value
        if not isinstance(value, VariableNode):
            return _literal(value)
        self.read.add(value.name.value)
        if value.name.value in self.variables:
            return self.variables[value.name.value]
        return self._variable_default(value.name.value)

    def _variable_default(self, variable: str) -> Any:
        for one in self.operation.variable_definitions or ():
            if one.variable.name.value == variable and one.default_value is not None:
                return _literal(one.default_value)
        return Undefined


def _literal(value: ValueNode) -> Any:
    """A literal, as far as its size matters: a list may hold variables."""
    if isinstance(value, ListValueNode):
        return list(value.values)
    if isinstance(value, NullValueNode):
        return None
    if isinstance(value, IntValueNode) and len(value.value) > _MAX_DIGITS:
        return MAX_PER_PAGE
    return value_from_ast_untyped(value)


def _is_number(value: Any) -> bool:
    """Whether a value is a number other than NaN; GraphQL accepts a whole float for Int."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _definition(parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        definition: GraphQLField | None = parent.fields.get(node.name.value)
        return definition
    return None


def _has_id(type_: GraphQLNamedType) -> bool:
    """Whether the objects of a type have an id: the type is the interface `Node`, or implements it."""
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return type_.name == "Node" or any(one.name == "Node" for one in type_.interfaces)
    return False
