"""Fields and inputs made from data: what a class statement does for Strawberry, for names that the model knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from graph.audit.tokens import TokenScope


class Field(StrawberryField):
    """A field of an output type whose value `read(source, **arguments)` gives, at once or awaited.

    Without arguments it is a basic field to Strawberry: no Info is made for it, and a page reads thousands."""

    read: Callable[..., Any]
    scope: TokenScope | None = None
    """What the caller of a mutation needs."""
    cost: Mapping[str, int] = MappingProxyType({})
    """What computing it costs beside its rows: under "" always, under the name of an argument where that is given and
    not false."""

    @property
    def is_basic_field(self) -> bool:
        return not self.arguments

    def get_result(self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: Any) -> Any:
        return self.read(source, **kwargs)


def field(
    name: str, type_: Any, read: Callable[..., Any], doc: str, arguments: Iterable[StrawberryArgument] = ()
) -> Field:
    """`name` is the Python name; GraphQL writes it in camel case."""
    made = Field(python_name=name, type_annotation=StrawberryAnnotation(type_), description=doc)
    made.init = made.compare = made.repr = False
    made.read = read
    made.arguments = list(arguments)
    return made


def mutation(
    name: str,
    type_: Any,
    run: Callable[..., Any],
    doc: str,
    arguments: Iterable[StrawberryArgument],
    *,
    scope: TokenScope,
) -> Field:
    made = field(name, type_, run, doc, arguments)
    made.scope = scope
    return made


def argument(name: str, type_: Any, doc: str, default: Any = UNSET) -> StrawberryArgument:
    return StrawberryArgument(name, None, StrawberryAnnotation(type_), description=doc, default=default)


def list_of(type_: Any) -> Any:
    """The list of a type that is made from data."""
    generic: Any = list
    return generic[type_]


def add_fields(cls: type, fields: Iterable[Field]) -> None:
    """Give a class fields before Strawberry decorates it."""
    for one in fields:
        setattr(cls, one.python_name, one)


def named_class(name: str) -> type:
    """A class that becomes an input type; types of its parts may be made of it before."""
    return type(name, (), {"__module__": __name__})


def as_input(made: type, doc: str, parts: Iterable[tuple[str, Any, str]], one_of: bool = False) -> Any:
    """The class as an input of parts (Python name, type, description) that may all be left out. `in_` is `in` in
    GraphQL."""
    given = list(parts)
    made.__annotations__ = {part: type_ | None for part, type_, _ in given}
    for part, _, about in given:
        graphql_name = part.rstrip("_") if part.endswith("_") else None
        setattr(made, part, strawberry.field(name=graphql_name, default=UNSET, description=about))
    return strawberry.input(made, description=doc, one_of=one_of)


def input_type(name: str, doc: str, parts: Iterable[tuple[str, Any, str]], one_of: bool = False) -> Any:
    """As `as_input`, of a new class."""
    return as_input(named_class(name), doc, parts, one_of)
