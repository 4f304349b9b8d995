"""Constructors of Strawberry fields, arguments, types and inputs from data, for names that only the model knows.

A type made here is no dataclass, as `strawberry.type` would make it: that compiles three methods of each type that it
needs only for the types of its own decorator, and takes as long as all the rest of the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directives import OneOf
from strawberry.types import get_object_definition
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from api.context.sources import Source
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
    source: Source | None = None
    """What it is read from; None where `read` computes it."""
    at_most: Callable[[Sizes, Mapping[str, Any]], int] | None = None
    """How many rows it can have at most, by what the store holds and by its arguments, as the client wrote them."""

    @property
    def is_basic_field(self) -> bool:
        return not self.arguments

    def get_result(self, source: Any, info: Info[Any, Any] | None, args: list[Any], kwargs: Any) -> Any:
        return self.read(source, **self.with_defaults(kwargs))

    def with_defaults(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of arguments, with the default in place of a null."""
        names = [name for name, value in values.items() if value is None]
        defaults = {one.python_name: one.default for one in self.arguments if names and one.default is not UNSET}
        return {**values, **{name: defaults[name] for name in names if name in defaults}}


@cache
def _annotation(type_: Any) -> StrawberryAnnotation:
    """One for all fields of a type, so that Strawberry resolves it once."""
    return StrawberryAnnotation(type_)


def field(
    name: str,
    type_: Any,
    read: Callable[..., Any],
    doc: str,
    arguments: Iterable[StrawberryArgument] = (),
    source: Source | None = None,
) -> Field:
    """`name` is the Python name; GraphQL writes it in camel case."""
    result = Field(python_name=name, type_annotation=_annotation(type_), description=doc)
    result.read = read
    result.source = source
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
    return StrawberryArgument(name, None, _annotation(type_), description=doc, default=default)


def list_of(type_: Any) -> Any:
    """The list of a type that is built from data."""
    generic: Any = list
    return generic[type_]


# ---- output types


def add_fields(cls: type, fields: Iterable[Field]) -> None:
    """Adds fields to a class before `output_type` makes it a type."""
    for one in fields:
        setattr(cls, one.python_name, one)


def output_type(cls: type, name: str, doc: str, *, is_interface: bool = False) -> None:
    """Makes the class a type of GraphQL: of the fields of its bases, then of those that were added to it."""
    own = {key: one for key, one in vars(cls).items() if isinstance(one, Field)}
    for key in own:
        delattr(cls, key)
    bases = [found for base in cls.__mro__[1:] if (found := _own_definition(base))]
    inherited = {one.python_name: one for base in reversed(bases) for one in base.fields}
    interfaces = [base for base in bases if base.is_interface]
    _define(cls, name, doc, [*(inherited | own).values()], is_interface=is_interface, interfaces=interfaces)


def _own_definition(cls: type) -> StrawberryObjectDefinition | None:
    definition = get_object_definition(cls)
    return definition if definition is not None and definition.origin is cls else None


def _define(cls: type, name: str, doc: str, fields: list[StrawberryField], **more: Any) -> None:
    """Gives the class the definition from which Strawberry makes a type of GraphQL."""
    stated = {"is_input": False, "is_interface": False, "interfaces": [], "directives": (), **more}
    definition = StrawberryObjectDefinition(
        name=name,
        description=doc,
        fields=fields,
        origin=cls,
        extend=False,
        is_type_of=None,
        resolve_type=None,
        **stated,
    )
    cls.__strawberry_definition__ = definition  # type: ignore[attr-defined]  # where Strawberry looks for it


# ---- inputs


class InputObject:
    """What a client sent for an input: an attribute for each field; UNSET, that of the class, where the client left it
    out."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def input_fields(input: Any) -> list[StrawberryField]:
    """The fields of an input object."""
    return get_object_definition(input, strict=True).fields


def named_class(name: str) -> type[InputObject]:
    """A class for `as_input`, which its own fields may refer to."""
    return type(name, (InputObject,), {"__module__": __name__})


def as_input(
    cls: type[InputObject],
    doc: str,
    parts: Iterable[tuple[str, Any, str]],
    one_of: bool = False,
    deprecated: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """The class as an input type of optional fields (Python name, type, description). `in_` is `in` in GraphQL.
    `deprecated` has the reasons of fields, by name."""
    fields = [
        StrawberryField(
            python_name=name,
            graphql_name=name.rstrip("_") if name.endswith("_") else None,
            type_annotation=_annotation(type_ | None),
            description=description,
            default=UNSET,
            deprecation_reason=deprecated.get(name),
        )
        for name, type_, description in parts
    ]
    for one in fields:
        setattr(cls, one.python_name, UNSET)
    _define(cls, cls.__name__, doc, fields, is_input=True, directives=(OneOf(),) if one_of else ())
    return cls


def input_type(name: str, doc: str, parts: Iterable[tuple[str, Any, str]], one_of: bool = False) -> Any:
    """A new input type; the parts are those of `as_input`."""
    return as_input(named_class(name), doc, parts, one_of)
