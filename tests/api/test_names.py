"""One rule for naming an organization: arguments take id, key, ticker or name; filters and records take keys alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from api.schema.ids import global_id
from graph.stores.embedded.store import EmbeddedStore
from tests.api.conftest import Ask, asking, client_of
from tests.facts import LEASE

ORGANIZATIONS = """
- id: host
  claims: [{says: {name: Host Corp, ticker: HST, former_names: [Old Host], kinds: [AI_HOST]}, sources: [filing], confidence: high}]
- {id: cloud, claims: [{says: {name: Cloud Inc, kinds: [NEOCLOUD]}, sources: [filing], confidence: high}]}
- {id: twin-a, claims: [{says: {name: Twin}, sources: [filing], confidence: high}]}
- {id: twin-b, claims: [{says: {name: Twin}, sources: [filing], confidence: high}]}
"""  # noqa: E501
NAMES = ["host", "HST", "hst", "Host Corp", "host corp", "Old Host", global_id("Organization", "host")]
FIELDS: dict[str, str] = {
    "shock": "shock(fail: [$name]) { method { parameters } }",
    "concentration": (
        "concentration(organization: $name, side: CUSTOMERS, measure: VALUE_USD, scope: {layer: SHELL}) "
        "{ method { parameters } }"
    ),
    "paths": 'paths(from: $name, to: "cloud") { paths { links { key } } }',
    "reach": "reach(from: $name) { rows { entity { key } } }",
    "minimumCut": 'minimumCut(from: $name, to: "cloud") { key }',
    "reconciliationTable": "reconciliationTable(organization: $name) { method { parameters } }",
}
"""Fields with an argument for an organization."""


@pytest.fixture
async def ask_named(small: Callable[..., Awaitable[EmbeddedStore]]) -> AsyncIterator[Ask]:
    store = await small(organizations=ORGANIZATIONS, links_provides_capacity=LEASE)
    async with client_of(store) as client:
        yield asking(client)


def document(field: str) -> str:
    return f"query($name: ID!) {{ {FIELDS[field]} }}"


def notes(answer: Any) -> list[str]:
    assert "errors" not in answer, answer
    listed: list[str] = answer["extensions"].get("notes", [])
    return listed


# ---- arguments


@pytest.mark.parametrize("field", FIELDS)
async def test_an_argument_takes_id_key_ticker_and_name(ask_named: Ask, field: str) -> None:
    answers = [await ask_named(document(field), {"name": name}) for name in NAMES]
    assert field in answers[0]["data"], answers[0]
    assert [one["data"] for one in answers] == [answers[0]["data"]] * len(NAMES)


@pytest.mark.parametrize("field", FIELDS)
async def test_an_argument_that_names_nothing_says_what_is_spelled_alike(ask_named: Ask, field: str) -> None:
    (error,) = (await ask_named(document(field), {"name": "Hosst"}))["errors"]
    kind = "entity" if field in ("paths", "reach") else "organization"
    assert error["message"] == f'No {kind} "Hosst". Did you mean host?'
    assert error["extensions"]["code"] == "BAD_QUERY"


@pytest.mark.parametrize("field", FIELDS)
async def test_an_argument_that_names_two_lists_them(ask_named: Ask, field: str) -> None:
    (error,) = (await ask_named(document(field), {"name": "Twin"}))["errors"]
    assert error["message"] == '"Twin" names 2 organizations: twin-a, twin-b. Ask for one of them by its key.'
    assert error["extensions"]["code"] == "AMBIGUOUS_KEY"


async def test_names_of_one_organization_count_once(ask_named: Ask) -> None:
    answer = await ask_named('{ shock(fail: ["HST", "Host Corp", "host"]) { method { parameters } } }')
    assert answer["data"]["shock"]["method"]["parameters"]["fail"] == ["host"]


async def test_a_path_may_begin_at_a_site_by_name(ask_named: Ask) -> None:
    answer = await ask_named('{ reach(from: "Campus", direction: UPSTREAM) { method { parameters } } }')
    assert answer["data"]["reach"]["method"]["parameters"]["from"] == "campus"


async def test_the_id_of_another_kind_is_refused(ask_named: Ask) -> None:
    (error,) = (await ask_named(document("shock"), {"name": global_id("Site", "campus")}))["errors"]
    assert "is the id of a Site" in error["message"]


@pytest.mark.parametrize("text", ["", " ", "x" * 500, "\\", "'"])
async def test_a_text_that_cannot_be_a_name_is_no_organization(ask_named: Ask, text: str) -> None:
    (error,) = (await ask_named(document("shock"), {"name": text}))["errors"]
    assert error["message"].startswith('No organization "')
    assert len(error["message"]) < 150


# ---- on either store


async def test_both_stores_name_alike(ask_each: Ask) -> None:
    named = await ask_each('{ organization(key: "host corp") { key } reach(from: "Cloud Inc") { totalCount } }')
    assert named["data"]["organization"] == {"key": "host"}
    (error,) = (await ask_each(document("shock"), {"name": "Hosst"}))["errors"]
    assert error["message"] == 'No organization "Hosst". Did you mean host?'
    filtered = await ask_each('{ links(where: {source: {key: {eq: "Host Corp"}}}) { totalCount } }')
    assert notes(filtered) == [f"No entity {UNKNOWN.format(chr(34) + 'Host Corp' + chr(34))}"]


# ---- single rows


@pytest.mark.parametrize(
    ("field", "note"),
    [
        ('organization(key: "Hosst")', 'No organization "Hosst". Did you mean host?'),
        ('organization(key: "nobody at all")', 'No organization "nobody at all".'),
        ('site(key: "Campus")', 'No site "Campus". Did you mean campus?'),
        ('link(key: "leese")', 'No link "leese". Did you mean lease?'),
        ('source(key: "filling")', 'No source "filling". Did you mean filing?'),
    ],
)
async def test_a_row_that_is_not_there_is_null_and_noted(ask_named: Ask, field: str, note: str) -> None:
    answer = await ask_named(f"{{ row: {field} {{ key }} }}")
    assert (answer["data"]["row"], notes(answer)) == (None, [note])


async def test_ids_that_no_row_has_are_null_and_noted(ask_named: Ask) -> None:
    absent = global_id("Link", "leese")
    answer = await ask_named(f'{{ nodes(ids: ["host", "Hosst", "{absent}"]) {{ id }} node(id: "Cloud Inc") {{ id }} }}')
    assert answer["data"]["nodes"][1:] == [None, None]
    assert answer["data"]["node"] is None
    assert sorted(notes(answer)) == [
        'No row "Cloud Inc". Did you mean cloud?',
        'No row "Hosst". Did you mean host?',
        f"No row has this id or key: {absent}.",
    ]  # fmt: skip


async def test_a_source_that_a_lens_cannot_exclude_comes_with_what_is_spelled_alike(ask_named: Ask) -> None:
    excluded = '{ graph(lens: {excludeSources: ["filling", "news"]}) { dataThrough } }'
    (error,) = (await ask_named(excluded))["errors"]
    assert error["message"] == 'No source "filling". Did you mean filing?'


async def test_a_row_that_another_lens_shows_is_noted_as_such(ask_named: Ask) -> None:
    answer = await ask_named('{ graph(lens: {knownOn: "2020-01-01"}) { link(key: "lease") { key } } }')
    assert notes(answer) == ['No link "lease" under this lens.']


# ---- filters

UNKNOWN = "has the key {}, and a filter by key takes no name. Did you mean host?"


@pytest.mark.parametrize(
    ("field", "noun"),
    [
        ("links(where: {source: {key: {eq: NAME}}})", "entity"),
        ("links(where: {or: [{target: {key: {in: [NAME]}}}, {not: {source: {key: {ne: NAME}}}}]})", "entity"),
        ("organizations(where: {key: {eq: NAME}})", "organization"),
        ("organizations(where: {links: {some: {counterparty: {key: {eq: NAME}}}}})", "entity"),
        ("debts(where: {issuer: {key: {eq: NAME}}})", "organization"),
    ],
)
async def test_a_filter_by_a_key_that_no_row_has_is_noted(ask_named: Ask, field: str, noun: str) -> None:
    answer = await ask_named(f"{{ {field.replace('NAME', chr(34) + 'Host Corp' + chr(34))} {{ totalCount }} }}")
    assert notes(answer) == [f"No {noun} {UNKNOWN.format(chr(34) + 'Host Corp' + chr(34))}"]


async def test_a_filter_of_nested_lists_notes_a_key_once(ask_named: Ask) -> None:
    answer = await ask_named(
        '{ organizations { nodes { links(where: {source: {key: {eq: "Host Corp"}}}) { totalCount } } } }'
    )
    assert notes(answer) == [f"No entity {UNKNOWN.format(chr(34) + 'Host Corp' + chr(34))}"]


async def test_the_scope_of_an_analytic_notes_it_too(ask_named: Ask) -> None:
    scope = '{where: {site: {eq: "Kampus"}}}'
    answer = await ask_named(f"{{ capacity(groupBy: [PROVIDER], scope: {scope}) {{ totalCount }} }}")
    assert notes(answer) == ['No site has the key "Kampus", and a filter by key takes no name. Did you mean campus?']


async def test_keys_that_rows_have_are_not_noted(ask_named: Ask) -> None:
    answer = await ask_named(
        '{ links(where: {source: {key: {in: ["host", "cloud"]}}, site: {eq: "campus"}}) { totalCount } }'
    )
    assert (answer["data"]["links"]["totalCount"], notes(answer)) == (1, [])


async def test_of_many_unknown_keys_a_few_are_looked_up_and_the_others_listed(ask_named: Ask) -> None:
    keys = ", ".join(f'"{letter}{letter}{letter}"' for letter in "uvwxyz")
    answer = await ask_named(f"{{ organizations(where: {{key: {{in: [{keys}]}}}}) {{ totalCount }} }}")
    assert [note.split(",")[0] for note in notes(answer)] == [
        *(f'No organization has the key "{key}"' for key in ("uuu", "vvv", "www")),
        "No organization has this key: xxx",
    ]


# ---- subjects


async def test_a_subject_of_which_nothing_is_said_comes_with_what_is_spelled_alike(ask_named: Ask) -> None:
    (error,) = (await ask_named('{ statements(subject: "Hosst") { totalCount } }'))["errors"]
    assert error["message"] == 'Nothing is said about "Hosst". Did you mean host?'
