"""The process of a worker: the same routes as the service, on a Unix socket."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from api.fairness.processor_time import SPENDER, running_calls
from api.fairness.workers import RECORD_HEADER, STATE
from api.server import collect_garbage_seldom
from api.telemetry.logs import configure_logs
from api.telemetry.request_record import described
from graph.settings import Settings

NICENESS = 10


def serve(settings: Settings, path: Path) -> None:
    """Serve on the Unix socket until the process is ended, or the service is gone."""
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    # Ctrl+C, and a manager of services, signal all processes; the service still needs its workers, and ends them
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    collect_garbage_seldom()
    configure_logs(settings)
    app = ChargedApp(create_app(settings, is_worker=True))
    config = uvicorn.Config(
        app,
        uds=str(path),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="*",
        date_header=False,
    )
    _SignalFree(config).run()


class _SignalFree(uvicorn.Server):
    """Ends with its process alone: uvicorn's own listens to signals, whatever was set before."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _end_with_the_service() -> None:
    service = multiprocessing.parent_process()
    if service is not None:
        wait([service.sentinel])
        os._exit(0)


class ChargedApp:
    """An application that charges all its requests to one spender, and tells what it has spent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.spent = 0.0

    def charge(self, seconds: float) -> None:
        self.spent += seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == STATE:
            await JSONResponse({"spent": self.spent, "running": running_calls()})(scope, receive, send)
            return
        SPENDER.set(self)

        async def send_with_record(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (RECORD_HEADER, described())]
            await send(message)

        await self._app(scope, receive, send_with_record)
