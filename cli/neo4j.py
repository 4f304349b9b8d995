"""`wattgraph neo4j …`: a local Neo4j without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import UNANSWERED, out
from graph.stores.neo4j import server as neo4j_server

app = typer.Typer(no_args_is_help=True, help="Run a local Neo4j without Docker (needs Java and Maven).")
Home = Annotated[Path, typer.Option(help="Folder of the local server: its data, logs and configuration.")]
_DEFAULT_HOME = Path("data/neo4j")


@app.command()
def up(
    home: Home = _DEFAULT_HOME,
    bolt_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for Bolt.")] = 7687,
    http_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for HTTP and Neo4j Browser.")] = 7474,
    gds: Annotated[bool, typer.Option(help="With Graph Data Science.")] = False,
) -> None:
    """Start a local Neo4j and print its addresses; its jars are fetched once by Maven."""
    server = neo4j_server.start(home, bolt_port=bolt_port, http_port=http_port, gds=gds)
    out.line(f"Bolt     {server.bolt_uri}\nBrowser  {server.browser_url}")
    out.line(f"Load the facts with: wattgraph load --neo4j-uri {server.bolt_uri}")


@app.command()
def down(home: Home = _DEFAULT_HOME) -> None:
    """Stop the local Neo4j."""
    out.line("Stopped." if neo4j_server.stop(home) else "It was not running.")


@app.command()
def status(home: Home = _DEFAULT_HOME) -> None:
    """Tell whether the local Neo4j runs, and where; exits 3 if it does not."""
    server = neo4j_server.status(home)
    if server is None:
        out.line("Not running. Start it with: wattgraph neo4j up")
        raise typer.Exit(UNANSWERED)
    out.line(f"Running as process {server.pid}\nBolt     {server.bolt_uri}\nBrowser  {server.browser_url}")
