"""Authentication of HTTP requests."""

from __future__ import annotations

import fastapi

from api.context.auth import Caller, authenticate_headers


async def authenticate(request: fastapi.Request) -> Caller:
    """The caller of a request, with the scope READER at least. Raises Unauthenticated, StoreError."""
    state = request.app.state
    return await authenticate_headers(request.headers.getlist("authorization"), state.settings, state.provider)
