from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import CentralityMetric
from graph.analytics.network.cycle_counts import cycle_counts
from graph.analytics.network.loops import money_loops
from graph.analytics.network.null_model import Keeping, hub_null_model, loop_null_model, standing
from graph.analytics.network.rewiring import EdgeList, RewiringLog, rewirings
from graph.concurrency.progress import progress_to
from graph.errors import BadQuery
from graph.stores.embedded.reader import EmbeddedReader
from tests.analytics.world import link, snapshot

Pairs = list[tuple[int, int]]


def _edges(pairs: Pairs, kinds: Iterable[int] | None = None) -> EdgeList:
    tails, heads = (np.array(ends, np.int64) for ends in zip(*pairs, strict=True))
    nodes = max(map(max, pairs)) + 1
    return EdgeList.of(tails, heads, nodes, None if kinds is None else np.array(list(kinds), np.int64))


def _drawn(edges: EdgeList, count: int) -> Counter[frozenset[tuple[int, int, int]]]:
    tails, kinds = edges.tails.tolist(), edges.kinds.tolist()
    return Counter(
        frozenset(zip(kinds, tails, heads.tolist(), strict=True)) for heads in rewirings(edges, count, seed=7)
    )


def _alike(pairs: Pairs) -> int:
    """How many graphs give each node as many edges, out and in, without loops: each choice of heads is tried."""
    out, into = Counter(tail for tail, _ in pairs), Counter(head for _, head in pairs)
    nodes = range(max(map(max, pairs)) + 1)
    choices = [combinations([head for head in nodes if head != tail], out[tail]) for tail in nodes]
    return sum(Counter(head for heads in chosen for head in heads) == into for chosen in product(*choices))


# ---- random graphs


@pytest.mark.parametrize(
    "pairs",
    [
        [(0, 1), (0, 2), (1, 2), (2, 0), (3, 1), (3, 4), (4, 0)],
        # nothing but circles: without turning them round the one would never become the other
        [(0, 1), (1, 2), (2, 0)],
        [(0, 1), (1, 0), (2, 3), (3, 2)],
        # two providers and three customers: networkx's own swap would leave it as it is
        [(0, 2), (0, 3), (1, 3), (1, 4)],
    ],
)
def test_all_graphs_of_these_degrees_are_equally_likely(pairs: Pairs) -> None:
    count, graphs = 2_000, _alike(pairs)
    drawn = _drawn(_edges(pairs), count)
    assert len(drawn) == graphs
    expected = count / graphs
    statistic = sum((seen - expected) ** 2 / expected for seen in drawn.values())
    assert statistic < chi2.ppf(0.999, graphs - 1)


def test_edges_of_each_kind_keep_their_own_degrees() -> None:
    # two swaps of each kind by itself, so that there are 2 * 2 graphs; across kinds there would be more
    drawn = _drawn(_edges([(0, 2), (1, 3), (0, 4), (1, 5)], [0, 0, 1, 1]), 400)
    assert len(drawn) == 4
    assert min(drawn.values()) > 60


def test_more_rewirings_begin_with_the_same_ones() -> None:
    edges = _edges([(0, 1), (0, 2), (1, 2), (2, 0), (3, 1)])
    few = [heads.tolist() for heads in rewirings(edges, 3, seed=1)]
    assert [heads.tolist() for heads in rewirings(edges, 60, seed=1)][:3] == few
    assert [heads.tolist() for heads in rewirings(edges, 3, seed=2)] != few


def test_one_who_stops_watching_stops_the_work() -> None:
    class Enough(Exception):
        pass

    def observe(what: str, done: int, of: int) -> None:
        if done:
            raise Enough

    with progress_to(observe), pytest.raises(Enough):
        next(rewirings(_edges([(0, 1), (1, 2), (2, 0)]), 20, seed=0))


_PAIRS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] != pair[1]), min_size=1)


@given(_PAIRS)
def test_cycles_are_counted_as_networkx_lists_them(pairs: set[tuple[int, int]]) -> None:
    """Of two graphs at once; in the second all edges lead to node 0, those of node 0 to node 1."""
    edges = _edges(sorted(pairs))
    second = np.where(edges.tails == 0, 1, 0)
    counts = cycle_counts(edges.nodes, edges.tails, np.stack((edges.heads, second)), 5)
    for heads, row in zip((edges.heads, second), counts, strict=True):
        graph = nx.DiGraph(zip(edges.tails.tolist(), heads.tolist(), strict=True))
        lengths = Counter(map(len, nx.simple_cycles(graph, length_bound=5)))
        assert row.tolist() == [lengths[length] for length in range(6)]


# ---- where a value stands


def test_a_value_stands_by_rank_among_what_was_drawn() -> None:
    # of 20 one is left out at either end; below 5 lie 0 to 4, and 5 itself counts half: 5.5 of 20
    drawn = standing(5.0, np.arange(20.0))
    assert (drawn.low, drawn.median, drawn.high, drawn.percentile) == (1, 9.5, 18, 27.5)
    # 5 to 19 are at least so much, and 5 itself: 16 of 21
    assert drawn.p_value == pytest.approx(16 / 21)
    assert not drawn.beyond
    assert standing(19.5, np.arange(20.0)).p_value == pytest.approx(1 / 21)
    assert standing(19.5, np.arange(20.0)).beyond


# ---- loops


def _view(*pairs: str, type_: str = "INVESTS_IN") -> NetworkView:
    return build_view(snapshot([link(pair, *pair, type_) for pair in pairs]), flow=Flow.MONEY)


def test_two_pairs_that_fund_each_other_are_a_third_of_what_chance_makes() -> None:
    """Each of a, b, c, d funds one and is funded by one: of the 9 ways 3 are two pairs, 6 one circle of four."""
    result = loop_null_model(lambda *_, **__: _view("ab", "ba", "cd", "dc"), max_length=4, rewirings=1_000)
    by_legs = {row.legs: row.standing for row in result.rows}
    assert (by_legs[2].value, by_legs[4].value, by_legs[None].value) == (2, 0, 2)
    # 0 or 2 loops of two legs, 2 in a third of them: below lie two thirds, and half of a third
    assert by_legs[2].percentile == pytest.approx(100 * 5 / 6, abs=3)
    assert by_legs[2].p_value == pytest.approx(1 / 3, abs=0.05)
    assert (by_legs[2].low, by_legs[2].high) == (0, 2)
    assert by_legs[3].p_value == 1


def test_whoever_only_provides_is_in_no_loop_by_chance_either() -> None:
    result = loop_null_model(lambda *_, **__: _view("ax", "ay", "by", "bz"), rewirings=50)
    assert {(row.standing.value, row.standing.high) for row in result.rows} == {(0, 0)}


def test_more_walks_than_can_be_held_are_refused() -> None:
    letters = "abcdefghijk"
    everyone = [one + other for one in letters for other in letters if one != other]
    with pytest.raises(BadQuery, match="walks of 7 legs"):
        loop_null_model(lambda *_, **__: _view(*everyone), max_length=8)


# ---- hubs


def test_a_broker_is_no_more_between_than_its_counterparties_make_it() -> None:
    # a and b reach d and e by c alone; whatever is rewired, two lead to c and two away from it
    result = hub_null_model(lambda *_, **__: _view("ac", "bc", "cd", "ce"), rewirings=100)
    broker = result.rows[0]
    assert (broker.organization.key, broker.rank, broker.degree) == ("c", 1, 4)
    assert broker.standing.high == broker.standing.value
    assert "0 of 5 organizations score above their interval and 0 below" in " ".join(result.method.assumptions)


def test_a_metric_that_rewiring_leaves_as_it_is_is_refused() -> None:
    with pytest.raises(BadQuery, match="every rewiring keeps"):
        hub_null_model(lambda *_, **__: _view("ab"), CentralityMetric("DEGREE"))


def test_what_takes_too_long_for_a_service_is_refused() -> None:
    with pytest.raises(BadQuery, match="take too long here"):
        hub_null_model(lambda *_, **__: _view("ab", "bc"), max_work=100)


# ---- the facts


async def test_rewirings_of_the_facts_keep_degrees_and_count_the_loops_that_are_there(
    seeds_reader: EmbeddedReader,
) -> None:
    facts = await facts_of(seeds_reader)
    view = facts.view(DEFAULT_SCOPE, flow=Flow.MONEY)
    edges, log = EdgeList.of(view.edges.tails, view.edges.heads, len(view.nodes)), RewiringLog()
    for heads in rewirings(edges, 50, 0, log):
        assert (
            np.bincount(heads, minlength=edges.nodes).tolist()
            == np.bincount(edges.heads, minlength=edges.nodes).tolist()
        )
        assert not (heads == edges.tails).any()
        assert len(set(zip(edges.tails.tolist(), heads.tolist(), strict=True))) == len(edges)
    assert log.kept_share < 0.1
    result = loop_null_model(facts.view, rewirings=20)
    loops = money_loops(facts.snapshot, facts.confidence, first=1_000)
    lengths = Counter(len(loop.hops) for loop in loops.rows)
    assert {row.legs: row.standing.value for row in result.rows} == {
        None: loops.total_count,
        **{legs: lengths[legs] for legs in range(2, 6)},
    }
    by_type = loop_null_model(facts.view, keeping=Keeping.DEGREES_BY_TYPE, rewirings=20)
    assert by_type.rows[0].standing.value == loops.total_count
    assert any("by each type of link" in sentence for sentence in by_type.method.assumptions)
