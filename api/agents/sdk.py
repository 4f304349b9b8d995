"""The SDK of the Model Context Protocol: an extra, imported at its first use, which takes most of a second."""

from __future__ import annotations

from importlib import import_module

from graph.errors import BadSettings

_MODULES = ("mcp_types", "mcp.server.lowlevel", "mcp.server.stdio", "mcp.server.streamable_http_manager")


def import_sdk() -> None:
    """Raises BadSettings where the extra `mcp` is not installed."""
    try:
        for module in _MODULES:
            import_module(module)
    except ModuleNotFoundError:
        raise BadSettings(
            "The door for agents needs a library that is not installed.",
            remedy="Install it with: pip install 'wattgraph[mcp]'.",
        ) from None
