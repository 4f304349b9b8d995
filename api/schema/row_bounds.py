"""How many rows a list can have at most, by the arguments that select its rows and by what the store holds.

Arguments are as the client wrote them, not parsed: what is not understood bounds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from api.context.fields import Field
from api.schema.filters import DIRECTIONS
from graph.stores.query import LINKS_BOTH, LINKS_IN, LINKS_OUT, OBSERVATIONS_OF, Relation
from graph.stores.sizes import Sizes

_Arguments = Mapping[str, Any]
_REFERENCES: Mapping[tuple[str, str], Relation] = {
    ("Link", "source"): LINKS_OUT,
    ("Link", "target"): LINKS_IN,
    ("Observation", "subjectWhere"): OBSERVATIONS_OF,
}
"""Conditions on a row that others refer to: named by its key, it has no more than the largest number of children."""

_DIRECTIONS = {direction.name: relation for direction, relation in DIRECTIONS.items()}


def with_rows_of(label: str, field: Field) -> Field:
    """A list of all rows of a label, with an argument `where`."""
    field.at_most = lambda sizes, arguments: _selected(sizes, label, arguments.get("where"))
    return field


def with_children(relation: Relation, field: Field) -> Field:
    """A list of rows that belong to one parent, all of them or some."""
    field.at_most = lambda sizes, _: sizes.children[relation]
    return field


def with_items(label: str, name: str, field: Field) -> Field:
    """A list that is the value of a property."""
    field.at_most = lambda sizes, _: sizes.items[label, name]
    return field


def with_links(field: Field) -> Field:
    """A list of the links of one entity, with the arguments `where` and `direction`."""
    field.at_most = _links
    return field


def _links(sizes: Sizes, arguments: _Arguments) -> int:
    relation = _DIRECTIONS.get(str(arguments.get("direction")), LINKS_BOTH)
    return min(sizes.children[relation], _selected(sizes, "Link", arguments.get("where")))


# ---- filters


def _selected(sizes: Sizes, label: str, where: Any) -> int:
    """The rows of a label that a filter selects; all conditions hold, so the narrowest decides."""
    conditions = where.items() if isinstance(where, dict) else ()
    bounds = (bound for name, value in conditions for bound in _bounds(sizes, label, name, value))
    return min(bounds, default=sizes.rows[label]) if conditions else sizes.rows[label]


def _bounds(sizes: Sizes, label: str, name: str, value: Any) -> Iterator[int]:
    yield sizes.rows[label]
    part = partial(_selected, sizes, label)
    if name == "and":
        yield from map(part, _list(value))
    elif name == "or" and value is not None:
        yield sum(map(part, _list(value)))
    elif name in ("key", "id") and (keys := _equal_to(value)) is not None:
        yield len(keys)
    elif (label, name) == ("Link", "type") and (types := _equal_to(value)) is not None:
        yield sum(sizes.links.get(str(one), 0) for one in types)
    elif (label, name) in _REFERENCES and isinstance(value, dict) and (keys := _equal_to(value.get("key"))) is not None:
        yield len(keys) * sizes.children[_REFERENCES[label, name]]


def _list(value: Any) -> list[Any]:
    """The items of a list; GraphQL takes one item for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _equal_to(condition: Any) -> set[Any] | None:
    """The values one of which `eq` or `in` asks for; None where neither does."""
    if not isinstance(condition, dict):
        return None
    if condition.get("eq") is not None:
        return {str(condition["eq"])}
    return {str(one) for one in _list(condition["in"])} if condition.get("in") is not None else None
