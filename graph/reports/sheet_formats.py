"""Sheets as text: Markdown, CSV and JSON. The same sheet gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from graph.analytics.core.method import Method
from graph.analytics.core.scope import Excluded
from graph.reports.changes import dates
from graph.reports.rendering import render_csv_rows, render_template
from graph.reports.sheets import Cell, Sheet
from graph.vocabulary.values import Json

_MOST_NAMED = 5


def worded(cell: Cell) -> str:
    """A cell for a reader: numbers with thousands set apart and at most six significant decimals, keys in a row."""
    match cell:
        case None:
            return ""
        case tuple():
            return ", ".join(cell)
        case float():
            return f"{cell:,.0f}" if abs(cell) >= 1000 or cell == int(cell) else f"{cell:,.4g}"
        case int():
            return f"{cell:,}"
    return str(cell)


def left_out(excluded: Sequence[Excluded]) -> Iterator[str]:
    """What does not count, by sort of reason: sentences with a number and the first keys. JSON tells each reason."""
    by_reason: dict[str, list[str]] = {}
    for one in excluded:
        by_reason.setdefault(one.why, []).append(one.link.key)
    for why, keys in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
        yield f"{len(keys)} left out: {why} ({', '.join(keys[:_MOST_NAMED])}{more})."


def provenance(method: Method) -> str:
    """Through which date the data reach, under which lens, which data version."""
    through = f"data through {method.data_through}" if method.data_through else "no dated source"
    return f"{dates(method.lens)}; {through}; data version {method.data_version}."


def tables(sheet: Sheet) -> Sequence[Sheet]:
    """The sheet and those beside it."""
    return (sheet, *sheet.beside)


# ---- formats


def render_markdown(sheet: Sheet) -> str:
    return render_template(
        "sheet.md.j2", sheet=sheet, tables=tables(sheet), worded=worded, left_out=left_out, provenance=provenance
    )


def render_csv(sheet: Sheet) -> str:
    """The rows of the sheet itself, units in the header; several keys in one cell are set apart by blanks."""
    headers = {column.name: column.header for column in sheet.columns}
    rows = ({headers[name]: _flat(cell) for name, cell in row.items()} for row in sheet.rows)
    return render_csv_rows(list(headers.values()), rows)


def _flat(cell: Cell) -> str | float | int | None:
    return " ".join(cell) if isinstance(cell, tuple) else cell


def render_json(sheet: Sheet) -> str:
    return json.dumps(as_json(sheet), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_json(sheet: Sheet) -> Json:
    """Rows by column, everything left out, and the method."""
    return {
        **_table(sheet),
        "truncated": sheet.truncated,
        "excluded": [{"link": one.link.key, "because": one.because} for one in sheet.excluded],
        "beside": [_table(one) for one in sheet.beside],
        "method": _told(sheet.method),
    }


def _table(sheet: Sheet) -> dict[str, Json]:
    units = {column.name: column.unit for column in sheet.columns if column.unit}
    rows = [{column.name: _plain(row.get(column.name)) for column in sheet.columns} for row in sheet.rows]
    return {"title": sheet.title, "units": units, "rows": rows}


def _plain(cell: Cell) -> Json:
    return list(cell) if isinstance(cell, tuple) else cell


def _told(method: Method) -> Json:
    lens = method.lens
    return {
        "name": method.name,
        "parameters": dict(method.parameters),
        "size": dict(method.size),
        "weight": method.weight,
        "engine": method.engine,
        "libraries": dict(method.libraries),
        "dataVersion": method.data_version,
        "dataThrough": method.data_through and str(method.data_through),
        "lens": {"validOn": str(lens.valid_on), "knownOn": str(lens.known_on), "scenario": lens.scenario},
        "assumptions": list(method.assumptions),
    }


FORMATS: Mapping[str, Callable[[Sheet], str]] = {
    "md": render_markdown,
    "csv": render_csv,
    "json": render_json,
}
"""How a sheet is written, by name."""
