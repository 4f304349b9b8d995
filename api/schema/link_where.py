"""A filter of links as text: the JSON of a `LinkWhere`, as GraphQL takes it in a variable. Addresses and commands that
select links take it by the name WHERE."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError, GraphQLNonNull, coerce_input_value, validate_input_value
from strawberry.types.arguments import convert_argument

from api.context.nesting import check_nesting
from api.schema.build import schema
from api.schema.filters import LinkWhere, compile_filter
from api.schema.unknown_keys import named_keys
from graph.errors import BadInput
from graph.stores.names import NamedKey
from graph.stores.query import Filter

WHERE = "where"
EXAMPLE = '{"valueUsd":{"gte":1e9},"target":{"name":{"contains":"micro"}}}'
_INPUT = "LinkWhere"
_MAX_PROBLEMS = 3


class ParsedLinkWhere(NamedTuple):
    """`text` is the filter in one way of writing, `keys` are those that it names."""

    where: Filter
    text: str
    keys: tuple[NamedKey, ...]


def link_filter(text: str) -> ParsedLinkWhere:
    """Raises BadInput, QueryTooDeep, BadValue, BadQuery."""
    value = _parsed(text)
    check_nesting("", {WHERE: value})
    type_: Any = schema.core.type_map[_INPUT]
    problems: list[str] = []
    validate_input_value(value, GraphQLNonNull(type_), lambda error, path: problems.append(_problem(error, path)))
    if problems:
        raise BadInput(
            f"{WHERE} is no {_INPUT}: {'; '.join(problems[:_MAX_PROBLEMS])}.",
            remedy=f"Write what a query of the API takes as the variable `where` of links, such as {EXAMPLE}.",
        )
    converter = schema.schema_converter
    coerced = coerce_input_value(value, type_)
    where = compile_filter(convert_argument(coerced, LinkWhere, converter.scalar_registry, schema.config))
    written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return ParsedLinkWhere(where, written, tuple(named_keys(where, ("Link",))))


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"{WHERE} is no JSON: {error}."
        raise BadInput(message, remedy=f"Write it as {EXAMPLE}; a shell needs single quotes around it.") from None


def _problem(error: GraphQLError, path: list[str | int]) -> str:
    """What is wrong, and where."""
    place = ".".join(map(str, path))
    said = error.message.removesuffix(".")
    return f"at {place}: {said}" if place else said
