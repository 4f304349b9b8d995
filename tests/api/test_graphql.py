"""What answers say: ids, keys, lenses, evidence, and errors with their remedies."""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type, is_composite_type, is_leaf_type

from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request, run_document
from api.execution.validation import GraphQLRequest
from api.schema.ids import global_id
from api.schema.root_fields import ROOT_LABELS
from graph.errors import BadInput, StoreUnavailable
from graph.evidence.lens import Lens
from graph.stores.base import Reader, Store
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.model import LABELS
from tests.api.conftest import Ask, asking, client_of, data_of, error_of
from tests.budgets import AUDIT
from tests.printed_schema import printed_schema

Small = Callable[..., Awaitable[EmbeddedStore]]

# ---- ids and keys


def test_a_global_id_tells_the_kind() -> None:
    assert base64.b64decode(global_id("Organization", "iren")) == b"Organization:iren"


@pytest.mark.parametrize("asked", LABELS)
async def test_the_id_of_one_kind_is_never_a_row_of_another(asked: str, ask: Ask) -> None:
    keys = {
        "Organization": "iren",
        "Site": "childress",
        "Chip": "gb300",
        "Deal": "hut8-river-bend-2025",
        "Link": "iren-microsoft-cloud",
        "Source": "nasdaq-oai-amd",
        "Observation": "abilene-jpmorgan-total",
        "Event": "bitcoin-halving-2024",
        "Debt": "abernathy-notes-2025-12",
    }
    for label, key in keys.items():
        document = "query($id: ID!) { node(id: $id) { __typename id } }"
        found = (await data_of(ask, document, {"id": global_id(asked, key)}))["node"]
        assert found == ({"__typename": label, "id": global_id(label, key)} if label == asked else None)
        if asked in ROOT_LABELS:
            single = await data_of(
                ask, f"query($id: String!) {{ {asked.lower()}(key: $id) {{ key }} }}", {"id": global_id(label, key)}
            )
            assert single[asked.lower()] == ({"key": key} if label == asked else None)


async def test_the_id_of_another_kind_filters_everything_out(ask: Ask) -> None:
    document = """query($id: ID!) {
        eq: organizations(where: {id: {eq: $id}}) { totalCount }
        in: organizations(where: {id: {in: [$id]}}) { totalCount }
        ne: organizations(where: {id: {ne: $id}}) { totalCount }
        all: organizations { totalCount } }"""
    found = await data_of(ask, document, {"id": global_id("Site", "iren")})
    assert (found["eq"]["totalCount"], found["in"]["totalCount"]) == (0, 0)
    assert found["ne"] == found["all"]


@pytest.mark.parametrize(
    "id", ["no-such", "T3JnYW5pemF0aW9uOm5vLXN1Y2g=", "Tm9Tb3J0OmlyZW4=", "", "====", "é", "x" * 10_000]
)
async def test_an_unknown_id_is_null(id: str, ask: Ask) -> None:
    document = """query($id: ID!, $key: String!) {
        node(id: $id) { id } nodes(ids: [$id]) { id } organization(key: $key) { key } }"""
    assert await data_of(ask, document, {"id": id, "key": id}) == {"node": None, "nodes": [None], "organization": None}


async def test_one_node_in_every_place_has_one_id(ask: Ask) -> None:
    document = """{ link(key: "iren-microsoft-cloud") {
        id source { id } statements(first: 1) { nodes { id subject source { id } } } } }"""
    link = (await data_of(ask, document))["link"]
    statement = link["statements"]["nodes"][0]
    ids = [link["id"], link["source"]["id"], statement["id"], statement["source"]["id"]]
    found = (await data_of(ask, "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": ids}))["nodes"]
    assert [one["id"] for one in found] == ids
    assert [one["__typename"] for one in found] == ["Link", "Organization", "Statement", "Source"]
    assert statement["subject"] == link["id"]


NAMES = """
- {id: alpha, claims: [{says: {name: Alpha, ticker: AAA, kinds: [MINER]}, sources: [filing], confidence: high}]}
- {id: beta, claims: [{says: {name: AAA, aliases: [The Twins]}, sources: [filing], confidence: high}]}
- {id: gamma, claims: [{says: {name: Twin, former_names: [Old Name]}, sources: [filing], confidence: high}]}
- {id: delta, claims: [{says: {name: Twin, aliases: [The Twins, alpha]}, sources: [filing], confidence: high}]}
- {id: aaa, claims: [{says: {name: Third}, sources: [filing], confidence: high}]}
"""


async def test_organizations_are_found_by_key_ticker_name_alias_in_this_order(small: Small) -> None:
    store = await small(organizations=NAMES, links_provides_capacity="[]")
    async with client_of(store) as client:
        ask = asking(client)

        async def key_of(text: str) -> str | None:
            found = (await data_of(ask, "query($k: String!) { organization(key: $k) { key } }", {"k": text}))[
                "organization"
            ]
            return found and str(found["key"])

        assert await key_of("aaa") == "aaa", "a key goes before a ticker"
        assert await key_of("AAA") == "alpha", "a ticker goes before a name"
        assert await key_of("ALPHA") == "alpha", "a name goes before an alias"
        assert await key_of("old name") == "gamma"
        assert await key_of("nobody") is None
        code, message = await error_of(ask, '{ organization(key: "twin") { key } }')
        assert code == "AMBIGUOUS_KEY"
        assert message == '"twin" names 2 organizations: delta, gamma. Ask for one of them by its key.'
        code, message = await error_of(ask, '{ organization(key: "The Twins") { key } }')
        assert (code, "beta, delta" in message) == ("AMBIGUOUS_KEY", True)


# ---- lenses


async def test_a_contract_is_not_known_before_it_was_announced(ask: Ask) -> None:
    document = """{
        before: graph(lens: {knownOn: "2025-10-31"}) {
          link(key: "iren-microsoft-cloud") { key }
          links(where: {key: {eq: "iren-microsoft-cloud"}}) { totalCount }
        }
        after: graph(lens: {knownOn: "2025-11-30"}) { link(key: "iren-microsoft-cloud") { key } } }"""
    found = await data_of(ask, document)
    assert found["before"] == {"link": None, "links": {"totalCount": 0}}
    assert found["after"] == {"link": {"key": "iren-microsoft-cloud"}}


async def test_a_state_of_knowledge_in_the_future_is_an_error(ask: Ask) -> None:
    code, message = await error_of(ask, '{ graph(lens: {knownOn: "2026-12-01"}) { dataThrough } }')
    assert code == "BAD_LENS"
    assert message.endswith("Ask for 2026-11-30 (today, UTC) or earlier.")


async def test_the_future_of_the_world_can_be_asked_about(ask: Ask) -> None:
    lens = (await data_of(ask, '{ graph(lens: {validOn: "2031-01-01"}) { lens { validOn knownOn } } }'))["graph"][
        "lens"
    ]
    assert lens == {"validOn": "2031-01-01", "knownOn": "2026-11-30"}


@pytest.mark.parametrize("source", ["no-such", global_id("Organization", "iren")])
async def test_only_sources_can_be_excluded(source: str, ask: Ask) -> None:
    document = "query($s: [ID!]) { graph(lens: {excludeSources: $s}) { dataThrough } }"
    code, _ = await error_of(ask, document, {"s": [source]})
    assert code == "BAD_LENS"


async def test_a_source_is_excluded_by_id_or_key(ask: Ask) -> None:
    document = "query($s: [ID!]) { graph(lens: {excludeSources: $s}) { lens { excludeSources } links { totalCount } } }"
    by_key = await data_of(ask, document, {"s": ["nasdaq-oai-amd"]})
    by_id = await data_of(ask, document, {"s": [global_id("Source", "nasdaq-oai-amd")]})
    assert by_key == by_id
    assert by_id["graph"]["lens"]["excludeSources"] == [global_id("Source", "nasdaq-oai-amd")]


async def test_null_in_a_lens_is_the_default(ask: Ask) -> None:
    parts = ("validOn", "knownOn", "minConfidence", "minReliability", "natures", "excludeSources", "certainty")
    lens = ", ".join(f"{part}: null" for part in parts)
    fields = f"lens {{ {' '.join(parts)} }} links {{ totalCount }}"
    found = await data_of(ask, f"{{ graph(lens: {{{lens}}}) {{ {fields} }} {fields} }}")
    assert found.pop("graph") == found


async def test_where_nothing_counts_everything_is_empty(ask: Ask) -> None:
    document = """{ graph(lens: {natures: []}) {
        dataThrough lens { natures } organizations { totalCount } links { nodes { key } }
        organization(key: "iren") { key } statements(subject: "iren") { totalCount }
        search(text: "iren") { score } } }"""
    found = (await data_of(ask, document))["graph"]
    assert found["dataThrough"] == "0001-01-01"
    assert (found["organizations"]["totalCount"], found["links"]["nodes"], found["search"]) == (0, [], [])
    assert found["organization"] is None
    assert found["statements"]["totalCount"] > 0, "they are known, and do not count"


# ---- nothing that must be there is missing


def _everything() -> list[str]:
    """Documents that ask for all rows of every list with all fields; of what a row leads to, ids and names."""
    schema = printed_schema()

    def leaves(type_: Any, deeper: bool) -> str:
        parts = []
        for name, field in type_.fields.items():
            named = get_named_type(field.type)
            if is_leaf_type(named):
                parts.append(name)
            elif "totalCount" in getattr(named, "fields", {}):
                parts += [f"{name}(first: 2) {{ totalCount }}"] if deeper else []
            elif is_composite_type(named) and deeper:
                parts.append(f"{name} {{ __typename {leaves(named, deeper=False)} }}")
        return " ".join(parts)

    roots = cast("GraphQLObjectType", schema.query_type).fields
    lists = [
        f"rows: {name}({end}: 500) {{ totalCount nodes {{ {leaves(schema.type_map[label], deeper=True)} }} }}"
        for label, name in ((label, f"{label.lower()}s") for label in ROOT_LABELS)
        for end in ("first", "last")
        if end in roots[name].args
    ]
    statements = f"statements(first: 5) {{ nodes {{ {leaves(schema.type_map['Statement'], deeper=True)} }} }}"
    evidence = f"rows: links(first: 500) {{ nodes {{ {statements} }} }}"
    return [f"query($lens: LensInput) {{ graph(lens: $lens) {{ dataThrough {one} }} }}" for one in (*lists, evidence)]


@pytest.mark.parametrize(
    "lens",
    [
        {},
        *(
            pytest.param(lens, marks=pytest.mark.slow)
            for lens in (
                {"knownOn": "2024-01-01", "validOn": "2023-01-01"},
                {"minConfidence": "HIGH", "minReliability": "HIGH"},
                {"natures": ["ESTIMATED", "DERIVED"]},
            )
        ),
        # nearly all rows, as without a lens: half of the time of this test
        *(({"knownOn": "2025-10-31"}, {"validOn": "2040-01-01", "certainty": "CERTAIN"}) if AUDIT else ()),
    ],
    ids=str,
)
@pytest.mark.audited
@pytest.mark.slow
async def test_non_null_fields_have_a_value_under_every_lens(lens: dict[str, Any], ask: Ask) -> None:
    """A null in a non-null field would be an error, and take its row or the whole answer with it."""
    found = [(await data_of(ask, document, {"lens": lens}))["graph"]["rows"]["nodes"] for document in _everything()]
    assert any(found)


def test_the_sweep_asks_for_fields_that_must_be_there() -> None:
    link = cast("GraphQLObjectType", printed_schema().type_map["Link"])
    assert isinstance(link.fields["source"].type, GraphQLNonNull)
    assert any("source { __typename" in document for document in _everything())


# ---- evidence


async def test_the_chosen_statement_comes_first_and_its_rivals_tell_why_they_lost(ask: Ask) -> None:
    document = """{ link(key: "iren-microsoft-cloud") { value { usd }
        statements(property: "value", first: 500) { nodes { value chosen counted reason } }
        alternatives(property: "value") { value chosen reason } } }"""
    link = (await data_of(ask, document))["link"]
    statements = link["statements"]["nodes"]
    assert statements[0]["chosen"] is True
    assert statements[0]["value"]["amount"] == link["value"]["usd"]
    assert link["alternatives"]
    rivals = [one for one in statements if one["counted"] and not one["chosen"]]
    assert [one["reason"] for one in link["alternatives"]] == [one["reason"] for one in rivals]
    assert all(one["reason"] for one in rivals)


async def test_an_unknown_property_is_an_error(ask: Ask) -> None:
    for field in (
        'statements(subject: "iren", property: "valeu") { totalCount }',
        'link(key: "iren-microsoft-cloud") { alternatives(property: "valueUsd") { id } }',
    ):
        code, message = await error_of(ask, f"{{ {field} }}")
        assert code == "BAD_QUERY"
        assert "There is no property 'val" in message


async def test_the_total_of_one_basis(ask: Ask) -> None:
    """Barber Lake, first contract: 168 MW critical IT and 244 MW gross are two facts, not rivals."""
    document = """{ link(key: "cipher-fluidstack-barber-lake-1") {
        it: capacity { mw basis }
        gross: capacity(basis: GROSS) { mw basis }
        none: capacity(basis: GENERATION) { mw } } }"""
    assert (await data_of(ask, document))["link"] == {
        "it": {"mw": 168.0, "basis": "CRITICAL_IT"},
        "gross": {"mw": 244.0, "basis": "GROSS"},
        "none": None,
    }


async def test_what_has_no_field_stands_in_properties(ask: Ask) -> None:
    properties = (await data_of(ask, '{ link(key: "iren-microsoft-cloud") { properties } }'))["link"]["properties"]
    assert properties["prepayment_pct"] == 20
    assert properties["termination"] == {"party": "CUSTOMER"}
    assert "value" not in properties


async def test_when_the_data_were_recorded(ask: Ask) -> None:
    version = (await data_of(ask, "{ dataVersion { id recordedAt statements } }"))["dataVersion"]
    assert version["recordedAt"].startswith("20")
    assert version["statements"] > 10_000


# ---- errors


@pytest.mark.parametrize(
    ("nulls", "absent"),
    [
        ("links(where: {announced: {gte: null}}) { totalCount }", "links { totalCount }"),
        (
            'links(where: {announced: {gte: "2026-07", certainty: null}}) { totalCount }',
            'links(where: {announced: {gte: "2026-07"}}) { totalCount }',
        ),
        (
            "links(where: {capacity: {basis: GROSS, stage: null, mw: null}}) { totalCount }",
            "links(where: {capacity: {basis: GROSS}}) { totalCount }",
        ),
        ("links(where: {source: null}) { totalCount }", "links { totalCount }"),
        (
            'organization(key: "iren") { links(direction: null) { totalCount } }',
            'organization(key: "iren") { links { totalCount } }',
        ),
        (
            'link(key: "iren-microsoft-cloud") { capacity(basis: null) { mw } }',
            'link(key: "iren-microsoft-cloud") { capacity { mw } }',
        ),
        ('search(text: "iren", first: null) { score }', 'search(text: "iren") { score }'),
        (
            "centrality(metric: DEGREE, flow: null, weight: null, directed: null, uncertainty: null, first: null,"
            " skip: null, scope: {status: null, commitment: null}) { totalCount rows { score } }",
            "centrality(metric: DEGREE) { totalCount rows { score } }",
        ),
    ],
)
async def test_a_null_asks_what_leaving_out_asks(nulls: str, absent: str, ask: Ask) -> None:
    first, second = await ask(f"{{ {nulls} }}"), await ask(f"{{ {absent} }}")
    assert first["data"] == second["data"]
    assert first["extensions"] == second["extensions"]


async def test_a_null_by_variable_and_an_absent_variable_ask_nothing(ask: Ask) -> None:
    document = "query($c: String) { organizations(where: {country: {eq: $c}}) { totalCount } }"
    everything = await data_of(ask, "{ organizations { totalCount } }")
    assert await data_of(ask, document, {"c": None}) == everything
    assert await data_of(ask, document) == everything


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("[{}]", "exactly one field"),
        ("[{type: ASC, valueUsd: ASC}]", "exactly one field"),
        ("[{type: ASC, valueUsd: null}]", "exactly one field"),
        ("[{type: null}]", "must be non-null"),
        ("[{capacityMw: {basis: GROSS}}]", "direction"),
        ("[{type: ASC, name: ASC}]", "name"),
    ],
)
async def test_an_order_has_exactly_one_key(order: str, message: str, ask: Ask) -> None:
    code, text = await error_of(ask, f"{{ links(orderBy: {order}) {{ totalCount }} }}")
    assert (code, message in text) == ("GRAPHQL_VALIDATION_FAILED", True)


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ({}, "[1]"),
        ({"type": "ASC", "valueUsd": "ASC"}, "[1]"),
        ({"type": "ASC", "valueUsd": None}, "[1]"),
        ({"type": None}, "[1].type"),
    ],
    ids=str,
)
async def test_an_order_by_variable_has_exactly_one_key(order: dict[str, str | None], place: str, ask: Ask) -> None:
    """Null is not as if absent here: the standard counts it. The error says in which element of which variable."""
    document = "query($o: [LinkOrder!]) { links(orderBy: $o) { totalCount } }"
    code, text = await error_of(ask, document, {"o": [{"announced": "ASC"}, order]})
    assert code == "GRAPHQL_VALIDATION_FAILED"
    assert text.startswith(f"Variable '$o' has invalid value at {place}: Within OneOf Input Object type 'LinkOrder'")


@pytest.mark.parametrize("order", ["{type: $d}", "[{type: $d}]"])
@pytest.mark.parametrize("variables", [{}, {"d": None}, {"d": "ASC"}], ids=str)
async def test_a_variable_of_an_order_is_not_null(order: str, variables: dict[str, str | None], ask: Ask) -> None:
    document = f"fragment F on Query {{ links(orderBy: {order}) {{ totalCount }} }} query($d: SortDirection) {{ ...F }}"
    code, text = await error_of(ask, document, variables)
    assert (code, text) == ("GRAPHQL_VALIDATION_FAILED", "Variable '$d' must be non-null to be used in 'LinkOrder'.")
    assert "data" in await ask(document.replace("$d: SortDirection", "$d: SortDirection!"), {"d": "ASC"})


async def test_introspection_says_that_an_order_takes_one_key(ask: Ask) -> None:
    found = await data_of(
        ask, '{ order: __type(name: "LinkOrder") { isOneOf } where: __type(name: "LinkWhere") { isOneOf } }'
    )
    assert found == {"order": {"isOneOf": True}, "where": {"isOneOf": False}}


@pytest.mark.parametrize("number", ["1e400", "-1e999"])
async def test_a_number_that_is_not_finite_is_an_error(number: str, ask: Ask) -> None:
    answer = await ask(f"{{ links(where: {{valueUsd: {{gt: {number}}}}}) {{ totalCount }} }}")
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_QUERY", "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize("moment", ["2026-13", "2026-H3", "2026-02-30", "26", "tomorrow", "", "2026-07-15T00:00:00Z"])
async def test_a_date_that_cannot_be_tells_what_can(moment: str, ask: Ask) -> None:
    document = "query($d: PartialDate) { links(where: {announced: {gte: $d}}) { totalCount } }"
    code, text = await error_of(ask, document, {"d": moment})
    assert (code, "Write 2026, 2026-H2" in text) == ("GRAPHQL_VALIDATION_FAILED", True)
    code, text = await error_of(ask, f'{{ graph(lens: {{validOn: "{moment}"}}) {{ dataThrough }} }}')
    assert (code, "Write it as 2026-07-15" in text) == ("GRAPHQL_VALIDATION_FAILED", True)


async def test_an_error_tells_where_it_is(ask: Ask) -> None:
    answer = await ask("{\n  first: links(first: 501) { totalCount }\n}")
    assert answer["errors"][0]["locations"] == [{"line": 2, "column": 3}]
    assert answer["errors"][0]["path"] == ["first"]


async def test_a_document_that_is_no_graphql(ask: Ask) -> None:
    answer = await ask("{ links( }")
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert "data" not in answer


async def test_a_field_that_is_not_there(ask: Ask) -> None:
    answer = await ask("{ linkz { totalCount } }")
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "data" not in answer


class _Failing:
    """A store whose readers fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def reader(self, lens: Lens | None = None) -> Reader:
        raise self.error


async def test_what_nobody_expected_is_masked_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    provider = StoreProvider(cast("Store", _Failing(RuntimeError("password is hunter2"))))
    with caplog.at_level(logging.ERROR):
        found = await execute_request(provider, GraphQLRequest("{ a: links { totalCount } }"))
    [error] = found.body["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in found.json.decode()
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text
    assert "hunter2" in caplog.text
    assert found.body["extensions"]["dataVersion"] is None


async def test_a_store_that_does_not_answer_is_told_with_its_code() -> None:
    provider = StoreProvider(cast("Store", _Failing(StoreUnavailable("Neo4j does not answer.", remedy="Start it."))))
    found = await execute_request(provider, GraphQLRequest("{ links { totalCount } }"))
    assert found.body["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert found.body["errors"][0]["message"] == "Neo4j does not answer. Start it."


# ---- what every answer tells


@pytest.mark.parametrize(
    "document", ["{ __typename }", "{ links { totalCount } }", "{ links(first: 501) { totalCount } }", "{ nope }", "{"]
)
async def test_every_answer_tells_version_and_dates(document: str, ask: Ask) -> None:
    version = (await data_of(ask, "{ dataVersion { id } }"))["dataVersion"]["id"]
    extensions = (await ask(document))["extensions"]
    assert extensions["dataVersion"] == version
    assert set(extensions) == {"dataVersion", "validOn", "knownOn", "cost", "truncated"}


async def test_a_document_runs_without_http(seeded: EmbeddedStore) -> None:
    text, failed = await run_document(seeded, "query($k: String!) { organization(key: $k) { name } }", '{"k": "iren"}')
    assert ('"IREN"' in text, failed) == (True, False)
    text, failed = await run_document(seeded, "{ nope }", "{}")
    assert failed


@pytest.mark.parametrize("variables", ["", "[]", "{", "1", "null"])
async def test_variables_have_to_be_an_object(variables: str, seeded: EmbeddedStore) -> None:
    with pytest.raises(BadInput):
        await run_document(seeded, "{ __typename }", variables)


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("{valueFirmUsd: {gt: 3750000000}}", ["nebius-meta-2026"]),
        (
            "{escalatorPct: {eq: 3}, leaseStructure: {ne: TRIPLE_NET}}",
            ["terawulf-core42-lake-mariner", "whitefiber-nscale-nc1"],
        ),
        ("{leaseStructure: {eq: MODIFIED_GROSS}}", ["cipher-fluidstack-barber-lake-1"]),
        (
            "{termination: {party: {eq: CUSTOMER}}}",
            ["abernathy-jv-fluidstack", "iren-microsoft-cloud", "nebius-meta-2025"],
        ),
        ("{termination: {noticeDays: {lte: 90}}}", ["spacex-anthropic-colossus-1"]),
        (
            "{termination: {isNull: false, party: {ne: CUSTOMER}}}",
            ["hut8-undisclosed-beacon-point", "spacex-anthropic-colossus-1"],
        ),
    ],
)
async def test_links_are_found_by_the_terms_of_their_contract(where: str, keys: list[str], ask: Ask) -> None:
    document = f"{{ links(where: {where}) {{ nodes {{ key }} }} }}"
    assert [node["key"] for node in (await data_of(ask, document))["links"]["nodes"]] == keys


async def test_the_terms_of_a_contract_have_fields_and_stay_in_properties(ask: Ask) -> None:
    terms = "valueFirmUsd escalatorPct leaseStructure termination { party noticeDays } properties"
    document = f"""{{
      cloud: link(key: "spacex-anthropic-colossus-1") {{ {terms} }}
      lease: link(key: "hut8-fluidstack-river-bend") {{ {terms} }}
    }}"""
    data = await data_of(ask, document)
    cloud, lease = data["cloud"], data["lease"]
    assert (cloud["valueFirmUsd"], cloud["termination"]) == (3.75e9, {"party": "EITHER", "noticeDays": 90})
    assert cloud["properties"]["termination"] == {"party": "EITHER", "notice_days": 90}
    assert (lease["escalatorPct"], lease["leaseStructure"], lease["termination"]) == (3, "TRIPLE_NET", None)
    assert (lease["properties"]["escalator_pct"], lease["properties"]["lease_structure"]) == (3, "TRIPLE_NET")
