"""Rows as a database returns them: lists of values. A row is made only where somebody takes it out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, overload

from graph.vocabulary.model import Row

KEY_PLACE = 0
"""Where the key of a row stands in its values."""


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """The label that rows have in common, and where each of their columns stands in their values, by name."""

    label: str
    places: Mapping[str, int]

    def row(self, values: Sequence[Any]) -> Row:
        columns = {name: value for name, place in self.places.items() if (value := values[place]) is not None}
        return Row(self.label, values[KEY_PLACE], columns)


class RowLists(Sequence[Row]):
    """Rows of one label. Values are None where a row misses a column; a layout may leave columns out."""

    __slots__ = ("layout", "values")

    def __init__(self, layout: RowPlaces, values: Sequence[Sequence[Any]]) -> None:
        self.layout = layout
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> RowLists: ...
    def __getitem__(self, index: int | slice) -> Row | RowLists:
        if isinstance(index, slice):
            return RowLists(self.layout, self.values[index])
        return self.layout.row(self.values[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self.layout.row, self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def column(self, name: str) -> list[Any]:
        """The value of each row, None where it has none."""
        place = self.layout.places.get(name)
        return [None] * len(self.values) if place is None else list(map(itemgetter(place), self.values))


class RowsByKey:
    """Rows that were looked for by their keys."""

    __slots__ = ("_layout", "_looked_for", "_rows", "_values")

    def __init__(self) -> None:
        self._looked_for: set[str] = set()
        self._layout: RowPlaces | None = None
        self._values: dict[str, Sequence[Any]] = {}
        """Of rows that lie alike."""
        self._rows: dict[str, Row] = {}
        """Where they do not, all of them."""

    def add(self, keys: Collection[str], rows: Sequence[Row]) -> None:
        """Rows that were looked for by these keys."""
        self._looked_for.update(keys)
        if isinstance(rows, RowLists) and not self._rows and self._layout in (None, rows.layout):
            self._layout = rows.layout
            self._values.update(zip(keys_of(rows), rows.values, strict=True))
            return
        if self._layout is not None:
            self._rows = {key: self._layout.row(values) for key, values in self._values.items()}
            self._layout, self._values = None, {}
        self._rows.update(zip(keys_of(rows), rows, strict=True))

    def add_all(self, other: RowsByKey) -> None:
        self.add(other._looked_for, other.at(other._looked_for)[1])

    def add_missing(self, keys: Collection[str]) -> None:
        """Keys that were looked for as well; those of which no row was added have none."""
        self._looked_for.update(keys)

    def covers(self, keys: Collection[str]) -> bool:
        """Whether all of these keys were looked for."""
        return self._looked_for.issuperset(keys)

    def at(self, keys: Iterable[str]) -> tuple[list[str], Sequence[Row]]:
        """Those of the keys that have a row, and these rows."""
        if self._layout is None:
            found = [key for key in keys if key in self._rows]
            return found, [self._rows[key] for key in found]
        found = [key for key in keys if key in self._values]
        return found, RowLists(self._layout, [self._values[key] for key in found])


def column_of(rows: Sequence[Row], name: str) -> list[Any]:
    """A column of many rows: None where a row has none."""
    if isinstance(rows, RowLists):
        return rows.column(name)
    return [row.columns.get(name) for row in rows]


def keys_of(rows: Sequence[Row]) -> list[str]:
    if isinstance(rows, RowLists):
        return [values[KEY_PLACE] for values in rows.values]
    return [row.key for row in rows]


def labels_of(rows: Sequence[Row]) -> set[str]:
    if isinstance(rows, RowLists):
        return {rows.layout.label} if rows.values else set()
    return {row.label for row in rows}


def rows_at(rows: Sequence[Row], numbers: Sequence[int]) -> Sequence[Row]:
    """Those that stand at these places."""
    if isinstance(rows, RowLists):
        return RowLists(rows.layout, [rows.values[number] for number in numbers])
    return [rows[number] for number in numbers]


def joined(parts: Sequence[Sequence[Row]]) -> Sequence[Row]:
    """The rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    lists = [part for part in parts if isinstance(part, RowLists)]
    if len(lists) == len(parts) and len({id(one.layout) for one in lists}) == 1:
        return RowLists(lists[0].layout, [values for one in lists for values in one.values])
    return [row for part in parts for row in part]
