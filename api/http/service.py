"""Where readers reach this service."""

from __future__ import annotations

from starlette.requests import Request

from graph.settings import Settings


def service_address(request: Request) -> str:
    """Without a slash at its end: that of the settings, or that by which it was asked."""
    settings: Settings = request.app.state.settings
    return settings.public_address or str(request.base_url).rstrip("/")
