"""The node types of the schema: interfaces, and the fields from a row to its evidence and to the rows that refer to it.
The fields of properties derive from the model (`derive.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from math import isfinite
from typing import Any

from strawberry import ID
from strawberry.types import get_object_definition

from api.context.fields import Field, add_fields, argument, field, output_type
from api.context.request_context import LensView
from api.context.sources import ColumnValue, Computed, KeyValue
from api.schema.connections import (
    AT_MOST,
    FORWARD_ARGUMENTS,
    TYPES,
    build_query,
    children_field,
    list_arguments,
    to_node,
)
from api.schema.derive import CapacityObject, property_fields
from api.schema.filters import DIRECTIONS
from api.schema.ids import global_id
from api.schema.properties import properties_of
from api.schema.row_bounds import with_children, with_links
from api.schema.scalars import JSON, LinkDirection
from graph.errors import BadQuery
from graph.evidence.captions import caption
from graph.evidence.rows import is_private
from graph.stores.query import (
    COVERED_BY,
    EVERYTHING,
    GUARANTEED_BY,
    OBSERVATIONS_OF,
    REPLACED_BY,
    STATEMENTS_BY,
    STATEMENTS_OF,
    USED_BY,
    And,
    Compare,
    Filter,
    Order,
    Query,
    Relation,
    both,
)
from graph.vocabulary import model
from graph.vocabulary.enums import ObservationMetric
from graph.vocabulary.model import ENTITIES, KINDS, TYPE_COLUMN, LinkType, Row, has_own_field
from graph.vocabulary.types import Choice, Text
from graph.vocabulary.values import Capacity, CapacityBasis, canonical, total_capacity


@dataclass(eq=False)
class NodeInterface:
    row: Row
    view: LensView


_doc = "Global id; opaque, and the same under every lens."
add_fields(
    NodeInterface, [field("id", ID, lambda node: global_id(node.row.label, node.row.key), _doc, source=Computed())]
)
output_type(NodeInterface, "Node", "Anything that has a global id.", is_interface=True)


def _overlay_field(doc: str) -> Field:
    return field("overlay", bool, lambda node: is_private(node.row), doc)


_COUNTS = "Whether a private statement about it counts (docs/overlay.md)."


class StatementNode(NodeInterface):
    pass


class SourceNode(NodeInterface):
    pass


class LinkNode(NodeInterface):
    pass


class ObservationNode(NodeInterface):
    pass


def _key_field() -> Any:
    return field("key", str, lambda node: node.row.key, "Its key in the seeds, e.g. iren.", source=KeyValue())


def finite(name: str, value: float | None) -> float | None:
    """The value of an argument that is a number. Raises BadQuery for one that is not finite: 1e400 is a Float."""
    if value is not None and not isfinite(value):
        raise BadQuery(f"{name} is not finite.", remedy="Give a number of at most 1e308.")
    return value


# ---- evidence

_PROPERTY_NAMES = frozenset(name for kind in KINDS.values() for name in kind.properties)
PROPERTY_ARGUMENT = argument(
    "property", str | None, "Only statements about this property, named as in the seeds, e.g. service_from."
)
BEST_FIRST = (Order("place"),)
"""By property; of each the chosen statement first, then its rivals, then statements that do not count."""


def about_property(property: str | None) -> Filter:
    """The filter of statements about one property; about any without one. Raises BadQuery for an unknown name."""
    if property is None:
        return EVERYTHING
    if property not in _PROPERTY_NAMES:
        raise BadQuery(
            f"There is no property {property[:60]!r}.",
            remedy="Name it as in the seeds and in Statement.property, e.g. value.",
        )
    return Compare("property", "eq", property)


def has_label(label: str | None) -> Filter:
    """The filter of statements about rows of a label; about any without one."""
    if label is None:
        return EVERYTHING
    return Compare("subject_kind", "in", tuple(name for name, kind in KINDS.items() if kind.kind_label == label))


_Selected = tuple[Relation, Query]
"""The children that a field shows, and how."""


def _statements(property: str | None = None, **_: Any) -> _Selected:
    return STATEMENTS_OF, Query("Statement", about_property(property), BEST_FIRST)


def _statements_by(**_: Any) -> _Selected:
    return STATEMENTS_BY, Query("Statement", orders=(Order("subject"), *BEST_FIRST))


def _alternatives(property: str | None = None) -> _Selected:
    rivals = And((Compare("counted", "eq", True), Compare("chosen", "eq", False)))
    return STATEMENTS_OF, Query("Statement", both(rivals, about_property(property)), BEST_FIRST)


def _statements_field() -> Any:
    doc = "Who says what about it: every known statement, counted or not, by property, the chosen ones first."
    arguments = (PROPERTY_ARGUMENT, *FORWARD_ARGUMENTS)
    return with_children(STATEMENTS_OF, children_field("statements", StatementNode, _statements, doc, arguments))


# ---- entities


def _links(direction: LinkDirection, **args: Any) -> _Selected:
    return DIRECTIONS[direction], build_query("Link", args)


def _observations(metric: ObservationMetric | None = None, **_: Any) -> _Selected:
    where = EVERYTHING if metric is None else Compare("metric", "eq", str(metric))
    return OBSERVATIONS_OF, Query("Observation", where)


_DIRECTION = argument("direction", LinkDirection | None, "Which way the links point.", LinkDirection.BOTH)
_METRIC = argument("metric", ObservationMetric | None, "Only of this metric.")


class EntityNode(NodeInterface):
    pass


_where, *_order_and_page = list_arguments("Link")
_doc = "Its name; the key where nothing names it."
add_fields(
    EntityNode,
    [
        _key_field(),
        field(
            "name",
            str,
            lambda node: node.row.columns.get("name", node.row.key),
            _doc,
            source=ColumnValue("name", Text(), or_key=True),
        ),
        _overlay_field(_COUNTS),
        _statements_field(),
        with_links(
            children_field(
                "links",
                LinkNode,
                _links,
                "Links that it is an end of; BOTH: also those that name it as site, chip, deal or debt.",
                (_where, _DIRECTION, *_order_and_page),
            )
        ),
    ],
)
_doc = "What links join or point to: an organization, site, chip, deal, debt or event."
output_type(EntityNode, "Entity", _doc, is_interface=True)

_observed = properties_of("Observation")["subject"].refers_to
for _label in ENTITIES:
    TYPES[_label] = type(f"{_label}Node", (EntityNode,), {"__module__": __name__})
    if _label in _observed:
        _doc = "Dated figures about it."
        _arguments = (_METRIC, *FORWARD_ARGUMENTS)
        _made = children_field("observations", ObservationNode, _observations, _doc, _arguments)
        add_fields(
            TYPES[_label],
            [with_children(OBSERVATIONS_OF, _made)],
        )


# ---- links


def _other_properties(node: LinkNode) -> Mapping[str, Any]:
    """The properties that stand in `properties`, in the JSON of statements."""
    values = {
        name: prop.type.to_json(value)
        for name, prop in node.row.kind.properties.items()
        if (prop.in_properties or not has_own_field("Link", prop)) and (value := node.row[name]) not in (None, ())
    }
    json_values: Mapping[str, Any] = json.loads(canonical(values))
    return json_values


_DEFAULT_BASIS = CapacityBasis.CRITICAL_IT


def _total(node: LinkNode, basis: CapacityBasis) -> Any:
    entries = node.row["capacities"]
    total = total_capacity(entries, basis)
    if total is None and basis is _DEFAULT_BASIS and entries:
        _note_missing_total(node, entries)
    return total


def _note_missing_total(node: LinkNode, entries: Sequence[Capacity]) -> None:
    """Note that `capacity` is null although megawatts are stated. Under the default basis alone: who names another one
    knows that there are several."""
    bases = {entry.basis: None for entry in entries}
    if _DEFAULT_BASIS in bases:
        text = "capacity is null where the phases have different bounds, so that they have no sum; read capacities"
        node.view.notes.add(text, node.row.key)
        return
    text = "capacity is null where megawatts are stated on another basis than CRITICAL_IT alone; read statedCapacity"
    node.view.notes.add(text, f"{node.row.key} ({', '.join(bases)})")


def _stated_capacity(node: LinkNode) -> Any:
    """The total under the first basis that has one. It stands here, not in `graph`, so that no sum, order or export can
    read it: amounts of two rows may be of two bases."""
    totals = (total_capacity(node.row["capacities"], basis) for basis in CapacityBasis)
    return next((total for total in totals if total), None)


def _links_by(name: str, relation: Relation, doc: str) -> Field:
    """A list without pages of the links that refer to a link."""

    def select() -> _Selected:
        return relation, Query("Link")

    return with_children(relation, children_field(name, LinkNode, select, f"{doc}; {AT_MOST}.", paged=False))


_BASIS = argument("basis", CapacityBasis | None, "What the megawatts measure.", _DEFAULT_BASIS)
add_fields(
    LinkNode,
    [
        _key_field(),
        field(
            "type",
            LinkType,
            lambda node: LinkType(node.row.columns[TYPE_COLUMN]),
            "What sort of link it is.",
            source=ColumnValue(TYPE_COLUMN, Choice(LinkType)),
        ),
        field(
            "capacity",
            CapacityObject | None,
            _total,
            "The total of the furthest stage; without a total the sum of its phases; null where their bounds mix.",
            (_BASIS,),
        ),
        field(
            "stated_capacity",
            CapacityObject | None,
            _stated_capacity,
            "The total under the first basis that is stated, of CRITICAL_IT, GROSS, GENERATION, UNSTATED. Read it with "
            "its basis, and never add totals of two bases.",
        ),
        _links_by("used_by", USED_BY, "Links that are served out of this one"),
        _links_by(
            "replaced_by", REPLACED_BY, "Links that replace this one: once one of them binds, sums leave this one out"
        ),
        _links_by("covered_by", COVERED_BY, "Totals that contain what this one is about: sums count it once"),
        _links_by("guaranteed_by", GUARANTEED_BY, "Guarantees of its payments"),
        field(
            "properties",
            JSON,
            _other_properties,
            "Everything else that is said of it, by property name; units as in the seeds.",
        ),
        _overlay_field(_COUNTS),
        _statements_field(),
        with_children(
            STATEMENTS_OF,
            children_field(
                "alternatives",
                StatementNode,
                _alternatives,
                f"Statements that count under the lens and say something else than what is shown; {AT_MOST}.",
                (PROPERTY_ARGUMENT,),
                paged=False,
            ),
        ),
    ],
)

# ---- the other kinds

add_fields(ObservationNode, [_key_field(), _overlay_field(_COUNTS), _statements_field()])
add_fields(
    SourceNode,
    [
        _key_field(),
        _overlay_field("Whether it is a private source (docs/overlay.md)."),
        with_children(
            STATEMENTS_BY,
            children_field(
                "statements",
                StatementNode,
                _statements_by,
                "What it is cited for, by subject and property.",
                FORWARD_ARGUMENTS,
            ),
        ),
    ],
)


@dataclass(eq=False)
class SubjectObject:
    """A row of any kind, under the lens of `view`."""

    row: Row
    view: LensView


async def _caption(node: SubjectObject) -> str:
    """By the names of the rows that make it what it is: the ends of a link, an issuer."""
    needed = [prop.name for prop in node.row.kind.required_properties() if prop.refers_to]
    found = await node.view.rows(tuple(ENTITIES), sorted(node.row.keys_in(needed)))
    rows: dict[str, dict[str, Row]] = {label: {} for label in ENTITIES}
    for row in found:
        if row is not None:
            rows[row.label][row.key] = row
    return caption(node.row, rows)


add_fields(
    SubjectObject,
    [
        field("key", str, lambda node: node.row.key, "Its key in the seeds."),
        field("label", str, lambda node: node.row.label, "Which kind of row it is, e.g. Link, Organization."),
        field("name", str, _caption, "What it is, in a few words."),
        field("node", NodeInterface, lambda node: to_node(node.row, node.view), "The row."),
    ],
)
output_type(SubjectObject, "Subject", "What something is about: an entity, observation or link.")


async def subject_under(view: LensView, statement: Row) -> SubjectObject | None:
    """What a statement is about; None where the lens does not show it."""
    label = KINDS[statement.columns["subject_kind"]].kind_label
    row = await view.row((label,), statement.columns["subject"])
    return None if row is None else SubjectObject(row, view)


async def _subject_entity(node: StatementNode) -> SubjectObject | None:
    return await subject_under(node.view, node.row)


add_fields(
    StatementNode,
    [
        field(
            "subject",
            ID,
            lambda node: global_id(KINDS[node.row.columns["subject_kind"]].kind_label, node.row.columns["subject"]),
            "Global id of what it is about.",
            source=Computed(("subject_kind", "subject")),
        ),
        field(
            "subject_entity",
            SubjectObject | None,
            _subject_entity,
            "What it is about; null where the lens does not show it.",
        ),
        field(
            "value",
            JSON,
            lambda node: json.loads(node.row.columns["value"]),
            "What it says.",
            source=Computed(("value",)),
        ),
        _overlay_field("Whether it is a private statement (docs/overlay.md)."),
    ],
)

# ---- what derives from the model

TYPES |= {"Observation": ObservationNode, "Link": LinkNode, "Source": SourceNode, "Statement": StatementNode}


def _type_of(kinds: tuple[str, ...]) -> Any:
    return TYPES[kinds[0]] if len(kinds) == 1 else EntityNode


def _finish(label: str, cls: type) -> None:
    """Add the fields of its properties to a type. A field of the same name that the type already has stays."""
    existing = set(vars(cls))
    if issubclass(cls, EntityNode):
        existing |= {one.python_name for one in get_object_definition(EntityNode, strict=True).fields}
    add_fields(cls, (one for one in property_fields(label, _type_of) if one.python_name not in existing))
    kind = model.Link if label == "Link" else KINDS[label]
    output_type(cls, label, " ".join(cleandoc(kind.__doc__ or "").split()))


for _label, _cls in TYPES.items():
    _finish(_label, _cls)
