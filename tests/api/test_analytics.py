"""The analytics over HTTP: worked values, methods, pages, costs, errors, and that long ones let others be served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.schema.analytics import COST, RESAMPLING_COST
from graph.analytics.core.scope import Flow, Weight
from graph.analytics.network.centrality import METRICS
from graph.evidence.log import StatementLog
from graph.settings import Settings, read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests import facts
from tests.api.conftest import Ask, asking, client_of, data_of, error_of
from tests.seeds_fixture import load_into_neo4j

SHELL = "{layer: SHELL, basis: CRITICAL_IT}"


async def _field_of(ask: Ask, field: str) -> Any:
    """What the only field of a document answers."""
    (answer,) = (await data_of(ask, f"{{ {field} }}")).values()
    return answer


# ---- worked values, with the links behind them


async def test_river_bend_runs_through_two_contracts_and_counts_once(ask: Ask) -> None:
    found = await _field_of(
        ask, 'paths(from: "hut8", to: "anthropic") { paths { mw basis entities { key } links { key } } }'
    )
    # the others run over Nvidia, the tenant of Beacon Point by report, and what it invests and supplies
    assert found["paths"][0] == {
        "mw": 245,
        "basis": "CRITICAL_IT",
        "entities": [{"key": "hut8"}, {"key": "fluidstack"}, {"key": "anthropic"}],
        "links": [{"key": "hut8-fluidstack-river-bend"}, {"key": "fluidstack-anthropic-river-bend"}],
    }
    assert all({"key": "nvidia"} in path["entities"] for path in found["paths"][1:])
    table = await _field_of(
        ask, f"capacity(groupBy: [SITE], scope: {SHELL}) {{ rows {{ group mw {{ low high }} contained {{ key }} }} }}"
    )
    (row,) = [row for row in table["rows"] if row["group"]["SITE"] == "river-bend"]
    assert row["mw"] == {"low": 245, "high": 245}
    assert len(row["contained"]) == 1


async def test_river_bend_pays_1_90_million_a_megawatt_and_year(ask: Ask) -> None:
    """7.0 bn USD / (245 MW x 15 years); / 12,000 for a kilowatt and month."""
    where = '{where: {key: {eq: "hut8-fluidstack-river-bend"}}}'
    table = await _field_of(ask, f"comparables(scope: {where}) {{ rows {{ usdPerMwYear usdPerKwMonth structure }} }}")
    (row,) = table["rows"]
    assert row["usdPerMwYear"] == pytest.approx(7.0e9 / (245 * 15))
    assert row["usdPerKwMonth"] == pytest.approx(7.0e9 / (245 * 15) / 12_000)


async def test_core_scientific_states_590_megawatts_and_390_are_found(ask: Ask) -> None:
    read = "stated linkTotal difference unit basis"
    rows = await _field_of(ask, f'reconciliation(organization: "core-scientific") {{ {read} }}')
    assert {"stated": 590, "linkTotal": 390, "difference": 200, "unit": "MW", "basis": "CRITICAL_IT"} in rows
    # what the company says is billed, and no contract does: unknown, where the fields of before show 0
    billed = await _field_of(ask, 'reconciliation(organization: "core-scientific") { linkTotal difference found }')
    assert {"linkTotal": None, "difference": None, "found": 0} in billed


async def test_who_loses_if_openai_fails_with_the_contracts_behind_it(ask: Ask) -> None:
    found = await _field_of(
        ask,
        'shock(fail: ["openai"], model: DIRECT) { mwAtRisk { layer basis mw { low high } } usdAtRisk { claim valueUsd }'
        " rows { organization { key } loss because { key statements(first: 1) { nodes { source { url } } } } } }",
    )
    assert {one["layer"] for one in found["mwAtRisk"]} >= {"COMPUTE", "CHIP"}
    assert all(one["mw"]["low"] <= one["mw"]["high"] for one in found["mwAtRisk"])
    assert any(one["claim"] == "PAYMENTS" and one["valueUsd"] for one in found["usdAtRisk"])
    links = [link for row in found["rows"] for link in row["because"]]
    assert links
    assert all(link["statements"]["nodes"][0]["source"]["url"].startswith("https://") for link in links)


async def test_a_guarantee_stands_beside_what_it_covers(ask: Ask) -> None:
    found = await _field_of(
        ask, 'shock(fail: ["fluidstack"]) { rows { organization { key } valueAtRiskUsd guaranteedUsd } }'
    )
    rows = {row["organization"]["key"]: row for row in found["rows"]}
    assert (rows["hut8"]["valueAtRiskUsd"], rows["hut8"]["guaranteedUsd"]) == (7e9, 7e9)


async def test_money_that_comes_back_to_nvidia(ask: Ask) -> None:
    found = await _field_of(
        ask,
        "moneyLoops(scope: {status: [SIGNED, ACTIVE, ANNOUNCED]}, first: 1) { rows { organizations { key } minValueUsd"
        " inForceOn typedLegs { kind payer { key } payee { key } amount { amount } } } }",
    )
    (loop,) = found["rows"]
    assert [one["key"] for one in loop["organizations"]] == ["nvidia", "openai", "oracle"]
    assert loop["minValueUsd"] == 30e9
    assert loop["inForceOn"] == facts.TODAY.isoformat()
    assert {(leg["kind"], leg["payer"]["key"], leg["payee"]["key"]) for leg in loop["typedLegs"]} == {
        ("FUNDS", "nvidia", "openai"),
        ("BUYS", "openai", "oracle"),
        ("BUYS", "oracle", "nvidia"),
    }


async def test_loops_through_openai_and_who_lives_on_the_rent_of_fluidstack(ask: Ask) -> None:
    loops = await _field_of(
        ask, 'moneyLoops(through: "openai", first: 2) { totalCount rows { organizations { key } } }'
    )
    assert loops["totalCount"] > len(loops["rows"]) == 2
    assert all("openai" in [one["key"] for one in loop["organizations"]] for loop in loops["rows"])
    paid = await _field_of(
        ask, 'reach(from: "fluidstack", dependency: INCOME, maxHops: 1) { totalCount rows { entity { key } } }'
    )
    keys = {row["entity"]["key"] for row in paid["rows"]}
    assert {"hut8", "terawulf", "cipher"} <= keys
    assert len(keys) == paid["totalCount"]


async def test_debt_by_the_tenants_whose_contracts_secure_it(ask: Ask) -> None:
    table = await _field_of(
        ask,
        'debtProfile(groupBy: [TENANT], issuer: "hut8", secured: true) { totalCount rows { group valueUsd issued'
        " debts { key securedBy { key } } } notCounted { debt { key } because } loans { key } }",
    )
    # 3.25 bn on the lease of River Bend, 4.25 bn on the first of Beacon Point, whose tenant the press names
    by_tenant = {tenant: row for row in table["rows"] for tenant in row["group"]["TENANT"]}
    assert {tenant: row["valueUsd"] for tenant, row in by_tenant.items()} == {"fluidstack": 3.25e9, "nvidia": 4.25e9}
    row = by_tenant["fluidstack"]
    assert row["debts"][0]["securedBy"] == [{"key": "hut8-fluidstack-river-bend"}]
    secured = await _field_of(
        ask,
        'debts(where: {securedByWhere: {key: {eq: "hut8-fluidstack-river-bend"}}}) { nodes { key issuer { key } } }',
    )
    assert secured["nodes"] == [{"key": row["debts"][0]["key"], "issuer": {"key": "hut8"}}]


async def test_a_planned_date_that_moved(small: Callable[..., Awaitable[EmbeddedStore]]) -> None:
    claims = "".join(
        f"    - {{says: {{service_from: '{start}'}}, sources: [{source}], confidence: high{more}}}\n"
        for start, source, more in (("2026-09", "filing", ""), ("2027-Q1", "late", ", as_of: '2026-06'"))
    )
    store = await small(links_provides_capacity=facts.LEASE + claims)
    async with client_of(store) as client:
        (slip,) = await _field_of(
            asking(client), "slippage { link { key } property before after knownOn statement { source { key } } }"
        )
    assert slip == {
        "link": {"key": "lease"},
        "property": "service_from",
        "before": "2026-09",
        "after": "2027-Q1",
        "knownOn": "2026-06-20",
        "statement": {"source": {"key": "late"}},
    }


# ---- rankings

RANKING = "{ totalCount rows { rank score rankLow rankHigh organization { key placeholder } } method { engine } }"


@pytest.mark.slow
async def test_rank_intervals_hold_the_ranks(ask: Ask) -> None:
    found = await _field_of(ask, f"centrality(metric: BETWEENNESS, uncertainty: true, first: 500) {RANKING}")
    assert len(found["rows"]) == found["totalCount"] > 100
    assert all(row["rankLow"] <= row["rank"] <= row["rankHigh"] for row in found["rows"])
    assert any(row["rankLow"] < row["rankHigh"] for row in found["rows"])
    assert not any(row["organization"]["placeholder"] for row in found["rows"])


async def test_without_uncertainty_there_are_no_intervals(ask: Ask) -> None:
    found = await _field_of(ask, f"centrality(metric: BETWEENNESS) {RANKING}")
    assert {(row["rankLow"], row["rankHigh"]) for row in found["rows"]} == {(None, None)}


@pytest.mark.parametrize("metric", METRICS)
async def test_the_fastest_engine_ranks_as_networkx_does(ask: Ask, metric: str) -> None:
    usual, by_networkx = [
        await _field_of(ask, f"centrality(metric: {metric}, first: 500{engine}) {RANKING}")
        for engine in ("", ", engine: NETWORKX")
    ]
    assert by_networkx["method"]["engine"] == "NETWORKX"
    assert [row["rank"] for row in usual["rows"]] == [row["rank"] for row in by_networkx["rows"]]
    for ours, theirs in zip(usual["rows"], by_networkx["rows"], strict=True):
        assert ours["organization"] == theirs["organization"]
        assert ours["score"] == (theirs["score"] and pytest.approx(theirs["score"], rel=1e-6))


async def test_two_dates_side_by_side_rank_apart(ask: Ask) -> None:
    rows = "{ rows { organization { key } score } method { lens { knownOn } } }"
    found = await data_of(
        ask,
        f'{{ now: centrality(metric: DEGREE) {rows} then: graph(lens: {{validOn: "2025-09-30", knownOn: "2025-09-30"}})'
        f" {{ centrality(metric: DEGREE) {rows} }} }}",
    )
    then = found["then"]["centrality"]
    assert then["method"]["lens"] == {"knownOn": "2025-09-30"}
    assert found["now"]["rows"] != then["rows"]


async def test_the_source_that_matters_most_moves_ranks(ask: Ask) -> None:
    rows = await _field_of(
        ask, "sourceSensitivity(metric: PAGERANK) { source { key } moved ranksMoved largest { key } }"
    )
    assert len(rows) == 10
    assert [row["ranksMoved"] for row in rows] == sorted((row["ranksMoved"] for row in rows), reverse=True)
    excluded = rows[0]["source"]["key"]
    without = await _field_of(
        ask,
        f'graph(lens: {{excludeSources: ["{excluded}"]}}) {{ centrality(metric: PAGERANK, first: 500) {RANKING} }}',
    )
    usual = await _field_of(ask, f"centrality(metric: PAGERANK, first: 500) {RANKING}")
    before, after = (
        {row["organization"]["key"]: row["rank"] for row in table["rows"]} for table in (usual, without["centrality"])
    )
    key = rows[0]["largest"]["key"]
    assert abs(before[key] - after[key]) == rows[0]["ranksMoved"]


# ---- Graph Data Science, in a real Neo4j that holds the facts


@pytest.fixture(scope="module")
async def ask_neo4j(neo4j_uri: str, seeds_log: StatementLog) -> AsyncIterator[Ask]:
    await load_into_neo4j(neo4j_uri, seeds_log)
    store = await Neo4jStore.open(Settings(neo4j_uri=neo4j_uri, neo4j_timeout=60), lambda: facts.TODAY)
    async with client_of(store) as client:
        yield asking(client)
    await store.close()


@pytest.mark.parametrize("metric", ["DEGREE", "BETWEENNESS", "CLOSENESS", "PAGERANK"])
async def test_three_engines_rank_the_facts_alike(ask: Ask, ask_neo4j: Ask, metric: str) -> None:
    engines = ["NETWORKX", "GDS", *(["IGRAPH"] if METRICS[metric].by_igraph else [])]
    tables = [
        await _field_of(ask_neo4j, f"centrality(metric: {metric}, engine: {engine}, first: 500) {RANKING}")
        for engine in engines
    ]
    assert [table["method"]["engine"] for table in tables] == engines
    usual = {row["organization"]["key"]: row["score"] for row in tables[0]["rows"]}
    for table in tables[1:]:
        scores = {row["organization"]["key"]: row["score"] for row in table["rows"]}
        assert scores == pytest.approx(usual, abs=1e-6)
    embedded = await _field_of(ask, f"centrality(metric: {metric}, engine: NETWORKX, first: 500) {RANKING}")
    assert embedded == tables[0]


async def test_gds_answers_under_the_default_lens_alone(ask_neo4j: Ask) -> None:
    code, _ = await error_of(
        ask_neo4j, '{ graph(lens: {knownOn: "2026-01-01"}) { centrality(metric: DEGREE, engine: GDS) { totalCount } } }'
    )
    assert code == "ENGINE_UNSUPPORTED"


# ---- pages, and what stands in every answer


async def test_pages_of_rows_hold_every_row_once(ask: Ask) -> None:
    every = await _field_of(ask, "capacity(groupBy: [PROVIDER]) { totalCount rows(first: 500) { group layer basis } }")
    assert len(every["rows"]) == every["totalCount"] > 60
    found: list[Any] = []
    for skip in range(0, every["totalCount"], 30):
        page = await _field_of(
            ask, f"capacity(groupBy: [PROVIDER]) {{ rows(first: 30, skip: {skip}) {{ group layer basis }} }}"
        )
        found += page["rows"]
    assert found == every["rows"]


@pytest.mark.parametrize(
    ("field", "truncated"),
    [
        ("capacity(groupBy: [PROVIDER]) { rows(first: 5) { layer } }", True),
        ("capacity(groupBy: [PROVIDER]) { rows(first: 500) { layer } }", False),
        ("centrality(metric: DEGREE, first: 5) { rows { rank } }", True),
        ("centrality(metric: DEGREE, first: 500) { rows { rank } }", False),
        ('reach(from: "tsmc", first: 3) { rows { hops } }', True),
        ('minimumCut(from: "nvidia", to: "openai", first: 1) { key }', True),
    ],
)
async def test_what_goes_on_is_told(ask: Ask, field: str, truncated: bool) -> None:
    answer = await ask(f"{{ {field} }}")
    assert answer["extensions"]["truncated"] is truncated


async def test_every_link_in_scope_counts_or_is_left_out_with_a_reason(ask: Ask) -> None:
    """Of contracts for shells: what is in rows, and what is excluded, is all there is."""
    links = await _field_of(
        ask,
        "links(where: {type: {eq: PROVIDES_CAPACITY}, layer: {eq: SHELL}}, first: 500) { totalCount nodes { key } }",
    )
    table = await _field_of(
        ask,
        "capacity(groupBy: [], scope: {types: [PROVIDES_CAPACITY], layer: SHELL}) { rows { links(first: 500)"
        " { key } without(first: 500) { key } } excluded(first: 500) { link { key } because } }",
    )
    counted = {one["key"] for row in table["rows"] for one in (*row["links"], *row["without"])}
    left_out = {one["link"]["key"]: one["because"] for one in table["excluded"]}
    assert {one["key"] for one in links["nodes"]} <= counted | left_out.keys()
    assert all(left_out.values())


async def test_a_method_tells_scope_version_and_reach(ask: Ask) -> None:
    answer = await ask(
        f"{{ dataThrough capacity(groupBy: [PROVIDER], scope: {SHELL}) {{ method {{ name parameters weight dataVersion"
        " dataThrough libraries assumptions lens { validOn } } } }"
    )
    method = answer["data"]["capacity"]["method"]
    assert method["parameters"]["scope"]["status"] == ["SIGNED", "ACTIVE"]
    assert method["parameters"]["scope"]["commitment"] == ["FIRM"]
    assert method["dataVersion"] == answer["extensions"]["dataVersion"]
    assert method["dataThrough"] == answer["data"]["dataThrough"]
    assert method["lens"] == {"validOn": answer["extensions"]["validOn"]}
    assert any("contracts state a figure" in one for one in method["assumptions"])


# ---- what it costs


@pytest.mark.parametrize(
    ("field", "cost"),
    [
        ("capacity(groupBy: []) { totalCount }", COST),
        # each of 10 rows is a row of its own
        ("capacity(groupBy: []) { rows(first: 10) { layer } }", COST + 10),
        # and has 25 links where nothing else is said
        ("capacity(groupBy: []) { rows(first: 10) { links { key } } }", COST + 10 * 25),
        ("centrality(metric: DEGREE, first: 7) { rows { rank } }", COST + 7),
        # an organization is a row
        ("centrality(metric: DEGREE, first: 7) { rows { organization { key } } }", COST + 7),
        ("centrality(metric: DEGREE, first: 7, uncertainty: true) { rows { rank } }", COST + RESAMPLING_COST + 7),
        ("centrality(metric: DEGREE, first: 7, uncertainty: false) { rows { rank } }", COST + 7),
        ("sourceSensitivity(metric: DEGREE, first: 3) { moved }", COST + RESAMPLING_COST + 3),
    ],
)
@pytest.mark.slow
async def test_computing_is_part_of_the_cost(ask: Ask, field: str, cost: int) -> None:
    answer = await ask(f"{{ {field} }}")
    assert answer["extensions"]["cost"]["requested"] == cost


async def test_uncertainty_asked_for_by_a_variable_costs_the_same(ask: Ask) -> None:
    document = "query($u: Boolean) { centrality(metric: DEGREE, first: 1, uncertainty: $u) { totalCount } }"
    costs = [(await ask(document, {"u": asked}))["extensions"]["cost"]["requested"] for asked in (True, False)]
    assert costs == [COST + RESAMPLING_COST + 1, COST + 1]


async def test_more_drawing_than_the_limit_allows_is_refused_before_it_begins(ask: Ask) -> None:
    fields = " ".join(f"a{n}: sourceSensitivity(metric: DEGREE, first: {n + 1}) {{ moved }}" for n in range(10))
    code, _ = await error_of(ask, f"{{ {fields} }}")
    assert code == "QUERY_TOO_EXPENSIVE"


# ---- errors


@pytest.mark.parametrize(
    ("field", "code", "told"),
    [
        ("communities(weight: CAPACITY_MW) { id }", "SCOPE_REQUIRED", "scope.layer"),
        ("communities(weight: VALUE_USD) { id }", "SCOPE_REQUIRED", "scope.layer"),
        ("chipDependency { totalCount }", "SCOPE_REQUIRED", "scope.basis"),
        ("communities(first: 501) { id }", "BAD_QUERY", "500"),
        ("communities(skip: -1) { id }", "BAD_QUERY", "skip"),
        ("shock(fail: []) { totalCount }", "BAD_QUERY", "at least one"),
        ('shock(fail: ["nobody"]) { totalCount }', "BAD_QUERY", "nobody"),
        ('shock(fail: ["U2l0ZTphYmlsZW5l"]) { totalCount }', "BAD_QUERY", "Site"),
        ('shock(fail: ["openai"], model: CASCADE, threshold: 1e400) { totalCount }', "BAD_QUERY", "finite"),
        ('shock(fail: ["openai"], model: DEBTRANK_2015, equityRatio: 1e400) { totalCount }', "BAD_QUERY", "finite"),
        ('shock(fail: ["openai"], model: DEBTRANK_2015, recovery: 2) { totalCount }', "BAD_QUERY", "recovery"),
        ("moneyLoops(minValueUsd: 1e400) { truncated }", "BAD_QUERY", "finite"),
        ("moneyLoops(maxLength: 9) { truncated }", "BAD_QUERY", "2 to 8"),
        ('moneyLoops(through: "nobody") { truncated }', "BAD_QUERY", "nobody"),
        ('paths(from: "hut8", to: "hut8") { truncated }', "BAD_QUERY", "itself"),
        ('paths(from: "hut8", to: "openai", maxHops: 99) { truncated }', "BAD_QUERY", "1 to 10"),
        ('minimumCut(from: "nvidia", to: "nobody") { key }', "BAD_QUERY", "nobody"),
        ("centrality(metric: DEGREE, weight: COUNT) { totalCount }", "WEIGHT_REFUSED", "no weight"),
        ("centrality(metric: DEGREE, engine: IGRAPH) { totalCount }", "ENGINE_UNSUPPORTED", "NETWORKX"),
        ("centrality(metric: DEGREE, engine: GDS) { totalCount }", "ENGINE_UNSUPPORTED", "embedded"),
        ("centrality(metric: DEGREE, samples: 20) { totalCount }", "BAD_QUERY", "samples"),
        ("centrality(metric: BETWEENNESS, samples: 1) { totalCount }", "BAD_QUERY", "2 to"),
        ("centrality(metric: IN_DEGREE, directed: false) { totalCount }", "BAD_QUERY", "direction"),
        (
            'concentration(organization: "iren", side: LENDERS, measure: CAPACITY_MW) { hhi }',
            "BAD_QUERY",
            "no megawatts",
        ),
        ('reconciliation(organization: "nobody") { gap }', "BAD_QUERY", "nobody"),
    ],
)
async def test_what_cannot_be_is_told_with_a_remedy(ask: Ask, field: str, code: str, told: str) -> None:
    found, message = await error_of(ask, f"{{ {field} }}")
    assert (found, told in message) == (code, True), message


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("weight", Weight)
@pytest.mark.slow
async def test_no_choice_of_metric_weight_and_flow_fails_unexpectedly(ask: Ask, metric: str, weight: Weight) -> None:
    for flow in Flow:
        for scope in (SHELL, "{types: [], layer: SHELL, basis: CRITICAL_IT}"):
            answer = await ask(
                f"{{ centrality(metric: {metric}, weight: {weight}, flow: {flow}, scope: {scope}) {RANKING} }}"
            )
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"WEIGHT_REFUSED", "BAD_QUERY"}


# ---- side by side with others


@pytest.mark.slow
async def test_others_are_served_while_a_long_one_is_computed(seeded: EmbeddedStore) -> None:
    async with client_of(seeded) as client:
        document = "{ sourceSensitivity(metric: BETWEENNESS, flow: MONEY) { moved } }"
        long = asyncio.create_task(client.post("/graphql", json={"query": document}))
        served = 0
        while not long.done():
            assert (await client.get("/healthz")).status_code == 200
            await asyncio.sleep(0.01)  # what is served in this process does not wait for anything
            served += 1
        assert (await long).json()["data"]["sourceSensitivity"]
    assert served > 10


async def test_the_same_question_is_computed_once_for_all_who_ask(seeded: EmbeddedStore) -> None:
    app = create_app(read_settings(), seeded)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        documents = [f"{{ centrality(metric: DEGREE, first: {first}) {{ rows {{ rank }} }} }}" for first in (1, 2, 3)]
        answers = await asyncio.gather(*(client.post("/graphql", json={"query": one}) for one in documents))
    assert [len(answer.json()["data"]["centrality"]["rows"]) for answer in answers] == [1, 2, 3]
    assert len(app.state.provider.analytics) == 1


@pytest.mark.slow
async def test_a_long_one_ends_when_nobody_waits_for_it(seeded: EmbeddedStore) -> None:
    # long enough for the short question on a busy machine; the long one takes many times as long
    app = create_app(read_settings(deadline=2), seeded)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        document = "{ centrality(metric: BETWEENNESS, engine: NETWORKX, uncertainty: true) { totalCount } }"
        answer = await client.post("/graphql", json={"query": document})
        assert answer.status_code == 504
        assert len(app.state.provider.long_analytics) == 0
        # the next one does not wait for what was given up
        document = "{ centrality(metric: DEGREE) { totalCount } }"
        assert (await client.post("/graphql", json={"query": document})).status_code == 200
