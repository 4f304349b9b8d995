"""Whether addresses of sources answer, asked of a local server that plays hosts of every sort."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Lock, Thread
from typing import Any, ClassVar

import pytest

from graph.errors import BadInput
from graph.evidence.log import StatementLog
from graph.seeding.address_checks import (
    MAX_BYTES,
    AddressCheck,
    AddressState,
    Manners,
    check_addresses,
    due,
    read_checks,
)
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.command import run_command

NOW = datetime(2026, 11, 30, tzinfo=UTC)
AGENT = "wattgraph/0 (test)"


class _Host(BaseHTTPRequestHandler):
    """What stands at each path; `/forbidden` is one that robots.txt does not allow."""

    asked: ClassVar[list[tuple[float, str, str]]] = []
    at_once: ClassVar[list[int]] = [0, 0]
    sent: ClassVar[Counter[str]] = Counter()
    lock = Lock()

    def do_GET(self) -> None:
        with self.lock:
            self.asked.append((time.monotonic(), self.path, self.headers["User-Agent"]))
            self.at_once[0] += 1
            self.at_once[1] = max(self.at_once)
        try:
            getattr(self, f"_{self.path.strip('/').replace('.', '_').partition('?')[0]}")()
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with self.lock:
                self.at_once[0] -= 1

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _robots_txt(self) -> None:
        self._answer(200, b"User-agent: *\nDisallow: /forbidden\n")

    def _there(self) -> None:
        self._answer(200, b"here")

    _forbidden = _there

    def _moved(self) -> None:
        self._answer(301, Location="/there")

    def _elsewhere_today(self) -> None:
        self._answer(302, Location="/there")

    def _moved_and_gone(self) -> None:
        self._answer(308, Location="/gone")

    def _gone(self) -> None:
        self._answer(404)

    def _closed(self) -> None:
        self._answer(403)

    def _round(self) -> None:
        self._answer(302, Location="/round")

    def _private(self) -> None:
        self._answer(302, Location="file:///etc/passwd")

    def _slow(self) -> None:
        time.sleep(1.5)
        self._answer(200)

    def _drip(self) -> None:
        self._answer(200)
        for _ in range(15):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.1)

    def _huge(self) -> None:
        self._answer(200)
        for _ in range(1_000):
            self.wfile.write(b"x" * 100_000)
            self.sent["huge"] += 100_000

    def _tired(self) -> None:
        self._answer(429, Retry_After="60")

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def checked(urls: list[str], **manners: Any) -> dict[str, AddressCheck]:
    found: list[AddressCheck] = []
    check_addresses(
        urls, Manners(AGENT, **{"delay": 0.0, "timeout": 0.5, "allow_private": True, **manners}), found.append
    )
    return {one.url: one for one in found}


PATHS = {
    "there": (AddressState.ANSWERS, 200, None),
    "moved": (AddressState.MOVED, 200, "there"),
    "elsewhere_today": (AddressState.ANSWERS, 200, "there"),
    "moved_and_gone": (AddressState.DIED, 404, "gone"),
    "gone": (AddressState.DIED, 404, None),
    "closed": (AddressState.UNKNOWN, 403, None),
    "huge": (AddressState.ANSWERS, 200, None),
}
REASONS = {
    "slow": "no answer within 0.5 s",
    "drip": "no answer within 0.5 s",
    "round": "it leads on more than 5 times",
    "forbidden": "robots.txt of the host does not allow it",
    "private": "it is no address of the web",
}


def test_each_sort_of_answer_is_told_from_the_others(host: str) -> None:
    _Host.asked.clear()
    found = checked([f"{host}/{path}" for path in (*PATHS, *REASONS)])
    for path, (state, status, location) in PATHS.items():
        check = found[f"{host}/{path}"]
        assert (check.state, check.status, check.location) == (state, status, location and f"{host}/{location}"), path
    for path, reason in REASONS.items():
        assert (found[f"{host}/{path}"].state, found[f"{host}/{path}"].reason) == (AddressState.UNKNOWN, reason)
    assert _Host.sent["huge"] < 100 * MAX_BYTES  # the buffers of the sockets take some more than is read
    assert "/forbidden" not in {path for _, path, _ in _Host.asked}
    assert {agent for _, _, agent in _Host.asked} == {AGENT}
    assert [path for _, path, _ in _Host.asked].count("/robots.txt") == 1


def test_a_host_is_asked_for_one_thing_at_a_time_with_pauses(host: str) -> None:
    _Host.asked.clear()
    _Host.at_once[:] = [0, 0]
    checked([f"{host}/there?{number}" for number in range(4)], delay=0.1)
    times = [moment for moment, _, _ in _Host.asked]
    assert len(times) == 5  # robots.txt first
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.09
    assert _Host.at_once[1] == 1


def test_a_host_that_asks_for_a_rest_is_left_alone(host: str) -> None:
    urls = [f"{host}/there", f"{host}/tired", f"{host}/there?2", f"{host}/there?3"]
    found: list[AddressCheck] = []
    put_off = check_addresses(urls, Manners(AGENT, delay=0, timeout=5, allow_private=True), found.append)
    assert (put_off, [one.status for one in found]) == (2, [200, 429])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/", "its host is of a private network"),
        ("http://[::1]/", "its host is of a private network"),
        ("http://10.0.0.1/", "its host is of a private network"),
        ("http://169.254.169.254/latest", "its host is of a private network"),
        ("ftp://example.org/", "it is no address of the web"),
        ("file:///etc/passwd", "it is no address of the web"),
        ("http://host:notaport/", "it is no address"),
    ],
)
def test_nothing_but_the_public_web_is_asked(url: str, reason: str) -> None:
    check = checked([url], allow_private=False)[url]
    assert (check.state, check.reason) == (AddressState.UNKNOWN, reason)


def test_what_was_told_lately_is_not_asked_again() -> None:
    fresh = AddressCheck("http://a/", AddressState.DIED, (NOW - timedelta(days=29)).isoformat(), 404)
    known = {
        "http://a/": fresh,
        "http://b/": replace(fresh, url="http://b/", checked=(NOW - timedelta(days=30)).isoformat()),
        "http://c/": replace(fresh, url="http://c/", state=AddressState.UNKNOWN),
    }
    urls = ["http://a/", "http://b/", "http://c/", "http://d/", "http://d/"]
    assert due(urls, known, timedelta(days=30), NOW) == ["http://b/", "http://c/", "http://d/"]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checks"
    path.write_text('{"url": 1}\n')
    with pytest.raises(BadInput, match="holds no checks of addresses"):
        read_checks(path)


@pytest.mark.slow
async def test_the_command_goes_on_where_it_was_and_coverage_shows_what_it_found(host: str, tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    paths = dict(zip(log.sources, ("there", "gone", "moved"), strict=False))
    moved = [replace(one, url=f"{host}/{paths.get(key, 'slow')}") for key, one in log.sources.items()]
    store = await EmbeddedStore.open(tmp_path / "data")
    await store.load(StatementLog.of(log.statements, moved))
    await store.close()
    checks = tmp_path / "checks.jsonl"
    known = {"url": f"{host}/there", "state": "ANSWERS", "checked": datetime.now(UTC).isoformat(), "status": 200}
    checks.write_text(json.dumps(known) + '\n{"url": "half a li')
    options = ("--delay", "0", "--timeout", "0.5", "--allow-private", "--contact", "desk@example.org")
    setting = {"WATTGRAPH_SOURCE_CHECKS": str(checks)}
    _Host.asked.clear()
    ended = run_command(tmp_path / "data", "source", "check", *options, **setting)
    assert ended.returncode == 0, ended.stderr
    assert f"died: {host}/gone" in ended.stdout
    assert f"moved: {host}/moved -> {host}/there" in ended.stdout
    assert _Host.asked[0][2].endswith("(checks whether sources that it cites are still there; desk@example.org)")
    found = read_checks(checks)
    assert found[f"{host}/there"].checked == known["checked"]  # it was not asked again
    assert {found[f"{host}/{path}"].state for path in ("gone", "moved")} == {AddressState.DIED, AddressState.MOVED}
    shown = run_command(tmp_path / "data", "report", "coverage", "--format", "md", **setting).stdout
    assert "1 answer, 1 moved, 1 died" in re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", shown)
    assert "Whether addresses of sources answer" in shown
    plain = run_command(tmp_path / "data", "report", "coverage", "--format", "md").stdout
    assert "address was asked" not in plain
