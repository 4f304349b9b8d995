"""A few hundred of the requests that `make audit` sends by the ten thousand, and the judge of their answers."""

from __future__ import annotations

import json

import pytest

from docs.api_page import codes
from tests.clients.generated import send_generated
from tests.clients.judge import Reply, Tally, fault_of
from tests.clients.mutated import HOSTILE, Case, Sender, case, corpus, send_mutated

CASES = 150
JSON = "application/json"
ERROR = {"message": "No. Do this.", "extensions": {"code": "BAD_QUERY"}}


@pytest.mark.slow
def test_damaged_bodies_are_answered_in_the_one_shape(endpoint: str) -> None:
    tally = send_mutated(endpoint, CASES, seed=1)
    assert tally.faults == []
    assert tally.cases == CASES
    assert {200, 400} <= tally.statuses.keys(), "some were still sound"
    assert tally.codes.keys() <= codes().keys(), "docs/api.md lists every code"


@pytest.mark.slow
def test_generated_documents_are_answered_in_the_one_shape(endpoint: str) -> None:
    tally = send_generated(endpoint, CASES, seed=1)
    assert tally.faults == []
    assert tally.cases == CASES
    assert tally.codes.keys() <= codes().keys()


@pytest.mark.parametrize("body", HOSTILE, ids=[repr(body[:40]) for body in HOSTILE])
def test_a_hostile_body_is_answered_in_the_one_shape(body: bytes, endpoint: str) -> None:
    with Sender(endpoint) as sender:
        assert fault_of(sender.send(Case(body, JSON))) is None


def test_a_case_can_be_sent_again() -> None:
    bodies = corpus()
    assert [case(1, number, bodies) for number in range(50)] == [case(1, number, bodies) for number in range(50)]
    assert case(1, 0, bodies) != case(2, 0, bodies)


def reply(body: object, status: int = 200, content_type: str = JSON) -> Reply:
    return Reply(status, content_type, body if isinstance(body, bytes) else json.dumps(body).encode(), 0.1)


@pytest.mark.parametrize(
    "sound",
    [
        reply({"data": {"a": 1}, "extensions": {}}),
        reply({"errors": [ERROR], "extensions": {}}, 400, "application/graphql-response+json; charset=utf-8"),
        reply({"errors": [ERROR], "data": {"a": None}}),
    ],
)
def test_the_judge_lets_sound_answers_pass(sound: Reply) -> None:
    assert fault_of(sound) is None


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (reply({"errors": [ERROR]}, 500), "status 500"),
        (reply({"errors": [ERROR]}, 400, "text/plain"), "content type 'text/plain'"),
        (reply(b"Bad Request", 400), "no JSON"),
        (reply([]), "not an answer of GraphQL"),
        (reply({"detail": "Method Not Allowed"}, 405), "not an answer of GraphQL"),
        (reply({"data": {"a": 1}}, 400), "neither data nor errors"),
        (reply({"data": None}), "neither data nor errors"),
        (reply({"errors": []}), "`errors` is no list of errors"),
        (reply({"errors": [{"message": "No."}]}), "an error without message or code"),
        (reply({"errors": [{"message": "", "extensions": {"code": "A"}}]}), "an error without message or code"),
        (reply({"errors": [{"message": "Oh.", "extensions": {"code": "INTERNAL"}}]}), "not handled: Oh."),
    ],
)
def test_the_judge_finds_what_is_wrong(bad: Reply, fault: str) -> None:
    assert (fault_of(bad) or "").startswith(fault)


def test_a_tally_counts_statuses_codes_and_faults_and_keeps_the_slowest() -> None:
    tally = Tally("some")
    tally.see(reply({"errors": [ERROR, ERROR]}, 400), "first")
    tally.see(Reply(500, JSON, b"", 2.5), "second")
    assert (tally.cases, tally.statuses, tally.codes) == (2, {400: 1, 500: 1}, {"BAD_QUERY": 2})
    assert tally.slowest == (2.5, "second")
    assert [fault.splitlines()[0] for fault in tally.faults] == ["status 500"]
