"""What an answer shows of rows, as data: a store that is asked over a network brings in one call what would take a call
for each level."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.stores.query import Page, Query, Relation, Slice
from graph.stores.row_lists import RowsByKey

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SliceRequest:
    """What is requested of every parent alike: the rows that belong to it."""

    relation: Relation
    query: Query
    page: Page | None
    """None: only how many rows there are, without any."""
    with_total: bool = True
    """Whether the number of rows on all pages matters; else it may be 0."""


@dataclass(frozen=True, slots=True)
class RowSelection:
    """What is shown of rows that have one of `labels`."""

    labels: Labels
    columns: tuple[str, ...] | None
    """None: all of them."""
    references: tuple[tuple[str, RowSelection], ...] = ()
    """The rows that a property refers to."""
    children: tuple[tuple[SliceRequest, RowSelection], ...] = ()
    """The rows that belong to each."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.labels, self.columns, self.references, self.children)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class RowsBeneath:
    """What was read together with rows. It may have the selected columns alone."""

    referred: dict[Labels, RowsByKey] = field(default_factory=dict)
    """By the labels that a property may refer to."""
    children: dict[SliceRequest, dict[str, Slice]] = field(default_factory=dict)
    """By parent."""

    def add(self, other: RowsBeneath) -> None:
        """The other is not to be used any more."""
        for labels, rows in other.referred.items():
            known = self.referred.setdefault(labels, rows)
            if known is not rows:
                known.add_all(rows)
        for request, slices in other.children.items():
            found = self.children.setdefault(request, slices)
            if found is not slices:
                found.update(slices)


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """A page of rows, which may have the selected columns alone, and what stands beneath them."""

    slice: Slice
    beneath: RowsBeneath = field(default_factory=RowsBeneath)
