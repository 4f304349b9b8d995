"""A load that takes much away is told before it is done, and done where somebody says that it is meant."""

from __future__ import annotations

import os
import pty
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from graph.comparison.removals import Removal, removals
from graph.evidence.log import StatementLog
from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.command import Ended, run_command
from tests.neo4j_fixture import emptied
from tests.server import environment

EVENT = """
- {id: start, kind: SITE_MILESTONE, claims: [{says: {date: '2026-01-10'}, sources: [filing], confidence: high}]}
"""
RELEASE_BEFORE = Path(__file__).parent / "events_of_the_release_before.sql"
TABLES = Path(__file__).parents[1] / "stores" / "format_2.sql"


def test_what_goes_is_counted_by_kind_and_share(tmp_path: Path) -> None:
    # four organizations and one lease: without the lab one of four goes; without the lease the only one
    stored = facts.log_of(tmp_path)
    fewer = StatementLog.of(
        (one for one in stored.statements if one.subject not in ("lab", "lease")), stored.sources.values()
    )
    gone = {one.kind: (one.removed, one.shown) for one in removals(stored, fewer, facts.TODAY)}
    assert gone.pop("Statement") == (len(stored.statements) - len(fewer.statements), len(stored.statements))
    assert gone == {"PROVIDES_CAPACITY": (1, 1), "Organization": (1, 4)}


def test_what_becomes_hidden_goes_too(tmp_path: Path) -> None:
    stored = facts.log_of(tmp_path)
    estimated = facts.LEASE.replace("confidence: high", "confidence: high\n      nature: ESTIMATED")
    hidden = facts.log_of(tmp_path / "later", links_provides_capacity=estimated)
    assert [one.kind for one in removals(stored, hidden, facts.TODAY) if one.kind != "Statement"] == [
        "PROVIDES_CAPACITY"
    ]


def test_what_the_api_brought_stays_and_an_equal_load_removes_nothing(tmp_path: Path) -> None:
    stored = facts.log_of(tmp_path)
    by_api = StatementLog.of((), ()).changed(stored, (), facts.TODAY)
    assert removals(stored, stored, facts.TODAY) == []
    assert [one.is_large for one in (Removal("Site", 1, 10), Removal("Site", 2, 19))] == [False, True]
    assert by_api == stored


def _load(tmp_path: Path, *options: str, **files: str) -> Ended:
    folder = tmp_path / "facts"
    for path in (folder / "seeds").rglob("*.yaml"):
        path.unlink()
    return run_command(tmp_path / "data", "load", "--seeds", str(facts.write(folder, **files)), *options)


def test_a_missing_file_is_refused_and_the_option_allows_it(tmp_path: Path) -> None:
    assert _load(tmp_path, events=EVENT).returncode == 0
    refused = _load(tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "would remove 1 of 1 rows of Event. Nothing was loaded." in refused.stderr
    assert "--allow-removals" in refused.stderr
    assert "Nothing changed." in _load(tmp_path, events=EVENT).stdout
    assert _load(tmp_path, "--allow-removals").returncode == 0
    assert "Nothing changed." in _load(tmp_path).stdout


def _store_of_the_release_before(data: Path) -> None:
    data.mkdir()
    written = TABLES.read_text(encoding="utf-8").splitlines()
    tables = "\n".join(line for line in written if not line.startswith("INSERT"))
    filled = tables.replace("COMMIT;", RELEASE_BEFORE.read_text(encoding="utf-8") + "COMMIT;")
    with closing(sqlite3.connect(data / "wattgraph.sqlite")) as file:
        file.executescript(filled)


@pytest.mark.slow
async def test_nothing_goes_when_todays_facts_load_over_a_store_of_the_release_before(
    tmp_path: Path, seeds_log: StatementLog
) -> None:
    _store_of_the_release_before(tmp_path / "data")
    store = await EmbeddedStore.open(tmp_path / "data")
    stored = await store.log()
    await store.close()
    assert len(stored.by_subject) == 5
    assert [str(one) for one in removals(stored, seeds_log, facts.TODAY) if one.is_large] == []


def test_facts_without_a_file_do_not_load_over_a_store_of_the_release_before(tmp_path: Path) -> None:
    _store_of_the_release_before(tmp_path / "data")
    refused = _load(tmp_path)
    assert refused.returncode == 1
    assert "5 of 5 rows of Event" in refused.stderr


def test_a_load_into_neo4j_is_checked_with_the_patience_of_a_write(neo4j_uri: str, tmp_path: Path) -> None:
    """One millisecond is too short for any read from a server, as five seconds are for one that has just started."""
    emptied(neo4j_uri)
    settings = {"WATTGRAPH_NEO4J_URI": neo4j_uri, "WATTGRAPH_NEO4J_TIMEOUT": "0.001"}
    folder = facts.write(tmp_path, events=EVENT)
    loaded = run_command(tmp_path / "data", "load", "--seeds", str(folder), **settings)
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert "Stored: 7 records" in loaded.stdout
    (folder / "events.yaml").unlink()
    refused = run_command(tmp_path / "data", "load", "--seeds", str(folder), **settings)
    assert (refused.returncode, "1 of 1 rows of Event" in refused.stderr) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_on_a_terminal_it_asks(answer: str, code: int, tmp_path: Path) -> None:
    assert _load(tmp_path, events=EVENT).returncode == 0
    (tmp_path / "facts" / "seeds" / "events.yaml").unlink()
    command = [sys.executable, "-m", "cli.main", "load", "--seeds", str(tmp_path / "facts" / "seeds")]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(PROJECT)
        os.execve(sys.executable, command, environment(tmp_path / "data", 1))  # noqa: S606 (our own command)
    shown = _until(terminal, b"?")
    os.write(terminal, answer.encode() + b"\n")
    shown += _until(terminal, None)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == code
    assert b"would remove 1 of 1 rows of Event" in shown
    assert (b"Nothing was loaded" in shown) == (answer == "n")


def _until(terminal: int, text: bytes | None) -> bytes:
    """What the terminal shows up to a text, or to its end."""
    shown = b""
    with suppress(OSError):  # Linux tells the end of a terminal as an error
        while text is None or text not in shown:
            part = os.read(terminal, 1000)
            if not part:
                break
            shown += part
    return shown
