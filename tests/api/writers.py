"""Clients with and without tokens, over a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import httpx

from api.app import create_app
from graph.audit.tokens import Token, TokenScope, new_token
from graph.settings import read_settings
from graph.stores.base import Store

NOW = datetime(2026, 11, 23, tzinfo=UTC)

ADD = """mutation($input: AddStatementsInput!) {
  addStatements(input: $input) { added unchanged retracted stillRetracted notShown dataVersion { id statements } }
}"""
RETRACT = """mutation($id: ID!, $reason: String!, $key: String!) {
  retractStatement(id: $id, reason: $reason, importKey: $key) { added unchanged retracted dataVersion { id } }
}"""


async def token_of(
    store: Store, scope: TokenScope, expires: date | None = None, now: datetime = NOW
) -> tuple[Token, str]:
    """A token that the store knows, and its text."""
    token, text = new_token(f"the {scope.lower()}", scope, expires, now=now)
    await store.put_token(token)
    return token, text


class Client:
    """Speaks to the service over a store, with a token or without."""

    def __init__(self, store: Store, token: str | None = None, **settings: object) -> None:
        app = create_app(read_settings(**settings), store)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        answer = await self.http.post("/graphql", json={"query": document, "variables": variables or {}})
        return answer.json()

    async def add(self, key: str, *records: Any) -> Any:
        return await self.ask(ADD, {"input": {"importKey": key, "records": list(records)}})

    async def added(self, key: str, *records: Any) -> Any:
        """The result of a write that must succeed."""
        answer = await self.add(key, *records)
        assert "errors" not in answer, answer
        return answer["data"]["addStatements"]

    async def retract(self, id: str, key: str, reason: str = "It was wrong") -> Any:
        return await self.ask(RETRACT, {"id": id, "reason": reason, "key": key})


async def editor(store: Store) -> Client:
    return Client(store, (await token_of(store, TokenScope.EDITOR))[1])
