"""All analytics, by name: what the modules of `contracts`, `network` and `risk` declare in `ANALYTICS`.

The catalog discovers the modules, so that adding an analytic changes one file. Analytics come in the order of the
sections of the documentation, then of the modules and the tables in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from graph.analytics import contracts, network, risk
from graph.analytics.core.declaration import Analytic, Section


def _declared_in(folder: ModuleType) -> Iterator[Analytic]:
    for module in iter_modules(folder.__path__, f"{folder.__name__}."):
        yield from getattr(import_module(module.name), "ANALYTICS", ())


def _section_order(analytic: Analytic) -> int:
    return list(Section).index(analytic.section)


ANALYTICS: Mapping[str, Analytic] = {
    one.name: one
    for one in sorted(
        (one for folder in (contracts, network, risk) for one in _declared_in(folder)), key=_section_order
    )
}
