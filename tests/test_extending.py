"""The recipes of docs/extending.md: applied to a copy of the project, each keeps what it promises."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from graph.settings import PROJECT
from tests.seeds_fixture import copy_of

pytestmark = pytest.mark.slow

PAGE = PROJECT / "docs" / "extending.md"
COPIED = ("graph", "api", "cli", "docs", "seeds", "tests", "pyproject.toml", "README.md")
NO_CODE = ("seeds/", "docs/", "tests/")
PROBE = """
import asyncio, json, sys
import httpx
from docs import generate
from typer.testing import CliRunner
from api.app import create_app
from api.execution.execute import run_document
from cli.main import app
from graph.settings import read_settings
from graph.stores.open import open_store

def command(arguments):
    result = CliRunner().invoke(app, arguments)
    return {"code": result.exit_code, "output": result.output, "error": repr(result.exception)}

async def answers(addresses, documents):
    settings = read_settings()
    store = await open_store(settings)
    transport = httpx.ASGITransport(app=create_app(settings, store))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        pages = [await client.get(address) for address in addresses]
    data = [json.loads((await run_document(store, document, "{}"))[0]) for document in documents]
    await store.close()
    return [{"code": page.status_code, "headers": dict(page.headers), "text": page.text} for page in pages], data

wanted = json.load(sys.stdin)
commands = [command(arguments) for arguments in wanted["commands"]]
pages, data = asyncio.run(answers(wanted["addresses"], wanted["documents"]))
generate.main()
print(json.dumps({"commands": commands, "pages": pages, "data": data}))
"""
"""Runs in the copy: commands, then addresses and documents of GraphQL, then writes the generated documentation."""


@dataclass(frozen=True)
class Recipe:
    """A section of the page. `changes` are patches; `files` are whole files by path, of code or of facts."""

    title: str
    changes: tuple[str, ...]
    files: Mapping[str, str]
    commands: tuple[tuple[str, ...], ...]
    documents: tuple[str, ...]

    @property
    def all_documents(self) -> tuple[str, ...]:
        """Its own, and those by which the tests look further."""
        return (*self.documents, *DOCUMENTS.get(self.title, ()))

    @property
    def code(self) -> set[str]:
        """The files of code that it changes or adds."""
        changed = (path for change in self.changes for path in re.findall(r"^\+\+\+ b/(.+)$", change, re.M))
        return {path for path in (*changed, *self.files) if not path.startswith(NO_CODE)}


def _recipe(section: str) -> Recipe:
    title, _, text = section.partition("\n")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)
    files = [block.partition("\n") for language, block in blocks if language in ("python", "yaml")]
    lines = [line for language, block in blocks if language == "sh" for line in block.splitlines()]
    return Recipe(
        title,
        tuple(block for language, block in blocks if language == "diff"),
        {path.removeprefix("# "): content for path, _, content in files},
        tuple(tuple(shlex.split(line.removeprefix("wattgraph "))) for line in lines),
        tuple(block for language, block in blocks if language == "graphql"),
    )


RECIPES = {recipe.title: recipe for recipe in map(_recipe, PAGE.read_text(encoding="utf-8").split("\n## ")[1:])}


@dataclass(frozen=True)
class Result:
    """What a recipe brought about: printed by its commands, answered to its addresses, data of its documents."""

    outputs: Sequence[str]
    pages: Sequence[Any]
    data: Sequence[Any]


LINK_KIND, METRIC, ANALYTIC = "A link kind with two quantities", "A centrality metric", "An analytic"
REPORT, EXPORT_FORMAT = "A report with one table", "An export format"
DATASET_FORMAT = "A format of datasets"
DOCUMENTS = {
    LINK_KIND: (
        '{ __type(name: "LinkType") { enumValues { name } } }',
        '{ organization(key: "aep") { links(where: {type: {eq: SUPPLIES_FIBER}}) { nodes { key } } } }',
    ),
    METRIC: (
        "{ centrality(metric: CLUSTERING, first: 3) { rows { rank score organization { key } } } }",
        '{ __type(name: "CentralityMetric") { enumValues { name description } } }',
    ),
    ANALYTIC: ('{ __type(name: "TypeCount") { fields { name description } } }',),
}
"""Of GraphQL, by recipe: what its own documents do not ask."""
ADDRESSES = {
    REPORT: ("/reports/terms", "/reports/terms.csv", "/reports/terms.json", "/reports/terms.md", "/reports"),
    EXPORT_FORMAT: ("/reports/terms.tsv", "/reports/terms", "/reports"),
    DATASET_FORMAT: ("/exports/edges.tsv?type=SUPPLIES_FIBER", "/exports"),
}


@dataclass(frozen=True)
class Copy:
    """A copy of the project with its own store."""

    folder: Path
    data: Path

    def run(self, *command: str, stdin: str = "", code: int = 0) -> str:
        own = {name: value for name, value in os.environ.items() if not name.startswith("WATTGRAPH_")}
        environment = {**own, "PYTHONPATH": str(self.folder), "WATTGRAPH_DATA": str(self.data), "COLUMNS": "200"}
        ended = subprocess.run(
            command, cwd=self.folder, env=environment, input=stdin, capture_output=True, text=True, timeout=280
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def apply(self, recipe: Recipe) -> None:
        for change in recipe.changes:
            self.run("git", "apply", "--recount", "-", stdin=change)
        for path, content in recipe.files.items():
            assert not (self.folder / path).exists()
            (self.folder / path).write_text(content, encoding="utf-8")
        changed = [str(self.folder / path) for path in recipe.code]
        self.run(sys.executable, "-m", "ruff", "check", *changed)
        self.run(sys.executable, "-m", "ruff", "format", "--check", *changed)

    def probe(self, *recipes: Recipe) -> dict[str, Result]:
        """By title of the recipe, what its commands print, and the answers to its addresses and documents."""
        wanted = {
            "commands": [command for one in recipes for command in one.commands],
            "addresses": [address for one in recipes for address in ADDRESSES.get(one.title, ())],
            "documents": [document for one in recipes for document in one.all_documents],
        }
        found = json.loads(self.run(sys.executable, "-c", PROBE, stdin=json.dumps(wanted)).splitlines()[-1])
        assert [each["code"] for each in found["commands"]] == [0] * len(wanted["commands"]), found["commands"]
        assert [each.get("errors") for each in found["data"]] == [None] * len(found["data"])
        commands, pages, data = (iter(found[name]) for name in ("commands", "pages", "data"))
        return {
            one.title: Result(
                [each["output"] for each in islice(commands, len(one.commands))],
                list(islice(pages, len(ADDRESSES.get(one.title, ())))),
                [each["data"] for each in islice(data, len(one.all_documents))],
            )
            for one in recipes
        }

    def page(self, name: str) -> str:
        return (self.folder / "docs" / name).read_text(encoding="utf-8")


def _copy(folder: Path, seeds_data: Path) -> Copy:
    # With what Python has compiled: times and sizes of the files are kept.
    for name in COPIED:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("node_modules"))
        else:
            shutil.copy(PROJECT / name, folder / name)
    return Copy(folder, copy_of(seeds_data, folder / "data"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, seeds_data: Path) -> Copy:
    return _copy(tmp_path_factory.mktemp("project"), seeds_data)


@pytest.fixture(scope="module")
def results(copy: Copy) -> Mapping[str, Result]:
    """Of the recipes that change nothing of one another, all in one copy."""
    recipes = [RECIPES[title] for title in (LINK_KIND, METRIC, ANALYTIC, REPORT, DATASET_FORMAT)]
    for recipe in recipes:
        copy.apply(recipe)
    return copy.probe(*recipes)


def test_each_recipe_changes_one_file_of_code() -> None:
    titles = (LINK_KIND, METRIC, ANALYTIC, REPORT, EXPORT_FORMAT, DATASET_FORMAT)
    assert {title: len(recipe.code) for title, recipe in RECIPES.items()} == dict.fromkeys(titles, 1)


def test_a_link_kind_is_checked_loaded_asked_for_walked_over_and_documented(
    copy: Copy, results: Mapping[str, Result]
) -> None:
    checked, loaded, paths = results[LINK_KIND].outputs
    assert "no problem" in checked
    assert re.search(r"Link +1 ", loaded)
    assert "aep-alphabet-fiber" in paths
    own, kinds, by_end = results[LINK_KIND].data
    (link,) = own["links"]["nodes"]
    assert link == {"key": "aep-alphabet-fiber", "source": {"key": "aep"}, "fiberPairs": 12, "bandwidthGbps": 4800}
    assert "SUPPLIES_FIBER" in {each["name"] for each in kinds["__type"]["enumValues"]}
    assert len(by_end["organization"]["links"]["nodes"]) == 1
    page = copy.page("vocabulary.md")
    assert "| `bandwidth_gbps` | Bandwidth that is lit. | Gbit/s | number |" in page
    assert "### SUPPLIES_FIBER" in page


def test_a_centrality_metric_is_in_the_command_the_schema_and_the_documentation(
    copy: Copy, results: Mapping[str, Result]
) -> None:
    ranking, metrics = results[METRIC].data
    rows = ranking["centrality"]["rows"]
    assert rows[0]["rank"] == 1
    assert rows[0]["score"] == 1  # all pairs of the counterparties of the first are linked
    assert rows[0]["organization"]["key"] in results[METRIC].outputs[0]
    says = {each["name"]: each["description"] for each in metrics["__type"]["enumValues"]}
    assert says["CLUSTERING"] == "Its counterparties are linked with one another: the share of their pairs that are."
    assert "CLUSTERING" in copy.page("api.md")


def test_an_analytic_is_a_field_a_command_in_every_format_and_documented(
    copy: Copy, results: Mapping[str, Result]
) -> None:
    wrong = "{ linkTypes(atLeast: 0) { totalCount } }"
    table, csv = results[ANALYTIC].outputs
    answer, fields = results[ANALYTIC].data
    assert answer["linkTypes"]["method"]["parameters"]["at_least"] == 20
    assert answer["linkTypes"]["rows"][0]["type"] == "PROVIDES_CAPACITY"
    assert "PROVIDES_CAPACITY" in table
    header, row = csv.splitlines()
    assert header.startswith('"type","joined","links","parties",')
    assert row.startswith('"SUPPLIES_POWER",')
    says = {each["name"]: each["description"] for each in fields["__type"]["fields"]}
    assert says["joined"] == "How many entities they join."
    assert "### Query.linkTypes" in copy.page("api.md")
    assert "atLeast is 0. Give 1 to 1000." in copy.run(sys.executable, "-m", "cli.main", "query", wrong, code=1)


def test_a_report_with_one_table_is_a_page_files_a_command_and_documented(
    copy: Copy, results: Mapping[str, Result]
) -> None:
    page, csv, document, markdown, listing = results[REPORT].pages
    assert [each["code"] for each in (page, csv, document, markdown, listing)] == [200] * 5
    assert page["headers"]["content-type"].startswith("text/html")
    assert page["headers"]["link"].count('rel="alternate"') == 7
    assert csv["headers"]["content-type"] == "text/csv; charset=utf-8; header=present"
    terms = [row["term"] for row in json.loads(document["text"])["rows"]]
    assert len(terms) > 30
    assert terms == sorted(terms, reverse=True)
    assert markdown["text"].startswith("# Terms of contracts for capacity\n")
    assert 'href="/reports/terms.csv"' in listing["text"]
    assert "| `/reports/terms` | How long contracts for capacity run" in copy.page("reports.md")
    of_a_day, of_today = results[REPORT].outputs
    assert of_a_day.startswith("# Terms of contracts for capacity\n\n2026-07-01 as known on ")
    assert of_today == csv["text"].replace("\r\n", "\n")


def test_a_format_of_datasets_is_a_command_an_address_and_documented(copy: Copy, results: Mapping[str, Result]) -> None:
    file, listing = results[DATASET_FORMAT].pages
    head, *lines = file["text"].splitlines()
    assert head.startswith("# Wattgraph: ")
    assert lines == ["aep\talphabet\t"]  # of the kind that another recipe has added
    assert "edges.tsv" in listing["text"]
    contracts = (copy.folder / "edges.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert "iren\tmicrosoft\t200.0" in contracts
    assert "| `edges` | A list of edges. | `/exports/edges.tsv` | igraph |" in copy.page("exports.md")


def test_an_export_format_writes_every_table(tmp_path: Path, seeds_data: Path) -> None:
    copy, recipe = _copy(tmp_path, seeds_data), RECIPES[EXPORT_FORMAT]
    for one in (RECIPES[REPORT], recipe):
        copy.apply(one)
    result = copy.probe(recipe)[EXPORT_FORMAT]
    header, first = result.outputs[0].splitlines()[:2]
    assert {"layer", "basis"} < set(header.split("\t"))
    assert len(first.split("\t")) == len(header.split("\t"))
    file, page, listing = result.pages
    assert file["headers"]["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert file["headers"]["content-disposition"].endswith('.tsv"')
    assert file["text"].startswith("link\tprovider\tcustomer\tterm [years]\n")
    assert "/reports/terms.tsv?" in page["headers"]["link"]
    assert 'href="/reports/terms.tsv"' in listing["text"]
    assert "| `tsv` | `text/tab-separated-values; charset=utf-8` |" in copy.page("reports.md")
