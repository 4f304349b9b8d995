"""Writing over the API: records like those of the seeds, all or nothing, once, and kept."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import permutations
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from neo4j import AsyncGraphDatabase

from graph.audit.journal import Action
from graph.audit.tokens import TokenScope
from graph.errors import RecordErrors
from graph.evidence.log import StatementLog
from graph.evidence.statements import Entered
from graph.seeding.reader import read_records, read_seeds
from graph.seeding.writer import export_statements
from graph.settings import read_settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.api.writers import ADD, Client, editor, token_of
from tests.budgets import MANY
from tests.command import run_command
from tests.neo4j_fixture import emptied
from tests.server import Server, running_server

Small = Callable[..., Awaitable[EmbeddedStore]]

SOURCE = {
    "type": "Source",
    "id": "wire",
    "url": "https://example.org/wire",
    "publisher": "Wire",
    "published": "2026-03-01",
    "kind": "NEWSWIRE",
    "origin": "wire",
}
TENANT = {
    "type": "Organization",
    "id": "tenant",
    "claims": [{"says": {"name": "Tenant Inc", "country": "US"}, "sources": ["wire"], "confidence": "high"}],
}
CONTRACT = {
    "type": "PROVIDES_CAPACITY",
    "id": "host-tenant",
    "from": "host",
    "to": "tenant",
    "site": "campus",
    "claims": [
        {
            "says": {
                "announced": "2026-03-01",
                "service": "LEASE",
                "status": "SIGNED",
                "commitment": "FIRM",
                "value_usd": 2.5e9,
                "term_years": 12,
                "capacities": [{"mw": 100, "basis": "CRITICAL_IT"}],
            },
            "sources": ["wire"],
            "confidence": "high",
        }
    ],
}
STATEMENTS = 2 + 3 + 7
"""Of the tenant: name, country; of the contract: from, to, site, and seven that its claim says."""
SHOWN = '{ link(key: "host-tenant") { value { amount } source { key } target { name } } }'
WHOLE = {"link": {"value": {"amount": 2.5e9}, "source": {"key": "host"}, "target": {"name": "Tenant Inc"}}}


def _term(years: object, **more: object) -> dict[str, object]:
    """A rival about the lease of the small world, whose ends the store knows."""
    claim = {"says": {"term_years": years}, "sources": ["news"], "confidence": "medium", **more}
    return {"type": "PROVIDES_CAPACITY", "id": "lease", "claims": [claim]}


def _code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


async def test_a_write_is_seen_at_once(small: Small) -> None:
    store = await small()
    client = await editor(store)
    answer = await client.add("one", SOURCE, TENANT, CONTRACT)
    result = answer["data"]["addStatements"]
    assert (result["added"], result["unchanged"], result["retracted"]) == (STATEMENTS, 0, 0)
    assert result["dataVersion"]["id"] == answer["extensions"]["dataVersion"] == (await store.log()).version
    assert (await client.ask(SHOWN))["data"] == WHOLE


DIGITS = "0.12345678901234567891"
"""More than a float holds."""
LITERAL = """mutation { addStatements(input: {importKey: "one", records: [
  {type: "PROVIDES_CAPACITY", id: "lease", claims: [{says: {term_years: %s}, sources: ["news"], confidence: "medium"}]}
]}) { added } }"""


async def test_a_number_with_more_digits_than_are_kept_is_refused_as_it_was_written(small: Small) -> None:
    client = await editor(await small())
    sent = json.dumps({"query": ADD, "variables": {"input": {"importKey": "one", "records": [_term(11.25)]}}})
    for body in (sent.replace("11.25", DIGITS), json.dumps({"query": LITERAL % DIGITS})):
        posted = await client.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        problem = posted.json()["errors"][0]["extensions"]["problems"][0]
        assert problem["message"].startswith(f"'{DIGITS}' has more digits than can be kept")
        assert problem["path"] == ["claims", 0, "says", "term_years"]
    written = await client.ask(LITERAL % "11.25")
    assert written["data"] == {"addStatements": {"added": 1}}


async def test_records_are_read_as_the_seeds_are(small: Small, tmp_path: Path) -> None:
    """The same statements, times included, as if they stood in the files."""
    store = await small()
    await (await editor(store)).added("one", SOURCE, TENANT, CONTRACT, _term(11, known_from="2026-05"))
    written = {one.id: one.but(entered=Entered.SEEDS) for one in (await store.log()).statements}
    files: dict[str, list[dict[str, object]]] = {"sources": [SOURCE], "organizations": [TENANT]}
    texts = {name: yaml.safe_dump([_untyped(one) for one in records]) for name, records in files.items()}
    lease = facts.LEASE + "    - {says: {term_years: 11}, sources: [news], confidence: medium, known_from: 2026-05}\n"
    seeds = facts.log_of(
        tmp_path / "seeded",
        sources=facts.SOURCES + texts["sources"],
        organizations=facts.ORGANIZATIONS + texts["organizations"],
        links_provides_capacity=lease + yaml.safe_dump([CONTRACT]),
    )
    # in a file the ends of the lease count as said by the paper too; a record that leaves them out does not say so
    ends = {one.id for one in seeds.by_subject["lease"] if one.source == "news" and one.property != "term_years"}
    assert written == {one.id: one for one in seeds.statements if one.id not in ends}


def _untyped(record: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name != "type"}


async def test_a_second_try_gets_the_first_answer_though_the_records_fit_no_more(small: Small, tmp_path: Path) -> None:
    store = await small()
    client = await editor(store)
    first = await client.added("one", SOURCE, TENANT, CONTRACT)
    without_campus = facts.LEASE.replace("  site: campus\n", "")
    await store.load(facts.log_of(tmp_path, sites="[]", links_provides_capacity=without_campus))
    assert _code(await client.add("two", SOURCE, TENANT, CONTRACT)) == "BAD_SEEDS"
    assert await client.added("one", SOURCE, TENANT, CONTRACT) == first
    assert _code(await client.add("one", SOURCE)) == "IMPORT_KEY_REUSED"


async def test_a_second_try_gets_the_first_answer(small: Small) -> None:
    store = await small()
    client = await editor(store)
    first = await client.added("one", SOURCE, TENANT, CONTRACT)
    await client.added("two", _term(13))
    assert await client.added("one", SOURCE, TENANT, CONTRACT) == first
    assert _code(await client.add("one", SOURCE)) == "IMPORT_KEY_REUSED"
    again = await client.added("three", SOURCE, TENANT, CONTRACT)
    assert (again["added"], again["unchanged"]) == (0, STATEMENTS)


async def test_a_key_that_an_earlier_version_recorded_by_its_statements_is_known(small: Small) -> None:
    """The first versions recorded a hash of the statements, and not of the records that they came from."""
    store = await small()
    records = (SOURCE, TENANT, CONTRACT)
    day = facts.TODAY
    await store.apply(read_records(list(records), await store.log(), day), reason="earlier", import_key="one")
    client = await editor(store)
    known = await client.added("one", *records)
    assert (known["added"], known["unchanged"]) == (STATEMENTS, 0)
    assert _code(await client.add("one", SOURCE)) == "IMPORT_KEY_REUSED"
    assert _code(await client.add("one", {"type": "nonsense"})) == "IMPORT_KEY_REUSED"


async def test_one_problem_and_nothing_is_written(small: Small) -> None:
    store = await small()
    client, before = await editor(store), (await store.log()).version
    wrong = {**CONTRACT, "to": "nobody", "claims": [{"says": {"term_years": "twelve"}, "sources": ["wire", "gone"]}]}
    answer = await client.add("one", SOURCE, TENANT, wrong, 7, {"id": "x", "type": "Planet"})
    assert _code(answer) == "BAD_SEEDS"
    told = {(one["record"], *one["path"]): one["message"] for one in answer["errors"][0]["extensions"]["problems"]}
    assert told == {
        (2, "to"): "no Organization 'nobody', in host-tenant: to",
        (2, "claims", 0): "a claim without confidence, in host-tenant: claims 1",
        (2, "claims", 0, "sources", 1): "no source 'gone', in host-tenant: claims 1 sources 2",
        (2, "claims", 0, "says", "term_years"): ("'twelve' is not a number, in host-tenant: claims 1 says term_years"),
        (3,): "not a record, record 4",
        (4, "type"): "a record without a known type, in x",
    }
    assert (await store.log()).version == before
    assert [entry.action for entry in await store.journal()].count(Action.ADD) == 0


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({**SOURCE, "id": "filing"}, "another source of this id is stored"),
        ({**SOURCE, "url": "https://example.org/news"}, "two publishers for one url"),
        ({**TENANT, "id": "lease"}, "'lease' is a PROVIDES_CAPACITY"),
        ({**SOURCE, "published": "2027-02"}, "published on 2027-02, which is in the future"),
        (_term(12, known_from="2026-12"), "known_from on 2026-12, which is in the future"),
        (_term(12, known={"latest": "2026-01-01"}), "unknown key 'known'"),
        ({**TENANT, "incomplete": True}, "unknown key 'incomplete'"),
        ({**TENANT, "type": "Statement"}, "without a known type"),
        ({**TENANT, "type": ["Organization"]}, "without a known type"),
        ({**TENANT, "id": "Tenant"}, "'Tenant' is not an id"),
        ({**CONTRACT, "from": None}, "a PROVIDES_CAPACITY without from"),
        (_term([1]), "is not a number"),
        (_term(12, as_of=2026), "is not text"),
    ],
    ids=str,
)
async def test_what_is_refused(small: Small, record: dict[str, object], told: str) -> None:
    store = await small()
    before = (await store.log()).version
    one = {"type": "Organization", "id": "wired", "claims": TENANT["claims"]}
    answer = await (await editor(store)).add("one", *{id(part): part for part in _with_source(record, one)}.values())
    messages = [problem["message"] for problem in answer["errors"][0]["extensions"]["problems"]]
    assert [told in message for message in messages].count(True) >= 1, messages
    assert (await store.log()).version == before


async def test_what_names_a_refused_record_is_no_problem_of_its_own(small: Small) -> None:
    client = await editor(await small())
    answer = await client.add("one", SOURCE, {**TENANT, "type": "Organisation"}, CONTRACT)
    assert [problem["path"] for problem in answer["errors"][0]["extensions"]["problems"]] == [["type"]]


def _with_source(record: dict[str, object], one: dict[str, object]) -> list[dict[str, object]]:
    """The record, with what it needs besides."""
    if record["type"] == "Source":
        return [record, *([one] if record["id"] == "wire" else [])]
    return [SOURCE, TENANT, record] if record["type"] == "PROVIDES_CAPACITY" else [SOURCE, record]


async def test_a_source_that_is_stored_may_be_sent_again(small: Small) -> None:
    client = await editor(await small())
    await client.added("one", SOURCE)
    assert (await client.added("two", SOURCE, TENANT))["added"] == 2


@pytest.mark.parametrize("count", [0, 1_001])
async def test_a_write_has_1_to_1000_records(small: Small, count: int) -> None:
    answer = await (await editor(await small())).add("one", *[SOURCE] * count)
    assert _code(answer) == "BAD_INPUT"


@pytest.mark.parametrize("key", ["", " ", "a" * 201, "a\nb"])
async def test_an_import_key_is_one_line(small: Small, key: str) -> None:
    client = await editor(await small())
    assert _code(await client.add(key, SOURCE)) == "BAD_INPUT"
    assert _code(await client.retract("x", key)) == "BAD_INPUT"


JSON_REFUSED = {
    "infinite": ("{a: 1e999}", "not finite"),
    "beyond 64 bits": ("{a: 9223372036854775808}", "64 bits"),
    "5,000 digits": ("{a: %s}" % ("1" * 5_000), ""),
    "a long name": ("{%s: 1}" % ("a" * 101), "more than 100 characters"),
    "deep": ("[" * 17 + "1" + "]" * 17, "deeper than 16"),
}


@pytest.mark.parametrize("name", JSON_REFUSED)
async def test_json_that_no_store_can_hold_is_refused(small: Small, name: str) -> None:
    literal, told = JSON_REFUSED[name]
    document = f'mutation {{ addStatements(input: {{importKey: "k", records: [{literal}]}}) {{ added }} }}'
    answer = await (await editor(await small())).ask(document)
    assert told in answer["errors"][0]["message"]
    assert _code(answer) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("value", "told"), [("\\ud800", "surrogate"), (["x"] * 10_000, "10,000 values"), (2**63, "64 bits")]
)
async def test_json_in_variables_is_checked_alike(small: Small, value: object, told: str) -> None:
    body = json.dumps({"query": ADD, "variables": {"input": {"importKey": "k", "records": [{"a": value}]}}})
    text = body.replace("\\\\ud800", "\\ud800")
    http = (await editor(await small())).http
    answer = await http.post("/graphql", content=text, headers={"Content-Type": "application/json"})
    assert "errors" in answer.json()
    assert told in answer.text


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from(
    ["id", "type", "claims", "says", "sources", "confidence", "as_of", "name", "value", "from", "kind"]
)


@MANY
@given(st.data())
def test_any_json_is_read_or_refused_with_its_place(data: st.DataObject) -> None:
    record: dict[str, Any] = {**data.draw(st.sampled_from([SOURCE, TENANT, CONTRACT])), "id": "x"}
    if "claims" in record:
        claim = record["claims"][0]
        says = {**claim["says"], data.draw(st.sampled_from(sorted(claim["says"]))): data.draw(JSON_VALUES)}
        record["claims"] = [{**claim, "says": says, data.draw(WORDS): data.draw(JSON_VALUES)}]
    record[data.draw(WORDS)] = data.draw(JSON_VALUES)
    try:
        log = read_records([record, data.draw(JSON_VALUES)], StatementLog.of((), ()), facts.TODAY)
    except RecordErrors as error:
        problems = error.details["problems"]
        assert problems
        assert json.dumps(problems, ensure_ascii=True)
        assert all(one["record"] in (0, 1) for one in problems)
    else:
        pytest.fail(f"the second record is none, yet {len(log.statements)} statements were read")


async def test_a_retracted_statement_counts_no_longer_and_stays_in_the_history(small: Small) -> None:
    store = await small()
    client = await editor(store)
    term = next(one for one in (await store.log()).by_subject["lease"] if one.property == "term_years")
    ask = '{ link(key: "lease") { termYears statements(property: "term_years") { nodes { id counted } } } }'
    (node,) = (await client.ask(ask))["data"]["link"]["statements"]["nodes"]
    answer = await client.retract(node["id"], "gone")
    assert answer["data"]["retractStatement"]["retracted"] == 1
    assert (await client.ask(ask))["data"]["link"] == {
        "termYears": None,
        "statements": {"nodes": [{"id": node["id"], "counted": False}]},
    }
    assert await client.retract(term.id, "gone") == answer
    entry = (await store.journal())[-1]
    twice = await client.retract(term.id, "gone twice")
    assert twice["data"]["retractStatement"]["retracted"] == 0
    assert twice["extensions"]["notes"] == ["It was retracted on 2026-11-30 already."]
    assert (entry.action, entry.reason, entry.retracted) == (Action.RETRACT, "It was wrong", 1)
    assert entry.actor.startswith("the editor (")
    assert _code(await client.retract("T3JnYW5pemF0aW9uOmhvc3Q=", "other")) == "BAD_INPUT"  # Organization:host
    assert _code(await client.retract("nothing", "other")) == "BAD_INPUT"


async def test_adding_what_was_retracted_says_so_and_how_to_bring_it_back(small: Small) -> None:
    store = await small()
    client = await editor(store)
    term = next(one for one in (await store.log()).by_subject["lease"] if one.property == "term_years")
    await client.retract(term.id, "gone")
    again = {"sources": ["filing"], "confidence": "high"}  # as the facts say it
    answer = await client.add("again", _term(10, **again))
    result = answer["data"]["addStatements"]
    assert (result["added"], result["unchanged"], result["stillRetracted"]) == (0, 1, 1)
    assert answer["extensions"]["notes"] == [
        "What was retracted on 2026-11-30 stays so; a claim with known_from: '2026-11-30' says it anew:"
        " term_years of lease."
    ]
    assert await client.add("again", _term(10, **again)) == answer
    shown = '{ link(key: "lease") { termYears } }'
    assert (await client.ask(shown))["data"]["link"]["termYears"] is None
    anew = await client.add("anew", _term(10, **again, known_from="2026-11-30"))
    assert (anew["data"]["addStatements"]["added"], "notes" in anew["extensions"]) == (1, False)
    assert (await client.ask(shown))["data"]["link"]["termYears"] == 10
    # where that one is retracted too on the same day, it takes a note
    second = next(one for one in (await store.log()).by_subject["lease"] if one.known_from and not one.withdrawn)
    await client.retract(second.id, "gone again")
    told = await client.add("once more", _term(10, **again, known_from="2026-11-30"))
    assert "a claim with another note says it anew" in told["extensions"]["notes"][0]
    noted = await client.added("noted", _term(10, **again, known_from="2026-11-30", note="Read again"))
    assert (noted["added"], noted["stillRetracted"]) == (1, 0)


async def test_adding_an_estimate_says_that_the_default_lens_does_not_show_it(small: Small) -> None:
    client = await editor(await small())
    guess = {"says": {"effective_to": "2036"}, "sources": ["news"], "confidence": "low", "nature": "ESTIMATED"}
    answer = await client.add("guess", {"type": "PROVIDES_CAPACITY", "id": "lease", "claims": [guess]})
    assert answer["data"]["addStatements"]["notShown"] == 1
    assert answer["extensions"]["notes"] == [
        "The default lens shows no estimates; a lens whose natures have ESTIMATED too does: lease."
    ]
    ask = 'query($natures: [Nature!]) { graph(lens: {natures: $natures}) { link(key: "lease") { effectiveTo } } }'
    every = {"natures": ["STATED", "REPORTED", "DERIVED", "ESTIMATED"]}
    shown = [(await client.ask(ask, variables))["data"]["graph"]["link"] for variables in ({}, every)]
    assert shown == [{"effectiveTo": None}, {"effectiveTo": "2036"}]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_neither_the_order_of_records_nor_a_split_in_halves_matters(order: tuple[int, ...], tmp_path: Path) -> None:
    stored = facts.log_of(tmp_path)
    records = [SOURCE, TENANT, CONTRACT, _term(12)]
    whole = read_records(records, stored, facts.TODAY)
    assert read_records([records[index] for index in order], stored, facts.TODAY) == whole
    for cut in range(5):
        first, second = (records[:cut], records[cut:])
        half = stored.changed(read_records(first, stored, facts.TODAY), (), facts.TODAY)
        both = half.changed(read_records(second, half, facts.TODAY), (), facts.TODAY)
        assert both == stored.changed(whole, (), facts.TODAY)


@pytest.mark.slow
async def test_two_servers_over_one_file_lose_nothing(tmp_path: Path) -> None:
    seeds = str(facts.write(tmp_path))
    with running_server(tmp_path, WATTGRAPH_SEEDS=seeds) as one, running_server(tmp_path, WATTGRAPH_SEEDS=seeds) as two:
        headers = {"Authorization": f"Bearer {made_token(one)}"}
        async with httpx.AsyncClient(headers=headers, timeout=240) as http:

            async def add(server: Server, key: str, years: int) -> Any:
                asked = {"query": ADD, "variables": {"input": {"importKey": key, "records": [_term(years)]}}}
                return (await http.post(f"{server.url}/graphql", json=asked)).json()["data"]["addStatements"]

            for round in range(20, 30):
                results = await asyncio.gather(
                    add(one, f"one {round}", round), add(two, f"two {round}", 100 + round), *_both(add, one, two, round)
                )
                assert results[2] == results[3]
                # what either keeps of answers never outlives the other's write
                assert [await _terms(http, server) for server in (one, two)] == [1 + 3 * (round - 19)] * 2


async def _terms(http: httpx.AsyncClient, server: Server) -> int:
    """How many statements there are about the term of the lease."""
    shown = '{ statements(subject: "lease", property: "term_years", first: 100) { totalCount } }'
    answer = (await http.post(f"{server.url}/graphql", json={"query": shown})).json()
    return int(answer["data"]["statements"]["totalCount"])


def _both(add: Any, one: Server, two: Server, round: int) -> list[Awaitable[Any]]:
    """The same write to both servers at once."""
    return [add(server, f"both {round}", 50 + round) for server in (one, two)]


def made_token(server: Server) -> str:
    data = Path(server.environment["WATTGRAPH_DATA"])
    made = run_command(data, "token", "create", "--name", "desk", "--scope", "editor")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


async def test_writers_at_once_all_succeed_and_one_key_writes_once(small: Small) -> None:
    store = await small()
    client = await editor(store)
    await asyncio.gather(*(client.added(f"key {years}", _term(years)) for years in range(20, 40)))
    terms = {one.value for one in (await store.log()).by_subject["lease"] if one.property == "term_years"}
    assert terms == {10, *range(20, 40)}
    same = await asyncio.gather(*(client.added("same", _term(50)) for _ in range(10)))
    assert same == [same[0]] * 10
    assert same[0]["added"] == 1
    await store.verify_journal()


async def test_what_was_written_outlives_a_load_and_can_be_exported(small: Small, tmp_path: Path) -> None:
    store = await small()
    await (await editor(store)).added("one", SOURCE, TENANT, CONTRACT, _term(14))
    version = (await store.log()).version
    await store.load(facts.log_of(tmp_path / "again"))
    assert (await store.log()).version == version
    export_statements(await store.log(), tmp_path / "out")
    assert read_seeds(tmp_path / "out").version == version


@pytest.mark.slow
def test_what_a_server_has_answered_outlives_its_death(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seeds = str(facts.write(tmp_path))
    with running_server(tmp_path / "data", WATTGRAPH_SEEDS=seeds) as server:
        token = made_token(server)
        asked = {"query": ADD, "variables": {"input": {"importKey": "one", "records": [SOURCE, TENANT, CONTRACT]}}}
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{server.url}/graphql", json=asked, headers=headers, timeout=120).json()
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
    with running_server(tmp_path / "data", WATTGRAPH_SEEDS=seeds) as server:
        assert httpx.post(f"{server.url}/graphql", json={"query": SHOWN}, timeout=120).json()["data"] == WHOLE
        again = httpx.post(f"{server.url}/graphql", json=asked, headers=headers, timeout=120).json()
    assert answer["data"]["addStatements"]["added"] == STATEMENTS
    assert again == answer
    assert token.split("_", 2)[2] not in "".join(capfd.readouterr())


def test_the_command_line_runs_no_mutation(tmp_path: Path) -> None:
    loaded = run_command(tmp_path / "data", "load", "--seeds", str(facts.write(tmp_path)))
    assert loaded.returncode == 0
    mutation = 'mutation { retractStatement(id: "x", reason: "x", importKey: "x") { added } }'
    ended = run_command(tmp_path / "data", "query", mutation)
    assert ended.returncode == 1
    assert "by POST to the service, with a token" in ended.stderr


async def test_a_write_is_seen_in_neo4j_by_cypher(neo4j_uri: str, tmp_path: Path) -> None:
    emptied(neo4j_uri)
    async with AsyncExitStack() as stack:
        store = await Neo4jStore.open(read_settings(neo4j_uri=neo4j_uri))
        stack.push_async_callback(store.close)
        await _write_and_look(store, neo4j_uri, facts.log_of(tmp_path))
    emptied(neo4j_uri)


async def _write_and_look(store: Store, neo4j_uri: str, log: StatementLog) -> None:
    await store.load(log)
    client = Client(store, (await token_of(store, TokenScope.EDITOR))[1])
    first = await client.added("one", SOURCE, TENANT, CONTRACT)
    assert await client.added("one", SOURCE, TENANT, CONTRACT) == first
    assert first["added"] == STATEMENTS
    assert (await client.ask(SHOWN))["data"] == WHOLE
    told = (
        "MATCH (:Organization {key: 'host'})-[r:PROVIDES_CAPACITY]->(t:Organization {key: 'tenant'}) "
        "RETURN t.name AS name, r.value_usd AS usd"
    )
    async with AsyncGraphDatabase.driver(neo4j_uri) as driver:
        records = (await driver.execute_query(told)).records
    assert [dict(record) for record in records] == [{"name": "Tenant Inc", "usd": 2.5e9}]
