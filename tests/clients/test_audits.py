"""The audits of graphql-http. `make audit` prints them as a table."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.clients.audits import LEVELS, Audit, run_audits


@pytest.fixture(scope="module")
def audits(endpoint: str) -> dict[str, Audit]:
    return {one.id: one for one in run_audits(endpoint)}


def test_every_audit_is_passed(audits: dict[str, Audit]) -> None:
    assert {id: audit.level for id, audit in audits.items()} == LEVELS
    assert [f"{audit.name}: {audit.reason}" for audit in audits.values() if audit.status != "ok"] == []


def test_no_audit_is_left_out(audits: dict[str, Audit]) -> None:
    assert audits.keys() == LEVELS.keys()


def test_the_levels_add_up_to_61() -> None:
    assert Counter(LEVELS.values()) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
