"""All reconciliations of the seeds, compared with those made when words of labels and definitions decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from graph.analytics.contracts.reconciliation import Reconciliation, reconciliation
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.projection import Graph
from graph.settings import PROJECT
from graph.vocabulary.enums import Extent, TradeRole
from graph.vocabulary.model import ENTITIES, Row
from graph.vocabulary.values import CapacityBasis, FlowOrStock

EXPECTED = PROJECT / "tests/analytics/reconciliations.txt"
"""One line each: observation, layer, basis (with ? where the total does not state it), stated, found, numbers of links
counted, beyond the total and excluded, megawatts in other bases; or observation, - and why it is not compared. Made by
the version that read English phrases; new facts about these contracts and totals change their lines, each read by hand:
Applied Digital's 1,410 MW and 36.2 bn USD and Hut 8's 26.6 bn USD of summer 2026 are what their contracts add to. What
contracts add to that state no such figure is unknown; that was 0."""
DAY = date(2026, 11, 30)
WORDS = {
    "critical it": CapacityBasis.CRITICAL_IT,
    "gross": CapacityBasis.GROSS,
    "load at the utility": CapacityBasis.GROSS,
    "nameplate": CapacityBasis.GENERATION,
}


def test_reconciliations_read_from_properties_are_those_read_from_words(seeds_graph: Graph) -> None:
    assert list(_lines(seeds_graph)) == EXPECTED.read_text(encoding="utf-8").splitlines()


def _lines(graph: Graph) -> Iterator[str]:
    entities = {key: row for label in ENTITIES for key, row in graph.rows[label].items()}
    snapshot = Snapshot(graph.rows["Link"], entities, graph.lens, graph.version, graph.data_through)
    for organization in sorted(graph.rows["Organization"]):
        result = reconciliation(snapshot, graph.rows["Observation"], organization)
        yield from map(_line, result.rows)
        yield from (f"{one.observation.key} - {one.because}" for one in result.not_compared)


def _line(row: Reconciliation) -> str:
    basis = f"{row.basis}{'' if row.basis_stated else '?'}" if row.basis else "-"
    stated, found = (_amount(amount, row.unit) for amount in (row.stated, row.found))
    others = ",".join(f"{basis}={megawatts:g}" for basis, megawatts in row.other_bases.items()) or "-"
    numbers = f"{len(row.links)} {len(row.beyond)} {len(row.excluded)}"
    return f"{row.observation.key} {row.layer} {basis} {stated} {found} {numbers} {others}"


def _amount(amount: float | None, unit: str) -> str:
    if amount is None:
        return "unknown"
    return f"{amount:.6g}" if unit == "MW" else f"{amount / 1e9:.6g}bn"


def test_what_the_words_of_an_observation_say_its_properties_say_too(seeds_graph: Graph) -> None:
    silent = [row.key for row in seeds_graph.rows["Observation"].values() if not _says_in_properties(row)]
    assert silent == []


def _says_in_properties(row: Row) -> bool:
    scope, figure = (row["scope"] or "").lower(), row["figure"]
    flow = (figure.definition or "").lower().startswith("a flow")
    basis = _basis_in_words(figure.definition) or _basis_in_words(row["label"])
    return (
        ("whole company" not in scope or row["extent"] is Extent.WHOLE)
        and ("as buyer" not in scope or row["acts_as"] is TradeRole.BUYER)
        and (not flow or figure.flow_or_stock is FlowOrStock.FLOW)
        and (basis is None or figure.unit != "MW" or figure.capacity_basis is basis)
    )


def _basis_in_words(text: str | None) -> CapacityBasis | None:
    return next((basis for word, basis in WORDS.items() if word in (text or "").lower()), None)
