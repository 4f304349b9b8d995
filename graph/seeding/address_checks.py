"""Whether the addresses of sources still answer: asked politely, one at a time of each host, and kept line by line.

Nothing that a host sends is believed but its status and where it leads: of the body only so much is read as shows that
it comes."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import TextIO
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from graph.errors import BadInput

MAX_BYTES = 100_000
"""Of a body; what is longer is left."""
MAX_HOPS = 5
MAX_HOSTS_AT_ONCE = 4
_CHUNK = 16_384
_PERMANENT, _TEMPORARY = (301, 308), (302, 303, 307)
_GONE = (404, 410)
_BUSY = (429, 503)


class AddressState(StrEnum):
    """What became of an address."""

    ANSWERS = "ANSWERS"
    MOVED = "MOVED"
    """it leads to another address for good, which answers"""
    DIED = "DIED"
    """its host says that nothing is there"""
    UNKNOWN = "UNKNOWN"
    """it could not be told: no answer in time, no access, a name that does not resolve"""


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """`location`: where it leads. `reason`: why nothing could be told."""

    url: str
    state: AddressState
    checked: str
    """ISO 8601, in UTC."""
    status: int | None = None
    location: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Manners:
    """`delay`: seconds between two requests to a host. `timeout`: seconds for one request, its body included."""

    user_agent: str
    delay: float = 2.0
    timeout: float = 20.0
    allow_private: bool = False
    """Whether loopback and private networks may be asked."""


# ---- the file


def read_checks(path: Path) -> Mapping[str, AddressCheck]:
    """The last check of each address; nothing where there is no file. What a killed check left half written is left
    out. Raises BadInput for another file."""
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        checks = [_read_line(line) for line in lines[:-1] if line]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} holds no checks of addresses: {error}.",
            remedy="Remove it, or name the file that `wattgraph source check` wrote in WATTGRAPH_SOURCE_CHECKS.",
        ) from None
    return {check.url: check for check in checks}


def _read_line(line: str) -> AddressCheck:
    told = json.loads(line)
    return AddressCheck(**{**told, "state": AddressState(told["state"])})


class CheckFile:
    """Takes checks as they are made: each line is on the disk before the next one is asked."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._lock = file, Lock()

    def append(self, check: AddressCheck) -> None:
        line = json.dumps({name: value for name, value in asdict(check).items() if value is not None})
        with self._lock:
            self._file.write(f"{line}\n")
            self._file.flush()


def mend_end(path: Path) -> None:
    """Take away a line that was cut off."""
    content = path.read_bytes() if path.exists() else b""
    if content and not content.endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])


def due(urls: Iterable[str], known: Mapping[str, AddressCheck], max_age: timedelta, now: datetime) -> Sequence[str]:
    """The addresses that were not told within `max_age`, each once."""

    def is_fresh(url: str) -> bool:
        check = known.get(url)
        told = check is not None and check.state is not AddressState.UNKNOWN
        return told and now - datetime.fromisoformat(known[url].checked) < max_age

    return [url for url in dict.fromkeys(urls) if not is_fresh(url)]


# ---- asking


def check_addresses(urls: Sequence[str], manners: Manners, found: Callable[[AddressCheck], None]) -> int:
    """Check the addresses, a few hosts at a time, and hand each check over as it is made, from whatever thread. How
    many were put off, because their host asked for a rest: they are due the next time."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(urlsplit(url).netloc.lower(), []).append(url)
    with ThreadPoolExecutor(MAX_HOSTS_AT_ONCE, thread_name_prefix="source-check") as threads:
        turns = _HostTurns(manners.delay)
        work = [threads.submit(_check_host, of_host, _Asker(manners, turns), found) for of_host in by_host.values()]
        try:
            return sum(one.result() for one in as_completed(work))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _check_host(urls: Sequence[str], asker: _Asker, found: Callable[[AddressCheck], None]) -> int:
    for number, url in enumerate(urls):
        check = asker.check(url)
        found(check)
        if check.status in _BUSY:
            return len(urls) - number - 1
    return 0


class _Unreachable(Exception):
    """The address cannot be asked, for the reason that the text gives."""


class _HostTurns:
    """One request at a time to a host, whichever thread sends it, and a pause between two."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._locks: dict[str, Lock] = {}
        self._asked: dict[str, float] = {}
        self._guard = Lock()

    @contextmanager
    def of(self, host: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(host, Lock())
        with lock:
            due_in = self._asked[host] + self._delay - time.monotonic() if host in self._asked else 0.0
            time.sleep(max(0.0, due_in))
            try:
                yield
            finally:
                self._asked[host] = time.monotonic()


@dataclass
class _Asker:
    """Asks for addresses of one host, and for those that they lead to."""

    manners: Manners
    turns: _HostTurns
    _robots: dict[str, RobotFileParser | None] = field(default_factory=dict)

    def check(self, url: str) -> AddressCheck:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            status, last, moved = self._follow(url)
        except _Unreachable as problem:
            return AddressCheck(url, AddressState.UNKNOWN, now, reason=str(problem))
        location = last if last != url else None
        if 200 <= status < 300:
            state = AddressState.MOVED if moved else AddressState.ANSWERS
            return AddressCheck(url, state, now, status, location)
        if status in _GONE:
            return AddressCheck(url, AddressState.DIED, now, status, location)
        return AddressCheck(url, AddressState.UNKNOWN, now, status, location, f"the host answers {status}")

    def _follow(self, url: str) -> tuple[int, str, bool]:
        """The last status, the address that gave it, and whether a step to it was for good. Raises _Unreachable."""
        moved = False
        for _ in range(MAX_HOPS + 1):
            if not self._is_allowed(url):
                raise _Unreachable("robots.txt of the host does not allow it")
            status, location = self._request(url)
            if status not in (*_PERMANENT, *_TEMPORARY) or not location:
                return status, url, moved
            moved = moved or status in _PERMANENT
            url = urljoin(url, location)
        raise _Unreachable(f"it leads on more than {MAX_HOPS} times")

    def _is_allowed(self, url: str) -> bool:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = self._read_robots(f"{site}/robots.txt")
        robots = self._robots[site]
        return robots is None or robots.can_fetch(self.manners.user_agent, url)

    def _read_robots(self, url: str) -> RobotFileParser | None:
        """None where the host has none."""
        lines: list[bytes] = []
        status, _ = self._request(url, lines)
        if status != 200:
            return None
        robots = RobotFileParser()
        robots.parse(b"".join(lines).decode("utf-8", "replace").splitlines())
        return robots

    def _request(self, url: str, body: list[bytes] | None = None) -> tuple[int, str | None]:
        """Status and location. Raises _Unreachable."""
        with self.turns.of(urlsplit(url).netloc.lower()):
            return self._request_now(url, body)

    def _request_now(self, url: str, body: list[bytes] | None) -> tuple[int, str | None]:
        deadline = time.monotonic() + self.manners.timeout
        connection = _connect(url, self.manners)
        try:
            connection.request("GET", _target(url), headers={"User-Agent": self.manners.user_agent, "Accept": "*/*"})
            response = connection.getresponse()
            for chunk in _start_of_body(response, deadline):
                if body is not None:
                    body.append(chunk)
        except TimeoutError:
            raise _Unreachable(f"no answer within {self.manners.timeout:g} s") from None
        except (OSError, HTTPException, ValueError) as error:
            raise _Unreachable(f"no answer ({type(error).__name__})") from None
        finally:
            connection.close()
        return response.status, response.getheader("Location")


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    whole = f"{path}?{parts.query}" if parts.query else path
    return "".join(one if "!" <= one <= "~" else "".join(f"%{byte:02X}" for byte in one.encode()) for one in whole)


def _start_of_body(response: HTTPResponse, deadline: float) -> Iterator[bytes]:
    """The first bytes. Raises TimeoutError past the deadline, however often a little comes."""
    read = 0
    while read < MAX_BYTES and (chunk := response.read1(_CHUNK)):
        read += len(chunk)
        yield chunk
        if time.monotonic() > deadline:
            raise TimeoutError


def _connect(url: str, manners: Manners) -> HTTPConnection:
    """A connection to the address that was looked at, so that the name cannot lead elsewhere. Raises _Unreachable."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise _Unreachable("it is no address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise _Unreachable("it is no address of the web")
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _Unreachable("the name of the host does not resolve") from None
    if not manners.allow_private and any(not ip_address(place[4][0]).is_global for place in places):
        raise _Unreachable("its host is of a private network")
    connection = HTTPConnection(host, port, timeout=manners.timeout)
    try:
        raw = socket.create_connection((str(places[0][4][0]), port), timeout=manners.timeout)
        secure = parts.scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
    except TimeoutError:
        raise _Unreachable(f"no answer within {manners.timeout:g} s") from None
    except ssl.SSLError as error:
        raise _Unreachable(f"no secure connection ({error.reason})") from None
    except OSError as error:
        raise _Unreachable(f"no connection ({error.strerror or type(error).__name__})") from None
    return connection
