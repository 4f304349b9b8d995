"""The table of imports that DESIGN holds: arrows point one way, and each foreign library has its room."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.settings import PROJECT

LAYERS = (
    ("graph.errors", "graph.settings", "graph.once", "graph.progress", "graph.turns"),
    ("graph.values", "graph.readers", "graph.value_types"),
    ("graph.model", "graph.glossary"),
    ("graph.statements", "graph.journal", "graph.access"),
    ("graph.lens",),
    ("graph.policy", "graph.link_time", "graph.evidence_rows"),
    ("graph.projection",),
    ("graph.query",),
    ("graph.records", "graph.seeds", "graph.scenarios", "graph.history", "graph.stores", "graph.exports"),
    ("graph.diff", "graph.conflicts", "graph.coverage"),
    ("graph.analytics",),
    ("graph.reports",),
    ("api",),
    ("graph.terminal",),
    ("graph.analytics_commands",),
    ("graph.scenario_command",),
    ("graph.cli",),
)
"""A module imports from its own row and the rows above it."""
COMMANDS = ("graph/terminal.py", "graph/analytics_commands.py", "graph/scenario_command.py", "graph/cli.py")
ROOMS = {
    "neo4j": ("graph/stores/neo4j.py",),
    "sqlite3": ("graph/stores/sqlite_log.py",),
    "networkx": ("graph/analytics/",),
    "igraph": ("graph/analytics/igraph_backend.py",),
    "strawberry": ("api/",),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "graphql": ("api/",),
    "uvicorn": ("api/server.py",),
    "yaml": ("graph/records.py",),
    "typer": COMMANDS,
    "rich": COMMANDS,
    "jinja2": ("graph/reports/",),
}
"""Which files may import a library."""

OPTIONAL = {"fcntl", "graph.stores.neo4j.Neo4jStore"}
"""What is imported only where it is there: on POSIX, and with the extra `neo4j`."""
BY_COMMANDS = {"api.server", "api.app.create_app", "api.execute.run_document"}
"""What takes a second to import and only some commands need."""

FILES = sorted(path for folder in ("graph", "api") for path in (PROJECT / folder).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.col_offset) for alias in node.names)


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT).with_suffix("")).replace("/", ".")


def _layer(module: str) -> int | None:
    rows = [row for row, names in enumerate(LAYERS) if any(f"{module}.".startswith(f"{name}.") for name in names)]
    return rows[0] if rows else None


@pytest.mark.parametrize("path", FILES, ids=[_name(path) for path in FILES])
def test_arrows_point_one_way(path: Path) -> None:
    own = _layer(_name(path).removesuffix(".__init__"))
    if path.name == "__init__.py" and path.parent.name == "graph":
        return
    assert own is not None, "add the module to LAYERS"
    for imported, _ in _imports(path):
        other = _layer(imported)
        assert other is None or other <= own, imported


@pytest.mark.parametrize("path", FILES, ids=[_name(path) for path in FILES])
def test_each_library_has_its_room(path: Path) -> None:
    where = path.relative_to(PROJECT).as_posix()
    for imported, _ in _imports(path):
        rooms = ROOMS.get(imported.split(".")[0])
        assert rooms is None or any(where.startswith(room) for room in rooms), imported


@pytest.mark.parametrize("path", FILES, ids=[_name(path) for path in FILES])
def test_imports_stand_at_the_head_of_the_file(path: Path) -> None:
    for imported, column in _imports(path):
        assert column == 0 or imported in OPTIONAL | BY_COMMANDS, imported


def test_package_roots_import_nothing() -> None:
    for path in FILES:
        if path.name == "__init__.py":
            assert list(_imports(path)) == [], path


def test_nothing_reads_beyond_the_project() -> None:
    for path in [*FILES, *(PROJECT / "tests").rglob("*.py")]:
        if path != Path(__file__):
            assert "../" + "shared" not in path.read_text(encoding="utf-8"), path


def test_commands_that_do_not_serve_start_without_the_api() -> None:
    started = (
        "import sys, graph.cli; print([name for name in sys.modules if name.split('.')[0] in {'api', 'strawberry'}])"
    )
    told = subprocess.run([sys.executable, "-c", started], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
