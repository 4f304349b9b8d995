"""Where the service has what Neo4j Browser reads, and the commands by which Browser fetches it."""

from __future__ import annotations

STYLE, GUIDE, QUERIES = "/browser/style.grass", "/browser/guide.html", "/browser/queries"
SHOW_RESULT_ONLY = "config autoComplete: false"
"""Else Browser adds every other relationship between the nodes that a query returns."""
SERVICE = "http://127.0.0.1:8000"
"""Where the service listens unless its settings say otherwise."""


def use_style(api: str) -> str:
    """`api` is the address under which Browser reaches the service."""
    return f"style {api}{STYLE}"


def connect_commands(api: str) -> str:
    """What Neo4j Browser does once it is connected, as the setting `browser.post_connect_cmd` has it."""
    return f"{SHOW_RESULT_ONLY}; {use_style(api)}; play {api}{GUIDE}"
