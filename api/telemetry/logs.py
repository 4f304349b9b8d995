"""The log of the service: one line for each event, as JSON or for a person at a terminal, without any secret.

Modules write to `logging.getLogger(__name__)`, as libraries do; structlog renders what arrives."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Collection, MutableMapping
from datetime import UTC, datetime
from traceback import TracebackException
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from api.telemetry.request_record import RequestRecord, current_record
from graph.settings import LogFormat, LogLevel, Settings

REQUESTS = logging.getLogger("wattgraph.requests")
"""One line for each request."""
HIDDEN = "[hidden]"
_OWN_LOGGERS = ("api", "cli", "graph", REQUESTS.name)
"""Those that the level is for; libraries tell from warnings on."""
_TOKEN = re.compile(r"wg_[A-Za-z0-9_.-]+|(?<=\b[Bb]earer )\S+|(?<=\b[Bb]asic )\S+")
"""Tokens of the service, in whatever text; and what follows in a header Authorization."""
_TOKEN_MARKS = ("wg_", "earer ", "asic ")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
MAX_TEXT = 20_000
"""Characters of one text; the end of a longer one is left out."""


def configure_logs(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Send all that is logged to the stream: JSON unless that is a terminal, or as WATTGRAPH_LOG_FORMAT says."""
    for_people = _is_for_people(settings, stream)
    render = [_without(_secrets_of(settings)), *(_for_people() if for_people else _as_json())]
    root = logging.getLogger()
    root.handlers = [_handler(stream, _formatter(render))]
    REQUESTS.handlers = [_handler(stream, _RequestFormatter(render))]
    REQUESTS.propagate = False
    root.setLevel(logging.ERROR if settings.log_level is LogLevel.ERROR else logging.WARNING)
    for name in _OWN_LOGGERS:
        logging.getLogger(name).setLevel(settings.log_level.upper())


def _is_for_people(settings: Settings, stream: TextIO) -> bool:
    if settings.log_format is LogFormat.AUTO:
        return stream.isatty()
    return settings.log_format is LogFormat.TEXT


def _handler(stream: TextIO, formatter: logging.Formatter) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    return handler


def _formatter(render: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_request,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _formatted_exception, *render],
    )


class _RequestFormatter(logging.Formatter):
    """Of the lines of requests, whose fields are plain and few: a fifth of the time of the other one."""

    def __init__(self, render: list[Processor]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        fields: dict[str, Any] = record.fields  # type: ignore[attr-defined]  # what `log_request` hands over
        head = {"timestamp": f"{moment[:-6]}Z", "level": "info", "logger": record.name, "event": record.msg}
        event: Any = {**head, **fields}
        for process in self._render:
            event = process(None, "info", event)
        return str(event)


def _as_json() -> list[Processor]:
    return [structlog.processors.JSONRenderer(serializer=_json)]


def _json(event: MutableMapping[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _for_people() -> list[Processor]:
    return [_escaped, structlog.dev.ConsoleRenderer(colors=True, sort_keys=False)]


def _with_request(_: Any, __: str, event: EventDict) -> EventDict:
    """The id of the request during which it happened."""
    record = current_record()
    if record is not None:
        event.setdefault("request_id", record.id)
    return event


def _formatted_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """The traceback as text. The messages of exceptions may repeat private facts: they are left out where a request
    reads such."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = info if isinstance(info, BaseException) else (sys.exc_info() if info is True else info)[1]
    if error is not None:
        event["exception"] = _traceback(error)
    return event


def _traceback(error: BaseException) -> str:
    record = current_record()
    described = TracebackException.from_exception(error, compact=True)
    if record is not None and record.is_private:
        _remove_messages(described)
    return "".join(described.format()).rstrip()


def _remove_messages(described: TracebackException) -> None:
    described._str = HIDDEN  # type: ignore[attr-defined]  # there is no public way
    described.__notes__ = []
    for other in (described.__cause__, described.__context__, *(described.exceptions or ())):
        if other is not None:
            _remove_messages(other)


def _secrets_of(settings: Settings) -> Collection[str]:
    password = settings.neo4j_password
    return [password.get_secret_value()] if password and password.get_secret_value() else []


def _without(secrets: Collection[str]) -> Processor:
    """Hides the secrets, and what looks like a token, in every text of an event."""
    known = re.compile("|".join(map(re.escape, secrets))) if secrets else None

    def hide(text: str) -> str:
        text = text[:MAX_TEXT]
        if any(mark in text for mark in _TOKEN_MARKS):  # most have none, and the pattern is slow
            text = _TOKEN.sub(HIDDEN, text)
        return known.sub(HIDDEN, text) if known else text

    def process(_: Any, __: str, event: EventDict) -> EventDict:
        return {key: _in_texts(value, hide) for key, value in event.items()}

    return process


def _escaped(_: Any, __: str, event: EventDict) -> EventDict:
    """On a terminal no text may move the cursor or begin a line; a traceback keeps its lines."""

    def escape(text: str) -> str:
        return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)

    trace = event.pop("exception", None)
    shown = {key: _in_texts(value, escape) for key, value in event.items()}
    return shown | ({"exception": "\n".join(map(escape, trace.splitlines()))} if trace else {})


def _in_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The value with each text in it changed; what is no plain value becomes one text."""
    if isinstance(value, str):
        return change(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return [_in_texts(one, change) for one in value]
    if isinstance(value, dict):
        return {str(key): _in_texts(one, change) for key, one in value.items()}
    return change(str(value))


def log_request(record: RequestRecord, method: str) -> None:
    """The line of a request: who asked for what, how it ended, and what it took."""
    if not REQUESTS.isEnabledFor(logging.INFO):
        return
    fields = {
        "request_id": record.id,
        "client": record.client,
        "method": method,
        "operation": record.kind.value,
        "operation_name": record.name or None,
        "route": record.route or None,
        "status": record.status or None,
        "outcome": record.outcome.value,
        "codes": record.codes or None,
        "cost": record.cost,
        "seconds": round(record.seconds, 6),
        "processor_seconds": round(record.processor_seconds, 6),
        "bytes": record.bytes_sent,
    }
    REQUESTS.info("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})
