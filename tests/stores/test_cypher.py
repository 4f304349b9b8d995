"""Queries as Cypher text: what they compile to, and that nothing of a request becomes text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadCursor, BadQuery
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.stores.neo4j.cypher import Cypher, columns_of, find, find_each, get, quoted, search, sendable
from graph.stores.neo4j.figures import LINK_LABELS, stored_name
from graph.stores.neo4j.mapping import NodeDifference, difference, edge_types, nodes_of, writes
from graph.stores.neo4j.read_ahead import find_with
from graph.stores.neo4j.schema import schema
from graph.stores.query import (
    LINKS_BOTH,
    LINKS_IN,
    LINKS_OUT,
    STATEMENTS_OF,
    And,
    Compare,
    Cursor,
    Filter,
    Linked,
    Not,
    Or,
    Order,
    Page,
    Query,
    Refers,
    search_filter,
)
from graph.stores.selection import RowSelection, SliceRequest
from graph.vocabulary.enums import LinkStatus
from graph.vocabulary.model import ENTITIES, KINDS, LABELS, LINKS
from tests.stores.random_queries import SEARCHES, RandomQueries, graph_of, random_log

PAGE = Page(2)
ANY_TYPE = "|".join(f"`{one}`" for one in LINKS)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return graph_of(random_log(7))


@pytest.fixture(scope="module")
def random_queries(graph: Graph) -> RandomQueries:
    return RandomQueries(graph)


def filtered(where: Filter, label: str = "Link") -> str:
    """The condition under which `find` counts."""
    found = re.search(r"WHERE \((.*)\) RETURN count", find(Query(label, where), PAGE).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Compare("status", "eq", "SIGNED"), "n.`status` = $p0"),
        (Compare("status", "ne", "SIGNED"), "coalesce(n.`status` <> $p0, true)"),
        (Compare("status", "in", ("SIGNED",)), "n.`status` IN $p0"),
        (Compare("status", "isnull", True), "n.`status` IS NULL"),
        (Compare("status", "isnull", False), "n.`status` IS NOT NULL"),
        (Compare("chips", "has", "h100"), "$p0 IN n.`chips`"),
        (Compare("chips", "hasany", ("h100",)), "any(item IN $p0 WHERE item IN n.`chips`)"),
        (Not(Compare("status", "eq", "SIGNED")), "NOT coalesce(n.`status` = $p0, false)"),
        (Or(), "false"),
        (
            And(
                (
                    Compare("status", "eq", "SIGNED"),
                    Or((Compare("type", "eq", "OWNS"), Compare("disputed", "eq", True))),
                )
            ),
            "(n.`status` = $p0) AND ((n.`type` = $p1) OR (n.`disputed` = $p2))",
        ),
        (
            Or((Compare("type", "eq", "OWNS"), And((Compare("status", "eq", "X"), Compare("status", "ne", "Y"))))),
            "(n.`type` = $p0) OR (all(part IN [n.`status` = $p1, coalesce(n.`status` <> $p2, true)] WHERE part))",
        ),
        (
            Refers("site", Compare("name_fold", "contains", "a")),
            "EXISTS { MATCH (n)-[:`AT`]->(n_:`Entity`) WHERE n_.`name_fold` CONTAINS $p0 }",
        ),
        (
            Refers("chips", Compare("memory_gb", "gt", 1.0)),
            "EXISTS { MATCH (n)-[:`WITH_CHIP`]->(n_:`Entity`) WHERE n_.`memory_gb` > $p0 }",
        ),
        (Refers("uses", And()), "EXISTS { MATCH (n)-[:`USES`]->(n_:`Link`) WHERE true }"),
    ],
)
def test_filters_compile_to(where: Filter, text: str) -> None:
    assert filtered(where) == text


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Linked(LINKS_OUT), f"EXISTS {{ MATCH (n)-[n_l:{ANY_TYPE}]->() }}"),
        (
            Linked(LINKS_IN, link=Compare("type", "eq", "OWNS")),
            f"EXISTS {{ MATCH (n)<-[n_l:{ANY_TYPE}]-() WHERE (n_l.`type` = $p0) }}",
        ),
        (
            Linked(LINKS_OUT, Compare("key", "eq", "lab"), Compare("type", "eq", "OWNS")),
            f"EXISTS {{ MATCH (n)-[n_l:{ANY_TYPE}]->(n_e:`Entity`) WHERE (n_l.`type` = $p0) AND (n_e.key = $p1) }}",
        ),
        (
            Linked(LINKS_BOTH, Compare("key", "eq", "lab")),
            "EXISTS { MATCH (n)<-[:`FROM`|`TO`|`AT`|`WITH_CHIP`|`PART_OF`|`UNDER`]-(n_l:`Link`)"
            "-[:`FROM`|`TO`]->(n_e:`Entity`) WHERE (n_e.key = $p0) AND (CASE n.key "
            "WHEN n_l.`from` THEN n_e.key = n_l.`to` WHEN n_l.`to` THEN n_e.key = n_l.`from` ELSE true END) }",
        ),
        (
            Not(Linked(LINKS_OUT, Linked(LINKS_IN), Refers("site", Linked(LINKS_IN)))),
            "NOT coalesce(EXISTS { MATCH (n)<-[:`FROM`]-(n_l:`Link`)-[:`TO`]->(n_e:`Entity`) "
            "WHERE (EXISTS { MATCH (n_l)-[:`AT`]->(n_l_:`Entity`) "
            f"WHERE EXISTS {{ MATCH (n_l_)<-[n_l__l:{ANY_TYPE}]-() }} }}) "
            f"AND (EXISTS {{ MATCH (n_e)<-[n_e_l:{ANY_TYPE}]-() }}) }}, false)",
        ),
    ],
)
def test_a_filter_through_links_compiles_to_what_exists(where: Filter, text: str) -> None:
    """Each variable tells the way to it, so that none is bound twice."""
    assert filtered(where, "Organization") == text


def test_a_search_compiles_to_a_condition_on_each_word() -> None:
    one = "any(item IN n.`search_folded` WHERE item CONTAINS $p{})"
    assert filtered(search_filter("Hut 8"), "Organization") == f"({one.format(0)}) AND ({one.format(1)})"


def test_a_page_orders_with_missing_values_last_and_then_by_key() -> None:
    orders = (Order("value_usd", descending=True), Order("announced_earliest"))
    forward, backward = find(Query("Link", orders=orders), PAGE), find(Query("Link", orders=orders), Page(None, last=2))
    found = re.compile(
        r"WHERE \(n\.`stated_value_usd` IS (.*?)\) WITH n ORDER BY (.*?) LIMIT \$p0 (?:WITH|RETURN) collect\(n\)"
    )
    announced, back = (
        "n.`announced_earliest` IS NULL, n.`announced_earliest`",
        "n.`announced_earliest` DESC, n.key DESC",
    )
    assert found.findall(forward.text) == [
        ("NOT NULL", f"n.`stated_value_usd` DESC, {announced}, n.key"),
        ("NULL", f"{announced}, n.key"),
    ]
    assert found.findall(backward.text) == [
        ("NULL", f"n.`announced_earliest` IS NULL DESC, {back}"),
        ("NOT NULL", f"n.`stated_value_usd`, n.`announced_earliest` IS NULL DESC, {back}"),
    ]
    assert forward.parameters == {"p0": 3, "known": None}


def test_rows_that_a_filter_finds_by_the_column_of_their_order_come_as_the_index_has_them() -> None:
    orders = (Order("value_usd", descending=True),)
    above = And((Compare("value_usd", "gt", 1.0), Compare("type", "ne", "OWNS")))
    assert "ORDER BY n.`stated_value_usd` DESC, n.key LIMIT" in find(Query("Link", above, orders), PAGE).text
    unlike = find(Query("Link", Compare("value_usd", "ne", 1.0), orders), PAGE)
    assert "n.`stated_value_usd` IS NULL)" in unlike.text


def test_a_cursor_compiles_to_what_stands_beyond_it() -> None:
    query = Query("Link", orders=(Order("value_usd", descending=True),))
    after = find(query, Page(2, Cursor((5.0,), "k")))
    assert (
        "CASE WHEN n.`stated_value_usd` = $p1 THEN n.key > $p0 "
        "ELSE n.`stated_value_usd` < $p1 OR n.`stated_value_usd` IS NULL END" in after.text
    )
    assert "n.`stated_value_usd` <= $p3" in after.text
    assert after.parameters == {"p0": "k", "p1": 5.0, "p2": 3, "p3": 5.0, "known": None}
    after_missing = find(query, Page(2, Cursor((None,), "k")))
    assert "CASE WHEN n.`stated_value_usd` IS NULL THEN n.key > $p0 ELSE false END" in after_missing.text


def test_parents_are_reached_by_relationships_or_by_a_column() -> None:
    links = find_each(LINKS_BOTH, ["a"], Query("Link"), PAGE)
    types = "`FROM`|`TO`|`AT`|`WITH_CHIP`|`PART_OF`|`UNDER`"
    assert f"MATCH (:`Entity`|`Absent` {{key: parent}})<-[:{types}]-(n:`Link`) WITH DISTINCT n" in links.text
    statements = find_each(STATEMENTS_OF, ["a"], Query("Statement"), PAGE)
    assert "MATCH (n:`Statement`) WHERE n.`subject` = parent WITH n" in statements.text


@pytest.mark.parametrize("end", ["from", "to"])
def test_a_filter_on_an_end_of_any_link_type_compiles(end: str) -> None:
    """`to` of some types is a site or a chip, and capacities are a site's; what a source does not have is missing."""
    assert "n_.`mw_gross` > $p0" in filtered(Refers(end, Compare("mw_gross", "gt", 1.0)))


def test_a_filter_through_links_holds_no_value() -> None:
    where = Linked(LINKS_BOTH, Compare("name", "eq", "x'}) DETACH DELETE n //"), Compare("status", "eq", "`"))
    assert_nothing_foreign(find(Query("Organization", where), PAGE))


# ---- nothing of a request becomes text

_WORDS = re.compile(r"[^\W\d]\w*")
_OURS = frozenset(
    _WORDS.findall(
        """state now gate key store closed_by closed mark loading answer total rows parent parents keys item
        part word words folded scores score best matched label labels wanted first i collect count coalesce
        properties reduce range size any all some more needed"""
    )
)
_KEYWORDS = frozenset(
    _WORDS.findall(
        """CALL MATCH OPTIONAL WHERE RETURN AS WITH AND OR NOT IS NULL IN CONTAINS STARTS ORDER BY DESC LIMIT UNWIND
        COLLECT COUNT DISTINCT EXISTS CASE WHEN THEN ELSE END true false null StoreState StoreGate
        search_folded search_texts"""
    )
)
_QUOTED = re.compile(r"`([^`]*)`")
NAMES = frozenset(
    [
        *LABELS,
        "Entity",
        "Absent",
        "WithheldSource",
        *(stored_name(label, column) for label in LABELS for column in columns_of(label)),
        *(edge for label in LABELS for edge in edge_types(label)),
        *(kind.kind_label for kind in KINDS.values()),
        *LINKS,
    ]
)


def assert_nothing_foreign(statement: Cypher) -> None:
    """Quoted names are the model's; what remains are words of Cypher, our own, and parameters."""
    assert set(_QUOTED.findall(statement.text)) <= NAMES
    rest = re.sub(
        r"\$\w+|\b(n|r\d+)(_[le]?)*\b",
        "",
        _QUOTED.sub("", statement.text).replace("'store'", "").replace("' '", "").replace("''", ""),
    )
    assert set(_WORDS.findall(rest)) <= _OURS | _KEYWORDS
    assert not re.search(r"[\"'\\;/]", rest)
    assert {name.lstrip("$") for name in re.findall(r"\$\w+", statement.text)} == set(statement.parameters)


@given(data=st.data())
@pytest.mark.slow
def test_queries_hold_names_of_the_model_and_no_value(random_queries: RandomQueries, data: st.DataObject) -> None:
    query = data.draw(random_queries.queries())
    assert_nothing_foreign(find(query, data.draw(random_queries.pages(query))))
    relation, parents = data.draw(random_queries.relations())
    referred = RowSelection(tuple(ENTITIES), ("name", "kinds"))
    children = SliceRequest(relation, Query(relation.label), Page(3)), RowSelection((relation.label,), None)
    selection = RowSelection((query.label,), None, (("issuer", referred),) * (query.label == "Debt"), (children,))
    assert_nothing_foreign(find_with(query, data.draw(random_queries.pages(query)), selection, with_total=True))
    query = data.draw(random_queries.queries(relation.label))
    assert_nothing_foreign(find_each(relation, parents, query, data.draw(random_queries.pages(query))))


@given(text=SEARCHES)
def test_searches_and_keys_are_parameters(text: str) -> None:
    assert_nothing_foreign(search(text, ["Organization", "Site"], 5))
    assert_nothing_foreign(get("Organization", [text]))


def test_writes_hold_no_value() -> None:
    """Two graphs of the same shape with other values give the same text."""
    texts = [{write.cypher.text for write in _writes(random_log(seed))} for seed in (1, 2)]
    payload = "DETACH DELETE n //"
    assert all(payload not in text for text in texts[0] | texts[1])
    for text in texts[0] | texts[1]:
        assert set(_QUOTED.findall(text)) <= NAMES | LINKS.keys() | _KIND_LABELS | {
            *("ABOUT", "CITES", "WithheldStatement"),
            *LINK_LABELS,
        }


_KIND_LABELS = {
    "".join(word.capitalize() for word in kind.split("_"))
    for kind in KINDS["Organization"].properties["kinds"].type.choices
}


def _writes(log: StatementLog) -> list[object]:
    nodes = nodes_of(graph_of(log))
    stored = {label: dict.fromkeys(list(by_key)[::2]) | {"gone": "x"} for label, by_key in nodes.items()}
    what: NodeDifference = difference(stored, nodes)
    return list(writes(what, committed=False))


@pytest.mark.parametrize("name", ["", "a`b", "a b", "a'", "a\\u0060", "é", "a-b", "a;"])
def test_names_that_could_leave_their_backticks_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        quoted(name)


@pytest.mark.parametrize(
    "query",
    [
        Query("Nothing"),
        Query("Organization", Compare("nothing", "eq", 1)),
        Query("Organization", Compare("name", "regex", "x")),
        Query("Organization", orders=(Order("nothing"),)),
        Query("Organization", Refers("name", And())),
        Query("Link", Refers("site", Compare("nothing", "eq", 1))),
    ],
)
def test_what_the_model_does_not_know_is_refused(query: Query) -> None:
    with pytest.raises(BadQuery):
        find(query, PAGE)


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(BadCursor):
        find(Query("Link"), Page(2, Cursor((1.0,), "k")))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (LinkStatus.SIGNED, "SIGNED"),
        ((LinkStatus.SIGNED, "x"), ["SIGNED", "x"]),
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (2**63, float(2**63)),
        (-(10**400), -1e300),
    ],
)
def test_values_are_sent_as_what_the_driver_takes(value: object, sent: object) -> None:
    got = sendable(value)
    assert (got, type(got)) == (sent, type(sent))


def test_minus_zero_is_sent_as_zero() -> None:
    assert str(sendable(-0.0)) == "0.0"


# ---- the model and the columns


def test_every_column_of_a_row_is_known(graph: Graph, seeds_graph: Graph) -> None:
    for one in (graph, seeds_graph):
        for label, rows in one.rows.items():
            assert {column for row in rows.values() for column in row.columns} <= columns_of(label)


def test_no_column_takes_the_name_of_what_the_store_adds() -> None:
    for label in LABELS:
        assert not {"key", "row_hash"} & columns_of(label)


def test_each_constraint_and_index_is_made_only_where_it_is_missing() -> None:
    made = schema()
    assert all("IF NOT EXISTS" in statement.text and name in statement.text for name, statement in made.items())
    for label in LABELS:
        assert f"CREATE CONSTRAINT `wattgraph_{label}_key`" in made[f"wattgraph_{label}_key"].text
