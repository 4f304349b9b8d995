"""Questions of an analyst, answered by both stores as the YAML says (`python -m tests.questions` prints them)."""

from __future__ import annotations

import pytest

from api.context.store_provider import StoreProvider
from graph.settings import PROJECT
from tests.questions import QUESTIONS, Question, Yaml, agrees, ask


@pytest.fixture(scope="module")
def facts() -> Yaml:
    return Yaml(PROJECT / "seeds")


def test_there_are_twenty_five_questions_and_each_is_another() -> None:
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS) >= 25


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.text for question in QUESTIONS])
async def test_the_embedded_store_answers_as_the_yaml_says(
    question: Question, seeds_provider: StoreProvider, facts: Yaml
) -> None:
    answer, expected = await ask(seeds_provider, question), question.expected(facts)
    assert agrees(answer, expected), f"{answer} is not {expected}, by {question.source}"


async def test_neo4j_answers_all_of_them_alike(neo4j_provider: StoreProvider, facts: Yaml) -> None:
    wrong = [one.text for one in QUESTIONS if not agrees(await ask(neo4j_provider, one), one.expected(facts))]
    assert wrong == []
