"""A real server over the real facts, for clients that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seeds_fixture import copy_of
from tests.server import Server, running_server


@pytest.fixture(scope="session")
def server(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(copy_of(seeds_data, tmp_path_factory.mktemp("clients") / "data")) as running:
        yield running


@pytest.fixture(scope="session")
def endpoint(server: Server) -> str:
    return f"{server.url}/graphql"
