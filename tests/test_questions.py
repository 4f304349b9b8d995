"""Questions of an analyst, answered by both stores as the YAML says (`python -m tests.questions` prints them)."""

from __future__ import annotations

import pytest

from graph.evidence.log import StatementLog
from graph.seeding.scenario_files import Scenarios
from graph.settings import PROJECT, read_settings
from graph.stores.embedded.store import EmbeddedStore
from graph.stores.neo4j.store import Neo4jStore
from tests.facts import TODAY
from tests.questions import QUESTIONS, Question, Yaml, agrees, ask
from tests.seeds_fixture import load_into_neo4j


@pytest.fixture(scope="module")
def facts() -> Yaml:
    return Yaml(PROJECT / "seeds")


def test_there_are_twenty_five_questions_and_each_is_another() -> None:
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS) >= 25


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.text for question in QUESTIONS])
async def test_the_embedded_store_answers_as_the_yaml_says(
    question: Question, seeded: EmbeddedStore, facts: Yaml
) -> None:
    answer, expected = await ask(seeded, question), question.expected(facts)
    assert agrees(answer, expected), f"{answer} is not {expected}, by {question.source}"


async def test_neo4j_answers_all_of_them_alike(
    neo4j_uri: str, seeds_log: StatementLog, seeds_scenarios: Scenarios, facts: Yaml
) -> None:
    await load_into_neo4j(neo4j_uri, seeds_log)
    settings = read_settings(neo4j_uri=neo4j_uri, neo4j_timeout=30)
    store = await Neo4jStore.open(settings, clock=lambda: TODAY, scenarios=seeds_scenarios)
    wrong = [one.text for one in QUESTIONS if not agrees(await ask(store, one), one.expected(facts))]
    await store.close()
    assert wrong == []
