"""The schema. `python -m api.schema` writes it to `schema.graphql`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry import ID
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.context.auth import guard_mutations
from api.context.fields import add_fields, argument, field, output_type
from api.context.sources import RootRow, RootRows, RootUnderLens
from api.schema.connections import TYPES, to_node
from api.schema.evidence_fields import QUERY_FIELDS as EVIDENCE_FIELDS
from api.schema.figure_fields import QUERY_FIELDS as FIGURE_FIELDS
from api.schema.ids import parse_id
from api.schema.lenses import LensInput
from api.schema.mutations import MutationRoot
from api.schema.root_fields import LensRoot
from api.schema.scalars import SCALARS
from api.schema.scenarios import QUERY_FIELDS as SCENARIO_FIELDS
from api.schema.subscriptions import SubscriptionRoot
from api.schema.types import NodeInterface
from api.schema.unknown_keys import note_unknown_ids
from graph.errors import BadQuery
from graph.stores.query import MAX_PER_PAGE
from graph.vocabulary.model import LABELS, Row

SDL = Path(__file__).parents[1] / "schema.graphql"


class GraphObject(LensRoot):
    pass


class QueryRoot(LensRoot):
    pass


output_type(GraphObject, "Graph", "What is known under one lens.")


async def _graph(self: QueryRoot, lens: LensInput | None = None) -> GraphObject:
    selected = lens.to_lens() if lens else self.context.default_lens
    await self.context.view(selected)  # an invalid lens is one error here, not one in each field
    return GraphObject(context=self.context, selected_lens=selected)


async def _node_rows(self: QueryRoot, ids: list[str]) -> list[Row | None]:
    if len(ids) > MAX_PER_PAGE:
        raise BadQuery(
            f"{len(ids)} ids, the limit is {MAX_PER_PAGE}.", remedy=f"Ask for at most {MAX_PER_PAGE} at a time."
        )
    view = await self.view()
    rows = await asyncio.gather(*(view.row(*_labels_and_key(id)) for id in ids))
    await note_unknown_ids(view, [id for id, row in zip(ids, rows, strict=True) if row is None])
    return rows


async def _node_row(self: QueryRoot, id: str) -> Row | None:
    [row] = await _node_rows(self, [id])
    return row


async def _nodes(self: QueryRoot, ids: list[str]) -> list[Any]:
    rows, view = await _node_rows(self, ids), await self.view()
    return [row and to_node(row, view) for row in rows]


async def _node(self: QueryRoot, id: str) -> Any:
    [node] = await _nodes(self, [id])
    return node


def _labels_and_key(id: str) -> tuple[tuple[str, ...], str]:
    """The labels that a row of the id may have, and its key: the label of a global id, any label of a key."""
    label, key = parse_id(id)
    return (LABELS if label is None else (label,)), key


add_fields(
    QueryRoot,
    [
        field(
            "graph",
            GraphObject,
            _graph,
            "The same fields under another lens, so that two dates can stand side by side.",
            [argument("lens", LensInput | None, "Which statements count.")],
            RootUnderLens(),
        ),
        field(
            "node",
            NodeInterface | None,
            _node,
            "Whatever has this global id; null where the lens shows nothing.",
            [argument("id", ID, "Global id, or a key of the seeds.")],
            RootRow(_node_row),
        ),
        field(
            "nodes",
            list[NodeInterface | None],
            _nodes,
            f"Whatever has these global ids, in their order; at most {MAX_PER_PAGE}.",
            [argument("ids", list[ID], "Global ids, or keys of the seeds.")],
            RootRows(_node_rows),
        ),
        *EVIDENCE_FIELDS,
        *FIGURE_FIELDS,
        *SCENARIO_FIELDS,
    ],
)
_doc = "Everything under the default lens (what is known today about today), or under another."
output_type(QueryRoot, "Query", _doc)


class Schema(strawberry.Schema):
    @property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema


def _mark_one_ofs(core: GraphQLSchema) -> None:
    """Strawberry prints `@oneOf` and does not tell graphql-core, which would say so in introspection, and whose errors
    name the variable and the place in it."""
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            type_.is_one_of = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of


schema = Schema(
    QueryRoot, MutationRoot, SubscriptionRoot, types=list(TYPES.values()), config=StrawberryConfig(scalar_map=SCALARS)
)
guard_mutations(schema)
_mark_one_ofs(schema.core)


def sdl() -> str:
    return schema.as_str() + "\n"
