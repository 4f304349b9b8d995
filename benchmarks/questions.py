"""What people ask of such a graph, as data: in the words of each who is asked, with what makes answers comparable.

A question has one document for this service and for the plain Strawberry server, one for @neo4j/graphql, and Cypher for
a bare driver, whose `row` is shaped as our answer. `of_peer` brings the data of @neo4j/graphql into that shape too, so
that equal answers can be checked before anything is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """`variables` follow from the number of the round and the number of organizations. `path` leads to what Cypher
    answers: its one row where `single`, else the list of its rows."""

    name: str
    document: str
    peer: str
    of_peer: Callable[[Any], Any]
    cypher: str
    path: Sequence[str]
    variables: Callable[[int, int], Variables]
    single: bool = False
    plain: bool = True
    """Whether a plain Strawberry server has the fields and filters of it."""

    def wrap(self, rows: Sequence[Any]) -> Any:
        """The data of an answer around rows of Cypher."""
        data: Any = rows[0] if self.single else list(rows)
        for name in reversed(self.path):
            data = {name: data}
        return data


# ---- answers of @neo4j/graphql in our shape


def _contract(edge: Mapping[str, Any]) -> dict[str, Any]:
    of_contract = dict(edge["properties"])
    amounts: dict[str, Any] = {"value": {"amount": of_contract.pop("value_usd")}}
    if "mw_critical_it" in of_contract:
        amounts["capacities"] = [{"mw": of_contract.pop("mw_critical_it")}]
    return {**of_contract, **amounts, "target": edge["node"]}


def _with_contracts(organization: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(organization)
    edges = plain.pop("providesConnection")["edges"]
    return {**plain, "links": {"nodes": [_contract(edge) for edge in edges]}}


def _one_with_contracts(data: Any) -> Any:
    return {"organization": _with_contracts(data["organizations"][0])}


def _all_with_contracts(data: Any) -> Any:
    return {"organizations": {"nodes": [_with_contracts(one) for one in data["organizations"]]}}


def _all(data: Any) -> Any:
    return {"organizations": {"nodes": data["organizations"]}}


def _known(data: Any) -> Any:
    return {"graph": _all(data)}


def _total(data: Any) -> Any:
    return {"organizations": {"totalCount": data["organizationsConnection"]["totalCount"]}}


def _largest(data: Any) -> Any:
    nodes = [
        {
            "key": one["key"],
            "value": {"amount": one["value_usd"]},
            "source": one["source"][0],
            "target": one["target"][0],
        }
        for one in data["links"]
    ]
    return {"links": {"nodes": nodes}}


# ---- the questions


def _above(number: int, _: int) -> Variables:
    return {"v": 5e9 + 1e6 * number}


FIVE = (
    Question(
        "one organization with 20 contracts",
        """query ($k: String!) { organization(key: $k) { key name kinds links(direction: OUT, first: 20) { nodes {
             key value { amount } capacities { mw } target { ... on Organization { key name } } } } } }""",
        """query ($k: String!) { organizations(where: {key: {eq: $k}}) { key name kinds
             providesConnection(first: 20, sort: [{edge: {key: ASC}}]) {
               edges { properties { key value_usd mw_critical_it } node { key name } } } } }""",
        _one_with_contracts,
        """MATCH (o:Organization {key: $k}) RETURN {key: o.key, name: o.name, kinds: o.kinds, links: {nodes: COLLECT {
             MATCH (o)-[r:PROVIDES_CAPACITY]->(t:Organization) WITH r, t ORDER BY r.key LIMIT 20
             RETURN {key: r.key, value: {amount: r.value_usd}, capacities: [{mw: r.mw_critical_it}],
                     target: {key: t.key, name: t.name}}}}} AS row""",
        ("organization",),
        lambda number, organizations: {"k": f"o{Random(number).randrange(organizations)}"},
        single=True,
    ),
    Question(
        "500 organizations, 5 fields",
        "query ($n: Int!) { organizations(first: $n) { nodes { key name kinds country ticker } } }",
        "query ($n: Int!) { organizations(limit: $n, sort: [{key: ASC}]) { key name kinds country ticker } }",
        _all,
        """MATCH (o:Organization) WITH o ORDER BY o.key LIMIT $n
           RETURN {key: o.key, name: o.name, kinds: o.kinds, country: o.country, ticker: o.ticker} AS row""",
        ("organizations", "nodes"),
        lambda number, _: {"n": 500 - number % 3},
    ),
    Question(
        "50 organizations, 10 contracts, customer",
        """query ($n: Int!) { organizations(first: $n) { nodes { key name links(direction: OUT, first: 10) { nodes {
             key value { amount } capacities { mw } announced
             target { ... on Organization { key name kinds } } } } } } }""",
        """query ($n: Int!) { organizations(limit: $n, sort: [{key: ASC}]) { key name
             providesConnection(first: 10, sort: [{edge: {key: ASC}}]) { edges {
               properties { key value_usd mw_critical_it announced } node { key name kinds } } } } }""",
        _all_with_contracts,
        """MATCH (o:Organization) WITH o ORDER BY o.key LIMIT $n
           RETURN {key: o.key, name: o.name, links: {nodes: COLLECT {
             MATCH (o)-[r:PROVIDES_CAPACITY]->(t:Organization) WITH r, t ORDER BY r.key LIMIT 10
             RETURN {key: r.key, value: {amount: r.value_usd}, capacities: [{mw: r.mw_critical_it}],
                     announced: r.announced, target: {key: t.key, name: t.name, kinds: t.kinds}}}}} AS row""",
        ("organizations", "nodes"),
        lambda number, _: {"n": 50 - number % 3},
    ),
    Question(
        "count by the beginning of a name",
        "query ($c: String!) { organizations(where: {name: {startsWith: $c}}, first: 1) { totalCount } }",
        "query ($c: String!) { organizationsConnection(where: {name: {startsWith: $c}}, first: 1) { totalCount } }",
        _total,
        "MATCH (o:Organization) WHERE o.name STARTS WITH $c RETURN count(o) AS row",
        ("organizations", "totalCount"),
        lambda number, _: {"c": f"Org {number % 9 + 1}"},
        single=True,
    ),
    Question(
        "contracts above a value, the 50 largest",
        """query ($v: Float!) { links(where: {valueUsd: {gt: $v}}, orderBy: [{valueUsd: DESC}], first: 50) { nodes {
             key value { amount } source { ... on Organization { name } }
             target { ... on Organization { name } } } } }""",
        """query ($v: Float!) { links(where: {value_usd: {gt: $v}}, sort: [{value_usd: DESC}, {key: ASC}], limit: 50) {
             key value_usd source { name } target { name } } }""",
        _largest,
        """MATCH (l:Link) WHERE l.stated_value_usd > $v WITH l ORDER BY l.stated_value_usd DESC, l.key LIMIT 50
           MATCH (s)<-[:FROM]-(l)-[:TO]->(t) WITH l, s, t ORDER BY l.stated_value_usd DESC, l.key
           RETURN {key: l.key, value: {amount: l.stated_value_usd}, source: {name: s.name}, target: {name: t.name}}
             AS row""",
        ("links", "nodes"),
        _above,
    ),
)

SHAPES = (
    Question(
        "totalCount alone",
        "{ organizations { totalCount } }",
        "{ organizationsConnection { totalCount } }",
        _total,
        "MATCH (o:Organization) RETURN count(o) AS row",
        ("organizations", "totalCount"),
        lambda *_: {},
        single=True,
    ),
    Question(
        "count through a filter of links",
        """query ($v: Float!) { organizations(where: {links: {some: {direction: OUT, link: {valueUsd: {gt: $v}}}}}) {
             totalCount } }""",
        """query ($v: Float!) { organizationsConnection(
             where: {providesConnection: {some: {edge: {value_usd: {gt: $v}}}}}) { totalCount } }""",
        _total,
        """MATCH (o:Organization) WHERE EXISTS { (o)-[r:PROVIDES_CAPACITY]->() WHERE r.value_usd > $v }
           RETURN count(o) AS row""",
        ("organizations", "totalCount"),
        _above,
        single=True,
        plain=False,
    ),
    Question(
        "three filters: organization, contract, customer",
        """query ($v: Float!) { organizations(first: 50, where: {country: {eq: "DE"}, links: {some: {direction: OUT,
             link: {valueUsd: {gt: $v}}, counterparty: {country: {eq: "US"}}}}}) { nodes { key name } } }""",
        """query ($v: Float!) { organizations(limit: 50, sort: [{key: ASC}], where: {country: {eq: "DE"},
             providesConnection: {some: {edge: {value_usd: {gt: $v}}, node: {country: {eq: "US"}}}}}) { key name } }""",
        _all,
        """MATCH (o:Organization) WHERE o.country = 'DE' AND EXISTS {
             (o)-[r:PROVIDES_CAPACITY]->(t:Organization) WHERE r.value_usd > $v AND t.country = 'US' }
           WITH o ORDER BY o.key LIMIT 50 RETURN {key: o.key, name: o.name} AS row""",
        ("organizations", "nodes"),
        _above,
        plain=False,
    ),
    Question(
        "500 organizations, 20 contracts, customer: up to 20,500 objects",
        """query ($n: Int!) { organizations(first: $n) { nodes { key name links(direction: OUT, first: 20) { nodes {
             key value { amount } target { ... on Organization { key name } } } } } } }""",
        """query ($n: Int!) { organizations(limit: $n, sort: [{key: ASC}]) { key name
             providesConnection(first: 20, sort: [{edge: {key: ASC}}]) {
               edges { properties { key value_usd } node { key name } } } } }""",
        _all_with_contracts,
        """MATCH (o:Organization) WITH o ORDER BY o.key LIMIT $n
           RETURN {key: o.key, name: o.name, links: {nodes: COLLECT {
             MATCH (o)-[r:PROVIDES_CAPACITY]->(t:Organization) WITH r, t ORDER BY r.key LIMIT 20
             RETURN {key: r.key, value: {amount: r.value_usd}, target: {key: t.key, name: t.name}}}}} AS row""",
        ("organizations", "nodes"),
        lambda number, _: {"n": 500 - number % 3},
    ),
    Question(
        "500 organizations as known in March 2025",
        # an organization is shown as soon as a contract names it; here only where its country is known
        """query ($n: Int!) { graph(lens: {knownOn: "2025-03-31"}) {
             organizations(first: $n, where: {country: {isNull: false}}) { nodes {
               key name kinds country ticker } } } }""",
        """query ($n: Int!) { organizations(limit: $n, sort: [{key: ASC}], where: {statements: {some: {
             property: {eq: "country"}, known_from: {lte: "2025-03-31"}}}}) { key name kinds country ticker } }""",
        _known,
        """MATCH (o:Organization) WHERE EXISTS {
             (o)<-[:ABOUT]-(s:Statement {property: 'country'}) WHERE s.known_from <= '2025-03-31' }
           WITH o ORDER BY o.key LIMIT $n
           RETURN {key: o.key, name: o.name, kinds: o.kinds, country: o.country, ticker: o.ticker} AS row""",
        ("graph", "organizations", "nodes"),
        lambda number, _: {"n": 500 - number % 3},
        plain=False,
    ),
)

QUESTIONS = {question.name: question for question in (*FIVE, *SHAPES)}
