"""What has become of figures, each outcome derived by hand, on every store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graph.evidence.lens import Lens
from graph.publication.figures import LivingFigure, StatedFigure, UnknownFigure, cell_id, read_figure
from graph.publication.living import FigureState, state_of
from graph.publication.outcomes import Outcome
from graph.vocabulary.values import CapacityBasis
from tests import facts
from tests.facts import lens
from tests.stores.conftest import OpenStore

SOURCES = f"""{facts.SOURCES}
- {{id: autumn, url: 'https://example.org/autumn', publisher: Regulator, title: Autumn, published: '2026-09-10',
   retrieved: '2026-11-01', kind: FILING, origin: autumn}}
"""
_HEAD = "type: PROVIDES_CAPACITY\n  from: host\n  to: cloud\n  claims:"


def _claim(says: str, source: str, as_of: str = "") -> str:
    more = f", as_of: '{as_of}'" if as_of else ""
    return f"    - {{says: {{{says}}}, sources: [{source}], confidence: high{more}}}"


_BASE = _claim(
    "announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM, value_usd: 100, "
    "capacities: [{mw: 10, basis: GROSS}, {mw: 7, basis: CRITICAL_IT}]",
    "filing",
)
_MORE = {
    "moved": _claim(
        "value_usd: 120, capacities: [{mw: 10, basis: GROSS}, {mw: 8, basis: CRITICAL_IT}]", "late", "2026-03-01"
    ),
    "corrected": _claim("value_usd: 130", "late"),
    "both": f"{_claim('value_usd: 110', 'late')}\n{_claim('value_usd: 150', 'autumn', '2026-09-01')}",
    "contested": _claim("value_usd: 90", "release"),
}
LEASES = "\n".join(f"- id: {key}\n  {_HEAD}\n{_BASE}\n{_MORE.get(key, '')}" for key in ("steady", *_MORE))
"""Known: filing on 2026-01-10, release on 2026-01-12, late on 2026-06-20, autumn on 2026-09-10. Without a date of its
own a claim is about the day of the announcement; of two claims about one day the later publication goes before."""
THEN = lens("2026-02-15", "2026-02-15")


def _figure(subject: str, value: str, property: str = "value", under: Lens = THEN, policy: int = 2) -> LivingFigure:
    return LivingFigure(StatedFigure(subject, property), under, value, policy)


def _movers(state: FigureState) -> list[tuple[bool, str, str]]:
    rows = [(one.supports, one.statement.columns, one.source) for one in state.movers]
    return [(supports, str(source and source.key), columns["value"]) for supports, columns, source in rows]


def _usd(amount: int) -> str:
    return f'{{"amount":{amount},"bound":"EXACT","currency":"USD"}}'


async def test_the_outcome_says_whether_the_world_changed_or_we_learnt_more(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = await open_store()
    await store.load(facts.log_of(tmp_path, sources=SOURCES, links_provides_capacity=LEASES))

    same = await state_of(store, _figure("steady", "100USD"))
    assert (same.outcome, same.then, same.now, same.movers) == (Outcome.SAME, "100USD", "100USD", ())
    assert same.title == "Host Corp provides capacity to Cloud Inc: value"

    # 120 holds from March on; in February it was 100, whatever is known
    moved = await state_of(store, _figure("moved", "100USD"))
    assert (moved.outcome, moved.then, moved.now) == (Outcome.CHANGED_BY_THE_WORLD, "100USD", "120USD")
    assert _movers(moved) == [(True, "filing", _usd(100)), (False, "late", _usd(120))]
    assert moved.sentence == "It was 100 USD on 2026-02-15 and is 120 USD today: the world has changed."

    # gross megawatts stayed 10 and do not stand among what moved critical IT
    critical = await state_of(store, _figure("moved", "7MW", "mw_critical_it"))
    assert (critical.outcome, critical.now) == (Outcome.CHANGED_BY_THE_WORLD, "8MW")
    assert [(supports, source) for supports, source, _ in _movers(critical)] == [(True, "filing"), (False, "late")]
    assert (await state_of(store, _figure("moved", "10MW", "mw_gross"))).outcome is Outcome.SAME

    # asked of the world of February with what was known in February; by what is known today it is 130
    corrected = await state_of(store, _figure("corrected", "100USD"))
    assert (corrected.outcome, corrected.learnt, corrected.now) == (Outcome.WE_LEARNT_MORE, "130USD", "130USD")
    assert _movers(corrected) == [(True, "filing", _usd(100)), (False, "late", _usd(130))]

    # learnt in June that it was 110 even then, and since September it is 150
    both = await state_of(store, _figure("both", "100USD"))
    assert (both.outcome, both.learnt, both.now) == (Outcome.WE_LEARNT_MORE, "110USD", "150USD")
    assert both.sentence == (
        "By what is known today it was 110 USD on 2026-02-15, and not 100 USD: we learnt more. "
        "Since then the world has changed too: it is 150 USD."
    )

    # of a day that is not that of the knowledge the day stays: what holds from September on does not count in August
    of_august = await state_of(store, _figure("both", "110USD", under=lens("2026-08-01", "2026-07-01")))
    assert (of_august.outcome, of_august.today.valid_on) == (Outcome.SAME, lens("2026-08-01").valid_on)

    # two sources of January; the release goes before the filing as the later publication
    decided = await state_of(store, _figure("contested", "100USD", policy=1))
    assert (decided.outcome, decided.then, decided.now) == (Outcome.DECIDED_OTHERWISE, "90USD", "90USD")
    assert _movers(decided) == [(True, "filing", _usd(100)), (False, "release", _usd(90))]
    entered_later = await state_of(store, _figure("contested", "100USD"))
    assert entered_later.outcome is Outcome.WE_LEARNT_MORE
    assert "Facts of then were entered later" in entered_later.sentence

    untold = await state_of(store, _figure("steady", "77USD"))
    assert (untold.outcome, untold.then, untold.now) == (Outcome.CANNOT_TELL, "100USD", "100USD")

    counted = {"label": "Link", "party": "host", "type": ("PROVIDES_CAPACITY",), "basis": CapacityBasis.GROSS}
    count = cell_id("rows", counted, {}, "count", lens=THEN, value=5)
    assert count is not None
    assert (await state_of(store, read_figure(count))).outcome is Outcome.SAME

    for unknown in (
        _figure("nobody", "100USD"),
        _figure("steady", "100USD", "coupon"),
        _figure("steady", "100USD", under=lens("2026-02-15", "2027-01-01")),
        _figure("steady", "100USD", under=replace(THEN, scenario="none-such")),
    ):
        with pytest.raises(UnknownFigure):
            await state_of(store, unknown)

    # what is gone from the facts is gone: nothing says 120 any more
    await store.load(facts.log_of(tmp_path, links_provides_capacity=facts.LEASE.replace("id: lease", "id: moved")))
    gone = await state_of(store, _figure("moved", "120USD", under=lens("2026-07-01", "2026-07-01")))
    assert (gone.outcome, gone.now) == (Outcome.CANNOT_TELL, "1000000000USD")


async def test_of_a_withdrawn_statement_no_other_has_to_take_the_place(open_store: OpenStore, tmp_path: Path) -> None:
    store = await open_store()
    withdrawn = facts.LEASE.replace("confidence: high", "confidence: high\n      withdrawn: '2026-05-01'") + _claim(
        "announced: '2026-01-10', service: LEASE, status: SIGNED", "release"
    )
    await store.load(facts.log_of(tmp_path, links_provides_capacity=withdrawn))
    state = await state_of(store, _figure("lease", "1000000000USD"))
    assert (state.outcome, state.then, state.now) == (Outcome.WE_LEARNT_MORE, "1000000000USD", None)
    assert [supports for supports, _, _ in _movers(state)] == [True]
    assert state.sentence.startswith("By what is known today it is nothing")
