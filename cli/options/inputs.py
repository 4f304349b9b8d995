"""Inputs of analytics and reports on the command line: one without a default is an argument, one with a default an
option."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer

from cli.options.lens import option
from graph.analytics.core.inputs import resolve_keys
from graph.analytics.core.parameters import Parameter
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.stores.base import Reader
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import LinkType
from graph.vocabulary.values import CapacityBasis

_SCOPE = (
    option("type", list[LinkType] | None, "Only links of this type; several times for several."),
    option("layer", Layer | None, "Only links of this layer."),
    option("basis", CapacityBasis | None, "Only links with megawatts of this basis."),
    option("status", list[LinkStatus] | None, "Only links of this status [default: SIGNED, ACTIVE]."),
    option("commitment", list[Commitment] | None, "Only links of this commitment [default: FIRM]."),
)


def scope_of(options: Mapping[str, Any]) -> Scope:
    return Scope(
        types=frozenset(map(str, options["type"])) if options["type"] else None,
        layer=options["layer"],
        basis=options["basis"],
        status=frozenset(options["status"]) if options["status"] else DEFAULT_SCOPE.status,
        commitment=frozenset(options["commitment"]) if options["commitment"] else DEFAULT_SCOPE.commitment,
    )


def input_options(parameters: Iterable[Parameter]) -> Iterator[inspect.Parameter]:
    """What Typer reads, in the order of the parameters."""
    for parameter in parameters:
        yield from _options(parameter)


def _options(parameter: Parameter) -> tuple[inspect.Parameter, ...]:
    if parameter.type is Scope:
        return _SCOPE
    generic: Any = list
    type_: Any = generic[parameter.type] if parameter.collection else parameter.type
    if not parameter.required:
        several = parameter.collection and parameter.default is not None
        default = list(parameter.default) if several else parameter.default
        return (
            option(
                parameter.identifier, type_ if default is not None else type_ | None, parameter.description, default
            ),
        )
    metavar = parameter.name.upper() if parameter.identifier != parameter.name else None  # FROM_ is no word
    shown = typer.Argument(help=parameter.description, show_default=False, metavar=metavar)
    annotation = Annotated[type_, shown]
    return (inspect.Parameter(parameter.identifier, inspect.Parameter.KEYWORD_ONLY, annotation=annotation),)


async def requested_inputs(
    reader: Reader, parameters: Iterable[Parameter], options: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs by name, with names of organizations resolved to keys. Raises BadQuery."""
    return {one.name: await _input(reader, one, options) for one in parameters}


async def _input(reader: Reader, parameter: Parameter, options: Mapping[str, Any]) -> Any:
    if parameter.type is Scope:
        return scope_of(options)
    value = options[parameter.identifier]
    if value is None or parameter.collection is None:
        return await resolve_keys(reader, parameter, value)
    return await resolve_keys(reader, parameter, parameter.collection(value))
