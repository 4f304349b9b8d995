"""Private facts over HTTP: who sees them, how they are marked, and that nobody else's answer holds a trace of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.agents.calls import ToolCalls
from api.agents.tools import tools
from api.app import create_app
from api.context.auth import OWNER
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from api.pages.catalog import PAGES
from graph.audit.tokens import TokenScope
from graph.errors import WattgraphError
from graph.evidence.lens import Lens
from graph.exports.dataset.formats import dataset_files
from graph.reports.catalog import REPORTS
from graph.settings import PROJECT, read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.writers import token_of
from tests.overlay import CANARY, FIGURES, overlay_in

DOCUMENTS = sorted((PROJECT / "tests" / "queries").glob("*.graphql"))
FORMATS = ("html", "md")
"""In which every report is asked for; one in all."""
OF_ROWS = {"Organization": "host", "Site": "campus", "Link": "lease", "Source": "filing", "Debt": "notes"}
"""A row of each label that the small world has, for the pages of it."""
PARAMETERS = {"/statements": "subject=lease&property=value", "/search": "q=host", "/compare": "before=2026-11-01"}
AGENT_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "find": {"text": "host"},
    "organization": {"organization": "host"},
    "link": {"link": "lease"},
    "path_exists": {"from": "host", "to": "cloud"},
    "paths": {"from": "host", "to": "cloud"},
    "exposure": {"organization": "host"},
    "changes": {"since": "2026-11-01"},
}
COUNT = "{ graph(lens: {overlay: true}) { sources { totalCount } } }"
RETRACT = 'mutation { retractStatement(id: "x", reason: "x", importKey: "x") { added } }'
WATCH_LIST = "- {title: Both, organizations: [host, cloud]}\n"
pytestmark = pytest.mark.slow
RIVAL = '{ links(where: {key: {eq: "lease"}}) { nodes { value { amount } } } dataVersion { id } }'


def _variables(document: Path) -> dict[str, Any]:
    path = document.with_suffix(".json")
    return dict(orjson.loads(path.read_bytes())) if path.exists() else {}


def _addresses() -> Iterator[str]:
    """What anybody may ask for that takes a lens."""
    for page in PAGES:
        if not page.label or page.label in OF_ROWS:
            path = page.path.replace("{key}", OF_ROWS.get(page.label, ""))
            query = PARAMETERS.get(page.path, "")
            yield from (f"{one}?{query}" for one in (path, *(f"{path}.{file.suffix}" for file in page.files)))
    for report in REPORTS.values():
        query = "organization=host" if report.required_inputs else ""
        for suffix in report.formats if report.name == "debt" else FORMATS:
            yield f"/reports/{report.name}{'' if suffix == 'html' else f'.{suffix}'}?{query}"
    yield from (f"/exports/{name}?" for name in FILES)


OF_NUMBERS = ("figures.csv", "figures.parquet")
"""Addresses of numbers, of which private facts have none."""
FILES = tuple(name for name in dataset_files() if name not in OF_NUMBERS)
ADDRESSES = tuple(_addresses())


def _private(address: str) -> str:
    return f"{address}{'' if address.endswith('?') else '&'}overlay=true"


OTHERS = (
    *("/", "/reports", "/exports", "/feeds", "/feeds/both.atom", "/feeds/both.json", "/feeds/both.md", "/readyz"),
    *("/organizations/hosst", "/links/leas", "/reports/dossier.md?organization=quokkanar", "/search?q=quokkana"),
    *("/organizations/host?excludeSources=quokkanarycall", "/organizations/host?scenario=none", "/graphiql"),
    *("/organizations/host.svg", "/figures/lease:value:2026-11-30,overlay=true:1000000000USD:2-000000"),
)
"""Also what does not take a lens, and what is not there: suggestions are made of what is."""
BROWSER = {"Accept": "text/html"}


@dataclass
class World:
    """The small world, its overlay, and what each has been answered: by what was asked, status, headers and content."""

    store: EmbeddedStore
    app: Any
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    owner: dict[str, bytes] = field(default_factory=dict)
    anybody: dict[str, Any] = field(default_factory=dict)
    untouched: dict[str, Any] = field(default_factory=dict)
    """What anybody is answered by a service that has no overlay."""
    logged: str = ""


@asynccontextmanager
async def _service(store: EmbeddedStore, watch: Path) -> AsyncIterator[Any]:
    app = create_app(read_settings(deadline=600, watch=watch), store)
    yield app
    await app.state.pages.works.finish()
    await app.state.pages.works.close()


def _client(app: Any, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The owner asks for everything first, so that all caches are warm; then anybody asks the same."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "watch").mkdir()
    (folder / "watch" / "both.yaml").write_text(WATCH_LIST, encoding="utf-8")
    handler = _Kept()
    logging.getLogger().addHandler(handler)
    others = {"debts": facts.DEBTS, "events": facts.EVENTS, "observations": facts.OBSERVATIONS}
    async with AsyncExitStack() as stack:
        overlay, clock = overlay_in(folder), lambda: facts.TODAY
        plain = await EmbeddedStore.open(folder / "data", clock)
        await plain.load(facts.log_of(folder, **others))
        store = await EmbeddedStore.open(folder / "data", clock, overlay=overlay)
        for opened in (plain, store):
            stack.push_async_callback(opened.close)
        app, bare = [await stack.enter_async_context(_service(one, folder / "watch")) for one in (store, plain)]
        made = World(store, app)
        for scope in TokenScope:
            made.clients[scope] = _client(app, Authorization=f"Bearer {(await token_of(store, scope))[1]}")
        made.clients["nobody"] = _client(app)
        await _warm(made)
        made.anybody = await _asked_by(made.clients["nobody"], app, store)
        made.untouched = await _asked_by(_client(bare), bare, plain)
        made.logged = handler.text
        yield made
    logging.getLogger().removeHandler(handler)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{self.format(record)}\n"


async def _warm(world: World) -> None:
    client = world.clients[TokenScope.OVERLAY]
    for address in ADDRESSES:
        answer = await _get(client, world.app, _private(address))
        assert answer.status_code in (200, 303), (address, answer.text)
        assert answer.headers["cache-control"] == "private, no-store", address
        world.owner[address] = answer.content
    for document in DOCUMENTS:
        lens, provider = Lens(overlay=True), world.app.state.provider
        request = GraphQLRequest(document.read_text(encoding="utf-8"), _variables(document), lens=lens)
        world.owner[document.name] = (await execute_request(provider, request, caller=OWNER)).json
    for address in OTHERS:
        await client.get(address)


async def _get(client: httpx.AsyncClient, app: Any, address: str) -> httpx.Response:
    """What a browser gets; of a page that lacks what is made in the background, what it gets then."""
    answer = await client.get(address, headers=BROWSER)
    if app.state.pages.works._tasks:
        await app.state.pages.works.finish()
        answer = await client.get(address, headers=BROWSER)
    return answer


OF_ONE_REQUEST = frozenset({"x-request-id", "ratelimit", "ratelimit-policy"})
"""Headers that no two answers have alike: a name of the request, what is left of a budget of time."""


def _headers(answer: httpx.Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.items() if name not in OF_ONE_REQUEST)


async def _asked_by(client: httpx.AsyncClient, app: Any, store: EmbeddedStore) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for address in (*ADDRESSES, *OTHERS):
        answer = await _get(client, app, address)
        answers[address] = answer.status_code, _headers(answer), answer.content
    for address in [page for page in (*ADDRESSES, *OTHERS) if "." not in page]:
        answer = await client.get(address)
        answers[f"{address} as JSON"] = answer.status_code, _headers(answer), answer.content
    for document in DOCUMENTS:
        body = {"query": document.read_text(encoding="utf-8"), "variables": _variables(document)}
        answer = await client.post("/graphql", json=body)
        answers[document.name] = answer.json()
    calls = ToolCalls(app.state.provider, app.state.settings)
    for name in tools():
        try:
            answers[name] = await calls.call(name, AGENT_ARGUMENTS.get(name, {}))
        except WattgraphError as problem:
            answers[name] = str(problem)
    return answers


def _without_notes(answer: Any) -> Any:
    """An answer of GraphQL without its notes: which of them come first, or at all beside an error, depends on how
    fields take turns."""
    if not isinstance(answer, dict) or "extensions" not in answer:
        return answer
    return answer | {"extensions": {name: one for name, one in answer["extensions"].items() if name != "notes"}}


# ---- nobody else's answer


def test_the_owner_is_shown_private_facts_nearly_everywhere(world: World) -> None:
    """Else the tests below would find nothing because there is nothing."""
    shown = {name for name, content in world.owner.items() if CANARY.encode() in content.lower()}
    assert len(shown & set(ADDRESSES)) > 0.6 * len(ADDRESSES)
    assert len(shown - set(ADDRESSES)) > 15  # documents that name no row of the facts, and no lens


def test_answers_to_others_are_those_of_a_service_without_an_overlay(world: World) -> None:
    assert len(world.anybody) > 200
    asked, untouched = [
        {name: _without_notes(one) for name, one in answers.items()} for answers in (world.anybody, world.untouched)
    ]
    assert [name for name, answer in asked.items() if answer != untouched[name]] == []


def test_no_answer_to_others_holds_a_private_text(world: World) -> None:
    for name, answer in world.anybody.items():
        text = repr(answer).lower().replace(CANARY[:-1], "") if "quokkana" in name else repr(answer).lower()
        assert CANARY not in text, name
        assert [figure for figure in FIGURES if figure in text.replace(",", "")] == [], name


def test_the_log_holds_none(world: World) -> None:
    assert CANARY not in world.logged.lower()


async def test_the_data_version_of_errors_is_the_public_one(world: World) -> None:
    """The last version that was read is told where a request is refused."""
    owner, nobody = world.clients[TokenScope.OVERLAY], world.clients["nobody"]
    await owner.post("/graphql", json={"query": COUNT})
    refused = (await nobody.post("/graphql", json={"query": "{ nothing }"})).json()
    assert refused["extensions"]["dataVersion"] == (await world.store.reader()).version.id


# ---- who may


async def test_only_the_scope_overlay_reads_private_facts(world: World) -> None:
    document = f"{{ graph(lens: {{overlay: true}}) {RIVAL.replace('dataVersion { id }', '')} }}"
    codes = {}
    for name, client in world.clients.items():
        answer = (await client.post("/graphql", json={"query": document})).json()
        codes[name] = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert codes == {"READER": ["FORBIDDEN"], "EDITOR": ["FORBIDDEN"], "OVERLAY": [], "nobody": ["FORBIDDEN"]}


async def test_a_refusal_says_what_is_needed_before_anybody_learns_whether_there_are_any(world: World) -> None:
    document = {"query": COUNT}
    without = create_app(read_settings(), await _bare_store(world))
    told = [(await _client(app).post("/graphql", json=document)).json()["errors"] for app in (world.app, without)]
    assert told[0] == told[1]
    assert told[0][0]["message"] == (
        "You may not read private facts. Send a token of scope OVERLAY (`wattgraph token create --scope overlay`), or "
        "leave `overlay` out of the lens."
    )


async def test_without_the_setting_the_owner_is_told_its_name(world: World) -> None:
    app = create_app(read_settings(), store := await _bare_store(world))
    client = _client(app, Authorization=f"Bearer {(await token_of(store, TokenScope.OVERLAY))[1]}")
    answer = await client.post("/graphql", json={"query": COUNT})
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "NO_OVERLAY"
    assert "WATTGRAPH_OVERLAY" in error["message"]


async def _bare_store(world: World) -> EmbeddedStore:
    """Another store over the same file, without the overlay."""
    store = EmbeddedStore(world.store._file, lambda: facts.TODAY)
    await store.reader()
    return store


async def test_pages_reports_and_exports_ask_for_a_token(world: World) -> None:
    for address in ADDRESSES:
        answers = [
            await world.clients[name].get(_private(address), headers=BROWSER | {"If-None-Match": "*"})
            for name in ("nobody", "READER", "EDITOR")
        ]
        assert [one.status_code for one in answers] == [401, 403, 403], address
        assert answers[0].headers["www-authenticate"].startswith("Basic")
        assert [CANARY in one.text.lower() for one in answers] == [False, False, False]


async def test_a_browser_sends_the_token_as_a_password_and_may_still_not_write(world: World) -> None:
    (_, text), page = await token_of(world.store, TokenScope.OVERLAY), "/organizations/host?overlay=true"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app), base_url="http://localhost", auth=("me", text)
    ) as browser:
        shown = await browser.get(page, headers=BROWSER)
        refused = await browser.post("/graphql", json={"query": RETRACT})
    assert shown.status_code == 200
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


# ---- how it is told and marked


async def test_an_answer_tells_its_own_data_version_and_nobody_keeps_it(world: World) -> None:
    public = (await world.store.reader()).version.id
    document = "{ dataVersion { id } graph(lens: {overlay: true}) { sources { totalCount } } }"
    answer = await world.clients[TokenScope.OVERLAY].post("/graphql", json={"query": document})
    assert answer.json()["extensions"]["dataVersion"] == answer.json()["data"]["dataVersion"]["id"] == public
    assert answer.json()["extensions"]["overlayVersion"] == world.store.overlay.version_over(public)
    assert "etag" not in answer.headers
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("private, no-store", "Accept, Authorization")


async def test_public_answers_of_the_owner_are_kept_like_those_of_others(world: World) -> None:
    answer = await world.clients[TokenScope.OVERLAY].post("/graphql", json={"query": RIVAL})
    assert answer.headers["cache-control"] == "no-cache"
    assert "overlayVersion" not in answer.json()["extensions"]


async def test_rows_statements_and_sources_say_that_they_are_private(world: World) -> None:
    document = """{ graph(lens: {overlay: true}) { lens { overlay }
      links { nodes { key overlay } } organization(key: "quokkanary-labs") { overlay } host: organization(key: "host") {
      overlay observations { nodes { key overlay } } }
      statements(subject: "lease", property: "value") { nodes { overlay source { key overlay } } }
      centrality(metric: DEGREE) { method { lens { overlay } } } } }"""
    answer = await world.clients[TokenScope.OVERLAY].post("/graphql", json={"query": document})
    graph = answer.json()["data"]["graph"]
    assert graph["links"]["nodes"] == [{"key": "lease", "overlay": True}, {"key": "quokkanary-lease", "overlay": True}]
    assert (graph["organization"]["overlay"], graph["host"]["overlay"]) == (True, False)
    assert {one["key"]: one["overlay"] for one in graph["host"]["observations"]["nodes"]} == {
        "backlog": False,
        "quokkanary-backlog": True,
    }
    assert [(one["overlay"], one["source"]) for one in graph["statements"]["nodes"]] == [
        (True, {"key": "quokkanary-call", "overlay": True}),
        (False, {"key": "filing", "overlay": False}),
    ]
    assert graph["lens"]["overlay"] is graph["centrality"]["method"]["lens"]["overlay"] is True


def _of(world: World, *beginnings: str) -> dict[str, str]:
    return {
        address: content.decode(errors="replace")
        for address, content in world.owner.items()
        if address.startswith(beginnings) and "." not in address
    }


def test_pages_say_it_above_and_beside_each_figure(world: World) -> None:
    pages = _of(world, "/?", "/organizations", "/links", "/sites", "/graph", "/compare", "/statements", "/sources")
    assert len(pages) > 7
    for address, page in pages.items():
        assert "Contains private facts: not for others." in page, address
        assert "/figures/" not in page, address
    assert b"This contains private facts: it is not for others." in world.owner["/graph.svg?"]
    marked = {address: page.count('<span class="pv">private</span>') - 1 for address, page in pages.items()}
    assert marked["/sites/campus?"] >= 1  # the value of the lease
    assert marked["/links/lease?"] >= 2  # its value, and the source of it
    assert marked["/organizations/host?"] >= 3  # two leases, and a debt
    assert 'computed; open how</span><span class="pv">private' in pages["/organizations/host?"]  # what they add to


async def test_programs_get_the_same_as_json(world: World) -> None:
    pages = _of(world, "/?", "/organizations", "/links", "/sites", "/graph", "/compare", "/statements", "/sources")
    for address in pages:
        answer = await world.clients[TokenScope.OVERLAY].get(_private(address), headers={"Accept": "application/json"})
        assert "errors" not in answer.json(), address
        assert "+private." in answer.json()["extensions"]["overlayVersion"], address
        assert answer.headers["cache-control"] == "private, no-store", address


def test_reports_say_it_first_and_cite_no_figure(world: World) -> None:
    reports = _of(world, "/reports/") | {name: text.decode() for name, text in world.owner.items() if ".md?" in name}
    assert len(reports) == 2 * len(REPORTS)
    for address, text in reports.items():
        assert "This contains private facts: it is not for others." in text, address
        assert "/figures/" not in text, address
    # the source of a private debt, and the lens
    said = {"bib": b"note = {private}", "csl.json": b'"note": "private"', "json": b'"overlay": true'}
    for suffix, part in said.items():
        assert part in world.owner[f"/reports/debt.{suffix}?"], suffix


async def test_exports_are_named_by_the_private_version_and_say_it(world: World) -> None:
    for name in FILES:
        answer = await world.clients[TokenScope.OVERLAY].head(f"/exports/{name}?overlay=true")
        assert "+private." in answer.headers["content-disposition"], name
    for name in ("wattgraph.graphml", "wattgraph.gexf", "wattgraph.ttl", "wattgraph.jsonl", "wattgraph.cypher"):
        assert b"This contains private facts" in world.owner[f"/exports/{name}?"], name


async def test_no_file_has_addresses_of_private_numbers(world: World) -> None:
    for asked in (*(f"{name}?" for name in OF_NUMBERS), "links.csv?figures=true&"):
        answer = await world.clients[TokenScope.OVERLAY].get(f"/exports/{asked}overlay=true")
        assert (answer.status_code, "Private facts have no addresses" in answer.text) == (400, True), asked


async def test_the_door_for_agents_has_no_such_argument(world: World) -> None:
    calls = ToolCalls(world.app.state.provider, world.app.state.settings)
    for name in tools():
        with pytest.raises(WattgraphError, match='No argument "overlay"'):
            await calls.call(name, {**AGENT_ARGUMENTS.get(name, {}), "overlay": True})
