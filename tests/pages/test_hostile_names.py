"""Names that would break a page, or lead its reader astray, are text on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.app import create_app
from api.pages.catalog import PAGES
from graph.reports.catalog import REPORTS
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.pages.conftest import BROWSER, client_over
from tests.pages.rendering import Elements, faults_of, visit_of, written
from tests.pages.small_world import HOSTILE_KEYS, hostile_world, small_index
from tests.pages.test_who_may_read import OPEN, POSTED, http_paths

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


# ---- every address of the service, by its routes

NAME = '<script>alert(1)</script>" onload="alert(1)'
QUERIES: Mapping[str, str] = {
    "/search": "?q=script",
    "/statements": "?subject=lease&property=to",
    "/compare": "?before=2026-01-01&after=2026-11-30",
    "/graphql": "?query={organizations{nodes{name}}}",
}
REPORT_INPUTS = {"organization": "host"}
ELSEWHERE: Mapping[str, str] = {
    "/charts/{address}": "an address is copied from a page: tests/publication, tests/exports/test_charts.py",
    "/exports/{name}": "files for programs, none of which a browser shows: tests/exports",
    "/figures/{address}": "an address is copied from a page: here, from the page of the organization",
    "/graphiql/{name}": "files of the editor",
    "/static/{folder}/{name}": "styles, scripts and the font",
    "/browser/queries/{name}.cypher": "queries of ours",
}
"""Routes that are not walked by themselves, and why."""


def _addresses(path: str) -> Iterator[str]:
    page = next((page for page in PAGES if page.path == path), None)
    if path == "/reports/{address}":
        for report in REPORTS.values():
            inputs = "&".join(f"{name}={REPORT_INPUTS[name]}" for name in report.required_inputs)
            yield f"/reports/{report.name}.html?{inputs}"
    elif path == "/feeds/{address}":
        yield "/feeds/all.atom?since=2026-01-01"
    elif page is not None or "{" not in path:
        key = HOSTILE_KEYS.get(page.label, "") if page else ""
        yield path.replace("{key}", key) + QUERIES.get(path, "")


def _is_read_by_a_browser(media_type: str) -> bool:
    return media_type.partition(";")[0] in ("text/html", "image/svg+xml", "application/atom+xml", "application/xml")


@pytest.mark.slow
async def test_a_hostile_name_is_harmless_at_every_address_of_the_service(tmp_path: Path) -> None:
    """Reports, the graph as SVG, feeds and living figures too; a route that is new must be walked, or say why not."""
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path, **hostile_world(NAME)))
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "all.yaml").write_text("- title: All\n  organizations: [host, cloud]\n", encoding="utf-8")
    app = create_app(read_settings(allowed_hosts=["localhost"], watch=tmp_path / "watch"), store)
    named, figures, shown = set[str](), set[str](), 0
    async with client_over(app) as client:
        paths = [path for path in http_paths(app) if path not in POSTED]
        walked = {path: list(_addresses(path)) for path in paths}
        rows = await (await store.reader()).rows("Statement")
        about_it = sorted(key for key, row in rows.items() if row.columns["subject"] == "host")
        walked["/statements/{key}"] = [f"/statements/{key}" for key in about_it[:2]]
        assert {path for path, addresses in walked.items() if not addresses} == ELSEWHERE.keys()
        for path, addresses in walked.items():
            for address in addresses:
                answer = await client.get(address, headers=BROWSER)
                assert answer.status_code == 200, (address, answer.text[:300])
                if _is_read_by_a_browser(answer.headers["content-type"]):
                    _is_harmless(address, answer.text)
                    shown += 1
                    named |= {path} if "alert(1)" in answer.text else set()
                    figures |= set(re.findall(r'href="(/figures/[^"]+)"', answer.text))
        for address in sorted(figures)[:: max(len(figures) // 8, 1)]:
            for suffix in ("", ".svg"):
                answer = await client.get(address + suffix, headers=BROWSER)
                assert answer.status_code == 200, address
                _is_harmless(address, answer.text)
    await store.close()
    assert shown > 20
    assert figures
    assert {page.path for page in PAGES} | {"/reports/{address}", "/graph.svg", "/feeds/{address}"} <= named
    assert OPEN.keys() <= set(paths)


def _is_harmless(address: str, text: str) -> None:
    assert "<script>alert" not in text, address
    if not text.startswith("<?xml") and not text.startswith("<svg"):
        attributes = [own for _, all_of_it in Elements(text).found for own in all_of_it]
        assert [own for own in attributes if own.startswith("on")] == [], address
    else:
        tags = [one.tag for one in ElementTree.fromstring(text).iter()]  # noqa: S314 (our own)
        assert "script" not in {tag.rpartition("}")[2] for tag in tags}, address
