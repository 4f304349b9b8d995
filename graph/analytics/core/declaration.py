"""Declarations: the inputs and the result of an analytic, stated once, next to its function.

Its inputs are arguments that hold a `Parameter` (parameters.py). An argument without one is an attribute of `Facts`
that the function reads, or, if it has a default, a limit that a caller may set. The rows of a result are `Record`s of
`Column`s. `Analytic` joins the two, and the GraphQL field and its types, the command, its tables and the documentation
follow from it.

To add an analytic, write a module in `contracts`, `network` or `risk` with a function and an `Analytic` in `ANALYTICS`
at its foot; `graph/analytics/catalog.py` finds it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from graph.analytics.core.parameters import REQUIRED, Parameter, as_json, kebab, parameters_of, with_inputs

PAGE_OF_ROWS = 100
PAGE_OF_LINKS = 25

# ---- results


@dataclass(frozen=True, slots=True)
class RowOf:
    """A column that holds a row of the graph: an entity, a link, a source. The label Entity is any entity."""

    label: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class KeyOf:
    """A column that holds the key of a row."""

    label: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A column that holds several rows or records. `page`: how many GraphQL returns by default; None: all, as there
    are few."""

    of: RowOf | Record
    page: int | None = PAGE_OF_ROWS

    @property
    def label(self) -> str:
        """The label of the rows; empty for records."""
        return self.of.label if isinstance(self.of, RowOf) else ""


class Groups:
    """A column that holds what contracts have in common, by the name of the group: JSON in GraphQL, in tables a column
    for each group."""


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` of its numbers, where it hangs on the result a function of it. `value` reads it from the object of the
    row; without one it is the attribute `name`. `header` is its name in tables, without one `name`; "" where tables do
    not show it, two names where they show key and name of a row. `sparse`: only in tables in which a row has it.
    `detail`: a terminal that is too narrow for all columns leaves it out first. `api`: whether GraphQL shows it.
    `deprecated`: what GraphQL says to read instead."""

    name: str
    type: Any
    doc: str
    unit: str | Callable[[Any], str] = ""
    value: Callable[[Any], Any] | None = None
    header: str | tuple[str, str] | None = None
    sparse: bool = False
    detail: bool = False
    api: bool = True
    deprecated: str = ""

    def read(self, of: Any) -> Any:
        return getattr(of, self.name) if self.value is None else self.value(of)


@dataclass(frozen=True, slots=True)
class Record:
    """Objects of one kind: a type of GraphQL, and the rows of a table. `optional`: a column holds one or none."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    optional: bool = False


def within(read: Callable[[Any], Any], columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns of a part, read from what holds it; empty where there is no part."""

    def of_part(column: Column) -> Column:
        return replace(column, value=lambda of: None if (part := read(of)) is None else column.read(part))

    return tuple(of_part(column) for column in columns)


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of a result. `rows` is its attribute that holds the rows, or reads them. `title` is a text, or made of
    the result and its inputs. `sparse`: left out where it has no rows. `name` tells it from other tables of the result
    in addresses; without one its title does."""

    title: str | Callable[[Any, Mapping[str, Any]], str]
    rows: str | Callable[[Any], Iterable[Any]]
    columns: tuple[Column, ...]
    sparse: bool = False
    name: str = ""

    @property
    def part(self) -> str:
        """What an address calls it; empty for a table without a name whose title is made of its result."""
        return self.name or (self.title.lower().replace(" ", "_") if isinstance(self.title, str) else "")

    def of(self, result: Any) -> list[Any]:
        return list(getattr(result, self.rows) if isinstance(self.rows, str) else self.rows(result))

    def titled(self, result: Any, inputs: Mapping[str, Any]) -> str:
        return self.title if isinstance(self.title, str) else self.title(result, inputs)


# ---- analytics


class Section(StrEnum):
    """The section of the documentation that describes an analytic."""

    MEGAWATTS = "Megawatts"
    PRICES = "Prices"
    DEPENDENCE = "Who hangs on whom"
    DEBT = "Debt, and what secures it"
    TOTALS = "Against the company's own totals"
    RANKINGS = "Rankings, with error bars"
    STRUCTURE = "Structure"
    WALKS = "Paths, and money that comes back"
    RISK = "If one fails"


class Cost(StrEnum):
    """What computing takes: a SINGLE pass over the links, or RESAMPLING, some hundred passes."""

    SINGLE = "SINGLE"
    RESAMPLING = "RESAMPLING"


@dataclass(frozen=True, slots=True)
class InDatabase:
    """`prepare` takes facts, inputs and limits; `run` a store, what was prepared, and inputs, and is awaited."""

    prepare: Callable[..., Any]
    run: Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Analytic:
    """`tables`: the first holds the rows, the others are supplements. `page`: how many rows a field or command gives of
    a result that is computed whole. `lists` are GraphQL fields that show one column of the result as a plain list, by
    the name of the column; the whole result is then the field `…_table`. `deprecated_lists` are those of them that
    GraphQL says to read no longer, each with what to read instead. `cost_of` are the inputs that make it dearer.
    `in_database` computes it where the facts are stored, for the engine GDS."""

    name: str
    doc: str
    section: Section
    function: Callable[..., Any]
    result: Record
    tables: tuple[Listing, ...]
    page: int | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    deprecated_lists: Mapping[str, str] = field(default_factory=dict)
    cost: Cost = Cost.SINGLE
    cost_of: Mapping[str, Cost] = field(default_factory=dict)
    in_database: InDatabase | None = None

    @property
    def command(self) -> str:
        return kebab(self.name)

    @property
    def field_name(self) -> str:
        """The Python name of the GraphQL field that shows the whole result."""
        return f"{self.name}_table" if self.lists else self.name

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(parameters_of(self.function).values())

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The attributes of `Facts` that it reads; `facts` is all of them."""
        return tuple(name for name, default in self._others.items() if default is REQUIRED)

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """The limits that a caller may set."""
        return tuple(name for name, default in self._others.items() if default is not REQUIRED)

    @property
    def _others(self) -> Mapping[str, Any]:
        arguments = inspect.signature(self.function).parameters
        inputs = parameters_of(self.function)
        return {name: one.default for name, one in arguments.items() if name not in inputs}

    def inputs(self, **stated: Any) -> dict[str, Any]:
        """All inputs by name, those not stated by their defaults; a required one has to be stated."""
        return {
            one.name: stated[one.name] if one.required else stated.get(one.name, one.default) for one in self.parameters
        }

    def long(self, inputs: Mapping[str, Any]) -> bool:
        """Whether computing it takes seconds."""
        costs = [self.cost, *(cost for name, cost in self.cost_of.items() if inputs[name])]
        return Cost.RESAMPLING in costs

    def compute(self, facts: Any, inputs: Mapping[str, Any], limits: Mapping[str, Any] | None = None) -> Any:
        """The result, from `Facts`. Raises what the function raises."""
        read = {name: facts if name == "facts" else getattr(facts, name) for name in self.reads}
        named = {one.identifier: inputs[one.name] for one in self.parameters}
        return self.function(**read, **named, **self._own(limits or {}))

    def _own(self, limits: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in limits.items() if name in self.limits}

    def by_database(self, inputs: Mapping[str, Any]) -> InDatabase | None:
        """How the database computes it; None unless the input `engine` is GDS."""
        return self.in_database if inputs.get("engine") == "GDS" else None

    def with_inputs(self, result: Any, inputs: Mapping[str, Any]) -> Any:
        """The result of a database, with its inputs."""
        return with_inputs(result, {name: as_json(value) for name, value in inputs.items()})
