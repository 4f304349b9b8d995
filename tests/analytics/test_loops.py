from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Scope
from graph.analytics.core.support import confidence_by_subject
from graph.analytics.network.loops import LegKind, MoneyLoop, money_loops
from graph.analytics.network.walks import SearchBudget
from graph.errors import BadQuery
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Commitment, Confidence, LinkStatus, Service
from graph.vocabulary.model import Row
from graph.vocabulary.values import Money
from tests.analytics.world import DAY, link, snapshot, usd

ANNOUNCED = Scope(status=frozenset({LinkStatus.SIGNED, LinkStatus.ACTIVE, LinkStatus.ANNOUNCED}))

# the maker invests 30 in the lab, which pays the cloud 300 for compute, which pays the maker 40 and 5 for chips
CIRCLE = [
    link("stake", "maker", "lab", "INVESTS_IN", value=usd(30)),
    link("compute", "cloud", "lab", service=Service.CLOUD, value=usd(300)),
    link("chips", "maker", "cloud", "SUPPLIES", value=usd(40)),
    link("more-chips", "maker", "cloud", "SUPPLIES", value=usd(5)),
]
EVIDENCE = {
    "stake": Confidence.HIGH,
    "compute": Confidence.MEDIUM,
    "chips": Confidence.LOW,
    "more-chips": Confidence.HIGH,
}


def _keys(loop: MoneyLoop) -> list[str]:
    return [row.key for row in loop.organizations]


def test_a_loop_follows_the_money_leg_by_leg() -> None:
    table = money_loops(snapshot(CIRCLE), EVIDENCE)
    (loop,) = table.rows
    assert _keys(loop) == ["cloud", "maker", "lab"]
    assert [(leg.link.key, leg.payer, leg.payee, leg.kind) for leg in loop.legs] == [
        ("chips", "cloud", "maker", LegKind.BUYS),
        ("more-chips", "cloud", "maker", LegKind.BUYS),
        ("stake", "maker", "lab", LegKind.FUNDS),
        ("compute", "lab", "cloud", LegKind.BUYS),
    ]
    assert [leg.amount for leg in loop.legs] == [usd(40), usd(5), usd(30), usd(300)]
    # the least of the largest of each hop: 40, 30, 300; never the sum of 40 and 5
    assert loop.min_value_usd == 30
    assert loop.in_force_on == DAY
    assert not table.truncated


def test_the_weakest_hop_is_named_and_a_hop_is_as_strong_as_its_best_link() -> None:
    (loop,) = money_loops(snapshot(CIRCLE), EVIDENCE).rows
    assert loop.weakest_confidence is Confidence.MEDIUM
    assert [(hop.tail, hop.head) for hop in loop.weakest] == [("lab", "cloud")]


def test_confidence_is_that_of_the_best_statement_that_counts() -> None:
    told = [("a", "LOW", True), ("a", "MEDIUM", True), ("a", "HIGH", False), ("b", "HIGH", True)]
    rows = [
        Row("Statement", str(number), {"subject": subject, "confidence": confidence, "counted": counted})
        for number, (subject, confidence, counted) in enumerate(told)
    ]
    assert confidence_by_subject(rows) == {"a": Confidence.MEDIUM, "b": Confidence.HIGH}


def test_a_leg_that_is_not_in_force_or_out_of_scope_breaks_the_loop() -> None:
    rest = CIRCLE[1:]
    ended = link("stake", "maker", "lab", "INVESTS_IN", in_force=False)
    letter = link("stake", "maker", "lab", "INVESTS_IN", status=LinkStatus.ANNOUNCED)
    assert money_loops(snapshot([ended, *rest]), {}).rows == ()
    assert money_loops(snapshot([letter, *rest]), {}).rows == ()
    assert [one.because for one in money_loops(snapshot([letter, *rest]), {}).excluded] == ["status ANNOUNCED"]
    assert len(money_loops(snapshot([letter, *rest]), {}, scope=ANNOUNCED).rows) == 1


def test_a_least_amount_leaves_out_what_states_less_or_nothing() -> None:
    silent = link("stake", "maker", "lab", "INVESTS_IN", value=Money(30, "EUR"))
    given_ = snapshot([silent, *CIRCLE[1:]])
    table = money_loops(given_, {})
    assert [loop.min_value_usd for loop in table.rows] == [None]
    assert "1 of 1 loops have a hop that states no amount in USD." in table.method.assumptions
    assert money_loops(given_, {}, min_value_usd=1).rows == ()
    assert [loop.min_value_usd for loop in money_loops(snapshot(CIRCLE), {}, min_value_usd=30).rows] == [30]
    assert money_loops(snapshot(CIRCLE), {}, min_value_usd=31).rows == ()


def test_loops_are_bounded_in_length_and_number_and_say_so() -> None:
    back = [link("gift", "lab", "maker", "INVESTS_IN", value=usd(9))]
    given_ = snapshot([*CIRCLE, *back])
    assert [_keys(loop) for loop in money_loops(given_, {}).rows] == [["cloud", "maker", "lab"], ["lab", "maker"]]
    assert [_keys(loop) for loop in money_loops(given_, {}, max_length=2).rows] == [["lab", "maker"]]
    one = money_loops(given_, {}, first=1)
    assert (len(one.rows), one.truncated) == (1, True)
    cut = money_loops(given_, {}, budget=SearchBudget(1))
    assert cut.truncated
    assert "The search was cut short: there are more loops." in cut.method.assumptions


@pytest.mark.parametrize("most", [1, 9])
def test_a_length_beyond_reason_is_refused(most: int) -> None:
    with pytest.raises(BadQuery, match="Give 2 to 8"):
        money_loops(snapshot(CIRCLE), {}, max_length=most)


async def test_nvidia_pays_openai_pays_oracle_pays_nvidia(seeds_reader: EmbeddedReader) -> None:
    found = await facts_of(seeds_reader)
    loop = money_loops(found.snapshot, found.confidence, scope=ANNOUNCED).rows[0]
    assert _keys(loop) == ["nvidia", "openai", "oracle"]
    assert [(leg.link.key, leg.kind) for leg in loop.legs] == [
        ("nvidia-invests-openai-2026", LegKind.FUNDS),
        ("oracle-openai-abilene", LegKind.BUYS),
        ("oracle-openai-stargate", LegKind.BUYS),
        ("nvidia-oracle-abilene-gb200", LegKind.BUYS),
        ("nvidia-oracle-blackwell", LegKind.BUYS),
        ("nvidia-oracle-rubin", LegKind.BUYS),
    ]
    assert loop.min_value_usd == 30e9
    # what Nvidia sells to Oracle is announced, not signed: without it the firm loop runs through IREN and Microsoft
    firm = [_keys(one) for one in money_loops(found.snapshot, found.confidence, first=100).rows]
    assert ["nvidia", "openai", "oracle"] not in firm
    assert ["iren", "nvidia", "openai", "microsoft"] in firm


def test_loops_through_an_organization_are_those_of_all_that_it_is_in() -> None:
    # maker and lab pay each other directly too; the cloud has no part in that loop
    world = snapshot([*CIRCLE, link("gift", "lab", "maker", "INVESTS_IN", value=usd(9))])
    by_cloud = money_loops(world, {}, through="cloud")
    assert ([_keys(loop) for loop in by_cloud.rows], by_cloud.total_count) == ([["cloud", "maker", "lab"]], 1)
    assert [_keys(loop) for loop in money_loops(world, {}, through="lab").rows] == [
        ["cloud", "maker", "lab"],
        ["lab", "maker"],
    ]
    assert (len(money_loops(world, {}, first=1).rows), money_loops(world, {}, first=1).total_count) == (1, 2)


def test_loops_through_an_organization_list_only_what_could_be_a_leg_of_one() -> None:
    talks = {"status": LinkStatus.IN_TALKS}
    closing = link("closing", "lab", "cloud", "INVESTS_IN", **talks)
    # neither the utility nor what hangs on it can close a loop
    apart = [link("apart", "utility", "maker", "SUPPLIES_POWER", **talks), link("owns", "cloud", "lab", "OWNS")]
    world = snapshot([*CIRCLE, closing, *apart])
    assert [one.link.key for one in money_loops(world, {}, through="cloud").excluded] == ["closing"]
    assert [one.link.key for one in money_loops(world, {}).excluded] == ["apart", "closing", "owns"]
    # the loop that it closes has three legs: lab, cloud, maker
    assert [one.link.key for one in money_loops(world, {}, through="cloud", max_length=2).excluded] == []
    # a type that is named is told of, although no money flows along it
    owned = money_loops(world, {}, through="cloud", scope=Scope(types=frozenset({"OWNS", "PROVIDES_CAPACITY"})))
    assert [one.because for one in owned.excluded] == ["no money flows along OWNS"]


def test_loops_go_through_organizations_that_exist() -> None:
    with pytest.raises(BadQuery, match='No organization "cloudy"'):
        money_loops(snapshot(CIRCLE), {}, through="cloudy")


async def test_all_loops_through_openai_are_found_and_counted(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    through = money_loops(facts.snapshot, facts.confidence, through="openai", first=100)
    of_all = money_loops(facts.snapshot, facts.confidence, first=1000)
    assert [_keys(loop) for loop in through.rows] == [_keys(loop) for loop in of_all.rows if "openai" in _keys(loop)]
    assert 2 < through.total_count == len(through.rows) < of_all.total_count
    assert len(through.excluded) < len(of_all.excluded)


# ---- laws

_names = st.sampled_from("abcde")


@given(st.lists(st.tuples(_names, _names, st.sampled_from(["INVESTS_IN", "SUPPLIES"])), max_size=14))
def test_every_loop_is_a_circle_of_money_and_none_stands_twice(drawn: list[tuple[str, str, str]]) -> None:
    links = [
        link(f"l{n}", source, target, type_) for n, (source, target, type_) in enumerate(drawn) if source != target
    ]
    rows = money_loops(snapshot(links), {}, first=1000).rows
    turned = set()
    for loop in rows:
        keys = _keys(loop)
        assert len(set(keys)) == len(keys)
        assert [(hop.tail, hop.head) for hop in loop.hops] == list(zip(keys, [*keys[1:], keys[0]], strict=True))
        for leg in loop.legs:
            ends = (leg.link.columns["from"], leg.link.columns["to"])
            assert ends == ((leg.payer, leg.payee) if leg.kind is LegKind.FUNDS else (leg.payee, leg.payer))
        first = keys.index(min(keys))
        turned.add(tuple(keys[first:] + keys[:first]))
    assert len(turned) == len(rows)
    for key in snapshot(links).organizations:
        through = money_loops(snapshot(links), {}, through=key, first=1000)
        assert [_keys(loop) for loop in through.rows] == [_keys(loop) for loop in rows if key in _keys(loop)]
        assert through.total_count == len(through.rows)


def test_options_are_no_legs_unless_asked_for() -> None:
    maybe = link("stake", "maker", "lab", "INVESTS_IN", commitment=Commitment.OPTION)
    assert money_loops(snapshot([maybe, *CIRCLE[1:]]), {}).rows == ()
