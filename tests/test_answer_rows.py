"""`wattgraph query --format csv`: rows from the answer to a GraphQL query."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from cli.commands.answer_rows import render_answer
from graph.errors import BadInput
from tests.command import run_command

EXTENSIONS = {"validOn": "2026-07-01", "knownOn": "2026-06-01", "dataVersion": "0123456789abcdef", "cost": 3}


def _rows(data: Any) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(render_answer({"data": data, "extensions": EXTENSIONS}))))
    for row in rows:
        stated = [row.pop(f"extensions.{name}") for name in ("validOn", "knownOn", "dataVersion")]
        assert stated == ["2026-07-01", "2026-06-01", "0123456789abcdef"]
    return rows


def test_nodes_edges_and_plain_lists_are_rows_with_paths_for_columns() -> None:
    lease = {"key": "lease", "source": {"name": "Hut 8"}, "value": {"amount": 7e9}, "inForce": True}
    talks = {"key": "talks", "source": {"name": "=IREN"}, "value": None, "inForce": False}
    expected = [
        {"key": "lease", "source.name": "Hut 8", "value.amount": "7000000000", "inForce": "true"},
        {"key": "talks", "source.name": "'=IREN", "value.amount": "", "inForce": "false"},
    ]
    page = {"totalCount": 2, "pageInfo": {"hasNextPage": False, "endCursor": "x"}}
    assert _rows({"links": {**page, "nodes": [lease, talks]}}) == expected
    assert _rows({"links": {**page, "edges": [{"cursor": "a", "node": lease}, {"node": talks}]}}) == expected
    assert _rows({"comparables": {"rows": [lease, talks]}}) == [dict(row) for row in expected]


def test_what_stands_around_the_list_is_repeated_and_lists_inside_a_row_are_joined_field_by_field() -> None:
    statements = [
        {"property": "value", "source": {"url": "https://a"}},
        {"property": "status", "source": None},
        {"property": "term", "source": {"url": "https://c"}},
    ]
    link = {"key": "lease", "kinds": ["A", "B"], "statements": {"nodes": statements}, "chips": []}
    assert _rows({"organization": {"name": "Hut 8", "links": {"nodes": [link]}}}) == [
        {
            "organization.name": "Hut 8",
            "key": "lease",
            "kinds": "A; B",
            "statements.property": "value; status; term",
            "statements.source.url": "https://a; ; https://c",
        }
    ]


def test_an_answer_without_a_list_is_one_row() -> None:
    assert _rows({"organization": {"name": "Hut 8", "kinds": ["HOST"]}}) == [
        {"organization.name": "Hut 8", "organization.kinds": "HOST"}
    ]
    assert _rows({"links": {"nodes": []}}) == []


def test_several_lists_are_refused_by_name() -> None:
    data = {"a": {"nodes": [{"key": "x"}]}, "b": {"c": [{"key": "y"}]}}
    with pytest.raises(BadInput, match=r"several lists: a\.nodes, b\.c\."):
        _rows(data)


def test_a_query_as_csv(seeds_data: Path) -> None:
    links = 'links(where: {key: {eq: "hut8-fluidstack-river-bend"}}) { totalCount nodes { key source { name } } }'
    ended = run_command(seeds_data, "query", f"{{ {links} }}", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ended.stdout))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (row["key"], row["source.name"]) == ("hut8-fluidstack-river-bend", "Hut 8")
    assert len(row["extensions.dataVersion"]) == 16


def test_errors_and_pages_of_a_query_as_csv_are_told_on_standard_error(seeds_data: Path) -> None:
    wrong = run_command(seeds_data, "query", "{ nope }", "--format", "csv")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("wattgraph: Cannot query field 'nope'")
    page = run_command(seeds_data, "query", "{ links(first: 1) { nodes { key } } }", "--format", "csv")
    assert (page.returncode, len(page.stdout.splitlines())) == (0, 2)
    assert page.stderr.startswith("A list has more rows than these")
