"""The field `figure`: what has become of a number that somebody cited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import ID

from api.context.fields import add_fields, argument, field, list_of, output_type
from api.context.request_context import RequestContext
from api.schema.analytics import COST, RESAMPLING_COST
from api.schema.connections import to_node
from api.schema.lenses import LensObject
from api.schema.scalars import enum_of
from api.schema.types import StatementNode
from graph.analytics.core.facts import Facts
from graph.concurrency.lazy_import import lazy_import
from graph.publication.outcomes import MAX_MOVERS, Outcome
from graph.stores.base import Reader

if TYPE_CHECKING:
    from graph.publication import figures, living
    from graph.publication.living import FigureState, MovingStatement
    from graph.reports import catalog
else:  # most queries ask for no figure
    figures = lazy_import("graph.publication.figures")
    living = lazy_import("graph.publication.living")
    catalog = lazy_import("graph.reports.catalog")


@dataclass(frozen=True)
class _Cached:
    """Computes into the caches of all requests."""

    context: RequestContext

    async def work(self, reader: Reader, key: Hashable, work: Callable[[Facts], Any], *, long: bool) -> Any:
        return await self.context.computed(await self.context.view(reader.lens), ("figure", key), work, long=long)

    async def document(self, reader: Reader, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        return await self.context.cached(f"figure {key}", [await self.context.view(reader.lens)], lambda _: make())


async def figure_state(context: RequestContext, id: str) -> FigureState:
    """What has become of a figure. Raises UnknownFigure, StoreError."""
    tables = catalog.FIGURE_TABLES
    return await living.state_of(context.store, figures.read_figure(id, tables), _Cached(context), tables)


@strawberry.type(description="A value of a figure.")
class FigureValue:
    text: str = strawberry.field(description="As the id of a figure has it, e.g. about11600000000USD.")
    words: str = strawberry.field(description="As people read it, with its unit, e.g. ≈ 11.6 bn USD.")


@dataclass(eq=False)
class FigureObject:
    state: FigureState
    context: RequestContext


@dataclass(eq=False)
class MovingStatementObject:
    mover: MovingStatement
    figure: FigureObject


async def _statement(node: MovingStatementObject) -> Any:
    state = node.figure.state
    under = state.today if not node.mover.supports and state.then == state.figure.value else state.figure.lens
    return to_node(node.mover.statement, await node.figure.context.view(under))


add_fields(
    MovingStatementObject,
    [
        field(
            "supports",
            bool,
            lambda node: node.mover.supports,
            "Whether it says the cited value, and not the one that has taken its place.",
        ),
        field("statement", StatementNode, _statement, "The statement, under the lens that chose it."),
    ],
)
output_type(MovingStatementObject, "MovingStatement", "A statement that moved a figure.")


def _value(node: FigureObject, text: str | None) -> FigureValue | None:
    return None if text is None else FigureValue(text=text, words=node.state.words(text))


add_fields(
    FigureObject,
    [
        field("id", ID, lambda node: node.state.figure.id, "Its id: query, lens and value."),
        field("address", str, lambda node: f"/figures/{node.state.figure.id}", "Its page, at this service."),
        field("outcome", enum_of(Outcome), lambda node: node.state.outcome, "What has become of it."),
        field("sentence", str, lambda node: node.state.sentence, "The same in a sentence or two."),
        field("title", str, lambda node: node.state.title, "What it is about."),
        field("description", str, lambda node: node.state.doc, "What such a figure means."),
        field("lens", LensObject, lambda node: node.state.figure.lens, "The lens under which it was cited."),
        field("today", LensObject, lambda node: node.state.today, "The lens under which it is asked again."),
        field("cited", FigureValue, lambda node: _value(node, node.state.figure.value), "What was cited."),
        field(
            "then",
            FigureValue | None,
            lambda node: _value(node, node.state.then),
            "What the facts that are here give under its lens.",
        ),
        field("now", FigureValue | None, lambda node: _value(node, node.state.now), "What they give today."),
        field(
            "learnt",
            FigureValue | None,
            lambda node: _value(node, node.state.learnt),
            "What it was on its own day, by what is known today.",
        ),
        field("policy", int, lambda node: node.state.figure.policy, "The version of the policy that chose it."),
        field("data_version", str, lambda node: node.state.data_version, "The data version of this answer."),
        field(
            "moved",
            list_of(MovingStatementObject),
            lambda node: [MovingStatementObject(one, node) for one in node.state.movers],
            f"The statements that moved it, those of the cited value first; at most {MAX_MOVERS}.",
        ),
        field("moved_by", int, lambda node: node.state.moved_by, "How many there are."),
    ],
)
output_type(
    FigureObject,
    "Figure",
    "A number that was cited with its lens, and what has become of it. Pages and reports give the ids.",
)


async def _figure(self: Any, id: str) -> FigureObject | None:
    try:
        return FigureObject(await figure_state(self.context, id), self.context)
    except figures.UnknownFigure:
        return None


_FIELD = field(
    "figure",
    FigureObject | None,
    _figure,
    "What has become of a figure; null where the id is that of none, or nothing is known of what it is about.",
    [argument("id", ID, "Its id, as its address ends.")],
)
_FIELD.cost = {"": COST + RESAMPLING_COST}
QUERY_FIELDS = (_FIELD,)
"""Fields of `Query` alone."""
