"""Middleware before every route: checks of the host and the origin, and the security headers of every response."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from ipaddress import ip_address
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context.errors import AddressTooLong, BadRequest, HostRefused, OriginRefused
from api.context.request_context import RequestContext
from api.http.errors import error_response, handle_error
from api.http.observation import REQUEST_ID
from api.telemetry.request_record import current_record
from graph.settings import Settings

ENDPOINT = "/graphql"
Handle = Callable[[Request, Exception], Awaitable[Response]]
"""An exception handler."""
MAX_ADDRESS_BYTES = 60_000
"""Bytes of path and query string; a document of 20,000 bytes takes up to three times as many in an address."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every response that does not set its own."""
_ENCODED = [
    (name.lower().encode(), value.encode())
    for name, value in (*HEADERS.items(), ("Strict-Transport-Security", "max-age=31536000"))
]
"""As they are sent; the last one over an encrypted connection alone."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses cross-origin requests that may change something, and unknown host names. Decides on headers alone."""

    def __init__(self, app: ASGIApp, settings: Settings, handle: Handle = handle_error) -> None:
        """`handle` makes the response to what is refused at the address of a page."""
        self._app = app
        self._handle = handle
        self._hosts = _allowed_hosts(settings)
        self._origins = frozenset(settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        problem = self._problem(scope)
        if problem:
            response = await refusal(scope, problem, self._handle)
            await response(scope, receive, _with_headers(scope, send))
        else:
            await self._app(scope, receive, _with_headers(scope, send))

    def _problem(self, scope: Scope) -> BadRequest | None:
        headers = Headers(scope=scope)
        if not _is_allowed_host(headers.get("host", ""), self._hosts):
            remedy = "Use a host name that WATTGRAPH_ALLOWED_HOSTS lists."
            return HostRefused("The header Host names no host of the service.", remedy=remedy)
        if "transfer-encoding" in headers and "content-length" in headers:
            # a proxy may have used the other length, and read the rest as another request (request smuggling)
            return BadRequest("The body has two lengths.", remedy="Send Content-Length or Transfer-Encoding, not both.")
        if not _is_safe(scope) and not is_same_origin(headers, self._origins):
            return _origin_refused()
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            remedy = "Send the document by POST."
            return AddressTooLong(f"The address is longer than {MAX_ADDRESS_BYTES:,} bytes.", remedy=remedy)
        return None


async def refusal(scope: Scope, problem: BadRequest, handle: Handle) -> Response:
    """The response to a request that no route has seen. `handle` makes it at the address of a page."""
    if scope["type"] == "websocket":
        return error_response(problem)
    if scope["path"] == ENDPOINT:
        return error_response(problem, **await _extensions(scope))
    return await handle(Request(scope), problem)


async def _extensions(scope: Scope) -> dict[str, Any]:
    """The `extensions` of a response of the endpoint."""
    return {"extensions": await RequestContext(scope["app"].state.provider).extensions(reached_store=False)}


def check_origin(headers: Headers, settings: Settings) -> None:
    """Raises OriginRefused for a request from a page of a foreign origin."""
    if not is_same_origin(headers, settings.allowed_origins):
        raise _origin_refused()


def _origin_refused() -> OriginRefused:
    remedy = "Send it from a page of the service, or list the origin in WATTGRAPH_ALLOWED_ORIGINS."
    return OriginRefused("The request comes from a page of another origin.", remedy=remedy)


def is_same_origin(headers: Headers, origins: Collection[str]) -> bool:
    """Whether no page of a foreign origin sent the request: by Sec-Fetch-Site, else by Origin.

    The rule is that of Go's http.CrossOriginProtection; clients that are no browsers send neither header."""
    origin = headers.get("origin")
    if origin in origins:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _is_safe(scope: Scope) -> bool:
    """Whether the method is safe. A WebSocket is opened by GET, but the same-origin policy does not protect it."""
    return scope["type"] == "http" and scope["method"] in _SAFE_METHODS


def _allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """The host names of the service; an empty tuple allows any."""
    if settings.allowed_hosts:
        return tuple(host.lower() for host in settings.allowed_hosts)
    return (*_LOOPBACK, settings.host) if _is_loopback(settings.host) else ()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_allowed_host(host: str, hosts: tuple[str, ...]) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1].lower()
    return not hosts or any(
        name == allowed or (allowed.startswith("*.") and name.endswith(allowed[1:])) or allowed == "*"
        for allowed in hosts
    )


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add_headers(MutableHeaders(scope=message), scope.get("scheme") == "https")
        await send(message)

    return send_with_headers


def handler_of_unexpected_errors(handle: Handle = handle_error) -> Handle:
    """The exception handler of unexpected errors; its response does not pass through the guard."""

    async def handle_unexpected_error(request: Request, error: Exception) -> Response:
        response = await handle(request, error)
        record = current_record()
        if record is not None:
            response.headers[REQUEST_ID] = record.id
        _add_headers(response.headers, request.url.scheme == "https")
        return response

    return handle_unexpected_error


def _add_headers(headers: MutableHeaders, encrypted: bool) -> None:
    there = {name.lower() for name, _ in headers.raw}
    headers.raw.extend(one for one in (_ENCODED if encrypted else _ENCODED[:-1]) if one[0] not in there)
