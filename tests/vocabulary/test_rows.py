"""Rows give the typed values of their columns."""

from __future__ import annotations

from dataclasses import replace

from graph.vocabulary.model import Row

LEASE = Row(
    "Link",
    "lease",
    {"type": "PROVIDES_CAPACITY", "capacities": ['{"basis":"GROSS","bound":"EXACT","mw":100}'], "term_years": 10},
)


def test_a_value_is_restored_once_and_shared() -> None:
    assert LEASE["capacities"][0].mw == 100
    assert LEASE["capacities"] is LEASE["capacities"]


def test_what_a_row_has_restored_is_no_part_of_it() -> None:
    fresh = replace(LEASE)
    assert LEASE["term_years"] == 10
    assert (fresh, hash(fresh), repr(fresh)) == (LEASE, hash(LEASE), repr(LEASE))


def test_a_row_has_no_value_where_it_has_no_column_or_property() -> None:
    assert LEASE["value"] is None
    assert LEASE["value"] is None
    assert LEASE["no such property"] is None
