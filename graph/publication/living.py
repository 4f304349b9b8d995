"""What has become of a figure: its value then and today, the outcome, and the statements that moved it.

Today is the day of the store. A figure about the present (both dates of its lens are one day) is asked again about the
present; of one about another day only the state of knowledge moves to today.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.comparison.conflicts import COUNTED
from graph.comparison.diff import COMPARED_LABELS, RowChange, carriers, difference, middle_lenses
from graph.errors import BadLens, StoreBusy
from graph.evidence.captions import Rows
from graph.evidence.lens import Lens
from graph.evidence.link_time import FOLLOWS_FROM
from graph.evidence.policy import POLICY_VERSION
from graph.publication.answers import MEGAWATTS, PARTS, Answering, FigureAnswer, stated_property, stated_text
from graph.publication.figures import LivingFigure, StatedFigure, unknown_figure
from graph.publication.outcomes import MAX_MOVERS, Outcome, outcome_of
from graph.publication.sources import Compute, ComputeAnew, TableSources
from graph.publication.tables import TABLES
from graph.publication.values import describe_text, value_text
from graph.stores.base import Reader, Store
from graph.stores.query import MAX_PER_PAGE, STATEMENTS_OF, Compare, Filter, Order, Page, Query
from graph.vocabulary.model import KINDS, Property, Row
from graph.vocabulary.values import Capacity

MAX_COMPARED = 200
"""Rows of a computed figure whose changes are looked at."""


@dataclass(frozen=True, slots=True)
class MovingStatement:
    """A statement by which the cited value stood (`supports`), or by which another took its place. `source` is None
    where its lens does not show the source."""

    statement: Row
    source: Row | None
    supports: bool


@dataclass(frozen=True)
class FigureState:
    """A figure and what has become of it. `then`: the text of what the facts that are here give under its lens; `now`
    under the `today` lens; `learnt` for its own day by what is known today, where the outcome hangs on it. None:
    nothing. `row` is what it is said of, if it is said of one. Of the statements that moved it `movers` are the first
    MAX_MOVERS of `moved_by`."""

    figure: LivingFigure
    outcome: Outcome
    title: str
    doc: str
    unit: str
    row: Row | None
    then: str | None
    now: str | None
    learnt: str | None
    today: Lens
    data_version: str
    movers: tuple[MovingStatement, ...]
    moved_by: int

    def words(self, text: str | None) -> str:
        """A value as people read it."""
        return "nothing" if text is None else describe_text(text, self.unit)

    @property
    def cited(self) -> str:
        return self.words(self.figure.value)

    @property
    def looks_back(self) -> bool:
        """Whether the facts bear the citation out and it has changed, so that `learnt` says something."""
        return self.then == self.figure.value != self.now

    @property
    def sentence(self) -> str:
        """What has become of it, in a sentence or two."""
        now, day = self.words(self.now), self.figure.lens.valid_on
        match self.outcome:
            case Outcome.SAME:
                return f"It is {now} today too."
            case Outcome.CHANGED_BY_THE_WORLD:
                return f"It was {self.cited} on {day} and is {now} today: the world has changed."
            case Outcome.DECIDED_OTHERWISE:
                return (
                    f"It is {now} today. What says {self.cited} still counts; policy {POLICY_VERSION} prefers another "
                    f"statement than policy {self.figure.policy} did."
                )
            case Outcome.CANNOT_TELL:
                policy = self.figure.policy
                chosen = "" if policy == POLICY_VERSION else f", or policy {policy} chose other statements"
                return (
                    f"The facts that are here give {self.words(self.then)} under its lens, and {now} today. Why "
                    f"{self.cited} was cited they cannot tell: they are others, or what computes it is{chosen}."
                )
        if self.then != self.figure.value:
            return f"It is {now} today. Facts of then were entered later, and they go before {self.cited}."
        if self.learnt == self.now:
            return f"By what is known today it is {now}, and not {self.cited}: we learnt more."
        return (
            f"By what is known today it was {self.words(self.learnt)} on {day}, and not {self.cited}: we learnt more. "
            f"Since then the world has changed too: it is {now}."
        )


def lens_of_today(lens: Lens) -> Lens:
    """The lens under which a figure of `lens` is asked again; a date that is None is today."""
    return replace(lens, valid_on=None if lens.valid_on == lens.known_on else lens.valid_on, known_on=None)


async def state_of(
    store: Store, figure: LivingFigure, compute: Compute | None = None, sources: TableSources = TABLES
) -> FigureState:
    """What has become of a figure; without `compute` all is computed anew. Raises UnknownFigure where nothing here is
    what it is about, StoreError, and what an analytic raises."""
    answering = Answering(store, compute or ComputeAnew(), sources)
    before, after = [await _reader(store, lens) for lens in (figure.lens, lens_of_today(figure.lens))]
    then = await answering.answer(before, figure.query)
    now = then if after.lens == before.lens else await answering.answer(after, figure.query)
    about = now or then
    if about is None:
        raise unknown_figure("no facts that are here are about it")
    values = _Values(figure.value, *(answer.value if answer else None for answer in (then, now)))
    learnt, movers = await _why(answering, figure, values, (before, after), _made_of(then, now))
    if before.version.id != after.version.id:
        raise StoreBusy("The data changed while the figure was looked up.", remedy="Ask again.")
    return FigureState(
        figure=figure,
        outcome=_outcome(figure, values, learnt, movers),
        title=about.title,
        doc=about.doc,
        unit=about.unit,
        row=about.row,
        then=values.then,
        now=values.now,
        learnt=learnt,
        today=after.lens,
        data_version=after.version.id,
        movers=tuple(movers[:MAX_MOVERS]),
        moved_by=len(movers),
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """The text that was cited, and what the facts give under the lens of then and under that of today."""

    cited: str
    then: str | None
    now: str | None


async def _why(
    answering: Answering,
    figure: LivingFigure,
    values: _Values,
    readers: tuple[Reader, Reader],
    made_of: Collection[str],
) -> tuple[str | None, list[MovingStatement]]:
    """The value of its own day by what is known today, where the outcome hangs on it, and the statements that moved
    it."""
    if values.now == values.cited:
        return None, []
    before, after = readers
    if values.then == values.cited:
        world, informed = [await answering.store.reader(lens) for lens in middle_lenses(before.lens, after.lens)]
        of_then = await answering.answer(informed, figure.query)
        return of_then.value if of_then else None, await _movers(figure, made_of, (before, after, world, informed))
    if isinstance(figure.query, StatedFigure):
        return None, await _rivals(before, figure, figure.query)
    return None, []


def _outcome(figure: LivingFigure, values: _Values, learnt: str | None, movers: Collection[MovingStatement]) -> Outcome:
    return outcome_of(
        values.cited,
        then=values.then,
        now=values.now,
        learnt=learnt,
        is_said=any(one.supports for one in movers),
        same_policy=figure.policy == POLICY_VERSION,
    )


async def _reader(store: Store, lens: Lens) -> Reader:
    try:
        return await store.reader(lens)
    except BadLens as problem:
        raise unknown_figure(problem.message.rstrip(".")) from None


def _made_of(*answers: FigureAnswer | None) -> list[str]:
    """The rows that made it, first those that only one of the answers has."""
    sides = [answer.made_of if answer else frozenset() for answer in answers]
    every, shared = frozenset().union(*sides), frozenset.intersection(*sides)
    return sorted(every, key=lambda key: (key in shared, key))[:MAX_COMPARED]


# ---- the statements that moved it


async def _movers(
    figure: LivingFigure, keys: Collection[str], readers: tuple[Reader, Reader, Reader, Reader]
) -> list[MovingStatement]:
    """The statements that carry what changed of these rows, those of the cited value first."""
    before, after, world, learnt = [await _rows(reader, keys) for reader in readers]
    changes = [
        change for change in difference(before, after, world=world, learnt=learnt) if _concerns(figure, change, before)
    ]
    chosen = [await statements_by_subject(reader, keys, CHOSEN) for reader in readers[:2]]
    sides = [carriers(change, *(rows.get(change.key, ()) for rows in chosen)) for change in changes]
    old, new = [[row for side in sides for row in side[end] if _is_about(figure, row)] for end in (0, 1)]
    return [*await _with_sources(readers[0], old, True), *await _with_sources(readers[1], new, False)]


CHOSEN = Compare("chosen", "eq", True)


async def _rows(reader: Reader, keys: Collection[str]) -> Rows:
    rows = await asyncio.gather(*(reader.get(label, list(keys)) for label in COMPARED_LABELS))
    return {
        label: {row.key: row for row in of_label if row} for label, of_label in zip(COMPARED_LABELS, rows, strict=True)
    }


def _concerns(figure: LivingFigure, change: RowChange, before: Rows) -> bool:
    if change.property is None:
        return True
    if isinstance(figure.query, StatedFigure):
        row = before[change.label][change.key]
        return change.property == stated_property(row, figure.query.property).name
    kind = KINDS[change.type or change.label]
    return change.property in _DECIDING.union(prop.name for prop in kind.by_role.values())


_DECIDING = frozenset({"from", "to", "status", "commitment", "in_force", "service_state", "uses", "replaces"})
"""Properties that decide whether and with whom a row counts; its quantities have roles."""


def _is_about(figure: LivingFigure, statement: Row) -> bool:
    """Whether a statement is about what a stated figure says, megawatts of its basis; of a computed one, about what
    analytics read."""
    query, columns = figure.query, statement.columns
    if not isinstance(query, StatedFigure):
        deciding = _DECIDING.union(*FOLLOWS_FROM.values())
        kind = KINDS[columns["subject_kind"]]
        return columns["property"] in deciding.union(prop.name for prop in kind.by_role.values())
    if query.property not in MEGAWATTS:
        name = PARTS.get(query.property, query.property)
        return columns["property"] in FOLLOWS_FROM.get(name, {name})
    value = _value(statement)
    basis, stage = MEGAWATTS[query.property]
    return isinstance(value, Capacity) and value.basis is basis and stage in (None, value.stage)


def _value(statement: Row) -> Any:
    return _property(statement).type.from_json(json.loads(statement.columns["value"]))


def _property(statement: Row) -> Property:
    return KINDS[statement.columns["subject_kind"]].properties[statement.columns["property"]]


def _says(statement: Row, name: str) -> str | None:
    """The text of what a statement says of a figure of that name."""
    value = _value(statement)
    return value_text(value) if name in MEGAWATTS else stated_text(_property(statement), value, name)


async def _rivals(before: Reader, figure: LivingFigure, query: StatedFigure) -> list[MovingStatement]:
    """Where the facts give another value under the lens of the figure: the statements that count and say the cited one,
    and those that go before them."""
    counted = (await statements_by_subject(before, [query.subject], COUNTED)).get(query.subject, ())
    about = [row for row in counted if _is_about(figure, row)]
    saying = [row for row in about if _says(row, query.property) == figure.value]
    chosen = [row for row in about if row["chosen"]]
    return [*await _with_sources(before, saying, True), *await _with_sources(before, chosen, False)]


async def statements_by_subject(reader: Reader, keys: Collection[str], where: Filter) -> Mapping[str, Sequence[Row]]:
    """By subject, the best of each property first."""
    slices = await reader.find_each(
        STATEMENTS_OF, keys, Query("Statement", where, (Order("place"),)), Page(MAX_PER_PAGE)
    )
    return {key: one.rows for key, one in slices.items()}


async def _with_sources(reader: Reader, statements: Sequence[Row], supports: bool) -> list[MovingStatement]:
    sources = await reader.get("Source", [row.columns["source"] for row in statements])
    return [MovingStatement(row, source, supports) for row, source in zip(statements, sources, strict=True)]
