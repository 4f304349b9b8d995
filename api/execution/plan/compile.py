"""From a validated document to its plan: each selected field becomes a node that reads it of many rows at once, by the
source that the field declares. Fields are grouped, and fragments spread, by graphql-core itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from api.context.fields import Field
from api.context.sources import (
    Children,
    ColumnValue,
    Computed,
    KeyValue,
    RootPage,
    RootRow,
    RootRows,
    RootUnderLens,
    RootValue,
    RowReference,
    Source,
)
from api.execution.plan.arguments import FieldArguments
from api.execution.plan.errors import NotCovered
from api.execution.plan.nodes import (
    ChildListPlan,
    ChildPagePlan,
    ChildSelection,
    ConnectionPlan,
    EdgesPlan,
    ExecutedPlan,
    Fetched,
    FixedPlan,
    NodesPlan,
    ObjectPlan,
    OfPage,
    PageInfoPlan,
    PagePart,
    ReferencePlan,
    ReferencesPlan,
    RootField,
    RootPagePlan,
    RootPlan,
    RootRowPlan,
    RootRowsPlan,
    RootValuePlan,
    Target,
    UnderLensPlan,
)
from api.execution.plan.selecting import SelectedColumns
from api.execution.plan.values import (
    Complete,
    Read,
    columns_read,
    completing,
    computing,
    declared,
    part_of,
    reading,
    reading_composite,
    reading_parts,
)
from api.schema.build import schema
from api.schema.connections import PageShown, RowPage
from graph.stores.row_lists import keys_of
from graph.vocabulary.model import TYPE_COLUMN

_TYPENAME = "__typename"
_TOTAL = "totalCount"
_Details = list[FieldDetails]
_Grouped = Mapping[str, _Details]
"""The fields of a selection set by their name in the answer."""
_OF_PAGE: Mapping[str, Callable[[RowPage], Any]] = {
    "hasNextPage": lambda page: page.slice.has_next,
    "hasPreviousPage": lambda page: page.slice.has_previous,
    "startCursor": lambda page: page.cursor(page.slice.rows[0]) if page.slice.rows else None,
    "endCursor": lambda page: page.cursor(page.slice.rows[-1]) if page.slice.rows else None,
}


class Compiler:
    """Compiles one operation. Raises NotCovered for what no plan reads, and what the schema raises for values that it
    does not take."""

    def __init__(self, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues) -> None:
        """Of the variables only those in @skip and @include count."""
        self._document, self._operation, self._variables = document, operation, variables
        definitions = (one for one in document.definitions if isinstance(one, FragmentDefinitionNode))
        self._fragments = {one.name.value: FragmentDetails(one) for one in definitions}
        self._columns = SelectedColumns()
        self.may_note = 0
        """Fields that may add notes to the answer."""
        self.is_chain = True
        """Whether no field that fetches rows stands beside another."""

    def root(self) -> RootPlan:
        if self._operation.directives or schema.core.query_type is None:
            raise NotCovered("directives of an operation")
        query = schema.core.query_type
        collected = collect_fields(schema.core, self._fragments, self._variables, query, self._operation)
        return self._root(query, _fields_of(collected))

    def _subfields(self, type_: GraphQLObjectType, details: _Details) -> _Grouped:
        collected = collect_subfields(schema.core, self._fragments, self._variables, self._operation, type_, details)
        return _fields_of(collected)

    # ---- the root

    def _root(self, type_: GraphQLObjectType, grouped: _Grouped) -> RootPlan:
        self.is_chain &= len(grouped) <= 1
        fields: dict[str, RootField] = {}
        for name, details in grouped.items():
            try:
                fields[name] = self._root_field(type_, details)
            except NotCovered:
                if type_ is not schema.core.query_type:
                    raise
                fields[name] = self._executed(name, details)
        kinds = set(map(type, fields.values()))
        if ExecutedPlan in kinds and kinds <= {ExecutedPlan, FixedPlan, RootValuePlan}:
            raise NotCovered("all fields of rows")
        return RootPlan(fields)

    def _executed(self, name: str, details: _Details) -> ExecutedPlan:
        self.may_note += 2
        selected = SelectionSetNode(selections=tuple(one.node for one in details))
        node = replace(self._operation, selection_set=selected)
        fragments = (one for one in self._document.definitions if isinstance(one, FragmentDefinitionNode))
        return ExecutedPlan(name, DocumentNode(definitions=(node, *fragments)))

    def _root_field(self, type_: GraphQLObjectType, details: _Details) -> RootField:
        node = details[0].node
        if node.name.value == _TYPENAME:
            return FixedPlan(type_.name)
        definition = _definition(type_, node.name.value)
        field = _field(definition)
        source, arguments = field.source, FieldArguments(field, definition, node)
        match source:
            case RootPage():
                self.may_note += "where" in definition.args
                return RootPagePlan(source, arguments, self._connection(definition, details))
            case RootRow():
                self.may_note += 1
                return RootRowPlan(source, arguments, self._target(definition, details))
            case RootRows(find):
                self.may_note += 1
                return RootRowsPlan(find, arguments, self._target(definition, details))
            case RootValue():
                return RootValuePlan(field, self._complete(definition, details))
            case RootUnderLens():
                graph = _object_type(definition)
                return UnderLensPlan(field, arguments, self._root(graph, self._subfields(graph, details)))
        raise NotCovered(node.name.value)

    # ---- rows

    def _target(self, definition: GraphQLField, details: _Details) -> Target:
        """Objects of the rows that a field shows."""
        named = get_named_type(definition.type)
        if isinstance(named, GraphQLInterfaceType):
            types = schema.core.get_possible_types(named)
        else:
            types = [_object_type(definition)]
        by_label = {one.name: self._object(one, self._subfields(one, details)) for one in types}
        return Target(by_label, self._columns)

    def _object(self, type_: GraphQLObjectType, grouped: _Grouped) -> ObjectPlan:
        read: dict[str, Read] = {}
        fetched: dict[str, Fetched] = {}
        self._columns.add(type_.name, [TYPE_COLUMN] if type_.name == "Link" else [])
        for name, details in grouped.items():
            field_name = details[0].node.name.value
            if field_name == _TYPENAME:
                read[name] = _repeating(type_.name)
                continue
            definition = _definition(type_, field_name)
            source = _field(definition).source
            self._columns.add(type_.name, self._columns_of(source, definition, details))
            if isinstance(source, RowReference | Children):
                fetched[name] = self._fetched(source, definition, details)
            else:
                read[name] = self._read(source, definition, details)
        self.is_chain &= len(fetched) <= 1
        return ObjectPlan(tuple(grouped), read, fetched)

    def _columns_of(self, source: Source | None, definition: GraphQLField, details: _Details) -> Collection[str] | None:
        """The columns that a field of rows needs, of a composite value those of the parts that are selected and the
        one that tells whether there is a value; None for all."""
        if not isinstance(source, ColumnValue) or not source.parts:
            return _columns_of(source)
        names = {of_part[0].node.name.value for of_part in self._subfields(_value_type(definition), details).values()}
        of_type = _value_type(definition).fields
        selected = [source.parts[declared(of_type[name]).python_name] for name in names - {_TYPENAME}]
        return {column for part in (next(iter(source.parts.values())), *selected) for column in columns_read(part)}

    def _fetched(self, source: RowReference | Children, definition: GraphQLField, details: _Details) -> Fetched:
        if isinstance(source, RowReference):
            target = self._target(definition, details)
            if source.several:
                return ReferencesPlan(source.property, target)
            return ReferencePlan(source.property, target, isinstance(definition.type, GraphQLNonNull))
        selection = ChildSelection(source.select, FieldArguments(_field(definition), definition, details[0].node))
        if not source.paged:
            return ChildListPlan(selection, self._target(definition, details))
        self.may_note += "where" in definition.args
        return ChildPagePlan(selection, self._connection(definition, details))

    def _read(self, source: Any, definition: GraphQLField, details: _Details) -> Read:
        match source:
            case KeyValue():
                return lambda rows, _: keys_of(rows)
            case ColumnValue(parts=parts) if parts:
                return self._parts(parts, definition, details)
            case ColumnValue() if is_leaf_type(get_named_type(definition.type)):
                return reading(source, definition.type)
            case ColumnValue():
                return reading_composite(source, definition.type, self._composite(definition, details))
            case Computed() | None:
                return self._computed(definition, details)
        raise NotCovered(details[0].node.name.value)

    def _computed(self, definition: GraphQLField, details: _Details) -> Read:
        field = _field(definition)
        arguments = FieldArguments(field, definition, details[0].node)
        if iscoroutinefunction(field.read) or arguments.constant is None:
            raise NotCovered(field.python_name)
        self.may_note += bool(definition.args)
        return computing(field, self._complete(definition, details), arguments.constant)

    # ---- values without rows in them

    def _complete(self, definition: GraphQLField, details: _Details) -> Complete:
        if is_leaf_type(get_named_type(definition.type)):
            return completing(definition.type)
        return completing(definition.type, self._composite(definition, details))

    def _composite(self, definition: GraphQLField, details: _Details) -> Complete:
        """Makes the object of a composite value."""
        type_ = _value_type(definition)
        parts: dict[str, tuple[Callable[[Any], Any], Complete]] = {}
        for name, of_part in self._subfields(type_, details).items():
            field_name = of_part[0].node.name.value
            if field_name == _TYPENAME:
                parts[name] = _constant(type_.name), _unchanged
                continue
            part = _definition(type_, field_name)
            parts[name] = part_of(part), self._complete(part, of_part)
        return lambda value: {name: complete(read(value)) for name, (read, complete) in parts.items()}

    def _parts(self, columns: Mapping[str, ColumnValue], definition: GraphQLField, details: _Details) -> Read:
        """Reads a composite value whose parts stand in columns of their own."""
        type_ = _value_type(definition)
        reads: dict[str, Read] = {}
        for name, of_part in self._subfields(type_, details).items():
            field_name = of_part[0].node.name.value
            if field_name == _TYPENAME:
                reads[name] = _repeating(type_.name)
                continue
            part = _definition(type_, field_name)
            reads[name] = reading(columns[declared(part).python_name], part.type)
        return reading_parts(reads, next(iter(columns.values())).name, definition.type)

    # ---- connections

    def _connection(self, definition: GraphQLField, details: _Details) -> ConnectionPlan:
        type_ = _object_type(definition)
        grouped = self._subfields(type_, details)
        parts = {name: self._part(type_, of_part) for name, of_part in grouped.items()}
        self.is_chain &= sum(isinstance(part, NodesPlan | EdgesPlan) for part in parts.values()) <= 1
        selected = {of_part[0].node.name.value for of_part in grouped.values()}
        shown = PageShown(rows=not selected <= {_TOTAL, _TYPENAME}, total=_TOTAL in selected)
        return ConnectionPlan(parts, shown, self._columns)

    def _part(self, type_: GraphQLObjectType, details: _Details) -> PagePart:
        name = details[0].node.name.value
        if name == _TYPENAME:
            return OfPage(_constant(type_.name))
        if name == _TOTAL:
            return OfPage(lambda page: page.slice.total)
        definition = _definition(type_, name)
        if name == "nodes":
            return NodesPlan(self._target(definition, details))
        inner = _object_type(definition)
        grouped = self._subfields(inner, details)
        if name == "edges":
            return self._edges(inner, grouped)
        names = {one: of_one[0].node.name.value for one, of_one in grouped.items()}
        known = {**_OF_PAGE, _TYPENAME: _constant(inner.name)}
        return PageInfoPlan({one: known[field_name] for one, field_name in names.items()})

    def _edges(self, type_: GraphQLObjectType, grouped: _Grouped) -> EdgesPlan:
        nodes: dict[str, Target] = {}
        fixed: dict[str, Any] = {}
        for name, details in grouped.items():
            field_name = details[0].node.name.value
            if field_name == "node":
                nodes[name] = self._target(_definition(type_, field_name), details)
            elif field_name == _TYPENAME:
                fixed[name] = type_.name
        self.is_chain &= len(nodes) <= 1
        return EdgesPlan(tuple(grouped), nodes, fixed)


def _fields_of(collected: CollectedFields) -> _Grouped:
    if collected.new_defer_usages:
        raise NotCovered("@defer")
    return collected.grouped_field_set


def _definition(type_: GraphQLObjectType, name: str) -> GraphQLField:
    if name not in type_.fields:
        raise NotCovered(name)  # introspection
    definition: GraphQLField = type_.fields[name]
    return definition


def _field(definition: GraphQLField) -> Field:
    field = declared(definition)
    if not isinstance(field, Field):
        raise NotCovered(field.python_name)
    return field


def _object_type(definition: GraphQLField) -> GraphQLObjectType:
    type_ = get_named_type(definition.type)
    if not isinstance(type_, GraphQLObjectType):
        raise NotCovered(str(type_))
    return type_


def _value_type(definition: GraphQLField) -> GraphQLObjectType:
    """The type of a composite value without rows in it."""
    type_ = _object_type(definition)
    if type_.interfaces:
        raise NotCovered(str(type_))
    return type_


def _columns_of(source: Source | None) -> Collection[str] | None:
    """The columns that a field of rows needs; None for all."""
    match source:
        case KeyValue() | Children():
            return ()
        case ColumnValue() as column:
            return columns_read(column)
        case Computed(columns):
            return columns
        case RowReference(name):
            return (name,)
    return None


def _repeating(value: Any) -> Read:
    return lambda rows, _: [value] * len(rows)


def _constant(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _unchanged(value: Any) -> Any:
    return value
