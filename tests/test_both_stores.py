"""All documents of tests/queries answer, and give the same bytes from the embedded store and from Neo4j.

Each document is run once on each store, all in one process (`beside_neo4j`) and behind the caches of a service. What
Neo4j is asked for in `make test` has every shape of text that the documents lead to; `make audit` asks it for all."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from graph.evidence.lens import Lens
from graph.reports.catalog import REPORTS
from graph.settings import PROJECT
from graph.stores.base import Store
from graph.stores.neo4j import cypher
from graph.stores.neo4j.cypher import Cypher
from graph.stores.neo4j.reader import Neo4jReader
from tests.budgets import AUDIT

pytestmark = [pytest.mark.beside_neo4j, pytest.mark.audited]

DOCUMENTS = sorted((PROJECT / "tests" / "queries").glob("*.graphql"))
SLOW = {
    *("analytics_centrality", "analytics_tables_under_a_lens", "conflicts_page", "coverage", "diff", "diff_page"),
    *("diff_to_default", "figure", "half_lives", "lens_scenario", "lens_support", "link_in_time", "publisher_record"),
}
each_document = pytest.mark.parametrize(
    "document",
    [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in SLOW)) for path in DOCUMENTS],
)
EMPTY = {"slippage", "slippageTable"}
"""No date of the facts has moved so far; test_analytics.py asks a small world in which one has."""

Answer = Callable[[Path], Awaitable[Any]]
"""The whole answer to the document of a file."""


@pytest.fixture(scope="module")
def embedded(seeds_provider: StoreProvider) -> Answer:
    return _answering(seeds_provider)


@pytest.fixture(scope="module")
def neo4j(neo4j_provider: StoreProvider, seeds_provider: StoreProvider) -> Iterator[Answer]:
    with pytest.MonkeyPatch.context() as patch:
        if not AUDIT:
            for name, make in (("find", cypher.find), ("find_each", cypher.find_each)):
                patch.setattr(Neo4jReader, name, _asked_once_of_each_shape(name, make, seeds_provider.store))
        yield _answering(neo4j_provider)


def _asked_once_of_each_shape(name: str, make: Callable[..., Cypher], other: Store) -> Callable[..., Awaitable[Any]]:
    """The method of a reader of Neo4j, which takes two tenths of a second of a processor to plan each new text. Texts
    that differ by names of the model alone are asked for there once, and of the other store afterwards."""
    ask, known = getattr(Neo4jReader, name), dict[str, str]()

    async def answer(reader: Neo4jReader, *question: Any) -> Any:
        text = make(*question).text
        if known.setdefault(NAMES.sub("``", text), text) == text:
            return await ask(reader, *question)
        return await getattr(await other.reader(), name)(*question)

    return answer


NAMES = re.compile(r"`\w+`(\|`\w+`)*|\$p\d+")
"""Names of the model in Cypher, alternatives among them, and of parameters."""


def _answering(provider: StoreProvider) -> Answer:
    answers: dict[Path, Any] = {}

    async def answer(document: Path) -> Any:
        if document not in answers:
            answers[document] = orjson.loads((await execute_request(provider, _request(document))).json)
        return answers[document]

    return answer


def _request(document: Path) -> GraphQLRequest:
    variables = document.with_suffix(".json")
    given = orjson.loads(variables.read_bytes()) if variables.exists() else {}
    return GraphQLRequest(document.read_text(encoding="utf-8"), given)


def test_there_are_enough_documents() -> None:
    assert len(DOCUMENTS) >= 45


@each_document
async def test_a_document_answers(document: Path, embedded: Answer) -> None:
    answer = await embedded(document)
    assert "errors" not in answer, answer["errors"]
    empty = [name for name, value in answer["data"].items() if name not in EMPTY and not _holds_something(value)]
    assert answer["data"]
    assert empty == []


def _holds_something(value: Any) -> bool:
    """Whether there is a row or a value in it, and not only empty lists."""
    if isinstance(value, dict):
        return value.get("totalCount") != 0 and any(_holds_something(part) for part in value.values())
    return any(_holds_something(part) for part in value) if isinstance(value, list) else value is not None


@each_document
async def test_both_stores_give_the_same_bytes(document: Path, embedded: Answer, neo4j: Answer) -> None:
    answers = [await embedded(document), await neo4j(document)]
    assert [answer.get("errors") for answer in answers] == [None, None]
    one, other = (orjson.dumps(answer["data"]) for answer in answers)
    assert one == other


async def test_both_stores_give_the_same_data_version(
    seeds_provider: StoreProvider, neo4j_provider: StoreProvider
) -> None:
    one, other = [await provider.store.reader() for provider in (seeds_provider, neo4j_provider)]
    assert one.version.id == other.version.id
    assert (one.version.statements, one.data_through) == (other.version.statements, other.data_through)


async def test_both_stores_give_the_same_report(seeds_provider: StoreProvider, neo4j_provider: StoreProvider) -> None:
    """Of a scenario; rankings are compared as documents, above."""
    stores, lens = (seeds_provider.store, neo4j_provider.store), Lens(scenario="smaller-stargate")
    report = REPORTS["capacity"]
    one, other = [await report.gather(await store.reader(lens)) for store in stores]
    for suffix in ("json", "html"):  # all that a document holds, and its charts
        assert report.formats[suffix].render(one) == report.formats[suffix].render(other)
