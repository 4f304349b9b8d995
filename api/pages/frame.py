"""What all pages share: the policy, the navigation, the search box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from api.http.service import service_address
from graph.settings import Settings

HTML = "text/html"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def page_headers() -> dict[str, str]:
    """Headers of every HTML page."""
    return {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Vary": "Accept, Authorization"}


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """`keeps_lens`: what it leads to takes one lens as its parameters."""

    title: str
    path: str
    keeps_lens: bool = False


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What the head and foot of every page need to know of the service."""

    origin: str
    path: str
    graphiql: bool
    introspection: bool
    public_reading: bool
    navigation: Sequence[NavigationEntry]


def frame_of(request: Request) -> PageFrame:
    settings: Settings = request.app.state.settings
    navigation = [*request.app.state.navigation, NavigationEntry("Reports", "/reports")]
    if settings.graphiql:
        navigation.append(NavigationEntry("GraphiQL", "/graphiql"))
    return PageFrame(
        origin=service_address(request),
        path=request.url.path,
        graphiql=settings.graphiql,
        introspection=settings.introspection,
        public_reading=settings.public_reading,
        navigation=navigation,
    )
