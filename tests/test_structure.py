"""The plan of the house: folders, the arrows between and inside them, and the room of each foreign library.

Arrows point down: a folder imports from rows below its own, and from itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from graph.settings import PROJECT

Rows = tuple[str, ...]
"""Names beside each other, from the ground up. Those of one row do not import each other, unless `BESIDE` says so."""

PLAN: Mapping[str, Rows] = {
    "": ("graph", "api", "cli"),
    "graph": (
        "errors",
        "settings concurrency",
        "vocabulary",
        "evidence",
        "seeding audit",
        "stores",
        "comparison analytics",
        "pictures publication",
        "exports",
        "reports browser",
    ),
    "graph/analytics": ("core", "contracts network", "risk", "catalog"),
    "graph/stores": ("query row_lists", "selection sizes", "base", "names", "embedded", "neo4j", "open"),
    "cli": ("lazy_group terminal", "tables options", "commands", "main"),
    "api/execution": (
        "plan",
        "documents",
        "validation",
        "execute document_files lens_arguments response_cache trusted_documents",
    ),
    "api": (
        *("telemetry", "context", "schema", "execution", "live", "fairness", "http", "connections pages agents"),
        *("app", "server"),
        "worker",
    ),
}
"""What each folder holds, apart from the package file and what is no Python. Other folders are rooms: their files may
import each other, in no circle."""
ENTRIES: Mapping[str, set[str]] = {
    "graph": {"py.typed"},
    "api": {"static", "schema.graphql"},
}
"""What stands beside modules and packages."""
PLANNED: set[str] = set()
"""Folders of the plan that later work fills."""
LIBRARIES: Mapping[str, Rows] = {
    "neo4j": ("graph/stores/neo4j/",),
    "sqlite3": ("graph/stores/embedded/",),
    "networkx": ("graph/analytics/",),
    "pyarrow": ("graph/exports/dataset/parquet.py", "graph/seeding/statement_files.py"),
    "igraph": ("graph/analytics/core/igraph_backend.py", "graph/pictures/layout.py"),
    "strawberry": ("api/",),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "graphql": ("api/",),
    "mcp": ("api/agents/",),
    "mcp_types": ("api/agents/",),
    "uvicorn": ("api/connections.py", "api/server.py", "api/worker.py"),
    "yaml": ("graph/seeding/yaml_records.py",),
    "structlog": ("api/telemetry/logs.py",),
    "prometheus_client": ("api/telemetry/metrics.py", "api/http/metrics.py"),
    "opentelemetry": ("api/telemetry/tracing.py",),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "fontTools": ("graph/pictures/font/source/",),
    "jinja2": ("graph/exports/", "api/pages/rendering.py"),
    "xlsxwriter": ("graph/exports/documents/xlsx.py",),
    "typst": ("graph/exports/documents/pdf.py",),
    "resvg_py": ("graph/exports/documents/charts.py",),
}
"""Which files may import a library."""

OPTIONAL = {"fcntl", "graph.stores.neo4j.store.Neo4jStore"}
"""What is imported only where it is there: on POSIX, and with the extra `neo4j`."""

FILES = sorted(path for folder in ("graph", "api", "cli") for path in (PROJECT / folder).rglob("*.py"))


@cache
def _imports(path: Path) -> tuple[tuple[str, int], ...]:
    """Dotted names and the column at which the import stands."""
    return tuple(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            _move_to_the_margin(node)  # these are imports at the head of the file too
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.col_offset) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy_import":
            yield from ((one.value, 0) for one in node.args if isinstance(one, ast.Constant))


def _move_to_the_margin(guarded: ast.If) -> None:
    for node in guarded.body:
        node.col_offset = 0


def _relative_path(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _row(rows: Rows, name: str) -> int | None:
    return next((row for row, names in enumerate(rows) if name in names.split()), None)


def _wrong_way(place: str, imported: str) -> bool:
    """Whether an import points up, or across to another name of the same row, in any folder of the plan."""
    here, there = place.removesuffix(".py").split("/"), imported.split(".")
    depth = 0
    while depth < min(len(here), len(there)) and here[depth] == there[depth]:
        depth += 1
    rows = PLAN.get("/".join(here[:depth]))
    if rows is None or depth >= min(len(here), len(there)):
        return False
    own, other = _row(rows, here[depth]), _row(rows, there[depth])
    return other is not None and (own is None or other >= own)


def test_arrows_point_one_way() -> None:
    arrows = ((_relative_path(path), name) for path in FILES for name, _ in _imports(path))
    assert [f"{place}: {name}" for place, name in arrows if _wrong_way(place, name)] == []


def test_the_plan_refuses_what_runs_the_wrong_way() -> None:
    assert _wrong_way("graph/evidence/lens.py", "graph.stores.base.Store")
    assert _wrong_way("graph/analytics/core/views.py", "graph.analytics.risk.shock.shock")
    assert _wrong_way("graph/analytics/network/paths.py", "graph.analytics.contracts.capacity.capacity")
    assert _wrong_way("graph/reports/catalog.py", "cli.main.main")
    assert _wrong_way("graph/exports/csv.py", "graph.reports.report.Report")
    assert _wrong_way("cli/options/stores.py", "cli.commands.facts.load")
    assert _wrong_way("api/context/errors.py", "api.http.guard.Guard")
    assert not _wrong_way("api/http/guard.py", "api.context.errors.ApiError")
    assert not _wrong_way("graph/stores/neo4j/store.py", "graph.stores.neo4j.cypher.find")


def _entries(folder: str) -> set[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    listing = subprocess.run(listed, cwd=PROJECT, check=True, capture_output=True, text=True)
    return {line.removeprefix(f"{folder}/").partition("/")[0].removesuffix(".py") for line in listing.stdout.split()}


def test_each_folder_of_the_plan_holds_what_the_plan_names() -> None:
    for folder, rows in PLAN.items():
        if folder:
            named = {name for names in rows for name in names.split()}
            beside = ENTRIES.get(folder, set()) | {"__init__", "py.typed"}
            planned = {one.rpartition("/")[2] for one in PLANNED if one.rpartition("/")[0] == folder}
            assert named - planned <= _entries(folder) <= named | beside, folder


def test_no_circles() -> None:
    modules = {
        _relative_path(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"): path for path in FILES
    }

    def targets(path: Path) -> set[str]:
        return {one for name, _ in _imports(path) for one in (name, name.rpartition(".")[0]) if one in modules}

    waiting = {name: targets(path) - {name} for name, path in modules.items()}
    while ready := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in ready:
            del waiting[name]
    assert waiting == {}


def test_each_library_has_its_room() -> None:
    strange = [
        f"{_relative_path(path)}: {imported}"
        for path in FILES
        for imported, _ in _imports(path)
        for rooms in [LIBRARIES.get(imported.split(".")[0])]
        if rooms is not None and not _relative_path(path).startswith(rooms)
    ]
    assert strange == []


def test_imports_stand_at_the_head_of_the_file() -> None:
    within = [
        f"{_relative_path(path)}: {imported}"
        for path in FILES
        for imported, column in _imports(path)
        if column and imported not in OPTIONAL
    ]
    assert within == []


def test_package_roots_import_nothing() -> None:
    assert [_relative_path(path) for path in FILES if path.name == "__init__.py" and _imports(path)] == []


def test_class_names_stand_once() -> None:
    """One word has one meaning, underscores aside: a class of the API that shows another has a name of its own."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(_relative_path(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


EVERYDAY_VERBS = {
    "asked",
    "found",
    "given",
    "held",
    "judged",
    "kept",
    "place",
    "shown",
    "taken",
    "told",
    "turn",
    "wanted",
}
"""No names by themselves."""
EVERYDAY_ENDS = EVERYDAY_VERBS - {"place", "shown", "taken"}
"""Nor the last word of one: `_independent_changes`, not `_properties_told`; `_is_reported`, not `_is_told`."""


def test_functions_are_named_by_terms_of_the_field() -> None:
    """A name says what a function returns or does: `_sort_key`, not `_place`; `to_dict`, not `told`."""
    assert _is_everyday("_properties_told")
    assert not _is_everyday("_told_apart")
    everyday = [
        f"{_relative_path(path)}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_everyday(node.name)
    ]
    assert everyday == []


def _is_everyday(name: str) -> bool:
    return name.strip("_") in EVERYDAY_VERBS or name.strip("_").rpartition("_")[2] in EVERYDAY_ENDS


def test_nothing_reads_beyond_the_project() -> None:
    outside = [
        _relative_path(path)
        for path in [*FILES, *(PROJECT / "tests").rglob("*.py")]
        if path != Path(__file__) and "../" + "shared" in path.read_text(encoding="utf-8")
    ]
    assert outside == []


HEAVY = {
    *("fastapi", "igraph", "jinja2", "mcp", "networkx", "numpy", "opentelemetry", "prometheus_client", "rich", "scipy"),
    *("starlette", "structlog", "uvicorn"),
}
NOT_IMPORTED = {
    "cli.main": HEAVY | {"api", "asyncio", "pydantic", "sqlite3", "strawberry", "yaml"},
    "cli.commands.facts": HEAVY | {"api", "strawberry"},
    "cli.commands.query": HEAVY,
}
"""What a module does not import: it would make every start of a command slow that needs none of it."""


@pytest.mark.parametrize("module", NOT_IMPORTED)
def test_commands_start_without_what_they_may_not_need(module: str) -> None:
    listed = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    started = subprocess.run([sys.executable, "-c", listed], check=True, capture_output=True, text=True)
    assert NOT_IMPORTED[module] & set(started.stdout.split()) == set()
