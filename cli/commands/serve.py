"""`wattgraph serve`: the service, until it is interrupted."""

from __future__ import annotations

from typing import Annotated

import typer

from api import server, worker
from api.app import create_app
from api.fairness.workers import WorkerPool
from cli.options.stores import Data, Seeds, Uri
from cli.terminal import out
from graph.seeding.overlay_files import Overlay
from graph.settings import read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="[WATTGRAPH_HOST; default: 127.0.0.1]", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="[WATTGRAPH_PORT; default: 8000]", show_default=False)] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
    seeds: Seeds = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that make pages, reports and exports. [WATTGRAPH_WORKERS; default: 1]", show_default=False
        ),
    ] = None,
) -> None:
    """Serve the GraphQL API and the reports; an empty store is loaded with the facts first."""
    settings = read_settings(host=host, port=port, data=data, neo4j_uri=neo4j_uri, seeds=seeds, workers=workers)
    if settings.overlay:
        Overlay(settings.overlay, settings.facts_file_bytes).check_files()
        out.line(f"With the private facts of {settings.overlay}, for tokens of scope overlay.")
    with server.listen(settings) as server_socket:
        address = f"http://{settings.host}:{server_socket.getsockname()[1]}"
        out.line(f"Wattgraph at {address}/ (GraphQL at /graphql). Stop with Ctrl+C.")
        pool = WorkerPool(settings, worker.serve) if settings.workers else None
        server.run(create_app(settings, workers=pool), server_socket)
