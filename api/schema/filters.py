"""Filter inputs: the GraphQL inputs of `where`, derived from the model's filtered properties, and the compiler from an
input to a filter of the store.

A field that is null or not set imposes no condition, so an empty input selects everything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Any

import strawberry
from strawberry import ID, UNSET
from strawberry.utils.str_converters import to_camel_case

from api.context.fields import as_input, input_fields, input_type, list_of, named_class
from api.schema.ids import key_for
from api.schema.properties import RENAMED, describe, properties_of
from api.schema.scalars import LinkDirection, enum_of
from graph.comparison.diff import ChangeCause, ChangeKind
from graph.errors import BadQuery
from graph.evidence.lens import Certainty
from graph.stores.query import (
    EVERYTHING,
    KEY_COLUMN,
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    And,
    Compare,
    Filter,
    Linked,
    Not,
    Or,
    Refers,
    Relation,
    moment_filter,
    text_filter,
)
from graph.vocabulary.model import LABELS, LINKS, TYPE_COLUMN, LinkType, Property
from graph.vocabulary.types import (
    Capacities,
    Choice,
    Choices,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    Refs,
    TerminationType,
    Text,
    Whole,
    mw_column,
)
from graph.vocabulary.values import CapacityBasis, CapacityStage, PartialDate, TerminationParty

FilterCompiler = Callable[[Any], Filter]
"""From the value of an input field to a filter."""

CODES = frozenset({"origin"})
"""Texts of the model that are codes: compared whole, never by a part."""
REACHED = frozenset({"issuer"})
"""References whose filter of the row that they refer to has their own name, as released; of others it is `…Where`."""
KEYED = frozenset({"subject", "counterparty", "site", "deal", "chips"})
"""References with a condition that compares the key alone, as released, beside."""


@dataclass(frozen=True)
class Condition:
    """One field of a filter input."""

    name: str
    type: Any
    doc: str
    compile: FilterCompiler
    deprecated: str = ""
    """Why, and what to use instead."""


def set_fields(input: Any) -> Iterator[tuple[str, Any]]:
    """The fields of an input that are set, by Python name. A null is as if it were absent: clients that send every
    field send null for what they leave out."""
    for part in input_fields(input):
        value = getattr(input, part.python_name)
        if value is None:
            value = part.default
        if value is not UNSET:
            yield part.python_name, value


def all_of(parts: Iterable[Filter]) -> Filter:
    filters = tuple(parts)
    return filters[0] if len(filters) == 1 else And(filters)


# ---- operators


def _operators(name: str, doc: str, **operators: Any) -> Any:
    return input_type(name, doc, ((operator, type_, _OPERATOR_DOCS[operator]) for operator, type_ in operators.items()))


_OPERATOR_DOCS = {
    "eq": "Equal.",
    "ne": "Not equal; a missing value is unequal.",
    "in_": "Equal to one of these.",
    "gt": "Greater.",
    "gte": "Greater or equal.",
    "lt": "Less.",
    "lte": "Less or equal.",
    "contains": "Contains this, whatever its case and accents.",
    "starts_with": "Begins with this, whatever its case and accents.",
    "is_null": "Whether it is missing.",
    "has": "Has this one.",
    "has_any": "Has at least one of these.",
}
_QUERY_OPERATORS = {"in_": "in", "is_null": "isnull", "has_any": "hasany", "starts_with": "startswith"}
"""Operators that have another name in queries of the store."""
_ORDER = ("gt", "gte", "lt", "lte")

IDFilter = _operators("IDFilter", "Compare a global id; a key of the seeds will do.", eq=ID, ne=ID, in_=list[ID])
KeyFilter = _operators("KeyFilter", "Compare a key or code.", eq=str, ne=str, in_=list[str], is_null=bool)
TextFilter = _operators(
    "TextFilter", "Compare a text.", eq=str, ne=str, in_=list[str], contains=str, starts_with=str, is_null=bool
)
FloatFilter = _operators(
    "FloatFilter",
    "Compare a number.",
    eq=float,
    ne=float,
    in_=list[float],
    **dict.fromkeys(_ORDER, float),
    is_null=bool,
)
IntFilter = _operators(
    "IntFilter", "Compare a whole number.", eq=int, ne=int, in_=list[int], **dict.fromkeys(_ORDER, int), is_null=bool
)
BooleanFilter = _operators("BooleanFilter", "Compare true or false.", eq=bool, ne=bool, is_null=bool)


@cache
def _choice_filter(choices: type[StrEnum]) -> Any:
    enum = enum_of(choices)
    return _operators(
        f"{choices.__name__}Filter", "Compare a choice.", eq=enum, ne=enum, in_=list_of(enum), is_null=bool
    )


@cache
def _choices_filter(choices: type[StrEnum]) -> Any:
    enum = enum_of(choices)
    return _operators(
        f"{choices.__name__}sFilter", "Compare a list of choices.", has=enum, has_any=list_of(enum), is_null=bool
    )


@strawberry.input(description="Compare a date. Dates are intervals of days: 2026-H2 is on or after 2026-07.")
class PartialDateFilter:
    eq: PartialDate | None = strawberry.field(
        default=UNSET, description="From its first day to its last: 2026 selects 2026-07-15."
    )
    gte: PartialDate | None = strawberry.field(default=UNSET, description="On or after its first day.")
    gt: PartialDate | None = strawberry.field(default=UNSET, description="After its last day.")
    lte: PartialDate | None = strawberry.field(default=UNSET, description="On or before its last day.")
    lt: PartialDate | None = strawberry.field(default=UNSET, description="Before its first day.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Whether it is missing.")
    certainty: Certainty | None = strawberry.field(
        default=Certainty.POSSIBLE,
        description="POSSIBLE: some day of the interval satisfies it; CERTAIN: every day does.",
    )


@strawberry.input(description="Compare megawatts of one basis; megawatts of two bases are never compared.")
class CapacityFilter:
    basis: CapacityBasis = strawberry.field(description="What the megawatts measure.")
    stage: CapacityStage | None = strawberry.field(default=UNSET, description="Of this stage; else of the furthest.")
    mw: FloatFilter | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="Megawatts; without it: that there are any."
    )


TerminationFilter = input_type(
    "TerminationFilter",
    "Compare who may end a contract early.",
    [
        ("party", _choice_filter(TerminationParty), "Who may."),
        ("notice_days", IntFilter, "Notice that it takes. Unit: days."),
        ("is_null", bool, "Whether no source says."),
    ],
)


def compile_comparison(column: str) -> FilterCompiler:
    """Compiles the operators of a filter input on one column."""
    return lambda input: all_of(_compare(column, operator, value) for operator, value in set_fields(input))


def _compare(column: str, operator: str, value: Any) -> Filter:
    if operator in ("contains", "starts_with"):
        return text_filter(column, _QUERY_OPERATORS.get(operator, operator), value)
    return Compare(column, _QUERY_OPERATORS.get(operator, operator), _store_value(value))


def _store_value(value: Any) -> Any:
    """A value in the type that stores compare. Raises BadQuery for a number that is not finite."""
    match value:
        case list():
            return tuple(_store_value(item) for item in value)
        case str():
            return str(value)
        case float() if not math.isfinite(value):
            raise BadQuery("A number is not finite.", remedy="Give a number of at most 1e308.")
        case _:
            return value


def _compile_dates(column: str) -> FilterCompiler:
    """Compiles a PartialDateFilter."""

    def compile(input: Any) -> Filter:
        operators = dict(set_fields(input))
        certain = operators.pop("certainty") is Certainty.CERTAIN
        return all_of(
            Compare(column, "isnull", value)
            if operator == "is_null"
            else moment_filter(column, operator, value, certain)
            for operator, value in operators.items()
        )

    return compile


def _compile_capacity(input: Any) -> Filter:
    """Compiles a CapacityFilter."""
    values = dict(set_fields(input))
    column = mw_column(values["basis"], values.get("stage"))
    return compile_comparison(column)(values["mw"]) if "mw" in values else Compare(column, "isnull", False)


def _compile_termination(name: str) -> FilterCompiler:
    """Compiles a TerminationFilter."""
    compilers: Mapping[str, FilterCompiler] = {
        "party": compile_comparison(f"{name}_party"),
        "notice_days": compile_comparison(f"{name}_notice_days"),
        "is_null": lambda value: Compare(f"{name}_party", "isnull", value),
    }
    return lambda input: all_of(compilers[part](value) for part, value in set_fields(input))


def _compile_any_key(column: str) -> FilterCompiler:
    """Compiles a KeyFilter on a list of keys, one of which has to satisfy it."""
    operators: Mapping[str, Callable[[Any], Filter]] = {
        "eq": lambda value: Compare(column, "has", value),
        "ne": lambda value: Not(Compare(column, "has", value)),
        "in_": lambda value: Compare(column, "hasany", value),
        "is_null": lambda value: Compare(column, "isnull", value),
    }
    return lambda input: all_of(operators[operator](_store_value(value)) for operator, value in set_fields(input))


def _compile_ids(label: str) -> FilterCompiler:
    """Compiles an IDFilter; the global id of another label selects no row."""
    operators: Mapping[str, Callable[[tuple[str, ...]], Filter]] = {
        "eq": lambda keys: Compare(KEY_COLUMN, "eq", keys[0]) if keys else Or(),
        "ne": lambda keys: Compare(KEY_COLUMN, "ne", keys[0]) if keys else And(),
        "in_": lambda keys: Compare(KEY_COLUMN, "in", keys),
    }

    def compile(input: Any) -> Filter:
        return all_of(operators[operator](_keys(value, label)) for operator, value in set_fields(input))

    return compile


def _keys(value: str | list[str], label: str) -> tuple[str, ...]:
    ids = value if isinstance(value, list) else [value]
    return tuple(key for key in (key_for(one, label) for one in ids) if key is not None)


# ---- filter inputs


def compile_filter(where: Any) -> Filter:
    """The filter of a filter input: all of its conditions."""
    conditions: Mapping[str, Condition] = type(where).conditions
    return all_of(conditions[name].compile(value) for name, value in set_fields(where))


def _compile_reference(name: str, where: Any) -> Filter:
    return Refers(name, compile_filter(where))


def _compile_each(wheres: Iterable[Any]) -> tuple[Filter, ...]:
    return tuple(compile_filter(where) for where in wheres)


def _filter_input(cls: type, doc: str, conditions: Iterable[Condition]) -> Any:
    """An input of conditions all of which have to hold, and of `and`, `or`, `not` over inputs of its own type."""
    connectives = (
        Condition("and_", list_of(cls), "All of these hold; of none: true.", lambda wheres: And(_compile_each(wheres))),
        Condition(
            "or_",
            list_of(cls),
            "At least one of these holds; of none: false.",
            lambda wheres: Or(_compile_each(wheres)),
        ),
        Condition("not_", cls, "This does not hold.", lambda where: Not(compile_filter(where))),
    )
    by_name = {one.name: one for one in (*connectives, *conditions)}
    parts = ((one.name, one.type, one.doc) for one in by_name.values())
    deprecated = {one.name: one.deprecated for one in by_name.values() if one.deprecated}
    input_cls = as_input(cls, doc, parts, deprecated=deprecated)
    input_cls.conditions = by_name
    return input_cls


def _condition(prop: Property) -> Condition:
    """The condition of a filtered property. Raises TypeError for a property type without a filter."""
    name, doc = prop.name, describe(prop)
    compare = partial(Condition, RENAMED.get(name, name), doc=doc, compile=compile_comparison(name))
    match prop.type:
        case Text(folded=folded):
            return compare(TextFilter if folded and name not in CODES else KeyFilter)
        case Choice(choices):
            return compare(_choice_filter(choices))
        case Choices(choices):
            return compare(_choices_filter(choices))
        case Flag():
            return compare(BooleanFilter)
        case Number():
            return compare(FloatFilter)
        case Whole():
            return compare(IntFilter)
        case MoneyType():
            return Condition(f"{name}_usd", FloatFilter, doc, compile_comparison(f"{name}_usd"))
        case PartialDay():
            return Condition(name, PartialDateFilter, doc, _compile_dates(name))
        case Capacities():
            return Condition("capacity", CapacityFilter, doc, _compile_capacity)
        case TerminationType():
            return Condition(name, TerminationFilter, doc, _compile_termination(name))
    raise TypeError(f"{name} is filtered, and no filter is known for {prop.type}")


def _references(prop: Property) -> Iterator[Condition]:
    """The conditions of a filtered reference."""
    several = isinstance(prop.type, Refs)
    name, doc = prop.name.removesuffix("s") if several else prop.name, describe(prop)
    reaching = name if name in REACHED else f"{name}_where"
    if prop.name in KEYED:
        compile_key = _compile_any_key(prop.name) if several else compile_comparison(prop.name)
        instead = f"Write {to_camel_case(reaching)}: {{key: …}}: filters through references are of one shape."
        yield Condition(name, KeyFilter, f"{doc} Its key.", compile_key, instead)
    doc += " One of them satisfies this." if several else " It satisfies this."
    yield Condition(reaching, _where_of(prop.refers_to), doc, partial(_compile_reference, prop.name))


def _where_of(labels: tuple[str, ...]) -> Any:
    return FILTER_INPUTS[labels[0]] if len(labels) == 1 else EntityWhere


def _property_conditions(label: str) -> Iterator[Condition]:
    for prop in properties_of(label).values():
        if prop.filtered:
            yield from _references(prop) if isinstance(prop.type, Ref | Refs) else [_condition(prop)]


def _ends() -> tuple[str, ...]:
    """The kinds that a link can join."""
    return tuple(dict.fromkeys(end for kind in LINKS.values() for end in (*kind.ends.source, *kind.ends.target)))


def _conditions(label: str) -> Iterator[Condition]:
    yield Condition("id", IDFilter, "Its global id.", _compile_ids(label))
    yield Condition("key", KeyFilter, "Its key in the seeds.", compile_comparison(KEY_COLUMN))
    if label == "Link":
        yield Condition("type", _choice_filter(LinkType), "What sort of link it is.", compile_comparison(TYPE_COLUMN))
        yield Condition("source", EntityWhere, "The entity that it comes from.", partial(_compile_reference, "from"))
        yield Condition("target", EntityWhere, "The entity that it goes to.", partial(_compile_reference, "to"))
    if label in _LINKED:
        yield Condition("links", LinksFilter, "The links that name it.", _compile_links)
    yield from _property_conditions(label)


def _entity_conditions() -> Iterator[Condition]:
    yield Condition("key", KeyFilter, "Its key in the seeds.", compile_comparison(KEY_COLUMN))
    for label in _ends():
        yield from _property_conditions(label)


# ---- through links

DIRECTIONS: Mapping[LinkDirection, Relation] = {
    LinkDirection.OUT: LINKS_OUT,
    LinkDirection.IN: LINKS_IN,
    LinkDirection.BOTH: LINKS_BOTH,
}
_LINKED = frozenset(_ends())
"""Kinds with the condition `links`."""

EntityWhere = named_class("EntityWhere")
FILTER_INPUTS: dict[str, Any] = {label: named_class(f"{label}Where") for label in LABELS if label != "Statement"}
"""The filter input of each label. All have their names before any has fields, since they refer to one another."""
LinkWhere = FILTER_INPUTS["Link"]


@strawberry.input(description="A link of an entity, and what stands at its other end.")
class LinkedWhere:
    direction: LinkDirection | None = strawberry.field(
        default=LinkDirection.BOTH, description="Which way the link points, seen from the entity."
    )
    counterparty: EntityWhere | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="The entity at the other end; either end, where the entity is neither."
    )
    link: LinkWhere | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="The link itself."
    )


@strawberry.input(description="Which links an entity has.")
class LinksFilter:
    some: LinkedWhere | None = strawberry.field(default=UNSET, description="It has at least one such link.")
    none: LinkedWhere | None = strawberry.field(default=UNSET, description="It has no such link.")


def _compile_links(input: LinksFilter) -> Filter:
    compilers: Mapping[str, FilterCompiler] = {"some": _has_link, "none": lambda where: Not(_has_link(where))}
    return all_of(compilers[name](value) for name, value in set_fields(input))


def _has_link(input: LinkedWhere) -> Filter:
    values = dict(set_fields(input))
    counterparty, link = (
        compile_filter(values[name]) if name in values else EVERYTHING for name in ("counterparty", "link")
    )
    return Linked(DIRECTIONS[values["direction"]], counterparty, link)


# ---- the fields of the filter inputs

_filter_input(
    EntityWhere,
    "An entity of any kind that a link may join; a property that its kind does not have is missing.",
    _entity_conditions(),
)
for _label, _input in FILTER_INPUTS.items():
    _doc = f"Selects rows of kind {_label}; all fields that are set have to hold."
    _filter_input(_input, _doc, _conditions(_label))


# ---- changes

ChangeWhere = named_class("ChangeWhere")
_filter_input(
    ChangeWhere,
    "Selects changes between two lenses; all fields that are set have to hold.",
    (
        Condition("kind", _choice_filter(ChangeKind), "What became of the row.", compile_comparison("kind")),
        Condition("cause", _choice_filter(ChangeCause), "Why it differs.", compile_comparison("cause")),
        Condition("label", KeyFilter, "Which kind of row it is, e.g. Link, Organization.", compile_comparison("label")),
        Condition("type", _choice_filter(LinkType), "The type of a link.", compile_comparison(TYPE_COLUMN)),
        Condition("property", KeyFilter, "What of it changed; of a whole row null.", compile_comparison("property")),
        Condition(
            "subject_where",
            EntityWhere,
            "The row, or one that it refers to, satisfies this: an end of a link, an issuer, a site.",
            partial(_compile_reference, "subject"),
        ),
    ),
)
