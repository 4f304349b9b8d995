"""The arguments of tools: strict models, since clients send what a language model wrote. A name that is unknown is an
error, a text is no number, and the days of the lens are partial dates as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from api.schema.build import schema
from graph.errors import BadInput, BadLens, BadValue
from graph.evidence.lens import Lens, today
from graph.vocabulary.values import PartialDate
from graph.vocabulary.wording import quote

_FORMS = "Write it as text: 2026-06-30, or the last day of 2026-06, 2026-Q2, 2026-H1 or 2026."
_SHORT_FORMS = "as 2026-06-30, or 2026-06 for its last; default today (UTC)."
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})(?:[T ].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)

Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1, le=100)]
Day = Annotated[str | None, Field(max_length=40)]


class Arguments(BaseModel):
    """What every tool takes."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, allow_inf_nan=False)

    valid_on: Day = Field(None, description=f"Day in the world that the answer describes, {_SHORT_FORMS}")
    known_on: Day = Field(None, description=f"Day whose state of knowledge counts, {_SHORT_FORMS}")

    def lens(self) -> Lens:
        """Raises BadLens."""
        return Lens(valid_on=_day("validOn", self.valid_on), known_on=_known_day("knownOn", self.known_on))


class FindArguments(Arguments):
    text: Text = Field(description="Words of a name, key, ticker, alias or former name.")
    kinds: list[Literal["ORGANIZATION", "SITE", "CHIP", "DEAL", "DEBT", "EVENT"]] | None = Field(
        None, description="Only entities of these kinds."
    )
    first: Count = Field(10, description="So many of the best.")


class OrganizationArguments(Arguments):
    organization: Text = Field(description="Key, ticker, name, alias or former name.")
    direction: Literal["OUT", "IN", "BOTH"] = Field(
        "BOTH", description="OUT: links that lead from it, such as what it provides; IN: to it; BOTH: either."
    )
    types: list[Text] | None = Field(None, description="Only links of these types, such as PROVIDES_CAPACITY.")
    first: Count = Field(25, description="So many links.")


class LinkArguments(Arguments):
    link: Text = Field(description="Key of the link, as other tools give it.")
    property: Text | None = Field(None, description="Only statements about this property, such as capacities.")
    first: Annotated[int, Field(ge=1, le=500)] = Field(50, description="So many statements about it.")


class ConflictArguments(Arguments):
    subject: Text | None = Field(None, description="Key: only conflicts about this entity or link.")
    property: Text | None = Field(None, description="Only conflicts on this property, such as value.")
    first: Count = Field(10, description="So many conflicts.")


class PathExistsArguments(Arguments):
    from_: Text = Field(alias="from", description="Where to start: key, ticker or name of an entity.")
    to: Text = Field(description="Where to arrive: key, ticker or name of an entity.")
    max_hops: Annotated[int, Field(ge=1, le=10)] = Field(4, description="At most so many hops.")
    flow: Literal["LINK", "MONEY", "DEPENDENCY"] = Field(
        "DEPENDENCY",
        description="Which way to go along a link: as it is written, as money flows, or from who depends to whom.",
    )
    directed: bool = Field(True, description="Whether directions count.")


class PathArguments(PathExistsArguments):
    first: Annotated[int, Field(ge=1, le=25)] = Field(5, description="So many of the shortest.")


class ExposureArguments(Arguments):
    organization: Text = Field(description="Key, ticker or name.")
    max_hops: Annotated[int, Field(ge=1, le=4)] = Field(2, description="At most so many hops.")
    first: Annotated[int, Field(ge=1, le=40)] = Field(10, description="So many organizations in each list.")


class LoopArguments(Arguments):
    through: Text | None = Field(None, description="Only loops through this organization: key, ticker or name.")
    max_length: Annotated[int, Field(ge=2, le=8)] = Field(5, description="At most so many organizations.")
    min_value_usd: Annotated[float, Field(ge=0)] | None = Field(
        None, description="Only loops each hop of which states at least so many US dollars."
    )
    first: Annotated[int, Field(ge=1, le=25)] = Field(5, description="So many loops.")


class ChangeArguments(Arguments):
    since: Annotated[str, Field(max_length=40)] = Field(
        description="The day before, its world as known then: as 2026-06-30, or 2026-06 for its last."
    )
    about: Text | None = Field(None, description="Key: only changes of this row, or of rows that refer to it.")
    first: Count = Field(10, description="So many changes, contracts first.")

    def before(self) -> Lens:
        """Raises BadLens."""
        return Lens(valid_on=_day("since", self.since), known_on=_known_day("since", self.since))


class CoverageArguments(Arguments):
    first: Count = Field(10, description="So many organizations, and so many links that nobody has looked at.")


# ---- days


def _day(name: str, text: str | None) -> date | None:
    """The day, or the last day of a longer period. Raises BadLens."""
    return None if text is None else _read_date(name, text).latest


def _known_day(name: str, text: str | None) -> date | None:
    """As `_day`; of a period that goes on, today."""
    if text is None:
        return None
    moment, now = _read_date(name, text), today()
    return now if moment.earliest <= now < moment.latest else moment.latest


def _read_date(name: str, text: str) -> PartialDate:
    try:
        return PartialDate.read(text)
    except BadValue:
        meant = _suggested_day(text)
        remedy = f"Did you mean {meant}?" if meant else _FORMS
        raise BadLens(f"{name} is {quote(text)}, which is no date.", remedy=remedy) from None


def _suggested_day(text: str) -> date | None:
    """The day that a text of another form names for certain."""
    year_first, day_first = _YEAR_FIRST.fullmatch(text.strip()), _DAY_FIRST.fullmatch(text.strip())
    parts = year_first.groups() if year_first else day_first.groups()[::-1] if day_first else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


# ---- reading


def read_arguments(model: type[Arguments], values: Mapping[str, Any]) -> Arguments:
    """Raises BadInput, which tells every problem."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        problems = [_problem(model, one) for one in error.errors()]
        raise BadInput(" ".join(problems), remedy="") from None


def _problem(model: type[Arguments], error: ErrorDetails) -> str:
    name, names = str(error["loc"][0]), list(argument_names(model))
    if error["type"] == "extra_forbidden":
        meant = did_you_mean(name, names) or f"It takes {', '.join(names)}."
        return f"No argument {quote(name)}. {meant}"
    if error["type"] == "missing":
        return f"The argument {name} is missing: {_description(model, name)}"
    return f"{name} cannot be used: {error['msg']}. {_description(model, name)}"


def argument_names(model: type[Arguments]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _description(model: type[Arguments], name: str) -> str:
    return next(field.description or "" for key, field in model.model_fields.items() if name in (field.alias, key))


def did_you_mean(text: str, names: list[str]) -> str:
    """`Did you mean validOn?`; empty where nothing is spelled alike."""
    folded = {_folded(name): name for name in names}
    alike = get_close_matches(_folded(text), list(folded), 1)
    return f"Did you mean {folded[alike[0]]}?" if alike else ""


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def check_link_types(types: list[str] | None) -> None:
    """Raises BadInput for a text that is no type of links."""
    known = list(schema.core.type_map["LinkType"].values)  # type: ignore[attr-defined]  # an enum
    for one in types or ():
        if one not in known:
            meant = did_you_mean(one, known) or f"There are {', '.join(known)}."
            raise BadInput(f"No links are of type {quote(one)}.", remedy=meant)
