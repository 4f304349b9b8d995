"""Each number in the text of a page or a report has an address: an inventory of all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from fastapi import FastAPI

from api.pages.fact_index import FactIndex
from graph.reports.catalog import REPORTS
from tests.budgets import cases
from tests.numbers import page_numbers
from tests.pages.conftest import Look

PAGES = (
    "/",
    *(f"/organizations/{key}" for key in ("hut8", "nvidia")),
    "/sites/abernathy",
    "/chips/b200",
    "/deals/abilene-2025",
    "/debts/abernathy-notes-2025-12",
    "/links",
    "/links/iren-microsoft-cloud",
    "/sources/36kr-fluidstack",
    "/statements?subject=iren-microsoft-cloud&property=value",
    "/graph",
    "/exports",
    "/compare?before=2026-09-30&after=2026-11-30",
    "/search?q=power",
    "/search?q=no-such-thing",
    "/figures/akamai-anthropic:value:2026-06-30:1800000000USD:2-c00556",
    "/feeds",
)
SHORT = ("comparables", "debt", "guarantees")
"""Reports that are made at once."""


@pytest.fixture(scope="module")
def names(index: FactIndex) -> frozenset[str]:
    """Names in which a number is a part: Hut 8."""
    rows = (*index.entities.values(), *index.sources.values())
    stated = (str(row.columns.get("name") or row.columns.get("title") or "") for row in rows)
    return frozenset(name for name in stated if re.search("[0-9]", name))


def _without_address(page: str, names: frozenset[str]) -> list[str]:
    return [f"{one.number} in {one.text[:80]!r} ({one.path})" for one in page_numbers(page, names) if not one.addressed]


async def _offenders(look: Look, addresses: Iterable[str], names: frozenset[str]) -> dict[str, list[str]]:
    pages = {address: await look(address) for address in addresses}
    assert {address: page.status_code for address, page in pages.items() if page.status_code != 200} == {}
    found = {address: _without_address(page.text, names) for address, page in pages.items()}
    return {address: offenders for address, offenders in found.items() if offenders}


@pytest.mark.slow
async def test_each_number_of_a_page_has_an_address(app: FastAPI, look: Look, names: frozenset[str]) -> None:
    assert await _offenders(look, PAGES, names) == {}


@pytest.mark.audited
@pytest.mark.slow
async def test_each_number_of_a_report_has_an_address(look: Look, names: frozenset[str]) -> None:
    tried = [*SHORT, *sorted(REPORTS.keys() - set(SHORT))][: cases(len(SHORT), len(REPORTS))]
    query = {name: "?organization=hut8" if one.required_inputs else "" for name, one in REPORTS.items()}
    assert await _offenders(look, [f"/reports/{name}{query[name]}" for name in tried], names) == {}


@pytest.mark.parametrize(
    ("page", "offenders"),
    [
        ("<p>in 3 contracts</p>", ["3"]),
        ('<p>in <a href="/figures/x">3</a> contracts of 4</p>', ["4"]),
        ('<details class="fig"><summary>5</summary><a href="/figures/x">a</a></details>', []),
        ('<details class="fig"><summary>5</summary></details>', ["5"]),
        ('<svg><text class="level">20 %</text><text>7 MW</text></svg>', ["7"]),
        ("<bdi>Hut 8</bdi><p>2026-06-30, Q3 2026, GB300, the 2nd</p>", []),
    ],
)
def test_what_has_no_address_is_found(page: str, offenders: list[str]) -> None:
    assert [one.number for one in page_numbers(page) if not one.addressed] == offenders
