"""Fields about how far the data reach and what they are worth: coverage, half-life of values, the publishers' record.
Their types follow from the records of the coverage report."""

from __future__ import annotations

import asyncio
from typing import Any

from api.context.fields import Field, argument, field, list_of
from api.schema.analytics import COST
from api.schema.lenses import UnderLens
from api.schema.results import type_of
from graph.comparison.coverage import Coverage, coverage_of
from graph.comparison.half_life import HalfLife, half_lives
from graph.comparison.publisher_record import PublisherRecord, publisher_record
from graph.comparison.record import read_record
from graph.reports.coverage_records import COVERAGE, HALF_LIFE, PUBLISHER_RECORD
from graph.stores.base import Store


async def _coverage(self: UnderLens) -> Any:
    view = await self.view()

    async def measure(_: Store) -> Coverage:
        return await coverage_of(view.reader)

    return type_of(COVERAGE)(of=await self.context.cached("coverage", [view], measure), view=view)


async def _half_lives(self: UnderLens, label: str | None = None, property: str | None = None) -> list[Any]:
    view = await self.view()

    async def estimate(_: Store) -> tuple[HalfLife, ...]:
        return await asyncio.to_thread(half_lives, await read_record(view.reader))

    lives = await self.context.cached("half-lives", [view], estimate)
    chosen = (one for one in lives if label in (None, one.label) and property in (None, one.property))
    return [type_of(HALF_LIFE)(of=one, view=view) for one in chosen]


async def _publisher_record(self: UnderLens) -> Any:
    view = await self.view()

    async def count(_: Store) -> PublisherRecord:
        return await asyncio.to_thread(publisher_record, await read_record(view.reader))

    record = await self.context.cached("publisher record", [view], count)
    return type_of(PUBLISHER_RECORD)(of=record, view=view)


def _computed(made: Field) -> Field:
    """It reads every statement, and takes as long as an analytic."""
    made.cost = {"": COST}
    return made


COVERAGE_FIELDS = (
    field("coverage", type_of(COVERAGE), _coverage, "How far the data reach under the lens."),
    _computed(
        field(
            "half_lives",
            list_of(type_of(HALF_LIFE)),
            _half_lives,
            "How long values stand before another takes their place, by kind of row and property.",
            (
                argument("label", str | None, "Only of rows of this kind, e.g. Link, Debt, Observation."),
                argument("property", str | None, "Only of this property, named as in the seeds, e.g. value."),
            ),
        )
    ),
    _computed(field("publisher_record", type_of(PUBLISHER_RECORD), _publisher_record, PUBLISHER_RECORD.doc)),
)
"""Fields under any lens."""
