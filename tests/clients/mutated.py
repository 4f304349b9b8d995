"""Valid requests with damaged bytes, sent by raw HTTP over one connection that is kept alive.

A case follows from its seed and number alone: `python -m tests.clients.mutated URL SEED NUMBER` sends it again."""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from graph.settings import PROJECT
from tests.clients.judge import MEDIA_TYPES, Reply, Tally

SECONDS = 240
MOST_MUTATIONS = 8


@dataclass(frozen=True, slots=True)
class Case:
    """One POST to the endpoint."""

    body: bytes
    accept: str
    content_type: str = "application/json"


def corpus() -> tuple[bytes, ...]:
    """The bodies to damage: every document of tests/queries with its variables, and some that are hostile whole."""
    return (*(_sound(path) for path in sorted((PROJECT / "tests" / "queries").glob("*.graphql"))), *HOSTILE)


def _sound(document: Path) -> bytes:
    beside = document.with_suffix(".json")
    variables = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    return json.dumps({"query": document.read_text(encoding="utf-8"), "variables": variables}).encode()


HOSTILE = (
    b"",
    b"1",
    b'"x"',
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\xff\xfe{\x00}\x00",
    b'\xef\xbb\xbf{"query": "{ __typename }"}',
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"query": ' + b"9" * 5_000 + b"}",
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    b'{"query": "{ __typename }", "query": "{ dataVersion { id } }"}',
    b'{"query": "{ __typename }", "operationName": 7, "extensions": [1]}',
    b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "' + b"0" * 64 + b'"}}}',
    b'{"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": {}}}}',
    b'{"extensions": {"persistedQuery": []}, "query": "{ __typename }"}',
    b'[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    b'{"query": "query A { __typename } query B { __typename }"}',
    b'{"query": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"}',
    b'{"query": "{ search(text: \\"\\ud800\\") { matched } }"}',
    b'{"query": "{ search(text: \\"a\\u0000b\\") { matched } }"}',
    b'{"query": "query($k: String!) { link(key: $k) { key } }", "variables": {"k": "\\udfff"}}',
    b'{"query": "{ links(first: 99999999999999999999) { totalCount } }"}',
    b'{"query": "{ links(where: {valueUsd: {gt: 1e400}}) { totalCount } }"}',
    b'{"query": "' + b"{ a " * 2_000 + b'"}',
    b'{"query": "{' + b" a: __typename" * 2_000 + b' }"}',
    b'{"query": "{ __typename ' + b"@skip(if: false)" * 500 + b' }"}',
    b'{"query": "' + b"#" * 100_000 + b'\\n{ __typename }"}',
    b'{"query": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"}',
)
TOKENS = (
    *(b"{", b"}", b"[", b"]", b"(", b")", b'"', b"\\", b":", b",", b"...", b"$", b"@", b"!", b"&", b"|", b"#", b"\x00"),
    *(b"null", b"true", b"-1", b"0", b"1e400", b"NaN", b"9" * 40, b"\\u0000", b"\\ud800", b"\\n", b'\\"', b"\xff"),
    *(b"\xed\xa0\x80", b"\xf0\x90\x80\x80", b"first: 500", b"after: \\\"x\\\"", b"where: {or: []}", b"__typename"),
    *(b"query ", b"mutation ", b"subscription ", b"fragment a on Link ", b"... on Link", b"@include(if: $x)"),
)  # fmt: skip


def _flip(body: bytearray, chance: random.Random) -> None:
    if body:
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def _put(body: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(body))
    body[at:at] = chance.choice(TOKENS)


def _replace(body: bytearray, chance: random.Random) -> None:
    start, end = _part(body, chance)
    body[start:end] = chance.choice(TOKENS)


def _remove(body: bytearray, chance: random.Random) -> None:
    start, end = _part(body, chance)
    del body[start:end]


def _repeat(body: bytearray, chance: random.Random) -> None:
    start, end = _part(body, chance)
    body[start:start] = body[start:end] * chance.choice((1, 2, 50))


def _cut(body: bytearray, chance: random.Random) -> None:
    del body[chance.randint(0, len(body)) :]


def _part(body: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(body))
    return start, min(len(body), start + chance.choice((1, 2, 8, 40)))


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _put, _replace, _remove, _repeat, _cut)
CONTENT_TYPES = (
    "application/json; charset=utf-8",
    "text/plain",
    "application/graphql",
    "multipart/form-data",
    "",
    "\x7f",
)


def case(seed: int, number: int, bodies: tuple[bytes, ...]) -> Case:
    """A body with damaged bytes, or one that is sound JSON around a damaged document."""
    chance = random.Random(f"{seed}/{number}")
    body = _damaged_document(bodies, chance) if chance.random() < 0.5 else _damaged(bodies, chance)
    content_type = chance.choice(CONTENT_TYPES) if chance.random() < 0.05 else "application/json"
    return Case(body, chance.choice((*MEDIA_TYPES, "*/*")), content_type)


def _damaged_document(bodies: tuple[bytes, ...], chance: random.Random) -> bytes:
    """What is no JSON ends at the first parser; this goes on to the second and beyond."""
    sound = json.loads(chance.choice(bodies[: -len(HOSTILE)]))
    document = _damaged((sound["query"].encode(),), chance).decode(errors="surrogateescape")
    return json.dumps({**sound, "query": document}).encode()


def _damaged(bodies: tuple[bytes, ...], chance: random.Random) -> bytes:
    """One of the bodies, or the head of one with the tail of another, after some mutations or none."""
    body = bytearray(chance.choice(bodies))
    if chance.random() < 0.2:
        other = chance.choice(bodies)
        body[chance.randint(0, len(body)) :] = other[chance.randint(0, len(other)) :]
    for _ in range(chance.randint(0, MOST_MUTATIONS)):
        chance.choice(MUTATIONS)(body, chance)
    return bytes(body)


class Sender:
    """One connection that is kept alive; made anew when the server has closed it."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.path = address.path
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=SECONDS)

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def send(self, given: Case) -> Reply:
        start = time.perf_counter()
        answer = self._answer(given)
        body = answer.read()
        seconds = time.perf_counter() - start
        return Reply(answer.status, answer.headers.get("content-type", ""), body, seconds)

    def _answer(self, given: Case) -> http.client.HTTPResponse:
        headers = {"Accept": given.accept, "Content-Type": given.content_type}
        try:
            self.connection.request("POST", self.path, given.body, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            self.connection.request("POST", self.path, given.body, headers)
            return self.connection.getresponse()


def send_mutated(url: str, count: int, seed: int, seen: Callable[[], object] = lambda: None) -> Tally:
    """Sends the cases 0 to `count` of a seed; calls `seen` after each."""
    tally, bodies = Tally("byte-mutated bodies"), corpus()
    with Sender(url) as sender:
        for number in range(count):
            given = case(seed, number, bodies)
            tally.see(sender.send(given), f"seed {seed}, case {number}: {given.body[:300]!r}")
            seen()
    return tally


if __name__ == "__main__":
    url, seed, number = sys.argv[1:]
    again = case(int(seed), int(number), corpus())
    with Sender(url) as sender:
        print(again, sender.send(again), sep="\n")
