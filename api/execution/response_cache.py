"""The cache of response bodies, and the entity tag under which a client revalidates its own copy."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

import orjson

from api.context.program import program_version
from api.execution.validation import GraphQLRequest
from graph.concurrency.cache_use import CacheUse
from graph.seeding.scenario_files import Scenarios
from graph.stores.base import Reader
from graph.vocabulary.values import canonical


def entity_tag(reader: Reader, scenarios: Scenarios, request: GraphQLRequest, media: str) -> str:
    """Changes with everything that a response depends on: data, scenarios, today's date, the request, this program.

    `reader` is under the default lens; the lenses of the document follow from it and from today's date."""
    lens = reader.lens
    parts = [
        reader.version.id,
        reader.version.recorded_at,
        scenarios.digest,
        str(lens.valid_on),
        program_version(),
        media,
        request.document,
        request.operation,
        request.variables,
    ]
    return f'"{hashlib.sha256(_as_bytes(parts)).hexdigest()[:32]}"'


def _as_bytes(parts: list[Any]) -> bytes:
    try:
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # half a character, or a number of more than 64 bits
        return canonical(parts).encode()


class ResponseCache:
    """The bodies used last, by entity tag, up to a total number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self.bytes = 0
        self.use = CacheUse()

    def __len__(self) -> int:
        return len(self._bodies)

    def get(self, tag: str) -> bytes | None:
        body = self._bodies.get(tag)
        self.use.count(body is not None)
        if body is not None:
            self._bodies.move_to_end(tag)
        return body

    def put(self, tag: str, body: bytes) -> None:
        """A body larger than the whole cache is not put into it."""
        if len(body) > self._max_bytes:
            return
        self.bytes += len(body) - len(self._bodies.get(tag, b""))
        self._bodies[tag] = body
        self._bodies.move_to_end(tag)
        while self.bytes > self._max_bytes:
            _, evicted = self._bodies.popitem(last=False)
            self.bytes -= len(evicted)
