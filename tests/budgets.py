"""How many cases tests try, all in one place: few in `make test`, many in `make audit`.

A test of hypothesis takes the budget of the profile unless it names another: `@FEW` where one case takes a tenth of a
second or more, `@FEWEST` where it takes half a second, `@MANY` where it takes less than a millisecond. Other counts are
`cases(few, many)`, in tests that are marked `audited`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

AUDIT = os.environ.get("WATTGRAPH_TEST_AUDIT") == "1"
"""Whether the long counts are wanted."""


def cases(few: int, many: int) -> int:
    """`few` in `make test`, `many` in `make audit`."""
    return many if AUDIT else few


# Time is no criterion anywhere: another program may take the processor at any moment. Hypothesis brings a profile of
# its own for CI, which would be in force otherwise.
settings.register_profile(
    "wattgraph",
    max_examples=cases(30, 1000),
    deadline=None,
    derandomize="CI" in os.environ and not AUDIT,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.load_profile("wattgraph")

FEWEST = settings(max_examples=cases(4, 200))
FEW = settings(max_examples=cases(8, 200))
MANY = settings(max_examples=cases(100, 5000))
