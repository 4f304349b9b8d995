"""What stands before every route: by which name and from where the service is asked; the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.context.errors import AddressTooLong, BadRequest, HostRefused, OriginRefused
from api.context.request_context import RequestContext
from api.http.errors import error_response, handle_error
from graph.settings import Settings

ENDPOINT = "/graphql"
LONGEST_ADDRESS = 60_000
"""Bytes of path and query; a document of 20,000 bytes takes up to three times as many in an address."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer that does not say otherwise."""
_TRANSPORT = "max-age=31536000"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses requests that a browser was tricked into, and wrong names of the service. Decides on headers alone."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = _known_hosts(settings)
        self._origins = frozenset(settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        found = self._problem(scope)
        if found and scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(error_response(found))
        elif found:
            answer = error_response(found, **await _envelope(scope))
            await answer(scope, receive, _with_headers(scope, send))
        else:
            await self._app(scope, receive, _with_headers(scope, send))

    def _problem(self, scope: Scope) -> BadRequest | None:
        headers = Headers(scope=scope)
        if not _is_known(headers.get("host", ""), self._hosts):
            remedy = "Ask for it by a name that WATTGRAPH_ALLOWED_HOSTS lists."
            return HostRefused("The service does not go by this name.", remedy=remedy)
        if "transfer-encoding" in headers and "content-length" in headers:
            # a proxy may have read the other of the two, and taken what follows for another request
            return BadRequest("The body has two lengths.", remedy="Send Content-Length or Transfer-Encoding, not both.")
        if not _is_safe(scope) and not is_own(headers, self._origins):
            return _foreign()
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            remedy = "Send the document by POST."
            return AddressTooLong(f"The address is longer than {LONGEST_ADDRESS:,} bytes.", remedy=remedy)
        return None


async def _envelope(scope: Scope) -> dict[str, Any]:
    """What every answer of the endpoint tells beside its errors; pages have no such part."""
    if scope["path"] != ENDPOINT:
        return {}
    return {"extensions": await RequestContext(scope["app"].state.provider).extensions(reached_store=False)}


def check_origin(headers: Headers, settings: Settings) -> None:
    """Raises OriginRefused for what a page of a foreign origin sent."""
    if not is_own(headers, settings.allowed_origins):
        raise _foreign()


def _foreign() -> OriginRefused:
    remedy = "Ask from a page of the service, or list the origin in WATTGRAPH_ALLOWED_ORIGINS."
    return OriginRefused("The request comes from a page of another origin.", remedy=remedy)


def is_own(headers: Headers, origins: Collection[str]) -> bool:
    """Whether no page of a foreign origin sent this: what a browser says of the sender, else its Origin.

    The rule of Go's http.CrossOriginProtection; clients that are no browsers send neither header."""
    origin = headers.get("origin")
    if origin in origins:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _is_safe(scope: Scope) -> bool:
    """Whether a request changes nothing. A WebSocket is opened by GET, but is no page's to read across origins."""
    return scope["type"] == "http" and scope["method"] in _SAFE_METHODS


def _known_hosts(settings: Settings) -> tuple[str, ...]:
    """The names that are answered; none: any."""
    if settings.allowed_hosts:
        return tuple(host.lower() for host in settings.allowed_hosts)
    return (*_LOOPBACK, settings.host) if _is_loopback(settings.host) else ()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_known(host: str, hosts: tuple[str, ...]) -> bool:
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].lower()
    return not hosts or any(
        name == known or (known.startswith("*.") and name.endswith(known[1:])) or known == "*" for known in hosts
    )


def _with_headers(scope: Scope, send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add_headers(MutableHeaders(scope=message), scope.get("scheme") == "https")
        await send(message)

    return sent


async def unexpected(request: Request, error: Exception) -> Response:
    """The answer to what nobody foresaw; it is made outside of the guard."""
    response = await handle_error(request, error)
    _add_headers(response.headers, request.url.scheme == "https")
    return response


def _add_headers(headers: MutableHeaders, encrypted: bool) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if encrypted:
        headers.setdefault("Strict-Transport-Security", _TRANSPORT)
