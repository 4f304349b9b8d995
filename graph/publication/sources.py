"""What computed figures are cells of: tables by the name that an ID calls them by, each made under any lens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graph.analytics.core.declaration import Analytic
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.method import Engine, Method
from graph.analytics.core.parameters import Parameter, as_json
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of
from graph.concurrency.progress import run_stoppable
from graph.stores.base import Reader, Store

MAX_WORK = 3_000_000_000
"""Nodes and edges that one ranking may pass: half a minute."""


class Compute(Protocol):
    """Computes, and may keep what it made under a key, for each reader."""

    async def work(self, reader: Reader, key: Hashable, work: Callable[[Facts], Any], *, long: bool) -> Any:
        """Does work over all that a reader shows, off the event loop. `long`: it takes seconds. Raises what the work
        raises."""

    async def document(self, reader: Reader, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        """What `make` gathers by itself. Raises what it raises."""


class ComputeAnew:
    """Keeps nothing."""

    async def work(self, reader: Reader, key: Hashable, work: Callable[[Facts], Any], *, long: bool) -> Any:
        return await run_stoppable(work, await facts_of(reader))

    async def document(self, reader: Reader, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        return await make()


class TableSource(Protocol):
    """Gives a table with its supplements. `doc`: what its figures mean, a sentence."""

    @property
    def doc(self) -> str: ...

    @property
    def parameters(self) -> Sequence[Parameter]: ...

    def long(self, inputs: Mapping[str, Any]) -> bool:
        """Whether making it takes seconds."""

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, Any], compute: Compute) -> Table:
        """The whole table. Raises BadInput, StoreError."""


TableSources = Mapping[str, TableSource]
"""By what an ID calls them."""


def count_method(reader: Reader, inputs: Mapping[str, Any]) -> Method:
    """The method of plain counts and sums of what a reader shows."""
    return Method(
        name="COUNT",
        parameters={name: as_json(value) for name, value in inputs.items()},
        weight="none",
        engine=Engine.NETWORKX,
        libraries={},
        data_version=reader.version.id,
        data_through=reader.data_through,
        lens=reader.lens,
        assumptions=(),
    )


@dataclass(frozen=True, slots=True)
class AnalyticTables:
    """The tables of an analytic."""

    analytic: Analytic

    @property
    def doc(self) -> str:
        return self.analytic.doc

    @property
    def parameters(self) -> Sequence[Parameter]:
        return self.analytic.parameters

    def long(self, inputs: Mapping[str, Any]) -> bool:
        return self.analytic.long(inputs)

    async def table(self, store: Store, reader: Reader, inputs: Mapping[str, Any], compute: Compute) -> Table:
        def work(facts: Facts) -> Table:
            result = self.analytic.compute(facts, inputs, {"max_work": MAX_WORK})
            return table_of(self.analytic, result, inputs, None, facts.footnotes)

        key = ("table", self.analytic.name, *inputs.items())
        made: Table = await compute.work(reader, key, work, long=self.long(inputs))
        return made
