"""The numbers of sentences, of heads and of charts have addresses, in every format."""

from __future__ import annotations

import ctypes
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import openpyxl
import pypdfium2
import pytest

from graph.exports.documents.model import ReportDocument
from graph.exports.numbers import numbers_in, template_of
from graph.publication.charts import read_chart
from graph.publication.figures import UnknownFigure, read_figure
from graph.publication.living import state_of
from graph.publication.outcomes import Outcome
from graph.reports.catalog import FIGURE_TABLES, REPORTS
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.pages.conftest import app, client

__all__ = ["app", "client"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("41 of 108 rows; 1.24 m to 3.33 m USD, 82 %", [41, 108, 1.24e6, 3.33e6, 82]),
        ("74% of 1,200.5 MW in 10 contracts", [74, 1200.5, 10]),
        ("75.06 bn USD, 1,012.05 MW, 0.05 %", [75.06e9, 1012.05, 0.05]),
        ("CIK 0001964789", []),
        ("since 2026-06-30, 30 Jun 2026, Q3 2026, 2026-Q3 and 2027", []),
        ("GB300, H100, the 2nd, a 10-K, key hut8-2, SHA-256", []),
        ("Hut 8 lets 3 sites", [3]),
    ],
)
def test_dates_identifiers_ordinals_and_names_are_no_numbers(text: str, values: list[float]) -> None:
    assert [one.value for one in numbers_in(text, frozenset({"Hut 8"}))] == values


def test_what_stays_where_only_numbers_change() -> None:
    assert template_of("41 of 108 rows") == template_of("2 of 3,000 rows") == "… of … rows"


@pytest.fixture(scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Host Corp lets one site from January, and a second from June on."""
    folder: Path = tmp_path_factory.mktemp("said")
    second = facts.LEASE.replace("id: lease", "id: second").replace("[filing]", "[late]").replace("2026-01", "2026-06")
    store = await EmbeddedStore.open(folder / "data", clock=lambda: facts.TODAY)
    await store.load(facts.log_of(folder, links_provides_capacity=facts.LEASE + second))
    yield store
    await store.close()


async def _capacity(store: EmbeddedStore, day: str) -> ReportDocument:
    document = await REPORTS["capacity"].document(store, [await store.reader(facts.lens(day, day))], {})
    assert isinstance(document, ReportDocument)
    return document


async def test_a_number_at_the_head_of_a_report_tells_that_the_world_has_changed(small: EmbeddedStore) -> None:
    """One contract in February, two today."""
    document = await _capacity(small, "2026-02-15")
    [ids] = [ids for said, ids in document.addresses.items() if said.where == "head, Contracts"]
    state = await state_of(small, read_figure(ids[0], FIGURE_TABLES), sources=FIGURE_TABLES)
    assert (state.figure.value, state.now, state.outcome) == ("1", "2", Outcome.CHANGED_BY_THE_WORLD)


async def test_every_format_has_the_addresses_of_the_head(small: EmbeddedStore) -> None:
    document = await _capacity(small, "2026-06-30")
    ids = {id for said, of in document.addresses.items() for id in of if said.where.startswith("head")}
    assert ids
    for suffix in ("html", "md", "csv", "json"):
        text = str(REPORTS["capacity"].formats[suffix].render(document))
        assert {id for id in ids if f"{id}" in text} == ids, suffix


SERVICE = "https://graph.example.org"


def _links(pdf: bytes) -> set[str]:
    """The addresses to which its pages lead."""
    document = pypdfium2.PdfDocument(pdf)
    found = set()
    for page in document:
        place, link = ctypes.c_int(0), pypdfium2.raw.FPDF_LINK()
        while pypdfium2.raw.FPDFLink_Enumerate(page, place, link):
            action = pypdfium2.raw.FPDFLink_GetAction(link)
            length = pypdfium2.raw.FPDFAction_GetURIPath(document, action, None, 0)
            text = ctypes.create_string_buffer(length)
            pypdfium2.raw.FPDFAction_GetURIPath(document, action, text, length)
            found.add(text.value.decode())
    return found


async def test_the_numbers_of_a_pdf_and_of_a_workbook_lead_to_the_service(small: EmbeddedStore) -> None:
    """Each link of the PDF opens with what is cited; without an address of the service there is none."""
    document = await _capacity(small, "2026-06-30")
    pdf = REPORTS["capacity"].formats["pdf"]
    written = pdf.write(document, SERVICE)
    assert written == pdf.write(document, SERVICE)
    links = _links(bytes(written)) - {str(one.columns["url"]) for one in document.footnotes.sources.values()}  # type: ignore[union-attr]
    ids = {one.removeprefix(f"{SERVICE}/figures/") for one in links if "/charts/" not in one}
    assert {id for said, of in document.addresses.items() if said.where.startswith("head") for id in of} <= ids
    assert {f"{SERVICE}{chart.address}" for chart in document.charts} == {one for one in links if "/charts/" in one}
    of_cells = {
        cell.evidence.figure for one in document.tables for row in one.printed_rows for cell in row.cells.values()
    }
    assert len(ids & of_cells) > 5
    for id in ids:
        state = await state_of(small, read_figure(id, FIGURE_TABLES), sources=FIGURE_TABLES)
        assert state.then == state.figure.value, id
    assert not {one for one in _links(bytes(pdf.write(document))) if "figures" in one}
    book = openpyxl.load_workbook(io.BytesIO(bytes(REPORTS["capacity"].formats["xlsx"].write(document, SERVICE))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    numbers = {str(one.hyperlink.target): one.value for one in cells if isinstance(one.value, int | float)}
    assert of_cells & {one.removeprefix(f"{SERVICE}/figures/") for one in numbers}


@pytest.mark.slow
async def test_a_chart_has_an_address_and_its_numbers_have(client: httpx.AsyncClient) -> None:
    document = json.loads((await client.get("/reports/debt.json")).text)
    [address] = [chart["address"] for section in document["sections"] for chart in section["charts"]]
    answer = await client.get(address)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert '@font-face{font-family:"Wattgraph Text"' in answer.text  # in another font its words would run together
    assert "font-src data:" in answer.headers["content-security-policy"]
    links = [one.get("href") for one in ElementTree.fromstring(answer.text).iter("{http://www.w3.org/2000/svg}a")]  # noqa: S314 (ours)
    assert links
    assert all(re.fullmatch(r"/figures/report\.debt,table=said:.*", str(link)) for link in links)
    figure = (await client.get(str(links[0]))).json()["data"]["figure"]
    assert figure["outcome"] == "SAME"
    again = await client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    for wrong in ("/charts/nothing.svg", f"{address}x", address.removesuffix(".svg")):
        assert (await client.get(wrong)).status_code == 404, wrong


def test_the_id_of_no_chart_is_refused() -> None:
    with pytest.raises(UnknownFigure):
        read_chart("report.debt:wall:2026-06-30-000000", FIGURE_TABLES)
