"""Where fields come from. A field that declares its source is read of many rows at once (`api/execution/plan`); one
that declares none is computed by its `read`, object by object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.stores.query import Query, Relation
from graph.vocabulary.model import Row
from graph.vocabulary.types import Type


@dataclass(frozen=True, slots=True)
class KeyValue:
    """The key of the row."""


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """A value that columns of the row hold."""

    name: str
    type: Type | None = None
    """How columns hold it; None: `name` is the column, which holds what the field shows."""
    or_key: bool = False
    """Whether the key of the row stands for a missing value."""
    capped: bool = False
    """Whether the value is a list of which at most MAX_UNPAGED items are shown."""
    parts: Mapping[str, ColumnValue] = field(default_factory=dict, hash=False)
    """Columns of the parts of a composite value, by Python name of their fields. Where the first is missing, there is
    no value."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What `read` computes from these columns of the row, and its key and label, alone."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowReference:
    """The row that a property refers to, or the rows in the order stated, without those that the lens does not show."""

    property: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class Children:
    """The rows that belong to the row: `select` gives the relation and the query of the arguments."""

    select: Callable[..., tuple[Relation, Query]]
    paged: bool = True
    """Whether they are a connection; else the first MAX_UNPAGED of them."""


@dataclass(frozen=True, slots=True)
class RootPage:
    """A connection of rows: `find` gives the page (`connections.RowPage`) of a root object and arguments, as much of it
    as is `shown` (`connections.PageShown`)."""

    find: Callable[..., Awaitable[Any]]
    reads_ahead: bool = False
    """Whether `find` may read together with the page what is shown beneath its rows."""


@dataclass(frozen=True, slots=True)
class RootRow:
    """One row, found by the arguments."""

    find: Callable[..., Awaitable[Row | None]]
    reads_ahead: bool = False
    """Whether `find` takes `select` too (`connections.Select`): what it may read together with the row."""


@dataclass(frozen=True, slots=True)
class RootRows:
    """A list of rows, each found or not."""

    find: Callable[..., Awaitable[list[Row | None]]]


@dataclass(frozen=True, slots=True)
class RootValue:
    """A value without rows in it, as `read` gives it."""


@dataclass(frozen=True, slots=True)
class RootUnderLens:
    """The root fields under a lens of their own: `read` gives the root object."""


Source = (
    KeyValue
    | ColumnValue
    | Computed
    | RowReference
    | Children
    | RootPage
    | RootRow
    | RootRows
    | RootValue
    | RootUnderLens
)
