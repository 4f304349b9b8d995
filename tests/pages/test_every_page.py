"""Every site, chip, deal, debt and source of the facts has a page that can be made and read."""

from __future__ import annotations

import re

import pytest

from api.pages.catalog import PAGES
from api.pages.fact_index import FactIndex
from tests.pages.rendering import faults_of, visit_of, written

SOURCES_STEP = 12
"""One of so many sources is tried: there are a thousand, and their pages are alike."""
PAGE_OF = {page.label: page for page in PAGES if page.label}


def _keys(index: FactIndex, label: str) -> list[str]:
    if label == "Source":
        return sorted(index.sources)[::SOURCES_STEP]
    return [key for key, row in index.entities.items() if row.label == label]


def _gaps(page: str) -> list[str]:
    """Words that say that something is missing, and headings and links without a text."""
    words = re.sub(r"<pre.*?</pre>|<[^>]*>", " ", page, flags=re.DOTALL)
    # days are written 30 Sep 2025, but in texts of others
    own = re.sub(r"<bdi>.*?</bdi>|<pre.*?</pre>|<code.*?</code>|<[^>]*>", " ", page, flags=re.DOTALL)
    faults = re.findall(r"20\d\d-[01]\d-[0-3]\d", own) + re.findall(r"(critical IT|gross|not stated)\)? \1", words)
    faults += re.findall(r'<h[123][^>]*>\s*</h|<a href="">', page)
    return faults + re.findall(r"\bNone\b|\{\{|\bnan\b|\( *\)", words)


@pytest.mark.parametrize("label", ["Site", "Chip", "Deal", "Debt", "Source"])
@pytest.mark.slow
def test_each_row_has_a_page_without_gaps_and_faults(label: str, index: FactIndex) -> None:
    pages = {key: written(visit_of(PAGE_OF[label], index, key)) for key in _keys(index, label)}
    assert pages
    assert {key: gaps for key, page in pages.items() if (gaps := _gaps(page))} == {}
    assert {key: faults for key, page in pages.items() if (faults := faults_of(page))} == {}
