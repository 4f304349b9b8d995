"""Rows for a spreadsheet from the answer to a GraphQL query.

The rows are those of the one list of the answer: nodes, edges, or a plain list; an answer without a list is one row.
What stands around the list is repeated in each row; lists inside a row are joined, each field by itself, so that the
first parts belong together, and the second ones. A column is named by the path of its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from graph.errors import BadInput
from graph.exports.csv import PlainCell, render_csv_rows
from graph.vocabulary.values import Json

_ROWS = frozenset({"nodes", "edges"})
"""Fields of a connection that hold its rows; the paths of columns do without them."""
_ABOUT_PAGES = frozenset({"pageInfo", "totalCount", "cursor"})
"""Fields that say something of a page, not of a row."""
_EXTENSIONS = ("validOn", "knownOn", "dataVersion")
_SEPARATOR = "; "

Cells = dict[str, PlainCell]


def render_answer(answer: Mapping[str, Json]) -> str:
    """The answer as CSV; the last columns are the lens and the data version of its extensions. Raises BadInput for an
    answer with several lists."""
    data: Mapping[str, Json] = answer["data"]
    lists = list(_lists(data))
    if len(lists) > 1:
        listed = ", ".join(path for path, _ in lists)
        raise BadInput(f"The answer has several lists: {listed}.", remedy="Ask for one of them, or for --format json.")
    rows = lists[0][1] if lists else [{}]
    around = _cells(_without(data, [rows]))
    extensions = {f"extensions.{name}": answer["extensions"].get(name) for name in _EXTENSIONS}
    cells = [around | _cells(_node(row)) | extensions for row in rows]
    columns = list(_columns(cells)) or list(extensions)
    return render_csv_rows(columns, [{name: row.get(name) for name in columns} for row in cells])


# ---- where the rows are


def _lists(value: Json, path: str = "") -> Iterator[tuple[str, Sequence[Json]]]:
    """The lists of objects that are in no other list, by path; an empty list of a connection is one too."""
    for name, inner in value.items():
        if isinstance(inner, list) and (name in _ROWS or any(isinstance(one, dict) for one in inner)):
            yield _joined(path, name), inner
        elif isinstance(inner, dict):
            yield from _lists(inner, _joined(path, name))


def _without(value: Mapping[str, Json], lists: Sequence[Json]) -> Mapping[str, Json]:
    """The object without these lists."""
    return {
        name: _without(inner, lists) if isinstance(inner, dict) else inner
        for name, inner in value.items()
        if not any(inner is one for one in lists)
    }


def _node(row: Json) -> Json:
    """The row itself, where it is an edge."""
    return row["node"] if isinstance(row, dict) and row.keys() <= {"node", "cursor"} and "node" in row else row


# ---- cells


def _cells(value: Json, path: str = "") -> Cells:
    """The cells of a value by the path of its fields."""
    match value:
        case dict():
            inner = (
                _cells(one, path if name in _ROWS else _joined(path, name))
                for name, one in value.items()
                if name not in _ABOUT_PAGES
            )
            return dict(chain.from_iterable(cells.items() for cells in inner))
        case list():
            return _together([_cells(_node(one), path) for one in value])
        case bool():
            return {path: str(value).lower()}
    return {path: value}


def _together(parts: Sequence[Cells]) -> Cells:
    """The cells of several objects, joined field by field; what an object lacks is an empty part."""
    return {name: _SEPARATOR.join(_text(part.get(name)) for part in parts) for name in _columns(parts)}


def _text(cell: PlainCell) -> str:
    return "" if cell is None else str(cell)


def _columns(cells: Sequence[Cells]) -> Iterator[str]:
    """All columns in the order of the query; an object that is null somewhere has no column of its own."""
    names = dict.fromkeys(chain.from_iterable(cells))
    objects = {name[:end] for name in names for end, letter in enumerate(name) if letter == "."}
    return (name for name in names if name and name not in objects)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
