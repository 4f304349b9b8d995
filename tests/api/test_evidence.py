"""What changed, where sources disagree, how far the data reach, how they came to be, and what a lens means."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from api.schema.ids import global_id
from graph.comparison.coverage import coverage_of
from graph.evidence.log import StatementLog
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.api.conftest import Ask, asking, client_of, data_of, error_of, small_log
from tests.api.counting import CountingStore

Small = Callable[..., Awaitable[EmbeddedStore]]

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service: LEASE, status: SIGNED, service_from: '2026-04-01', value_usd: 100},
       sources: [filing], confidence: high}
    - {says: {value_usd: 90}, sources: [news], confidence: medium}
    - {says: {value_usd: 120}, sources: [late], confidence: high, as_of: '2026-03-01'}
"""
"""Known on 2026-01-10 (filing), 2026-02-01 (news) and 2026-06-20 (late)."""


async def _ask_of(store: Any, document: str, variables: dict[str, Any] | None = None) -> Any:
    async with client_of(store) as client:
        return await data_of(asking(client), document, variables)


_CHANGES = "{ totalCount nodes { kind cause subject property before after } }"


def _diff(before: str, after: str, changes: str = _CHANGES) -> str:
    return f"{{ diff(before: {{{before}}}, after: {{{after}}}) {{ changes{changes} }} }}"


def _on(day: str) -> str:
    return f'validOn: "{day}", knownOn: "{day}"'


# ---- how sources were read, and where statements stand

HASH = "0123456789abcdef" * 4
READ = facts.SOURCES.replace("origin: late}", "origin: late, read: SECOND_HAND, through: [news, blog]}").replace(
    "origin: filing}", f"origin: filing, read: FIRST_HAND, hash_rule: BYTES, sha256: '{HASH}'}}"
)
LOCATED = LEASE.replace(
    "as_of: '2026-03-01'", "as_of: '2026-03-01', locator: 'Exhibit 99.1, p. 3', last_verified: '2026-11-20'"
)


async def test_how_a_source_was_read_and_where_a_statement_stands_are_told(small: Small) -> None:
    document = """{
      late: source(key: "late") { read through { key read } sha256 hashRule reliability }
      filing: source(key: "filing") { read through { key } sha256 hashRule reliability }
      second: sources(where: {read: {eq: SECOND_HAND}}) { nodes { key } }
      unknown: sources(where: {read: {eq: UNKNOWN}}) { totalCount }
      throughNews: sources(where: {throughWhere: {key: {eq: "news"}}}) { nodes { key } }
      throughBlog: sources(where: {throughWhere: {kind: {eq: OTHER}}}) { nodes { key } }
      link(key: "lease") { statements(property: "value") { nodes { locator lastVerified reason source { key } } } }
      high: graph(lens: {minReliability: HIGH}) { link(key: "lease") { value { amount } } }
    }"""
    data = await _ask_of(await small(links_provides_capacity=LOCATED, sources=READ), document)
    through = [{"key": "news", "read": "UNKNOWN"}, {"key": "blog", "read": "UNKNOWN"}]
    assert data["late"] == {
        "read": "SECOND_HAND",
        "through": through,
        "sha256": None,
        "hashRule": None,
        "reliability": "MEDIUM",
    }
    assert data["filing"] == {
        "read": "FIRST_HAND",
        "through": [],
        "sha256": HASH,
        "hashRule": "BYTES",
        "reliability": "HIGH",
    }
    assert [data[name]["nodes"] for name in ("second", "throughNews", "throughBlog")] == [[{"key": "late"}]] * 3
    assert data["unknown"] == {"totalCount": 4}
    values = {one["source"]["key"]: one for one in data["link"]["statements"]["nodes"]}
    assert (values["late"]["locator"], values["late"]["lastVerified"]) == ("Exhibit 99.1, p. 3", "2026-11-20")
    assert (values["filing"]["locator"], values["filing"]["lastVerified"]) == (None, None)
    # the later filing says 120; read second hand, it is not among sources of high reliability
    assert data["high"]["link"]["value"] == {"amount": 100.0}


# ---- what changed


async def test_a_value_that_was_learnt_has_the_statements_of_both_sides(small: Small) -> None:
    """From March to July the later filing became known: 120 since 2026-03-01, where the first filing said 100."""
    fields = """(first: 500) { nodes { kind cause subject property before after
        statements { value chosen source { key } } } }"""
    document = _diff(_on("2026-03-15"), _on("2026-07-01"), fields)
    changes = (await _ask_of(await small(links_provides_capacity=LEASE), document))["diff"]["changes"]["nodes"]
    by_property = {change["property"]: change for change in changes}
    assert sorted(by_property) == ["service_state", "value"]
    value = by_property["value"]
    assert (value["kind"], value["cause"], value["subject"]) == (
        "CHANGED",
        "WE_LEARNT_MORE",
        global_id("Link", "lease"),
    )
    assert (value["before"]["amount"], value["after"]["amount"]) == (100, 120)
    assert [(one["source"]["key"], one["value"]["amount"], one["chosen"]) for one in value["statements"]] == [
        ("filing", 100, True),
        ("late", 120, True),
    ]
    state = by_property["service_state"]
    assert (state["before"], state["after"], state["cause"]) == ("PLANNED", "OVERDUE_UNCONFIRMED", "BOTH")
    assert [one["value"] for one in state["statements"]] == ["2026-04-01", "SIGNED"]


async def test_a_row_that_came_is_one_change_and_its_way_back_is_its_removal(small: Small) -> None:
    store = await small(links_provides_capacity=LEASE)
    there = (await _ask_of(store, _diff(_on("2026-01-01"), _on("2026-01-15"))))["diff"]["changes"]["nodes"]
    back = (await _ask_of(store, _diff(_on("2026-01-15"), _on("2026-01-01"))))["diff"]["changes"]["nodes"]
    [added] = [change for change in there if change["subject"] == global_id("Link", "lease")]
    [removed] = [change for change in back if change["subject"] == global_id("Link", "lease")]
    assert (added["kind"], added["property"], added["before"]) == ("ADDED", None, None)
    assert (added["after"]["from"], added["after"]["type"]) == ("host", "PROVIDES_CAPACITY")
    assert removed == {**added, "kind": "REMOVED", "before": added["after"], "after": None}


async def test_a_lens_differs_from_itself_in_nothing(ask: Ask) -> None:
    data = await data_of(ask, _diff("", ""))
    assert data["diff"]["changes"] == {"totalCount": 0, "nodes": []}


@pytest.mark.slow
async def test_changes_are_selected_and_their_rows_have_names(ask: Ask) -> None:
    """In five months there are hundreds of changes; the contracts of OpenAI for capacity are a few of them."""
    days = (_on("2026-03-01"), _on("2026-08-01"))
    contracts = '{type: {eq: PROVIDES_CAPACITY}, subjectWhere: {key: {eq: "openai"}}}'
    subject = "subject subjectEntity { key name label node { id ... on Link { type } } }"
    every = (await data_of(ask, _diff(*days, f"(first: 500) {{ totalCount nodes {{ {subject} }} }}")))["diff"][
        "changes"
    ]
    of_openai = _diff(*days, f"(where: {contracts}, first: 500) {{ totalCount nodes {{ {subject} }} }}")
    found = (await data_of(ask, of_openai))["diff"]["changes"]
    assert 0 < found["totalCount"] == len(found["nodes"]) < every["totalCount"]
    for change in found["nodes"]:
        entity = change["subjectEntity"]
        assert (entity["label"], entity["node"]["id"]) == ("Link", change["subject"])
        assert "OpenAI" in entity["name"]
    assert {change["subject"] for change in found["nodes"]} <= {change["subject"] for change in every["nodes"]}
    # contracts for capacity come first
    types = [change["subjectEntity"]["node"].get("type") for change in every["nodes"]]
    assert set(types[: types.count("PROVIDES_CAPACITY")]) == {"PROVIDES_CAPACITY"}


async def test_a_row_that_went_is_shown_as_it_was(small: Small) -> None:
    gone = "subjectEntity { key name node { ... on Link { value { amount } } } }"
    document = _diff(
        _on("2026-03-15"), _on("2026-01-01"), f"(where: {{kind: {{eq: REMOVED}}}}) {{ nodes {{ {gone} }} }}"
    )
    changes = (await _ask_of(await small(links_provides_capacity=LEASE), document))["diff"]["changes"]["nodes"]
    (lease,) = [one["subjectEntity"] for one in changes if one["subjectEntity"]["key"] == "lease"]
    assert lease["name"].startswith("Host Corp → Cloud Inc")
    assert lease["node"]["value"]["amount"] == 100


async def test_what_statements_and_conflicts_are_about_has_a_name(ask: Ask) -> None:
    subject = "subject subjectEntity { key name label node { id } }"
    document = f"""{{ conflicts(first: 20) {{ nodes {{ {subject} chosen {{ {subject} }} }} }}
        statements(subject: "hut8-fluidstack-river-bend") {{ nodes {{ {subject} }} }} }}"""
    data = await data_of(ask, document)
    for conflict in data["conflicts"]["nodes"]:
        assert conflict["subjectEntity"]["node"]["id"] == conflict["subject"]
        assert conflict["subjectEntity"] == conflict["chosen"]["subjectEntity"]
    (river_bend,) = {one["subjectEntity"]["name"] for one in data["statements"]["nodes"]}
    assert river_bend == "Hut 8 → Fluidstack, 245 MW"


async def test_what_a_lens_does_not_show_has_no_row(small: Small) -> None:
    """On the first of January the lease had not been announced; its statements are known today."""
    document = """{ graph(lens: {validOn: "2026-01-01"}) {
        statements(subject: "lease") { nodes { subject subjectEntity { key } } } } }"""
    shown = (await _ask_of(await small(links_provides_capacity=LEASE), document))["graph"]["statements"]["nodes"]
    assert {one["subjectEntity"] for one in shown} == {None}
    assert {one["subject"] for one in shown} == {global_id("Link", "lease")}


async def test_pages_of_changes_are_all_changes_once(ask: Ask) -> None:
    """Pages of 100 one after the other are what pages of 500 are."""
    whole = await _all_changes(ask, 500)
    assert len(whole) > 200
    assert await _all_changes(ask, 100) == whole
    assert len({(change["subject"], change["property"]) for change in whole}) == len(whole)


async def _all_changes(ask: Ask, first: int) -> list[Any]:
    document = "query($first: Int, $after: String) " + _diff(
        _on("2026-03-01"),
        _on("2026-09-01"),
        "(first: $first, after: $after) { totalCount nodes { kind subject property before after } "
        "pageInfo { hasNextPage hasPreviousPage endCursor } }",
    )
    found: list[Any] = []
    cursor = None
    while True:
        page = (await data_of(ask, document, {"first": first, "after": cursor}))["diff"]["changes"]
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(found) == page["totalCount"]
            return found
        cursor = page["pageInfo"]["endCursor"]


async def test_the_pages_that_follow_compare_nothing_anew(small: Small) -> None:
    """Four lenses are opened for the first page; of the next only the two whose statements it may show."""
    store = CountingStore(await small(links_provides_capacity=LEASE))
    document = _diff(_on("2026-03-15"), _on("2026-07-01"), "(first: 1) { totalCount }")
    async with client_of(store) as client:
        await data_of(asking(client), document)
        first = _dates(store)
        store.calls.readers.clear()
        await data_of(asking(client), document.replace("totalCount", "totalCount nodes { kind }"))
    march, july = "2026-03-15", "2026-07-01"
    assert first == {(march, march), (july, july), (july, march), (march, july)}
    assert _dates(store) == {(march, march), (july, july)}


def _dates(store: CountingStore) -> set[tuple[str, str]]:
    return {(str(lens.valid_on), str(lens.known_on)) for lens in store.calls.readers if lens}


@pytest.mark.parametrize("cursor", ["", "x", "bm8", "W10", "WzEsMiwzLDQsNV0", "💥"])
@pytest.mark.parametrize(
    "field",
    [
        "diff(before: {}, after: {}) { changes(after: $c) { totalCount } }",
        "conflicts(after: $c) { totalCount }",
        "dataVersions(after: $c) { totalCount }",
    ],
)
async def test_what_is_no_cursor_is_told(field: str, cursor: str, ask: Ask) -> None:
    code, _ = await error_of(ask, f"query($c: String) {{ {field} }}", {"c": cursor})
    assert code == "BAD_CURSOR"


async def test_a_cursor_of_other_lenses_is_told(ask: Ask) -> None:
    edges = "(first: 1) { pageInfo { endCursor } }"
    data = await data_of(ask, _diff(_on("2026-03-01"), _on("2026-09-01"), edges))
    cursor = data["diff"]["changes"]["pageInfo"]["endCursor"]
    document = "query($c: String) " + _diff(_on("2026-03-02"), _on("2026-09-01"), "(after: $c) { totalCount }")
    code, message = await error_of(ask, document, {"c": cursor})
    assert (code, "of another lens" in message) == ("BAD_CURSOR", True)
    code, message = await error_of(ask, "query($c: String) { conflicts(after: $c) { totalCount } }", {"c": cursor})
    assert (code, "of another kind" in message) == ("BAD_CURSOR", True)


@pytest.mark.parametrize("first", [0, -1, 501])
@pytest.mark.parametrize(
    "field",
    [
        "diff(before: {{}}, after: {{}}) {{ changes(first: {first}) {{ totalCount }} }}",
        "conflicts(first: {first}) {{ totalCount }}",
        "dataVersions(first: {first}) {{ totalCount }}",
    ],
)
async def test_a_page_has_1_to_500(field: str, first: int, ask: Ask) -> None:
    code, message = await error_of(ask, f"{{ {field.format(first=first)} }}")
    assert (code, f"first is {first}" in message) == ("BAD_QUERY", True)


async def test_a_difference_to_a_state_of_knowledge_in_the_future_is_an_error(ask: Ask) -> None:
    code, _ = await error_of(ask, _diff(_on("2026-03-01"), 'knownOn: "2026-12-01"'))
    assert code == "BAD_LENS"


async def test_two_differences_stand_side_by_side(ask: Ask) -> None:
    """Only the world, and only what is known of it."""
    document = """query($then: LensInput!, $before: LensInput!, $now: LensInput!) {
        world: diff(before: $then, after: $now) { changes(first: 500) { nodes { cause } } }
        knowledge: diff(before: $before, after: $now) { changes(first: 500) { nodes { cause } } } }"""
    march, september = "2026-03-01", "2026-09-01"
    lenses = {
        "then": {"validOn": march, "knownOn": september},
        "before": {"validOn": september, "knownOn": march},
        "now": {"validOn": september, "knownOn": september},
    }
    data = await data_of(ask, document, lenses)
    assert {change["cause"] for change in data["world"]["changes"]["nodes"]} == {"WORLD_CHANGED"}
    assert {change["cause"] for change in data["knowledge"]["changes"]["nodes"]} == {"WE_LEARNT_MORE"}


# ---- where sources disagree

_TOLD = """{ totalCount nodes { subject property reason chosen { id value chosen source { key } }
    rivals { value chosen counted reason source { key } } } }"""


async def test_what_AMD_and_Meta_agreed_on_is_told_by_both_sides(ask: Ask) -> None:
    """At least 100 bn, say three; up to 60 bn, say two with less confidence."""
    data = await data_of(ask, f'{{ conflicts(subject: "amd-meta-6gw", property: "value") {_TOLD} }}')
    [conflict] = data["conflicts"]["nodes"]
    assert conflict["subject"] == global_id("Link", "amd-meta-6gw")
    assert conflict["chosen"]["value"] == {"amount": 100000000000, "bound": "AT_LEAST", "currency": "USD"}
    assert conflict["reason"] == "confidence: HIGH; the next: MEDIUM"
    assert [one["value"]["amount"] for one in conflict["rivals"]] == [60000000000, 60000000000]
    assert {one["source"]["key"] for one in conflict["rivals"]} == {"btoday-meta-tpu", "tredu-meta-amd"}
    assert all(one["counted"] and not one["chosen"] for one in conflict["rivals"])


async def test_a_later_claim_is_a_conflict_with_what_was_said_before(small: Small) -> None:
    data = await _ask_of(await small(links_provides_capacity=LEASE), f"{{ conflicts {_TOLD} }}")
    [conflict] = data["conflicts"]["nodes"]
    assert conflict["chosen"]["source"]["key"] == "late"
    assert conflict["reason"] == "moment: 2026-03-01; the next: 2026-01-10"
    assert [one["source"]["key"] for one in conflict["rivals"]] == ["filing", "news"]


@pytest.mark.parametrize("field", ["conflicts", "statements"])
async def test_a_subject_of_which_nothing_is_said_is_an_error(field: str, ask_each: Ask) -> None:
    type_ = "ID" if field == "conflicts" else "ID!"
    document = f"query($id: {type_}) {{ {field}(subject: $id) {{ totalCount }} }}"
    for id in ("nobody", global_id("Organization", "lease"), ""):
        code, message = await error_of(ask_each, document, {"id": id})
        assert (code, "Nothing is said about" in message) == ("BAD_QUERY", True)
    assert (await data_of(ask_each, document, {"id": global_id("Link", "lease")}))[field] is not None


async def test_a_subject_that_a_lens_does_not_show_yet_is_no_error(ask_each: Ask) -> None:
    document = """{ graph(lens: {knownOn: "2025-01-01"}) {
        statements(subject: "lease") { totalCount } conflicts(subject: "lease") { totalCount } } }"""
    found = (await data_of(ask_each, document))["graph"]
    assert found == {"statements": {"totalCount": 0}, "conflicts": {"totalCount": 0}}
    absent = '{ statements(subject: "lease", property: "term_years") { totalCount } }'
    assert (await data_of(ask_each, absent))["statements"]["totalCount"] == 1
    absent = '{ statements(subject: "lease", property: "service_to") { totalCount } }'
    assert (await data_of(ask_each, absent))["statements"]["totalCount"] == 0


async def test_conflicts_on_an_unknown_property_are_an_error(ask: Ask) -> None:
    for subject in ("", 'subject: "amd-meta-6gw", '):
        code, message = await error_of(ask, f'{{ conflicts({subject}property: "valueUsd") {{ totalCount }} }}')
        assert (code, "There is no property 'valueUsd'" in message) == ("BAD_QUERY", True)


async def test_pages_of_conflicts_are_all_conflicts_once(ask: Ask) -> None:
    document = """query($first: Int, $after: String) { conflicts(first: $first, after: $after) {
        totalCount nodes { subject property chosen { id } } pageInfo { hasNextPage endCursor } } }"""
    whole = (await data_of(ask, document, {"first": 500}))["conflicts"]
    found: list[Any] = []
    cursor = None
    while len(found) < whole["totalCount"]:
        page = (await data_of(ask, document, {"first": 40, "after": cursor}))["conflicts"]
        found += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
    assert page["pageInfo"]["hasNextPage"] is False
    assert found == whole["nodes"]
    assert len(found) > 80


async def test_conflicts_of_one_subject_read_nothing_of_the_others(small: Small) -> None:
    store = CountingStore(await small(links_provides_capacity=LEASE))
    await _ask_of(store, '{ conflicts(subject: "lease") { nodes { reason rivals { value } } } }')
    assert store.calls.made == [("find", "Statement", 1), ("find_each", "Statement by subject", 1)]


# ---- how far the data reach


@pytest.mark.parametrize("lens", ["", 'validOn: "2026-03-01", knownOn: "2026-03-01"', "minReliability: HIGH"])
async def test_coverage_tells_what_is_counted(lens: str, ask: Ask, seeded: EmbeddedStore) -> None:
    """The counting itself is tested beside it (tests/comparison/test_coverage.py)."""
    document = f"""{{ graph(lens: {{{lens}}}) {{ lens {{ validOn knownOn minReliability }} links {{ totalCount }}
        conflicts {{ totalCount }} coverage {{ dataThrough links linksWithValue linksWithCapacity linksWithTwoOrigins
        undatedStatements conflicts gaps }} }} }}"""
    graph = (await data_of(ask, document))["graph"]
    told = graph["lens"]
    same = facts.lens(told["validOn"], told["knownOn"], min_reliability=told["minReliability"])
    counted = await coverage_of(await seeded.reader(same))
    coverage = graph["coverage"]
    assert coverage["links"] == counted.links == graph["links"]["totalCount"]
    assert coverage["conflicts"] == counted.conflicts == graph["conflicts"]["totalCount"]
    assert coverage["dataThrough"] == str(counted.data_through)
    assert coverage["linksWithTwoOrigins"] == counted.links_with_two_origins
    assert coverage["undatedStatements"] == counted.undated_statements
    assert (coverage["linksWithValue"], coverage["linksWithCapacity"]) == (
        counted.links_with_value,
        counted.links_with_capacity,
    )
    assert coverage["gaps"] == list(counted.gaps)


# ---- how the data came to be


async def test_the_history_is_paged_from_the_newest_and_stays_in_place(small: Small, tmp_path: Path) -> None:
    """A version that is recorded between two pages moves nothing on the second."""
    store = await small()
    await store.load(small_log(tmp_path, links_provides_capacity=LEASE), reason="second")
    document = """query($c: String) { dataVersions(first: 1, after: $c) {
        totalCount nodes { id statements reason recordedAt } pageInfo { hasNextPage endCursor } }
        dataVersion { id } }"""
    first = await _ask_of(store, document)
    assert [one["reason"] for one in first["dataVersions"]["nodes"]] == ["second"]
    assert first["dataVersions"]["nodes"][0]["id"] == first["dataVersion"]["id"]
    assert (first["dataVersions"]["totalCount"], first["dataVersions"]["pageInfo"]["hasNextPage"]) == (2, True)
    await store.load(small_log(tmp_path), reason="third")
    second = (await _ask_of(store, document, {"c": first["dataVersions"]["pageInfo"]["endCursor"]}))["dataVersions"]
    assert [one["reason"] for one in second["nodes"]] == ["load"]
    assert (second["totalCount"], second["pageInfo"]["hasNextPage"]) == (3, False)


async def test_what_changed_is_compared_anew_when_the_data_did(small: Small, tmp_path: Path) -> None:
    store = await small(links_provides_capacity=LEASE)
    document = _diff(_on("2026-03-15"), _on("2026-07-01"))
    async with client_of(store) as client:
        before = (await data_of(asking(client), document))["diff"]["changes"]
        await store.load(small_log(tmp_path, links_provides_capacity=LEASE.replace("120", "130")))
        after = (await data_of(asking(client), document))["diff"]["changes"]
    assert "130" in json.dumps(after)
    assert json.loads(json.dumps(before).replace('"amount": 120', '"amount": 130')) == after


# ---- what a lens means

VAGUE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-Q2', service: LEASE, status: SIGNED, service_from: '2027'},
       sources: [filing], confidence: high}
"""


async def test_one_document_shows_two_lenses_side_by_side(small: Small) -> None:
    store = await small(links_provides_capacity=LEASE)
    document = """{
        first: graph(lens: {validOn: "2026-07-01", knownOn: "2026-01-20"}) { link(key: "lease") { value { usd } } }
        second: graph(lens: {validOn: "2026-07-01", knownOn: "2026-07-01"}) { link(key: "lease") { value { usd } } }
        without: graph(lens: {excludeSources: ["late", "filing"]}) { link(key: "lease") { value { usd } } } }"""
    data = await _ask_of(store, document)
    assert [data[name]["link"]["value"]["usd"] for name in ("first", "second", "without")] == [100, 120, 90]


async def test_a_day_in_the_future_shows_what_is_planned_for_it(small: Small) -> None:
    """Nothing but the plan is known of 2026-12-31: the service was to start in April."""
    document = """{ now: graph(lens: {validOn: "2026-03-31"}) { link(key: "lease") { serviceState } }
        later: graph(lens: {validOn: "2026-12-31"}) { lens { knownOn } link(key: "lease") { serviceState } } }"""
    data = await _ask_of(await small(links_provides_capacity=LEASE.replace("late", "release")), document)
    assert data["now"]["link"]["serviceState"] == "PLANNED"
    assert data["later"] == {"lens": {"knownOn": "2026-11-30"}, "link": {"serviceState": "NOT_YET_REPORTED"}}


@pytest.mark.parametrize(
    ("day", "possible", "certain"),
    [("2026-03-31", False, False), ("2026-05-15", True, False), ("2026-06-30", True, True)],
)
async def test_a_link_of_the_second_quarter_is_possibly_then_certainly_listed(
    day: str, possible: bool, certain: bool, small: Small
) -> None:
    document = f"""{{ possible: graph(lens: {{validOn: "{day}"}}) {{ link(key: "lease") {{ key }} }}
        certain: graph(lens: {{validOn: "{day}", certainty: CERTAIN}}) {{ link(key: "lease") {{ key }} }} }}"""
    data = await _ask_of(await small(links_provides_capacity=VAGUE), document)
    assert (data["possible"]["link"] is not None, data["certain"]["link"] is not None) == (possible, certain)


@pytest.mark.parametrize(
    ("operator", "possible", "certain"),
    [
        ('gte: "2027-04"', 1, 0),
        ('gte: "2027"', 1, 1),
        ('lt: "2027-04"', 1, 0),
        ('lte: "2027"', 1, 1),
        ('gt: "2027"', 0, 0),
        ('lt: "2028"', 1, 1),
    ],
)
async def test_a_service_of_some_day_of_2027_is_possibly_or_certainly_found(
    operator: str, possible: int, certain: int, small: Small
) -> None:
    """Some day of the interval satisfies the bound, or every day does."""
    document = f"""{{ possible: links(where: {{serviceFrom: {{{operator}}}}}) {{ totalCount }}
        certain: links(where: {{serviceFrom: {{{operator}, certainty: CERTAIN}}}}) {{ totalCount }} }}"""
    data = await _ask_of(await small(links_provides_capacity=VAGUE), document)
    assert (data["possible"]["totalCount"], data["certain"]["totalCount"]) == (possible, certain)


async def test_what_was_withdrawn_is_still_what_was_known_before(small: Small) -> None:
    store = await small(links_provides_capacity=LEASE)
    value = next(one for one in (await store.log()).statements if one.property == "value" and one.source == "late")
    await store.apply(StatementLog.of([], []), [value.id], reason="a correction")
    document = """{ now: link(key: "lease") { value { usd } }
        then: graph(lens: {knownOn: "2026-11-22"}) { link(key: "lease") { value { usd } } } }"""
    data = await _ask_of(store, document)
    assert (data["now"]["value"]["usd"], data["then"]["link"]["value"]["usd"]) == (100, 120)
