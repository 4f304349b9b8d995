"""Names that would break a page, or lead its reader astray, are text on every page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.pages.catalog import PAGES
from tests import facts
from tests.pages.rendering import Elements, faults_of, visit_of, written
from tests.pages.small_world import small_index

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "template": "{{ 7 * 7 }}{% raw %}",
    "right to left": "\u05e9\u05dc\u05d5\u05dd (8) exe.",  # marks of direction are refused when facts are read
    "long": "x" * 300,
}
KEYS = {"Organization": "host", "Site": "campus", "Link": "lease", "Debt": "notes", "Source": "filing"}


@pytest.mark.parametrize("sort", HOSTILE)
async def test_a_hostile_name_is_harmless_on_every_page(sort: str, tmp_path: Path) -> None:
    name = HOSTILE[sort]
    quoted = json.dumps(name)
    index = await small_index(
        tmp_path,
        organizations=facts.ORGANIZATIONS.replace("Host Corp", quoted).replace("Cloud Inc", quoted),
        sites=facts.SITES.replace("Campus", quoted),
        sources=facts.SOURCES.replace("publisher: Regulator, title: A filing", f"publisher: {quoted}, title: {quoted}"),
        debts=facts.DEBTS,
        observations=facts.OBSERVATIONS,
    )
    tried = 0
    for page in PAGES:
        if page.label in KEYS and index.row(KEYS[page.label]) is not None:
            text = written(visit_of(page, index, KEYS[page.label]))
            tried += 1
            assert faults_of(text) == [], page.path
            assert "alert(1)" not in [value for _, attributes in Elements(text).found for value in attributes.values()]
            assert ">49<" not in text
            assert "<script>alert" not in text
    assert tried == len({page.label for page in PAGES} & KEYS.keys())
