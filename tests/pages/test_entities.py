"""Pages of sites, chips, deals, debts and sources: what they show is what the facts say, and what programs get."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from api.pages import chip, deal, debt, site, source
from api.pages.entity import EntityView
from api.pages.fact_index import FactIndex
from api.pages.page import HtmlPage
from api.pages.source import SourceView
from graph.comparison.standing import ValueStanding
from tests.pages.conftest import Look
from tests.pages.rendering import visit_of, written


def _view(page: HtmlPage, index: FactIndex, key: str) -> EntityView:
    view: EntityView = page.view(visit_of(page, index, key))
    return view


def _keys(view: EntityView) -> dict[str, tuple[str, str]]:
    """The figures at the head, by label, with their units."""
    return {one.label: (one.figure.text, one.unit) for one in view.head.keys}


def _lead(view: EntityView) -> str:
    return "".join(part.party.name if part.party else part.text for part in view.head.lead)


def test_a_site_shows_megawatts_by_basis_and_counts_a_chain_of_leases_once(index: FactIndex) -> None:
    # 245 MW go from Hut 8 to Fluidstack to Anthropic, both in the layer of buildings; 1,000 MW are a first offer
    view = _view(site.PAGE, index, "river-bend")
    keys = _keys(view)
    assert keys["Critical IT, stated"] == ("245", "MW")
    assert keys["Gross, stated"] == ("330", "MW")
    assert keys["Critical IT, let out, firm"] == ("245", "MW")
    [group] = view.sections[0].table.groups
    assert [line.key for line in group.rest] == ["hut8-fluidstack-river-bend-rofo"]
    assert group.sums is not None
    assert [one.text for one in group.sums.megawatts.values()] == ["245"]
    assert "In 2 firm contracts 245 MW of critical IT load are let out to Anthropic and Fluidstack." in _lead(view)


def test_a_site_draws_its_contracts_in_time_and_its_place_in_the_chain(index: FactIndex) -> None:
    view = _view(site.PAGE, index, "river-bend")
    assert [one.id for one in view.pictures] == ["time", "chain"]
    for picture in (view.pictures[0].wide, view.pictures[0].narrow):
        assert "245 MW critical IT, 7.00 bn USD, 15 years" in re.sub("</?a[^>]*>", "", picture)
        assert re.search(r'<a href="/figures/[^"]+:7000000000USD:[^"]+" tabindex="-1">7.00 bn USD</a>', picture)
    assert all(name in view.pictures[1].wide for name in ("Entergy", "Fluidstack", "Anthropic"))


def test_of_a_chip_nothing_is_added_since_a_contract_may_be_about_several(index: FactIndex) -> None:
    view = _view(chip.PAGE, index, "gb300")
    assert "made by Nvidia" in _lead(view)
    assert [group.sums for one in view.sections for group in one.table.groups if group.sums] == []
    [counts] = view.pictures
    alone = {link.key for link in index.links.values() if link.columns.get("chips") == ["gb300"] and link["chip_count"]}
    assert len(alone) == counts.wide.count("<rect")
    assert "≤ 600,000" in counts.wide


def test_a_deal_keeps_kinds_of_links_apart_and_a_guarantee_out_of_sums(index: FactIndex) -> None:
    view = _view(deal.PAGE, index, "hut8-river-bend-2025")
    assert [one.title for one in view.sections] == ["Capacity", "Power", "Loans", "Guarantees", "Partners with"]
    keys = _keys(view)
    assert keys["Critical IT, firm"] == ("245", "MW")
    assert keys["Base-term value, firm"] == ("7.00", "bn USD")  # not the 7 and 2 bn that Alphabet guarantees
    assert keys["Links"] == ("9", "")


def test_a_debt_shows_its_terms_and_what_secures_it(index: FactIndex) -> None:
    view = _view(debt.PAGE, index, "cipher-notes-barber-lake-2025-11")
    assert _keys(view) == {
        "Principal or limit": ("1.40", "bn USD"),
        "Coupon": ("7.125", "%"),
        "Issued": ("13 Nov 2025", ""),
        "Falls due": ("15 Nov 2030", ""),
    }
    assert _lead(view).startswith("Cipher Digital owes 1.40 bn USD at 7.125 %, issued 13 Nov 2025, due 15 Nov 2030")
    assert [(one.id, [line.key for line in one.table.lines]) for one in view.sections] == [
        ("loans", ["morgan-stanley-cipher-notes-2025"]),
        ("security", ["cipher-fluidstack-barber-lake-1"]),
    ]
    assert "Principal or limit" in {line.label for line in view.properties}


def test_a_debt_that_has_ended_or_is_planned_is_not_called_owed(index: FactIndex) -> None:
    for row in (row for row in index.entities.values() if row.label == "Debt"):
        lead, said = _lead(_view(debt.PAGE, index, row.key)), row.columns.get("status")
        ended = said in ("SUPERSEDED", "TERMINATED", "EXPIRED", "LAPSED", "REJECTED")
        owes, may_draw = ((" owes ", " may draw up to "), (" owed ", " could draw up to "))[ended]
        verb = may_draw if row.columns["instrument"] == "CREDIT_FACILITY" else owes
        assert (verb if row["issued"] or ended else " plans, or is said, to borrow ") in lead, row.key


def test_a_source_shows_each_of_its_statements_and_what_became_of_it(index: FactIndex) -> None:
    view: SourceView = source.PAGE.view(visit_of(source.PAGE, index, "sec-hut-20251217"))
    lines = [line for of_row in view.said for line in of_row.lines]
    statements = index.statements_by("sec-hut-20251217")
    assert len(lines) == len(statements)
    shown = sum(bool(row.columns["chosen"]) for row in statements)
    assert sum(line.standing is ValueStanding.SHOWN for line in lines) == shown
    lead = "".join(part.text for part in view.lead)
    assert lead.startswith(f"It is cited by {len(statements)} statements about {len(view.said)} rows: {shown} are")
    [earlier] = [line for line in lines if line.why and line.standing is ValueStanding.EARLIER][:1]
    assert "the later moment holds" in earlier.why


def test_reprints_of_one_original_are_named_as_one_voice(index: FactIndex) -> None:
    origins = [row.columns["origin"] for row in index.sources.values()]
    shared = next(row for row in index.sources.values() if origins.count(row.columns["origin"]) > 1)
    view: SourceView = source.PAGE.view(visit_of(source.PAGE, index, shared.key))
    assert len(view.reprints) == origins.count(shared.columns["origin"]) - 1
    assert "They count as one voice." in written(visit_of(source.PAGE, index, shared.key))


@pytest.mark.parametrize(
    "path",
    [
        "/sites/river-bend",
        "/chips/gb300",
        "/deals/hut8-river-bend-2025",
        "/debts/cipher-notes-barber-lake-2025-11",
        "/sources/sec-hut-20251217",
    ],
)
async def test_a_program_gets_what_the_page_shows(path: str, client: httpx.AsyncClient, look: Look) -> None:
    page, answer = await look(path), await client.get(path)
    assert (page.status_code, answer.status_code) == (200, 200)
    assert "errors" not in answer.json()
    [row] = answer.json()["data"]["graph"].values()
    assert row["key"] == path.rpartition("/")[2]
    listed = set(re.findall(r'class="own" href="/links/([^"?#]+)', page.text))
    links = [*row.get("links", {}).get("nodes", []), *row.get("securedBy", [])]
    assert listed <= {link["key"] for link in links}
    said = {one["property"] for one in row["statements"]["nodes"]}
    assert said
    text = unescape(page.text)
    assert all(f'id="{name}"' in text for name in said) or path.startswith("/sources")


@pytest.mark.parametrize("path", ["/sites/nothing", "/chips/nothing", "/deals/x", "/debts/x", "/sources/nothing"])
async def test_what_is_not_there_is_said_so(path: str, client: httpx.AsyncClient, look: Look) -> None:
    assert (await look(path)).status_code == (await client.get(path)).status_code == 404


def test_a_facility_is_a_limit_that_may_be_drawn(index: FactIndex) -> None:
    view = _view(debt.PAGE, index, "hut8-revolver-2026-09")
    assert _lead(view).startswith("Hut 8 may draw up to 1.07 bn USD, issued 28 Sep 2026")
    [principal] = [one.below for one in view.head.keys if one.label == "Principal or limit"]
    assert principal == "a limit, drawn or not"
