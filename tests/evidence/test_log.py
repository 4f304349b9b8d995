"""The log: what statements share, and how one is found among many."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest

from graph.evidence import log as evidence_log
from graph.evidence.log import InOrder
from graph.evidence.statements import Statement
from tests.facts import log_of


@pytest.mark.parametrize("few", [0, 50_000], ids=["by bisection", "by a dictionary"])
def test_a_statement_is_found_by_its_id(few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_log, "OF_A_DICTIONARY", few)
    statements = log_of(tmp_path).statements
    by_id: InOrder[Statement] = InOrder(statements, attrgetter("id"))
    assert [by_id[one.id] for one in statements] == list(statements)
    assert list(by_id) == sorted(one.id for one in statements)
    assert [by_id.get(id) for id in ("", "f" * 25, f"{statements[3].id}0")] == [None, None, None]


def test_the_statements_of_a_claim_share_their_support_and_equal_values_are_one(tmp_path: Path) -> None:
    """The lease has one claim of two sources: the term of ten years is said twice, the same in both."""
    lease = log_of(tmp_path).by_subject["lease"]
    by_source = {one.source: {id(other.support) for other in lease if other.source == one.source} for one in lease}
    assert {len(supports) for supports in by_source.values()} <= {1, 2}  # of what the claim says, and of the record
    terms = [one for one in lease if one.property == "term_years"]
    assert len({id(one.said) for one in terms}) == 1


def test_a_statement_with_another_value_has_another_id_and_one_that_is_withdrawn_the_same(tmp_path: Path) -> None:
    said = log_of(tmp_path).by_subject["lease"][0]
    assert said.but() == said
    assert said.but().id == said.id == said.but(withdrawn=said.known_latest).id
    assert said.but(note="again").id != said.id
