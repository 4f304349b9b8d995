from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.core.views import EdgeSide, build_view
from graph.analytics.network.centrality import CentralityMetric, centrality
from graph.analytics.network.fragility import Conclusion, Fragility, FragilityOutcome, fragility
from graph.analytics.network.loops import money_loops
from graph.errors import BadQuery
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.evidence.statements import Source, Statement
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Confidence, Layer, LinkStatus, Nature, SourceKind, SupplyCategory
from graph.vocabulary.values import CapacityBasis, Money
from tests.analytics.world import LENS, world_of
from tests.budgets import FEW

EXACT, BOUNDS, NEVER = FragilityOutcome
CHIPS = Scope(layer=Layer.CHIP)


def _link(key: str, ends: str, sources: str, type_: str = "PARTNERS_WITH", **values: Any) -> list[Statement]:
    """A signed link between two organizations of one letter; each source, of one letter, says all of it."""
    said = {"from": ends[0], "to": ends[1], "status": LinkStatus.SIGNED, **values}
    known = date(2026, 1, 1)
    return [
        Statement(key, type_, name, value, source, Confidence.HIGH, Nature.STATED, known, known)
        for source in sources
        for name, value in said.items()
    ]


def _log(*links: Iterable[Statement], origins: str = "") -> StatementLog:
    """`origins` are pairs of letters: a source, and the one that it reprints."""
    of = dict(origins.split("=") for origins in origins.split())
    statements = [one for each in links for one in each]
    keys = sorted({one.source for one in statements})
    sources = (Source(key, f"https://example.org/{key}", key, SourceKind.NEWS, of.get(key, key)) for key in keys)
    return StatementLog.of(statements, sources)


def _facts(log: StatementLog) -> Facts:
    graph = project(log, LENS)
    return Facts(world_of(graph), graph.rows["Observation"], graph.rows["Statement"], graph.rows["Source"])


def _sets(result: Fragility) -> set[str]:
    return {"".join(one.origin for one in row.origins) for row in result.rows}


# the money goes from a to b by two links, and back by one that two origins tell of
CIRCLE = (
    _link("stake", "ab", "p", "INVESTS_IN"),
    _link("loan", "ab", "q", "INVESTS_IN"),
    _link("back", "ba", "rs", "INVESTS_IN"),
)


def test_a_loop_is_gone_without_the_links_of_one_hop() -> None:
    result = fragility(_facts(_log(*CIRCLE)), Conclusion.LOOP, ("a", "b"))
    # p alone leaves the loan, r alone leaves what s says
    assert (result.outcome, result.lower, result.upper, result.complete) == (EXACT, 2, 2, True)
    assert _sets(result) == {"pq", "rs"}
    assert result.conclusion == "Money flows in a circle: a → b → a."
    first = result.rows[0]
    assert first.then == "No link is left by which money flows a → b."
    assert [[link.key for link in one.links] for one in first.origins] == [["stake"], ["loan"]]
    assert [[source.key for source in one.sources] for one in first.origins] == [["p"], ["q"]]


def test_reprints_are_one_voice() -> None:
    result = fragility(_facts(_log(*CIRCLE, origins="s=r")), Conclusion.LOOP, ("a", "b"))
    assert (result.lower, _sets(result)) == (1, {"r"})
    assert [source.key for source in result.rows[0].origins[0].sources] == ["r", "s"]


def test_an_amount_falls_below_a_threshold() -> None:
    log = _log(
        _link("ab", "ab", "pq", "SUPPLIES", category=SupplyCategory.CHIP, value=Money(30, "USD")),
        _link("ac", "ac", "r", "SUPPLIES", category=SupplyCategory.CHIP, value=Money(20, "USD")),
        _link("ad", "ad", "s", "SUPPLIES", category=SupplyCategory.CHIP, value=Money(10, "USD")),
    )

    def ask(below: float) -> Fragility:
        return fragility(_facts(log), Conclusion.AMOUNT, ("a",), weight=Weight.VALUE_USD, below=below, scope=CHIPS)

    # 60: without r 40, without s 50, without r and s 30; p and q are two voices for 30
    assert (_sets(ask(60)), ask(60).lower) == ({"r", "s"}, 1)
    assert _sets(ask(50)) == {"r"}
    assert _sets(ask(40)) == {"rs", "pq"}
    assert _sets(ask(30)) == {"pqr", "pqs"}
    assert ask(60).rows[0].then == "They add to 40 USD."


def test_two_organizations_change_places() -> None:
    # a has three counterparties, b two; a loses one with p: they are equals then, and change places with another
    log = _log(
        _link("ac", "ac", "p"),
        _link("ad", "ad", "q"),
        _link("ae", "ae", "rs"),
        _link("bc", "bc", "t"),
        _link("bd", "bd", "t"),
    )
    result = fragility(_facts(log), Conclusion.RANKING, ("a", "b"))
    assert (result.outcome, _sets(result)) == (EXACT, {"pq"})
    assert result.conclusion == "a ranks above b by degree: 3 to 2."
    assert result.rows[0].then == "a ranks below b by degree: 1 to 2."


def test_what_nothing_changes_never_changes() -> None:
    # one origin tells of all: without it the two are equals, and never is the other the higher
    log = _log(_link("ac", "ac", "p"), _link("ad", "ad", "p"), _link("bd", "bd", "p"))
    result = fragility(_facts(log), Conclusion.RANKING, ("a", "b"))
    assert (result.outcome, result.lower, result.upper, result.rows) == (NEVER, None, None, ())


def test_where_the_budget_ends_there_are_bounds() -> None:
    # c is pointed to by a and b of p and q, d by e of r: by PageRank it falls behind without p and q, not without one
    log = _log(_link("ac", "ac", "p"), _link("bc", "bc", "q"), _link("ed", "ed", "r"))
    pagerank = CentralityMetric("PAGERANK")
    whole = fragility(_facts(log), Conclusion.RANKING, ("c", "d"), metric=pagerank)
    assert (whole.outcome, _sets(whole)) == (EXACT, {"pq"})
    short = fragility(_facts(log), Conclusion.RANKING, ("c", "d"), metric=pagerank, budget=2)
    assert (short.outcome, short.lower, short.upper, _sets(short)) == (BOUNDS, 1, 2, {"pq"})
    assert "The budget ended after 2 sets of origins: there may be other sets." in short.method.assumptions
    # what each link needs is a bound that no set has to be tried for
    loop = _log(_link("ab", "ab", "pqrstu", "INVESTS_IN"), _link("ba", "ba", "vwxyz", "INVESTS_IN"))
    five = fragility(_facts(loop), Conclusion.LOOP, ("a", "b"), budget=1)
    assert (five.outcome, five.lower, five.upper, _sets(five)) == (EXACT, 5, 5, {"vwxyz"})
    assert five.method.size["sets_tried"] == 1


def test_what_does_not_hold_is_refused() -> None:
    facts = _facts(_log(*CIRCLE))
    with pytest.raises(BadQuery, match="It does not hold now: Money flows in a circle: a → b → c → a"):
        fragility(_facts(_log(*CIRCLE, _link("bc", "bc", "p", "INVESTS_IN"))), Conclusion.LOOP, ("a", "b", "c"))
    with pytest.raises(BadQuery, match="ranks beside"):
        fragility(facts, Conclusion.RANKING, ("a", "b"))
    with pytest.raises(BadQuery, match="1 organizations"):
        fragility(facts, Conclusion.LOOP, ("a",))
    with pytest.raises(BadQuery, match="without a threshold"):
        fragility(facts, Conclusion.AMOUNT, ("a",))
    with pytest.raises(BadQuery, match="no named organization"):
        fragility(facts, Conclusion.AMOUNT, ("nobody",), below=1)


# ---- against trying everything

_LINKS = st.lists(
    st.tuples(
        st.sampled_from(["ab", "ba", "ac", "ca", "bc", "cb"]),
        st.text("pqrs", min_size=1, max_size=3),
        st.sampled_from([10, 20, 30]),
    ),
    min_size=2,
    max_size=6,
)


def _smallest(log: StatementLog, holds: Callable[[Facts], bool]) -> set[str]:
    """The smallest sets of origins without which it does not hold, by excluding their sources from the lens."""
    origins = sorted(log.sources)
    for size in range(1, len(origins) + 1):
        lenses = {"".join(one): replace(LENS, exclude_sources=frozenset(one)) for one in combinations(origins, size)}
        sets = {names for names, lens in lenses.items() if not holds(_under(log, lens))}
        if sets:
            return sets
    return set()


def _under(log: StatementLog, lens: Any) -> Facts:
    graph = project(log, lens)
    return Facts(world_of(graph), graph.rows["Observation"], graph.rows["Statement"], graph.rows["Source"])


def _supplies(links: Iterable[tuple[str, str, int]]) -> StatementLog:
    anchor = [_link("anchor" + one, one + "z", "z", "OWNS") for one in "abc"]
    chips = {"category": SupplyCategory.CHIP}
    each = (
        _link(f"l{number}", ends, "".join(sorted(set(sources))), "SUPPLIES", value=Money(amount, "USD"), **chips)
        for number, (ends, sources, amount) in enumerate(links)
    )
    return _log(*each, *anchor)


@given(_LINKS)
@FEW
def test_the_smallest_sets_are_those_that_trying_everything_finds(links: list[tuple[str, str, int]]) -> None:
    log, scope = _supplies(links), Scope(types=frozenset({"SUPPLIES"}))
    facts, chips = _facts(log), Scope(types=frozenset({"SUPPLIES"}), layer=Layer.CHIP)

    def amount(of: Facts) -> float:
        return build_view(of.snapshot, chips, weight=Weight.VALUE_USD).strength("a", EdgeSide.BOTH) or 0.0

    def loop(of: Facts) -> bool:
        pairs = {tuple(row.key for row in one.organizations) for one in money_loops(of.snapshot, {}, scope=scope).rows}
        return ("a", "b") in pairs

    def degree(of: Facts, key: str) -> float:
        rows = centrality(build_view(of.snapshot, scope), "DEGREE").rows
        return next((row.score or 0.0 for row in rows if row.organization.key == key), 0.0)

    if amount(facts) >= 20:
        found = fragility(
            facts, Conclusion.AMOUNT, ("a",), weight=Weight.VALUE_USD, side=EdgeSide.BOTH, below=20.0, scope=chips
        )
        assert _sets(found) == _smallest(log, lambda of: amount(of) >= 20)
    if loop(facts):
        assert _sets(fragility(facts, Conclusion.LOOP, ("a", "b"), scope=scope)) == _smallest(log, loop)
    if degree(facts, "a") > degree(facts, "b"):
        found = fragility(facts, Conclusion.RANKING, ("a", "b"), scope=scope)
        assert _sets(found) == _smallest(log, lambda of: degree(of, "a") >= degree(of, "b"))


# ---- the facts


async def test_of_the_facts_a_loop_and_an_amount(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    loop = fragility(facts, Conclusion.LOOP, ("microsoft", "openai"))
    # the stake is told of by two origins, what OpenAI pays by more
    assert [[one.origin for one in row.origins] for row in loop.rows] == [["mercury-msft-openai", "storyboard18-msft"]]
    shell = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
    amount = fragility(
        facts, Conclusion.AMOUNT, ("core-scientific",), weight=Weight.CAPACITY_MW, below=200.0, scope=shell
    )
    # 935.5 MW: 529 for AMD by one origin, 200 for CoreWeave by two, 120 more by one of these; 86.5 are left
    assert amount.conclusion == "Core Scientific: links that leave it add to 935.5 MW, not below 200 MW."
    (row,) = amount.rows
    assert [one.origin for one in row.origins] == ["corz-amd-2026-07-28", "investing-corz-jun24", "sec-corz-oct24"]
    assert row.then == "They add to 86.5 MW."
