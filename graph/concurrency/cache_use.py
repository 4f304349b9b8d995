"""How often a cache had what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CacheUse:
    """Counts since the start of the process."""

    hits: int = 0
    misses: int = 0

    def count(self, hit: bool) -> None:
        if hit:
            self.hits += 1
        else:
            self.misses += 1
