"""`python -m graph.pictures`: settles the positions of the graph for the facts in seeds/, in `positions.json`.

Positions that are settled stay; `--anew` gives all of them up."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from graph.pictures.layout import SETTLED, Point, settled
from graph.pictures.network_plan import PICTURES, plan_network
from graph.seeding.reader import read_seeds
from graph.settings import read_settings


def main() -> None:
    log = read_seeds(read_settings().seeds)
    anew = "--anew" in sys.argv
    plans = {name: plan_network(log, name, {} if anew else settled(name)) for name in PICTURES}
    pictures = (f"{json.dumps(name)}: {{\n{_lines(plan.layout.at)}\n}}" for name, plan in plans.items())
    SETTLED.write_text("{\n" + ",\n".join(pictures) + "\n}\n", "utf-8")


def _lines(at: Mapping[str, Point]) -> str:
    return ",\n".join(f"{json.dumps(key)}: [{x:g}, {y:g}]" for key, (x, y) in sorted(at.items()))


if __name__ == "__main__":
    main()
