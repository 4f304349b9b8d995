"""Names of rows as a page shows them: a link to the page of each, and an unnamed party as such."""

from __future__ import annotations

from typing import NamedTuple

from api.pages.page import Visit
from graph.evidence.rows import is_private


class PartyName(NamedTuple):
    """`href` is empty where the row has no page. `private`: a private statement about it counts."""

    key: str
    name: str
    href: str
    unnamed: bool = False
    private: bool = False


def party_name(visit: Visit, key: str) -> PartyName:
    """The name of an entity, a link or a source by its key."""
    row = visit.facts.row(key)
    if row is None:
        return PartyName(key, key, "")
    unnamed = bool(row.columns.get("placeholder"))
    return PartyName(key, visit.facts.name(key), visit.address.of(row), unnamed, is_private(row))
