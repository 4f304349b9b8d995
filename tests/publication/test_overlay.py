"""What is for others takes no private facts: figures, charts, certificates, editions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graph.analytics.core.method import Engine, Method
from graph.analytics.core.scope import DEFAULT_SCOPE
from graph.analytics.core.table import Table, TableColumn
from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.exports.dataset.dataset import EVERY_LINK, written
from graph.exports.dataset.edition import write_edition
from graph.exports.dataset.figures import FigureAddresses
from graph.publication.cells import CellFigures
from graph.publication.certificates import certify
from graph.publication.charts import CitedChart
from graph.publication.editions import lens_from_json, lens_to_json
from graph.publication.figures import (
    FirmSumFigure,
    LivingFigure,
    StatedFigure,
    UnknownFigure,
    cell_id,
    figure_id,
    firm_sum_id,
    read_figure,
    with_hash,
)
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import Json, Money
from tests import facts
from tests.overlay import overlay_in

PUBLIC = Lens(date(2026, 11, 30), date(2026, 11, 30))
PRIVATE = replace(PUBLIC, overlay=True)


def _ids(lens: Lens) -> list[str | None]:
    inputs = {"metric": "DEGREE", "scope": DEFAULT_SCOPE}
    return [
        figure_id("lease", "value", lens, Money(1_000_000_000)),
        cell_id("centrality", inputs, {"key": "host"}, "score", lens=lens, value=0.5),
        firm_sum_id(FirmSumFigure(Layer.SHELL, "from", "host", "value_usd"), lens, 1e9, 1e9),
    ]


def test_no_number_has_an_address_under_private_facts() -> None:
    assert None not in _ids(PUBLIC)
    assert _ids(PRIVATE) == [None, None, None]


def _table(lens: Lens) -> Table:
    method = Method("COUNT", {}, "none", Engine.NETWORKX, {}, "0", None, lens, ())
    return Table("Rows", (TableColumn("count"),), [{"count": 1}], method)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CitedChart("report.debt", (), "wall", PRIVATE),
        lambda: LivingFigure(StatedFigure("lease", "value"), PRIVATE, "1000000000USD"),
        lambda: CellFigures(_table(PRIVATE), "rows", (), PRIVATE),
        lambda: CellFigures(_table(PRIVATE), "rows", (), PUBLIC),
        lambda: FigureAddresses(PRIVATE),
    ],
    ids=["a chart", "a figure", "cells", "cells of a private table", "numbers of files"],
)
def test_nothing_that_gives_addresses_can_be_made_of_them(make: Callable[[], object]) -> None:
    with pytest.raises(BadInput, match="Private facts have no addresses"):
        make()


def test_nobody_can_write_such_an_address() -> None:
    id = with_hash("lease:value:2026-11-30,overlay=true:1000000000USD:2")
    with pytest.raises(UnknownFigure, match="its lens cannot be read"):
        read_figure(id)


def test_a_lens_of_an_edition_or_certificate_has_none() -> None:
    assert "overlay" not in lens_to_json(PUBLIC)
    with pytest.raises(ValueError, match="private facts"):
        lens_from_json(lens_to_json(PRIVATE))


async def test_certificates_and_editions_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", lambda: facts.TODAY, overlay=overlay_in(tmp_path))
    await store.load(facts.log_of(tmp_path))
    reader = await store.reader(Lens(overlay=True))
    with pytest.raises(BadInput, match="A certificate is for others"):
        await certify(store, Lens(overlay=True), "{ dataVersion { id } }", {}, _answers)
    with pytest.raises(BadInput, match="An edition is for others"):
        await written(reader, lambda dataset: write_edition(dataset, tmp_path / "editions"), EVERY_LINK)
    assert not (tmp_path / "editions").exists()
    await store.close()


async def _answers(_: Store, __: Lens) -> Json:
    raise AssertionError("a query was answered for a certificate that is refused")
