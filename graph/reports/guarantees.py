"""The guarantees report: who promises to pay for whom, and what is at risk with and without these promises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.scope import DEFAULT_SCOPE
from graph.analytics.risk.exposures import UsdAtRisk, guarantees_of
from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentChart,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
    ReportDocument,
)
from graph.pictures.bars import IntervalBar, interval_bars
from graph.reports.analysis import Analysis, ReportFacts, read_report_facts, report_document
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.wording import bound_sign, dollars, words

CHARTED = 15


@dataclass(frozen=True)
class GuaranteedClaim:
    """What one loses of a sort in a layer if an obligor fails, and what solvent guarantors pay of it, up to their
    caps."""

    obligor: str
    holder: Row
    usd: UsdAtRisk
    links: tuple[Row, ...]


async def gather(reader: Reader) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader))


def document_of(of: ReportFacts) -> ReportDocument:
    guarantees, excluded = guarantees_of(of.facts.snapshot, DEFAULT_SCOPE)
    paying = [one.link for one in guarantees.values()]
    others = [one.link for one in excluded if one.link.columns["type"] == _TYPE]
    shocks = {key: of.analyze("shock", fail=(key,)) for key in _obligors(of, paying)}
    claims = [claim for key, one in shocks.items() for claim in _claims(key, one)]
    claims.sort(key=lambda one: (-(one.usd.guaranteed_usd or 0.0), one.obligor, one.holder.key))
    return report_document(
        "guarantees",
        "Guarantees",
        of,
        sentences=tuple(_sentences(of, paying, others, claims)),
        sections=(
            _claims_section(of, claims),
            _list_section(of, "Guarantees that pay if the obligor fails", paying),
            _others_section(of, others, excluded),
        ),
        analyses=tuple(shocks.values()) or (of.analyze("capacity"),),
        figures=(("Guarantees that pay", f"{len(paying):,}"), ("Others on record", f"{len(others):,}")),
    )


_TYPE = "GUARANTEES"


def _obligors(of: ReportFacts, guarantees: Sequence[Row]) -> list[str]:
    """Named organizations whose payments are guaranteed: whom a guarantee names, else who owes under its links."""
    found: set[str] = set()
    for one in guarantees:
        obligor = one.of_role(PropertyRole.OBLIGOR)
        linked = [of.facts.snapshot.links.get(key) for key in one.of_role(PropertyRole.GUARANTEED_LINKS) or ()]
        found |= {str(obligor)} if obligor else {str(link.columns["to"]) for link in linked if link}
    return sorted(key for key in found if key in of.facts.snapshot.nodes)


def _claims(obligor: str, shock: Analysis) -> Iterator[GuaranteedClaim]:
    for row in shock.result.rows:
        for usd in row.usd_at_risk:
            if usd.guaranteed_usd:
                yield GuaranteedClaim(obligor, row.organization, usd, row.because)


def _sentences(
    of: ReportFacts, paying: Sequence[Row], others: Sequence[Row], claims: Sequence[GuaranteedClaim]
) -> Iterator[str]:
    yield (
        f"{len(paying)} guarantees in force, firm and with a cap pay if the obligor fails; {len(others)} more are on "
        "record that cover something else, state no cap, are conditional or have ended."
    )
    if claims:
        first = claims[0]
        value = first.usd.value_usd or 0.0
        yield (
            f"The largest single cover: if {of.name(first.obligor)} fails, {of.name(first.holder)} has "
            f"{dollars(value)} USD of {words(first.usd.claim)} at risk, of which guarantors pay up to "
            f"{dollars(first.usd.guaranteed_usd or 0.0)} USD."
        )
    yield f"A guarantee is neither debt nor rent and is added to neither; caps are those of the day. {of.through}"


_CLAIM_COLUMNS = (
    DocumentColumn("obligor", "If this one fails"),
    DocumentColumn("holder", "who loses"),
    DocumentColumn("layer", "Layer", detail=True),
    DocumentColumn("claim", "Claim"),
    DocumentColumn("value_usd", "Without guarantees", "USD", "Face value of what is owed, over the base term."),
    DocumentColumn("guaranteed_usd", "Guaranteed", "USD", "What solvent guarantors pay, up to their caps."),
    DocumentColumn("uncovered_usd", "With guarantees", "USD", "What stays uncovered."),
)


def _claims_section(of: ReportFacts, claims: Sequence[GuaranteedClaim]) -> DocumentSection:
    bars = [_claim_bar(of, one) for one in claims[:CHARTED]]
    title = "What is at risk, without and with guarantees"
    note = "A bar is what is at risk without them; the line with ends begins at what stays uncovered with them."
    chart = DocumentChart("at-risk", title, interval_bars(bars, title, width=880), "USD", note)
    text = (
        "One obligor fails by itself, and its guarantors stand. One cap serves all claims that it covers; layers and "
        "sorts of claims stand in rows of their own and are never added.",
    )
    table = DocumentTable("at-risk", title, _CLAIM_COLUMNS, [_claim_row(of, one) for one in claims], printed=15)
    return DocumentSection("at-risk", title, text, (chart,) if bars else (), (table,))


def _claim_bar(of: ReportFacts, one: GuaranteedClaim) -> IntervalBar:
    value, paid = one.usd.value_usd or 0.0, one.usd.guaranteed_usd or 0.0
    label = f"{of.name(one.holder)}, {words(one.usd.claim)}, if {of.name(one.obligor)} fails"
    said = f"{dollars(value)} USD, {dollars(value - paid)} with guarantees"
    return IntervalBar(label, value, said, value - paid, value, light=True)


def _claim_row(of: ReportFacts, one: GuaranteedClaim) -> DocumentRow:
    cells = {
        "obligor": DocumentCell(of.name(one.obligor)),
        "holder": DocumentCell(of.name(one.holder)),
        "layer": DocumentCell(words(one.usd.layer)),
        "claim": DocumentCell(words(one.usd.claim)),
        "value_usd": DocumentCell(one.usd.value_usd),
        "guaranteed_usd": DocumentCell(one.usd.guaranteed_usd),
        "uncovered_usd": DocumentCell(one.usd.uncovered_usd, formula="{value_usd}-{guaranteed_usd}"),
    }
    return DocumentRow(cells, evidence=CellEvidence(tuple(link.key for link in one.links)))


_COLUMNS = (
    DocumentColumn("guarantor", "Guarantor"),
    DocumentColumn("beneficiary", "To whom"),
    DocumentColumn("obligor", "For whom"),
    DocumentColumn("covers", "Covers"),
    DocumentColumn("cap", "Cap", "stated currency"),
    DocumentColumn("currency", "Currency", detail=True),
    DocumentColumn("status", "Status"),
    DocumentColumn("commitment", "Commitment", detail=True),
    DocumentColumn("until", "Until"),
    DocumentColumn("contracts", "Whose payments", detail=True),
    DocumentColumn("because", "Not counted because"),
)


def _list_section(of: ReportFacts, title: str, guarantees: Sequence[Row]) -> DocumentSection:
    rows = [_row(of, one) for one in _ordered(guarantees)]
    columns = _COLUMNS[:-1]
    return DocumentSection("guarantees", title, tables=(DocumentTable("guarantees", title, columns, rows, printed=30),))


def _others_section(of: ReportFacts, others: Sequence[Row], excluded: Sequence[Excluded]) -> DocumentSection | None:
    if not others:
        return None
    because = {one.link.key: one.because for one in excluded}
    rows = [_row(of, one, because[one.key]) for one in _ordered(others)]
    title = "Guarantees that do not count"
    return DocumentSection("others", title, tables=(DocumentTable("others", title, _COLUMNS, rows, printed=12),))


def _ordered(guarantees: Sequence[Row]) -> list[Row]:
    """The largest cap first."""

    def cap(one: Row) -> float:
        value = one.of_role(PropertyRole.CAP)
        return value.amount if value else 0.0

    return sorted(guarantees, key=lambda one: (-cap(one), one.key))


def _row(of: ReportFacts, one: Row, because: str = "") -> DocumentRow:
    cap, obligor = one.of_role(PropertyRole.CAP), one.of_role(PropertyRole.OBLIGOR)
    cover, until = one.of_role(PropertyRole.COVER), one["effective_to"]
    cells = {
        "guarantor": DocumentCell(of.name(one.columns["from"])),
        "beneficiary": DocumentCell(of.name(one.columns["to"])),
        "obligor": DocumentCell(of.name(str(obligor)) if obligor else ""),
        "covers": DocumentCell(words(cover)),
        "status": DocumentCell(words(one["status"])),
        "commitment": DocumentCell(words(one["commitment"])),
        "until": DocumentCell(str(until) if until else ""),
        "contracts": DocumentCell("; ".join(map(of.name, one.of_role(PropertyRole.GUARANTEED_LINKS) or ()))),
        "because": DocumentCell(because),
    }
    if cap:
        shown = f"{bound_sign(cap.bound)}{dollars(cap.amount)} {cap.currency}"
        cells |= {"cap": DocumentCell(cap.amount, shown, bound=cap.bound), "currency": DocumentCell(cap.currency)}
    return DocumentRow(cells, one.key, CellEvidence((one.key,)))


REPORT = Report(
    name="guarantees",
    title="Guarantees",
    summary="Who promises to pay for whom, up to which cap, and what is at risk with and without these promises.",
    gather=gather,
)
