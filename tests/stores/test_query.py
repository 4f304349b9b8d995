"""What a filter through links means, by hand, and how deep a filter may be."""

from __future__ import annotations

import pytest

from graph.analytics.core.scope import Scope
from graph.errors import BadQuery
from graph.stores.embedded.row_index import RowGroups
from graph.stores.query import (
    KEY_COLUMN,
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    MAX_FILTER_LEVELS,
    And,
    Compare,
    Filter,
    Linked,
    Not,
    Or,
    Page,
    Query,
    Refers,
    matches,
    other_ends,
    scan,
)
from graph.vocabulary.model import Row


def _link(key: str, source: str, target: str, **more: object) -> Row:
    return Row("Link", key, {"type": "PROVIDES_CAPACITY", "from": source, "to": target, **more})


ROWS = {
    "Organization": {key: Row("Organization", key, {"name": key}) for key in ("host", "lab", "miner", "nobody")},
    "Site": {"campus": Row("Site", "campus", {"region": "Texas"})},
    "Deal": {"deal": Row("Deal", "deal", {})},
    "Link": {
        "lease": _link("lease", "host", "lab", site="campus", deal="deal"),
        "operates": Row("Link", "operates", {"type": "OPERATES", "from": "host", "to": "campus", "site": "campus"}),
        "own": _link("own", "miner", "miner"),
    },
}
BY_KEY = {key: row for rows in ROWS.values() for key, row in rows.items()}


def named(key: str) -> Filter:
    return Compare(KEY_COLUMN, "eq", key)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Linked(LINKS_OUT), ["host", "miner"]),
        (Linked(LINKS_IN), ["lab", "miner", "campus"]),
        (Linked(LINKS_BOTH), ["host", "lab", "miner", "campus", "deal"]),
        (Not(Linked(LINKS_BOTH)), ["nobody"]),
        (Linked(LINKS_OUT, named("lab")), ["host"]),
        (Linked(LINKS_IN, named("lab")), []),
        # the lease is at the campus and in the deal, which are no end of it: either end is their counterparty
        (Linked(LINKS_BOTH, named("lab")), ["host", "campus", "deal"]),
        # the campus is the target of `operates`, so that it is not its own counterparty, although it is also its site
        (Linked(LINKS_BOTH, named("campus")), ["host"]),
        (Linked(LINKS_BOTH, named("miner")), ["miner"]),
        (Linked(LINKS_OUT, named("miner")), ["miner"]),
        (Linked(LINKS_OUT, And(), Compare("type", "eq", "OPERATES")), ["host"]),
        # one and the same link has to satisfy both: host operates nothing at lab
        (Linked(LINKS_OUT, named("lab"), Compare("type", "eq", "OPERATES")), []),
        (And((Linked(LINKS_OUT, named("lab")), Linked(LINKS_OUT, named("campus")))), ["host"]),
        (Linked(LINKS_OUT, Compare("region", "eq", "Texas")), ["host"]),
        (Linked(LINKS_OUT, Not(Compare("region", "eq", "Texas"))), ["host", "miner"]),
        (Linked(LINKS_IN, Linked(LINKS_OUT, named("campus"))), ["lab", "campus"]),
        (Linked(LINKS_BOTH, Or()), []),
    ],
)
def test_a_filter_through_links_holds_of(where: Filter, found: list[str]) -> None:
    rows = [row for label in ("Organization", "Site", "Deal") for row in ROWS[label].values()]
    children = RowGroups(ROWS).children
    assert [row.key for row in rows if matches(where, row, BY_KEY.get, children)] == found


def test_other_ends_are_seen_from_the_entity() -> None:
    lease, own = ROWS["Link"]["lease"], ROWS["Link"]["own"]
    assert [other_ends(lease, key) for key in ("host", "lab", "campus")] == [("lab",), ("host",), ("host", "lab")]
    assert other_ends(own, "miner") == ("miner",)


def test_where_no_links_are_known_a_filter_cannot_reach_through_them() -> None:
    with pytest.raises(BadQuery, match="cannot reach through links"):
        scan(ROWS["Organization"].values(), Query("Organization", Linked()), Page(1), BY_KEY.get)


def _nested(levels: int, wrap: object) -> Filter:
    where: Filter = named("host")
    for _ in range(levels):
        where = wrap(where)  # type: ignore[operator]
    return where


WRAPS = {
    "not": Not,
    "and": lambda where: And((named("lab"), where)),
    "or": lambda where: Or((where,)),
    "refers": lambda where: Refers("from", where),
    "counterparty": lambda where: Linked(LINKS_OUT, where),
    "link": lambda where: Linked(LINKS_OUT, And(), where),
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_a_filter_has_at_most_so_many_levels(wrap: object) -> None:
    deepest = _nested(MAX_FILTER_LEVELS, wrap)
    assert (Query("Link", deepest).where, Scope(where=deepest).where) == (deepest, deepest)
    for levels in (MAX_FILTER_LEVELS + 1, 3_000):
        with pytest.raises(BadQuery, match=f"more than {MAX_FILTER_LEVELS} levels"):
            Query("Link", _nested(levels, wrap))
