"""What genqlient sends, replayed: nulls for what is not set change no answer. The client itself: `make audit`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.clients.genqlient import MISSING, ONE_OF, Exchange, faults, parts_of, recorded, replay, without_nulls

CONTRACT = "iren-microsoft-cloud"


@pytest.fixture(params=recorded(), ids=lambda one: one["name"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    one: Exchange = request.param
    return one


def test_nulls_are_as_if_nothing_was_sent(exchange: Exchange, endpoint: str) -> None:
    answer = replay(endpoint, exchange)
    if exchange["name"] == ONE_OF:
        messages = [error["message"] for error in answer["errors"]]
        assert all("$orderBy" in message and "at [0]" in message and "LinkOrder" in message for message in messages)
        return
    plain = httpx.post(endpoint, json=without_nulls(parts_of(exchange))).json()
    assert (answer, "errors" in answer) == (plain, False)


def test_the_recorded_requests_ask_for_something(endpoint: str) -> None:
    """That two answers are equal shows nothing where both are empty."""
    data = {one["name"]: replay(endpoint, one).get("data") for one in recorded() if one["name"] != ONE_OF}
    for name in ("filters of every kind", "nested filters", "filters of every kind, by GET"):
        assert CONTRACT in _keys(data[name]["links"])
    assert _keys(data["links of an organization"]["organizations"]) == ["iren"]
    assert data["a lens"]["graph"]["link"]["key"] == CONTRACT
    assert [row["group"] for row in data["a scope"]["capacity"]["rows"]] == [{"PROVIDER": "hut8"}]
    assert data["arguments that are null"]["link"]["capacity"] == {"mw": 200, "basis": "CRITICAL_IT"}
    assert len(_keys(data["an order without its empty fields"]["organizations"])) == 3


def test_the_recorded_requests_hold_nulls_of_every_sort() -> None:
    """genqlient sends operators, parts that nest, flags, lists and objects as null."""
    (nested,) = (parts_of(one)["variables"]["where"] for one in recorded() if one["name"] == "nested filters")
    nulls = {name for name, value in nested.items() if value is None}
    assert {"id", "key", "source", "inForce", "serviceFrom"} <= nulls
    assert nested["not"]["disputed"] == {"eq": True}
    assert nested["or"][0]["and"] is None
    assert nested["announced"]["lt"] is None


def test_without_go_the_audit_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert faults("http://127.0.0.1:9/graphql") == [MISSING]


def _keys(connection: Any) -> list[str]:
    return [node["key"] for node in connection["nodes"]]
