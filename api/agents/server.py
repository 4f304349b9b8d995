"""The server of the Model Context Protocol: which tools there are, and the answer to a call. It offers nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from api.agents.calls import ToolCalls, escaped_json
from api.agents.shapes import Shape, outline, part_of
from api.agents.tools import DATA_RULE, AgentTool, tools
from api.context.errors import error_payload
from api.context.program import program_version
from api.context.store_provider import StoreProvider
from graph.concurrency.lazy_import import lazy_import
from graph.settings import Settings

if TYPE_CHECKING:
    import mcp_types
    from mcp.server import lowlevel
else:
    mcp_types = lazy_import("mcp_types")
    lowlevel = lazy_import("mcp.server.lowlevel")

INSTRUCTIONS = (
    "Wattgraph knows who hosts whose AI, on how many megawatts, with whose chips, and who says so. Begin with `find`,"
    " which gives keys. Every tool takes validOn (the day in the world) and knownOn (the state of knowledge); cite the"
    " sources of an answer, and say what it does not know (notKnown, truncated). "
    f"{DATA_RULE}"
)


def create_server(provider: StoreProvider, settings: Settings) -> lowlevel.Server[Any]:
    """A server over a store. It is read only, and trusts that its transport let nobody in who may not read."""
    calls = ToolCalls(provider, settings)

    async def list_tools(_: Any, __: Any) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=[_shown_tool(one) for one in tools().values()])

    async def call_tool(_: Any, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        try:
            answer = await calls.call(params.name, params.arguments or {})
        except Exception as error:  # noqa: BLE001 (an unexpected one is masked and logged)
            return _text_result(error_payload(error)["message"], is_error=True)
        return _text_result(escaped_json(answer), answer)

    return lowlevel.Server(
        "wattgraph",
        version=program_version(),
        title="Wattgraph",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: _schema(tools()[name].arguments) if name in tools() else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _shown_tool(tool: AgentTool) -> mcp_types.Tool:
    return mcp_types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=_schema(tool.arguments),
        output_schema=_outlined(tool.answer),
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _text_result(
    text: str, answer: Mapping[str, Any] | None = None, *, is_error: bool = False
) -> mcp_types.CallToolResult:
    content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(type="text", text=text)]
    return mcp_types.CallToolResult(content=content, structured_content=answer, is_error=is_error)


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """As short as it says the same: language models read it."""
    schema: dict[str, Any] = _shortened(model.model_json_schema(by_alias=True))
    return schema


def _shortened(part: Any) -> Any:
    """Without titles, which repeat names, and without `default: null`; with `type: [string, null]` for a choice of a
    type and null."""
    if isinstance(part, list):
        return [_shortened(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {name: _shortened(one) for name, one in part.items() if not _says_nothing(name, one)}
    match kept.get("anyOf"):
        case [{"type": type_, **rest}, {"type": "null"}] if "enum" not in rest:
            del kept["anyOf"]
            return {"type": [type_, "null"], **rest, **kept}
    return kept


def _says_nothing(name: str, value: Any) -> bool:
    return (name == "title" and isinstance(value, str)) or (name == "default" and value is None)


@cache
def _outlined(answer: type[Shape]) -> dict[str, Any]:
    """The schema of an answer, with the fields of its parts as a line of names: what the model of the answer holds is
    checked here before it leaves, and in full a list of all tools would be several times as long."""
    schema = _schema(answer)
    properties = {name: _outline_of(answer, name, one) for name, one in schema["properties"].items()}
    return {name: one for name, one in schema.items() if name != "$defs"} | {"properties": properties}


def _outline_of(answer: type[Shape], name: str, schema: dict[str, Any]) -> dict[str, Any]:
    field = answer.model_fields[name]
    part, is_list = part_of(field.annotation)
    if part is None:
        return schema
    described = f"{field.description} Fields:" if field.description else "Fields:"
    type_ = {"type": "array", "items": {"type": "object"}} if is_list else {"type": "object"}
    return {**type_, "description": f"{described} {outline(part)}"}
