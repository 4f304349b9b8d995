"""Style and guide of Neo4j Browser, read as Browser 5.24 reads them: its parser and its rules, retold in Python."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence

import pytest

from graph.browser.guide import SLIDES, saved_queries, write_guide
from graph.browser.style import ORGANIZATION_FILLS, contrast, style_rules, token, write_style
from graph.evidence.captions import arrow_caption
from graph.evidence.firmness import Firmness
from graph.evidence.projection import Graph
from graph.settings import PROJECT
from graph.stores.neo4j.cypher import ENTITY
from graph.stores.neo4j.figures import link_labels
from graph.stores.neo4j.mapping import MORE_LABELS, STORED_LABELS, Node, edge_types, nodes_of
from graph.vocabulary.enums import KIND_PRECEDENCE, OrganizationKind
from graph.vocabulary.model import LABELS, LINKS, Row
from graph.vocabulary.values import Capacity, CapacityBasis, Money
from tests.analytics.world import link
from tests.colours import VISIONS, lab

Sheet = Mapping[str, Mapping[str, str]]


def parse(text: str) -> Sheet:
    """Quotation marks enclose what is no syntax; a rule that stands twice keeps its first place and its last words."""
    rules: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"([^{}]+)\{((?:'[^']*'|[^}'])*)\}", text):
        pairs = (part.split(":") for part in body.replace("'", "").split(";") if ":" in part)
        rules["".join(selector.split())] = {name.strip(): value.strip() for name, value, *_ in pairs}
    return rules


def drawn(sheet: Sheet, tag: str, classes: Sequence[str]) -> Mapping[str, str]:
    """Every rule whose classes all are there, in their order; the last word counts."""
    result: dict[str, str] = {}
    for selector, rule in sheet.items():
        own_tag, *own_classes = selector.split(".")
        if own_tag == tag and set(own_classes) <= set(classes):
            result |= rule
    return result


SHEET = parse(write_style())


def test_the_style_survives_the_parser_of_browser() -> None:
    assert {
        selector: {name: value.strip("'") for name, value in rule.items()} for selector, rule in style_rules().items()
    } == SHEET


def test_every_kind_has_a_place_in_the_precedence_and_a_colour() -> None:
    assert sorted(KIND_PRECEDENCE) == sorted(OrganizationKind)
    assert ORGANIZATION_FILLS.keys() == set(OrganizationKind)


def test_a_hyperscaler_with_chips_of_its_own_is_drawn_as_one_in_any_order_of_its_labels() -> None:
    labels = ["Organization", ENTITY, "ChipVendor", "AiLab", "Hyperscaler"]
    for order in itertools.permutations(labels):
        assert drawn(SHEET, "node", order)["color"] == ORGANIZATION_FILLS[OrganizationKind.HYPERSCALER]


@pytest.mark.slow
def test_organizations_of_the_facts_have_the_colour_of_their_first_kind(seeds_graph: Graph) -> None:
    for node in nodes_of(seeds_graph)["Organization"].values():
        kinds = node.columns.get("kinds", ())
        first = next((kind for kind in KIND_PRECEDENCE if kind in kinds), None)
        colour = ORGANIZATION_FILLS[first] if first else token("wash")
        labels = random.sample([ENTITY, node.label, *node.kinds], k=2 + len(node.kinds))
        assert drawn(SHEET, "node", labels)["color"] == colour, node.key


def test_each_label_has_colour_and_caption_so_that_browser_adds_no_rule_that_overrides() -> None:
    for label in (ENTITY, *STORED_LABELS, *MORE_LABELS):
        assert {"color", "caption", "text-color-internal"} <= SHEET[f"node.{label}"].keys(), label


def test_arrows_bear_what_a_link_is_about_and_other_relationships_their_own_word() -> None:
    assert {SHEET[f"relationship.{link_type}"]["caption"] for link_type in LINKS} == {"{caption}"}
    others = {one for label in LABELS for one in edge_types(label)}
    assert {SHEET[f"relationship.{one}"]["caption"] for one in others} == {
        one.lower().replace("_", " ") for one in others
    }


def test_a_contract_is_larger_with_more_megawatts() -> None:
    def diameter(mw: float) -> float:
        capacities = (Capacity(mw, CapacityBasis.CRITICAL_IT),)
        node = next(iter(_links_of(link("one", "host", "cloud", capacities=capacities))))
        return float(drawn(SHEET, "node", ["Link", *node.kinds])["diameter"].removesuffix("px"))

    sizes = [diameter(mw) for mw in (100, 101, 300, 301, 1000, 1001)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4


@pytest.mark.slow
def test_a_contract_has_the_colour_of_its_commitment_on_the_pages(seeds_graph: Graph) -> None:
    contract = nodes_of(seeds_graph)["Link"]["iren-microsoft-cloud"]
    commitment = next(one for one in contract.kinds if one.startswith("Commitment"))
    assert drawn(SHEET, "node", ["Link", *contract.kinds])["color"] == token(
        commitment.removeprefix("Commitment").lower()
    )


def test_an_arrow_says_megawatts_or_dollars_or_else_what_it_is() -> None:
    sixty = (Capacity(60, CapacityBasis.UNSTATED),)
    assert arrow_caption(link("one", "host", "cloud", capacities=sixty, value=Money(7e9))) == "60 MW unstated"
    assert arrow_caption(link("one", "host", "cloud", value=Money(7e9))) == "7 bn USD"
    assert arrow_caption(link("one", "host", "cloud")) == "provides capacity"
    assert arrow_caption(link("one", "host", "cloud", value=Money(7e9), in_force=False)) == "7 bn USD (lapsed)"


def _links_of(*rows: Row) -> Iterator[Node]:
    for row in rows:
        yield Node("Link", row.key, row.columns, link_labels(row))


# ---- colours


def test_names_are_legible_on_every_circle() -> None:
    for selector, rule in SHEET.items():
        if selector.startswith("node"):
            assert contrast(rule["color"], rule["text-color-internal"]) >= 4.5, selector


@pytest.mark.parametrize("vision", VISIONS)
def test_kinds_are_apart_for_all_eyes(vision: str) -> None:
    """By CIE 1976; 2.3 is a just noticeable difference."""
    fills = [*ORGANIZATION_FILLS.values(), *(token(one.lower()) for one in Firmness if one is not Firmness.UNSTATED)]
    seen = [lab(fill, vision) for fill in fills]
    kinds = len(ORGANIZATION_FILLS)
    pairs = [(a, b) for a, b in itertools.combinations(range(len(fills)), 2) if a < kinds]
    assert min(math.dist(seen[a], seen[b]) for a, b in pairs) >= 15


# ---- the guide

GUIDE = write_guide("http://127.0.0.1:8000")


def test_ten_slides_hold_every_query_once() -> None:
    assert GUIDE.count("<slide ") == len(SLIDES) == 10
    assert sorted(name for slide in SLIDES for name in slide.queries) == sorted(saved_queries())
    assert GUIDE.count('class="pre-scrollable code runnable"') == len(saved_queries())


def test_each_query_has_a_title_a_question_and_what_to_look_at() -> None:
    for query in saved_queries().values():
        assert query.title
        assert query.question.endswith("?")
        assert query.look_at.startswith("Look ")
        assert query.text.startswith(f"// {query.title}\n")
        assert not query.cypher.startswith("//")


def test_browser_takes_nothing_out_of_the_guide() -> None:
    """It removes scripts, addresses that are scripts, and whatever looks like the attribute of an event."""
    assert not re.search(r"<script|javascript:", GUIDE, re.IGNORECASE)
    assert not re.search(r"\s+(on[^\s=]+)[^\s=]*\s*=\s*(\"[^\"]*\"|'[^']*'|[\w\-.:]+\s*)", GUIDE, re.IGNORECASE)


def test_the_projection_of_the_documentation_is_the_saved_one() -> None:
    assert saved_queries()["gds_pagerank"].cypher in (PROJECT / "docs" / "neo4j.md").read_text(encoding="utf-8")
