"""All analytics, by name: what the modules of `contracts`, `network` and `risk` declare in `ANALYTICS`.

The catalog discovers the modules, so that adding an analytic changes one file. Analytics come in the order of the
sections of the documentation, then of the modules and the tables in them."""

from __future__ import annotations

from collections.abc import Mapping

from graph.analytics import contracts, network, risk
from graph.analytics.core.declaration import Analytic, Section
from graph.analytics.core.discovery import declared_in


def _section_order(analytic: Analytic) -> int:
    return list(Section).index(analytic.section)


ANALYTICS: Mapping[str, Analytic] = {
    one.name: one
    for one in sorted(
        (one for folder in (contracts, network, risk) for table in declared_in(folder, "ANALYTICS") for one in table),
        key=_section_order,
    )
}
