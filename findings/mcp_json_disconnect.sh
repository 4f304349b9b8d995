#!/usr/bin/env bash
# mcp 2.3.0: a tool is cancelled when its client leaves, unless answers are JSON: then it works on to its end.
#
# `StreamableHTTPSessionManager(server, stateless=True)` answers as a stream of events and notices `http.disconnect`: the
# handler of the tool is cancelled. With `json_response=True`, which clients see as the same protocol, nobody reads from
# the connection once the body is there, so the handler works for a client that is gone, in the protocol of 2025-11-25
# and in that of 2026-07-28.
#
# What helps: read `receive` oneself, and cancel the task of `handle_request` on `http.disconnect`; that reaches the tool.
#
# Seen on 2026-12-01, Python 3.11, one tool that sleeps half a second, its client gone meanwhile:
#   2025-11-25, events: begun, cancelled
#   2025-11-25, JSON:   begun, ended
#   2026-07-28, events: begun, cancelled
#   2026-07-28, JSON:   begun, ended
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0

cat > "$folder/leave.py" <<'PYTHON'
import asyncio
import json

import anyio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

seen = []


async def tools(context, params):
    return types.ListToolsResult(tools=[types.Tool(name="slow", input_schema={"type": "object"})])


async def call(context, params):
    seen.append("begun")
    try:
        await anyio.sleep(0.5)
        seen.append("ended")
    except BaseException:
        seen.append("cancelled")
        raise
    return types.CallToolResult(content=[])


def request(version):
    params = {"name": "slow", "arguments": {}}
    if version == "2026-07-28":
        prefix = "io.modelcontextprotocol/"
        client = {"name": "client", "version": "1"}
        told = {"protocolVersion": version, "clientInfo": client, "clientCapabilities": {}}
        params["_meta"] = {prefix + name: value for name, value in told.items()}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "host": "localhost",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": version,
        "mcp-method": "tools/call",
        "mcp-name": "slow",
    }
    return json.dumps(body).encode(), [(name.encode(), value.encode()) for name, value in headers.items()]


async def leave(version, *, as_json):
    seen.clear()
    body, headers = request(version)
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        while not seen:
            await anyio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    scope = {"type": "http", "method": "POST", "path": "/mcp", "raw_path": b"/mcp", "root_path": "", "scheme": "http"}
    scope |= {"http_version": "1.1", "query_string": b"", "server": ("localhost", 80), "client": ("127.0.0.1", 1)}
    server = Server("one", on_list_tools=tools, on_call_tool=call)
    manager = StreamableHTTPSessionManager(server, json_response=as_json, stateless=True)
    async with manager.run():
        await manager.handle_request(scope | {"headers": headers}, receive, send)
    return list(seen)


for version in ("2025-11-25", "2026-07-28"):
    events = asyncio.run(leave(version, as_json=False))
    answer = asyncio.run(leave(version, as_json=True))
    print(f"{version}, events: {', '.join(events)}")
    print(f"{version}, JSON:   {', '.join(answer)}")
    assert events == ["begun", "cancelled"]
    assert answer == ["begun", "ended"]
PYTHON
"$folder/venv/bin/python" "$folder/leave.py"
