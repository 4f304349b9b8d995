"""How long values stand: by hand, against a hazard that is known, and at both ends of the intervals."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from graph.comparison.conflicts import Slot, slot_of
from graph.comparison.half_life import HORIZONS, HalfLife, ShareStanding, Spell, Survival, half_lives, survival
from graph.comparison.record import read_record
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.evidence.statements import Source, Statement
from graph.vocabulary.enums import Confidence, Nature, SourceKind
from graph.vocabulary.model import KINDS, Merge
from graph.vocabulary.values import Money, PartialDate
from tests import facts
from tests.facts import lens
from tests.seeds_fixture import reader_of

# ---- the estimate


def _spells(ended: Iterable[int], standing: Iterable[int]) -> list[Spell]:
    return [*(Spell(days, True) for days in ended), *(Spell(days, False) for days in standing)]


def test_the_product_limit_by_hand() -> None:
    """After 20 days 1 of 5 ends: 4/5. What was last seen after 60 days leaves. After 100 days 1 of 3 ends: 4/5 * 2/3 =
    8/15. After 200 days 1 of 2 ends: 4/15, which is less than half. Three months are 91 days, six 183, a year 365."""
    result = survival(_spells([20, 100, 200], [60, 400]))
    assert (result.values, result.changes, result.half_life_days) == (5, 3, 200)
    assert [one.share for one in result.standing] == pytest.approx([4 / 5, 8 / 15, 4 / 15])
    assert [one.at_risk for one in result.standing] == [3, 2, 1]
    assert [one.months for one in result.standing] == [3, 6, 12]


def test_what_ends_on_the_day_on_which_another_was_last_seen_had_it_beside() -> None:
    """Two are at risk on day 50, and one of them ends: a half, and not nothing."""
    assert survival(_spells([50], [50])).half_life_days == 50
    assert survival(_spells([50], [50, 200])).standing[0].share == pytest.approx(2 / 3)


def test_nothing_is_said_of_longer_than_anything_was_seen() -> None:
    seen = survival(_spells([20], [100]))
    assert [one.share for one in seen.standing] == [pytest.approx(1 / 2), None, None]
    assert [one.share for one in survival(_spells([20], [])).standing] == [0, 0, 0]
    assert survival(_spells([], [100])) == Survival(
        1, 0, (ShareStanding(3, 1.0, 1), ShareStanding(6, None, 0), ShareStanding(12, None, 0)), None
    )
    assert survival([]).standing == tuple(ShareStanding(months, None, 0) for months in HORIZONS)


# ---- a log whose hazard is known

PER_DAY = 0.004
"""Of the values that stand, so many change on a day: half of them within ln 2 / 0.004 = 173 days."""
BEGIN, END = date(2024, 1, 1), date(2026, 11, 23)


def _log_with_hazard(things: int) -> StatementLog:
    """Each thing has a first value, of a day in the first year, and others after times drawn from the hazard; the last
    still stands."""
    draw = random.Random(20261123)
    sources: dict[date, Source] = {}
    statements = []
    for thing in range(things):
        day, amount = BEGIN + timedelta(days=draw.randrange(365)), 0
        while day <= END:
            source = sources.setdefault(day, _source(day))
            statements.append(_valued(f"thing-{thing}", amount, source, day))
            amount += 1
            day += timedelta(days=math.ceil(draw.expovariate(PER_DAY)))
    return StatementLog.of(statements, sources.values())


def _source(day: date) -> Source:
    key = f"of-{day}"
    return Source(key, f"https://example.org/{key}", "Desk", SourceKind.NEWS, key, published=PartialDate.on(day))


def _valued(subject: str, amount: int, source: Source, day: date) -> Statement:
    support = (source.key, Confidence.HIGH, Nature.STATED, day, day)
    return Statement(subject, "PROVIDES_CAPACITY", "value", Money(amount), *support, as_of=PartialDate.on(day))


async def _half_lives(log: StatementLog, lens: Lens) -> dict[str, HalfLife]:
    return await _of_graph(project(log, lens))


async def _of_graph(graph: Graph) -> dict[str, HalfLife]:
    return {f"{one.label}.{one.property}": one for one in half_lives(await read_record(reader_of(graph)))}


async def test_the_share_that_stands_is_that_of_the_known_hazard() -> None:
    """Times are rounded up to days, so that a value has stood for floor(t) whole days at least: exp(-0.004 * t), with
    t = 91, 182, 365. Two thousand and more values leave a standard error of at most 1.1 %; three are allowed."""
    result = (await _half_lives(_log_with_hazard(600), lens("2026-11-23", "2026-11-23")))["Link.value"]
    assert result.first_day == result.last_day  # all dates are days
    assert result.first_day.values > 2000
    for one, days in zip(result.first_day.standing, (91, 182, 365), strict=True):
        assert one.share == pytest.approx(math.exp(-PER_DAY * days), abs=0.033), one.months
    assert result.first_day.half_life_days == pytest.approx(math.log(2) / PER_DAY, abs=15)


async def test_what_was_not_known_yet_has_not_changed_yet() -> None:
    """On the last day of the first year no value has been seen for a year; the estimate is the same but for chance."""
    log = _log_with_hazard(600)
    early = (await _half_lives(log, lens("2026-11-23", "2024-12-31")))["Link.value"].first_day
    late = (await _half_lives(log, lens("2026-11-23", "2026-11-23")))["Link.value"].first_day
    assert early.values < late.values
    assert early.standing[2].share is None
    assert early.standing[0].share == pytest.approx(math.exp(-PER_DAY * 91), abs=0.05)


# ---- spells in small worlds

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', value_usd: 100}, sources: [filing], confidence: high}
"""


async def _lease(folder: Path, *claims: str, until: str = "2026-11-23", **files: str) -> dict[str, HalfLife]:
    text = LEASE + "".join(f"    - {{{claim}, confidence: high}}\n" for claim in claims)
    return await _half_lives(facts.log_of(folder, links_provides_capacity=text, **files), lens(until, until))


def _said(of: Survival) -> tuple[int, int, int | None]:
    return of.values, of.changes, of.half_life_days


async def test_a_later_moment_ends_a_value_and_a_loser_does_not(tmp_path: Path) -> None:
    """Known on 2026-01-10 and replaced on 2026-06-20, after 161 days; the news of February says another value of the
    same moment with less reliability, and is never shown."""
    lives = await _lease(
        tmp_path,
        "says: {value_usd: 120}, sources: [late], as_of: '2026-06-01'",
        "says: {value_usd: 90}, sources: [news]",
    )
    assert _said(lives["Link.value"].first_day) == (2, 1, 161)
    assert _said(lives["Link.announced"].first_day) == (1, 0, None)
    before = await _lease(tmp_path, "says: {value_usd: 120}, sources: [late], as_of: '2026-06-01'", until="2026-06-19")
    assert _said(before["Link.value"].first_day) == (1, 0, None)


async def test_a_value_that_is_withdrawn_has_ended(tmp_path: Path) -> None:
    """The release says five years on 2026-01-12, and was withdrawn on 2026-03-01, after 48 days."""
    lives = await _lease(tmp_path, "says: {term_years: 5}, sources: [release], withdrawn: '2026-03-01'")
    assert _said(lives["Link.term_years"].first_day) == (1, 1, 48)


async def test_a_date_that_became_more_precise_is_the_same(tmp_path: Path) -> None:
    """2027, then 2027-Q1 in June, stay one value; 2028 instead of it is another."""
    precise = "says: {service_from: '2027-Q1'}, sources: [late], as_of: '2026-06-01'"
    lives = await _lease(tmp_path, "says: {service_from: '2027'}, sources: [filing]", precise)
    assert _said(lives["Link.service_from"].first_day) == (1, 0, None)
    lives = await _lease(
        tmp_path, "says: {service_from: '2027'}, sources: [filing]", precise.replace("2027-Q1", "2028")
    )
    assert _said(lives["Link.service_from"].first_day) == (2, 1, 161)


async def test_intervals_are_taken_at_both_ends(tmp_path: Path) -> None:
    """The page is undated, and was read on 2026-11-01: what it says of a later moment may have been known since the
    announcement of 2026-01-10, and was known for certain on 2026-11-01, 295 days later. What the filing of that day
    says was then never shown, or for all that time."""
    lives = await _lease(tmp_path, "says: {value_usd: 120}, sources: [blog], as_of: '2026-01-11'")
    value = lives["Link.value"]
    assert (_said(value.first_day), _said(value.last_day)) == ((1, 0, None), (2, 1, 295))


async def test_what_may_have_been_known_at_any_time_has_no_first_day(tmp_path: Path) -> None:
    organizations = facts.ORGANIZATIONS + "- {id: x, claims: [{says: {name: X}, sources: [blog], confidence: high}]}\n"
    lives = await _lease(tmp_path, organizations=organizations)
    name = lives["Organization.name"]
    assert (name.undated, name.first_day.values, name.last_day.values) == (1, 4, 5)


async def test_names_that_unite_have_no_rivals_and_no_half_life(tmp_path: Path) -> None:
    organizations = facts.ORGANIZATIONS.replace("name: Host Corp,", "name: Host Corp, aliases: [Hosts],")
    assert "Organization.aliases" not in await _lease(tmp_path, organizations=organizations)


async def test_of_the_facts_what_is_shown_stands_and_what_is_not_does_not(seeds_graph: Graph) -> None:
    """A second count: the values that stand at the late end are the slots of which something counts that is known for
    certain by now."""
    shown: dict[str, set[Slot]] = {}
    for row in seeds_graph.rows["Statement"].values():
        if row["counted"] and row["known_from_latest"] <= facts.TODAY:
            kind = KINDS[row.columns["subject_kind"]]
            if kind.properties[row.columns["property"]].merge is not Merge.UNITE:
                shown.setdefault(f"{kind.kind_label}.{row.columns['property']}", set()).add(slot_of(row))
    lives = await _of_graph(seeds_graph)
    standing = {name: one.last_day.values - one.last_day.changes for name, one in lives.items()}
    assert {name: count for name, count in standing.items() if count} == {name: len(of) for name, of in shown.items()}
    assert sum(one.last_day.changes for one in lives.values()) > 20
