"""A dataset is the same from every store, whole or of some links, and never of two data versions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from api.pages.link_filters import selection
from graph.errors import StoreBusy
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.exports.dataset.dataset import EVERY_LINK, Dataset, LinkSelection, written
from graph.exports.dataset.json_lines import DATASET
from graph.stores.base import Store
from tests.exports.datasets import MORE_LINKS, dataset_of
from tests.facts import DEBTS, LEASE, OBSERVATIONS, TODAY, log_of
from tests.stores.conftest import OpenStore


def _text(dataset: Dataset) -> str:
    return b"".join(DATASET.files[0].encode(dataset)).decode()


async def _export(store: Store, chosen: LinkSelection = EVERY_LINK) -> str:
    return await written(await store.reader(), _text, chosen)


async def test_every_store_gives_the_same_dataset(open_store: OpenStore, tmp_path: Path) -> None:
    log = log_of(tmp_path, links_provides_capacity=LEASE + MORE_LINKS, debts=DEBTS, observations=OBSERVATIONS)
    store = await open_store()
    await store.load(log)
    whole = await _export(store)
    assert whole == _text(dataset_of(project(log, DEFAULT_LENS.on(TODAY))))
    # `second` and what it names: both parties, with what is said of the three
    chosen = selection({"basis": "GROSS"})
    part = await _export(store, chosen)
    assert set(part.splitlines()[1:]) < set(whole.splitlines())
    assert part.count('"label":"Link"') == 1
    assert part.count('"label":"Organization"') == 2
    assert "basis=GROSS" in part.splitlines()[0]


async def test_no_file_mixes_what_was_before_a_write_with_what_came_after(
    open_store: OpenStore, tmp_path: Path
) -> None:
    """A reader of the embedded store keeps its projection; that of Neo4j sees the write, and the export is refused."""
    log = log_of(tmp_path, links_provides_capacity=LEASE + MORE_LINKS)
    store, other = await open_store(), await open_store()
    await store.load(log)
    reader = await store.reader()
    before = reader.version.id
    said = StatementLog.of([log.by_subject["host"][0].but(note="more")], [])
    await other.apply(said, reason="test")
    with suppress(StoreBusy):
        text = await written(reader, _text)
        assert before in text.splitlines()[0]
        assert '"note":"more"' not in text
