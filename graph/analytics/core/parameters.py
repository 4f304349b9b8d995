"""Inputs of analytics and reports, declared where the function states them.

An input is an argument of the function whose annotation holds a `Parameter`; name, type and default stand in the
signature. Arguments of GraphQL, options of commands and parameters of addresses follow from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, wraps
from keyword import iskeyword
from types import NoneType
from typing import Annotated, Any, Final, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from graph.errors import BadQuery

P = ParamSpec("P")
R = TypeVar("R")

REQUIRED: Final = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input. An annotation gives `doc`, `key_of` (the label of the rows whose keys it takes), bounds (inclusive),
    `page_size` (it is a number of rows, which a service bounds) and `required_by_api` (GraphQL has no default for it);
    `parameters_of` adds what the signature says. `collection` is tuple or frozenset where it takes several values."""

    doc: str
    key_of: str = ""
    at_least: int | None = None
    at_most: int | None = None
    page_size: bool = False
    required_by_api: bool = False
    name: str = ""
    type: Any = None
    collection: type[Any] | None = None
    default: Any = REQUIRED

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    @property
    def identifier(self) -> str:
        """Its name in Python: `from_` where that is a word of the language."""
        return f"{self.name}_" if iskeyword(self.name) else self.name

    @property
    def description(self) -> str:
        """`doc` with the bounds, inclusive."""
        return self.doc if self.at_most is None else f"{self.doc[:-1]}, {self._range}."

    @property
    def field_name(self) -> str:
        """Its name in GraphQL."""
        return camel(self.name)

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return f"--{kebab(self.name)}"

    @property
    def _range(self) -> str:
        return f"{self.at_least} to {self.at_most}"

    def check(self, value: Any) -> None:
        """Raises BadQuery for a value out of bounds."""
        if self.at_least is not None and self.at_most is not None and not self.at_least <= value <= self.at_most:
            raise BadQuery(f"{self.field_name} is {value}.", remedy=f"Give {self._range}.")


def camel(name: str) -> str:
    """A Python name in GraphQL: `max_hops` is `maxHops`, `from_` is `from`."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in others)


def kebab(name: str) -> str:
    """A Python name on the command line: `max_hops` is `max-hops`."""
    return name.rstrip("_").replace("_", "-")


@cache
def parameters_of(function: Callable[..., Any]) -> Mapping[str, Parameter]:
    """The inputs of a function by name, in the order of its signature."""
    hints = get_type_hints(function, include_extras=True)
    arguments = inspect.signature(function).parameters.items()
    parameters = ((name, _parameter(name, hints[name], one.default)) for name, one in arguments)
    return {name: one for name, one in parameters if one is not None}


def _parameter(name: str, hint: Any, default: Any) -> Parameter | None:
    if get_origin(hint) is not Annotated:
        return None
    type_, stated = get_args(hint)[:2]
    assert isinstance(stated, Parameter)  # noqa: S101 (annotations of inputs hold nothing else)
    plain = next((one for one in get_args(type_) if one is not NoneType), type_) if _optional(type_) else type_
    collection = get_origin(plain)
    plain = plain if collection is None else get_args(plain)[0]
    return replace(stated, name=name.rstrip("_"), type=plain, collection=collection, default=default)


def _optional(type_: Any) -> bool:
    return NoneType in get_args(type_)


def as_json(value: Any) -> Any:
    """An input as JSON; what has parts of its own (a scope) describes itself."""
    match value:
        case StrEnum():
            return str(value)
        case tuple() | list():
            return [as_json(one) for one in value]
        case frozenset():
            return sorted(as_json(one) for one in value)
    return value.to_dict() if hasattr(value, "to_dict") else value


def declared(function: Callable[P, R]) -> Callable[P, R]:
    """Decorates the function of an analytic: checks its inputs against their bounds (raises BadQuery) and adds them to
    `method.parameters` of its result. Parameters that the function itself sets go before them."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        parameters = parameters_of(function)
        for name, parameter in parameters.items():
            parameter.check(bound.arguments[name])
        inputs = {one.name: as_json(bound.arguments[name]) for name, one in parameters.items()}
        result: R = with_inputs(function(*args, **kwargs), inputs)
        return result

    return run


def with_inputs(result: Any, inputs: Mapping[str, Any]) -> Any:
    """The result with the inputs among the parameters of its method."""
    method = result.method
    return replace(result, method=replace(method, parameters={**inputs, **method.parameters}))
