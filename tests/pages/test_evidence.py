"""The marker of a figure and its panel: origins, weak sources, rivals that are settled and rivals that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.pages import link
from api.pages.evidence import Evidence
from api.pages.fact_index import FactIndex
from api.pages.wording import billions, format_reason
from graph.comparison.standing import ValueStanding
from graph.evidence.rows import LazyRows
from graph.vocabulary.wording import format_day, format_days
from tests.pages.rendering import visit_of, written
from tests.pages.small_world import small_index

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', status: SIGNED}, sources: [filing], confidence: high}
"""


async def _evidence(folder: Path, claims: str, about: str = "value") -> Evidence:
    index = await small_index(folder, links_provides_capacity=LEASE + claims)
    visit = visit_of(link.PAGE, index, "lease")
    evidence = visit.citer.evidence(visit.row, about)
    assert evidence is not None
    return evidence


async def test_reprints_of_one_original_are_one_origin(tmp_path: Path) -> None:
    """The filing is one origin, the news and its reprint are another."""
    claims = "    - {says: {value_usd: 1000000000}, sources: [filing, news, reprint], confidence: high}"
    evidence = await _evidence(tmp_path, claims)
    assert (evidence.origins, evidence.weak, evidence.contested) == (2, False, 0)
    [shown] = evidence.values
    assert (shown.text, shown.sources, shown.standing, shown.why) == ("1 bn USD", 3, ValueStanding.SHOWN, "")
    assert {one.document.publisher for one in shown.testimonies} == {"Regulator", "Paper", "Other Paper"}


@pytest.mark.parametrize(("source", "confidence"), [("blog", "high"), ("filing", "low")])
async def test_what_no_good_source_says_plainly_is_weak(source: str, confidence: str, tmp_path: Path) -> None:
    claims = f"    - {{says: {{value_usd: 1000000000}}, sources: [{source}], confidence: {confidence}}}"
    assert (await _evidence(tmp_path, claims)).weak


async def test_a_rival_of_the_same_moment_is_contested(tmp_path: Path) -> None:
    claims = """    - {says: {value_usd: 1000000000}, sources: [filing], confidence: high}
    - {says: {value_usd: 2000000000}, sources: [news], confidence: low}
"""
    evidence = await _evidence(tmp_path, claims)
    assert evidence.contested == 1
    shown, rival = evidence.values
    assert (shown.text, rival.text, rival.standing) == ("1 bn USD", "2 bn USD", ValueStanding.OTHERWISE)
    assert rival.why == "read weakly in its source, plainly in the other"
    assert shown.why == "read plainly in its source, weakly in the other"


async def test_a_later_moment_settles_it(tmp_path: Path) -> None:
    claims = """    - {says: {status: ACTIVE}, as_of: '2026-06-20', sources: [late], confidence: high}
"""
    evidence = await _evidence(tmp_path, claims, "status")
    assert evidence.contested == 0
    active, signed = evidence.values
    assert (active.text, signed.text, signed.standing) == ("active", "signed", ValueStanding.EARLIER)


async def test_an_estimate_is_marked(tmp_path: Path) -> None:
    index = await small_index(tmp_path, links_provides_capacity=LEASE)
    page = written(visit_of(link.PAGE, index, "lease"))
    assert "independent origin" in page
    assert 'class="est"' not in page


def test_statements_are_found_alike_whichever_store_holds_them(index: FactIndex) -> None:
    """The rows of the embedded store are made when they are looked up; those of Neo4j come made."""
    lazy = index.facts.statements
    assert isinstance(lazy, LazyRows)
    facts = type(index.facts)(index.snapshot, index.observations, dict(lazy), index.sources)
    made = FactIndex(facts)
    for subject in ("iren-microsoft-cloud", "hut8", "hut8-notes-2026-04"):
        assert made.statements_of(subject) == index.statements_of(subject)
    assert made.statements_by("iren-8k-microsoft") == index.statements_by("iren-8k-microsoft")


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("no other value", ""),
        ("says the same as the best statement", ""),
        (
            "moment: 2025-11-03; the chosen: 2026-08-13",
            "it is of 3 Nov 2025, the other of 13 Aug 2026; the later moment holds",
        ),
        ("independent origins: 3; the next: 1", "3 independent origins; the other 1"),
        ("withdrawn on 2026-11-30", "withdrawn on 2026-11-30"),
        ("publication: 2026-02; the next: undated", "published Feb 2026; the other undated"),
    ],
)
def test_reasons_read_as_clauses(reason: str, sentence: str) -> None:
    assert format_reason(reason) == sentence


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-30", "30 Nov 2026"),
        ("2026-11", "Nov 2026"),
        ("2026-Q3", "Q3 2026"),
        ("2026-H2", "H2 2026"),
        ("2026", "2026"),
        (None, ""),
    ],
)
def test_days_are_written_as_precisely_as_they_are_known(text: str | None, day: str) -> None:
    assert format_day(text) == day


@pytest.mark.parametrize(
    ("text", "as_read"),
    [
        ("2026-09-01 as known on 2026-10-01", "1 Sep 2026 as known on 1 Oct 2026"),
        ("2026-Q3", "Q3 2026"),
        ("from 2026-Q3 on", "from 2026-Q3 on"),
        ("a filing (2026-11)", "a filing (Nov 2026)"),
        ("as of 2025-08; as of 2025-Q3", "as of Aug 2025; as of Q3 2025"),
        ("as of 2025-08-31, as of 2025-081", "as of 31 Aug 2025, as of 2025-081"),
        ("deal-2026-09-01 at https://example.org/2026-09-01", "deal-2026-09-01 at https://example.org/2026-09-01"),
    ],
)
def test_days_in_texts_are_written_so_too_but_keys_and_addresses_stay(text: str, as_read: str) -> None:
    assert format_days(text) == as_read


@pytest.mark.parametrize(
    ("usd", "text"),
    [(9.7e9, "9.70"), (26.6e9, "26.6"), (300e9, "300"), (1.94e9, "1.94"), (5e7, "0.05"), (2e6, "0.002"), (0, "0.00")],
)
def test_dollars_are_billions_with_three_figures(usd: float, text: str) -> None:
    assert billions(usd) == text
