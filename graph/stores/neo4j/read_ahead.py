"""A page of rows together with what an answer shows of the rows beneath, in one statement: pure text, no I/O; and what
comes of it.

A row comes as a list: the place of its label where it may have one of several, its key, its columns in the order of the
selection (or all its properties), then a list for each reference and each relation of the selection:

    reference   the rows that the property refers to
    relation    the number of children, or null where nobody asks; and the children, one more than the page takes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graph.concurrency.cooperative import checkpoint
from graph.stores.neo4j.cypher import (
    KEY,
    Cypher,
    Matched,
    Parameters,
    answering,
    any_entity,
    children_of_row,
    columns_of,
    label_name,
    one_of,
    ordered_rows,
    properties_of,
    quoted,
    rows_of_page,
    where_clause,
)
from graph.stores.neo4j.figures import stored_name
from graph.stores.neo4j.mapping import row_of
from graph.stores.query import LINKS_IN, LINKS_OUT, And, Compare, Filter, Not, Or, Page, Query, Slice
from graph.stores.selection import Labels, ReadAhead, RowsBeneath, RowSelection, SliceRequest
from graph.vocabulary.model import KINDS, LINKS, TYPE_COLUMN, Row

ROWS_AT_ONCE = 500
"""Rows that are made between two checkpoints."""


def find_with(query: Query, page: Page, selection: RowSelection, *, with_total: bool) -> Cypher:
    """The answer: the total, or null where nobody asks; and the rows, one more than the page takes if there is one."""
    matched = Matched("n", (query.label,), Parameters())
    total = "CALL () { RETURN null AS total }"
    if with_total:
        match = f"MATCH (n:{label_name(query.label)})"
        total = f"CALL () {{ {match}{where_clause(matched.conditions(query))} RETURN count(n) AS total }}"
    rows = rows_of_page(matched, query, page, _RowText(matched.parameters).row("n", selection))
    return answering(f"{total}\n{rows}\nWITH [total, rows] AS answer", matched.parameters.values)


@dataclass(slots=True)
class _RowText:
    """Writes what is shown of matched rows."""

    parameters: Parameters
    _variables: int = 0

    def row(self, variable: str, selection: RowSelection) -> str:
        labels = selection.labels
        places = " ".join(f"WHEN {variable}:{label_name(label)} THEN {place}" for place, label in enumerate(labels))
        parts = [
            *([f"CASE {places} END"] if len(labels) > 1 else []),
            f"{variable}.{KEY}",
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
        arrow, end = self._variable(), self._variable()
        matched = Matched(arrow, ("Link",), self.parameters)
        path = f"-[{arrow}:{one_of(LINKS)}]-"
        path = f"({variable}){path}>({end})" if request.relation == LINKS_OUT else f"({variable})<{path}({end})"
        match, filtered = f"MATCH {path} WITH {arrow}, {end}", matched.conditions(request.query)
        total = f"COUNT {{ {match}{where_clause(filtered)} RETURN {arrow} }}" if request.with_total else "null"
        on_page = where_clause([*filtered, *matched.page_condition(page, request.query.orders)])
        referred = [
            f"CASE WHEN {end}:{one_of(any_entity(target.labels))} THEN [{self.row(end, target)}] ELSE [] END"
            for _, target in selection.references
        ]
        shown = ", ".join([f"{arrow}.{KEY}", *self._columns(arrow, selection), *referred])
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
    return end is not None and leaves and to_end and not selection.children and _stays(request.query.where)


def _stays(where: Filter) -> bool:
    """Whether a filter reaches no other row."""
    match where:
        case And(parts) | Or(parts):
            return all(map(_stays, parts))
        case Not(part):
            return _stays(part)
    return isinstance(where, Compare)


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
        return Slice(tuple(reversed(rows)), total, page.before is not None, more)
    return Slice(tuple(rows), total, more, page.after is not None)


async def _decoded(values: Sequence[Sequence[Any]], selection: RowSelection, beneath: RowsBeneath) -> list[Row]:
    """The rows; what stands beneath them goes into `beneath`."""
    make = _RowMaker(selection)
    rows: list[Row] = []
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows += map(make.row, values[start : start + ROWS_AT_ONCE])
        await checkpoint()
    place = make.end
    for name, target in selection.references:
        await _add_referred(rows, [value[place] for value in values], (name, target), beneath)
        place += 1
    for request, below in selection.children:
        await _add_children(rows, [value[place] for value in values], (request, below), beneath)
        place += 1
    return rows


async def _add_referred(
    rows: Sequence[Row], values: Sequence[Sequence[Any]], reference: tuple[str, RowSelection], beneath: RowsBeneath
) -> None:
    name, target = reference
    key_place = 1 if len(target.labels) > 1 else 0
    distinct = {one[key_place]: one for of_row in values for one in of_row}
    found = {row.key: row for row in await _decoded(list(distinct.values()), target, beneath)}
    labels_of = _LabelsOf(name)
    for row in rows:
        labels = labels_of[row.columns[TYPE_COLUMN] if row.label == "Link" else row.label]
        if labels is not None:
            known = beneath.referred.setdefault(labels, {})
            known.update({key: found.get(key) for key in row.keys_in((name,))})


async def _add_children(
    rows: Sequence[Row], values: Sequence[Any], children: tuple[SliceRequest, RowSelection], beneath: RowsBeneath
) -> None:
    request, selection = children
    slices = beneath.children.setdefault(request, {})
    page = request.page
    if page is None:
        slices.update({row.key: Slice((), total) for row, (total, _) in zip(rows, values, strict=True)})
        return
    pages = [of_row[: page.size] for _, of_row in values]
    made = iter(await _decoded([one for of_row in pages for one in of_row], selection, beneath))
    for row, (total, found), shown in zip(rows, values, pages, strict=True):
        slices[row.key] = page_slice([next(made) for _ in shown], len(found), total or 0, page)


class _LabelsOf(dict[Any, Labels | None]):
    """The labels that a property may refer to, by kind; None where the kind has no such property."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, kind: str) -> Labels | None:
        prop = KINDS[kind].properties.get(self._name)
        self[kind] = labels = None if prop is None else prop.refers_to
        return labels


class _RowMaker:
    """Makes rows of the lists that a statement returned."""

    def __init__(self, selection: RowSelection) -> None:
        self._labels = selection.labels
        self._start = 2 if len(selection.labels) > 1 else 1
        self._columns = _columns_read(selection)
        self.end = self._start + (1 if self._columns is None else len(self._columns))
        """Where the columns end."""
        self._names = {label: self._named(label) for label in selection.labels}

    def _named(self, label: str) -> Sequence[str | None]:
        """The columns that rows of the label may have, None in place of others: the property of such a name is
        something else."""
        return [one if one in columns_of(label) else None for one in self._columns or ()]

    def row(self, value: Sequence[Any]) -> Row:
        label = self._labels[value[0]] if self._start > 1 else self._labels[0]
        if self._columns is None:
            return row_of(label, value[self._start])
        named = zip(self._names[label], value[self._start : self.end], strict=True)
        columns = {name: one for name, one in named if one is not None and name is not None}
        return Row(label, value[self._start - 1], columns)
