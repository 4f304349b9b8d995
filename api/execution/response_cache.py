"""Bodies of answers, kept for equal requests, and the entity tag by which a client asks whether its own still holds."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from importlib.metadata import version

from api.execution.execute import GraphQLRequest
from graph.seeding.scenario_files import Scenarios
from graph.stores.base import Reader
from graph.vocabulary.values import canonical

_PROGRAM = version("wattgraph")


def entity_tag(reader: Reader, scenarios: Scenarios, request: GraphQLRequest, media: str) -> str:
    """Changes with all that an answer depends on: data, scenarios, today's date, what was asked, and this program.

    `reader` is under the default lens; the lenses of the document follow from it and from today."""
    lens = reader.lens
    parts = [
        reader.version.id,
        reader.version.recorded_at,
        scenarios.digest,
        str(lens.valid_on),
        _PROGRAM,
        media,
        request.document,
        request.operation,
        canonical(request.variables or {}),
    ]
    return f'"{hashlib.sha256(canonical(parts).encode()).hexdigest()[:32]}"'


class ResponseCache:
    """The bodies used last, by entity tag, up to so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self.bytes = 0

    def get(self, tag: str) -> bytes | None:
        body = self._kept.get(tag)
        if body is not None:
            self._kept.move_to_end(tag)
        return body

    def keep(self, tag: str, body: bytes) -> None:
        if len(body) > self._most:
            return
        self.bytes += len(body) - len(self._kept.get(tag, b""))
        self._kept[tag] = body
        self._kept.move_to_end(tag)
        while self.bytes > self._most:
            _, gone = self._kept.popitem(last=False)
            self.bytes -= len(gone)
