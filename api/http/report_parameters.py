"""What a report or a page takes in an address: its inputs, and `?validOn=…&knownOn=…` of one lens, `?before=…&after=…`
of two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from graph.analytics.core.parameters import Parameter
from graph.errors import BadInput, BadLens
from graph.evidence.lens import DEFAULT_LENS, Certainty, Lens
from graph.reports.report import Lenses, Report
from graph.vocabulary.enums import Confidence, Nature, Reliability

E = TypeVar("E", bound=StrEnum)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MAX_SHOWN = 40
"""Characters of a wrong value that a message repeats."""


# ---- values


def read_day(name: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        message = f"{name} is {text[:_MAX_SHOWN]!r}, which is not a day."
        raise BadLens(message, remedy="Write it as 2026-06-30.") from None


def _text(_: str, text: str) -> str:
    return text


def _choice(choices: type[E], name: str, text: str) -> E:
    try:
        return choices(text)
    except ValueError:
        message = f"{name} is {text[:_MAX_SHOWN]!r}, which is no value of it."
        raise BadLens(message, remedy=f"Name one of {', '.join(choices)}.") from None


def _choices(choices: type[E], name: str, text: str) -> frozenset[E]:
    return frozenset(_choice(choices, name, part) for part in text.split(","))


def _flag(name: str, text: str) -> bool:
    if text not in _FLAGS:
        message = f"{name} is {text[:_MAX_SHOWN]!r}, which is no value of it."
        raise BadLens(message, remedy=f"Name one of {', '.join(_FLAGS)}.")
    return _FLAGS[text]


def _keys(_: str, text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


_DATES: Mapping[str, str] = {"valid_on": "validOn", "known_on": "knownOn"}
_LENS_PARAMETERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "valid_on": ("validOn", read_day),
    "known_on": ("knownOn", read_day),
    "scenario": ("scenario", _text),
    "min_confidence": ("minConfidence", partial(_choice, Confidence)),
    "min_reliability": ("minReliability", partial(_choice, Reliability)),
    "natures": ("natures", partial(_choices, Nature)),
    "exclude_sources": ("excludeSources", _keys),
    "certainty": ("certainty", partial(_choice, Certainty)),
    "overlay": ("overlay", _flag),
}
"""Name in an address and parser of each field of a lens; several values of one field stand between commas."""
_SIDES = ("before", "after")
_SIDE_PARAMETERS: Mapping[str, str] = {"valid_on": "Valid", "known_on": "Known", "scenario": "Scenario"}
"""What the two lenses of a report do not share, by the ending of its name in an address."""


def lens_names(lenses: Lenses) -> tuple[str, ...]:
    """The names by which an address selects as many lenses."""
    if lenses is Lenses.ONE:
        return tuple(name for name, _ in _LENS_PARAMETERS.values())
    sides = (f"{side}{ending}" for side in _SIDES for ending in ("", *_SIDE_PARAMETERS.values()))
    return (*sides, *(name for field, (name, _) in _LENS_PARAMETERS.items() if field not in _DATES))


def parameter_names(report: Report) -> tuple[str, ...]:
    """The names that an address of the report may have."""
    inputs = (parameter.field_name for parameter in report.parameters)
    return (*inputs, *lens_names(report.lenses))


# ---- from an address to lenses


def check_names(query: QueryParams, known: Sequence[str]) -> None:
    """Raises BadInput for a name that is unknown or stands twice."""
    names = [name for name, _ in query.multi_items()]
    for name in names:
        if name not in known:
            remedy = f"It takes {', '.join(known)}." if known else "It takes none."
            raise BadInput(f"No parameter {name[:_MAX_SHOWN]!r}.", remedy=remedy)
        if query[name] == "":
            raise BadInput(f"{name} is empty.", remedy="Give it a value, or leave it out.")
        if names.count(name) > 1:
            raise BadInput(f"{name} is given {names.count(name)} times.", remedy="Give it once.")


def requested_lenses(lenses: Lenses, query: QueryParams) -> Sequence[Lens]:
    """As many lenses as are taken, of an address whose names are checked. Raises BadLens."""
    lens = Lens(**{field: read(name, query[name]) for field, (name, read) in _LENS_PARAMETERS.items() if name in query})
    return [lens] if lenses is Lenses.ONE else [_side_lens(lens, side, query) for side in _SIDES]


def _side_lens(shared: Lens, side: str, query: QueryParams) -> Lens:
    day = read_day(side, query[side]) if side in query else None
    values = {
        field: _LENS_PARAMETERS[field][1](f"{side}{ending}", query[f"{side}{ending}"])
        for field, ending in _SIDE_PARAMETERS.items()
        if f"{side}{ending}" in query
    }
    return replace(shared, **{"valid_on": day, "known_on": day, **values})


# ---- from an address to inputs


def requested_inputs(report: Report, query: QueryParams) -> dict[str, Any]:
    """The inputs of a report by name. Raises BadInput."""
    return {parameter.name: _input(parameter, query.get(parameter.field_name)) for parameter in report.parameters}


def _input(parameter: Parameter, text: str | None) -> Any:
    if text is None and parameter.required:
        name = parameter.field_name
        raise BadInput(f"{name} is missing: {parameter.description}", remedy=f"Add ?{name}=... to the address.")
    if text is None:
        return parameter.default
    if parameter.collection is None:
        return _value(parameter, text)
    return parameter.collection(_value(parameter, part) for part in text.split(","))


def _value(parameter: Parameter, text: str) -> Any:
    if issubclass(parameter.type, StrEnum):
        return _choice(parameter.type, parameter.field_name, text)
    if parameter.type is date:
        return read_day(parameter.field_name, text)
    try:
        return _FLAGS[text] if parameter.type is bool else parameter.type(text)
    except (ValueError, KeyError):
        message = f"{parameter.field_name} is {text[:_MAX_SHOWN]!r}, which is no {_NAMES[parameter.type]}."
        raise BadInput(message, remedy=parameter.description) from None


_FLAGS = {"true": True, "false": False}
_NAMES = {bool: "true or false", int: "whole number", float: "number"}


def input_query(report: Report, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The inputs that are no default, as they stand in an address."""
    values = [(parameter, inputs[parameter.name]) for parameter in report.parameters]
    return [(parameter.field_name, _written(value)) for parameter, value in values if value != parameter.default]


# ---- from lenses to an address


def lens_query(lenses: Sequence[Lens]) -> list[tuple[str, str]]:
    """Resolved lenses as they stand in an address, without what is the default."""
    if len(lenses) == 1:
        return list(_parameters(lenses[0], {field: name for field, (name, _) in _LENS_PARAMETERS.items()}))
    sides = [
        pair
        for side, lens in zip(_SIDES, lenses, strict=True)
        for pair in _parameters(lens, {field: f"{side}{ending}" for field, ending in _SIDE_PARAMETERS.items()})
    ]
    shared = {field: name for field, (name, _) in _LENS_PARAMETERS.items() if field not in _SIDE_PARAMETERS}
    return [*sides, *_parameters(lenses[0], shared)]


def query_text(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs), safe=",")


def _parameters(lens: Lens, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field, name in names.items():
        value = getattr(lens, field)
        if value != getattr(DEFAULT_LENS, field):
            yield name, _written(value)


def _written(value: object) -> str:
    match value:
        case frozenset():
            return ",".join(sorted(map(str, value)))
        case tuple():
            return ",".join(map(str, value))
        case bool():
            return str(value).lower()
    return str(value)


def stable_lens(lens: Lens) -> Iterator[str]:
    """Every field of a lens as text that is the same in each process."""
    return (f"{field.name}={_stable(getattr(lens, field.name))}" for field in fields(lens))


def _stable(value: object) -> str:
    return " ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)
