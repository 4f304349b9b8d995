"""The least that can answer a question over HTTP from Neo4j: a bare ASGI application, the driver, orjson.

    python -m benchmarks.peers.driver_server BOLT_URI PORT

`{"question": name, "variables": {…}, "collected": bool}` is answered with the bytes of a GraphQL answer. Rows are taken
from the driver one record at a time or, where `collected`, as one list that the database makes of them.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import uvicorn
from neo4j import READ_ACCESS, AsyncGraphDatabase

from benchmarks.questions import QUESTIONS

Message = MutableMapping[str, Any]
HEADERS = [(b"content-type", b"application/json")]


class DriverServer:
    def __init__(self, uri: str) -> None:
        self._driver = AsyncGraphDatabase.driver(uri, notifications_min_severity="OFF")

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = b""
        more = scope["type"] == "http"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = await self._answer(orjson.loads(body)) if body else b"{}"
        headers = [*HEADERS, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, request: Any) -> bytes:
        question = QUESTIONS[request["question"]]
        collected = request["collected"] and not question.single
        text = f"CALL () {{ {question.cypher} }} RETURN collect(row) AS row" if collected else question.cypher
        async with self._driver.session(default_access_mode=READ_ACCESS) as session:
            result = await session.run(text, request["variables"])
            rows = [record["row"] async for record in result]
        return orjson.dumps({"data": question.wrap(rows[0] if collected else rows)})


if __name__ == "__main__":
    uvicorn.run(DriverServer(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", lifespan="off")
