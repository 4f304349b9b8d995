"""Watch lists: how they read, what is news of them, and their feeds as a reader takes them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import httpx
import pytest

from api.app import create_app
from graph.evidence.lens import DEFAULT_LENS
from graph.exports.json import render_json as json_text
from graph.publication.editions import DESCRIPTOR, STAMP, EditionStamp
from graph.publication.figures import read_figure
from graph.publication.watching import Became, WatchReport, watch
from graph.publication.watchlists import BadWatchList, list_names, read_watch_list
from graph.reports.watch import ATOM, render_atom, render_json, render_markdown
from graph.settings import Settings, read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.command import run_command
from tests.facts import lens
from tests.pages.conftest import client_over

SINCE = lens("2026-02-15", "2026-02-15")
HOSTILE = "<script>alert(1)</script> & \\u0007=1+1"
"""With a bell, as YAML writes it in double quotes."""
_LEASE = """
- id: {id}
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {{says: {{announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM, {says}}}, sources: [filing],
       confidence: high}}
"""
LINKS = (
    _LEASE.format(id="moved", says="value_usd: 100, service_from: '2026-03-01'")
    + "    - {says: {service_from: '2026-09-01'}, sources: [late], confidence: high, as_of: '2026-06-01'}\n"
    + _LEASE.format(id="ended", says="effective_to: '2026-05-31'")
    + _LEASE.format(id="grown", says="value_usd: 100")
    + "    - {says: {value_usd: 120}, sources: [late], confidence: high, as_of: '2026-06-01'}\n"
    + _LEASE.format(id="steady", says="value_usd: 7")
    + _LEASE.format(id="signed", says="value_usd: 9").replace("2026-01-10", "2026-06-20").replace("filing", "late")
)
"""Of Host Corp since 15 February, by what became known on 20 June: a service that starts later, an agreement that ends
on 31 May, a value that has grown, one that stays, one that is new."""
LIST = """
- title: Both
  organizations: [lab, host]
- organizations: [cloud]
  types: [LENDS_TO]
"""


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "both.yaml").write_text(LIST, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStore]:
    folder = tmp_path_factory.mktemp("watched")
    organizations = facts.ORGANIZATIONS.replace("name: Host Corp", f'name: "Host {HOSTILE}"'.replace("\\u0007", ""))
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder, links_provides_capacity=LINKS, organizations=organizations))
    yield store
    await store.close()


@pytest.fixture(scope="module")
async def report(store: EmbeddedStore, lists: Path) -> WatchReport:
    return await watch(store, read_watch_list(lists, "both"), SINCE, DEFAULT_LENS)


def test_what_became_of_each_row_and_on_which_day_of_the_facts(report: WatchReport) -> None:
    """The customer is watched for loans alone, and of the laboratory there is nothing."""
    assert [news.key for news in report.news] == ["host"]
    assert {row.key: (row.became, row.day) for row in report.news[0].rows if row.label == "Link"} == {
        "signed": (Became.NEW, date(2026, 6, 20)),
        "ended": (Became.LAPSED, date(2026, 5, 31)),
        "moved": (Became.SLIPPED, date(2026, 9, 1)),
        "grown": (Became.CHANGED, date(2026, 6, 20)),
    }
    labels = [row.label for row in report.news[0].rows]
    assert labels[:4] == ["Link"] * 4, "contracts first"


def test_markdown_and_json_say_the_same(report: WatchReport) -> None:
    text, data = render_markdown(report), json.loads(render_json(report))
    assert "service from: 2026-03-01" not in text, "a planned start that moved is told once"
    assert "planned start: 2026-03-01 → 2026-09-01 (known since 2026-06-20)" in text
    assert "value: USD 100 → USD 120 (new in the world and known since)" in text
    assert "<script>" not in text
    [organization] = data["organizations"]
    assert {row["key"]: row["became"] for row in organization["rows"] if row["label"] == "Link"}["ended"] == "LAPSED"
    [grown] = [change for row in organization["rows"] if row["key"] == "grown" for change in row["changes"]]
    assert [id.partition("-")[0] for id in grown["figures"]] == ["/figures/grown:value:2026"] * 2
    assert [read_figure(id.removeprefix("/figures/")).value for id in grown["figures"]] == ["100USD", "120USD"]
    assert (data["before"]["knownOn"], data["after"]["knownOn"]) == ("2026-02-15", "2026-11-30")


def _entries(feed: ElementTree.Element) -> list[ElementTree.Element]:
    return feed.findall(f"{{{ATOM}}}entry")


def _only(parent: ElementTree.Element, name: str) -> str:
    [element] = parent.findall(f"{{{ATOM}}}{name}")
    return element.text or ""


def test_the_feed_has_what_rfc_4287_asks_for(report: WatchReport) -> None:
    """4.1.1 and 4.1.2: exactly one id, title and updated, an author; ids are IRIs and stand once; a link or content."""
    feed = ElementTree.fromstring(render_atom(report, "https://example.org"))  # noqa: S314 (written here)
    assert feed.tag == f"{{{ATOM}}}feed"
    assert _only(feed.find(f"{{{ATOM}}}author"), "name") == "Wattgraph"  # type: ignore[arg-type]  # it is there
    parts = [feed, *_entries(feed)]
    ids = [_only(part, "id") for part in parts]
    assert len(set(ids)) == len(ids) == len(report.rows) + 1
    assert all(id.startswith("urn:uuid:") for id in ids)
    assert all(_only(part, "title") for part in parts)
    moments = [datetime.fromisoformat(_only(part, "updated")) for part in parts]
    assert moments[0] == max(moments[1:])
    assert moments[1:] == sorted(moments[1:], reverse=True)
    links = [(one.get("rel"), one.get("href")) for part in parts for one in part.findall(f"{{{ATOM}}}link")]
    assert links[0] == ("self", "https://example.org/feeds/both.atom")
    pages = [href for rel, href in links if rel == "alternate"]
    assert {"/links/moved", "/links/ended", "/links/grown", "/links/signed"} <= set(pages)
    assert len(pages) == len(report.rows)
    assert {one.tag.rpartition("}")[2] for one in feed.iter()} <= {
        *("feed", "id", "title", "subtitle", "updated", "link", "author", "name", "rights", "entry", "category"),
        "content",
    }


def test_a_reader_of_feeds_takes_it_as_it_is(report: WatchReport) -> None:
    """feedparser, which is lenient, tells of what it had to mend."""
    read = feedparser.parse(render_atom(report, "https://example.org").encode())
    assert (read.bozo, read.version) == (False, "atom10"), read.get("bozo_exception")
    assert [one.href for one in read.feed.links if one.rel == "self"] == ["https://example.org/feeds/both.atom"]
    assert len({entry.id for entry in read.entries}) == len(report.rows) > 0
    assert all(entry.title and entry.updated_parsed and entry.content[0].value for entry in read.entries)
    assert "https://example.org/links/grown" in {entry.link for entry in read.entries}


async def test_the_same_facts_give_the_same_feed_on_another_day(
    store: EmbeddedStore, lists: Path, report: WatchReport, tmp_path: Path
) -> None:
    other = await EmbeddedStore.open(tmp_path / "data", clock=lambda: date(2026, 12, 5))
    await other.load(await store.log())
    later = await watch(other, read_watch_list(lists, "both"), SINCE, DEFAULT_LENS)
    assert render_atom(later) == render_atom(report)
    await other.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- organisations: [host]", "bad.yaml:1: unknown key 'organisations', in entry 1"),
        ("- title: x\n", "bad.yaml:1: no organizations, in entry 1"),
        ("- organizations: [host]\n  types:\n    - HOSTS", "bad.yaml:3: 'HOSTS' is not a known link type"),
        ("- organizations: [Host Corp]", "bad.yaml:1: "),
        ("- organizations: [host", "bad.yaml:"),
        ("", "bad.yaml:1: the list names nobody"),
        (
            "- organizations:\n    - host\n    - hosst",
            "bad.yaml:3: no organization hosst, in organizations, Did you mean host?",
        ),
    ],
)
async def test_what_is_wrong_with_a_list_is_told_with_file_and_line(
    text: str, problem: str, store: EmbeddedStore, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadWatchList) as raised:
        await watch(store, read_watch_list(tmp_path, "bad"), SINCE, DEFAULT_LENS)
    assert raised.value.message.startswith(problem)


@pytest.mark.parametrize("name", ["nobody", "../both", "..", "/etc/passwd", "a b"])
def test_a_list_that_is_not_there_is_told_with_those_that_are(name: str, lists: Path) -> None:
    with pytest.raises(BadWatchList, match="There is no watch list"):
        read_watch_list(lists, name)


@pytest.fixture(scope="module")
async def client(store: EmbeddedStore, lists: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_over(create_app(read_settings(watch=lists), store)) as client:
        yield client


async def test_a_service_has_each_list_as_a_feed(client: httpx.AsyncClient, report: WatchReport) -> None:
    listed = (await client.get("/feeds")).json()["feeds"]
    page = await client.get("/feeds", headers={"accept": "text/html"})
    assert (page.status_code, '<a href="/feeds/both.atom">atom</a>' in page.text) == (200, True)
    assert listed == [{"name": "both", "formats": {one: f"/feeds/both.{one}" for one in ("atom", "json", "md")}}]
    feed = await client.get("/feeds/both.atom?since=2026-02-15")
    assert (feed.status_code, feed.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    assert feed.text == render_atom(report, str(client.base_url).rstrip("/"))
    again = await client.get("/feeds/both.atom?since=2026-02-15", headers={"If-None-Match": feed.headers["etag"]})
    assert again.status_code == 304
    assert (await client.get("/feeds/both.json?since=2026-02-15")).json() == json.loads(render_json(report))
    assert _entries(ElementTree.fromstring((await client.get("/feeds/both.atom")).text)) != []  # noqa: S314 (our own)
    answers = [await client.get(f"/feeds/{one}") for one in ("nobody.atom", "both.rss", "both", "..%2fboth.atom")]
    assert [one.status_code for one in answers] == [404] * 4
    wrong = [await client.get(f"/feeds/both.atom?since={one}") for one in ("yesterday", "2027-01-01")]
    assert [one.status_code for one in wrong] == [400, 400]


async def test_who_may_not_read_gets_no_feed(store: EmbeddedStore, lists: Path) -> None:
    async with client_over(create_app(read_settings(watch=lists, public_reading=False), store)) as client:
        answers = [await client.get(address) for address in ("/feeds", "/feeds/both.atom")]
    assert [one.status_code for one in answers] == [401, 401]


def test_the_command_takes_a_day_or_an_edition(tmp_path: Path, lists: Path) -> None:
    data, edition = tmp_path / "data", tmp_path / "edition"
    seeds = str(facts.write(tmp_path, links_provides_capacity=LINKS))
    edition.mkdir()
    (edition / DESCRIPTOR).write_text(json_text({STAMP: EditionStamp("x", SINCE).to_json()}), encoding="utf-8")
    options = {"WATTGRAPH_SEEDS": seeds, "WATTGRAPH_WATCH": str(lists)}
    assert run_command(data, "load", **options).returncode == 0
    day, folder = (
        run_command(data, "watch", "both", "--since", since, **options) for since in ("2026-02-15", str(edition))
    )
    assert (day.returncode, folder.returncode) == (0, 0), day.stderr + folder.stderr
    assert day.stdout == folder.stdout
    assert day.stdout.startswith("# Both: what is new")
    unknown = run_command(data, "watch", "nobody", "--since", "2026-02-15", **options)
    assert (unknown.returncode, "There are both." in unknown.stderr) == (1, True)


def test_the_lists_that_come_along_name_organizations_of_the_facts(seeds_graph: object) -> None:
    folder = Settings.model_fields["watch"].default
    assert list_names(folder) == ["labs", "miners"]
    organizations = seeds_graph.rows["Organization"]  # type: ignore[attr-defined]  # a projection
    for name in list_names(folder):
        assert set(read_watch_list(folder, name).organizations) <= organizations.keys()
