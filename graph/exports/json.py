"""JSON: rows by column, everything that is excluded, and the method."""

from __future__ import annotations

import json

from graph.analytics.core.method import Method
from graph.analytics.core.table import Cell, Table
from graph.exports.formats import Format
from graph.publication.cells import CellFigures, cell_figures
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Json

MEDIA_TYPE = "application/json"


def render_json(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_json(table: Table) -> dict[str, Json]:
    """The table with all of its parts, as data; `figures` has for each row the addresses of its numbers, below
    /figures/."""
    main, *supplements = map(_rows, table.parts, cell_figures(table))
    return {
        **main,
        **({"notes": list(table.notes)} if table.notes else {}),
        "truncated": table.truncated,
        "excluded": [{"link": one.link.key, "because": one.because} for one in table.excluded],
        "beside": supplements,
        "method": method_json(table.method),
        "licence": FACTS_LICENCE.to_json(),
    }


def _rows(table: Table, figures: CellFigures | None) -> dict[str, Json]:
    units = {column.name: column.unit for column in table.columns if column.unit}
    rows = [{column.name: _plain(row.get(column.name)) for column in table.columns} for row in table.rows]
    addresses = [dict(figures.of_row(row)) for row in table.rows] if figures else []
    return {"title": table.title, "units": units, "rows": rows, **({"figures": addresses} if any(addresses) else {})}


def _plain(cell: Cell) -> Json:
    return list(cell) if isinstance(cell, tuple) else cell


def method_json(method: Method) -> Json:
    """A method as data."""
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
        "lens": {
            "validOn": str(lens.valid_on),
            "knownOn": str(lens.known_on),
            "scenario": lens.scenario,
            **({"overlay": True} if lens.overlay else {}),
        },
        "assumptions": list(method.assumptions),
    }


def render(table: Table) -> str:
    return render_json(to_json(table))


FORMAT = Format("json", MEDIA_TYPE, render)
