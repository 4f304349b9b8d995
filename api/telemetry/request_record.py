"""What is observed about one request while it runs, for its line in the log, the metrics and its span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from uuid import uuid4

import orjson

MAX_CODES = 5
MAX_NAME = 100
"""Characters of what a client may choose, such as the name of an operation."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_PREFIX_BITS = {4: 24, 6: 48}
"""Of an address the network stands in the log: it tells clients apart, and names no person."""


class RequestOutcome(StrEnum):
    """How a request ended; the values of the label `outcome`."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    ERRORS = "errors"
    """an answer of status 200 that tells errors"""
    REFUSED = "refused"
    DENIED = "denied"
    """without the token or the scope that it needs"""
    LIMITED = "limited"
    """the client is over its quota"""
    LEFT = "left"
    """the client closed the connection before the answer was ready"""
    DEADLINE = "deadline"
    FAILED = "failed"


class OperationKind(StrEnum):
    """What a request asks for; the values of the label `operation`."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"
    """a WebSocket or an event stream, for as long as it is open"""
    GRAPHQL = "graphql"
    """a request to the endpoint that is none of the three, or was refused before that was known"""
    PAGE = "page"
    REPORT = "report"
    EXPORT = "export"
    FEED = "feed"
    AGENT = "agent"
    PROBE = "probe"
    METRICS = "metrics"
    ASSET = "asset"
    OTHER = "other"
    """an address that does not exist, or that the guard refused"""


@dataclass(slots=True)
class RequestRecord:
    """`client` names the token by name and id, or the network of the address; never the secret."""

    id: str
    client: str
    operation: OperationKind | None = None
    """Of a GraphQL document."""
    name: str = ""
    """The name that the document gives to its operation."""
    route: str = ""
    """The pattern of the address, without what the client put into it."""
    status: int = 0
    codes: list[str] = field(default_factory=list)
    """Codes of the errors that the answer tells."""
    cost: int | None = None
    """Rows that the answer may hold at most."""
    processor_seconds: float = 0.0
    seconds: float = 0.0
    bytes_sent: int = 0
    client_left: bool = False
    is_forwarded: bool = False
    """Whether a worker answered it."""
    is_private: bool = False
    """Whether it reads private facts: then no message of an unexpected error goes to the log."""

    def charge(self, seconds: float) -> None:
        """Processor time; from the loop and from worker threads."""
        with _charging:
            self.processor_seconds += seconds

    @property
    def kind(self) -> OperationKind:
        of_route = kind_of_route(self.route)
        return self.operation if self.operation and of_route is OperationKind.GRAPHQL else of_route

    @property
    def outcome(self) -> RequestOutcome:
        if self.client_left:
            return RequestOutcome.LEFT
        if self.status in _OUTCOMES:
            return _OUTCOMES[self.status]
        if not 0 < self.status < 500:
            return RequestOutcome.FAILED
        if self.status >= 400:
            return RequestOutcome.REFUSED
        return RequestOutcome.ERRORS if self.codes else RequestOutcome.OK


_OUTCOMES = {
    304: RequestOutcome.NOT_MODIFIED,
    401: RequestOutcome.DENIED,
    403: RequestOutcome.DENIED,
    429: RequestOutcome.LIMITED,
    504: RequestOutcome.DEADLINE,
}
_charging = Lock()
RECORD: ContextVar[RequestRecord | None] = ContextVar("record", default=None)
"""That of the request that runs; tasks and threads that it starts share it."""


def current_record() -> RequestRecord | None:
    return RECORD.get()


def note_code(code: str) -> None:
    """Record the code of an error that the answer tells; each once, the first few."""
    record = RECORD.get()
    if record is not None and code not in record.codes and len(record.codes) < MAX_CODES:
        record.codes.append(code)


def note_caller(actor: str) -> None:
    """Record the bearer of a token, by its name and id."""
    record = RECORD.get()
    if record is not None and actor:
        record.client = actor


def note_private_facts() -> None:
    record = RECORD.get()
    if record is not None:
        record.is_private = True


def note_client_left() -> None:
    record = RECORD.get()
    if record is not None:
        record.client_left = True


def note_operation(kind: OperationKind, name: str | None, cost: int | None) -> None:
    """Record the operation of a GraphQL request; on a connection with several, the last one counts."""
    record = RECORD.get()
    if record is None:
        return
    if record.operation is not OperationKind.SUBSCRIPTION:
        record.operation = kind
    record.name = (name or "")[:MAX_NAME]
    record.cost = cost


def described() -> bytes:
    """What a worker found out about the request, as JSON for the service that forwarded it."""
    record = RECORD.get()
    names = ("client", "operation", "name", "route", "codes", "cost", "is_private")
    return orjson.dumps({name: getattr(record, name) for name in names}) if record else b"{}"


def note_described(description: bytes) -> None:
    """Record that a worker answered, and what it found out."""
    record = RECORD.get()
    if record is not None:
        record.is_forwarded = True
        for name, value in orjson.loads(description).items():
            setattr(record, name, OperationKind(value) if name == "operation" and value else value)


def request_id(sent: str | None) -> str:
    """The id that a proxy in front sent, where it is one; else a new one."""
    return sent if sent is not None and _REQUEST_ID.fullmatch(sent) else uuid4().hex


@lru_cache(1_024)
def client_network(host: str | None) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6; loopback addresses as they are."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return str(address)
    return str(ip_network(f"{address}/{_PREFIX_BITS[address.version]}", strict=False))


_KINDS: Sequence[tuple[str, OperationKind]] = (
    ("/graphql", OperationKind.GRAPHQL),
    ("/healthz", OperationKind.PROBE),
    ("/readyz", OperationKind.PROBE),
    ("/metrics", OperationKind.METRICS),
    ("/static/", OperationKind.ASSET),
    ("/graphiql", OperationKind.ASSET),
    ("/browser/", OperationKind.ASSET),
    ("/schema.graphql", OperationKind.ASSET),
    ("/reports", OperationKind.REPORT),
    ("/charts/", OperationKind.REPORT),
    ("/exports", OperationKind.EXPORT),
    ("/feeds", OperationKind.FEED),
    ("/mcp", OperationKind.AGENT),
)


@cache
def kind_of_route(route: str) -> OperationKind:
    """By the pattern of the address; what is not listed is a page."""
    if not route:
        return OperationKind.OTHER
    return next((kind for prefix, kind in _KINDS if route.startswith(prefix)), OperationKind.PAGE)
