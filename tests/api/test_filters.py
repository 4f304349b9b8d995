"""Filters as a client writes them: joined, nested, reaching through links; and what is refused, on both stores."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, is_required_input_field

from api.context.nesting import MAX_NESTING
from api.schema.build import schema
from api.schema.filters import FILTER_INPUTS
from graph.stores.query import MAX_FILTER_LEVELS
from tests.api.conftest import Ask, data_of, error_of


@pytest.fixture(scope="module")
def ask(ask_each: Ask) -> Ask:
    """The small world: host leases to cloud at the campus; lab and unnamed have no link. The lease secures notes of
    cloud, an event and an observation are about the campus, cloud and host."""
    return ask_each


async def _keys(ask: Ask, field: str, where: str) -> list[str]:
    found = await data_of(ask, f"{{ {field}(where: {where}) {{ totalCount nodes {{ key }} }} }}")
    assert found[field]["totalCount"] == len(found[field]["nodes"])
    return [node["key"] for node in found[field]["nodes"]]


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("{and: []}", ["cloud", "host", "lab", "unnamed"]),
        ("{or: []}", []),
        ("{not: {or: []}}", ["cloud", "host", "lab", "unnamed"]),
        ('{or: [{key: {eq: "lab"}}, {key: {eq: "host"}}]}', ["host", "lab"]),
        ('{and: [{key: {in: ["lab", "host"]}}, {not: {key: {eq: "lab"}}}]}', ["host"]),
        ('{key: {eq: "lab"}, or: [{key: {eq: "host"}}]}', []),
        ('{not: {key: {eq: "lab"}, placeholder: {eq: false}}}', ["cloud", "host", "unnamed"]),
    ],
)
async def test_conditions_are_joined(where: str, keys: list[str], ask: Ask) -> None:
    assert await _keys(ask, "organizations", where) == keys


@pytest.mark.parametrize(
    ("field", "where", "keys"),
    [
        ("organizations", "{links: {}}", ["cloud", "host", "lab", "unnamed"]),
        ("organizations", "{links: {some: {direction: OUT}}}", ["host"]),
        ("organizations", "{links: {some: {direction: IN}}}", ["cloud"]),
        ("organizations", "{links: {some: {}}}", ["cloud", "host"]),
        ("organizations", "{links: {none: {}}}", ["lab", "unnamed"]),
        ("organizations", '{links: {some: {counterparty: {key: {eq: "host"}}}}}', ["cloud"]),
        ("organizations", '{links: {some: {direction: OUT, counterparty: {key: {eq: "host"}}}}}', []),
        ("organizations", "{links: {some: {link: {type: {eq: PROVIDES_CAPACITY}}}}}", ["cloud", "host"]),
        ("organizations", "{links: {some: {link: {type: {eq: OWNS}}}}}", []),
        ("organizations", '{links: {some: {counterparty: {or: [{key: {eq: "host"}}, {or: []}]}}}}', ["cloud"]),
        ("organizations", "{links: {some: {direction: IN}, none: {direction: OUT}}}", ["cloud"]),
        ("sites", '{links: {some: {counterparty: {key: {eq: "host"}}}}}', ["campus"]),
        ("sites", "{links: {some: {direction: IN}}}", []),
        ("links", '{source: {not: {key: {eq: "lab"}}}, siteWhere: {key: {eq: "campus"}}}', ["lease"]),
        ("links", '{siteWhere: {country: {eq: "NO"}}}', []),
        ("links", "{not: {siteWhere: {}}}", []),
        ("links", "{chipWhere: {}}", []),
        ("links", "{origins: {lte: 1}}", ["lease"]),
        ("links", "{origins: {gt: 1}}", []),
        ("debts", '{issuer: {key: {eq: "cloud"}}, securedByWhere: {source: {key: {eq: "host"}}}}', ["notes"]),
        ("debts", '{securedByWhere: {source: {key: {eq: "cloud"}}}}', []),
        ("events", '{subjectWhere: {country: {eq: "NO"}}}', ["opening"]),
        ("events", '{subjectWhere: {key: {eq: "campus"}}}', ["opening"]),
        ("events", '{subjectWhere: {key: {in: ["lab", "host"]}}}', []),
        (
            "observations",
            '{subjectWhere: {country: {eq: "US"}}, counterpartyWhere: {name: {contains: "cloud"}}}',
            ["backlog"],
        ),
        ("observations", "{not: {counterpartyWhere: {placeholder: {ne: true}}}}", []),
    ],
)
async def test_filters_reach_through_links(field: str, where: str, keys: list[str], ask: Ask) -> None:
    assert await _keys(ask, field, where) == keys


@pytest.mark.parametrize(
    ("field", "of_key", "of_row"),
    [
        ("links", '{site: {eq: "campus"}}', '{siteWhere: {key: {eq: "campus"}}}'),
        ("links", '{site: {in: ["campus", "other"]}}', '{siteWhere: {key: {in: ["campus", "other"]}}}'),
        ("links", '{deal: {eq: "campus"}}', '{dealWhere: {key: {eq: "campus"}}}'),
        ("links", '{chip: {eq: "gb300"}}', '{chipWhere: {key: {eq: "gb300"}}}'),
        ("observations", '{subject: {eq: "host"}}', '{subjectWhere: {key: {eq: "host"}}}'),
        ("observations", '{counterparty: {eq: "lab"}}', '{counterpartyWhere: {key: {eq: "lab"}}}'),
    ],
)
async def test_the_filter_of_a_key_is_one_of_the_row(field: str, of_key: str, of_row: str, ask: Ask) -> None:
    assert await _keys(ask, field, of_key) == await _keys(ask, field, of_row)


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("{placeholder: {eq: true}}", ["unnamed"]),
        ("{placeholder: {ne: true}}", ["cloud", "host", "lab"]),
        ("{placeholder: {ne: false}}", ["unnamed"]),
        ("{placeholder: {isNull: true}}", []),
        ("{kinds: {isNull: true}}", []),
        ("{key: {isNull: false}, country: {isNull: true}}", ["lab", "unnamed"]),
    ],
)
async def test_flags_are_compared_both_ways(where: str, keys: list[str], ask: Ask) -> None:
    assert await _keys(ask, "organizations", where) == keys


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ('{eq: "2026-03-10"}', True),
        ('{eq: "2026-03"}', True),
        ('{eq: "2026-Q1"}', True),
        ('{eq: "2026", certainty: CERTAIN}', True),
        ('{eq: "2026-04"}', False),
        ('{eq: "2026-03-11", certainty: CERTAIN}', False),
    ],
)
@pytest.mark.parametrize("field", ["events(where: {date: ", "links(where: {announced: "])
async def test_a_date_is_on_every_date_around_it(date: str, found: bool, field: str, ask: Ask) -> None:
    """The event is of 2026-03-10, the lease announced 2026-01-10."""
    if "links" in field:
        date = date.replace("2026-03", "2026-01").replace("-04", "-02")
    assert (await data_of(ask, f"{{ it: {field}{date}}}) {{ totalCount }} }}"))["it"]["totalCount"] == int(found)


async def test_a_month_may_be_a_day_of_it(ask: Ask) -> None:
    """The notes mature in 2031-06: perhaps on the 15th, not for certain."""
    assert await _keys(ask, "debts", '{maturity: {eq: "2031-06-15"}}') == ["notes"]
    assert await _keys(ask, "debts", '{maturity: {eq: "2031-06-15", certainty: CERTAIN}}') == []
    assert await _keys(ask, "debts", '{maturity: {eq: "2031", certainty: CERTAIN}}') == ["notes"]


# ---- null is as if absent


@pytest.mark.parametrize(
    ("nulls", "absent"),
    [
        ("{and: null}", "{}"),
        ("{or: null}", "{}"),
        ("{not: null}", "{}"),
        ("{not: {not: {key: null}}}", "{not: {not: {}}}"),
        ("{not: {key: {eq: null}}}", "{not: {}}"),
        ('{key: {eq: "lab", ne: null, in: null}}', '{key: {eq: "lab"}}'),
        ('{name: {isNull: null, contains: "la"}}', '{name: {contains: "la"}}'),
        ("{links: null}", "{}"),
        ("{links: {some: null, none: {}}}", "{links: {none: {}}}"),
        ("{links: {some: {direction: null}}}", "{links: {some: {direction: BOTH}}}"),
        ("{links: {some: {counterparty: null, link: null}}}", "{links: {some: {}}}"),
        ("{links: {some: {link: {source: {kinds: {has: null}}}}}}", "{links: {some: {link: {source: {}}}}}"),
    ],
)
async def test_a_null_asks_what_leaving_out_asks(nulls: str, absent: str, ask: Ask) -> None:
    assert await _keys(ask, "organizations", nulls) == await _keys(ask, "organizations", absent)


async def test_a_null_does_not_select_missing_values(ask: Ask) -> None:
    """Host and cloud state a country, lab and unnamed do not."""
    assert await _keys(ask, "organizations", "{country: {eq: null}}") == ["cloud", "host", "lab", "unnamed"]
    assert await _keys(ask, "organizations", "{country: {isNull: true}}") == ["lab", "unnamed"]


def _every_field(type_: GraphQLInputObjectType, **values: Any) -> dict[str, Any]:
    """An input as clients write it that send every field: null where nothing is asked."""
    return dict.fromkeys(type_.fields) | values


def _input(name: str) -> GraphQLInputObjectType:
    type_ = schema.core.get_type(name)
    assert isinstance(type_, GraphQLInputObjectType)
    return type_


WHERES = [f"{label}Where" for label in FILTER_INPUTS]


@pytest.mark.parametrize("name", WHERES)
async def test_a_client_that_sends_every_field_gets_every_row(name: str, ask: Ask) -> None:
    """All fields null; and the operators of each, as far as it requires none. Of another row, `{}` asks that there be
    one."""
    where = _input(name)
    lists = f"{name.removesuffix('Where').lower()}s"
    document = f"query($where: {name}) {{ {lists}(where: $where) {{ totalCount }} }}"
    everything = await data_of(ask, f"{{ {lists} {{ totalCount }} }}")
    inputs = {
        field: _every_field(part.type)
        for field, part in where.fields.items()
        if isinstance(part.type, GraphQLInputObjectType) and not part.type.name.endswith("Where")
        if not any(is_required_input_field(one) for one in part.type.fields.values())
    }
    for values in ({}, inputs, {"and": [], "not": {"or": []}}, {"or": [_every_field(where)]}):
        assert await data_of(ask, document, {"where": _every_field(where, **values)}) == everything


# ---- what is refused


@pytest.mark.parametrize("where", ["{and: [null]}", "{or: [{}, null]}", "{key: {in: [null]}}"])
async def test_a_list_holds_no_null(where: str, ask: Ask) -> None:
    code, _ = await error_of(ask, f"{{ organizations(where: {where}) {{ totalCount }} }}")
    assert code == "GRAPHQL_VALIDATION_FAILED"


def _nested(levels: int, head: str, tail: str) -> str:
    return "{ organizations(where: " + head * levels + "{}" + tail * levels + ") { totalCount } }"


def _nested_value(levels: int, name: str) -> Any:
    where: Any = {}
    for _ in range(levels):
        where = {name: where if name == "not" else [where]}
    return where


BY_VARIABLE = "query($where: OrganizationWhere) { organizations(where: $where) { totalCount } }"
WRITTEN = {"not": ("{not: ", "}"), "and": ("{and: [", "]}"), "or": ("{or: [", "]}")}


@pytest.mark.parametrize("name", WRITTEN)
async def test_the_deepest_filter_is_answered(name: str, ask: Ask) -> None:
    """An even number of nots, and `and` and `or` of one: everything, which is four organizations."""
    written = await data_of(ask, _nested(MAX_FILTER_LEVELS, *WRITTEN[name]))
    by_variable = await data_of(ask, BY_VARIABLE, {"where": _nested_value(MAX_FILTER_LEVELS, name)})
    assert written == by_variable == {"organizations": {"totalCount": 4}}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("levels", [MAX_FILTER_LEVELS + 1, 45])
async def test_a_deeper_filter_is_refused(name: str, levels: int, ask: Ask) -> None:
    answers = [
        await error_of(ask, _nested(levels, *WRITTEN[name])),
        await error_of(ask, BY_VARIABLE, {"where": _nested_value(levels, name)}),
    ]
    for code, message in answers:
        assert (code, f"more than {MAX_FILTER_LEVELS} levels" in message) == ("BAD_QUERY", True)


@pytest.mark.parametrize("levels", [MAX_NESTING, 450])
async def test_what_nests_without_end_is_refused_before_it_is_read(levels: int, ask: Ask) -> None:
    for name in WRITTEN:
        for code, message in (
            await error_of(ask, _nested(levels, *WRITTEN[name])),
            await error_of(ask, BY_VARIABLE, {"where": _nested_value(levels, name)}),
        ):
            assert (code, f"more than {MAX_NESTING} brackets deep" in message) == ("QUERY_TOO_DEEP", True)


async def test_brackets_in_texts_and_comments_do_not_nest(ask: Ask) -> None:
    brackets = "{[(" * MAX_NESTING
    document = (
        f'{{ a: organizations(where: {{name: {{eq: "\\"{brackets}"}}}}) {{ totalCount }} # {brackets}\n'
        f'  b: organizations(where: {{name: {{eq: """ "" \\""" {brackets}"""}}}}) {{ totalCount }} }}'
    )
    assert await data_of(ask, document) == {"a": {"totalCount": 0}, "b": {"totalCount": 0}}
