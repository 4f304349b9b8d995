"""The GraphQL schema as clients read it: parsed from the printed text, once in each process of tests."""

from __future__ import annotations

from functools import cache

from graphql import GraphQLSchema, build_schema

from api.schema.build import sdl


@cache
def printed_schema() -> GraphQLSchema:
    """Shared by all tests: change no type in it."""
    return build_schema(sdl())
