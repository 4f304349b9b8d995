from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.core.exclusions import ExclusionReason
from graph.analytics.core.facts import facts_of
from graph.analytics.core.scope import Flow, Scope
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.network.paths import Dependency, Direction, Path, paths, reach
from graph.analytics.network.walks import SearchBudget
from graph.errors import BadQuery
from graph.stores.embedded.reader import EmbeddedReader
from graph.vocabulary.enums import Confidence, Layer, LendingRole, LinkStatus, Service
from graph.vocabulary.model import Row
from graph.vocabulary.values import Capacity, CapacityBasis
from tests.analytics.world import link, mw, organization, site, snapshot

HIGH, LOW = Confidence.HIGH, Confidence.LOW
GROSS = CapacityBasis.GROSS

# utility → host → cloud → lab, twice from host to cloud; and host → lab at once
CHAIN = [
    link("grid", "utility", "host", "SUPPLIES_POWER"),
    link("lease", "host", "cloud", capacities=mw(100)),
    link("more", "host", "cloud", capacities=mw(20)),
    link("handed-on", "cloud", "lab", capacities=mw(110)),
    link("own", "host", "lab", service=Service.CLOUD, capacities=mw(5)),
]


def _keys(path: Path) -> list[str]:
    return [row.key for row in path.entities]


def test_paths_follow_dependency_the_shortest_first() -> None:
    table = paths(snapshot(CHAIN), "utility", "lab", {})
    assert [_keys(path) for path in table.paths] == [["utility", "host", "lab"], ["utility", "host", "cloud", "lab"]]
    assert [row.key for row in table.paths[1].links] == ["grid", "lease", "more", "handed-on"]
    assert not table.truncated
    assert paths(snapshot(CHAIN), "lab", "utility", {}).paths == ()


def test_a_path_carries_the_least_megawatts_of_its_hops() -> None:
    # 100 and 20 to the cloud, 110 on to the lab
    path = paths(snapshot(CHAIN), "host", "lab", {}).paths[1]
    assert (path.mw, path.layer, path.basis) == (110, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    # the grid states none
    assert [one.mw for one in paths(snapshot(CHAIN), "utility", "lab", {}).paths] == [None, None]


def test_a_path_carries_nothing_where_bases_or_layers_mix() -> None:
    gross = link("down", "cloud", "lab", capacities=mw(10, GROSS))
    compute = link("down", "cloud", "lab", service=Service.CLOUD, capacities=mw(10))
    for last in (gross, compute):
        (path,) = paths(snapshot([CHAIN[1], last]), "host", "lab", {}).paths
        assert (path.mw, path.layer, path.basis) == (None, None, None)
    both = (Capacity(10, CapacityBasis.CRITICAL_IT), Capacity(13, GROSS))
    twice = [link("up", "host", "cloud", capacities=both), link("down", "cloud", "lab", capacities=both)]
    assert paths(snapshot(twice), "host", "lab", {}).paths[0].mw is None
    asked = Scope(layer=Layer.SHELL, basis=GROSS)
    assert paths(snapshot(twice), "host", "lab", {}, scope=asked).paths[0].mw == 13


def test_paths_may_go_either_way_and_carry_nothing_where_they_turn() -> None:
    links = [link("one", "host", "cloud", capacities=mw(7)), link("two", "host", "lab", capacities=mw(9))]
    given_ = snapshot(links)
    assert paths(given_, "cloud", "lab", {}).paths == ()
    (turning,) = paths(given_, "cloud", "lab", {}, directed=False).paths
    assert (_keys(turning), turning.mw) == (["cloud", "host", "lab"], None)
    (against,) = paths(given_, "cloud", "host", {}, directed=False).paths
    assert against.mw == 7


def test_paths_of_money_run_the_other_way() -> None:
    (path,) = paths(snapshot(CHAIN[1:4]), "lab", "host", {}, flow=Flow.MONEY).paths
    assert (_keys(path), path.mw) == (["lab", "cloud", "host"], 110)


def test_sites_are_ends_as_good_as_organizations() -> None:
    links = [link("runs", "host", "campus", "OPERATES"), link("feeds", "utility", "campus", "SUPPLIES_POWER")]
    table = paths(snapshot(links, site("campus")), "utility", "host", {}, directed=False)
    assert [_keys(path) for path in table.paths] == [["utility", "campus", "host"]]


def test_placeholders_are_no_way_through_and_are_listed() -> None:
    links = [link("one", "host", "nobody"), link("two", "nobody", "lab")]
    table = paths(snapshot(links, organization("nobody", placeholder=True)), "host", "lab", {})
    assert table.paths == ()
    assert [one.reason for one in table.excluded] == [ExclusionReason.PLACEHOLDER] * 2


def test_a_path_is_as_well_supported_as_its_weakest_hop() -> None:
    evidence = {"lease": HIGH, "more": LOW, "handed-on": Confidence.MEDIUM}
    path = paths(snapshot(CHAIN), "host", "lab", evidence).paths[1]
    assert path.weakest_confidence is Confidence.MEDIUM


def test_paths_are_bounded_in_length_and_number_and_say_so() -> None:
    given_ = snapshot(CHAIN)
    assert [_keys(path) for path in paths(given_, "utility", "lab", {}, max_hops=2).paths] == [
        ["utility", "host", "lab"]
    ]
    one = paths(given_, "utility", "lab", {}, first=1)
    assert (len(one.paths), one.truncated) == (1, True)
    cut = paths(given_, "utility", "lab", {}, budget=SearchBudget(2))
    assert cut.truncated
    assert cut.method.assumptions[0] == "The search was cut short: there are more paths."


@pytest.mark.parametrize(
    ("ends", "hops", "told"),
    [
        (("host", "host"), 4, "from host to itself"),
        (("host", "who"), 4, 'No entity "who"'),
        (("host", "lab"), 0, "Give 1 to 10"),
        (("host", "lab"), 11, "Give 1 to 10"),
    ],
)
def test_paths_that_cannot_be_are_refused(ends: tuple[str, str], hops: int, told: str) -> None:
    with pytest.raises(BadQuery, match=told):
        paths(snapshot(CHAIN), *ends, {}, max_hops=hops)


# ---- reach


def test_downstream_are_those_who_depend_upstream_those_depended_on() -> None:
    down = reach(snapshot(CHAIN), "utility", {})
    assert [(row.entity.key, row.hops) for row in down.rows] == [("host", 1), ("cloud", 2), ("lab", 2)]
    assert _keys(down.rows[2].path) == ["utility", "host", "lab"]
    up = reach(snapshot(CHAIN), "lab", {}, direction=Direction.UPSTREAM)
    assert [(row.entity.key, row.hops) for row in up.rows] == [("cloud", 1), ("host", 1), ("utility", 2)]
    assert [row.key for row in up.rows[0].path.links] == ["handed-on"]
    assert up.rows[0].path.mw == 110


def test_reach_is_bounded_and_says_so() -> None:
    near = reach(snapshot(CHAIN), "utility", {}, max_hops=1)
    assert [row.entity.key for row in near.rows] == ["host"]
    cut = reach(snapshot(CHAIN), "utility", {}, first=2)
    assert ([row.entity.key for row in cut.rows], cut.truncated) == (["host", "cloud"], True)
    assert cut.total_count == 3


# the lab pays the cloud, which pays the host, which pays the utility and pays back the bank; the arranger lent nothing
PAID = [
    *CHAIN,
    link("loan", "bank", "host", "LENDS_TO", role=LendingRole.LENDER),
    link("arranged", "arranger", "host", "LENDS_TO", role=LendingRole.ARRANGER),
    link("stake", "fund", "host", "INVESTS_IN"),
]


def test_for_income_those_depend_who_are_paid() -> None:
    down = reach(snapshot(PAID), "cloud", {}, dependency=Dependency.INCOME)
    assert [(row.entity.key, row.hops) for row in down.rows] == [("host", 1), ("bank", 2), ("utility", 2)]
    assert [row.key for row in down.rows[0].path.links] == ["lease", "more"]
    assert [(one.link.key, one.because) for one in down.excluded] == [("arranged", "an arranger has lent nothing")]
    up = reach(snapshot(PAID), "utility", {}, direction=Direction.UPSTREAM, dependency=Dependency.INCOME)
    assert [(row.entity.key, row.hops) for row in up.rows] == [("host", 1), ("cloud", 2), ("lab", 2)]
    # for supply the utility has nobody above it, and the cloud the lab alone below it
    assert reach(snapshot(PAID), "utility", {}, direction=Direction.UPSTREAM).rows == ()
    assert [row.entity.key for row in reach(snapshot(PAID), "cloud", {}).rows] == ["lab"]


async def test_hosts_live_on_the_rent_of_fluidstack(seeds_reader: EmbeddedReader) -> None:
    facts = await facts_of(seeds_reader)
    supplied, paid = (
        {row.entity.key: row.hops for row in reach(facts.snapshot, "fluidstack", facts.confidence, dependency=one).rows}
        for one in Dependency
    )
    # PROVIDES_CAPACITY links to Fluidstack, signed or active and firm (seeds/links/provides_capacity.yaml)
    hosts = {"abernathy-jv", "cipher", "hut8", "iren", "terawulf"}
    assert {key for key, hops in paid.items() if hops == 1} == hosts
    assert "hut8" not in supplied
    assert supplied["anthropic"] == 1


# ---- what does not count


def test_reach_lists_the_links_that_would_lead_further() -> None:
    talks = {"status": LinkStatus.IN_TALKS}
    world = snapshot(
        [
            *CHAIN,
            link("on", "lab", "user", **talks),
            link("back", "mine", "utility", **talks),
            link("far", "user", "crowd", **talks),
            link("friends", "host", "user", "PARTNERS_WITH"),
        ]
    )
    assert [(one.link.key, one.because) for one in reach(world, "host", {}).excluded] == [("on", "status IN_TALKS")]
    # the lab is one hop away: what leaves it is beyond one hop
    assert reach(world, "host", {}, max_hops=1).excluded == ()
    up = reach(world, "host", {}, direction=Direction.UPSTREAM)
    assert [one.link.key for one in up.excluded] == ["back"]
    named = reach(world, "host", {}, scope=Scope(types=frozenset({"PROVIDES_CAPACITY", "PARTNERS_WITH"})))
    assert [(one.link.key, one.because) for one in named.excluded] == [
        ("friends", "no dependency flows along PARTNERS_WITH"),
        ("on", "status IN_TALKS"),
    ]


def test_paths_list_the_links_that_would_be_on_the_way() -> None:
    talks = {"status": LinkStatus.IN_TALKS}
    world = snapshot(
        [
            *CHAIN,
            link("direct", "utility", "lab", **talks),
            link("over", "cloud", "broker", **talks),
            link("resale", "broker", "lab", **talks),
            link("elsewhere", "host", "user", **talks),
            link("beyond", "lab", "user", **talks),
            link("before", "user", "utility", **talks),
        ]
    )
    # utility → host → cloud → broker → lab takes four hops, the last two in talks
    assert [one.link.key for one in paths(world, "utility", "lab", {}).excluded] == ["direct", "over", "resale"]
    assert [one.link.key for one in paths(world, "utility", "lab", {}, max_hops=3).excluded] == ["direct"]
    # lab → user → utility: two hops, the other way
    assert [one.link.key for one in paths(world, "lab", "utility", {}).excluded] == ["before", "beyond"]
    either = paths(world, "lab", "utility", {}, max_hops=2, directed=False)
    assert [one.link.key for one in either.excluded] == ["before", "beyond", "direct"]


# ---- laws

_names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(_names, _names, st.booleans()), max_size=10))
def test_what_is_excluded_of_paths_would_be_on_one_if_all_counted(drawn: list[tuple[str, str, bool]]) -> None:
    def world(status: LinkStatus) -> Snapshot:
        links = (
            link(f"l{number}", source, target, status=LinkStatus.SIGNED if signed else status)
            for number, (source, target, signed) in enumerate(drawn)
            if source != target
        )
        return snapshot(links, *(organization(key) for key in "abcdef"))

    talks = {key for key, row in world(LinkStatus.IN_TALKS).links.items() if row["status"] is LinkStatus.IN_TALKS}
    listed = {one.link.key for one in paths(world(LinkStatus.IN_TALKS), "a", "b", {}, max_hops=3).excluded}
    of_all = paths(world(LinkStatus.SIGNED), "a", "b", {}, max_hops=3, first=1000).paths
    # within three hops a walk that neither comes back to its start nor leaves its end visits nothing twice
    assert listed == talks & {row.key for path in of_all for row in path.links}


def _links(drawn: list[tuple[str, str]]) -> list[Row]:
    return [link(f"l{number}", source, target) for number, (source, target) in enumerate(drawn) if source != target]


@given(st.lists(st.tuples(_names, _names), max_size=14), st.booleans())
def test_every_path_is_simple_and_what_is_reached_has_the_shortest(drawn: list[tuple[str, str]], way: bool) -> None:
    given_ = snapshot(_links(drawn), *(organization(key) for key in "abcdef"))
    direction = Direction.DOWNSTREAM if way else Direction.UPSTREAM
    reached = {row.entity.key: row for row in reach(given_, "a", {}, direction=direction, max_hops=5).rows}
    for key in "bcdef":
        ends = ("a", key) if way else (key, "a")
        found = paths(given_, *ends, {}, max_hops=5, first=1000).paths
        lengths = [len(path.hops) for path in found]
        assert lengths == sorted(lengths)
        assert all(len(set(_keys(path))) == len(path.entities) for path in found)
        assert len({tuple(_keys(path)) for path in found}) == len(found)
        assert (key in reached) == bool(found)
        if found:
            assert reached[key].hops == len(reached[key].path.hops) == lengths[0]
