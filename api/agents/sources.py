"""The sources of an answer, taken out of its rows: each is listed once, and stands in the rows by its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.agents.shapes import EVIDENCE


class SourceKeys:
    """Collects the sources of the rows that pass through `cited`, in the order of their first mention."""

    def __init__(self) -> None:
        self.sources: dict[str, Mapping[str, Any]] = {}

    def cited(self, value: Any) -> Any:
        """The value as its model has it."""
        if isinstance(value, list):
            return [self.cited(one) for one in value]
        if isinstance(value, dict):
            return {name: self._field(name, one) for name, one in value.items()}
        return value

    def _field(self, name: str, value: Any) -> Any:
        # values of the facts, which are JSON of their own, have no such parts
        if name == EVIDENCE and isinstance(value, dict) and "nodes" in value:
            counted = (one["source"] for one in value["nodes"] if one["counted"])
            return list(dict.fromkeys(map(self._key, counted)))
        if name == "source" and isinstance(value, dict) and "publisher" in value:
            return self._key(value)
        return self.cited(value)

    def _key(self, source: Mapping[str, Any]) -> str:
        key: str = source["key"]
        self.sources.setdefault(key, source)
        return key
