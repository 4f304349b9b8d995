"""What a query may cost, known before it runs: one pass over the parsed document.

The cost is the number of rows that the answer may hold at most. A row is an object with an id, or an element of a list
that holds none; so money or a page's info is part of its row, and an edge is the row it leads to.

    field that takes first or last   its size (default 50, at most 500) times the rows of one element
    nodes(ids)                       the number of ids times the rows of one element
    any other list of objects        MAX_UNPAGED times the rows of one element: such a list shows no more
    a single object with an id       1, and the rows in it
    a lens of its own                LENS_COST: its projection has to be made
    an analytic                      what it takes to compute (api/schema/analytics.py), beside its rows
    introspection                    nothing

A connection costs its page even where only `totalCount` is asked, because the page is read. What stands behind `@skip`
and `@include` counts, and what is asked twice counts twice. A fragment is measured once, however often it is spread,
so that the time is linear in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
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

from graph.errors import (
    QueryRefused,
    QueryTooDeep,
    QueryTooExpensive,
    QueryTooLong,
    TooManyAliases,
    TooManyDirectives,
)
from graph.settings import Settings
from graph.stores.query import DEFAULT_PER_PAGE, MAX_PER_PAGE, MAX_UNPAGED

LENS_COST = 5_000
"""What a lens of its own adds: projecting all statements takes as long as answering with some thousand rows."""
PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings `limit_…` that a request is held to."""

    query_bytes: int
    tokens: int
    depth: int
    aliases: int
    directives: int
    cost: int
    errors: int
    lenses: int
    introspection: bool = field(kw_only=True)
    """Whether the schema may be asked for."""

    @staticmethod
    def of(settings: Settings) -> Limits:
        limits = {one.name: getattr(settings, f"limit_{one.name}") for one in fields(Limits) if not one.kw_only}
        return Limits(**limits, introspection=settings.introspection)

    def check_text(self, document: str) -> None:
        """Raises QueryTooLong."""
        length = len(document.encode(errors="surrogatepass"))
        remedy = "Split it, or send values as variables."
        _check(QueryTooLong, f"The text of the query has {length:,} bytes", length, self.query_bytes, remedy)

    def check_shape(self, figures: Figures) -> None:
        """Raises QueryTooDeep, TooManyAliases, TooManyDirectives."""
        depth, aliases, directives = figures.depth, figures.aliases, figures.directives
        _check(QueryTooDeep, f"The query is {depth:,} fields deep", depth, self.depth, "Ask for less at a time.")
        what = f"The query asks for {aliases:,} fields under another name or again"
        _check(TooManyAliases, what, aliases, self.aliases, "Ask for each field once, or in several requests.")
        what = f"The query has {directives:,} directives"
        _check(TooManyDirectives, what, directives, self.directives, "Leave some out.")

    def check_cost(self, figures: Figures) -> None:
        """Raises QueryTooExpensive."""
        remedy = "Ask for smaller pages with `first`, or for less beneath them."
        what = f"The query may return {figures.rows:,} rows"
        _check(QueryTooExpensive, what, figures.rows, self.cost, remedy)


def _check(refusal: type[QueryRefused], what: str, found: int, limit: int, remedy: str) -> None:
    if found > limit:
        raise refusal(f"{what}, the limit is {limit:,}.", remedy=remedy)


DEFAULT_LIMITS = Limits.of(Settings.model_construct())
"""The limits where nothing is set."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was found in a part of a document. `each` are rows for every row of the list that the part stands in."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    rows: int = 0
    each: int = 0

    def beside(self, other: Figures) -> Figures:
        return Figures(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.rows + other.rows,
            self.each + other.each,
        )

    def times(self, size: int) -> int:
        """The rows in a list of a size, or beneath it."""
        return self.rows + self.each * size


NOTHING = Figures()


def measure(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Figures:
    """The figures of one operation. The document need not be valid: what the schema does not know costs nothing.

    Raises QueryTooDeep for what nests deeper through its fragments than Python calls functions."""
    with suppress(RecursionError):
        return QueryMeasurement(schema, document, operation, variables).whole()
    # outside of the block, so that the error does not keep a thousand frames
    raise QueryTooDeep("The query is nested too deeply to be measured.", remedy="Ask for less at a time.")


_Asked = set[tuple[str, str]]
"""Fields that a selection set has asked for so far: the type, and the name in the answer."""


@dataclass(slots=True)
class QueryMeasurement:
    """The pass. `visited` counts the selections it has looked at."""

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    visited: int = 0
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _known: dict[str, Figures] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            one.name.value: one for one in self.document.definitions if isinstance(one, FragmentDefinitionNode)
        }

    def whole(self) -> Figures:
        operation = self.operation
        own = len(operation.directives or ()) + sum(
            len(one.directives or ()) for one in operation.variable_definitions or ()
        )
        inside = self._set(operation.selection_set, self.schema.get_root_type(operation.operation), set())
        return Figures(directives=own, rows=inside.times(MAX_UNPAGED)).beside(
            Figures(inside.depth, inside.aliases, inside.directives)
        )

    def _set(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, asked: _Asked) -> Figures:
        found = NOTHING
        for node in selections.selections:
            found = found.beside(self._selection(node, parent, asked))
        return found

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, asked: _Asked) -> Figures:
        self.visited += 1
        own = Figures(directives=len(node.directives or ()))
        match node:
            case FieldNode():
                return own.beside(self._field(node, parent, asked))
            case InlineFragmentNode():
                return own.beside(self._set(node.selection_set, self._type(node) or parent, asked))
            case FragmentSpreadNode():
                return own.beside(self._fragment(node.name.value))
        return own

    def _fragment(self, name: str) -> Figures:
        fragment = self._fragments.get(name)
        if fragment is not None and name not in self._known:
            self._known[name] = NOTHING  # so that a circle ends; validation refuses it
            own = Figures(directives=len(fragment.directives or ()))
            self._known[name] = own.beside(self._set(fragment.selection_set, self._type(fragment), set()))
        return self._known.get(name, NOTHING)

    def _type(self, fragment: InlineFragmentNode | FragmentDefinitionNode) -> GraphQLNamedType | None:
        condition = fragment.type_condition
        return self.schema.get_type(condition.name.value) if condition else None

    # ---- fields

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, asked: _Asked) -> Figures:
        response_key = (str(parent), (node.alias or node.name).value)
        again = int(node.alias is not None or response_key in asked)
        asked.add(response_key)
        if node.selection_set is None:
            return Figures(1, again)
        if self._introspects(node, parent):
            inside = self._set(node.selection_set, None, set())
            return Figures(1, again + inside.aliases, inside.directives)
        asks = _field_of(parent, node)
        inside = self._set(node.selection_set, get_named_type(asks.type) if asks else None, set())
        rows, each = self._rows(asks, node, inside) if asks else (0, 0)
        return Figures(inside.depth + 1, again + inside.aliases, inside.directives, rows, each)

    def _introspects(self, node: FieldNode, parent: GraphQLNamedType | None) -> bool:
        return node.name.value in ("__schema", "__type") and parent is self.schema.query_type

    def _rows(self, asks: GraphQLField, node: FieldNode, inside: Figures) -> tuple[int, int]:
        """Rows of a field; and where it is a list whose size the field above gives, rows for each of its elements."""
        size = self._size(asks, node)
        identified = _has_id(get_named_type(asks.type))
        if isinstance(get_nullable_type(asks.type), GraphQLList):
            element = inside.times(MAX_UNPAGED)
            element = 1 + element if identified else max(1, element)
            return (0, element) if size is None else (size * element + self._computing(asks, node), 0)
        rows = inside.times(MAX_UNPAGED if size is None else size)
        own = LENS_COST * self._lenses(asks, node) + self._computing(asks, node)
        return max(size or 0, int(identified) + rows) + own, 0

    def _size(self, asks: GraphQLField, node: FieldNode) -> int | None:
        """How many rows the arguments of a field ask for; None where it takes no such argument.

        A size out of bounds is an error when it runs, and returns nothing."""
        if any(name in asks.args for name in PAGE_ARGUMENTS):
            given = (self._argument(asks, node, name) for name in PAGE_ARGUMENTS)
            sizes = [int(min(max(size, 0), MAX_PER_PAGE)) for size in given if _is_number(size)]
            return max(sizes, default=DEFAULT_PER_PAGE)
        if "ids" in asks.args:
            ids = self._argument(asks, node, "ids")
            return min(len(ids), MAX_PER_PAGE) if isinstance(ids, list) else 1
        return None

    def _lenses(self, asks: GraphQLField, node: FieldNode) -> int:
        wanted = [name for name, about in asks.args.items() if str(get_named_type(about.type)) == "LensInput"]
        return sum(self._argument(asks, node, name) is not None for name in wanted)

    def _computing(self, asks: GraphQLField, node: FieldNode) -> int:
        """What computing an analytic adds."""
        costs: Mapping[str, int] = getattr(asks.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "cost", {})
        return sum(cost for name, cost in costs.items() if not name or self._argument(asks, node, name))

    # ---- values

    def _argument(self, asks: GraphQLField, node: FieldNode, name: str) -> Any:
        """The value of an argument, its default, or None."""
        given = next((one for one in node.arguments or () if one.name.value == name), None)
        value = self._given(given) if given else Undefined
        if value is Undefined and name in asks.args:
            value = asks.args[name].default_value
        return None if value is Undefined else value

    def _given(self, argument: ArgumentNode) -> Any:
        value = argument.value
        if not isinstance(value, VariableNode):
            return _literal(value)
        if value.name.value in self.variables:
            return self.variables[value.name.value]
        return self._default(value.name.value)

    def _default(self, variable: str) -> Any:
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
    if isinstance(value, IntValueNode) and len(value.value) > _MOST_DIGITS:
        return MAX_PER_PAGE
    return value_from_ast_untyped(value)


_MOST_DIGITS = 18
"""No page is as large, and Python converts only so many."""


def _is_number(value: Any) -> bool:
    """A float passes as Int where it is whole."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _field_of(parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        found: GraphQLField | None = parent.fields.get(node.name.value)
        return found
    return None


def _has_id(type_: GraphQLNamedType) -> bool:
    """Whether the rows of a type have an id: it is the interface `Node`, or implements it."""
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return type_.name == "Node" or any(one.name == "Node" for one in type_.interfaces)
    return False
