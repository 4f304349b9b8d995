"""A kill of each kind but that of Neo4j, which takes a server of its own: `make reliability` makes ten of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.kills import kill_loads, kill_services


@pytest.mark.slow
async def test_row_85_a_killed_service_loses_and_doubles_no_acknowledged_statement(tmp_path: Path) -> None:
    ledger = await kill_services(str(tmp_path / "data"), tmp_path, writes=20, kills=1)
    assert (ledger.kills, ledger.statements, ledger.lost, ledger.doubled) == (1, 200, 0, 0)


@pytest.mark.slow
async def test_row_85_a_killed_load_loses_and_doubles_no_acknowledged_statement(tmp_path: Path) -> None:
    ledger = await kill_loads(str(tmp_path / "data"), tmp_path, writes=20, kills=1)
    assert (ledger.kills, ledger.statements, ledger.lost, ledger.doubled) == (1, 200, 0, 0)
