"""The exposure report of one organization: who depends on it, on whom it depends, and what spreads if it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from graph.analytics.contracts.firm_sums import FirmSums
from graph.analytics.core.inputs import OfOrganization
from graph.analytics.network.paths import Dependency, Direction
from graph.analytics.risk.exposures import MwAtRisk, UsdAtRisk
from graph.analytics.risk.shock import ShockResult, ShockRow
from graph.evidence.scenarios import ShockModel
from graph.exports.documents.model import DocumentChart, DocumentSection, ReportDocument
from graph.exports.wording import megawatts_of
from graph.pictures.bars import IntervalBar, interval_bars
from graph.pictures.stacks import WaterfallStep, waterfall
from graph.reports.analysis import Analysis, ReportFacts, printed, read_report_facts, report_document
from graph.reports.doubts import doubted_amounts, doubts_section
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.wording import dollars, megawatts, words

STEPS = 10
"""Organizations that have a step of their own in the waterfall."""
CHARTED = 12
HOPS = 2
KINDS = 2
"""Kinds of megawatts that have a chart: those with the most."""


async def gather(reader: Reader, organization: OfOrganization) -> ReportDocument:
    """Raises StoreError."""
    return await asyncio.to_thread(document_of, await read_report_facts(reader), organization)


def document_of(of: ReportFacts, organization: str) -> ReportDocument:
    direct = of.analyze("shock", fail=(organization,))
    cascade = of.analyze("shock", fail=(organization,), model=ShockModel.CASCADE)
    downstream = of.analyze("reach", **{"from": organization}, max_hops=HOPS)
    upstream = of.analyze("reach", **{"from": organization}, direction=Direction.UPSTREAM, max_hops=HOPS)
    income = of.analyze(
        "reach",
        **{"from": organization},
        direction=Direction.UPSTREAM,
        dependency=Dependency.INCOME,
        max_hops=1,
    )
    doubts = [*doubted_amounts(of, FirmSums(of.facts.snapshot), organization)]
    return report_document(
        "exposure",
        f"Exposure: {of.name(organization)}",
        of,
        subject=organization,
        sentences=tuple(_sentences(of, organization, direct.result, cascade.result, upstream)),
        sections=(
            _losses_section(of, direct),
            _contagion_section(of, organization, cascade),
            _reach_section("depend-on-it", "Who depends on it", _DOWN, downstream),
            _reach_section("it-depends-on", "On whom it depends", _UP, upstream),
            _reach_section("income", "From whom its income comes", _INCOME, income),
            doubts_section(doubts, _FALSE),
        ),
        analyses=(direct, cascade, downstream, upstream, income, *(one.analysis for one in doubts)),
        figures=(
            ("Organizations that lose", f"{len(direct.result.rows):,}"),
            ("… that fail in turn", f"{sum(row.fails for row in cascade.result.rows):,}"),
        ),
    )


_DOWN = "Along the dependency that links declare, up to two hops; what is carried is the least of the hops on the way."
_UP = "The other way: from whom it gets capacity, goods, power or funds, up to two hops."
_FALSE = "The smallest sets of origins without which what it provides, or takes, falls below a round figure."
_INCOME = "Who pays it, as rent, price or interest; a stake, a guarantee and a warrant are no income."


def _sentences(
    of: ReportFacts, organization: str, direct: ShockResult, cascade: ShockResult, upstream: Analysis
) -> Iterator[str]:
    name, losing = of.name(organization), direct.rows
    if losing:
        parts = [
            f"{megawatts(one.mw.low)} MW ({words(one.layer)}, {words(one.basis)})" for one in direct.mw_at_risk[:2]
        ]
        parts += [f"{dollars(one.value_usd)} USD of {_claim(one)}" for one in direct.usd_at_risk if one.value_usd][:2]
        at_risk = "; ".join(parts)
        yield (
            f"If {name} fails, {len(losing)} organizations lose by contract, {of.name(losing[0].organization)} first"
            + (f": at risk are {at_risk}." if at_risk else ".")
        )
    else:
        yield f"Nobody on record loses by contract if {name} fails."
    felled = sum(row.fails for row in cascade.rows)
    yield (
        f"{name} itself depends on {upstream.result.total_count} organizations and sites within {HOPS} hops; "
        f"{felled or 'none'} of its counterparties would lose half of their inputs and fail in turn."
    )
    yield f"Losses by contract follow from the facts; how a failure spreads is a model, uncalibrated. {of.through}"


def _claim(one: UsdAtRisk) -> str:
    layer = f" ({words(one.layer)} layer)" if one.layer else ""
    return f"{words(one.claim)}{layer}"


# ---- losses


def _losses_section(of: ReportFacts, direct: Analysis) -> DocumentSection:
    result: ShockResult = direct.result
    kinds = sorted(result.mw_at_risk, key=lambda one: (-one.mw.high, one.layer))[:KINDS]
    dollars_chart = _usd_chart(of, result)
    charts = (*(_mw_chart(of, result, one) for one in kinds), *([dollars_chart] if dollars_chart else []))
    text = (
        "What its counterparties lose by contract: what is delivered is lost by who depends on it, what is owed by who "
        "delivered, lent or invested. Megawatts stand by layer and basis, dollars by layer and sort; none are added. "
        "Guarantees stand beside the loss, up to their caps.",
    )
    main, *others = direct.tables("losses")
    tables = (printed(main, 15), *(printed(one, 12) for one in others if one.numeric))
    return DocumentSection("losses", "Who loses if it fails", text, charts, tables)


def _mw_chart(of: ReportFacts, result: ShockResult, kind: MwAtRisk) -> DocumentChart:
    """Of one layer and basis."""
    bars = [
        _mw_bar(of, row, one.mw.low, one.mw.high)
        for row in result.rows
        for one in row.mw_at_risk
        if (one.layer, one.basis) == (kind.layer, kind.basis)
    ]
    bars.sort(key=lambda bar: (-(bar.value or 0.0), bar.label))
    title = f"Megawatts at risk: {words(kind.layer)} layer, {megawatts_of(kind.basis)}"
    name = f"mw-at-risk-{kind.layer}-{kind.basis}".lower().replace("_", "-")
    return DocumentChart(name, title, interval_bars(bars[:CHARTED], title, width=880), "MW")


def _mw_bar(of: ReportFacts, row: ShockRow, low: float, high: float) -> IntervalBar:
    between = megawatts(low) if low == high else f"{megawatts(low)} to {megawatts(high)}"
    low_end, high_end = (None, None) if low == high else (low, high)
    return IntervalBar(of.name(row.organization), high, f"{between} MW", low_end, high_end, light=True)


def _usd_chart(of: ReportFacts, result: ShockResult) -> DocumentChart | None:
    """Of the layer and sort with the most dollars."""
    stated = [one for one in result.usd_at_risk if one.value_usd]
    if not stated:
        return None
    most = max(stated, key=lambda one: one.value_usd or 0.0)
    bars = [
        _usd_bar(of, row, one)
        for row in result.rows
        for one in row.usd_at_risk
        if (one.layer, one.claim) == (most.layer, most.claim) and one.value_usd
    ]
    bars.sort(key=lambda bar: (-(bar.value or 0.0), bar.label))
    title = f"Dollars at risk: {_claim(most)}"
    note = "A bar is the face value; a line with ends begins at what guarantees leave uncovered."
    return DocumentChart("usd-at-risk", title, interval_bars(bars[:CHARTED], title, width=880), "USD", note)


def _usd_bar(of: ReportFacts, row: ShockRow, one: UsdAtRisk) -> IntervalBar:
    value, paid = one.value_usd or 0.0, one.guaranteed_usd or 0.0
    said = f"{dollars(value)} USD" + (f", {dollars(value - paid)} with guarantees" if paid else "")
    low_end, high_end = (value - paid, value) if paid else (None, None)
    return IntervalBar(of.name(row.organization), value, said, low_end, high_end, light=True)


# ---- contagion


def _contagion_section(of: ReportFacts, organization: str, cascade: Analysis) -> DocumentSection | None:
    rows: Sequence[ShockRow] = cascade.result.rows
    if not rows:
        return None
    title = f"Inputs lost if {of.name(organization)} fails: from it, and from those that fail in turn"
    chart = DocumentChart(
        "contagion",
        title,
        waterfall(_steps(of, organization, rows), title),
        "contracts",
        "The first total is lost with the contracts of the one that fails first; what follows adds to it.",
    )
    text = (
        "An organization fails when it loses half of its inputs (a threshold that no fact holds: uncalibrated), and "
        "with it the inputs of those that it supplies, funds or hosts. Contracts are counted, since megawatts and "
        "dollars of different layers cannot be added.",
    )
    table = printed(cascade.tables("contagion")[0], 12)
    return DocumentSection("contagion", "How far it spreads", text, (chart,), (table,))


def _steps(of: ReportFacts, organization: str, rows: Sequence[ShockRow]) -> list[WaterfallStep]:
    first = {row.organization.key: float(_with(organization, row)) for row in rows}
    later = {row.organization.key: (row.lost or 0.0) - first[row.organization.key] for row in rows}
    total, whole = sum(first.values()), sum(row.lost or 0.0 for row in rows)
    return [
        *_largest(of, first, "others"),
        WaterfallStep("From it alone", total, f"{total:,.4g}", is_total=True),
        *_largest(of, later, "others in turn"),
        WaterfallStep("With those that fail", whole, f"{whole:,.4g}", is_total=True),
    ]


def _with(organization: str, row: ShockRow) -> int:
    """How many of the links that carry the loss are with the one that fails first."""
    return sum(organization in (link.columns["from"], link.columns["to"]) for link in row.because)


def _largest(of: ReportFacts, lost: Mapping[str, float], rest: str) -> Iterator[WaterfallStep]:
    keys = sorted((key for key in lost if lost[key] > 0), key=lambda key: (-lost[key], key))
    yield from (WaterfallStep(of.name(key), lost[key], f"{lost[key]:,.4g}") for key in keys[:STEPS])
    others = sum(lost[key] for key in keys[STEPS:])
    if others:
        yield WaterfallStep(f"{len(keys) - STEPS} {rest}", others, f"{others:,.4g}")


# ---- reach


def _reach_section(name: str, title: str, text: str, reach: Analysis) -> DocumentSection:
    return DocumentSection(name, title, (text,), tables=(printed(reach.tables(name)[0], 15),))


REPORT = Report(
    name="exposure",
    title="Exposure",
    summary="Of one organization: who depends on it, on whom it depends, in megawatts and dollars, and how far its "
    "failure would spread.",
    gather=gather,
)
