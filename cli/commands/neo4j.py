"""`wattgraph neo4j …`: a local Neo4j without Docker."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli.terminal import UNANSWERED, out
from graph.browser.addresses import SERVICE, connect_commands
from graph.errors import BadInput
from graph.stores.neo4j import server as neo4j_server

app = typer.Typer(no_args_is_help=True, help="Run a local Neo4j without Docker (needs Java and Maven).")
Home = Annotated[Path, typer.Option(help="Folder of the local server: its data, logs and configuration.")]
_DEFAULT_HOME = Path("data/neo4j")
_ADDRESS = re.compile(r"[!#-&(-:<-_a-~]+")
"""Printable, without quotation marks and semicolons, which separate the commands of Browser."""


class ReleaseName(StrEnum):
    """Releases of Neo4j that can be started."""

    LTS = "5.26"
    NEWEST = "2026"


@app.command()
def up(
    home: Home = _DEFAULT_HOME,
    bolt_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for Bolt.")] = 7687,
    http_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for HTTP and Neo4j Browser.")] = 7474,
    gds: Annotated[bool, typer.Option(help="With Graph Data Science.")] = False,
    release: Annotated[ReleaseName, typer.Option(help="Release of Neo4j; 2026 needs Java 21 or 25.")] = ReleaseName.LTS,
    api: Annotated[str, typer.Option(help="The service, from which Neo4j Browser takes style and guide.")] = SERVICE,
) -> None:
    """Start a local Neo4j and print its addresses; its jars are fetched once by Maven. It asks for no password."""
    server = neo4j_server.start(
        home,
        bolt_port=bolt_port,
        http_port=http_port,
        gds=gds,
        browser=browser_settings(api),
        release=neo4j_server.RELEASES[release],
    )
    out.line(f"Bolt     {server.bolt_uri}\nBrowser  {server.browser_url}")
    out.line(f"Load the facts with: wattgraph load --neo4j-uri {server.bolt_uri}")
    out.line(f"Style and guide of Neo4j Browser come from {api}: wattgraph serve")


def browser_settings(api: str) -> neo4j_server.BrowserSettings:
    """Raises BadInput where `api` is no address of a service."""
    parts = urlsplit(api)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _ADDRESS.fullmatch(api):
        raise BadInput(f"{api!r} is no address of a service.", remedy=f"Give it like {SERVICE}.")
    hosts = dict.fromkeys((*neo4j_server.BrowserSettings().hosts, parts.hostname))
    return neo4j_server.BrowserSettings(commands=connect_commands(api.rstrip("/")), hosts=tuple(hosts))


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
