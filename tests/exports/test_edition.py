"""Editions: the same bytes twice, checksums that fit, a descriptor that can be read, and what has changed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.evidence.projection import project
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.edition import write_edition
from graph.exports.dataset.writing import new_folder, write_file
from graph.publication.editions import read_edition
from tests import facts
from tests.budgets import AUDIT
from tests.command import run_command
from tests.exports.datasets import MORE_LINKS, dataset_of, environment, small_graph


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset_of(small_graph(tmp_path_factory.mktemp("small")))


def test_an_edition_is_whole_and_the_same_twice(dataset: Dataset, tmp_path: Path) -> None:
    first, again = (write_edition(dataset, tmp_path / name) for name in ("a", "b"))
    files = _contents(first.folder)
    assert files == _contents(again.folder)
    assert first.folder.name == f"2026-11-30-{dataset.provenance.data_version}"
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert "There is no edition before" in files["CHANGES.md"].decode()
    assert "CC BY 4.0" in files["LICENCE.txt"].decode()
    with pytest.raises(BadInput, match="holds something already"):
        write_edition(dataset, tmp_path / "a")


def test_the_descriptor_tells_files_columns_and_lens(dataset: Dataset, tmp_path: Path) -> None:
    folder = write_edition(dataset, tmp_path).folder
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    stamp = read_edition(folder)
    assert (stamp.data_version, stamp.lens) == (dataset.provenance.data_version, dataset.provenance.lens)
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource.get("bytes") == (None if resource["format"] == "parquet" else len(content))
        if resource.get("type") == "table":
            names = [field["name"] for field in resource["schema"]["fields"]]
            is_csv = resource["format"] == "csv"
            read = (
                pl.read_csv(io.BytesIO(content), infer_schema=False) if is_csv else pl.read_parquet(io.BytesIO(content))
            )
            assert read.columns == names
            assert read.select(resource["schema"]["primaryKey"]).is_unique().all()
    assert sum(resource.get("type") == "table" for resource in package["resources"]) == 12


def test_each_number_of_a_table_of_an_edition_is_in_its_table_of_figures(dataset: Dataset, tmp_path: Path) -> None:
    """By key and by what the descriptor calls its figure."""
    folder = write_edition(dataset, tmp_path).folder
    resources = json.loads((folder / "datapackage.json").read_text())["resources"]
    listed = {(row["key"], row["property"]) for row in pl.read_parquet(folder / "figures.parquet").to_dicts()}
    looked_up = 0
    for name in ("entities", "links", "observations"):
        fields = next(one["schema"]["fields"] for one in resources if one["name"] == f"{name}.parquet")
        numbers = [one for one in fields if one["type"] == "number"]
        assert all(one["figures"] for one in numbers)
        for row in pl.read_parquet(folder / f"{name}.parquet").to_dicts():
            for one in numbers:
                if row[one["name"]] is not None:
                    looked_up += 1
                    assert any((row["key"], called) in listed for called in one["figures"]), (row["key"], one["name"])
    assert looked_up > 20


@pytest.mark.audited
@pytest.mark.skipif(not AUDIT, reason="builds an environment: make audit")
def test_an_edition_is_valid_for_frictionless(dataset: Dataset, tmp_path: Path) -> None:
    """Every resource, the changes too: of tables each cell by its type."""
    write_edition(dataset, tmp_path / "out")
    later = replace(dataset.provenance.lens, known_on=date(2026, 12, 1))
    log = facts.log_of(tmp_path, links_provides_capacity=facts.LEASE, debts=facts.DEBTS)
    folder = write_edition(dataset_of(project(log, later)), tmp_path / "out").folder
    command = environment("frictionless[json,pandas,parquet]==5.21.0") / "frictionless"
    judged = subprocess.run([command, "validate", "datapackage.json"], cwd=folder, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout
    assert judged.stdout.count("VALID") >= len(json.loads((folder / "datapackage.json").read_text())["resources"])


def test_an_edition_tells_what_has_changed_since_the_last_one(dataset: Dataset, tmp_path: Path) -> None:
    """`second` has 95 MW in place of 100, and the option is gone; so are event and observation."""
    before = write_edition(dataset, tmp_path / "out")
    changed = MORE_LINKS.replace(
        "{mw: 100, basis: CRITICAL_IT}, {mw: 145.5", "{mw: 95, basis: CRITICAL_IT}, {mw: 145.5"
    )
    option = changed[changed.index("- id: option") : changed.index("- id: second")]
    log = facts.log_of(tmp_path, links_provides_capacity=facts.LEASE + changed.replace(option, ""), debts=facts.DEBTS)
    after = write_edition(dataset_of(project(log, Lens(date(2026, 12, 1), date(2026, 12, 1)))), tmp_path / "out")
    assert after.before == before.folder
    rows = list(csv.DictReader(io.StringIO((after.folder / "changes.csv").read_text())))
    by_key = {(row["key"], row["property"]): row for row in rows}
    assert by_key["option", ""]["change"] == "REMOVED"
    assert (by_key["second", "mw_critical_it"]["before"], by_key["second", "mw_critical_it"]["after"]) == (
        "100.0",
        "95.0",
    )
    told = (after.folder / "CHANGES.md").read_text()
    assert "| Link | 0 | 1 | " in told
    assert "Host Corp → Cloud Inc" in told
    package = json.loads((after.folder / "datapackage.json").read_text())
    assert package["wattgraph"]["before"]["dataVersion"] == dataset.provenance.data_version
    named = write_edition(dataset_of(small_graph(tmp_path / "again")), tmp_path / "other", since=before.folder)
    assert "Nothing changed" in (named.folder / "CHANGES.md").read_text()


def test_the_edition_before_has_to_be_one(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        write_edition(dataset, tmp_path / "out", since=tmp_path)
    assert not (tmp_path / "out").exists()


# ---- whole or not at all


def _breaking() -> object:
    yield b"half"
    raise RuntimeError


def test_half_a_file_never_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_file(_breaking(), path)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError), new_folder(tmp_path / "folder") as folder:
        write_file(_breaking(), folder / "file")  # type: ignore[arg-type]
    assert _contents(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("name", ["missing/file", "file/below"])
def test_what_cannot_be_written_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match=f"{name} cannot be written"):
        write_file([b"x"], tmp_path / name)


# ---- the command


def test_the_command_writes_files_folders_and_selections(tmp_path: Path) -> None:
    facts.write(tmp_path, links_provides_capacity=facts.LEASE + MORE_LINKS)
    data = tmp_path / "data"
    assert run_command(data, "load", "--seeds", str(tmp_path / "seeds")).returncode == 0
    printed = run_command(data, "export", "jsonl", "--commitment", "OPTION")
    records = [json.loads(line) for line in printed.stdout.splitlines()]
    assert records[0]["query"] == "commitment=OPTION"
    assert [one["key"] for one in records if one["label"] == "Link"] == ["option"]
    assert {one["key"] for one in records if one["label"] == "Organization"} == {"host", "cloud"}
    assert {one["subject"] for one in records if one["label"] == "Statement"} == {"host", "cloud", "option"}
    assert {one["key"] for one in records if one["label"] == "Source"} == {"filing", "news"}
    written = run_command(data, "export", "parquet", "--output", str(tmp_path / "tables"), "--known-on", "2026-01-31")
    assert (written.returncode, written.stderr) == (0, f"Wrote {tmp_path / 'tables'}.\n")
    assert pl.read_parquet(tmp_path / "tables" / "links.parquet")["key"].to_list() == ["lease", "second"]
    again = run_command(data, "export", "parquet", "--output", str(tmp_path / "tables"))
    assert (again.returncode, "holds something already. Name a new folder." in again.stderr) == (1, True)
    day = ("--valid-on", "2026-11-30", "--known-on", "2026-11-30")
    addressed = run_command(data, "export", "jsonl", "--figures", "--commitment", "OPTION", *day).stdout
    address = "/figures/option:value:2026-11-30:500000000USD:2-794f3f"
    assert f'"value":"{address}"' in addressed
    printed = run_command(data, "figure", "of", "option", "stated_value_usd", *day)
    assert (printed.stdout, printed.stderr) == (f"{address}\n", "")
    assert "SAME: It is 500 m USD today too." in run_command(data, "figure", address).stdout
    for wrong, why in (
        (("of", "option", "price"), "option states no number 'price'. It has mw_critical_it, origins, value."),
        (("of", "nothing", "value"), "The lens shows nothing of key 'nothing'."),
        (("of", "option"), "It is one ID, or `of KEY PROPERTY`."),
        ((address, "--known-on", "2026-03-01"), "An ID says its lens itself."),
    ):
        refused = run_command(data, "figure", *wrong)
        assert (refused.returncode, why in refused.stderr) == (1, True), refused.stderr
    for option, value, why in (("--status", "NOTHING", "no value of it"), ("--where", "{status:", "where is no JSON")):
        refused = run_command(data, "export", "graphml", option, value)
        assert (refused.returncode, why in refused.stderr) == (1, True)
    where = '{"capacity": {"basis": "CRITICAL_IT", "mw": {"lt": 50}}}'
    small = [json.loads(line) for line in run_command(data, "export", "jsonl", "--where", where).stdout.splitlines()]
    assert [one["key"] for one in small if one["label"] == "Link"] == ["option"]
    editions = [
        run_command(data, "export", "edition", "--out", str(tmp_path / "editions"), *more)
        for more in ((), ("--known-on", "2026-11-01"))
    ]
    assert [one.returncode for one in editions] == [0, 0], editions
    assert len(list((tmp_path / "editions").iterdir())) == 2
