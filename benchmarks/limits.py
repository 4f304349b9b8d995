"""What the pass of `api/context/query_cost.py` takes over fragments that double at each level, as a ratio to parsing
the same text.

    python -m benchmarks.limits [--runs 20]

Written out, the largest document would have 2 to the power of 400 fields. A ratio that stays where it is while the
document grows says that the time is linear. Absolute times prove nothing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from graphql import OperationDefinitionNode, parse

from api.context.query_cost import QueryMeasurement
from api.schema.build import schema

LEVELS = (10, 25, 50, 100, 200, 400)


def doubling(levels: int) -> str:
    """Each fragment spreads the next one twice, under the two ends of a link."""
    parts = [
        f"fragment F{n} on Organization {{ links {{ nodes {{ source {{ ...F{n + 1} }} target {{ ...F{n + 1} }} }} }} }}"
        for n in range(levels)
    ]
    # the last first: a document that nests this deep through its fragments alone is refused
    asked = [f"a{n}: organization(key: 1) {{ ...F{n} }}" for n in reversed(range(levels))]
    return " ".join(["{", *asked, "}", *parts, f"fragment F{levels} on Organization {{ key }}"])


def median(runs: int, work: Callable[[], object]) -> float:
    """Seconds, after one run that is not counted."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=20)
    runs = arguments.parse_args().runs
    print("| levels | selections visited | pass | parse | ratio |\n|---|---|---|---|---|")
    for levels in LEVELS:
        text = doubling(levels)
        document = parse(text)
        [operation] = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        measurement = QueryMeasurement(schema.core, document, operation, {})
        measurement.total()
        ours = median(runs, lambda: QueryMeasurement(schema.core, document, operation, {}).total())  # noqa: B023
        peer = median(runs, lambda: parse(text))  # noqa: B023
        visited = f"{measurement.visited:,}"
        print(f"| {levels} | {visited} | {ours * 1e3:.2f} ms | {peer * 1e3:.2f} ms | {ours / peer:.2f} |", flush=True)


if __name__ == "__main__":
    main()
