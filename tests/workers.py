"""Workers of pytest-xdist: all that needs Neo4j runs on one of them, and begins first, being the longest chain.

Every other module is one piece of work. `--dist loadgroup` would do with markers alone, but that of xdist 3.8 groups
nothing with pytest 9.2, and says nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

BESIDE_NEO4J = "beside_neo4j"
"""The marker of tests that share what they compute with tests on Neo4j."""
NEO4J = "neo4j"
"""The marker and the group; also the parameter that stands for Neo4j where a test runs on each store."""
SERVER_FIXTURE = "neo4j_for_tests"
SECOND_SERVER_FIXTURE = "neo4j_2026_uri"
"""A server of its own, in whichever process asks for it; its module begins before all others that have no Neo4j."""
GROUP_FILE = "neo4j_group_file"
"""Where the workers, who alone know fixtures and markers, name the members of the group: one node id a line."""


class NeighbourScheduling(LoadScopeScheduling):
    """Hands out whole modules, and the tests of Neo4j as if they were one module."""

    def __init__(self, config: pytest.Config, log: Producer, group_file: Path) -> None:
        super().__init__(config, log)
        self._group_file = group_file
        self._group: frozenset[str] = frozenset()
        # The workers have put the tests into the order in which they should begin.
        config.option.loadscopereorder = False

    def schedule(self) -> None:
        if self.collection is None:
            self._group = frozenset(self._group_file.read_text(encoding="utf-8").splitlines())
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return NEO4J if nodeid in self._group else nodeid.split("::", 1)[0]


def needs_neo4j(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return SERVER_FIXTURE in item.fixturenames or NEO4J in parameters


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput[GROUP_FILE] = str(_group_file(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> NeighbourScheduling:
    return NeighbourScheduling(config, log, _group_file(config))


# First, so that `-m neo4j` knows the marker.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if needs_neo4j(item):
            item.add_marker(NEO4J)
    _begin_with_the_longest(items)
    for item in items:
        if item.get_closest_marker(NEO4J):
            item.add_marker("slow")  # starting and filling a server takes as long as a quick look may
    if path := getattr(config, "workerinput", {}).get(GROUP_FILE):
        _write_group(Path(path), items)


def claim_neo4j(config: pytest.Config) -> None:
    """Raises AssertionError when another worker of this run has started a Neo4j: a test stands outside the group."""
    if path := getattr(config, "workerinput", {}).get(GROUP_FILE):
        owner = os.environ["PYTEST_XDIST_WORKER"]
        claim = Path(f"{path}.owner")
        try:
            claim.touch(exist_ok=False)
        except FileExistsError:
            raise AssertionError(f"{owner} is the second worker that needs Neo4j") from None


_FIRST = 10_000
"""More than a module has slow tests."""


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Neo4j's tests, those on the facts in a row, as loading them takes long, and what runs beside them; then modules,
    those with most slow tests first, so that none of them is left for one worker when the other has ended."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    waiting = {item.path for item in items if SECOND_SERVER_FIXTURE in getattr(item, "fixturenames", ())}

    def turn(item: pytest.Item) -> tuple[int, int]:
        if item.get_closest_marker(BESIDE_NEO4J):
            return 0, 0
        if item.get_closest_marker(NEO4J):
            return (0 if _needs_the_facts(item) else 1), 0
        return 2, -(_FIRST if item.path in waiting else slow[item.path])

    items.sort(key=turn)


def _needs_the_facts(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "seeds_log" in item.fixturenames


def _write_group(path: Path, items: Iterable[pytest.Item]) -> None:
    """Both workers write the same; renaming keeps a reader from half a file."""
    own = path.with_suffix(f".{os.getpid()}")
    group = (item.nodeid for item in items if item.get_closest_marker(NEO4J) or item.get_closest_marker(BESIDE_NEO4J))
    own.write_text("\n".join(group), encoding="utf-8")
    own.replace(path)


def _group_file(config: pytest.Config) -> Path:
    """One path a run, in a folder that goes with it."""
    if not hasattr(config, "_neo4j_group"):
        folder = tempfile.TemporaryDirectory(prefix="wattgraph-tests-")
        config.add_cleanup(folder.cleanup)
        config._neo4j_group = Path(folder.name) / "group"  # type: ignore[attr-defined]
    return config._neo4j_group  # type: ignore[attr-defined, no-any-return]
