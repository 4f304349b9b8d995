"""A page of rows together with what an answer shows of the rows beneath, in one statement: pure text, no I/O; and what
comes of it.

A row comes as a list: its key, the place of its label where it may have one of several, its columns in the order of the
selection (or all its properties), then a list for each reference and each relation of the selection:

    reference   the rows that the property refers to
    relation    the number of children, or null where nobody asks; and the children, one more than the page takes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graph.concurrency.cooperative import checkpoint
from graph.stores.neo4j.cypher import (
    KEY,
    Cypher,
    Matched,
    Parameters,
    answering,
    any_entity,
    arrow,
    children_of_row,
    columns_of,
    label_name,
    one_of,
    ordered_rows,
    properties_of,
    quoted,
    reaches_no_row,
    rows_of_page,
    where_clause,
)
from graph.stores.neo4j.figures import stored_name
from graph.stores.neo4j.mapping import row_of
from graph.stores.query import LINKS_IN, LINKS_OUT, Page, Query, Slice
from graph.stores.row_lists import KEY_PLACE, RowLists, RowPlaces, RowsByKey, column_of, keys_of
from graph.stores.selection import Labels, ReadAhead, RowsBeneath, RowSelection, SliceRequest
from graph.vocabulary.model import KINDS, TYPE_COLUMN, Row

ROWS_AT_ONCE = 500
"""Rows that are made between two checkpoints."""
KEPT_SELECTIONS = 512
"""Selections whose texts and layouts are kept: a few for each of the documents that are."""


def find_with(query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> Cypher:
    """The answer: the total, or null where nobody asks; and the rows, one more than the page takes if there is one."""
    matched = Matched("n", (query.label,), Parameters())
    total = "CALL () { RETURN null AS total }"
    if with_total:
        match = f"MATCH (n:{label_name(query.label)})"
        total = f"CALL () {{ {match}{where_clause(matched.conditions(query))} RETURN count(n) AS total }}"
    shown, values = _row_text(selection)
    rows = rows_of_page(matched, query, page, shown)
    return answering(f"{total}\n{rows}\nWITH [total, rows] AS answer", {**values, **matched.parameters.values})


@lru_cache(KEPT_SELECTIONS)
def _row_text(selection: RowSelection) -> tuple[str, Mapping[str, Any]]:
    """What is shown of a row `n`, with the values of its parameters, which have names of their own."""
    parameters = Parameters("s")
    return _RowText(parameters).row("n", selection), parameters.values


@dataclass(slots=True)
class _RowText:
    """Writes what is shown of matched rows."""

    parameters: Parameters
    _variables: int = 0

    def row(self, variable: str, selection: RowSelection) -> str:
        labels = selection.labels
        places = " ".join(f"WHEN {variable}:{label_name(label)} THEN {place}" for place, label in enumerate(labels))
        parts = [
            f"{variable}.{KEY}",
            *([f"CASE {places} END"] if len(labels) > 1 else []),
            *self._columns(variable, selection),
            *(self._reference(variable, labels, name, target) for name, target in selection.references),
            *(self._children(variable, request, below) for request, below in selection.children),
        ]
        return f"[{', '.join(parts)}]"

    def _columns(self, variable: str, selection: RowSelection) -> Iterator[str]:
        columns = _columns_read(selection)
        if columns is None:
            yield f"properties({variable})"
            return
        for column in columns:
            stored = next(stored_name(label, column) for label in selection.labels if column in columns_of(label))
            yield f"{variable}.{quoted(stored)}"

    def _reference(self, variable: str, labels: Labels, name: str, target: RowSelection) -> str:
        relation = next(properties_of(label)[name].relation for label in labels if name in properties_of(label))
        other = self._variable()
        path = f"({variable})-[:{quoted(relation)}]->({other}:{one_of(any_entity(target.labels))})"
        return f"COLLECT {{ MATCH {path} RETURN {self.row(other, target)} }}"

    def _children(self, variable: str, request: SliceRequest, selection: RowSelection) -> str:
        if request.page is not None and _are_arrows(request, selection):
            return self._arrows(variable, request, request.page, selection)
        child = self._variable()
        matched = Matched(child, (request.relation.label,), self.parameters)
        match = children_of_row(request.relation, variable, child)
        filtered = matched.conditions(request.query)
        total = f"COUNT {{ {match}{where_clause(filtered)} RETURN {child} }}" if request.with_total else "null"
        if request.page is None:
            return f"[{total}, []]"
        on_page = where_clause([*filtered, *matched.page_condition(request.page, request.query.orders)])
        ordered = ordered_rows(matched, request.query, request.page)
        rows = f"COLLECT {{ {match}{on_page} {ordered} RETURN {self.row(child, selection)} }}"
        return f"[{total}, {rows}]"

    def _arrows(self, variable: str, request: SliceRequest, page: Page, selection: RowSelection) -> str:
        """As `_children`, of links that go out or come in: from their relationships from end to end, which have the
        properties of the nodes :Link and lead to the other end in one step."""
        link, end = self._variable(), self._variable()
        matched = Matched(link, ("Link",), self.parameters)
        path = arrow(request.relation, f"({variable})", link, f"({end})")
        match, filtered = f"MATCH {path} WITH {link}, {end}", matched.conditions(request.query)
        total = f"COUNT {{ {match}{where_clause(filtered)} RETURN {link} }}" if request.with_total else "null"
        on_page = where_clause([*filtered, *matched.page_condition(page, request.query.orders)])
        referred = [
            f"CASE WHEN {end}:{one_of(any_entity(target.labels))} THEN [{self.row(end, target)}] ELSE [] END"
            for _, target in selection.references
        ]
        shown = ", ".join([f"{link}.{KEY}", *self._columns(link, selection), *referred])
        ordered = ordered_rows(matched, request.query, page, end)
        return f"[{total}, COLLECT {{ {match}{on_page} {ordered} RETURN [{shown}] }}]"

    def _variable(self) -> str:
        self._variables += 1
        return f"r{self._variables}"


_OTHER_END = {LINKS_OUT: "to", LINKS_IN: "from"}
"""The property of a link that refers to its other end."""


def _are_arrows(request: SliceRequest, selection: RowSelection) -> bool:
    """Whether relationships from end to end tell all that is shown of links, and all that their filter compares."""
    end = _OTHER_END.get(request.relation)
    leaves = not any(target.references or target.children for _, target in selection.references)
    to_end = all(name == end for name, _ in selection.references)
    return end is not None and leaves and to_end and not selection.children and reaches_no_row(request.query.where)


def _columns_read(selection: RowSelection) -> tuple[str, ...] | None:
    """The columns that rows of the selection may have, in the order in which they come; None for all."""
    if selection.columns is None:
        return None
    return tuple(one for one in selection.columns if any(one in columns_of(label) for label in selection.labels))


# ---- what comes of it


async def read_ahead(answer: tuple[int | None, Sequence[Any]], page: Page, selection: RowSelection) -> ReadAhead:
    """Raises KeyError, TypeError, ValueError for what is no answer to such a statement."""
    total, values = answer
    beneath = RowsBeneath()
    rows = await _decoded(values[: page.size], selection, beneath)
    return ReadAhead(page_slice(rows, len(values), total or 0, page), beneath)


def page_slice(rows: Sequence[Row], found: int, total: int, page: Page) -> Slice:
    """As `query.cut`: of rows that were found beyond the page there are more."""
    more = found > page.size
    if page.backward:
        return Slice(rows[::-1], total, page.before is not None, more)
    return Slice(rows, total, more, page.after is not None)


async def _decoded(values: Sequence[Sequence[Any]], selection: RowSelection, beneath: RowsBeneath) -> Sequence[Row]:
    """The rows; what stands beneath them goes into `beneath`."""
    decoder = _decoder(selection)
    rows = await decoder.rows(values)
    place = decoder.end
    for name, target in selection.references:
        await _add_referred(rows, [value[place] for value in values], (name, target), beneath)
        place += 1
    for request, below in selection.children:
        await _add_children(rows, [value[place] for value in values], (request, below), beneath)
        place += 1
    return rows


async def _add_referred(
    rows: Sequence[Row], values: Sequence[Any], reference: tuple[str, RowSelection], beneath: RowsBeneath
) -> None:
    name, target = reference
    distinct = {one[KEY_PLACE]: one for of_row in values for one in of_row}
    found = RowsByKey()
    found.add(distinct, await _decoded(list(distinct.values()), target, beneath))
    named = _named(rows, name)
    for labels, keys in named.items():
        if len(named) == 1 and labels not in beneath.referred:
            found.add_missing(keys)
            beneath.referred[labels] = found
        else:
            beneath.referred.setdefault(labels, RowsByKey()).add(keys, found.at(keys)[1])


def _named(rows: Sequence[Row], name: str) -> Mapping[Labels, set[str]]:
    """The keys that a property of the rows names, by the labels that it may refer to, which the kind decides."""
    if not rows:
        return {}
    values = column_of(rows, name)
    kinds = column_of(rows, TYPE_COLUMN) if rows[0].label == "Link" else [row.label for row in rows]
    labels_of = {kind: prop.refers_to for kind in set(kinds) if (prop := KINDS[kind].properties.get(name))}
    named: dict[Labels, set[str]] = {labels: set() for labels in labels_of.values()}
    for kind, value in zip(kinds, values, strict=True):
        if value is not None and kind in labels_of:
            keys = named[labels_of[kind]]
            if isinstance(value, list):
                keys.update(value)
            else:
                keys.add(value)
    return named


async def _add_children(
    rows: Sequence[Row], values: Sequence[Any], children: tuple[SliceRequest, RowSelection], beneath: RowsBeneath
) -> None:
    request, selection = children
    slices = beneath.children.setdefault(request, {})
    page, keys = request.page, keys_of(rows)
    if page is None:
        slices.update({key: Slice((), total) for key, (total, _) in zip(keys, values, strict=True)})
        return
    pages = [of_row[: page.size] for _, of_row in values]
    made = await _decoded([one for of_row in pages for one in of_row], selection, beneath)
    start = 0
    for key, (total, found), shown in zip(keys, values, pages, strict=True):
        end = start + len(shown)
        slices[key] = page_slice(made[start:end], len(found), total or 0, page)
        start = end


@lru_cache(KEPT_SELECTIONS)
def _decoder(selection: RowSelection) -> _Decoder:
    return _Decoder(selection)


class _Decoder:
    """Makes rows of the lists that a statement returned."""

    def __init__(self, selection: RowSelection) -> None:
        self._labels = selection.labels
        self._is_mixed = len(selection.labels) > 1
        self._columns = _columns_read(selection)
        self._start = KEY_PLACE + (2 if self._is_mixed else 1)
        self.end = self._start + (1 if self._columns is None else len(self._columns))
        """Where the columns end."""
        self._layouts = [RowPlaces(label, self._places(label)) for label in selection.labels]

    def _places(self, label: str) -> Mapping[str, int]:
        """Where the columns stand that rows of the label may have; the property of another name is something else."""
        known = columns_of(label)
        return {one: place for place, one in enumerate(self._columns or (), self._start) if one in known}

    async def rows(self, values: Sequence[Sequence[Any]]) -> Sequence[Row]:
        numbers = {value[KEY_PLACE + 1] for value in values} if self._is_mixed else {0}
        if self._columns is not None and len(numbers) == 1:
            return RowLists(self._layouts[numbers.pop()], values)
        rows: list[Row] = []
        for start in range(0, len(values), ROWS_AT_ONCE):
            rows += map(self._row, values[start : start + ROWS_AT_ONCE])
            await checkpoint()
        return rows

    def _row(self, value: Sequence[Any]) -> Row:
        number = value[KEY_PLACE + 1] if self._is_mixed else 0
        if self._columns is None:
            return row_of(self._labels[number], value[self._start])
        return self._layouts[number].row(value)
