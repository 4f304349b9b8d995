"""A real server over the real facts, for clients that are not ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Server, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("clients")) as running:
        yield running


@pytest.fixture(scope="session")
def endpoint(server: Server) -> str:
    return f"{server.url}/graphql"
