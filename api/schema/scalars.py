"""The scalars and enums of the schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from math import isfinite
from typing import Any, NewType

import strawberry
from graphql import FloatValueNode, ListValueNode, ObjectValueNode, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from graph.errors import BadQuery, BadValue
from graph.evidence.lens import Certainty
from graph.vocabulary.enums import Confidence, Nature, ObservationMetric, Reliability
from graph.vocabulary.glossary import meaning
from graph.vocabulary.model import ENTITIES, LinkType
from graph.vocabulary.parsing import read_json_float
from graph.vocabulary.values import Bound, CapacityBasis, CapacityStage, PartialDate

JSON = NewType("JSON", object)


def _read_day(value: Any) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadQuery(f"{str(value)[:60]!r} is not a Date.", remedy="Write it as 2026-07-15.")


def _read_moment(value: Any) -> PartialDate:
    try:
        return PartialDate.read(value if isinstance(value, str) else repr(value))
    except BadValue as problem:
        raise BadQuery(f"{problem.message}.", remedy="Write 2026, 2026-H2, 2026-Q3, 2026-07 or 2026-07-15.") from None


MAX_JSON_DEPTH = 16
MAX_JSON_VALUES = 10_000
"""Values within one JSON value, itself and names of objects included."""
MAX_NAME_LENGTH = 100
"""Characters of a name in an object: error messages quote the path of names."""
_INT64_LIMIT = 2**63


def _read_json(value: Any) -> Any:
    """A JSON value that every store can hold. Raises BadQuery."""
    count, level = 0, [value]
    for _ in range(MAX_JSON_DEPTH):
        count += len(level)
        if count > MAX_JSON_VALUES:
            raise BadQuery(f"JSON of more than {MAX_JSON_VALUES:,} values.", remedy="Send less at once.")
        for one in level:
            _check_json(one)
        level = [part for one in level for part in _parts(one)]
        if not level:
            return value
    raise BadQuery(f"JSON deeper than {MAX_JSON_DEPTH}.", remedy="Write it flat.")


def _read_json_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> Any:
    return _read_json(_value_of(node, dict(variables or {})))


def _value_of(node: ValueNode, variables: dict[str, Any]) -> Any:
    """What the literal says, with all digits of its numbers."""
    match node:
        case FloatValueNode():
            return read_json_float(node.value)
        case ListValueNode():
            return [_value_of(one, variables) for one in node.values]
        case ObjectValueNode():
            return {one.name.value: _value_of(one.value, variables) for one in node.fields}
        case _:
            return value_from_ast_untyped(node, variables)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value, *value.values())
    return value if isinstance(value, list) else ()


def _check_json(value: Any) -> None:
    if isinstance(value, float) and not isfinite(value):
        raise BadQuery("JSON with a number that is not finite.", remedy="Write a number of at most 1e308.")
    if isinstance(value, int) and not -_INT64_LIMIT <= value < _INT64_LIMIT:
        raise BadQuery("JSON with a whole number beyond 64 bits.", remedy="Write a smaller one, or text.")
    if isinstance(value, dict) and any(len(name) > MAX_NAME_LENGTH for name in value):
        raise BadQuery(f"JSON with a name of more than {MAX_NAME_LENGTH} characters.", remedy="Names are short words.")
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadQuery("JSON with half a character (a lone surrogate).", remedy="Write text in UTF-8.")


SCALARS: Mapping[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date", description="A day in UTC, YYYY-MM-DD.", serialize=date.isoformat, parse_value=_read_day
    ),
    PartialDate: strawberry.scalar(
        name="PartialDate",
        description="A date as precisely as it is known: 2026, 2026-H2, 2026-Q3, 2026-07, 2026-07-15. An interval.",
        serialize=str,
        parse_value=_read_moment,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=_read_json,
        parse_literal=_read_json_literal,
    ),
}
"""By the Python type that resolvers return."""


@cache
def enum_of(choices: type[StrEnum]) -> type[StrEnum]:
    """A GraphQL enum of an enum of the model, its values described by the glossary."""
    schema_enum = strawberry.enum(choices, description=vars(choices).get("__doc__"))
    for value in schema_enum.__strawberry_definition__.values:  # type: ignore[attr-defined]  # strawberry.enum adds it
        value.description = meaning(choices(value.value))
    return schema_enum


EntityKind = StrEnum("EntityKind", {label.upper(): label for label in ENTITIES})  # type: ignore[misc]  # mypy wants literals
EntityKind.__doc__ = "Kinds of entities."


class LinkDirection(StrEnum):
    """Whether an entity is the source of a link (OUT), its target (IN), or named by it in any way (BOTH)."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


class SortDirection(StrEnum):
    """Rows without a value come last in both directions, then the key decides."""

    ASC = "ASC"
    DESC = "DESC"


for _choices in (
    Bound,
    CapacityBasis,
    CapacityStage,
    Certainty,
    Confidence,
    EntityKind,
    LinkDirection,
    LinkType,
    Nature,
    ObservationMetric,
    Reliability,
    SortDirection,
):
    enum_of(_choices)  # those that fields name in code; properties of the model register the others
