"""Statements from CSV and Parquet files: an export comes back the same, and every problem has its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import BadInput, RowErrors
from graph.evidence.log import StatementLog
from graph.evidence.projection import Graph
from graph.evidence.statements import Entered
from graph.exports.dataset.columns import SOURCE_TABLE, STATEMENT_TABLE
from graph.exports.dataset.csv_tables import csv_parts
from graph.exports.dataset.parquet import parquet_parts
from graph.seeding.statement_files import read_statement_files
from tests import facts
from tests.command import run_command
from tests.exports.datasets import dataset_of

EMPTY = StatementLog((), {})
HEAD = "subject,subject_kind,property,value,source,confidence"


def _written(folder: Path, graph: Graph, ending: str) -> list[Path]:
    parts = {"csv": csv_parts, "parquet": parquet_parts}[ending]
    paths = [folder / f"{table.name}.{ending}" for table in (STATEMENT_TABLE, SOURCE_TABLE)]
    for path, table in zip(paths, (STATEMENT_TABLE, SOURCE_TABLE), strict=True):
        path.write_bytes(b"".join(parts(table, dataset_of(graph))))
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_of_the_facts_comes_back_the_same(
    tmp_path: Path, seeds_graph: Graph, seeds_log: StatementLog, ending: str
) -> None:
    back = read_statement_files(_written(tmp_path, seeds_graph, ending), EMPTY, facts.TODAY)
    assert {one.entered for one in back.statements} == {Entered.API}
    assert back.version == seeds_log.version


def _problems(folder: Path, *rows: str, head: str = HEAD) -> list[str]:
    (folder / "more.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    with pytest.raises(RowErrors) as refused:
        read_statement_files([folder / "more.csv"], facts.log_of(folder), facts.TODAY)
    return [str(one) for one in refused.value.problems]


GOOD = "new,Organization,name,New Corp,filing,high"
MONEY = '"{""amount"": -1, ""currency"": ""USD"", ""bound"": ""EXACT""}"'
WRONG = {
    "lab,Organization,country,usa,filing,high": "'usa' has the wrong form, in lab: claims 1 says country, write it",
    "lab,Organization,founded,2001,filing,high": "unknown property 'founded', in lab, a Organization has name,",
    "lab,Company,name,Lab,filing,high": "no known subject_kind 'Company', in lab, write one of Organization, Site,",
    "lab,Site,name,Lab,filing,high": "'lab' is a Organization, in lab, choose another subject, or mend subject_kind",
    "lab,Organization,name,Lab,nobody,high": "no source 'nobody', in lab: claims 1 sources 1, add it to sources.yaml",
    "lab,Organization,name,Lab,,high": "a claim without a source, in lab: claims 1, name at least one source",
    "lab,Organization,name,Lab,filing,sure": "'sure' is not a confidence, in lab: claims 1 confidence, write high,",
    "lab,Organization,aliases,Lab,filing,high": "a value that aliases does not have, in lab, write JSON",
    "The Lab,Organization,name,Lab,filing,high": "'The Lab' is not an id, in the row, write a lower-case slug",
    f"lease,PROVIDES_CAPACITY,value,{MONEY},filing,high": "'-1.0' is out of range, in lease: claims 1 says value_usd,",
    "lease,PROVIDES_CAPACITY,site,lab,filing,high": "'lab' is a Organization, in lease: claims 1 says site,",
    "debt,Debt,value,1,filing,high": "a value that value does not have, in debt, write JSON",
    "ahead,PROVIDES_CAPACITY,announced,2062-01,filing,high": "announced on 2062-01, which is in the future, in ahead",
}


@pytest.mark.parametrize("row", WRONG)
def test_a_problem_has_its_row_and_a_remedy(tmp_path: Path, row: str) -> None:
    [problem, *more] = _problems(tmp_path, GOOD, row)
    assert problem.startswith(f"more.csv:3: {WRONG[row]}")
    assert [one for one in more if not one.startswith("more.csv:3: a ")] == []


def test_rows_about_one_subject_may_stand_apart_and_name_later_ones(tmp_path: Path) -> None:
    rows = [
        "lab-new,PROVIDES_CAPACITY,from,lab,filing,high",
        GOOD,
        'lab-new,PROVIDES_CAPACITY,to,"""new""",filing,HIGH',
        "lab-new,PROVIDES_CAPACITY,announced,2026-01,filing,medium",
    ]
    (tmp_path / "more.csv").write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    added = read_statement_files([tmp_path / "more.csv"], facts.log_of(tmp_path), facts.TODAY)
    assert sorted((one.property, str(one.value)) for one in added.by_subject["lab-new"]) == [
        ("announced", "2026-01"),
        ("from", "lab"),
        ("to", "new"),
    ]
    assert [one.value for one in added.by_subject["new"]] == ["New Corp"]


def test_a_link_without_its_end_is_refused(tmp_path: Path) -> None:
    assert _problems(tmp_path, "half,PROVIDES_CAPACITY,from,lab,filing,high") == [
        "more.csv:2: a PROVIDES_CAPACITY without to, in half, add to"
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"subject,property\n", "a.csv has no column subject_kind, value, source, confidence."),
        ("a.csv", f"{HEAD},colour\n".encode(), "a.csv has an unknown column colour."),
        ("a.csv", f"{HEAD}\nlab\n".encode(), "a.csv cannot be read (row "),
        ("a.csv", b"\xff\xfe\xff", "a.csv cannot be read ("),
        ("a.parquet", b"PAR1", "a.parquet cannot be read ("),
        ("a.xlsx", b"", "a.xlsx is neither CSV nor Parquet."),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_statement_files([tmp_path / name], EMPTY, facts.TODAY)
    assert refused.value.message.startswith(told)
    assert refused.value.remedy


def test_the_command_writes_all_or_nothing(tmp_path: Path) -> None:
    sources = tmp_path / "sources.csv"
    sources.write_text("key,url,publisher,kind,origin,published\ns,https://example.org/s,P,NEWS,s,2026-01-10\n")
    rows = tmp_path / "rows.csv"
    rows.write_text(f"{HEAD}\nnew,Organization,name,New Corp,s,high\nnew,Organization,country,US,s,high\n")
    data = tmp_path / "data"
    first = run_command(data, "import", str(rows), str(sources))
    assert (first.returncode, first.stdout.splitlines()[0]) == (
        0,
        "2 statements, 1 sources: 2 statements added, 0 were there.",
    )
    rows.write_text(f"{HEAD}\nnew,Organization,ticker,NEW,s,high\nnew,Organization,country,usa,s,high\n")
    refused = run_command(data, "import", str(rows))
    assert refused.returncode == 1
    assert refused.stdout.startswith("rows.csv:3: 'usa' has the wrong form")
    rows.write_text(f"{HEAD}\nnew,Organization,ticker,NEW,s,high\n")
    dry = run_command(data, "import", str(rows), "--dry-run")
    assert dry.stdout == "1 statements, 0 sources: no problem, 1 of the statements are new. Nothing was written.\n"
    again = run_command(data, "import", str(rows))
    assert again.stdout.startswith("1 statements, 0 sources: 1 statements added, 0 were there.\n")
