"""The dossier: all that is known of one organization, with its bibliography. REPORT is its entry in the catalog.

A section is a function of what is known; to add one, add it to SECTIONS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graph.analytics.catalog import ANALYTICS
from graph.analytics.contracts.concentration import Share, Side
from graph.analytics.contracts.firm_sums import FirmSum, FirmSums
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.inputs import OfOrganization
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.tabulation import table_of
from graph.analytics.core.views import NetworkView, build_view
from graph.analytics.network.centrality import METRICS, Ranked, centrality
from graph.analytics.network.uncertainty import COVERAGE, Interval, RankIntervals, several_rank_intervals
from graph.comparison.conflicts import disagreements_of
from graph.comparison.coverage import read_evidence
from graph.evidence.captions import describe_value, statement_text
from graph.evidence.firmness import is_firm
from graph.exports.documents.from_table import document_tables
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
from graph.pictures.stacks import ShareBar, StackedColumn, share_bars, stacked_columns
from graph.publication.figures import VALUE, FirmSumFigure, figure_id, firm_sum_id
from graph.reports.analysis import ReportFacts
from graph.reports.citations import Citations, LinkLine, LinkLines, read_citations
from graph.reports.doubts import Doubt, doubted_amounts, doubted_neighbours, doubts_section
from graph.reports.link_tables import LINK_COLUMNS, link_row
from graph.reports.report import Report
from graph.stores.base import Reader
from graph.vocabulary.countries import country_name
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import LINKS, TYPE_COLUMN, LinkRole, Row, link_types
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import dollars, megawatts, words

RANKED_BY = ("DEGREE", "IN_DEGREE", "OUT_DEGREE", "BETWEENNESS", "PAGERANK")
INTERVAL_METRICS = ("DEGREE", "BETWEENNESS", "PAGERANK")
"""The metrics whose ranks have intervals."""
_CAPACITY = link_types(LinkRole.CAPACITY_CONTRACT)
_INTERNAL = frozenset({"key", "name", "kinds"})


@dataclass(frozen=True)
class _Known:
    """All that a lens shows, and the organization that the dossier is about."""

    facts: Facts
    citations: Citations
    key: str
    evidence: tuple[str, ...]

    @property
    def row(self) -> Row:
        return self.facts.snapshot.organizations[self.key]

    @property
    def name(self) -> str:
        return str(self.row["name"] or self.key)

    @cached_property
    def links(self) -> Sequence[Row]:
        """Every link that the organization is an end of, firm or not."""
        links = self.facts.snapshot.links.values()
        return [link for link in links if self.key in (link.columns["from"], link.columns["to"])]

    @cached_property
    def lines(self) -> Mapping[str, LinkLine]:
        return LinkLines(self.facts.snapshot, self.citations, [link.key for link in self.links]).links

    @cached_property
    def view(self) -> NetworkView:
        return build_view(self.facts.snapshot)

    @cached_property
    def rankings(self) -> Mapping[str, Sequence[Ranked]]:
        return {metric: centrality(self.view, metric).rows for metric in RANKED_BY}

    @cached_property
    def ranks(self) -> Mapping[str, Ranked]:
        """Of this organization, by metric."""
        return {metric: next(self._own(rows)) for metric, rows in self.rankings.items()}

    def _own(self, rows: Sequence[Ranked]) -> Iterator[Ranked]:
        return (one for one in rows if one.organization.key == self.key)

    @cached_property
    def intervals(self) -> Mapping[str, RankIntervals]:
        """By metric; none where no link of it counts, which leaves it without a rank."""
        if not self.view.links_at(self.key):
            return {}
        return several_rank_intervals(self.view, INTERVAL_METRICS, self.facts.log)

    def interval(self, metric: str) -> Interval | None:
        return self.intervals[metric].intervals[self.key] if metric in self.intervals else None

    @cached_property
    def doubts(self) -> Sequence[Doubt]:
        """That it stands between its neighbours in the ranking, and that its contracts add to round amounts."""
        of = ReportFacts(self.facts, self.evidence)
        return [*doubted_neighbours(of, self._neighbours()), *doubted_amounts(of, self.firm, self.key)]

    def _neighbours(self) -> Iterator[tuple[str, float]]:
        """The one that ranks next above by number of counterparties, this one, the one next below."""
        if not self.view.links_at(self.key):
            return
        rows = [(row.organization.key, row.score or 0.0) for row in self.rankings["DEGREE"]]
        own = self.ranks["DEGREE"].score or 0.0
        yield from [pair for pair in rows if pair[1] > own][-1:]
        yield self.key, own
        yield from [pair for pair in rows if pair[1] < own and self.view.links_at(pair[0])][:1]

    @cached_property
    def firm(self) -> FirmSums:
        return FirmSums(self.facts.snapshot)

    @cached_property
    def ranked(self) -> int:
        """Organizations with a link that counts."""
        return sum(bool(self.view.links_at(key)) for key in self.view.graph)

    @cached_property
    def debts(self) -> Sequence[Row]:
        entities = self.facts.snapshot.entities.values()
        return [row for row in entities if row.label == "Debt" and row.columns["issuer"] == self.key]

    @cached_property
    def method(self) -> Method:
        return method_of(self.facts.snapshot, "DOSSIER", {"organization": self.key}, "as each figure is stated", ())


async def gather(reader: Reader, organization: OfOrganization) -> ReportDocument:
    """Raises StoreError."""
    facts, citations = await facts_of(reader), await read_citations(reader)
    known = _Known(facts, citations, organization, await read_evidence(reader))
    return await asyncio.to_thread(_document, known)


def _document(known: _Known) -> ReportDocument:
    sections = (section(known) for section in SECTIONS)
    return ReportDocument(
        name="dossier",
        title=f"Dossier: {known.name}",
        subject=known.key,
        sentences=tuple(_sentences(known)),
        sections=tuple(one for one in sections if one is not None and any(table.rows for table in one.tables)),
        method=known.method,
        methods=(
            known.method,
            *(one.method for one in known.intervals.values()),
            *(one.result.method for one in known.doubts),
        ),
        footnotes=known.facts.footnotes,
        figures=tuple(_figures(known)),
        evidence=known.evidence,
        notes=(
            "Firm: signed or active, in force, and neither conditional nor an option. Megawatts of different bases and "
            "layers are never added.",
            "Signs: ≤ up to, ≥ at least, ≈ about; such figures count as stated.",
        ),
    )


# ---- in short


def _sentences(known: _Known) -> Iterator[str]:
    kinds = ", ".join(words(kind) for kind in known.row["kinds"] or ()) or "organization"
    firm = [link for link in known.links if is_firm(link)]
    yield (
        f"{known.name} ({kinds}) stands in {len(known.links):,} links, {len(firm):,} of them firm; by number of "
        f"counterparties it is {_ordinal(known)} of {known.ranked:,} organizations."
    )
    yield _capacity_sentence(known)
    yield _evidence_sentence(known)


def _ordinal(known: _Known) -> str:
    return f"number {known.ranks['DEGREE'].rank}" if known.view.links_at(known.key) else "without a rank, the last"


_ENDS = {"from": "provides", "to": "takes"}


def _capacity_sentence(known: _Known) -> str:
    """Firm contracts by side, with what those of each layer add to in the basis that most of them state."""
    parts = [part for end, verb in _ENDS.items() if (part := _side_words(known, end, verb))]
    return f"It {'; it '.join(parts)}." if parts else "No firm contract for capacity is on record."


def _side_words(known: _Known, end: str, verb: str) -> str:
    contracts = sum(len(known.firm.contracts_of(layer, end, known.key)) for layer in Layer)
    sums = [
        f"{_range(one)} MW {words(basis)} of the {words(layer)} layer" for layer, basis, one in _largest(known, end)
    ]
    stated = f", {', '.join(sums)} among them" if sums else ""
    plural = "contract" if contracts == 1 else "contracts"
    return f"{verb} capacity under {contracts:,} firm {plural}{stated}" if contracts else ""


def _range(sum_: FirmSum) -> str:
    return " to ".join(dict.fromkeys(map(megawatts, (sum_.low, sum_.high))))


def _largest(known: _Known, end: str) -> Iterator[tuple[Layer, CapacityBasis, FirmSum]]:
    """Of each layer the basis that most contracts state."""
    for layer in Layer:
        sums = [(layer, basis, one) for layer_, basis, one in _megawatts(known, end) if layer_ is layer]
        if sums:
            yield max(sums, key=lambda one: len(one[2].contracts[0]))


def _megawatts(known: _Known, end: str) -> Iterator[tuple[Layer, CapacityBasis, FirmSum]]:
    for layer in Layer:
        keys = known.firm.contracts_of(layer, end, known.key)
        for basis in CapacityBasis:
            one = known.firm.megawatts(layer, basis, keys)
            if one is not None:
                yield layer, basis, one


def _evidence_sentence(known: _Known) -> str:
    footnotes = known.facts.footnotes
    sources = {row.columns["source"] for link in known.links for row in footnotes.chosen_about(link.key)}
    origins = {footnotes.sources[key].columns["origin"] for key in sources}
    return (
        f"These links rest on {len(sources):,} sources of {len(origins):,} independent origins; on "
        f"{len(_rival_rows(known)):,} of their values sources disagree."
    )


def _figures(known: _Known) -> Iterator[tuple[str, str]]:
    yield "Links", f"{len(known.links):,}"
    yield "… firm", f"{sum(map(is_firm, known.links)):,}"
    yield "Counterparties", f"{known.ranks['DEGREE'].score or 0:,.0f}"
    yield "Debts", f"{len(known.debts):,}"
    yield "Data through", str(known.facts.snapshot.data_through or "no dated source")


# ---- what it is

_PROPERTY_COLUMNS = (DocumentColumn("property", "Property"), DocumentColumn("value", "Value"))


def _profile(known: _Known) -> DocumentSection:
    return DocumentSection(
        "profile",
        "What it is",
        tables=(
            DocumentTable("profile", f"What is said of {known.name}", _PROPERTY_COLUMNS, [*_profile_rows(known)]),
            DocumentTable("ranks", "Where it stands", _RANK_COLUMNS, [*_rank_rows(known)]),
        ),
    )


def _profile_rows(known: _Known) -> Iterator[DocumentRow]:
    for name, prop in known.row.kind.properties.items():
        value = known.row[name]
        if value not in (None, (), False) and not prop.derived:
            figure = figure_id(known.key, name, known.facts.snapshot.lens, value) or ""
            evidence = CellEvidence((known.key,), frozenset({name}), figure=figure)
            cells = {
                "property": DocumentCell(name, words(name.upper())),
                "value": _value_cell(_readable(name, value), evidence),
            }
            yield DocumentRow(cells)


def _readable(name: str, value: object) -> object:
    return country_name(str(value)) if name == "country" else value


def _value_cell(value: object, evidence: CellEvidence) -> DocumentCell:
    return DocumentCell(describe_value(value), evidence=evidence)


_RANK_COLUMNS = (
    DocumentColumn("measure", "Measure"),
    DocumentColumn(
        "rank",
        "Rank",
        "",
        f"In brackets from the best to the worst in {COVERAGE:.0%} of draws in which sources are doubted.",
        digits=0,
    ),
    DocumentColumn("score", "Score"),
    DocumentColumn("says", "What it says"),
)


def _rank_rows(known: _Known) -> Iterator[DocumentRow]:
    for metric, ranked in known.ranks.items():
        interval = known.interval(metric)
        low, high = (interval.low, interval.high) if interval else (None, None)
        cells = {
            "measure": DocumentCell(words(metric)),
            "rank": DocumentCell(ranked.rank, low=low, high=high),
            "score": DocumentCell(ranked.score),
            "says": DocumentCell(METRICS[metric].doc),
        }
        yield DocumentRow(
            cells, evidence=CellEvidence(known.view.links_at(known.key), frozenset({"status", "from", "to"}))
        )


# ---- contracts and other links


def _is_capacity(link: Row) -> bool:
    return link.columns[TYPE_COLUMN] in _CAPACITY


def _contracts(known: _Known) -> DocumentSection:
    provided = [link for link in known.links if _is_capacity(link) and link.columns["from"] == known.key]
    taken = [link for link in known.links if _is_capacity(link) and link.columns["to"] == known.key]
    tables = (
        _link_table(known, "provides", f"Capacity that {known.name} provides", provided),
        _link_table(known, "takes", f"Capacity that {known.name} takes", taken),
    )
    return DocumentSection(
        "contracts",
        "Contracts for capacity",
        ("Firm ones first, then by value. What is handed on stands on both sides.",),
        tuple(_announced_chart(known, [*provided, *taken])),
        (_sums(known), *(table for table in tables if table.rows)),
    )


_SUM_COLUMNS = (
    DocumentColumn("side", "Side"),
    DocumentColumn("layer", "Layer"),
    DocumentColumn("basis", "Basis"),
    DocumentColumn("mw", "Sum", "MW", "Firm contracts, each chain once; a range where chains are not declared.", 1),
    DocumentColumn("usd", "Sum", "USD", "Value of the base term of firm contracts, each chain once."),
    DocumentColumn("contracts", "With a figure", "contracts", digits=0),
    DocumentColumn("without", "Without", "contracts", digits=0),
)


def _sums(known: _Known) -> DocumentTable:
    rows: list[DocumentRow] = []
    for end, verb in _ENDS.items():
        rows += [_sum_row(known, end, verb, layer, basis, one) for layer, basis, one in _megawatts(known, end)]
        for layer in Layer:
            one = known.firm.dollars(layer, known.firm.contracts_of(layer, end, known.key))
            if one is not None:
                rows.append(_sum_row(known, end, verb, layer, None, one))
    return DocumentTable("sums", "What firm contracts add to", _SUM_COLUMNS, rows)


def _sum_row(
    known: _Known, end: str, verb: str, layer: Layer, basis: CapacityBasis | None, one: FirmSum
) -> DocumentRow:
    measure = mw_column(basis) if basis else VALUE
    query = FirmSumFigure(layer, end, known.key, measure)
    figure = firm_sum_id(query, known.facts.snapshot.lens, one.low, one.high) or ""
    ends = (one.low, one.high) if one.high > one.low else (None, None)
    links = tuple(sorted(one.contracts[0]))
    properties = frozenset({f"capacities/{basis}"} if basis else {"value", "value_firm_usd"})
    evidence = CellEvidence(links, properties, figure=figure)
    cells = {
        "side": DocumentCell(verb),
        "layer": DocumentCell(words(layer)),
        "basis": DocumentCell(words(basis) if basis else "dollars"),
        ("mw" if basis else "usd"): DocumentCell(one.low, low=ends[0], high=ends[1], evidence=evidence),
        "contracts": DocumentCell(len(links)),
        "without": DocumentCell(one.without),
    }
    return DocumentRow(cells, evidence=CellEvidence(links, properties))


def _link_table(known: _Known, name: str, title: str, links: Iterable[Row]) -> DocumentTable:
    ordered = sorted(links, key=lambda link: (not is_firm(link), -_amount(link), link.key))
    return DocumentTable(name, title, LINK_COLUMNS, [link_row(known.lines[link.key]) for link in ordered], printed=15)


def _amount(link: Row) -> float:
    value = link["value"]
    return value.amount if value is not None else 0.0


_STATES = ("firm", "not firm")


def _announced_chart(known: _Known, links: Sequence[Row]) -> Iterator[DocumentChart]:
    """Values of contracts by the year in which they were announced; of those that state none the chart says so."""
    years: dict[str, dict[str, float]] = {}
    stated = [
        link for link in links if link["value"] is not None and link["value"].currency == "USD" and link["announced"]
    ]
    for link in stated:
        parts = years.setdefault(str(link["announced"].earliest.year), {})
        state = _STATES[0] if is_firm(link) else _STATES[1]
        parts[state] = parts.get(state, 0.0) + link["value"].amount
    if years:
        title = "Contracts by the year of their announcement"
        columns = [StackedColumn(year, years[year]) for year in sorted(years)]
        note = f"{len(links) - len(stated):,} of {len(links):,} contracts state no value in dollars, or no date."
        picture = stacked_columns(columns, _STATES, title, dollars)
        yield DocumentChart("announced", title, picture, "USD of base terms, as stated", note)


def _others(known: _Known) -> DocumentSection:
    by_type: dict[str, list[Row]] = {}
    for link in known.links:
        if not _is_capacity(link):
            by_type.setdefault(link.columns[TYPE_COLUMN], []).append(link)
    tables = tuple(
        _link_table(known, name.lower().replace("_", "-"), f"{words(name).capitalize()}", links)
        for name in LINKS
        if (links := by_type.get(name))
    )
    return DocumentSection("links", "Other links", ("Power, money, chips, stakes and partners.",), tables=tables)


# ---- on whom it hangs


def _concentration(known: _Known) -> DocumentSection:
    charts, tables = [], []
    for side in Side:
        inputs = ANALYTICS["concentration"].inputs(organization=known.key, side=side)
        result = ANALYTICS["concentration"].compute(known.facts, inputs)
        if not result.shares:
            continue
        table = table_of(ANALYTICS["concentration"], result, inputs, footnotes=known.facts.footnotes)
        tables += document_tables(table, [f"concentration-{side.lower()}"])
        if side in (Side.CUSTOMERS, Side.SUPPLIERS):
            title = f"{side.capitalize()} of {known.name}, by number of links"
            bars = [_share_bar(known, one) for one in result.shares[:8]]
            picture = share_bars(bars, title)
            charts.append(DocumentChart(f"concentration-{side.lower()}", title, picture, "share of links"))
    return DocumentSection("concentration", "On whom it hangs", charts=tuple(charts), tables=tuple(tables))


def _share_bar(known: _Known, one: Share) -> ShareBar:
    holder = one.organization or one.chip or one.links[0]
    return ShareBar(known.facts.footnotes.name(holder.key), one.share, f"{one.share:.0%}", hollow=one.unnamed)


def _tables(known: _Known, analytic: str, name: str, **stated: Any) -> list[DocumentTable]:
    """The tables of an analytic."""
    inputs = ANALYTICS[analytic].inputs(**stated)
    result = ANALYTICS[analytic].compute(known.facts, inputs)
    table = table_of(ANALYTICS[analytic], result, inputs, footnotes=known.facts.footnotes)
    return document_tables(table, [f"{name}-{number}" if number else name for number in range(len(table.parts))])


def _exposure(known: _Known) -> DocumentSection:
    text = "Who has contracts with it, and what of them is at stake should it fail: by direct contracts alone."
    losses, *amounts = _tables(known, "shock", "exposure", fail=(known.key,))
    stated = (one for one in amounts if one.numeric)
    return DocumentSection("exposure", "Who hangs on it", (text,), tables=(losses, *stated))


# ---- debt, totals, events


def _debt(known: _Known) -> DocumentSection:
    profile = _tables(known, "debt_profile", "debt-profile", group_by=(), issuer=known.key)
    own = DocumentTable("debts", "Debts that it issued", _DEBT_COLUMNS, [_debt_row(known, row) for row in known.debts])
    return DocumentSection("debt", "Debt", tables=(own, *(one for one in profile if one.rows)))


_DEBT_COLUMNS = (
    DocumentColumn("debt", "Debt"),
    DocumentColumn("principal", "Principal", "USD"),
    DocumentColumn("coupon", "Coupon", "%"),
    DocumentColumn("issued", "Issued"),
    DocumentColumn("maturity", "Maturity"),
)


def _debt_row(known: _Known, row: Row) -> DocumentRow:
    def cell(name: str, value: float | str | None, text: str = "") -> DocumentCell:
        figure = figure_id(row.key, name, known.facts.snapshot.lens, row[name]) or "" if value is not None else ""
        return DocumentCell(value, text, evidence=CellEvidence((row.key,), frozenset({name}), figure=figure))

    principal = row["value"]
    in_usd = principal.amount if principal is not None and principal.currency == "USD" else None
    cells = {
        "debt": DocumentCell(known.facts.footnotes.name(row.key)),
        "principal": cell(
            "principal", in_usd, describe_value(principal) if principal is not None and in_usd is None else ""
        ),
        "coupon": cell("coupon_pct", row["coupon_pct"]),
        "issued": cell("issued", _text(row["issued"])),
        "maturity": cell("maturity", _text(row["maturity"])),
    }
    return DocumentRow(cells, row.key, CellEvidence((row.key,)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _totals(known: _Known) -> DocumentSection:
    compared = _tables(known, "reconciliation", "reconciliation", organization=known.key)
    observed = [row for row in known.facts.observations.values() if row.columns["subject"] == known.key]
    rows = [_observed_row(known, row) for row in sorted(observed, key=lambda row: row.key)]
    own = DocumentTable("observations", "Figures that it or others stated", _OBSERVED_COLUMNS, rows, printed=20)
    text = "The company's own totals beside what contracts add to; a gap is shown, not filled."
    return DocumentSection("totals", "Its own totals", (text,), tables=(*compared, own))


_OBSERVED_COLUMNS = (
    DocumentColumn("about", "About"),
    DocumentColumn("figure", "Figure"),
    DocumentColumn("as_of", "As of"),
)


def _observed_row(known: _Known, row: Row) -> DocumentRow:
    figure = row["figure"]
    address = figure_id(row.key, "figure", known.facts.snapshot.lens, figure) or ""
    evidence = CellEvidence((row.key,), frozenset({"figure"}), figure=address)
    about = " ".join(part for part in (row["label"] or words(row["metric"]), row.columns.get("period")) if part)
    cells = {
        "about": DocumentCell(about),
        "figure": DocumentCell(describe_value(figure), evidence=evidence),
        "as_of": DocumentCell(_text(figure.as_of)),
    }
    return DocumentRow(cells, row.key)


def _events(known: _Known) -> DocumentSection:
    entities = known.facts.snapshot.entities.values()
    events = [row for row in entities if row.label == "Event" and known.key in (row["subjects"] or ())]
    columns = (
        DocumentColumn("date", "Date"),
        DocumentColumn("event", "Event"),
        DocumentColumn("summary", "What happened"),
    )
    rows = [
        DocumentRow(
            {
                "date": DocumentCell(_text(row["date"])),
                "event": DocumentCell(known.facts.footnotes.name(row.key)),
                "summary": DocumentCell(row["summary"]),
            },
            row.key,
            CellEvidence((row.key,)),
        )
        for row in sorted(events, key=lambda row: (_text(row["date"]) or "", row.key))
    ]
    return DocumentSection("events", "Events", tables=(DocumentTable("events", "What happened", columns, rows),))


# ---- where sources disagree

_RIVAL_COLUMNS = (
    DocumentColumn("about", "About"),
    DocumentColumn("property", "Property"),
    DocumentColumn("shown", "Shown"),
    DocumentColumn("rivals", "Others say"),
)


def _rival_rows(known: _Known) -> list[DocumentRow]:
    about = {known.key, *(link.key for link in known.links), *(row.key for row in known.debts)}
    named = known.facts.footnotes.name
    counted = [row for row in known.facts.statements.values() if row["counted"] and row.columns["subject"] in about]
    rows = []
    for one in disagreements_of(sorted(counted, key=lambda row: row.columns["place"])):
        subject, name, _ = one.slot
        cells = {
            "about": DocumentCell(known.facts.footnotes.name(subject), target=subject),
            "property": DocumentCell(name, name.replace("_", " ")),
            "shown": DocumentCell(_values_text([one.chosen], named), evidence=_by([one.chosen])),
            "rivals": DocumentCell(_values_text(one.contesting, named), evidence=_by(one.contesting)),
        }
        rows.append(DocumentRow(cells))
    return rows


def _values_text(statements: Iterable[Row], name: Callable[[str], str]) -> str:
    return "; ".join(dict.fromkeys(statement_text(row, name) for row in statements))


def _by(statements: Iterable[Row]) -> CellEvidence:
    return CellEvidence(statements=tuple(row.key for row in statements))


def _rivals(known: _Known) -> DocumentSection:
    rows = _rival_rows(known)
    text = (
        "Values of which other sources that count say something else of the same moment; the policy chose the one that "
        "is shown. What an earlier moment says is no disagreement."
    )
    table = DocumentTable("rivals", "Where sources disagree", _RIVAL_COLUMNS, rows, printed=15)
    return DocumentSection("rivals", "Where sources disagree", (text,), tables=(table,))


def _fragility(known: _Known) -> DocumentSection | None:
    text = (
        "The smallest sets of origins without which it changes places with its neighbours by number of counterparties, "
        "or what it provides, or takes, falls below a round figure."
    )
    return doubts_section(known.doubts, text)


SECTIONS: tuple[Callable[[_Known], DocumentSection | None], ...] = (
    _profile,
    _contracts,
    _fragility,
    _concentration,
    _exposure,
    _debt,
    _totals,
    _others,
    _events,
    _rivals,
)
"""In the order of the report; one without rows is left out."""

REPORT = Report(
    name="dossier",
    title="Dossier",
    summary="One organization, everything that is known: contracts, counterparties, debt, its own totals, events, "
    "where sources disagree, with the bibliography.",
    gather=gather,
)
