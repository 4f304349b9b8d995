"""How much is stored and how much of it is shown, as a load and the README tell."""

from __future__ import annotations

from pathlib import Path

import yaml

from graph.comparison.stock import Stock, take_stock
from graph.evidence.lens import today
from graph.evidence.log import StatementLog
from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.command import Ended, run_command
from tests.seeds_fixture import SEEDS

GUESS = """
- {id: guess, subject: host, metric: CASH, claims: [{says: {value: 1, unit: USD, basis: ESTIMATE}, sources: [news],
   confidence: low, nature: ESTIMATED}]}
- {id: wrong, subject: host, metric: CASH, claims: [{says: {value: 2, unit: USD, basis: ACTUAL}, sources: [news],
   confidence: low, withdrawn: '2026-11-20'}]}
"""


def test_what_is_not_shown_has_a_reason(tmp_path: Path) -> None:
    # four organizations, a campus, a lease; of the two figures one is a guess and one is withdrawn
    log = facts.log_of(tmp_path, observations=GUESS)
    stock = take_stock(log, facts.TODAY)
    assert stock == Stock(8, len(log.statements), 6, shown=6, estimates=1)
    assert stock.others == 1


def test_the_facts_and_the_readme_count_alike(seeds_log: StatementLog) -> None:
    stock = take_stock(seeds_log, facts.TODAY)
    readme = " ".join((PROJECT / "README.md").read_text(encoding="utf-8").split())
    assert f" {stock.records:,} records and {stock.statements:,} statements of {stock.sources:,} sources" in readme
    assert f" {stock.shown:,} of the records are shown by default; {stock.estimates:,} are estimates" in readme
    assert stock.others == 0


def test_the_counts_of_the_facts_are_those_of_their_files(seeds_log: StatementLog) -> None:
    files = [path for path in (*SEEDS.glob("*.yaml"), *SEEDS.glob("links/*.yaml")) if path.name != "sources.yaml"]
    records = [one for path in files for one in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)]
    guesses = [one for one in records if {claim.get("nature") for claim in one.get("claims", [{}])} == {"ESTIMATED"}]
    stock = take_stock(seeds_log, facts.TODAY)
    assert stock.records == len(records)
    assert stock.estimates >= len(guesses) > 0  # a record may also have claims that are none, and lack what it needs


def _load(tmp_path: Path, **files: str) -> Ended:
    return run_command(tmp_path / "data", "load", "--seeds", str(facts.write(tmp_path, **files)))


def test_a_load_says_what_is_stored_and_what_is_shown(tmp_path: Path) -> None:
    told = _load(tmp_path, observations=GUESS).stdout.splitlines()
    assert told[-3].startswith("Stored: 8 records, ")
    assert told[-2:] == [
        "The default lens shows 6 of the records.",
        "Left out: 1 estimates (a lens whose natures have ESTIMATED shows them), 1 withdrawn or not yet begun.",
    ]
    assert _load(tmp_path / "other").stdout.endswith("The default lens shows 6 of the records.\n")


async def test_a_load_says_what_stays_retracted_and_how_to_bring_it_back(tmp_path: Path) -> None:
    assert "warning" not in _load(tmp_path).stdout
    store = await EmbeddedStore.open(tmp_path / "data")
    term = next(one for one in (await store.log()).by_subject["lease"] if one.property == "term_years")
    await store.apply(StatementLog.of((), ()), [term.id], reason="wrong")
    await store.close()
    warned = [line for line in _load(tmp_path).stdout.splitlines() if line.startswith("warning")]
    day = today()
    assert warned == [
        f"warning: term_years of lease (filing) was retracted on {day} and stays so;"
        f" a claim with known_from: '{day}' says it anew"
    ]
