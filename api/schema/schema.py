"""The schema. `python -m api.schema.schema` writes it to `schema.graphql`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLSchema
from strawberry import ID
from strawberry.schema.config import StrawberryConfig

from api.context.auth import guard
from api.context.fields import add_fields, argument, field
from api.schema.connections import TYPES, shown
from api.schema.evidence import OF_QUERY
from api.schema.ids import parse_id
from api.schema.lenses import LensInput
from api.schema.reading import Reading
from api.schema.scalars import SCALARS
from api.schema.scenarios import OF_QUERY as SCENARIOS
from api.schema.subscription import Subscription
from api.schema.types import Node
from api.schema.writing import Mutation
from graph.errors import BadQuery
from graph.evidence.lens import DEFAULT_LENS
from graph.stores.query import MAX_PER_PAGE
from graph.vocabulary.model import LABELS

SDL = Path(__file__).parents[1] / "schema.graphql"


class Graph(Reading):
    pass


class Query(Reading):
    pass


strawberry.type(Graph, description="What is known under one lens.")


async def _graph(self: Query, lens: LensInput | None = None) -> Graph:
    wanted = lens.lens() if lens else DEFAULT_LENS
    await self.context.view(wanted)  # a lens that cannot be is an error here, once
    return Graph(context=self.context, wanted=wanted)


async def _node(self: Query, id: str) -> Any:
    view = await self.view()
    row = await view.row(*_named(id))
    return row and shown(row, view)


async def _nodes(self: Query, ids: list[str]) -> list[Any]:
    if len(ids) > MAX_PER_PAGE:
        raise BadQuery(
            f"{len(ids)} ids, the limit is {MAX_PER_PAGE}.", remedy=f"Ask for at most {MAX_PER_PAGE} at a time."
        )
    view = await self.view()
    rows = await asyncio.gather(*(view.row(*_named(id)) for id in ids))
    return [row and shown(row, view) for row in rows]


def _named(id: str) -> tuple[tuple[str, ...], str]:
    """The labels that an id may be of, and its key. The id of one kind is never a row of another."""
    label, key = parse_id(id)
    return (LABELS if label is None else (label,)), key


add_fields(
    Query,
    [
        field(
            "graph",
            Graph,
            _graph,
            "The same fields under another lens, so that two dates can stand side by side.",
            [argument("lens", LensInput | None, "Which statements count.")],
        ),
        field(
            "node",
            Node | None,
            _node,
            "Whatever has this global id; null where the lens shows nothing.",
            [argument("id", ID, "Global id, or a key of the seeds.")],
        ),
        field(
            "nodes",
            list[Node | None],
            _nodes,
            f"Whatever has these global ids, in their order; at most {MAX_PER_PAGE}.",
            [argument("ids", list[ID], "Global ids, or keys of the seeds.")],
        ),
        *OF_QUERY,
        *SCENARIOS,
    ],
)
strawberry.type(
    Query, description="Everything under the default lens (what is known today about today), or under another."
)


class Schema(strawberry.Schema):
    @property
    def core(self) -> GraphQLSchema:
        """The schema that graphql-core measures, validates and executes."""
        return self._schema


schema = Schema(Query, Mutation, Subscription, types=list(TYPES.values()), config=StrawberryConfig(scalar_map=SCALARS))
guard(schema)


def sdl() -> str:
    return schema.as_str() + "\n"


if __name__ == "__main__":
    SDL.write_text(sdl(), encoding="utf-8")
