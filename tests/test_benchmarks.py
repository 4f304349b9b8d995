"""The benchmark of loading, at a size that takes a few seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.generated import write_facts
from benchmarks.loading import compare, measure_load
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT


@pytest.mark.slow
def test_a_load_of_made_up_facts_is_measured(tmp_path: Path) -> None:
    write_facts(tmp_path / "one", organizations=20, contracts=50)
    write_facts(tmp_path / "several", organizations=20, contracts=50, files=3)
    log = read_seeds(tmp_path / "one")
    assert len(log.statements) == 4 * 20 + 9 * 50  # of each organization four, of each contract seven and its two ends
    assert read_seeds(tmp_path / "several").version == log.version
    cost = measure_load(PROJECT, tmp_path / "several")
    assert cost.version == log.version
    assert cost.seconds > 0
    assert cost.peak_mb > 10
    table = compare(PROJECT, tmp_path / "one", runs=1)
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == ["| processor time, s", "| peak memory, MB"]
