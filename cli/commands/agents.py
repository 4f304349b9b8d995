"""`wattgraph mcp`: the door for agents over standard input and output."""

from __future__ import annotations

import signal
import sys

from api.agents.sdk import import_sdk
from api.agents.stdio import serve_stdio
from cli.options.stores import Data, Uri, with_store
from cli.terminal import err
from graph.settings import read_settings


def mcp(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Answer an agent (Model Context Protocol) over standard input and output, until the input ends.

    It only reads. docs/agents.md tells how clients start it; a service has the same at /mcp."""
    import_sdk()
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    # by the handler of Python an interrupt would wait for the thread that reads the input, so for its next line
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        err.line("This waits for a client, which starts it by itself (docs/agents.md). Stop with Ctrl+C.")
    with_store(data, neo4j_uri, lambda store: serve_stdio(store, settings))
