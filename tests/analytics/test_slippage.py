from __future__ import annotations

from pathlib import Path

import pytest

from graph.analytics.contracts.slippage import Slip, slippage
from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Scope
from graph.evidence.lens import Certainty, Lens
from graph.evidence.projection import project
from graph.stores.base import DataVersion
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Layer
from tests import facts

HEAD = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - says: {announced: '2026-01-10', service: LEASE, status: SIGNED}
      sources: [filing]
      confidence: high
"""


def _claim(says: str, source: str, more: str = "") -> str:
    return f"    - {{says: {{{says}}}, sources: [{source}], confidence: high{more}}}\n"


async def _slips(folder: Path, *claims: str, lens: Lens | None = None, scope: Scope | None = None) -> list[Slip]:
    log = facts.log_of(folder, links_provides_capacity=HEAD + "".join(claims))
    graph = project(log, lens or facts.lens())
    reader = EmbeddedReader(graph, DataVersion(graph.version, "", 0, ""))
    found = await facts_of(reader)
    return list(slippage(found.snapshot, found.plans, scope or Scope()).rows)


def _summary(slips: list[Slip]) -> list[tuple[str | None, str, str, str]]:
    return [(one.phase, one.before.text, one.after.text, one.known_on.isoformat()) for one in slips]


# the filing is of 2026-01-10, the release of 01-12, the news of 02-01, the later filing of 06-20


async def test_a_planned_start_that_moved_is_a_slip_since_it_was_known(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("service_from: '2026-09'", "filing"),
        _claim("service_from: '2027-Q1'", "late", ", as_of: '2026-06'"),
    )
    assert _summary(slips) == [(None, "2026-09", "2027-Q1", "2026-06-20")]
    assert (slips[0].link.key, slips[0].property) == ("lease", "service_from")


async def test_every_move_is_told_the_latest_first(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("service_from: '2026-06'", "filing"),
        _claim("service_from: '2026-09'", "news", ", as_of: '2026-02'"),
        _claim("service_from: '2027'", "late", ", as_of: '2026-06'"),
    )
    assert _summary(slips) == [(None, "2026-09", "2027", "2026-06-20"), (None, "2026-06", "2026-09", "2026-02-01")]


@pytest.mark.parametrize(("before", "after"), [("2026-H2", "2026-09"), ("2026-09", "2026"), ("2026-09", "2026-09")])
async def test_a_date_told_more_or_less_precisely_did_not_move(tmp_path: Path, before: str, after: str) -> None:
    slips = await _slips(
        tmp_path,
        _claim(f"service_from: '{before}'", "filing"),
        _claim(f"service_from: '{after}'", "late", ", as_of: '2026-06'"),
    )
    assert slips == []


async def test_what_was_told_vaguely_in_between_hides_no_slip(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("service_from: '2026-03'", "filing"),
        _claim("service_from: '2026'", "news", ", as_of: '2026-02'"),
        _claim("service_from: '2026-09'", "late", ", as_of: '2026-06'"),
    )
    assert _summary(slips) == [(None, "2026-03", "2026-09", "2026-06-20")]


async def test_two_sources_that_differ_about_one_moment_are_rivals_not_a_slip(tmp_path: Path) -> None:
    # the news is later, and weaker: the filing stays chosen
    slips = await _slips(
        tmp_path, _claim("service_from: '2026-09'", "filing"), _claim("service_from: '2026-11'", "news")
    )
    assert slips == []


async def test_a_date_that_was_past_when_first_told_was_no_plan(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("service_from: '2025-09'", "filing"),
        _claim("service_from: '2025-11'", "late", ", as_of: '2026-06'"),
    )
    assert slips == []


async def test_a_plan_that_was_withdrawn_still_slipped(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("service_from: '2026-09'", "filing", ", withdrawn: '2026-03-01'"),
        _claim("service_from: '2027-02'", "late"),
    )
    assert _summary(slips) == [(None, "2026-09", "2027-02", "2026-06-20")]


async def test_a_plan_that_was_corrected_did_not_slip(tmp_path: Path) -> None:
    claims = (
        _claim("service_from: '2026-09'", "filing", ", withdrawn: '2026-03-01'"),
        _claim("service_from: '2027-02'", "filing", ", known_from: '2026-03-01'"),
    )
    assert await _slips(tmp_path, *claims) == []


async def test_a_phase_slips_on_its_own_and_stays_itself_in_another_stage(tmp_path: Path) -> None:
    def phase(stage: str, start: str) -> str:
        return f"capacities: [{{mw: 20, basis: CRITICAL_IT, stage: {stage}, phase: hall 1, from: '{start}'}}]"

    slips = await _slips(
        tmp_path,
        _claim(phase("PLANNED", "2026-04"), "filing"),
        _claim(phase("IN_SERVICE", "2026-06"), "late", ", as_of: '2026-06'"),
    )
    assert _summary(slips) == [("hall 1", "2026-04", "2026-06", "2026-06-20")]


async def test_a_slip_is_told_only_once_it_is_known(tmp_path: Path) -> None:
    claims = (
        _claim("service_from: '2026-09'", "filing"),
        _claim("service_from: '2027'", "late", ", as_of: '2026-06'"),
    )
    assert await _slips(tmp_path, *claims, lens=facts.lens(known_on="2026-06-19")) == []
    known = await _slips(tmp_path, *claims, lens=facts.lens(known_on="2026-06-20", certainty=Certainty.CERTAIN))
    assert _summary(known) == [(None, "2026-09", "2027", "2026-06-20")]


async def test_a_lens_without_the_source_knows_of_no_slip(tmp_path: Path) -> None:
    claims = (
        _claim("service_from: '2026-09'", "filing"),
        _claim("service_from: '2027'", "late", ", as_of: '2026-06'"),
    )
    assert await _slips(tmp_path, *claims, lens=facts.lens(exclude_sources=frozenset({"late"}))) == []


async def test_only_contracts_in_scope_are_told(tmp_path: Path) -> None:
    claims = (
        _claim("service_from: '2026-09'", "filing"),
        _claim("service_from: '2027'", "late", ", as_of: '2026-06'"),
    )
    assert await _slips(tmp_path, *claims, scope=Scope(layer=Layer.COMPUTE)) == []


async def test_the_beginning_of_an_agreement_may_slip_too(tmp_path: Path) -> None:
    slips = await _slips(
        tmp_path,
        _claim("effective_from: '2026-03'", "filing"),
        _claim("effective_from: '2026-07'", "late", ", as_of: '2026-06'"),
    )
    assert [(one.property, one.before.text, one.after.text) for one in slips] == [
        ("effective_from", "2026-03", "2026-07")
    ]
