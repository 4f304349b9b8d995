"""`wattgraph mcp`: the door for agents over standard input and output."""

from __future__ import annotations

from api.agents.sdk import import_sdk
from api.agents.stdio import serve_stdio
from cli.stores import Data, Uri, with_store
from graph.settings import read_settings


def mcp(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Answer an agent (Model Context Protocol) over standard input and output, until the input ends.

    It only reads. docs/agents.md tells how clients start it; a service has the same at /mcp."""
    import_sdk()
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    with_store(data, neo4j_uri, lambda store: serve_stdio(store, settings))
