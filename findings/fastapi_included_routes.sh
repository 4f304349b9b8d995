#!/usr/bin/env bash
# FastAPI 0.165.0 (with Starlette 1.10.0): `app.routes` does not hold the routes of an included router any more.
#
# `include_router` puts one object of a private class in their place. It has neither `path` nor `methods` nor `endpoint`,
# so a walk over `app.routes` that looks for them (which addresses are there, which of them ask for a token?) finds
# nothing and says nothing, while the service answers at these addresses. A router's own `routes` still lists them; so
# does `original_router` of that object, without the prefix with which it was included.
#
# What helps: walk the routers, by `original_router`, and fail where an entry is neither a route nor a router.
#
# Seen on 2026-11-30, Python 3.11:
#   routes of the application: [('_IncludedRouter', None)]
#   routes of its router:      ['/one']
#   GET /all/one:              200
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 starlette==1.10.0

cat > "$folder/walk.py" <<'PYTHON'
import asyncio

from fastapi import APIRouter, FastAPI

router = APIRouter()


@router.get("/one")
def one():
    return 1


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(router, prefix="/all")


async def status(path):
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "app": app}
    await app(scope, receive, send)
    return sent[0]["status"]


shown = [(type(route).__name__, getattr(route, "path", None)) for route in app.routes]
inner = [route.path for route in app.routes[0].original_router.routes]
answered = asyncio.run(status("/all/one"))
print(f"routes of the application: {shown}")
print(f"routes of its router:      {inner}")
print(f"GET /all/one:              {answered}")
assert shown == [("_IncludedRouter", None)]
assert inner == ["/one"]
assert answered == 200
PYTHON
"$folder/venv/bin/python" "$folder/walk.py"
