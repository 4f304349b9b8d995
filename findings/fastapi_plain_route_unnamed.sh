#!/usr/bin/env bash
# FastAPI 0.165.0 (with Starlette 1.10.0): `scope["route"]` is there for FastAPI's own routes alone.
#
# Middleware that names requests by their route (metrics by path template, spans, budgets) reads `scope["route"].path`
# after the application has answered. A plain `starlette.routing.Route` beside them, which is what one takes for an
# address that must be fast, answers as well, sets `endpoint` and `path_params`, and no `route`: its requests count as
# having none.
#
# What helps: a subclass of Route whose `matches` adds {"route": self} to what it returns.
#
# Seen on 2026-12-01, Python 3.11:
#   /of_fastapi    200, route: '/of_fastapi'
#   /of_starlette  200, route: None
#   /named         200, route: '/named'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 starlette==1.10.0

cat > "$folder/routes.py" <<'PYTHON'
import asyncio

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def answer(request):
    return PlainTextResponse("x")


class NamedRoute(Route):
    def matches(self, scope):
        match, found = super().matches(scope)
        return match, found | {"route": self}


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app.get("/of_fastapi")(lambda: 1)
app.router.routes += [Route("/of_starlette", answer), NamedRoute("/named", answer)]


async def ask(path):
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    route = scope.get("route")
    return sent[0]["status"], route and route.path


seen = {path: asyncio.run(ask(path)) for path in ("/of_fastapi", "/of_starlette", "/named")}
for path, (status, route) in seen.items():
    print(f"{path:<14} {status}, route: {route!r}")
assert seen == {"/of_fastapi": (200, "/of_fastapi"), "/of_starlette": (200, None), "/named": (200, "/named")}
PYTHON
"$folder/venv/bin/python" "$folder/routes.py"
