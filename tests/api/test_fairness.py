"""Clients share the processor: budgets, the queue, who is charged for what, and what a client sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import thread_time
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.app import create_app
from api.fairness.budgets import MAX_ACCOUNTS, Account, Accounts, Budget
from api.fairness.clients import Clients
from api.fairness.middleware import Fairness
from api.fairness.processor_time import SPENDER, measure_processor_time
from api.fairness.queue import FairQueue
from graph.audit.tokens import TokenScope, new_token, utc_now
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests import facts

BUDGET = Budget(seconds=60, per_minute=15)


class Clock:
    """A clock that stands still until it is set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Sum:
    """A spender."""

    seconds = 0.0

    def charge(self, seconds: float) -> None:
        self.seconds += seconds


# ---- budgets


def test_what_is_spent_is_earned_back_evenly() -> None:
    clock = Clock()
    account = Account(BUDGET, clock)
    account.charge(70)
    assert (account.left, account.is_empty, account.seconds_until_more) == (
        0,
        True,
        40,
    )  # 10 s at a quarter second each
    clock.now += 44
    assert (account.spent, account.left, account.is_empty) == (59, 1, False)
    assert account.seconds_until_whole == 236
    clock.now += 1_000
    assert (account.spent, account.left) == (0, 60)  # nothing is saved up beyond the budget


def test_a_budget_of_nought_limits_nobody() -> None:
    account = Account(Budget(seconds=0, per_minute=15), Clock())
    account.charge(1_000)
    assert not account.is_empty


def test_the_accounts_are_bounded() -> None:
    accounts = Accounts(BUDGET, Clock())
    first = accounts.of("0")
    first.charge(5)
    for number in range(1, MAX_ACCOUNTS):
        accounts.of(str(number))
    assert accounts.of("0") is first
    accounts.of("one more")
    assert len(accounts) == MAX_ACCOUNTS
    assert accounts.of("0") is first
    assert accounts.of("1").spent == 0


def test_a_client_is_alone_while_nobody_else_asks() -> None:
    clock = Clock()
    accounts = Accounts(BUDGET, clock)
    first = accounts.of("first")
    assert accounts.is_alone(first)
    accounts.of("second")
    accounts.of("first")
    assert not accounts.is_alone(first)
    clock.now += 11
    accounts.of("first")
    assert accounts.is_alone(first)


# ---- who a client is


def _scope(client: str, authorization: str = "") -> Scope:
    headers = [(b"authorization", authorization.encode())] if authorization else []
    return {"type": "http", "client": (client, 1), "headers": headers}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_its_address_or_its_network(address: str, name: str) -> None:
    assert Clients().name(_scope(address)) == name


def test_a_token_counts_once_it_was_found_valid() -> None:
    clients, sent = Clients(), _scope("192.0.2.7", "Bearer wg_one")
    assert clients.name(sent) == "192.0.2.7"
    clients.confirm(sent, "desk (1)")
    assert clients.name(sent) == clients.name(_scope("192.0.2.8", "Bearer wg_one")) == "desk (1)"
    assert clients.name(_scope("192.0.2.7", "Bearer wg_two")) == "192.0.2.7"


# ---- the queue


def _account(spent: float = 0) -> Account:
    account = Account(BUDGET, Clock())
    account.charge(spent)
    return account


async def _turns(queue: FairQueue, *accounts: Account) -> tuple[list[int], list[asyncio.Task[None]]]:
    """The numbers of the accounts in the order in which they get a place, so far; and their tasks."""
    turns: list[int] = []

    async def wait(number: int, account: Account) -> None:
        await queue.enter(account)
        turns.append(number)

    tasks = [asyncio.create_task(wait(number, account)) for number, account in enumerate(accounts)]
    await asyncio.sleep(0)
    return turns, tasks


async def _settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_has_spent_least_comes_next() -> None:
    queue, first = FairQueue(1, 1), _account()
    await queue.enter(first)
    much, little, none = _account(30), _account(2), _account()
    turns, _ = await _turns(queue, much, much, little, none)
    assert (turns, queue.waiting, queue.waiting_of(much)) == ([], 4, 2)
    for leaving in (first, none, little, much):
        queue.leave(leaving)
        await _settle()
    assert turns == [3, 2, 0, 1]


async def test_one_client_does_not_take_all_places() -> None:
    queue, greedy, other = FairQueue(3, 2), _account(), _account(50)
    turns, _ = await _turns(queue, greedy, greedy, greedy, other)
    await _settle()
    assert (turns, queue.in_work, queue.waiting_of(greedy)) == ([0, 1, 3], 3, 1)
    queue.leave(greedy)
    await _settle()
    assert turns == [0, 1, 3, 2]


@pytest.mark.parametrize("called", [False, True], ids=["while it waits", "when it is called"])
async def test_a_request_that_is_given_up_leaves_no_trace(called: bool) -> None:
    queue, account = FairQueue(1, 1), _account()
    await queue.enter(account)
    _, [task] = await _turns(queue, _account())
    if called:
        queue.leave(account)
    task.cancel()
    await _settle()
    if not called:
        queue.leave(account)
    assert (queue.waiting, queue.in_work) == (0, 0)
    await asyncio.wait_for(queue.enter(_account()), 60)


# ---- who is charged


def _work() -> float:
    """Seconds of processor time that it took."""
    started = thread_time()
    sum(range(200_000))
    return thread_time() - started


async def _in_parts(parts: list[float]) -> None:
    parts.append(_work())
    await asyncio.sleep(0)
    parts.append(_work())
    parts.append(await asyncio.to_thread(_work))
    child = asyncio.create_task(_leaf(parts))
    with pytest.raises(asyncio.CancelledError):
        await child


async def _leaf(parts: list[float]) -> None:
    try:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        await asyncio.sleep(60)
    finally:
        parts.append(_work())  # in a step that an exception begins


async def _charged(parts: list[float]) -> float:
    spender = Sum()

    async def request() -> None:
        SPENDER.set(spender)
        await _in_parts(parts)

    await asyncio.create_task(request())
    return spender.seconds


def test_a_request_is_charged_for_its_tasks_and_threads_and_no_other_for_them() -> None:
    async def run() -> tuple[float, float, list[float], list[float]]:
        measure_processor_time(asyncio.get_running_loop())
        mine: list[float] = []
        others: list[float] = []
        charged, other = await asyncio.gather(_charged(mine), _charged(others))
        assert len(mine) == len(others) == 4
        return charged, other, mine, others

    charged, other, mine, others = asyncio.run(run())
    assert charged >= sum(mine)
    assert other >= sum(others)
    assert charged + other < 1.9 * (sum(mine) + sum(others))  # nothing is counted twice


def test_results_and_errors_pass_through_measured_tasks() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def run() -> None:
        measure_processor_time(asyncio.get_running_loop())
        assert await asyncio.create_task(answer(), name="one") == 42
        with pytest.raises(ValueError, match="no"):
            await asyncio.create_task(fail())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.create_task(asyncio.sleep(60))

    asyncio.run(run())


# ---- what a client sees

SETTINGS = read_settings(budget_seconds=1, budget_per_minute=6, requests_at_once=2, requests_per_client=2, deadline=600)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedStore, Any]]:
    store = await EmbeddedStore.open(tmp_path / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(tmp_path))
    yield store, create_app(SETTINGS, store)
    await store.close()


@pytest.fixture
def spending(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request costs 0.6 s, and nothing is earned back: the account is charged when its client is looked up, and
    not with what the request really used."""
    look_up, charge = Accounts.of, Account.charge

    def charged(self: Accounts, client: str) -> Account:
        self._clock = Clock()
        account = look_up(self, client)
        charge(account, 0.6)
        return account

    monkeypatch.setattr(Accounts, "of", charged)
    monkeypatch.setattr(Account, "charge", lambda self, seconds: None)


def _client(app: Any, address: str = "192.0.2.7") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(address, 1)), base_url="http://localhost")


ASKED = {"query": "{ __typename }"}


@pytest.mark.usefixtures("spending")
async def test_a_client_beyond_its_budget_is_told_when_to_come_again(service: tuple[EmbeddedStore, Any]) -> None:
    _, app = service
    async with _client(app) as client, _client(app, "192.0.2.8") as other:
        answered = await client.post("/graphql", json=ASKED)
        assert (answered.status_code, "cost" in answered.json()["extensions"]) == (200, True)
        assert answered.headers["RateLimit-Policy"] == '"processor";q=1;w=10'
        assert answered.headers["RateLimit"] == '"processor";r=0;t=6'
        refused = await client.post("/graphql", json=ASKED)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")  # 0.2 s of 0.1 s each second
        [error] = refused.json()["errors"]
        assert error["extensions"] == {"code": "BUDGET_SPENT", "spentSeconds": 1.2, "retryAfterSeconds": 2}
        assert error["message"].startswith("This client has spent its processor time. Ask again in 2 s")
        page = await client.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (429, "text/html; charset=utf-8")
        assert "has spent its processor time" in page.text
        assert (await client.get("/healthz")).status_code == (await client.get("/readyz")).status_code == 200
        assert (await other.post("/graphql", json=ASKED)).status_code == 200


@pytest.mark.usefixtures("spending")
async def test_the_bearer_of_a_token_has_a_budget_of_its_own(service: tuple[EmbeddedStore, Any]) -> None:
    store, app = service
    token, secret = new_token("desk", TokenScope.READER, now=utc_now())
    await store.put_token(token)
    sent = {"Authorization": f"Bearer {secret}"}
    async with _client(app) as client:
        assert (await client.post("/graphql", json=ASKED, headers=sent)).status_code == 200
        assert (await client.post("/graphql", json=ASKED)).status_code == 429
        assert (await client.post("/graphql", json=ASKED, headers=sent)).status_code == 200
        assert (await client.post("/graphql", json=ASKED, headers=sent)).status_code == 429
        wrong = {"Authorization": f"Bearer {secret[:-1]}"}
        assert (await client.post("/graphql", json=ASKED, headers=wrong)).status_code == 429


async def _refuse(scope: Scope, problem: Exception) -> Any:
    raise problem


def _fairness(app: Any) -> Fairness:
    return Fairness(
        app, SETTINGS, Clients(), FairQueue(SETTINGS.requests_at_once, SETTINGS.requests_per_client), _refuse
    )


HTTP: Scope = {"type": "http", "path": "/", "client": ("192.0.2.7", 1)}


async def test_a_slow_body_holds_no_place() -> None:
    seen: list[int] = []
    arrived = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        seen.append(fairness.queue.in_work)

    async def receive() -> Message:
        seen.append(fairness.queue.in_work)
        await arrived.wait()
        return {"type": "http.request", "body": b"", "more_body": len(seen) < 2}

    async def send(message: Message) -> None: ...

    fairness = _fairness(application)
    headers = [(b"content-length", b"10")]
    working = asyncio.create_task(fairness({**HTTP, "headers": headers}, receive, send))
    await _settle()
    assert (seen, fairness.queue.in_work) == ([0], 0)
    arrived.set()
    await working
    assert seen == [0, 0, 1]
    assert fairness.queue.in_work == 0


@pytest.mark.parametrize(("media", "places"), [("text/csv", [0, 1, 0, 1]), ("text/event-stream", [0, 0, 0, 0])])
async def test_a_slow_reader_and_a_live_answer_hold_no_place(media: str, places: list[int]) -> None:
    seen: list[int] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", media.encode())]})
        for _ in range(2):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            seen.append(fairness.queue.in_work)
        await send({"type": "http.response.body", "body": b"x"})

    async def send(message: Message) -> None:
        if message.get("more_body"):
            seen.append(fairness.queue.in_work)

    async def receive() -> Message:
        raise AssertionError

    fairness = _fairness(application)
    await fairness({**HTTP, "headers": []}, receive, send)
    assert seen == places
    assert fairness.queue.in_work == 0


async def test_a_client_may_not_let_any_number_wait() -> None:
    holding = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await holding.wait()

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None: ...

    fairness = _fairness(application)
    asked = [asyncio.create_task(fairness({**HTTP, "headers": []}, receive, send)) for _ in range(103)]
    await _settle()
    assert (fairness.queue.in_work, fairness.queue.waiting) == (2, 100)
    refused = [task for task in asked if task.done()]
    assert [type(task.exception()).__name__ for task in refused] == ["TooManyRequests"]
    holding.set()
    await asyncio.wait(asked)
    assert fairness.queue.in_work == 0
