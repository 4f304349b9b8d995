"""Each audit of graphql-http, by its id. `make audit` prints them as a table."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.clients.audits import LEVELS, Audit, run_audits


@pytest.fixture(scope="module")
def audits(endpoint: str) -> dict[str, Audit]:
    return {one.id: one for one in run_audits(endpoint)}


@pytest.mark.parametrize("id", LEVELS)
def test_audit_is_passed(id: str, audits: dict[str, Audit]) -> None:
    audit = audits[id]
    assert audit.level == LEVELS[id]
    assert audit.status == "ok", f"{audit.name}: {audit.reason}"


def test_no_audit_is_left_out(audits: dict[str, Audit]) -> None:
    assert audits.keys() == LEVELS.keys()


def test_the_levels_add_up_to_61() -> None:
    assert Counter(LEVELS.values()) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
