"""What a query may cost: the pass over a document, the refusals, and that no answer holds more than it cost."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    parse,
)
from hypothesis import event, given
from hypothesis import strategies as st

from api.context.errors import BadRequest
from api.context.limits import DEFAULT_LIMITS, Limits
from api.context.query_cost import LENS_COST, Figures, QueryMeasurement, measure
from api.context.store_provider import StoreProvider
from api.execution.documents import ParseCache
from api.execution.execute import GraphQLResponse, execute_request
from api.execution.validation import GraphQLRequest
from api.schema.analytics import COST, RESAMPLING_COST
from api.schema.build import schema
from graph.errors import QueryRefused
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.settings import PROJECT, Settings, read_settings
from graph.stores.base import Reader, Store
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.query import LINKS_BOTH, LINKS_OUT, MAX_UNPAGED, RELATIONS, STATEMENTS_OF
from graph.stores.sizes import Sizes
from tests import facts
from tests.api.conftest import client_of, small_log
from tests.api.hostile import HOSTILE, NESTED_VARIABLES, doubling
from tests.budgets import cases

"""Random queries that are compared with their cost."""


def figures_of(
    text: str,
    variables: Mapping[str, Any] | None = None,
    operation: str | None = None,
    sizes: Sizes | None = None,
) -> Figures:
    document = parse(text)
    return measure(schema.core, document, _operation(document, operation), variables or {}, sizes)


def cost_extension(text: str, **variables: Any) -> int:
    return figures_of(text, variables).rows


def _operation(document: DocumentNode, name: str | None = None) -> OperationDefinitionNode:
    return next(
        one
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode) and (name is None or (one.name and one.name.value == name))
    )


async def answered(
    store: EmbeddedStore, text: str, variables: Mapping[str, Any] | None = None, limits: Limits = DEFAULT_LIMITS
) -> GraphQLResponse:
    return await execute_request(StoreProvider(store), GraphQLRequest(text, variables), limits=limits)


def with_limits(**changed: int) -> Limits:
    return Limits.of(Settings.model_construct(**{f"limit_{name}": value for name, value in changed.items()}))


# ---- what the store holds

GUARANTEES = """query($key: String) {
    links(where: {type: {eq: GUARANTEES}, source: {key: {eq: $key}}}, first: 500) {
        nodes { key statements(first: 200) { nodes { property source { key } } } } } }"""


async def test_a_query_is_refused_for_what_there_is_and_not_for_what_could_be(
    seeded: EmbeddedStore, seeds_log: StatementLog
) -> None:
    """500 x (1 + 200 x 2) = 200,500 rows by the arguments. There are few guarantees, of few statements each."""
    guarantees = [key for key, kind in seeds_log.kinds.items() if kind == "GUARANTEES"]
    statements = max(map(len, seeds_log.by_subject.values()))
    assert cost_extension(GUARANTEES) == 200_500
    key = next(one.value for one in seeds_log.by_subject[guarantees[0]] if one.property == "from")
    found = (await answered(seeded, GUARANTEES, {"key": key})).body
    assert found["extensions"]["cost"]["requested"] == len(guarantees) * (1 + 2 * statements)
    assert 0 < len(found["data"]["links"]["nodes"]) < len(guarantees)


SIZES = Sizes(
    rows={"Organization": 40, "Link": 90, "Observation": 30, "Source": 20, "Statement": 900}
    | dict.fromkeys(("Site", "Chip", "Deal", "Debt", "Event"), 8),
    links={"OWNS": 7, "MAKES": 2},
    children=dict.fromkeys(RELATIONS, 3) | {LINKS_BOTH: 12, LINKS_OUT: 9, STATEMENTS_OF: 5},
    items={("Link", "chips"): 4, ("Link", "uses"): 0, ("Link", "capacities"): 2, ("Debt", "secured_by"): 99},
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("{ links(first: 500) { totalCount } }", 90),
        ("{ links(last: 60) { totalCount } }", 60),
        ("{ links(first: 500, where: {type: {in: [OWNS, MAKES, SUPPLIES]}}) { totalCount } }", 9),
        ("{ links(first: 500, where: {type: {ne: OWNS}}) { totalCount } }", 90),
        ("{ links(first: 500, where: {not: {key: {eq: \"a\"}}}) { totalCount } }", 90),
        ('{ links(first: 500, where: {key: {eq: "a"}}) { totalCount } }', 1),
        ('{ links(first: 500, where: {id: {in: ["a", "b", "a"]}}) { totalCount } }', 2),
        ('{ links(first: 500, where: {source: {key: {in: ["a", "b"]}}}) { totalCount } }', 2 * 9),
        ('{ links(first: 500, where: {target: {key: {eq: "a"}}}) { totalCount } }', 3),
        ('{ links(first: 500, where: {or: [{key: {eq: "a"}}, {type: {eq: OWNS}}]}) { totalCount } }', 1 + 7),
        ("{ links(first: 500, where: {or: [{}, {type: {eq: OWNS}}]}) { totalCount } }", 90),
        ("{ links(first: 500, where: {or: null, and: null, type: {eq: null}}) { totalCount } }", 90),
        ("{ links(first: 500, where: {and: [{type: {eq: OWNS}}, {disputed: {eq: true}}]}) { totalCount } }", 7),
        ("{ organizations(first: 500) { nodes { links(first: 500) { totalCount } } } }", 40 * (1 + 12)),
        ("{ organizations(first: 500) { nodes { links(first: 500, direction: OUT) { totalCount } } } }", 40 * (1 + 9)),
        (
            "{ organizations(first: 500) { nodes { links(first: 500, where: {type: {eq: OWNS}}) { totalCount } } } }",
            40 * (1 + 7),
        ),
        ("{ sites(first: 500) { nodes { observations(first: 500) { totalCount } } } }", 8 * (1 + 3)),
        ('{ statements(subject: "a", first: 500) { totalCount } }', 5),
        ('{ observations(first: 500, where: {subjectWhere: {key: {eq: "a"}}}) { totalCount } }', 3),
        ("{ links(first: 500) { nodes { chips { key } } } }", 90 * (1 + 4)),
        ("{ links(first: 500) { nodes { capacities { mw } uses { key } } } }", 90 * (1 + 2 + 0)),
        ("{ links(first: 500) { nodes { usedBy { alternatives { value } } } } }", 90 * (1 + 3 * (1 + 5))),
        ("{ debts(first: 500) { nodes { securedBy { key } } } }", 8 * (1 + 25)),
        ("{ links { nodes { chips { statements(first: 500) { totalCount } } } } }", 50 * (1 + 4 * (1 + 5))),
    ],
)  # fmt: skip
def test_a_page_counts_no_more_rows_than_there_are(text: str, rows: int) -> None:
    assert figures_of(text, sizes=SIZES).rows == rows


@pytest.mark.parametrize(
    ("variables", "rows"),
    [
        ({}, 90),
        ({"w": None}, 90),
        ({"w": {"key": {"eq": "a"}}}, 1),
        ({"w": {"or": {"key": {"eq": "a"}}}}, 1),
        ({"w": {"key": ["a"]}}, 90),
        ({"w": ["key"]}, 90),
        ({"w": {"type": {"in": [{"a": 1}, None]}}}, 0),
    ],
    ids=str,
)
def test_filters_by_variable_bound_a_page_and_malformed_ones_do_no_harm(variables: dict[str, Any], rows: int) -> None:
    text = "query($w: LinkWhere) { links(where: $w, first: 500) { totalCount } }"
    assert figures_of(text, variables, sizes=SIZES).rows == rows


# ---- the cost, by hand


def test_githubs_first_example_costs_what_github_says() -> None:
    """docs.github.com, "Rate limits and node limits": 50 repositories + 50 x 10 issues = 550."""
    assert cost_extension(
        """{ organizations(first: 50) { edges { repository: node { name
               links(first: 10) { totalCount edges { node { key properties } } } } } } }"""
    ) == 50 + 50 * 10 == 550  # fmt: skip


def test_githubs_second_example_costs_what_github_says() -> None:
    """50 repositories, 20 pull requests and 20 issues of each, 10 comments of each of those, and 10 followers."""
    assert cost_extension(
        """{ organizations(first: 50) { edges { repository: node { name
               links(first: 20) { edges { node { key statements(first: 10) { edges { node { id } } } } } }
               issues: links(first: 20, direction: IN) { totalCount edges { node { key
                 statements(first: 10) { edges { node { id } } } } } } } } }
             followers: sources(first: 10) { edges { node { key } } } }"""
    ) == 50 + 50 * 20 + 50 * 20 * 10 + 50 * 20 + 50 * 20 * 10 + 10 == 22_060  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("{ __typename }", 0),
        ("{ dataVersion { id } lens { validOn } }", 0),
        ('{ organization(key: "iren") { name } }', 1),
        ('{ organization(key: "iren") { name links(last: 3) { nodes { value { usd } } } } }', 1 + 3),
        ("{ links { totalCount } }", 50),
        ("{ links(first: 3) { pageInfo { endCursor } nodes { key } } }", 3),
        ("{ links(first: 3) { nodes { key } edges { cursor node { key } } } }", 3 + 3),
        ("{ links(first: 3) { edges { cursor } } }", 3),
        ("{ links(first: 0) { totalCount } }", 0),
        ("{ links(first: -1) { totalCount } }", 0),
        ("{ links(first: null) { totalCount } }", 50),
        ("{ links(first: 2147483647) { totalCount } }", 500),
        (f"{{ links(first: {'9' * 5000}) {{ totalCount }} }}", 500),
        ("{ links(first: 2, last: 7) { totalCount } }", 7),
        ("{ links(first: 10) { nodes { source { key } target { key } } } }", 10 * (1 + 1 + 1)),
        ("{ links(first: 10) { nodes { usedBy { key } } } }", 10 * (1 + 25)),
        ("{ links(first: 10) { nodes { capacities { mw } } } }", 10 * (1 + 25)),
        ("{ links(first: 10) { nodes { alternatives { source { key } } } } }", 10 * (1 + 25 * 2)),
        ('{ node(id: "iren") { id } }', 1),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ nodes(ids: "a") { id } }', 1),
        ('{ search(text: "a") { score } }', 10),
        ('{ search(text: "a", first: 4) { entity { key } } }', 4),
        ('{ search(text: "a", first: 4) { entity { links(first: 2) { totalCount } } } }', 4 * (1 + 2)),
        ("{ graph { links(first: 4) { totalCount } } }", 4),
        ("{ graph(lens: {}) { links(first: 4) { totalCount } } }", LENS_COST + 4),
        ("{ graph(lens: null) { links(first: 4) { totalCount } } }", 4),
        ("{ links(first: 4) @skip(if: true) { totalCount } }", 4),
        ("{ ... @include(if: false) { links(first: 4) { totalCount } } }", 4),
        ("{ links(first: 4) { totalCount } links(first: 4) { nodes { key } } }", 4 + 4),
        ("{ links(first: 4) { ...A } } fragment A on LinkConnection { nodes { source { key } } }", 4 * 2),
        ("{ __schema { types { fields { name } } } }", 0),
        ("{ nope(first: 5) { nodes { key } } }", 0),
        ("query A { links(first: 9) { totalCount } } query B { links(first: 500) { totalCount } }", 9),
    ],
)  # fmt: skip
def test_the_cost_can_be_derived_by_hand(text: str, rows: int) -> None:
    assert cost_extension(text) == rows


@pytest.mark.parametrize(
    ("variables", "rows"),
    [({}, 7), ({"n": 3}, 3), ({"n": 3.0}, 3), ({"n": None}, 50), ({"n": 10**30}, 500), ({"n": "many"}, 50)],
)
def test_variables_are_read_and_their_defaults(variables: dict[str, Any], rows: int) -> None:
    assert cost_extension("query($n: Int = 7) { links(first: $n) { totalCount } }", **variables) == rows


def test_the_size_of_a_list_of_ids_is_read_from_a_variable() -> None:
    text = "query($ids: [ID!]!, $l: LensInput) { nodes(ids: $ids) { id } graph(lens: $l) { dataThrough } }"
    assert cost_extension(text, ids=["a", "b"]) == 2
    assert cost_extension(text, ids=["a"] * 9_000, l={}) == 500 + LENS_COST


def test_depth_aliases_and_directives_are_counted_through_fragments() -> None:
    """Depth: organization, links, nodes, key. Two aliases and three directives in the fragment, spread twice."""
    found = figures_of(
        """{ organization(key: "a") { ...F x: name } other: organization(key: "b") { ...F } }
           fragment F on Organization @a { one: name two: key @b links @c { nodes { key } } }"""
    )
    assert (found.depth, found.aliases, found.directives) == (4, 2 * 2 + 2, 2 * 3)


def test_a_field_asked_again_counts_as_an_alias_and_one_of_another_type_does_not() -> None:
    assert figures_of("{ dataThrough dataThrough ... { dataThrough } }").aliases == 2
    kinds = " ".join(f"... on {kind} {{ name }}" for kind in ("Site", "Chip", "Deal"))
    assert figures_of(f'{{ node(id: "a") {{ {kinds} }} }}').aliases == 0


def test_a_fragment_called_schema_is_measured_like_any_other() -> None:
    found = figures_of(
        "query __schema { ...__schema } fragment __schema on Query { links(first: 8) { nodes { key } } }"
    )
    assert (found.rows, found.depth) == (8, 3)


def test_circular_fragments_come_to_an_end() -> None:
    assert figures_of("{ ...A } fragment A on Query { dataThrough ...B } fragment B on Query { ...A }").depth == 1


@pytest.mark.parametrize("levels", [1, 10, 20, 40])
def test_the_pass_looks_at_each_selection_once(levels: int) -> None:
    """Of each level: the links, nodes, source, target and two spreads. Beside them: organization, a spread, a key."""
    document = parse(doubling(levels))
    measurement = QueryMeasurement(schema.core, document, _operation(document), {})
    found = measurement.total()
    assert measurement.visited == 6 * levels + 3
    # rows(n) = 1 link + its two ends + 2 rows(n + 1), rows(last) = 0; and the organization
    assert found.rows == 1 + 3 * (2**levels - 1)
    assert found.aliases == 2**levels - 1
    assert found.depth == 1 + 3 * levels + 1


# ---- every list is bounded


def _lists() -> dict[str, GraphQLField]:
    return {
        f"{type_.name}.{name}": field
        for type_ in schema.core.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if isinstance(get_nullable_type(field.type), GraphQLList) and is_composite_type(get_named_type(field.type))
    }


@pytest.mark.usefixtures("each_way")
async def test_a_list_that_cannot_be_paged_is_cut_and_told(small: Callable[..., Awaitable[EmbeddedStore]]) -> None:
    """A link with more of everything than such a list shows."""
    count = MAX_UNPAGED + 5
    chips = "\n".join(
        f"- {{id: chip-{n:02}, claims: [{{says: {{name: Chip {n}}}, sources: [filing], confidence: high}}]}}"
        for n in range(count)
    )
    capacities = ", ".join(f"{{mw: {n}, basis: GROSS, phase: '{n}'}}" for n in range(1, count + 1))
    named = ", ".join(f"chip-{n:02}" for n in range(count))
    rivals = "\n".join(
        f"    - {{says: {{term_years: {n}}}, sources: [news], confidence: low}}" for n in range(11, 11 + count)
    )
    others = "\n".join(
        f"""- {{id: lease-{n:02}, type: PROVIDES_CAPACITY, from: host, to: cloud, claims: [
            {{says: {{service: LEASE, status: SIGNED, uses: [lease]}}, sources: [filing], confidence: high}}]}}"""
        for n in range(count)
    )
    full = facts.LEASE.replace("  site: campus\n", f"  site: campus\n  chips: [{named}]\n").replace(
        "term_years: 10", f"term_years: 10, capacities: [{capacities}]"
    )
    store = await small(chips=chips, links_provides_capacity=full + rivals + "\n" + others)
    for part in ("chips { key }", "capacities { mw }", "alternatives { value }", "usedBy { key }"):
        found = (await answered(store, f'{{ link(key: "lease") {{ {part} }} }}')).body
        assert [len(rows) for rows in found["data"]["link"].values()] == [MAX_UNPAGED], part
        assert found["extensions"]["truncated"] is True, part
        assert found["extensions"]["cost"] == {"requested": 1 + MAX_UNPAGED, "limit": 200_000}
    uses = (await answered(store, '{ link(key: "lease-00") { uses { key } } }')).body
    assert uses["extensions"]["truncated"] is False


@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        ("{ organizations(first: 4) { nodes { key } } }", False),  # the small world has four
        ("{ organizations(first: 3) { nodes { key } } }", True),
        ("{ organizations(first: 3) { edges { cursor } } }", True),
        ("{ organizations(last: 3) { nodes { key } } }", True),
        ("{ organizations(first: 3) { totalCount } }", False),  # it shows no list
        ('{ organization(key: "host") { links(first: 1) { nodes { key } } } }', False),
        ('{ organization(key: "host") { statements(first: 1) { nodes { id } } } }', True),
        ('{ graph(lens: {validOn: "2026-11-01"}) { organizations(first: 1) { nodes { key } } } }', True),
        ('{ search(text: "c", first: 1) { matched } }', True),  # Host Corp and Cloud Inc
        ('{ search(text: "c", first: 500) { matched } }', False),
    ],
)
@pytest.mark.usefixtures("each_way")
async def test_the_answer_tells_whether_a_list_goes_on(
    text: str, truncated: bool, small: Callable[..., Awaitable[EmbeddedStore]]
) -> None:
    found = (await answered(await small(), text)).body
    assert "errors" not in found
    assert found["extensions"]["truncated"] is truncated


# ---- refusals


def _refusal(found: GraphQLResponse) -> str:
    assert not found.ran
    assert "data" not in found.body
    [error] = found.body["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    ("limit", "text", "code"),
    [
        ("query_bytes", "{ links { totalCount } }", "QUERY_TOO_LONG"),
        ("tokens", "{ links { totalCount } }", "TOO_MANY_TOKENS"),
        ("depth", "{ links { nodes { key } } }", "QUERY_TOO_DEEP"),
        ("aliases", "{ a: dataThrough b: dataThrough c: dataThrough }", "TOO_MANY_ALIASES"),
        ("directives", "{ dataThrough @skip(if: true) @nope @nope }", "TOO_MANY_DIRECTIVES"),
        ("cost", "{ links(first: 3) { totalCount } }", "QUERY_TOO_EXPENSIVE"),
    ],
)
@pytest.mark.usefixtures("each_way")
async def test_each_limit_refuses_with_its_code_limit_and_remedy(
    limit: str, text: str, code: str, seeded: EmbeddedStore
) -> None:
    found = await answered(seeded, text, limits=with_limits(**{limit: 2}))
    assert _refusal(found) == code
    message = found.body["errors"][0]["message"]
    assert "limit" in message
    assert "2" in message
    assert message.count(".") >= 2  # what is wrong, and what to do
    cost = {"requested": 3, "limit": 2} if limit == "cost" else None
    assert found.body["extensions"]["cost"] == cost


@pytest.mark.usefixtures("each_way")
async def test_at_a_limit_a_query_runs(seeded: EmbeddedStore) -> None:
    """`{ links(first: 3) { totalCount } }`: 10 tokens, 32 bytes, 2 deep, 3 rows."""
    text = "{ links(first: 3) { totalCount } }"
    exact = with_limits(query_bytes=len(text), tokens=11, depth=2, cost=3, aliases=0, directives=0)
    assert (await answered(seeded, text, limits=exact)).body["data"]["links"]["totalCount"] > 3


async def test_the_settings_reach_the_endpoint(seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTGRAPH_LIMIT_COST", "2")
    async with client_of(seeded) as client:
        found = (await client.post("/graphql", json={"query": "{ links(first: 3) { totalCount } }"})).json()
    assert found["errors"][0]["extensions"]["code"] == "QUERY_TOO_EXPENSIVE"
    assert found["extensions"]["cost"] == {"requested": 3, "limit": 2}


def test_the_limits_are_those_of_the_settings() -> None:
    assert Limits.of(read_settings()) == DEFAULT_LIMITS
    assert (DEFAULT_LIMITS.depth, DEFAULT_LIMITS.aliases, DEFAULT_LIMITS.directives) == (15, 30, 50)
    assert (DEFAULT_LIMITS.tokens, DEFAULT_LIMITS.query_bytes, DEFAULT_LIMITS.cost) == (2_000, 20_000, 200_000)


COSTS = (
    (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8").split("## What a query costs")[1].split("\n## ")[0]
)


def test_the_documentation_tells_every_limit_with_its_default_and_code() -> None:
    for name, about in Settings.model_fields.items():
        if name.startswith("limit_"):
            assert re.search(rf"\| {about.default:,} \| `WATTGRAPH_{name.upper()}` \|", COSTS), name
    refusals = {one.code for one in QueryRefused.__subclasses__()}
    assert len(refusals) == 6
    assert {code for code in refusals if f"`{code}`" not in COSTS} == set()
    assert f"| {MAX_UNPAGED} × the rows" in COSTS
    assert f"| {LENS_COST:,} + the rows" in COSTS
    assert f"| {COST:,} + the rows" in COSTS
    assert f"| {RESAMPLING_COST:,} more" in COSTS


async def test_the_example_of_the_documentation_costs_what_it_says(seeded: EmbeddedStore) -> None:
    [(text,), (_, told)] = (
        re.findall(r"```graphql\n(.*?)```", COSTS, re.S),
        re.findall(r"```json\n(.*?)```", COSTS, re.S),
    )
    extensions = (await answered(seeded, text)).body["extensions"]
    assert {name: extensions[name] for name in ("cost", "truncated")} == json.loads(told)


async def test_which_of_several_operations_has_to_be_said(seeded: EmbeddedStore) -> None:
    dear = "links(first: 500) { nodes { source { links { nodes { source { links { totalCount } } } } } } }"
    text = f"query A {{ a: __typename }} query B {{ {dear} }}"
    with pytest.raises(BadRequest, match="2 operations"):
        await answered(seeded, text)
    with pytest.raises(BadRequest, match="no operation of this name"):
        await execute_request(StoreProvider(seeded), GraphQLRequest(text, operation="C"))
    found = await execute_request(StoreProvider(seeded), GraphQLRequest(text, operation="A"))
    assert found.body["data"] == {"a": "Query"}
    assert found.body["extensions"]["cost"]["requested"] == 0, "only what runs is charged"
    assert (
        _refusal(await execute_request(StoreProvider(seeded), GraphQLRequest(text, operation="B")))
        == "QUERY_TOO_EXPENSIVE"
    )


async def test_a_document_without_an_operation_is_no_request(seeded: EmbeddedStore) -> None:
    with pytest.raises(BadRequest, match="no operation"):
        await answered(seeded, "fragment A on Query { __typename }")


@pytest.mark.usefixtures("each_way")
async def test_of_many_errors_ten_are_told_and_the_rest_counted(seeded: EmbeddedStore) -> None:
    invalid = await answered(seeded, "{ " + " ".join(f"f{n}" for n in range(200)) + " }")
    assert len(invalid.body["errors"]) == 10
    # an `alternatives` of an unknown property fails once in each of 40 nullable rows
    ids = [link["id"] for link in (await answered(seeded, "{ links(first: 40) { nodes { id } } }")).body["data"]["links"]["nodes"]]  # fmt: skip  # noqa: E501
    text = 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Link { alternatives(property: "nope") { id } } } }'
    failed = (await answered(seeded, text, {"ids": ids})).body
    assert failed["data"] == {"nodes": [None] * 40}
    assert [error["extensions"]["code"] for error in failed["errors"]] == ["BAD_QUERY"] * 9 + ["MORE_ERRORS"]
    assert failed["errors"][-1]["message"] == "31 more errors are not shown."


async def test_wrong_variables_are_refused_before_anything_runs(seeded: EmbeddedStore) -> None:
    found = await answered(seeded, "query($n: [Int!]!) { nodes(ids: []) { id } }", {"n": ["x"] * 5_000})
    assert not found.ran
    assert len(found.body["errors"]) <= 10


# ---- documents are kept


def test_the_documents_used_last_are_kept_within_a_number_and_a_size() -> None:
    documents = ParseCache(max_documents=3, max_bytes=30)
    for n in range(5):
        documents.put(f"{{ f{n} }}", parse(f"{{ f{n} }}"))
        documents.get("{ f0 }")
    assert documents.get("{ f0 }") is not None
    assert documents.get("{ f1 }") is None
    assert (len(documents), documents.bytes) == (3, 18)
    documents.put("{ " + "a" * 20 + " }", parse("{ a }"))
    assert documents.bytes <= 30
    documents.put("{ " + "a" * 40 + " }", parse("{ a }"))
    assert (len(documents), documents.bytes) == (0, 0)


@pytest.mark.usefixtures("each_way")
async def test_a_kept_document_is_measured_with_the_variables_of_each_request(seeded: EmbeddedStore) -> None:
    text = "query Kept($n: Int) { links(first: $n) { nodes { key } } }"
    for n in (2, 5, 2):
        found = (await answered(seeded, text, {"n": n})).body
        assert len(found["data"]["links"]["nodes"]) == found["extensions"]["cost"]["requested"] == n


# ---- one version of the data


class Interrupted:
    """A store into which somebody writes between a query's first reader and the next, some times."""

    def __init__(self, store: EmbeddedStore, writes: list[Callable[[], Awaitable[Any]]]) -> None:
        self._store = store
        self._writes = writes

    async def reader(self, lens: Lens | None = None) -> Reader:
        if lens is not None and self._writes:
            await self._writes.pop()()
        return await self._store.reader(lens)


TWO_LENSES = '{ now: organization(key: "host") { name } graph(lens: {validOn: "2026-11-20"}) { host: organization(key: "host") { name } } }'  # fmt: skip  # noqa: E501


def _renaming(store: EmbeddedStore, tmp_path: Any, name: str) -> Callable[[], Awaitable[Any]]:
    async def write() -> None:
        changed = facts.ORGANIZATIONS.replace("Host Corp", name)
        await store.load(small_log(tmp_path, organizations=changed))

    return write


@pytest.mark.usefixtures("each_way")
async def test_all_lenses_of_an_answer_see_one_version(
    small: Callable[..., Awaitable[EmbeddedStore]], tmp_path: Any
) -> None:
    store = await small()
    interrupted = Interrupted(store, [_renaming(store, tmp_path, "Renamed Corp")])
    found = await execute_request(StoreProvider(cast("Store", interrupted)), GraphQLRequest(TWO_LENSES))
    assert found.body["data"] == {"now": {"name": "Renamed Corp"}, "graph": {"host": {"name": "Renamed Corp"}}}
    assert found.body["extensions"]["dataVersion"] == (await store.reader()).version.id


@pytest.mark.usefixtures("each_way")
async def test_when_writes_never_cease_the_answer_is_an_error_and_no_mixture(
    small: Callable[..., Awaitable[EmbeddedStore]], tmp_path: Any
) -> None:
    store = await small()
    writes = [_renaming(store, tmp_path, f"Name {n}") for n in range(9)]
    found = await execute_request(StoreProvider(cast("Store", Interrupted(store, writes))), GraphQLRequest(TWO_LENSES))
    assert found.body["data"] is None
    assert [error["extensions"]["code"] for error in found.body["errors"]] == ["STORE_BUSY"]


# ---- random queries


NODES = {
    name
    for name, type_ in schema.core.type_map.items()
    if isinstance(type_, GraphQLObjectType) and any(one.name == "Node" for one in type_.interfaces)
}
KEYS = ["iren", "nvidia", "microsoft", "iren-microsoft-cloud", "hut8-fluidstack-river-bend", "river-bend", "nowhere"]


def count_rows(value: Any, in_list: bool = False) -> int:
    """Rows in an answer: objects with an id, and elements of lists that hold none. Each object tells its type."""
    if isinstance(value, list):
        return sum(count_rows(one, in_list=True) for one in value)
    if not isinstance(value, dict) or "__typename" not in value:
        return 0
    inside = sum(count_rows(one) for one in value.values())
    return inside + 1 if value["__typename"] in NODES else max(int(in_list), inside)


class Asking:
    """Draws a query: fields, arguments as literals or variables, aliases, fragments in line and by name."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.variables: dict[str, tuple[str, Any]] = {}
        self.fragments: list[tuple[str, str, str]] = []
        self.aliases = 0

    def query(self) -> tuple[str, dict[str, Any]]:
        root = cast("GraphQLObjectType", schema.core.query_type)
        body = self.selections(root, self.draw(st.integers(2, 6)))
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.variables.items())
        parts = [f"query{f'({declared})' if declared else ''} {body}"]
        parts += [f"fragment {name} on {type_} {body}" for name, type_, body in self.fragments]
        return "\n".join(parts), {name: value for name, (_, value) in self.variables.items()}

    def selections(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        composite = [name for name, field in type_.fields.items() if is_composite_type(get_named_type(field.type))]
        chosen = self.draw(st.lists(st.sampled_from(composite), max_size=3)) if composite and depth else []
        parts = ["__typename", *(self.field(name, type_.fields[name], depth - 1) for name in chosen)]
        spread = [body for name, on, body in self.fragments if on == type_.name]
        if spread and self.draw(st.booleans()):
            parts.append(f"...{self.draw(st.sampled_from([n for n, on, _ in self.fragments if on == type_.name]))}")
        if isinstance(type_, GraphQLInterfaceType) and depth:
            kind = self.draw(st.sampled_from(schema.core.get_possible_types(type_)))
            parts.append(f"... on {kind.name} {self.selections(kind, depth - 1)}")
        text = "{ " + " ".join(parts) + " }"
        if depth and self.draw(st.integers(0, 5)) == 0:
            self.fragments.append((f"F{len(self.fragments)}", type_.name, text))
            return f"{{ __typename ...{self.fragments[-1][0]} }}"
        return text

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        self.aliases += 1
        type_ = cast("GraphQLObjectType", get_named_type(field.type))
        given = [one for argument, about in field.args.items() if (one := self.argument(argument, about))]
        arguments = f"({', '.join(given)})" if given else ""
        return f"a{self.aliases}: {name}{arguments} {self.selections(type_, depth)}"

    def argument(self, name: str, about: Any) -> str | None:
        text = self.draw(st.sampled_from(KEYS))
        required: dict[str, tuple[str, Any]] = {
            "key": ("String!", text),
            "id": ("ID!", text),
            "subject": ("ID!", self.draw(st.sampled_from(KEYS[:-1]))),
            "before": ("LensInput!", {"knownOn": "2026-03-01"}),
            "after": ("LensInput!", {}),
            "text": ("String!", self.draw(st.sampled_from(["a", "corp", "hut 8"]))),
            "ids": ("[ID!]!", self.draw(st.lists(st.sampled_from(KEYS), max_size=9))),
            "organization": ("ID!", "hut8"),
            "side": ("Side!", "CUSTOMERS"),
            "measure": ("Measure!", self.draw(st.sampled_from(["COUNT", "CAPACITY_MW"]))),
            "metric": ("CentralityMetric!", self.draw(st.sampled_from(["DEGREE", "PAGERANK"]))),
            "from": ("ID!", self.draw(st.sampled_from(["hut8", "nvidia"]))),
            "to": ("ID!", self.draw(st.sampled_from(["openai", "anthropic"]))),
            "fail": ("[ID!]!", ["openai"]),
            "conclusion": ("Conclusion!", "LOOP"),
            "organizations": ("[ID!]!", ["microsoft", "openai"]),
        }
        if name == "groupBy":
            enum = get_named_type(about.type)
            assert isinstance(enum, GraphQLEnumType)
            groups = self.draw(st.lists(st.sampled_from(sorted(enum.values)), max_size=2))
            return f"{name}: {self.variable(str(about.type), groups)}"
        if isinstance(about.type, GraphQLNonNull):
            return f"{name}: {self.variable(*required[name])}"
        if name == "scope":  # a few analytics need it
            return f"scope: {self.variable('Scope', {'layer': 'SHELL', 'basis': 'CRITICAL_IT'})}"
        if name == "first":
            size = self.draw(st.sampled_from([None, 1, 2, 3, 5, 8, 13, 50, 500]))
            if size is None:
                return None
            return f"first: {self.variable('Int', size) if self.draw(st.booleans()) else size}"
        return None

    def variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = (type_, value)
        return f"${name}"


@given(data=st.data())
@pytest.mark.slow
async def test_an_answer_never_holds_more_rows_than_it_cost(seeded: EmbeddedStore, data: st.DataObject) -> None:
    text, variables = Asking(data.draw).query()
    limits = with_limits(cost=4_000, aliases=1_000, depth=40, tokens=20_000, query_bytes=1_000_000)
    found = (await answered(seeded, text, variables, limits)).body
    cost = found["extensions"]["cost"]
    if "errors" in found:
        assert [error["extensions"]["code"] for error in found["errors"]] == ["QUERY_TOO_EXPENSIVE"], found["errors"]
        assert cost["requested"] > cost["limit"]
        event("too expensive")
    else:
        assert count_rows(found["data"]) <= cost["requested"] <= cost["limit"]
        event("empty" if count_rows(found["data"]) == 0 else "with rows")


@pytest.mark.usefixtures("each_way")
async def test_a_full_answer_holds_exactly_the_rows_that_it_cost(seeded: EmbeddedStore) -> None:
    """So the count above counts: 20 organizations, 2 statements of each, and the source of each of those."""
    text = """{ __typename organizations(first: 20) { __typename nodes { __typename
                 statements(first: 2) { __typename edges { __typename node { __typename
                   source { __typename } } } } } } }"""
    found = (await answered(seeded, text)).body
    assert count_rows(found["data"]) == found["extensions"]["cost"]["requested"] == 20 * (1 + 2 * (1 + 1))


@pytest.mark.slow
async def test_changes_and_conflicts_hold_no_more_rows_than_they_cost(seeded: EmbeddedStore) -> None:
    text = """{ __typename
        diff(before: {validOn: "2026-03-01", knownOn: "2026-03-01"}, after: {}) { __typename
          changes(first: 90) { __typename nodes { __typename statements { __typename source { __typename } } } } }
        conflicts(first: 40) { __typename nodes { __typename chosen { __typename } rivals { __typename } } } }"""
    found = (await answered(seeded, text)).body
    rows = count_rows(found["data"])
    assert 90 + 40 * 3 < rows <= found["extensions"]["cost"]["requested"]


# ---- hostile documents


def test_the_corpus_is_large() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_or_answered(name: str, seeded: EmbeddedStore) -> None:
    found = await answered(seeded, HOSTILE[name])
    for error in found.body.get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL", error
    assert len(found.body.get("errors", ())) <= 10
    assert len(found.json) < 1_000_000
    if found.ran:
        cost = found.body["extensions"]["cost"]
        assert cost["requested"] <= cost["limit"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1000 aliases", "TOO_MANY_TOKENS"),
        ("31 aliases", "TOO_MANY_ALIASES"),
        ("600 aliases", "TOO_MANY_ALIASES"),
        ("1600 fields twice", "TOO_MANY_ALIASES"),
        ("10000 fields twice", "QUERY_TOO_LONG"),
        ("490 objects twice", "TOO_MANY_ALIASES"),
        ("objects twice in line", "TOO_MANY_ALIASES"),
        ("250 known directives", "TOO_MANY_DIRECTIVES"),
        ("900 unknown directives", "TOO_MANY_DIRECTIVES"),
        ("5000 unknown directives", "TOO_MANY_TOKENS"),
        ("9000 comments", "TOO_MANY_TOKENS"),
        ("20000 comments", "QUERY_TOO_LONG"),
        ("one long comment", "QUERY_TOO_LONG"),
        ("depth 16", "QUERY_TOO_DEEP"),
        ("depth 40", "QUERY_TOO_DEEP"),
        ("depth 400", "QUERY_TOO_DEEP"),
        ("depth of known fields", "QUERY_TOO_DEEP"),
        ("in line 300 deep", "QUERY_TOO_DEEP"),
        ("fragments nesting in line", "QUERY_TOO_DEEP"),
        ("list value 900 deep", "QUERY_TOO_DEEP"),
        ("fragments doubling 12 times", "QUERY_TOO_DEEP"),
        ("fragments doubling by alias 10 times", "TOO_MANY_ALIASES"),
        ("circle of 3 fragments", "GRAPHQL_VALIDATION_FAILED"),
        ("deep introspection in fragments", "GRAPHQL_VALIDATION_FAILED"),
        ("an operation named __schema", "QUERY_TOO_EXPENSIVE"),
        ("a fragment named __schema", "QUERY_TOO_EXPENSIVE"),
        ("an alias named __schema", "QUERY_TOO_EXPENSIVE"),
        ("pages in pages", "QUERY_TOO_EXPENSIVE"),
        ("nothing but braces", "QUERY_TOO_DEEP"),
        ("an integer of 5,000 digits", "GRAPHQL_VALIDATION_FAILED"),
        ("fragments doubling by field 4 times", "QUERY_TOO_EXPENSIVE"),
    ],
)
async def test_a_hostile_document_is_refused_with_its_code(name: str, code: str, seeded: EmbeddedStore) -> None:
    found = await answered(seeded, HOSTILE[name])
    assert not found.ran
    assert "data" not in found.body
    assert found.body["errors"][0]["extensions"]["code"] == code


async def test_nested_values_of_variables_are_refused_or_answered(seeded: EmbeddedStore) -> None:
    found = await answered(seeded, "query($w: LinkWhere) { links(where: $w) { totalCount } }", {"w": NESTED_VARIABLES})
    codes = [error["extensions"]["code"] for error in found.body.get("errors", ())]
    assert "INTERNAL" not in codes


async def test_the_standard_introspection_query_is_answered(seeded: EmbeddedStore) -> None:
    found = await answered(seeded, get_introspection_query())
    assert "errors" not in found.body
    assert found.body["extensions"]["cost"]["requested"] == 0


MEMORY = """
import asyncio, gc, psutil
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from api.context.store_provider import StoreProvider

async def ask(begin, count):
    for n in range(begin, begin + count):
        found = await execute_request(StoreProvider(), GraphQLRequest(f"{{ f{n} g{n} }}"))
        assert len(found.body["errors"]) == 2

def used():
    gc.collect()
    return psutil.Process().memory_info().rss

asyncio.run(ask(0, 800))
before = used()
asyncio.run(ask(800, COUNT))
print(used() - before)
"""


@pytest.mark.audited
@pytest.mark.slow
def test_memory_stays_flat_over_many_invalid_documents() -> None:
    """Each request has another text; the first 800 warm up, of the others each may add 1 kB at most.

    In a process of its own: in this one the facts and other tests' garbage make the memory of the process jump."""
    count = cases(few=800, many=10_000)
    program = MEMORY.replace("COUNT", str(count))
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert int(ended.stdout) < count * 1_024


async def test_requests_at_once_do_not_disturb_each_other(seeded: EmbeddedStore) -> None:
    text = "query($n: Int) { links(first: $n) { nodes { key } } }"
    found = await asyncio.gather(*(answered(seeded, text, {"n": n}) for n in range(1, 21)))
    assert [len(one.body["data"]["links"]["nodes"]) for one in found] == list(range(1, 21))
