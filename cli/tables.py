"""Tables on a terminal: as many columns as its width holds, names in place of keys, words and numbers never broken.

What all rows share stands above the rows, links stand below theirs if they are asked for, and what is not shown is
said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, zip_longest

from rich.cells import cell_len, chop_cells, set_cell_size

from cli.terminal import out
from graph.analytics.core.table import NO, Cell, Table, TableColumn, TableRow
from graph.exports.wording import exclusion_sentences, format_cell, provenance

_GAP = 2
"""Blanks between two columns."""
_UNKNOWN = "-"
"""Stands for what is not known: nothing is 0, and no group without a name."""
_NOTHING = (None, (), NO)
_COMFORT = 16
"""Text is not made narrower than this while a detail could be left out instead."""
_MILLION = 1e6
_NO_BREAK = "\u00a0"
_PIECES = re.compile(r"[^ _/-]*[ _/-]+|[^ _/-]+")
"""What a line ends after: a word, or a part of a code or key."""
_SHORT_UNITS = ((" per ", "/"), (" and ", "-"), (" a ", "/"), ("year", "yr"), ("month", "mo"))


@dataclass(frozen=True, slots=True)
class TableView:
    """How a terminal shows a table. `columns` are those of the table itself, by name; empty: as many as there is room
    for. `wide`: all of them, however long the lines. `links`: the keys of the links below each row."""

    columns: tuple[str, ...] = ()
    wide: bool = False
    links: bool = False


FITTING = TableView()
"""As many columns as there is room for, without links."""


def print_table(table: Table, view: TableView = FITTING) -> None:
    """Prints a table with its supplements, and what they do not show. Raises BadQuery for an unknown column."""
    chosen = table.with_columns(view.columns).columns if view.columns else ()
    for part in table.parts:
        _print_part(part, view, chosen if part is table else ())
        _print_line("")
    for sentence in _rows_left_out(table):
        _print_line(sentence)
    for sentence in (*exclusion_sentences(table.excluded), *table.method.assumptions, provenance(table.method)):
        _print_note(sentence, view)


def _rows_left_out(table: Table) -> Iterator[str]:
    if table.left_out:
        whole = len(table.rows) + table.left_out
        yield f"{table.left_out:,} of {whole:,} rows are left out: --first {whole} shows all."
    elif table.truncated:
        yield "There are more rows than these: --first."


def _print_part(table: Table, view: TableView, chosen: Sequence[TableColumn]) -> None:
    out.print(table.title, style="bold", markup=False, soft_wrap=view.wide)
    if not table.rows:
        _print_line("Nothing.")
        return
    width = None if view.wide else out.console.width
    shown = _Shown(chosen) if chosen else _fitting(table, width)
    if shown.shared:
        _print_note(_stated(shown.shared, table.rows[0]), view)
    layout = lay_out([_text_column(table, column) for column in shown.columns], width)
    _print_line(layout.head, "bold")
    section = ""
    for number, row in enumerate(table.rows):
        before, section = section, _stated(shown.sections, row)
        if section != before:
            _print_note(section, view)
        _print_line(layout.row(number))
        for line in _link_lines(table, row) if view.links else ():
            _print_line(line, "dim")
    if layout.hidden:
        _print_note(f"No room for {', '.join(layout.hidden)}: --wide, or --columns.", view)


def _print_note(text: str, view: TableView) -> None:
    out.print(text, style="dim", markup=False, soft_wrap=view.wide)


def _print_line(line: str, style: str = "") -> None:
    """Prints text as it is; a line that is too long goes on beyond the edge."""
    out.print(line, style=style or None, markup=False, soft_wrap=True)


# ---- which columns

_BEHIND = frozenset({"Link", "Debt"})
"""Labels of the rows that state the figures of a row; their keys stand below it."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The columns to lay out. What all rows share stands above them, what some that follow one another share above
    these."""

    columns: Sequence[TableColumn]
    shared: Sequence[TableColumn] = ()
    sections: Sequence[TableColumn] = ()


def _fitting(table: Table, width: int | None) -> _Shown:
    columns = [column for column in table.columns if not _lists_links(table, column)]
    if width is None or not columns:
        return _Shown(columns or table.columns)
    first, *others = columns
    stated = [column for column in others if not _is_empty(table, column)]
    shared = [column for column in stated if _is_shared(table, column)]
    told = [column for column in stated if column not in shared]
    natural = _width(_text_column(table, column).natural for column in (first, *told))
    sections = _sections(table, told) if natural > width else ()
    return _Shown([first, *(column for column in told if column not in sections)], shared, sections)


def _sections(table: Table, columns: Iterable[TableColumn]) -> list[TableColumn]:
    """The columns of codes by which the rows are sorted, so that few runs of rows have the same."""
    sections: list[TableColumn] = []
    for column in columns:
        if _holds_codes(table, column):
            values = [tuple(row.get(one.name) for one in (*sections, column)) for row in table.rows]
            runs = [value for value, _ in groupby(values)]
            if len(runs) == len(set(runs)) <= len(values) / 2:
                sections.append(column)
    return sections


def _holds_codes(table: Table, column: TableColumn) -> bool:
    cells = [cell for row in table.rows if (cell := row.get(column.name)) is not None]
    return not column.refers_to and all(isinstance(cell, str) and " " not in cell for cell in cells)


def _lists_links(table: Table, column: TableColumn) -> bool:
    """Whether it holds the links or debts behind each row."""
    return column.refers_to in _BEHIND and any(isinstance(row.get(column.name), tuple) for row in table.rows)


def _is_shared(table: Table, column: TableColumn) -> bool:
    """Whether several rows have the same code there, or all have 0."""
    value, *others = {row.get(column.name) for row in table.rows}
    return len(table.rows) > 1 and not others and (value == 0 or (isinstance(value, str) and not column.refers_to))


def _stated(columns: Iterable[TableColumn], row: TableRow) -> str:
    """What a row has in these columns, each with its name."""
    return ", ".join(_stated_cell(column, row.get(column.name)) for column in columns)


def _stated_cell(column: TableColumn, cell: Cell) -> str:
    return f"no {column.name}" if cell is None else f"{column.name} {format_cell(cell)} {column.unit}".rstrip()


def _is_empty(table: Table, column: TableColumn) -> bool:
    """Whether no row states anything there; a mark that no row has says nothing either."""
    return all(row.get(column.name) in _NOTHING for row in table.rows)


def _text_column(table: Table, column: TableColumn) -> TextColumn:
    cells = [row.get(column.name) for row in table.rows]
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    is_number = bool(numbers) and all(cell is None or isinstance(cell, int | float) for cell in cells)
    in_millions = is_number and column.unit.startswith("USD") and max(map(abs, numbers)) >= _MILLION
    unit = column.unit.replace("USD", f"USD{_NO_BREAK}m", 1) if in_millions else column.unit
    if in_millions:
        cells = [cell / _MILLION if isinstance(cell, int | float) else None for cell in cells]
    head = f"{column.name}\n[{_short(unit)}]" if unit else column.name
    texts = tuple(
        _UNKNOWN if cell is None else " ".join(format_cell(_with_names(table, column, cell)).split()) for cell in cells
    )
    return TextColumn(column.name, head, texts, is_number, column.detail)


def _short(unit: str) -> str:
    for long, short in _SHORT_UNITS:
        unit = unit.replace(long, short)
    return unit


def _with_names(table: Table, column: TableColumn, cell: Cell) -> Cell:
    if not column.shows_names:
        return cell
    if isinstance(cell, tuple):
        return "; ".join(map(table.name, cell))
    return table.name(cell) if isinstance(cell, str) else cell


def _link_lines(table: Table, row: TableRow) -> Iterator[str]:
    """A line for each link or debt behind a row: the column that names it, its key, and its name where there is
    room."""
    columns = [column for column in table.columns if column.refers_to in _BEHIND and column.named]
    for column in columns:
        cell = row.get(column.name)
        for key in cell if isinstance(cell, tuple) else [cell]:
            if isinstance(key, str):
                line = f"    {f'{column.name}: ' if len(columns) > 1 else ''}{key}"
                whole = f"{line}  {table.name(key)}"
                yield whole if cell_len(whole) <= out.console.width else line


# ---- layout


@dataclass(frozen=True)
class TextColumn:
    """A column of text: its head, in lines, and its cells. Numbers are set to the right and never broken."""

    name: str
    head: str
    cells: tuple[str, ...]
    is_number: bool = False
    detail: bool = False

    @cached_property
    def natural(self) -> int:
        """The width at which nothing is broken."""
        return max(map(cell_len, (*self.head.split("\n"), *self.cells)))

    @cached_property
    def least(self) -> int:
        """The width below which a word, a part of a key, or a number would be broken."""
        words = self.cells if self.is_number else (piece for cell in self.cells for piece in _pieces(cell))
        return max(self._head_width, *(cell_len(word.rstrip()) for word in words), 1)

    @cached_property
    def comfortable(self) -> int:
        whole = self.least if self.is_number else max(map(cell_len, self.cells), default=0)
        return max(self.least, min(whole, _COMFORT))

    @property
    def _head_width(self) -> int:
        return max(cell_len(piece.rstrip()) for line in self.head.split("\n") for piece in _pieces(line))


def _pieces(text: str) -> list[str]:
    return _PIECES.findall(text) or [""]


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns with their widths, and the names of those that do not fit."""

    columns: Sequence[TextColumn]
    widths: Sequence[int]
    hidden: Sequence[str]

    @property
    def head(self) -> str:
        """The heads, which end on one line."""
        lines = [
            [line for part in column.head.split("\n") for line in wrap(part, width)]
            for column, width in zip(self.columns, self.widths, strict=True)
        ]
        height = max(map(len, lines))
        return self._joined([[""] * (height - len(one)) + one for one in lines]).replace(_NO_BREAK, " ")

    def row(self, number: int) -> str:
        return self._joined(
            [wrap(column.cells[number], width) for column, width in zip(self.columns, self.widths, strict=True)]
        )

    def _joined(self, cells: Iterable[Sequence[str]]) -> str:
        return "\n".join(self._line(line) for line in zip_longest(*cells, fillvalue=""))

    def _line(self, texts: Sequence[str]) -> str:
        padded = (
            " " * (width - cell_len(text)) + text if column.is_number else set_cell_size(text, width)
            for column, width, text in zip(self.columns, self.widths, texts, strict=True)
        )
        return (" " * _GAP).join(padded).rstrip()


def lay_out(columns: Sequence[TextColumn], width: int | None) -> Layout:
    """As many columns as the width holds; None: all, unbroken. Details go first, then the last columns; the first
    column always stays."""
    if width is None:
        return Layout(columns, [column.natural for column in columns], ())
    shown = list(columns)
    for column in [one for one in reversed(columns[1:]) if one.detail]:
        if _width(one.comfortable for one in shown) > width:
            shown.remove(column)
    while len(shown) > 1 and _width(one.least for one in shown) > width:
        shown.pop()
    return Layout(shown, _widened(shown, width), [one.name for one in columns if one not in shown])


def _width(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + _GAP * (len(widths) - 1)


def _widened(columns: Sequence[TextColumn], width: int) -> list[int]:
    """Widths that share the room: first each column becomes comfortable, then those that lack the least are whole."""
    widths = [min(column.least, width) for column in columns]
    for wanted in ([column.comfortable for column in columns], [column.natural for column in columns]):
        for number in sorted(range(len(columns)), key=lambda number: wanted[number] - widths[number]):
            widths[number] += max(0, min(wanted[number] - widths[number], width - _width(widths)))
    return widths


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most this width; a word that is longer is broken."""
    lines = [""]
    for piece in _pieces(text):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines += chop_cells(piece, width) if cell_len(piece.rstrip()) > width else [piece]
    return [line.rstrip() for line in lines if line or len(lines) == 1]
