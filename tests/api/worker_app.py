"""What workers of the tests serve: routes that answer, work on when nobody waits, or end the process."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.fairness.processor_time import measure_processor_time
from api.worker import ChargedApp
from graph.settings import Settings


async def _tell(request: Request) -> Response:
    body = (await request.body()).decode()
    told = [request.method, str(request.url.query), request.headers.get("x-forwarded-for", ""), body, str(os.getpid())]
    return PlainTextResponse("|".join(told), 201, {"X-More": "yes"})


async def _work(_: Request) -> Response:
    """Works in a thread for a minute, and does not stop when it is cancelled."""
    await asyncio.to_thread(time.sleep, 60)
    return PlainTextResponse("done")


async def _spend(_: Request) -> Response:
    def spend() -> None:
        until = time.thread_time() + 0.3
        while time.thread_time() < until:
            pass

    await asyncio.to_thread(spend)
    return PlainTextResponse("done")


async def _end(_: Request) -> Response:
    os._exit(1)


def serve(_: Settings, path: Path) -> None:
    async def run() -> None:
        measure_processor_time(asyncio.get_running_loop())
        routes = [
            Route("/tell", _tell, methods=["GET", "POST"]),
            Route("/work", _work),
            Route("/spend", _spend),
            Route("/end", _end),
        ]
        config = uvicorn.Config(ChargedApp(Starlette(routes=routes)), uds=str(path), log_level="warning")
        await uvicorn.Server(config).serve()

    asyncio.run(run())
