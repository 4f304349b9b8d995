"""Clients as they come from their makers, without a setting of ours, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gql import Client, GraphQLRequest, gql
from gql.client import SyncClientSession
from gql.dsl import DSLQuery, DSLSchema, DSLVariableDefinitions, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from graphql import GraphQLError, GraphQLSchema, build_schema, find_breaking_changes

from api.execution.documents import document_hash
from api.schema.build import sdl
from tests.clients.node import compile_relay, run_node

CONTRACT = "iren-microsoft-cloud"
"""Five years, as IREN announced it; tests/evidence and the README rest on the same contract."""


@pytest.fixture(scope="module")
def session(endpoint: str) -> Iterator[SyncClientSession]:
    """Has downloaded the schema by introspection, and checks by it what it sends."""
    with Client(transport=HTTPXTransport(url=endpoint), fetch_schema_from_transport=True) as connected:
        yield connected


@pytest.fixture(scope="module")
def schema(session: SyncClientSession) -> GraphQLSchema:
    assert session.client.schema is not None
    return session.client.schema


@pytest.fixture(scope="module")
def unchecked(endpoint: str) -> Client:
    return Client(transport=HTTPXTransport(url=endpoint))


@pytest.fixture(scope="module")
def first_twelve(endpoint: str) -> list[str]:
    asked = "{ organizations(first: 12, orderBy: [{name: ASC}]) { nodes { key } } }"
    answer = httpx.post(endpoint, json={"query": asked}).json()
    return [node["key"] for node in answer["data"]["organizations"]["nodes"]]


def test_gql_downloads_the_schema_by_introspection(schema: GraphQLSchema) -> None:
    ours = build_schema(sdl())
    assert find_breaking_changes(ours, schema) == []
    assert find_breaking_changes(schema, ours) == []


def test_gql_sends_a_query_written_in_python(session: SyncClientSession, schema: GraphQLSchema) -> None:
    made = DSLSchema(schema)
    variables = DSLVariableDefinitions()
    link = made.Query.link(key=variables.key).select(
        made.Link.key,
        made.Link.termYears,
        made.Link.source.select(made.Entity.name),
        microsoft=made.Link.target.select(made.Entity.key),
    )
    operation = DSLQuery(link)
    operation.variable_definitions = variables
    request = dsl_gql(operation)
    request.variable_values = {"key": CONTRACT}
    assert session.execute(request)["link"] == {
        "key": CONTRACT,
        "termYears": 5.0,
        "source": {"name": "IREN"},
        "microsoft": {"key": "microsoft"},
    }


def test_gql_sends_variables(session: SyncClientSession) -> None:
    asked = "query Some($where: LinkWhere!, $first: Int) { links(where: $where, first: $first) { nodes { key } } }"
    request = GraphQLRequest(asked, variable_values={"where": {"key": {"eq": CONTRACT}}, "first": 2})
    assert session.execute(request) == {"links": {"nodes": [{"key": CONTRACT}]}}


def test_gql_refuses_by_the_schema_what_the_server_would_refuse(session: SyncClientSession, unchecked: Client) -> None:
    with pytest.raises(GraphQLError, match="Cannot query field 'nope'"):
        session.execute(gql("{ nope }"))
    with pytest.raises(TransportQueryError, match="Cannot query field 'nope'"):
        unchecked.execute(gql("{ nope }"))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ organizations(first: 0) { totalCount } }", "BAD_QUERY"),
        ('{ graph(lens: {knownOn: "2999-01-01"}) { dataThrough } }', "BAD_LENS"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_gql_tells_the_code_of_an_error(document: str, code: str, unchecked: Client) -> None:
    with pytest.raises(TransportQueryError) as raised:
        unchecked.execute(gql(document))
    errors = raised.value.errors or []
    assert [error["extensions"]["code"] for error in errors] == [code]


def test_gql_pages_by_cursors(session: SyncClientSession, first_twelve: list[str]) -> None:
    page = """query Page($after: String) {
      organizations(first: 4, after: $after, orderBy: [{name: ASC}]) { nodes { key } pageInfo { endCursor } }
    }"""
    keys: list[str] = []
    after = None
    for _ in range(3):
        found = session.execute(GraphQLRequest(page, variable_values={"after": after}))["organizations"]
        keys += [node["key"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
    assert keys == first_twelve


@pytest.mark.parametrize("script", ["urql.mjs", "apollo.mjs"])
@pytest.mark.slow
def test_a_client_of_node_asks_pages_and_meets_an_error(script: str, endpoint: str, first_twelve: list[str]) -> None:
    told = run_node(script, endpoint, CONTRACT)
    assert told["link"] == {"key": CONTRACT, "type": "PROVIDES_CAPACITY", "termYears": 5}
    assert told["pages"] == [first_twelve[0:4], first_twelve[4:8], first_twelve[8:12]]
    assert told["codes"] == ["BAD_QUERY"]


# ---- persisted queries


@pytest.fixture(scope="module")
def persisted(endpoint: str) -> dict[tuple[str, bool], Any]:
    return {(told["client"], told["get"]): told for told in run_node("persisted.mjs", endpoint, CONTRACT)}


@pytest.mark.parametrize("by_get", [False, True], ids=["POST", "GET"])
@pytest.mark.parametrize("client", ["apollo3", "apollo4", "urql"])
def test_a_client_with_persisted_queries_gets_data(
    client: str, by_get: bool, persisted: dict[tuple[str, bool], Any]
) -> None:
    told = persisted[client, by_get]
    assert told["links"] == [{"key": CONTRACT, "type": "PROVIDES_CAPACITY", "termYears": 5}] * 2
    # the hash alone, which is not known; the text along with it; and of the second client the hash alone again
    assert [request["hasQuery"] for request in told["requests"]] == [False, True, False]
    hashed = "GET" if by_get else "POST"
    assert [request["method"] for request in told["requests"]][::2] == [hashed, hashed]


# ---- Relay


@pytest.fixture(scope="module")
def operations(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each operation by its name, as relay-compiler writes it under the schema that the server gives."""
    schema = httpx.get(endpoint.replace("/graphql", "/schema.graphql")).text
    compiled = compile_relay(schema, tmp_path_factory.mktemp("relay"))
    assert [document_hash(text) for text in compiled.values()] == list(compiled)  # its ids are those of documentId
    return {text.split("(")[0].removeprefix("query "): text for text in compiled.values()}


def test_relay_compiles_its_operations_under_the_schema_and_pages(endpoint: str, operations: dict[str, str]) -> None:
    def ask(name: str, **variables: Any) -> Any:
        answer = httpx.post(endpoint, json={"query": operations[name], "variables": variables}).json()
        assert "errors" not in answer
        return answer["data"]

    organization = ask("contractsQuery", key="iren")["organization"]
    page = organization["links"]
    found = page["edges"]
    while page["pageInfo"]["hasNextPage"]:
        # Relay asks for more of a fragment by the global id of its node
        cursor = page["pageInfo"]["endCursor"]
        page = ask("contractsPageQuery", id=organization["id"], cursor=cursor, count=3)["node"]["links"]
        found += page["edges"]
    keys = [edge["node"]["key"] for edge in found]
    assert len(set(keys)) == len(keys) == page["totalCount"] > 2 + 3  # three pages at least
    assert CONTRACT in keys
