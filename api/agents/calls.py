"""A call of a tool: its document runs by the executor of the API, with the same limits and the same deadline."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from api.agents.arguments import did_you_mean, read_arguments
from api.agents.sources import SourceKeys
from api.agents.tools import AgentTool, tools
from api.context.errors import deadline_exceeded
from api.context.limits import Limits
from api.context.store_provider import StoreProvider
from api.execution.execute import GraphQLResponse, execute_request
from api.execution.validation import GraphQLRequest
from graph.errors import BadQuery
from graph.settings import Settings
from graph.vocabulary.wording import quote

_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "`": "\\u0060"})


class ToolCalls:
    """Calls of tools over a store, for callers who may read."""

    def __init__(self, provider: StoreProvider, settings: Settings) -> None:
        self._provider = provider
        self._limits = Limits.of(settings)
        self._seconds = settings.deadline

    async def call(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer as plain data that fit the model of the tool. Raises WattgraphError: BadInput for what the caller
        can mend, DeadlineExceeded, StoreError."""
        tool = _tool(name)
        arguments = read_arguments(tool.arguments, values)
        lens = arguments.lens()
        request = GraphQLRequest(tool.document, tool.variables(arguments, lens), lens=lens)
        try:
            async with asyncio.timeout(self._seconds):
                response = await execute_request(self._provider, request, limits=self._limits)
        except TimeoutError:
            raise deadline_exceeded(self._seconds) from None
        return _answer(tool, response)


def _tool(name: str) -> AgentTool:
    if name not in tools():
        remedy = did_you_mean(name, list(tools())) or f"There are {', '.join(tools())}."
        raise BadQuery(f"No tool {quote(name)}.", remedy=remedy)
    return tools()[name]


def _answer(tool: AgentTool, response: GraphQLResponse) -> Mapping[str, Any]:
    """Raises BadQuery."""
    body = response.body
    if response.has_errors:
        raise BadQuery(" ".join(error["message"] for error in body["errors"]), remedy="")
    keys, extensions = SourceKeys(), body["extensions"]
    result = keys.cited(body["data"])
    frame = {name: result.pop(name) for name in ("lens", "dataThrough")}
    notes = extensions.get("notes", [])
    if any(one is None or (isinstance(one, list) and None in one) for one in result.values()):
        raise BadQuery(" ".join(notes) or "There is none under this lens.", remedy="`find` gives keys.")
    result |= {name: conclude(result) for name, (_, conclude) in tool.concluded.items()}
    answer = {
        **frame,
        "dataVersion": extensions["dataVersion"],
        "truncated": extensions["truncated"],
        "notKnown": f"{tool.not_known} {_newest(frame['dataThrough'])}",
        "notes": notes,
        "sources": list(keys.sources.values()),
        "result": result,
    }
    return tool.answer.model_validate(answer).model_dump(mode="json", exclude_unset=True)


def _newest(data_through: str) -> str:
    if data_through == date.min.isoformat():
        return "No dated source counts under this lens."
    return f"The newest source that counts is of {data_through}."


def escaped_json(answer: Mapping[str, Any]) -> str:
    """JSON in which the texts of others can neither close nor open anything: only letters of ASCII, no tags, no fences
    of Markdown."""
    return json.dumps(answer, separators=(",", ":"), allow_nan=False).translate(_ESCAPED)
