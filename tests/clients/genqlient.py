"""genqlient, a client of Go that sends every field of an input, as null where nothing is set.

Tests replay recorded requests, `make audit` runs the client; `python -m tests.clients.genqlient` records anew."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.clients.node import HERE
from tests.server import running_server

FOLDER = HERE / "genqlient"
RECORDED = FOLDER / "recorded.json"
ONE_OF = "an order with its empty fields"
"""The question that the standard refuses: an input with `@oneOf` takes no nulls beside its one field."""
SECONDS = 900
"""The first run compiles genqlient."""
MISSING = "Go 1.24 or later is missing: install it by hand, then bash tests/setup.sh audit."
Exchange = Mapping[str, Any]
"""A `name`, a `method` with `body` or `parameters`; of a run of the client also `data` as decoded, and `error`."""


def recorded() -> Sequence[Exchange]:
    exchanges: Sequence[Exchange] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return exchanges


def run_genqlient(endpoint: str) -> Sequence[Exchange]:
    """Generate the client from the schema that the service gives, and ask all questions."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(FOLDER, Path(folder) / "client"))
        schema = httpx.get(endpoint.replace("/graphql", "/schema.graphql")).raise_for_status().text
        (copy / "schema.graphql").write_text(schema, encoding="utf-8")
        _go(copy, "tool", "genqlient")
        exchanges: Sequence[Exchange] = json.loads(_go(copy, "run", ".", endpoint))
        return exchanges


def _go(folder: Path, *arguments: str) -> str:
    command = ["go", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def replay(endpoint: str, exchange: Exchange) -> Any:
    """The answer to a request as it was recorded."""
    if exchange["method"] == "GET":
        return httpx.get(endpoint, params=exchange["parameters"]).json()
    return httpx.post(endpoint, json=exchange["body"]).json()


def parts_of(exchange: Exchange) -> Mapping[str, Any]:
    """`query`, `variables` and so on, by whatever method they were sent."""
    if "body" in exchange:
        return dict(exchange["body"])
    return {**exchange["parameters"], "variables": json.loads(exchange["parameters"]["variables"])}


def without_nulls(value: Any) -> Any:
    """What a person wrote: the value without what genqlient adds."""
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def faults(endpoint: str) -> Sequence[str]:
    """What is not as it has to be when the real client asks."""
    if shutil.which("go") is None:
        return [MISSING]
    exchanges = run_genqlient(endpoint)
    by_name = {one["name"]: without_nulls(parts_of(one)) for one in recorded()}
    # a schema that has grown brings more nulls, which is no reason to record anew
    changed = [one["name"] for one in exchanges if by_name.get(one["name"]) != without_nulls(parts_of(one))]
    failed = [f"{one['name']}: {one['error']}" for one in exchanges if ("error" in one) != (one["name"] == ONE_OF)]
    decoded = [one["name"] for one in exchanges if "error" not in one and one["data"] != replay(endpoint, one)["data"]]
    return [
        *(f"{name}: not the recorded request; python -m tests.clients.genqlient" for name in changed),
        *failed,
        *(f"{name}: decoded otherwise than it was answered" for name in decoded),
    ]


def record() -> None:
    """Write the requests of the real client to `recorded.json`, one a line."""
    with TemporaryDirectory() as data, running_server(Path(data)) as server:
        exchanges = run_genqlient(f"{server.url}/graphql")
    kept = ("name", "method", "body", "parameters")
    lines = [json.dumps({name: one[name] for name in kept if name in one}) for one in exchanges]
    RECORDED.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    record()
