from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from graph.analytics.core.snapshot import Snapshot
from graph.evidence.firmness import Firmness
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph, project
from graph.pictures.labels import LEVELS, Edges, Label, LabelSide, label_box
from graph.pictures.layout import arrange
from graph.pictures.link_evidence import AgeClass, RivalClass, SourceClass, evidence_of_links
from graph.pictures.network import Dot, Network, RankRange, draw_network, line_width
from graph.pictures.network_plan import PICTURES, NetworkPlan, picture_of, plan_network
from graph.pictures.network_query import Colour, NetworkQuery, WidthMeasure, drawn_firmness
from graph.pictures.network_svg import draw_svg
from graph.pictures.svg import NAMESPACE
from graph.vocabulary.enums import Commitment, LinkStatus, OrganizationKind, Service
from graph.vocabulary.model import ENTITIES, LINKS, Row
from graph.vocabulary.values import Capacity, CapacityBasis, CapacityStage
from tests.analytics.world import link, moment, mw, organization, snapshot, usd
from tests.facts import lens, log_of
from tests.seeds_fixture import Under

SCALES = [0.2, 0.29, 0.32, 0.4, 0.5, 0.6, 0.72, 0.79, 0.9, 1, 1.2, 1.5, 2, 2.4, 3, 4, 6, 8]
HOSTILE = "<script>alert(1)</script>\u202eevil " + "W" * 300

# host → cloud twice, cloud → lab, lab → far, and an investor apart from the contracts
LINKS_BY_HAND = [
    link("lease", "host", "cloud", commitment=Commitment.FIRM, capacities=mw(245), value=usd(7e9)),
    link("offer", "host", "cloud", commitment=Commitment.ROFO, capacities=mw(1000)),
    link("cloud", "cloud", "lab", service=Service.CLOUD, commitment=Commitment.CONDITIONAL, value=usd(3e9)),
    link("talks", "lab", "far", status=LinkStatus.IN_TALKS),
    link("old", "host", "far", in_force=False, commitment=Commitment.FIRM),
    link("stake", "fund", "lab", "INVESTS_IN", value=usd(2e9)),
]


def _plan(*links: Row) -> NetworkPlan:
    return NetworkPlan(arrange([])).with_links(links or LINKS_BY_HAND)


def _drawn(query: NetworkQuery = NetworkQuery(), *links: Row) -> Network:  # noqa: B008 (frozen)
    return draw_network(snapshot(links or LINKS_BY_HAND), _plan(*links), query)


def _snapshot(graph: Graph) -> Snapshot:
    entities = {key: row for label in ENTITIES for key, row in graph.rows[label].items()}
    return Snapshot(graph.rows["Link"], entities, graph.lens, graph.version, graph.data_through)


# ---- classes


def test_each_link_has_the_class_of_its_commitment() -> None:
    classes = {row.key: drawn_firmness(row, False) for row in LINKS_BY_HAND}
    assert classes == {
        "lease": Firmness.FIRM,
        "offer": Firmness.OPTION,
        "cloud": Firmness.CONDITIONAL,
        "talks": Firmness.UNSTATED,
        "old": Firmness.LAPSED,
        "stake": Firmness.UNSTATED,
    }
    assert drawn_firmness(LINKS_BY_HAND[0], replaced=True) is Firmness.LAPSED


def test_what_another_has_replaced_has_lapsed() -> None:
    new = link("new", "host", "cloud", commitment=Commitment.FIRM, replaces=("lease",))
    drawn = _drawn(NetworkQuery(), LINKS_BY_HAND[0], new)
    assert drawn.links.keys() == {"new"}


def test_before_a_signature_a_line_is_dashed() -> None:
    assert {line.key: line.dashed for line in _drawn().lines} == {
        "lease": False,
        "offer": False,
        "cloud": False,
        "talks": True,
    }


# ---- widths


def test_widths_are_megawatts_of_one_basis_or_dollars_of_one_layer() -> None:
    both = link(
        "a", "x", "y", capacities=(Capacity(100, CapacityBasis.CRITICAL_IT), Capacity(130, CapacityBasis.GROSS))
    )
    stage = (Capacity(30, CapacityBasis.GROSS, CapacityStage.IN_SERVICE), Capacity(90, CapacityBasis.GROSS))
    assert [WidthMeasure.CRITICAL_IT.of(both), WidthMeasure.GROSS.of(both), WidthMeasure.GENERATION.of(both)] == [
        (100, "EXACT"),
        (130, "EXACT"),
        None,
    ]
    assert WidthMeasure.GROSS.of(link("b", "x", "y", capacities=stage)) == (30, "EXACT")  # the furthest stage
    assert {one: WidthMeasure.of(one, LINKS_BY_HAND[0]) for one in WidthMeasure if one.in_usd} == {
        WidthMeasure.USD_POWER: None,
        WidthMeasure.USD_SHELL: (7, "EXACT"),  # a lease
        WidthMeasure.USD_COMPUTE: None,
        WidthMeasure.USD_CHIP: None,
        WidthMeasure.USD_FINANCING: None,
    }
    assert WidthMeasure.USD_FINANCING.of(LINKS_BY_HAND[5]) == (2, "EXACT")


def test_an_unknown_amount_is_the_thinnest_line_and_is_counted() -> None:
    assert [line_width(one, False) for one in (None, 0, 100, 10_000)] == [1.2, 1.2, 2.8, 11]
    assert _drawn().without_amount == 2  # cloud and talks


# ---- filters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (NetworkQuery(), {"lease", "offer", "cloud", "talks"}),
        (NetworkQuery(commitments=frozenset(Firmness)), {"lease", "offer", "cloud", "talks", "old"}),
        (NetworkQuery(commitments=frozenset({Firmness.FIRM}), at_least=200), {"lease"}),
        (NetworkQuery(at_least=245, at_most=999), {"lease"}),
        (NetworkQuery(statuses=frozenset({LinkStatus.IN_TALKS})), {"talks"}),
        (NetworkQuery(types=frozenset({"INVESTS_IN"})), {"stake"}),
        (NetworkQuery(measure=WidthMeasure.USD_COMPUTE, at_least=1), {"cloud"}),
        (NetworkQuery(around="host"), {"lease", "offer"}),
        (NetworkQuery(around="host", depth=2), {"lease", "offer", "cloud"}),
        (NetworkQuery(around="host", depth=3), {"lease", "offer", "cloud", "talks"}),
        (NetworkQuery(around="nobody"), set()),
        (NetworkQuery(path_from="lab", path_to="host"), {"lease", "offer", "cloud"}),
        (NetworkQuery(path_from="far", path_to="host", hops=2), set()),
        (NetworkQuery(path_from="far", path_to="host", hops=3), {"lease", "offer", "cloud", "talks"}),
    ],
)
def test_filters(query: NetworkQuery, expected: set[str]) -> None:
    drawn = _drawn(query)
    assert drawn.links.keys() == expected
    assert {line.key for line in drawn.lines} == expected
    assert {dot.row.key for dot in drawn.dots} == {
        row.columns[end] for row in drawn.links.values() for end in ("from", "to")
    }


def test_a_filter_by_kind_takes_links_with_such_an_end() -> None:
    labs = organization("lab", kinds=(OrganizationKind.AI_LAB,))
    query = NetworkQuery(kinds=frozenset({OrganizationKind.AI_LAB}))
    assert draw_network(snapshot(LINKS_BY_HAND, labs), _plan(), query).links.keys() == {"cloud", "talks"}


# ---- parallel links


def test_parallel_links_fan_out_each_in_its_place() -> None:
    bends = {line.key: line.bend for line in _drawn().lines}
    assert bends == {"lease": 0.08, "offer": -0.08, "cloud": 0, "talks": 0}  # cloud is before host: the other way round
    # the lease keeps its place when the offer is not shown
    alone = _drawn(NetworkQuery(commitments=frozenset({Firmness.FIRM})))
    assert {line.key: line.bend for line in alone.lines} == {"lease": 0.08}


def test_merged_links_are_counted_and_not_added() -> None:
    merged = {line.key: line for line in _drawn(NetworkQuery(merged=True)).lines}
    assert merged.keys() == {"lease", "cloud", "talks"}
    assert [row.key for row in merged["lease"].links] == ["lease", "offer"]
    assert (merged["lease"].colour, merged["lease"].amount) == ("firm", 1000)  # of the widest
    assert merged["lease"].title.startswith("2 links: ")


# ---- what never moves


@pytest.fixture(scope="module")
def plan_of(seeds_log: StatementLog) -> Callable[[str], NetworkPlan]:
    """The plan of a picture of the facts, made once."""
    return cache(partial(plan_network, seeds_log))


@pytest.mark.slow
def test_no_date_and_no_filter_moves_a_dot_or_a_line(plan_of: Callable[[str], NetworkPlan], seeds_under: Under) -> None:
    days = [("2025-09-30", "2025-09-30"), ("2026-10-31", "2026-10-31"), ("2026-11-30", "2025-12-31")]
    for picture in PICTURES:
        types = frozenset(LINKS) if picture == "all" else NetworkQuery().types
        plan = plan_of(picture)
        drawn = [draw_network(_snapshot(seeds_under(lens(*day))), plan, NetworkQuery(types=types)) for day in days]
        drawn.append(draw_network(_snapshot(seeds_under(Lens())), plan, NetworkQuery(types=types, at_least=100)))
        for one, other in combinations(drawn, 2):
            assert one.frame == other.frame
            here, there = one.by_key, other.by_key
            both = here.keys() & there.keys()
            assert len(both) > 10
            assert all((here[key].x, here[key].y) == (there[key].x, there[key].y) for key in both)
            bends = [{(line.key, line.source, line.target): line.bend for line in each.lines} for each in (one, other)]
            assert all(bends[0][line] == bends[1][line] for line in bends[0].keys() & bends[1].keys())


def test_what_a_scenario_adds_moves_nothing(plan_of: Callable[[str], NetworkPlan]) -> None:
    plan = plan_of("contracts")
    grown = plan.with_links([link("supposed", "iren", "newcomer")])
    assert {key: grown.layout.at[key] for key in plan.layout.at} == plan.layout.at
    assert "newcomer" in grown.layout.at
    assert plan.with_links([]) is plan


def test_contracts_have_a_picture_of_their_own() -> None:
    assert picture_of(["PROVIDES_CAPACITY"]) == "contracts"
    assert picture_of(["PROVIDES_CAPACITY", "INVESTS_IN"]) == picture_of(["INVESTS_IN"]) == "all"


def _name_box(dot: Dot, side: LabelSide, scale: float) -> Edges:
    label = Label("", dot.label, dot.size, dot.font_weight, dot.x, dot.y, dot.most_radius, 0)
    return label_box(label, side, scale)


@pytest.mark.parametrize("types", [NetworkQuery().types, frozenset(LINKS)], ids=["contracts", "all"])
@pytest.mark.slow
def test_names_never_meet_at_any_scale(
    plan_of: Callable[[str], NetworkPlan], seeds_graph: Graph, types: frozenset[str]
) -> None:
    drawn = draw_network(_snapshot(seeds_graph), plan_of(picture_of(types)), NetworkQuery(types=types))
    for scale in SCALES:
        level = max(one for one in LEVELS if one <= scale)
        boxes = [_name_box(dot, dot.sides[level], scale) for dot in drawn.dots if level in dot.sides]
        assert len(boxes) >= (8 if scale > 0.4 else 4)
        meeting = [
            (one, other)
            for one, other in combinations(boxes, 2)
            if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        ]
        assert meeting == [], scale


# ---- sizes


def test_dots_stand_for_counterparties_or_for_a_rank_with_its_interval() -> None:
    assert {dot.row.key: dot.counterparties for dot in _drawn().dots} == {"host": 1, "cloud": 2, "lab": 2, "far": 1}
    ranks = {"cloud": RankRange(1, 1, 4), "lab": RankRange(4, 4, 4)}
    query = NetworkQuery(size="BETWEENNESS")
    dots = draw_network(snapshot(LINKS_BY_HAND), _plan(), query, ranks=ranks).by_key
    # 4 + 11/√rank: 15 for the first, 9.5 for the fourth; the smallest without a rank
    assert (dots["cloud"].radius, dots["cloud"].least_radius, dots["cloud"].most_radius) == (15, 9.5, 15)
    assert (dots["lab"].least_radius, dots["lab"].most_radius) == (9.5, 9.5)
    assert dots["host"].most_radius == 3


# ---- evidence

CLAIMS = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', status: SIGNED, value_usd: 1000}, sources: [filing, news], confidence: high}
- id: other
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims:
    - {says: {announced: '2026-01-10', status: SIGNED, value_usd: 1000}, sources: [news], confidence: high}
    - {says: {value_usd: 2000}, sources: [blog], confidence: low}
"""


def test_evidence_is_told_by_rivals_age_and_sort_of_source(tmp_path: Path) -> None:
    rows = project(log_of(tmp_path, links_provides_capacity=CLAIMS), lens()).rows
    evidence = evidence_of_links(rows["Link"], rows["Statement"].values(), rows["Source"])
    lease, other = evidence["lease"], evidence["other"]
    assert (lease.rival_class, lease.best, str(lease.newest)) == (RivalClass.AGREED, SourceClass.PARTY, "2026-02-01")
    assert (other.rival_class, other.best) == (RivalClass.RIVALS, SourceClass.PRESS)
    day = lens().known_on
    assert day is not None
    assert lease.age_class(day) is AgeClass.YEAR
    assert lease.age_class(lens(known_on="2026-05-04").known_on or day) is AgeClass.QUARTER  # 92 days
    assert replace(lease, newest=None).age_class(day) is AgeClass.UNDATED
    query = NetworkQuery(colour=Colour.SOURCE, source="paper")
    drawn = draw_network(snapshot(rows["Link"].values()), _plan(*rows["Link"].values()), query, evidence=evidence)
    assert {line.key: line.colour for line in drawn.lines} == {"lease": "party", "other": "press"}


# ---- the file


def _texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{{{NAMESPACE}}}text")]  # noqa: S314


def test_a_file_has_title_description_names_and_legend() -> None:
    svg = draw_svg(_drawn(), "Who provides capacity to whom")
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own)
    assert [child.tag.partition("}")[2] for child in root][:3] == ["title", "desc", "style"]
    assert {"Host", "Cloud", "Lab", "Far", "firm", "none stated"} <= set(_texts(svg))
    titles = {one.text for one in root.iter(f"{{{NAMESPACE}}}title")}
    assert {"Host → Cloud, 245 MW", "Lab → Far, provides capacity (in talks)"} <= titles
    assert "@font-face" in svg
    assert "href" not in svg
    assert "Who provides" not in _texts(draw_svg(_drawn(), "Who provides capacity to whom", legend=False))


def test_a_hostile_name_is_text_everywhere() -> None:
    drawn = draw_network(snapshot(LINKS_BY_HAND, organization("host", name=HOSTILE)), _plan(), NetworkQuery())
    svg = draw_svg(drawn, HOSTILE)
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own)
    assert list(root.iter(f"{{{NAMESPACE}}}script")) == []
    assert root.findtext(f"{{{NAMESPACE}}}title") == HOSTILE
    names = [text for text in _texts(svg) if text.startswith("<script>")]
    assert all(len(name) < 60 for name in names if name != HOSTILE)


def test_an_empty_picture_says_so() -> None:
    drawn = _drawn(NetworkQuery(around="nobody"))
    assert "0 of 5 links" in draw_svg(drawn, "Nothing")


def test_dates_are_those_of_the_lens() -> None:
    shown = snapshot(LINKS_BY_HAND, lens=Lens(moment("2026-01-05").earliest, moment("2026-01-06").earliest))
    svg = draw_svg(draw_network(shown, _plan(), NetworkQuery()), "Then")
    assert any("true on 5 Jan 2026, known on 6 Jan 2026" in text for text in _texts(svg))
