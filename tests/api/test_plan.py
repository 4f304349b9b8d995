"""What a plan answers is what the reference executor answers, byte for byte: data, errors, notes, cost."""

from __future__ import annotations

import gc
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_leaf_type,
    parse,
)
from hypothesis import event, given
from hypothesis import strategies as st

from api.context.store_provider import StoreProvider
from api.execution.execute import PLANS_ANSWER, GraphQLResponse, execute_request
from api.execution.plan import plans
from api.execution.plan.plans import Plans, answered
from api.execution.validation import GraphQLRequest
from api.schema.build import schema
from benchmarks.generated import market_log
from benchmarks.questions import QUESTIONS
from benchmarks.ways import UNCOUNTED, compare_ways
from graph.settings import PROJECT, Settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests.api.test_limits import KEYS, Asking, with_limits
from tests.budgets import FEW
from tests.neo4j_fixture import emptied
from tests.stores.random_queries import TODAY, random_log

LARGE = with_limits(cost=6_000, aliases=1_000, depth=40, tokens=20_000, query_bytes=1_000_000)
COVERED_ROOTS: tuple[str, ...] = (
    *("organization", "site", "chip", "deal", "debt", "event", "observation", "link", "source"),
    *("organizations", "sites", "chips", "deals", "debts", "events", "observations", "links", "sources"),
    *("node", "nodes", "graph", "statements", "lens", "dataThrough", "dataVersion"),
    "search",  # no plan reads it: it is executed beside the others
)
UNCOVERED = {"Statement.subjectEntity", "Link.capacity"}
"""Drawn seldom: `subjectEntity` waits for rows one by one, `capacity` adds notes."""
WHERE: Mapping[str, tuple[Any, ...]] = {
    "OrganizationWhere": (
        {"name": {"startsWith": "i"}},
        {"kinds": {"hasAny": ["MINER", "NEOCLOUD"]}, "not": {"country": {"eq": "US"}}},
        {"key": {"in": ["iren", "nowhere", "org-1"]}},
        {"links": {"some": {"direction": "OUT", "counterparty": {"key": {"eq": "microsoft"}}}}},
    ),
    "LinkWhere": (
        {"type": {"eq": "PROVIDES_CAPACITY"}},
        {"valueUsd": {"gt": 1e9, "lte": 2e10}},
        {"source": {"key": {"eq": "nowhere"}}},
        {"or": [{"announced": {"gte": "2026"}}, {"inForce": {"eq": False}}]},
    ),
}
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "LinkOrder": (
        [{"valueUsd": "DESC"}],
        [{"announced": "ASC"}, {"type": "DESC"}],
        [{"capacityMw": {"basis": "GROSS", "direction": "ASC"}}],
    ),
    "OrganizationOrder": ([{"name": "DESC"}], [{"linkCount": "DESC"}]),
}
ROW_KEYS: Mapping[str, list[str]] = {
    "organization": ["iren", "microsoft", "org-1"],
    "site": ["childress", "site-1"],
    "chip": ["gb300", "chip-1"],
    "deal": ["hut8-river-bend-2025", "deal-0"],
    "debt": ["abernathy-notes-2025-12", "debt-1"],
    "event": ["bitcoin-halving-2024"],
    "observation": ["abilene-jpmorgan-total", "observation-3"],
    "link": ["iren-microsoft-cloud", "link-3", "link-8"],
    "source": ["nasdaq-oai-amd", "source-2"],
}
"""Of the facts and of the random graph, by the field that shows one row."""
LENSES = ({}, {"validOn": "2026-06-01"}, {"knownOn": "2025-10-31", "minConfidence": "HIGH"})


class AskingRows(Asking):
    """Draws what plans read: leaves, rows, connections, with arguments that fit and some that do not, conditions, and
    fields asked twice."""

    roots: tuple[str, ...] = COVERED_ROOTS

    def selections(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        fields = [name for name in type_.fields if type_.name not in ("Query", "Graph") or name in self.roots]
        fields = [name for name in fields if depth or is_leaf_type(get_named_type(type_.fields[name].type))]
        often = [name for name in fields if f"{type_.name}.{name}" not in UNCOVERED] or ["__typename"]
        chosen = self.draw(st.lists(st.sampled_from(often), min_size=1, max_size=5))
        if self.draw(st.integers(0, 15)) == 0:
            chosen.append(self.draw(st.sampled_from(fields or ["__typename"])))
        parts = [self.part(name, type_, depth - 1) for name in chosen]
        parts += ["__typename"] * self.draw(st.integers(0, 1))
        named = [name for name, on, _ in self.fragments if on == type_.name]
        if named and self.draw(st.booleans()):
            parts.append(f"...{self.draw(st.sampled_from(named))}{self.condition()}")
        if isinstance(type_, GraphQLInterfaceType) and depth:
            for kind in self.draw(st.lists(st.sampled_from(schema.core.get_possible_types(type_)), max_size=2)):
                parts.append(f"... on {kind.name} {self.condition()} {self.selections(kind, depth - 1)}")
        text = "{ " + " ".join(parts) + " }"
        if depth and self.draw(st.integers(0, 5)) == 0:
            self.fragments.append((f"F{len(self.fragments)}", type_.name, text))
            return f"{{ __typename ...{self.fragments[-1][0]} }}"
        return text

    def part(self, name: str, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        if name == "__typename":
            return name
        field = type_.fields[name]
        if not is_leaf_type(get_named_type(field.type)):
            return self.field(name, field, depth) + ("" if self.draw(st.integers(0, 9)) else " __typename")
        given = [one for argument, about in field.args.items() if (one := self.argument(argument, about))]
        arguments = f"({', '.join(given)})" if given else ""
        self.aliases += 1
        alias = "" if not arguments and self.draw(st.booleans()) else f"a{self.aliases}: "
        return f"{alias}{name}{arguments}{self.condition()}"

    def condition(self) -> str:
        if self.draw(st.integers(0, 11)):
            return ""
        value = self.draw(st.booleans())
        shown = self.variable("Boolean!", value) if self.draw(st.booleans()) else str(value).lower()
        return f" @{self.draw(st.sampled_from(['skip', 'include']))}(if: {shown})"

    def field(self, name: str, field: Any, depth: int) -> str:
        self.row_keys = ROW_KEYS.get(name, KEYS)
        return super().field(name, field, depth)

    def argument(self, name: str, about: Any) -> str | None:
        if name == "key" and self.draw(st.integers(0, 9)) != 7:
            return f'key: "{self.draw(st.sampled_from(self.row_keys))}"'
        type_, drawn = str(get_named_type(about.type)), self.draw(st.integers(0, 9))
        fails = self.draw(st.integers(0, 39)) == 23
        known = WHERE.get(type_) or ORDERS.get(type_)
        if known and drawn < 4:
            return f"{name}: {self.variable(str(about.type), self.draw(st.sampled_from(known)))}"
        if name == "lens":
            return f"lens: {self.variable('LensInput', self.draw(st.sampled_from(LENSES)))}"
        if name in ("after", "before", "last") and fails:
            value: Any = 3 if name == "last" else self.draw(st.sampled_from(["nope", CURSOR]))
            return f"{name}: {self.variable(str(about.type), value)}"
        if name == "property" and drawn < 3:
            return f'property: "{"nope" if fails else self.draw(st.sampled_from(["name", "value"]))}"'
        if name == "direction" and drawn < 7:
            return f"direction: {self.draw(st.sampled_from(['OUT', 'IN', 'BOTH', 'null']))}"
        if name == "first" and fails:
            return f"first: {self.draw(st.sampled_from([0, -1, 501, 'null']))}"
        if name == "first":
            return f"first: {self.draw(st.sampled_from([1, 2, 4, 9]))}"
        if name == "basis" and drawn < 5:
            return f"basis: {self.draw(st.sampled_from(['GROSS', 'CRITICAL_IT']))}"
        return super().argument(name, about)


CURSOR = "WyJPcmdhbml6YXRpb24iLCJrZXkiLCIyMDI2LTExLTMwLzIwMjYtMTEtMzAvMTM4MTdmOGEiLFtdLCJpcmVuIl0"


@contextmanager
def plans_answer(wanted: bool) -> Iterator[None]:
    token = PLANS_ANSWER.set(wanted)
    try:
        yield
    finally:
        PLANS_ANSWER.reset(token)


async def _both_ways(provider: StoreProvider, request: GraphQLRequest, **more: Any) -> tuple[GraphQLResponse, bool]:
    """The answer, which is the same both ways, and whether a plan gave it."""
    with plans_answer(False):
        reference = await execute_request(provider, request, **more)
    before = answered["plan"]
    found = await execute_request(provider, request, **more)
    planned = answered["plan"] > before
    if not planned:  # the order of its notes is that in which fields have found what they look up
        for answer in (reference, found):
            answer.body["extensions"].pop("notes", None)
    assert found.json == reference.json, request.document
    assert found.ran == reference.ran
    return found, planned


@pytest.fixture(scope="module")
async def troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StoreProvider]:
    """A random graph of what stores get wrong: texts, numbers at the edge, references that lead nowhere."""
    store = await EmbeddedStore.open(tmp_path_factory.mktemp("troubled"), clock=lambda: TODAY)
    await store.load(random_log(7))
    yield StoreProvider(store)
    await store.close()


@pytest.fixture
def _collected() -> Iterator[None]:
    """Beside a field that fails at once graphql-core leaves what the others would have waited for: it is collected
    here, not in the test that comes next."""
    yield
    gc.collect()


@given(data=st.data())
@FEW
@pytest.mark.slow
@pytest.mark.usefixtures("_collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_random_documents_have_one_answer(
    seeds_provider: StoreProvider, troubled: StoreProvider, caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    provider = data.draw(st.sampled_from([seeds_provider, troubled]))
    text, variables = AskingRows(data.draw).query()
    found, planned = await _both_ways(provider, GraphQLRequest(text, variables), limits=LARGE)
    codes = {error["extensions"]["code"] for error in found.body.get("errors", ())}
    event("plan" if planned else f"reference {sorted(codes)}")
    assert "INTERNAL" not in codes, found.body
    assert "A plan failed" not in caplog.text


# ---- read together with the rows above


class AskingBothStores(AskingRows):
    """Without the roots that tell when a store was loaded."""

    roots = tuple(name for name in COVERED_ROOTS if not name.startswith("data"))


@pytest.fixture(scope="module")
async def troubled_on_neo4j(neo4j_uri: str) -> AsyncIterator[StoreProvider]:
    store = await Neo4jStore.open(Settings(neo4j_uri=emptied(neo4j_uri), neo4j_timeout=60), lambda: TODAY)
    await store.load(random_log(7))
    yield StoreProvider(store)
    await store.close()


@given(data=st.data())
@FEW
@pytest.mark.slow
@pytest.mark.usefixtures("_collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_random_documents_have_one_answer_from_a_statement_for_all_levels(
    troubled: StoreProvider,
    troubled_on_neo4j: StoreProvider,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    data: st.DataObject,
) -> None:
    """The reference is that of the embedded store: Neo4j would plan one more statement for each level."""
    monkeypatch.setattr(plans, "RUNS_BY_LEVEL", 0)
    text, variables = AskingBothStores(data.draw).query()
    request = GraphQLRequest(text, variables)
    with plans_answer(False):
        reference = await execute_request(troubled, request, limits=LARGE)
    before = answered["plan"]
    found = await execute_request(troubled_on_neo4j, request, limits=LARGE)
    event("plan" if answered["plan"] > before else "reference")
    if answered["plan"] == before:
        for answer in (reference, found):  # what else was read depends on which field came first
            answer.body["extensions"].clear()
        if reference.has_errors:  # and so does which of two that fail is told
            assert (found.has_errors, found.ran) == (True, reference.ran), text
            return
    assert found.json == reference.json, text
    assert "A plan failed" not in caplog.text


# ---- all documents of the project


def _documents() -> Iterator[tuple[str, GraphQLRequest]]:
    for path in sorted((PROJECT / "tests" / "queries").glob("*.graphql")):
        variables = path.with_suffix(".json")
        given_ = orjson.loads(variables.read_bytes()) if variables.exists() else {}
        yield path.stem, GraphQLRequest(path.read_text(encoding="utf-8"), given_)
    for page in sorted((PROJECT / "docs").glob("*.md")):
        for match in re.finditer(r"^```graphql\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
            yield f"{page.stem}:{match.start()}", GraphQLRequest(match[1])


DOCUMENTS = dict(_documents())
"""Of tests/queries and of the documentation, by name."""


@pytest.mark.slow
async def test_documents_of_the_project_have_one_answer(seeds_provider: StoreProvider) -> None:
    covered = {name: one for name, one in DOCUMENTS.items() if _is_covered(one)}
    by_plan = {name for name, request in covered.items() if (await _both_ways(seeds_provider, request))[1]}
    assert len(by_plan) >= 40  # of a few several fields add notes


def _is_covered(request: GraphQLRequest) -> bool:
    document = parse(request.document)
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    if operation.operation is not OperationType.QUERY:
        return False
    return Plans(document).covers(operation, dict(request.variables or {}))


# ---- what has to stay on the plan


async def test_a_plan_answers_the_questions_that_are_measured(tmp_path: Path) -> None:
    """As the benchmark asks them, which compares the bytes."""
    organizations = 60
    store = await EmbeddedStore.open(tmp_path)
    await store.load(market_log(organizations, contracts=300))
    before = answered["plan"]
    times = await compare_ways(StoreProvider(store), organizations, rounds=1)
    await store.close()
    assert answered["plan"] - before == len(QUESTIONS) * (1 + UNCOUNTED)
    assert all(plan.median > 0 and reference.median > 0 for plan, reference in times.values())


@pytest.mark.parametrize(
    "text",
    [
        """{ links(first: 2) { nodes { key } } ...Found __schema { queryType { name } } __typename }
        fragment Found on Query { search(text: "iren", first: 1) { matched entity { name } } }""",
        """{ a: search(text: "hut", first: 2) { score } organizations(first: 1) { totalCount }
        b: search(text: "iren", first: 1) @include(if: true) { matched } }""",
    ],
)
async def test_fields_that_no_plan_reads_are_executed_beside_the_others(
    text: str, seeds_provider: StoreProvider
) -> None:
    _, planned = await _both_ways(seeds_provider, GraphQLRequest(text))
    assert planned


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { queryType { name } } }",
        '{ organization(key: "iren") { statements(first: 1) { nodes { subjectEntity { name } } } } }',
        "{ organizations(first: 0) { totalCount } }",
        '{ links(first: 2) { nodes { alternatives(property: "nope") { id } } } }',
    ],
)
async def test_the_reference_executor_answers_the_rest(text: str, seeds_provider: StoreProvider) -> None:
    _, planned = await _both_ways(seeds_provider, GraphQLRequest(text))
    assert not planned
