"""The publishers' record: cases by hand, intervals by the formula, and that the policy does not know it."""

from __future__ import annotations

import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

from graph.comparison.publisher_record import PublisherRecord, TrackRecord, publisher_record
from graph.comparison.record import read_record
from graph.evidence.lens import Certainty
from graph.evidence.projection import project
from tests import facts
from tests.facts import lens
from tests.seeds_fixture import reader_of

# the news is of 2026-02-01, its reprint in another paper of 02-03, the blog undated, the later filing of 2026-06-20


def _lease(number: int, *claims: str) -> str:
    head = f"""
- id: lease-{number}
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {{says: {{announced: '2026-01-10'}}, sources: [filing], confidence: high}}
"""
    return head + "".join(f"    - {{{claim}}}\n" for claim in claims)


def _says(value: str, sources: str, more: str = "") -> str:
    return f"says: {{{value}}}, sources: [{sources}], confidence: medium{more}"


SETTLED = _says("value_usd: 100", "late")
WRONG, RIGHT = _says("value_usd: 90", "news, reprint"), _says("value_usd: 100", "news")
RIVAL = _says("value_usd: 80", "reprint")
SIX = [(WRONG,), (WRONG,), (RIGHT, RIVAL), (RIGHT, RIVAL), (RIGHT, RIVAL), (RIGHT, RIVAL)]
"""What is said of six leases: of two the news is wrong, of four it is right and the reprint contradicts it."""


async def _record(folder: Path, *leases: tuple[str, ...], **more: Certainty) -> PublisherRecord:
    text = "".join(_lease(number, *claims, SETTLED) for number, claims in enumerate(leases))
    log = facts.log_of(folder, links_provides_capacity=text)
    return publisher_record(await read_record(reader_of(project(log, lens(**more)))))


def _wilson(right: int, cases: int) -> tuple[float, float]:
    """By the formula, with the quantile of the normal distribution for 95 %."""
    z = 1.959963984540054
    share = right / cases
    middle = (share + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z / (1 + z**2 / cases) * sqrt(share * (1 - share) / cases + z**2 / (4 * cases**2))
    return middle - half, middle + half


def _intervals(*records: TrackRecord) -> list[float]:
    return [end for one in records for end in (one.low, one.high)]


async def test_a_case_for_each_publisher_and_for_each_origin_of_a_kind(tmp_path: Path) -> None:
    """The paper had 4 of 6, the other paper none. Both are of one origin, whose last word is that of the reprint."""
    record = await _record(tmp_path, *SIX)
    told = [(one.name, one.right, one.cases) for one in (*record.publishers, *record.kinds)]
    assert told == [("Other Paper", 0, 6), ("Paper", 4, 6), ("NEWS", 0, 6)]
    assert _intervals(*record.publishers) == pytest.approx([*_wilson(0, 6), *_wilson(4, 6)])
    assert (record.settled, record.few, record.publishers[1].share) == (6, 0, pytest.approx(2 / 3))


async def test_nothing_is_told_below_five_cases(tmp_path: Path) -> None:
    record = await _record(tmp_path, *SIX[:4])
    assert (record.publishers, record.kinds, record.settled, record.few) == ((), (), 4, 2)
    five = await _record(tmp_path / "more", *SIX[:5])
    assert [one.cases for one in five.publishers] == [5, 5]


@pytest.mark.parametrize(
    ("claims", "cases"),
    [
        ((RIGHT,), 0),  # nobody contradicts it
        ((_says("value_usd: 90", "news"),), 1),  # the filing does
        ((_says("value_usd: 99.9", "news"), RIVAL), 2),  # differs by rounding, beside a rival
        ((_says("value_usd: 99.9", "news"),), 0),  # no rival of the settled value
        (
            (_says("value_usd: 90", "news", ", as_of: '2026-02-01'"),),
            0,
        ),  # of another moment: the world may have changed
        ((_says("value_usd: 90", "news", ", withdrawn: '2026-03-01'"),), 0),  # our own error
        ((_says("value_usd: 90", "blog"),), 1),  # may have been said before the filing
    ],
)
async def test_what_is_a_case(claims: tuple[str, ...], cases: int, tmp_path: Path) -> None:
    record = await _record(tmp_path, claims)
    assert (record.few, record.settled) == (cases, min(cases, 1))


async def test_under_a_certain_lens_only_what_was_said_before_for_certain_counts(tmp_path: Path) -> None:
    """The blog has no date; it was read in November, after the filing."""
    record = await _record(tmp_path, (_says("value_usd: 90", "blog"),), certainty=Certainty.CERTAIN)
    assert (record.few, record.settled) == (0, 0)


async def test_parties_that_disagree_settle_nothing(tmp_path: Path) -> None:
    other = _says("value_usd: 110", "release")
    assert (await _record(tmp_path, (WRONG, other))).settled == 0
    reported = _says("value_usd: 110", "release", ", nature: REPORTED")  # no word of its own
    assert (await _record(tmp_path / "more", (WRONG, reported))).settled == 1


async def test_a_less_precise_date_is_right(tmp_path: Path) -> None:
    """Of 2027-Q1 the news said 2027, and the blog 2028."""
    said = (_says("service_from: '2027'", "news"), _says("service_from: '2028'", "blog"))
    leases = [(*said, _says("service_from: '2027-Q1'", "late"))] * 5
    record = await _record(tmp_path, *leases)
    assert [(one.name, one.right) for one in record.publishers] == [("Blog", 0), ("Paper", 5)]


def test_the_policy_does_not_know_the_record() -> None:
    """Nothing that chooses between statements imports it, directly or not."""
    listed = "import sys, graph.evidence.projection, graph.stores.open; print(*sys.modules)"
    started = subprocess.run([sys.executable, "-c", listed], check=True, capture_output=True, text=True)
    assert "graph.evidence.policy" in started.stdout
    assert "graph.comparison.publisher_record" not in started.stdout
