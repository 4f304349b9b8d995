"""What the best source of a figure is worth: by hand in a small world, and a second count over the facts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from graph.comparison.backing import Backing, FigureGroup, FigureShare, backing_sentences
from graph.comparison.coverage import Coverage, coverage_of, read_evidence
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.statements import Statement
from graph.vocabulary.enums import Nature, SourceKind, SourceReading
from tests import facts
from tests.facts import counting_statements, lens
from tests.seeds_fixture import reader_of

SOURCES = facts.SOURCES.replace("kind: PRESS_RELEASE", "kind: PRESS_RELEASE, read: FIRST_HAND").replace(
    "kind: FILING, origin: late", "kind: FILING, read: SECOND_HAND, through: [blog], origin: late"
)
"""The release was read first hand, the later filing second hand; of the first filing nothing says how it was read."""


def _lease(key: str, *claims: str, status: str = "SIGNED", service: str = "LEASE") -> str:
    head = f"""
- id: {key}
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {{says: {{announced: '2026-01-10', service: {service}, status: {status}}}, sources: [filing], confidence: high}}
"""
    return head + "".join(f"    - {{{claim}, confidence: high}}\n" for claim in claims)


def _worth(amount: int, sources: str, more: str = "") -> str:
    return f"says: {{value_usd: {amount}}}, sources: [{sources}]{more}"


async def _coverage(
    folder: Path, *leases: str, on: str = "2026-11-23", sources: str = SOURCES, **files: str
) -> Coverage:
    log = facts.log_of(folder, links_provides_capacity="".join(leases), sources=sources, **files)
    return await coverage_of(reader_of(project(log, lens(on, on))))


@pytest.mark.parametrize(
    ("claims", "backing"),
    [
        ([_worth(100, "release, late, filing, news")], Backing.PARTY_FIRST_HAND),
        ([_worth(100, "late, filing, news")], Backing.PARTY_SECOND_HAND),
        ([_worth(100, "filing, news, blog")], Backing.PARTY_READING_UNKNOWN),
        ([_worth(100, "news, blog")], Backing.PRESS),
        ([_worth(100, "blog")], Backing.OTHER),
        ([_worth(100, "release", ", nature: REPORTED")], Backing.PRESS),
        # what the news says is shown, since it is of a later moment; the release says another value
        ([_worth(90, "release"), _worth(100, "news", ", as_of: '2026-02-01'")], Backing.PRESS),
    ],
)
async def test_a_figure_is_worth_its_best_source(claims: list[str], backing: Backing, tmp_path: Path) -> None:
    (group,) = (await _coverage(tmp_path, _lease("lease", *claims))).figures
    assert [(one.backing, one.figures) for one in group.backing] == [(backing, FigureShare(1, 1, 1))]


LEASES = (
    _lease("first", _worth(300, "release")),
    _lease("second", _worth(100, "late, news"), "says: {capacities: [{mw: 10, basis: GROSS}]}, sources: [blog]"),
    _lease("third", _worth(600, "news, reprint")),
    _lease("cloud-contract", _worth(50, "blog"), service="CLOUD"),
    _lease("letter", _worth(7, "release"), status="LETTER"),
)


async def test_shares_by_count_and_by_amount_in_each_group(tmp_path: Path) -> None:
    """Leases: 300, 100, 600 of 1,000. The reprint is of one origin with the news; the late filing is another. The
    letter is no firm contract. The blog is undated."""
    dollars, cloud, gross = (await _coverage(tmp_path, *LEASES)).figures
    assert (dollars.unit, dollars.layer, dollars.basis, dollars.figures) == ("USD", "SHELL", None, 3)
    assert {one.backing: one.figures for one in dollars.backing} == {
        Backing.PARTY_FIRST_HAND: FigureShare(1, pytest.approx(1 / 3), 0.3),
        Backing.PARTY_SECOND_HAND: FigureShare(1, pytest.approx(1 / 3), 0.1),
        Backing.PRESS: FigureShare(1, pytest.approx(1 / 3), 0.6),
    }
    assert dollars.one_origin == FigureShare(2, pytest.approx(2 / 3), 0.9)
    assert dollars.several_origins == FigureShare(1, pytest.approx(1 / 3), 0.1)
    assert dollars.undated == FigureShare(0, 0, 0)
    assert (cloud.layer, cloud.undated) == ("COMPUTE", FigureShare(1, 1, 1))
    assert (gross.unit, gross.basis, gross.figures) == ("MW", "GROSS", 1)


async def test_the_header_tells_shares_by_count_and_amount_and_ages(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path, links_provides_capacity="".join(LEASES), sources=SOURCES)
    assert await read_evidence(reader_of(project(log, lens()))) == (
        "Of 4 values of firm contracts for capacity 2 rest on a party's own document (1 read first hand, 1 second "
        "hand, of 0 nobody says how), 1 on the press, 0 on aggregators, 1 on other pages; 3 have a single origin, 1 no "
        "dated source.",
        "Of 1 figures of megawatts of firm contracts for capacity 0 rest on a party's own document (0 read first hand, "
        "0 second hand, of 0 nobody says how), 0 on the press, 0 on aggregators, 1 on other pages; 1 have a single "
        "origin, 1 no dated source.",
        "By amount, of 3 figures in USD of contracts of the shell layer, 40% rests on a party's own document (30% read "
        "first hand, 10% second hand, of 0% nobody says how), 60% on the press, 0% on aggregators, 0% on other pages; "
        "90% has a single origin, 0% no dated source.",
        # all four are named by links of which a paper of 1 February says something
        "Of 4 organizations 0 have no dated source; the newest source of half of the others is 302 days old at most. "
        "Nobody has looked at 0 links for a year.",
    )
    assert list(backing_sentences([])) == []


async def test_what_another_contract_replaces_does_not_count(tmp_path: Path) -> None:
    newer = _lease("newer", "says: {replaces: [first]}, sources: [late]", _worth(5, "late"))
    (group,) = (await _coverage(tmp_path, LEASES[0], newer)).figures
    assert [one.backing for one in group.backing] == [Backing.PARTY_SECOND_HAND]


# ---- how fresh it is

FRESH = _lease("lease", _worth(300, "release"))


async def test_the_newest_source_of_an_organization_may_be_about_its_contract(tmp_path: Path) -> None:
    """The host is named by a lease of which the release of 12 January tells, 315 days before 23 November; the lab by
    nothing but the news of 1 February, the unnamed party by the filing of 10 January."""
    fresh = (await _coverage(tmp_path, FRESH)).newest_sources
    assert [(one.organization.key, str(one.published), one.age_days) for one in fresh] == [
        ("unnamed", "2026-01-10", 317),
        ("cloud", "2026-01-12", 315),
        ("host", "2026-01-12", 315),
        ("lab", "2026-02-01", 295),
    ]
    undated = facts.ORGANIZATIONS + "- {id: x, claims: [{says: {name: X}, sources: [blog], confidence: high}]}\n"
    first = (await _coverage(tmp_path / "more", FRESH, organizations=undated)).newest_sources[0]
    assert (first.organization.key, first.published, first.age_days) == ("x", None, None)


@pytest.mark.parametrize(
    ("on", "more", "unseen"),
    [
        ("2026-11-23", "", []),  # read on 2026-11-01
        ("2027-11-01", "", []),
        ("2027-11-02", "", ["lease"]),  # 366 days later
        ("2027-11-02", ", last_verified: '2026-11-20'", []),
        ("2026-03-01", "", []),  # nobody knew then that it would be read again
    ],
)
async def test_a_link_that_nobody_has_looked_at_for_a_year(
    on: str, more: str, unseen: list[str], tmp_path: Path
) -> None:
    """All sources were read on 2026-11-01."""
    coverage = await _coverage(tmp_path, _lease("lease", _worth(300, "release", more)), on=on)
    assert [link.key for link in coverage.unseen_links] == unseen


@pytest.mark.parametrize(
    ("on", "unseen"),
    [
        ("2026-10-31", ["lease"]),  # nobody knew yet that it would be read, and compared, again
        ("2026-11-01", []),
    ],
)
async def test_a_look_later_than_the_state_of_knowledge_is_none(on: str, unseen: list[str], tmp_path: Path) -> None:
    """What came out in January 2025 was read on 2026-11-01, and compared on 2026-11-20."""
    old = SOURCES.replace("published: '2026-01-1", "published: '2025-01-1")
    lease = _lease("lease", _worth(300, "release", ", last_verified: '2026-11-20'")).replace("2026-01-10", "2025-01-10")
    coverage = await _coverage(tmp_path, lease, sources=old, on=on)
    assert [link.key for link in coverage.unseen_links] == unseen


# ---- the facts, counted a second time


def _grade(one: Statement, log: StatementLog) -> str:
    source = log.sources[one.source]
    if source.kind in (SourceKind.FILING, SourceKind.PRESS_RELEASE) and one.nature is Nature.STATED:
        hand = {SourceReading.FIRST_HAND: "FIRST_HAND", SourceReading.SECOND_HAND: "SECOND_HAND"}
        return f"PARTY_{hand.get(source.read, 'READING_UNKNOWN')}"
    press = (SourceKind.NEWS, SourceKind.NEWSWIRE, SourceKind.TRADE_PRESS, SourceKind.FILING, SourceKind.PRESS_RELEASE)
    return "PRESS" if source.kind in press else str(source.kind)


@pytest.mark.slow
async def test_values_of_the_facts_counted_over_the_statements(seeds_log: StatementLog, seeds_graph: Graph) -> None:
    """From the rows of contracts only which are firm and what is shown is taken, and the rest from the log."""
    coverage = await coverage_of(reader_of(seeds_graph))
    expected: Counter[tuple[str, str, str]] = Counter()
    statements = counting_statements(seeds_log, lens())
    replaced = {old for row in seeds_graph.rows["Link"].values() for old in row.columns.get("replaces") or ()}
    for key, row in seeds_graph.rows["Link"].items():
        binding = row.columns.get("status") in ("SIGNED", "ACTIVE") and row.columns.get("commitment") in (None, "FIRM")
        if row.columns["type"] != "PROVIDES_CAPACITY" or not binding or not row["in_force"] or key in replaced:
            continue
        if row["value"] is not None:
            said = [one for one in statements if (one.subject, one.property, one.value) == (key, "value", row["value"])]
            grades = {_grade(one, seeds_log) for one in said}
            expected[row["value"].currency, str(row["layer"]), next(one for one in Backing if one in grades)] += 1
    found = Counter(
        {
            (group.unit, str(group.layer), str(one.backing)): one.figures.figures
            for group in coverage.figures
            if group.unit != "MW"
            for one in group.backing
        }
    )
    assert found == expected
    assert expected.total() > 40
    assert all(_adds_up(group) for group in coverage.figures)


def _adds_up(group: FigureGroup) -> bool:
    shares = [one.figures for one in group.backing]
    return (
        sum(one.figures for one in shares) == group.figures
        and sum(one.share for one in shares) == pytest.approx(1)
        and sum(one.amount_share for one in shares) == pytest.approx(1)
        and group.one_origin.figures + group.several_origins.figures == group.figures
    )
