"""How tests are dealt to workers, tried on a small suite in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from graph.settings import PROJECT

pytestmark = pytest.mark.slow
CONFTEST = """
import os
import time
from pathlib import Path

import pytest

from tests.workers import claim_neo4j, pytest_collection_modifyitems, pytest_configure_node, pytest_xdist_make_scheduler


@pytest.fixture(scope="session")
def neo4j_for_tests(pytestconfig):
    claim_neo4j(pytestconfig)


@pytest.fixture
def late_neo4j(request):
    request.getfixturevalue("neo4j_for_tests")


@pytest.fixture(params=["embedded", "neo4j"])
def store(request):
    return request.param


@pytest.fixture(autouse=True)
def written(request):
    worker = os.environ["PYTEST_XDIST_WORKER"]
    with (Path(__file__).parent / f"{worker}.txt").open("a") as file:
        file.write(request.node.nodeid + "\\n")
    time.sleep(0.05)  # so that one worker cannot take everything before the other has begun
"""
MODULE = """
def test_one(neo4j_for_tests):
    pass


def test_on_a_store(store):
    pass


def test_other():
    pass
"""
BESIDE = """
import pytest


@pytest.mark.beside_neo4j
def test_beside():
    pass
"""
BY_ANOTHER_NAME = "def test_one(late_neo4j):\n    pass\n\n\ndef test_other():\n    pass\n"
CONFIGURATION = """
[pytest]
strict_markers = true
addopts = --import-mode=importlib -p xdist.plugin -p no:cacheprovider
markers =
    neo4j: is dealt
    beside_neo4j: is dealt with them
    slow: begins early
"""


def _run(folder: Path, modules: dict[str, str], *options: str) -> tuple[int, str, dict[str, list[str]]]:
    """Exit code, output, and the tests of each worker in their order."""
    for name, text in {"conftest.py": CONFTEST, "pytest.ini": CONFIGURATION, **modules}.items():
        (folder / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", f"--rootdir={folder}", *options, str(folder)],
        cwd=PROJECT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    workers = defaultdict(list)
    for path in sorted(folder.glob("gw*.txt")):
        workers[path.stem] = path.read_text(encoding="utf-8").split()
    return ended.returncode, ended.stdout + ended.stderr, workers


def _needs_neo4j(test: str) -> bool:
    return "test_one" in test or "[neo4j]" in test


def test_what_needs_neo4j_runs_first_and_on_one_worker(tmp_path: Path) -> None:
    code, output, workers = _run(tmp_path, {f"test_{name}.py": MODULE for name in "abcdef"})
    assert code == 0, output
    assert sum(map(len, workers.values())) == 6 * 4
    (tests,) = [tests for tests in workers.values() if any(map(_needs_neo4j, tests))]
    assert [_needs_neo4j(test) for test in tests[: 6 * 2]] == [True] * 12
    assert len(workers) == 2, "the other worker has run the rest meanwhile"


def test_what_shares_with_tests_on_neo4j_runs_beside_them(tmp_path: Path) -> None:
    modules = {f"test_{name}.py": MODULE for name in "abcdef"}
    code, output, workers = _run(tmp_path, {**modules, "test_x.py": BESIDE, "test_y.py": BESIDE})
    assert code == 0, output
    (tests,) = [tests for tests in workers.values() if any(map(_needs_neo4j, tests))]
    assert [test for test in tests if "test_beside" in test] == ["test_x.py::test_beside", "test_y.py::test_beside"]


def test_the_tests_of_neo4j_can_be_chosen_by_their_marker(tmp_path: Path) -> None:
    code, output, workers = _run(tmp_path, {f"test_{name}.py": MODULE for name in "ab"}, "-m", "not neo4j")
    assert code == 0, output
    assert not any(_needs_neo4j(test) for tests in workers.values() for test in tests)


def test_a_test_outside_the_group_that_starts_neo4j_fails(tmp_path: Path) -> None:
    # The first module beside the group is the other worker's first.
    modules = {"test_a.py": BY_ANOTHER_NAME} | {f"test_{name}.py": MODULE for name in "bcd"}
    code, output, _ = _run(tmp_path, modules)
    assert code == 1
    assert "is the second worker that needs Neo4j" in output
