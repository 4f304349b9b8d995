"""Draws operations/dashboard.json from a Prometheus, without Grafana: for the picture in the documentation, and to see
that every expression is one that Prometheus answers.

    python -m operations.draw_dashboard --prometheus http://127.0.0.1:9090 --minutes 5 docs/images/dashboard.png

Exits with 1 where an expression is refused."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.ticker import FuncFormatter

from graph.settings import PROJECT

DASHBOARD = PROJECT / "operations" / "dashboard.json"
_ROW_INCHES, _WIDTH_INCHES, _COLUMNS = 0.34, 16, 24
_STEPS = 120
_SECONDS_A_DAY = 86_400
"""Matplotlib counts days since 1970."""
_UNITS = {"s": " s", "bytes": " B", "Bps": " B/s", "reqps": "/s", "percentunit": "", "none": ""}
Series = tuple[str, Sequence[tuple[float, float]]]
"""The legend, and values by time (seconds since 1970)."""


def query(prometheus: str, expression: str, minutes: float, end: float) -> list[dict[str, Any]]:
    """Raises OSError where Prometheus refuses the expression, or does not answer."""
    step = max(1.0, minutes * 60 / _STEPS)
    asked = {"query": expression, "start": end - minutes * 60, "end": end, "step": step}
    with urlopen(f"{prometheus}/api/v1/query_range?{urlencode(asked)}", timeout=30) as answer:  # noqa: S310 (given)
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def series_of(prometheus: str, panel: dict[str, Any], minutes: float, end: float) -> list[Series]:
    found: list[Series] = []
    for target in panel["targets"]:
        expression = target["expr"].replace("$__rate_interval", "30s")
        for one in query(prometheus, expression, minutes, end):
            legend = target["legendFormat"]
            for name, value in one["metric"].items():
                legend = legend.replace(f"{{{{{name}}}}}", value)
            found.append((legend, [(at, float(value)) for at, value in one["values"] if value != "NaN"]))
    return found


def draw_panel(axes: Axes, panel: dict[str, Any], found: Sequence[Series]) -> None:
    axes.set_title(panel["title"], loc="left", fontsize=9)
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if panel["type"] == "stat":
        named = "{{" in panel["targets"][0]["legendFormat"]  # then the name is what it shows
        told = [
            legend if named else f"{values[-1][1]:,.0f}{_UNITS[unit]} {legend}" for legend, values in found if values
        ]
        axes.text(0, 0.5, "\n".join(told), fontsize=12, verticalalignment="center")
        axes.axis("off")
        return
    for legend, values in found:
        axes.plot([at / _SECONDS_A_DAY for at, _ in values], [value for _, value in values], label=legend, linewidth=1)
    axes.xaxis_date()
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _label(value, unit)))
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    if any(legend for legend, _ in found):
        axes.legend(fontsize=6, loc="upper right", ncols=2, framealpha=0.6)


def _label(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit.lower().startswith("b"):
        return f"{value / 1e6:g} M{_UNITS[unit].strip()}"
    return f"{value:,g}{_UNITS[unit]}"


def draw(prometheus: str, minutes: float, end: float, output: Path) -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = plt.figure(figsize=(_WIDTH_INCHES, rows * _ROW_INCHES))
    grid = figure.add_gridspec(rows, _COLUMNS, left=0.04, right=1, top=0.97, bottom=0, hspace=0.1, wspace=0.1)
    for panel in panels:
        place = panel["gridPos"]
        across = slice(place["x"], place["x"] + place["w"] - 1)
        axes = figure.add_subplot(grid[place["y"] : place["y"] + place["h"] - 2, across])
        draw_panel(axes, panel, series_of(prometheus, panel, minutes, end))
    figure.savefig(output, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="PNG to write")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", help="[default: http://127.0.0.1:9090]")
    parser.add_argument("--minutes", type=float, default=60, help="how much to show [default: 60]")
    parser.add_argument("--until", type=float, help="seconds since 1970 [default: now]")
    arguments = parser.parse_args()
    try:
        draw(arguments.prometheus, arguments.minutes, arguments.until or time.time(), arguments.output)
    except OSError as error:
        sys.exit(f"Prometheus does not answer, or refuses an expression: {error}")
    print(f"Wrote {arguments.output}.")


if __name__ == "__main__":
    main()
