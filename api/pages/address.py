"""Addresses of pages: of each row, under the lens that the reader has chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from urllib.parse import quote, urlencode

from graph.vocabulary.model import Row

FOLDERS: Mapping[str, str] = {
    "Organization": "organizations",
    "Site": "sites",
    "Chip": "chips",
    "Deal": "deals",
    "Debt": "debts",
    "Link": "links",
    "Source": "sources",
    "Statement": "statements",
}
"""The folder of the pages of each label; rows of other labels have no page of their own."""
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Address:
    """Where a page stands: `origin` is scheme and host, `lens` and `own` the parameters of its address that are no
    default. Of a page that compares two lenses `sides` are those of both; `lens`, which others are linked under, is the
    second."""

    origin: str
    path: str
    lens: Pairs
    own: Pairs
    sides: Pairs | None = None

    @property
    def whole(self) -> str:
        """The address of the page itself, with scheme and host."""
        return self.origin + with_query(self.path, [*self.own, *self._lenses])

    @property
    def _lenses(self) -> Pairs:
        return self.lens if self.sides is None else self.sides

    def to(self, path: str, **own: str) -> str:
        """The address of another page under the same lens."""
        return with_query(path, [*own.items(), *self.lens])

    def of(self, row: Row) -> str:
        """The page of a row; empty where its label has none."""
        return self.of_key(row.label, row.key)

    def of_key(self, label: str, key: str) -> str:
        folder = FOLDERS.get(label)
        return f"/{folder}/{_quoted(key)}{self._lens_query}" if folder else ""

    @cached_property
    def _lens_query(self) -> str:
        return with_query("", self.lens)

    def sibling(self, path: str, own: Pairs) -> str:
        """Another address with these parameters, under the same lens."""
        return with_query(path, [*own, *self.lens])

    def own_without(self, *names: str) -> Pairs:
        """The parameters of this page but for some."""
        return [(name, value) for name, value in self.own if name not in names]

    def here(self, **changed: str) -> str:
        """This page with some of its parameters changed; an empty value removes one."""
        pairs = dict([*self.own, *self._lenses]) | changed
        return with_query(self.path, [(name, value) for name, value in pairs.items() if value])


_quoted = lru_cache(maxsize=16_384)(partial(quote, safe=""))


def with_query(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(list(pairs), safe=',')}" if pairs else path
