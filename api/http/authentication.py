"""Authentication of HTTP requests."""

from __future__ import annotations

from collections.abc import Iterable

import fastapi

from api.context.auth import Caller, authenticate_headers, unauthenticated
from graph.evidence.lens import Lens


async def authenticate(request: fastapi.Request) -> Caller:
    """The caller of a request, with the scope READER at least. Raises Unauthenticated, StoreError."""
    state = request.app.state
    caller = await authenticate_headers(request.headers.getlist("authorization"), state.settings, state.provider)
    if caller.is_authenticated:
        state.clients.confirm(request.scope, caller.actor)
    return caller


async def check_lenses(request: fastapi.Request, lenses: Iterable[Lens]) -> bool:
    """Whether a lens has private facts, which the caller may read then. To be asked before any cache is: a cached
    answer knows no caller. Raises Forbidden; Unauthenticated without a token, so that a browser asks for one."""
    private = [lens for lens in lenses if lens.overlay]
    if private:
        caller = await authenticate(request)
        if not caller.is_authenticated:
            raise unauthenticated()
        for lens in private:
            caller.check_lens(lens)
    return bool(private)


PRIVATE_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Accept, Authorization"}
"""Of an answer with private facts: nobody keeps it."""
