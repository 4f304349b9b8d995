"""Constructors of Strawberry fields, arguments and inputs from data, for names that only the model knows."""

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
from graph.stores.sizes import Sizes


class Field(StrawberryField):
    """A field of an output type; `read(source, **arguments)` returns its value or an awaitable.

    A null for an argument that has a default is the default: clients that send every argument send null for what they
    leave out. A field without arguments is a basic field to Strawberry, which creates no Info for it: a page reads
    thousands."""

    read: Callable[..., Any]
    scope: TokenScope | None = None
    """The scope that a mutation requires of its caller."""
    cost: Mapping[str, int] = MappingProxyType({})
    """The cost of computing it, in addition to its rows: under "" always, under the name of an argument where that
    argument is set and not false."""
    at_most: Callable[[Sizes, Mapping[str, Any]], int] | None = None
    """How many rows it can have at most, by what the store holds and by its arguments, as the client wrote them."""

    @property
    def is_basic_field(self) -> bool:
        return not self.arguments

    def get_result(self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: Any) -> Any:
        return self.read(source, **kwargs | self._defaults_of_nulls(kwargs))

    def _defaults_of_nulls(self, values: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name, value in values.items() if value is None]
        defaults = {one.python_name: one.default for one in self.arguments if names and one.default is not UNSET}
        return {name: defaults[name] for name in names if name in defaults}


def field(
    name: str, type_: Any, read: Callable[..., Any], doc: str, arguments: Iterable[StrawberryArgument] = ()
) -> Field:
    """`name` is the Python name; GraphQL writes it in camel case."""
    result = Field(python_name=name, type_annotation=StrawberryAnnotation(type_), description=doc)
    result.init = result.compare = result.repr = False
    result.read = read
    result.arguments = list(arguments)
    return result


def deprecated(of: Field, reason: str) -> Field:
    """The field, marked as superseded; the reason names what to read instead."""
    of.deprecation_reason = reason
    return of


def mutation(
    name: str,
    type_: Any,
    run: Callable[..., Any],
    doc: str,
    arguments: Iterable[StrawberryArgument],
    *,
    scope: TokenScope,
) -> Field:
    """A field of `Mutation` whose caller needs the scope."""
    result = field(name, type_, run, doc, arguments)
    result.scope = scope
    return result


def argument(name: str, type_: Any, doc: str, default: Any = UNSET) -> StrawberryArgument:
    return StrawberryArgument(name, None, StrawberryAnnotation(type_), description=doc, default=default)


def list_of(type_: Any) -> Any:
    """The list of a type that is built from data."""
    generic: Any = list
    return generic[type_]


def add_fields(cls: type, fields: Iterable[Field]) -> None:
    """Add fields to a class before Strawberry decorates it."""
    for one in fields:
        setattr(cls, one.python_name, one)


def named_class(name: str) -> type:
    """An empty class for `as_input`, which its own fields may refer to."""
    return type(name, (), {"__module__": __name__})


def as_input(
    cls: type,
    doc: str,
    parts: Iterable[tuple[str, Any, str]],
    one_of: bool = False,
    deprecated: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """The class as an input type of optional fields (Python name, type, description). `in_` is `in` in GraphQL.
    `deprecated` has the reasons of fields, by name."""
    input_fields = list(parts)
    cls.__annotations__ = {name: type_ | None for name, type_, _ in input_fields}
    for name, _, description in input_fields:
        graphql_name = name.rstrip("_") if name.endswith("_") else None
        reason = deprecated.get(name)
        made = strawberry.field(name=graphql_name, default=UNSET, description=description, deprecation_reason=reason)
        setattr(cls, name, made)
    return strawberry.input(cls, description=doc, one_of=one_of)


def input_type(name: str, doc: str, parts: Iterable[tuple[str, Any, str]], one_of: bool = False) -> Any:
    """A new input type; the parts are those of `as_input`."""
    return as_input(named_class(name), doc, parts, one_of)
