"""The report of changes: who moved between two lenses, which links moved them, by which statements, and every value
that changed. REPORT is its entry in the catalog."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.views import build_view
from graph.comparison.diff import ChangeCause, ChangeKind
from graph.evidence.captions import caption, statement_text
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
from graph.exports.wording import format_dates
from graph.pictures.ranking import MoveLine, rank_slope
from graph.publication.change_figures import change_figures
from graph.reports import changes
from graph.reports.changes import (
    CAUSES,
    ChangeReport,
    OfCauses,
    OfEntities,
    OfKinds,
    OfLabels,
    OfTypes,
    SourcedChange,
    format_value,
)
from graph.reports.rank_moves import MovedOrganization, MovingLink, RankMoves, rank_moves
from graph.reports.report import Lenses, Report
from graph.stores.base import Reader, Store
from graph.vocabulary.model import ENTITIES, TYPE_COLUMN, Row
from graph.vocabulary.wording import dollars, format_days, words

DRAWN = 16
"""Organizations in the chart of ranks."""
NAMED = 7
"""Contracts that the second sentence names."""


@dataclass(frozen=True)
class _Comparison:
    """What both lenses show, and what differs."""

    report: ChangeReport
    before: Facts
    after: Facts
    moves: RankMoves
    methods: tuple[Method, Method]

    def name(self, key: str) -> str:
        """The name of an organization, after the change where it is still there."""
        row = self.after.snapshot.entities.get(key) or self.before.snapshot.entities[key]
        return str(row["name"] or key)

    def knows(self, key: str) -> bool:
        return key in self.after.snapshot.entities or key in self.before.snapshot.entities

    def caption(self, link: Row) -> str:
        entities = {**self.before.snapshot.entities, **self.after.snapshot.entities}
        return caption(link, dict.fromkeys(ENTITIES, entities))


async def gather(
    store: Store,
    before: Reader,
    after: Reader,
    *,
    subject: OfEntities = (),
    type: OfTypes = (),
    label: OfLabels = (),
    kind: OfKinds = (),
    cause: OfCauses = (),
) -> ReportDocument:
    """Raises BadLens, StoreError."""
    report = await changes.gather(store, before, after, subject=subject, type=type, label=label, kind=kind, cause=cause)
    facts = [await facts_of(reader) for reader in (before, after)]
    return await asyncio.to_thread(_document, report, *facts)


def _document(report: ChangeReport, before: Facts, after: Facts) -> ReportDocument:
    views = [build_view(facts.snapshot) for facts in (before, after)]
    methods = [
        method_of(facts.snapshot, "CHANGES", {}, "none: every edge counts as 1", ()) for facts in (before, after)
    ]
    compared = _Comparison(report, before, after, rank_moves(*views), (methods[0], methods[1]))
    return ReportDocument(
        name="changes",
        title=f"What changed from {format_dates(report.before)} to {format_dates(report.after)}",
        sentences=tuple(_sentences(compared)),
        sections=(_moved(compared), _moving(compared), _changed(compared)),
        method=methods[1],
        before=methods[0],
        footnotes=_both(before.footnotes, after.footnotes),
        figures=tuple(_figures(compared)),
        evidence=report.evidence,
        notes=(
            "Ranks are those by number of counterparties, over links that are in force, signed or active, and firm.",
            "What a link moved: by how many ranks its two ends would stand elsewhere without it, added.",
        ),
        data=changes.to_json(report),
    )


def _both(before: Footnotes, after: Footnotes) -> Footnotes:
    """The footnotes of both sides; of what both have those of after, but for statements chosen before alone."""
    chosen_before = {
        key: row
        for key, row in before.statements.items()
        if row.columns["chosen"] and not (key in after.statements and after.statements[key].columns["chosen"])
    }
    snapshot = replace(
        after.snapshot,
        links={**before.snapshot.links, **after.snapshot.links},
        entities={**before.snapshot.entities, **after.snapshot.entities},
    )
    return Footnotes(
        snapshot,
        {**before.observations, **after.observations},
        {**after.statements, **chosen_before},
        {**before.sources, **after.sources},
    )


# ---- in short


def _sentences(compared: _Comparison) -> Iterator[str]:
    moves = compared.moves
    entered = [one for one in moves.organizations if one.rank_before is None]
    risen = [one for one in moves.organizations if one.risen > 0]
    yield (
        f"{len(entered):,} organizations entered the ranking, which has {moves.among[1]:,} now and had "
        f"{moves.among[0]:,}{_furthest(compared, risen)}."
    )
    came = [one for one in moves.links if one.came]
    went = [one for one in moves.links if not one.came]
    named = "; ".join(_contract(compared, one) for one in [one for one in came if one.is_contract][:NAMED])
    largest = f"; the largest contracts for capacity among them: {named}" if named else ""
    yield f"What moved it: {len(came):,} links came to count and {len(went):,} no longer do{largest}."
    yield _causes(compared.report)


def _furthest(compared: _Comparison, risen: Sequence[MovedOrganization]) -> str:
    first = (f"{compared.name(one.key)} from {one.rank_before} to {one.rank_after}" for one in risen[:3])
    return f"; furthest rose {', '.join(first)}" if risen else ""


def _contract(compared: _Comparison, one: MovingLink) -> str:
    ends = f"{compared.name(one.link.columns['from'])}–{compared.name(one.link.columns['to'])}"
    return f"{ends}, {dollars(one.amount_usd)} USD" if one.amount_usd else ends


def _causes(report: ChangeReport) -> str:
    counts = Counter(one.change.cause for one in report.changes)
    return (
        f"{report.count[0].upper()}{report.count[1:]} in all: {counts[ChangeCause.WORLD_CHANGED]:,} because the world "
        f"changed, {counts[ChangeCause.WE_LEARNT_MORE]:,} because we learnt more, {counts[ChangeCause.BOTH]:,} both."
    )


def _figures(compared: _Comparison) -> Iterator[tuple[str, str]]:
    kinds = Counter(one.change.kind for one in compared.report.changes)
    yield "Changes", f"{len(compared.report.changes):,}"
    yield from ((f"… {words(kind)}", f"{kinds[kind]:,}") for kind in ChangeKind)
    yield "Ranked before", f"{compared.moves.among[0]:,}"
    yield "Ranked after", f"{compared.moves.among[1]:,}"


# ---- who moved

_MOVED_COLUMNS = (
    DocumentColumn("organization", "Organization"),
    DocumentColumn("rank_before", "Rank before", digits=0),
    DocumentColumn("rank_after", "Rank after", digits=0),
    DocumentColumn("risen", "Risen", "ranks", "Rank before less rank after.", digits=0),
    DocumentColumn("degree_before", "Degree before", "counterparties", digits=0),
    DocumentColumn("degree_after", "Degree after", "counterparties", digits=0),
    DocumentColumn("moved_by", "Moved by its own links"),
)


def _moved(compared: _Comparison) -> DocumentSection:
    rows = [_moved_row(compared, one) for one in compared.moves.organizations]
    both = [one for one in compared.moves.organizations if one.risen and (one.came or one.went)]
    drawn = sorted(both, key=lambda one: (min(one.rank_before or 999, one.rank_after or 999), one.key))[:DRAWN]
    text = (
        "Ranks by number of counterparties. Who has no link of its own that came or went was moved by others. One who "
        "enters had no link that counts before; the table has the furthest risen first."
    )
    return DocumentSection(
        "moved",
        "Who moved",
        (text,),
        tuple(_slope(compared, drawn)),
        (DocumentTable("moved", "Organizations that moved, entered or left", _MOVED_COLUMNS, rows, printed=20),),
    )


def _slope(compared: _Comparison, drawn: Sequence[MovedOrganization]) -> Iterator[DocumentChart]:
    lines = [
        MoveLine(compared.name(one.key), one.rank_before, one.rank_after)
        for one in drawn
        if one.rank_before and one.rank_after
    ]
    if lines:
        title = f"Ranks before and after, of the {len(lines)} highest that moved by links of their own"
        ends = (format_days(format_dates(compared.report.before)), format_days(format_dates(compared.report.after)))
        yield DocumentChart("moved", title, rank_slope(lines, ends, title), "rank")


def _moved_row(compared: _Comparison, one: MovedOrganization) -> DocumentRow:
    links = {**compared.before.snapshot.links, **compared.after.snapshot.links}
    said = [compared.caption(links[key]) for key in one.came] + [
        f"gone: {compared.caption(links[key])}" for key in one.went
    ]
    cells = {
        "organization": DocumentCell(compared.name(one.key)),
        "rank_before": DocumentCell(one.rank_before),
        "rank_after": DocumentCell(one.rank_after),
        "risen": DocumentCell(one.risen or None, formula="{rank_before}-{rank_after}" if one.risen else ""),
        "degree_before": DocumentCell(one.degree_before),
        "degree_after": DocumentCell(one.degree_after),
        "moved_by": DocumentCell("; ".join(said)),
    }
    return DocumentRow(cells, one.key, CellEvidence((*one.came, *one.went)))


# ---- what moved it

_LINK_COLUMNS = (
    DocumentColumn("link", "Link"),
    DocumentColumn("what", "What"),
    DocumentColumn("type", "Type", detail=True),
    DocumentColumn("announced", "Announced"),
    DocumentColumn("amount", "Amount", "USD", "What it is about, as stated: value of the base term, principal, cap."),
    DocumentColumn("ranks_moved", "Moved", "ranks", "Ranks of its two ends without it, added.", digits=0),
    DocumentColumn("why", "Why"),
)
_STATEMENT_COLUMNS = (
    DocumentColumn("link", "Link"),
    DocumentColumn("property", "Property"),
    DocumentColumn("says", "Says"),
    DocumentColumn("known_from", "Known from"),
    DocumentColumn("publisher", "Publisher"),
    DocumentColumn("statement", "Statement", detail=True),
)


def _moving(compared: _Comparison) -> DocumentSection:
    causes = {one.change.key: one.change.cause for one in compared.report.changes if one.change.label == "Link"}
    rows = [_link_row(compared, one, causes) for one in compared.moves.links]
    contracts = [one for one in compared.moves.links if one.is_contract]
    statements = [row for one in contracts for row in _statement_rows(compared, one)]
    text = (
        "Links that count on one side alone: contracts for capacity first, then by amount, then by how far they moved "
        "their two ends. Below stand the statements by which the contracts came or went."
    )
    return DocumentSection(
        "moving",
        "What moved the ranking",
        (text,),
        tables=(
            DocumentTable("moving", "Links that came or went", _LINK_COLUMNS, rows, printed=20),
            DocumentTable("statements", "Statements of the contracts", _STATEMENT_COLUMNS, statements, printed=30),
        ),
    )


def _link_row(compared: _Comparison, one: MovingLink, causes: Mapping[str, ChangeCause]) -> DocumentRow:
    cause = causes.get(one.link.key)
    cells = {
        "link": DocumentCell(compared.caption(one.link)),
        "what": DocumentCell("came" if one.came else "went"),
        "type": DocumentCell(one.link.columns[TYPE_COLUMN], words(one.link.columns[TYPE_COLUMN])),
        "announced": DocumentCell(str(one.link["announced"]) if one.link["announced"] else None),
        "amount": DocumentCell(one.amount_usd or None),
        "ranks_moved": DocumentCell(one.ranks_moved),
        "why": DocumentCell(cause, CAUSES[cause]) if cause else DocumentCell(),
    }
    return DocumentRow(cells, one.link.key, CellEvidence((one.link.key,)))


def _statement_rows(compared: _Comparison, one: MovingLink) -> Iterator[DocumentRow]:
    """The statements that were chosen on the side on which the link counts."""
    footnotes = (compared.after if one.came else compared.before).footnotes
    for row in footnotes.chosen_about(one.link.key):
        cells = {
            "link": DocumentCell(compared.caption(one.link), target=one.link.key),
            "property": _property_cell(row.columns["property"]),
            "says": DocumentCell(statement_text(row, footnotes.name)),
            "known_from": DocumentCell(row.columns.get("known_from")),
            "publisher": DocumentCell(footnotes.sources[row.columns["source"]].columns["publisher"]),
            "statement": DocumentCell(row.key),
        }
        yield DocumentRow(cells, evidence=CellEvidence(statements=(row.key,)))


# ---- every change

_CHANGE_COLUMNS = (
    DocumentColumn("name", "What"),
    DocumentColumn("label", "Kind", detail=True),
    DocumentColumn("key", "Key", detail=True),
    DocumentColumn("type", "Type", detail=True),
    DocumentColumn("property", "Property"),
    DocumentColumn("kind", "Change"),
    DocumentColumn("before", "Before"),
    DocumentColumn("after", "After"),
    DocumentColumn("cause", "Why"),
    DocumentColumn("sources", "Keys of sources", detail=True),
)


def _changed(compared: _Comparison) -> DocumentSection:
    lenses = compared.report.before, compared.report.after
    rows = [_change_row(compared, one, *change_figures(one.change, *lenses)) for one in compared.report.changes]
    text = (
        "Row by row: contracts for capacity first, then other links, then what else there is. A value may change "
        "because the world changed, because we learnt more, or both."
    )
    table = DocumentTable("changes", "Every change", _CHANGE_COLUMNS, rows, printed=25)
    return DocumentSection("changes", "Every change", (text,), tables=(table,))


def _property_cell(name: str | None) -> DocumentCell:
    return DocumentCell(name, name.replace("_", " ")) if name else DocumentCell()


def _change_row(compared: _Comparison, one: SourcedChange, old: str, new: str) -> DocumentRow:
    """`old` and `new` are the IDs of both values, where they are figures."""
    change = one.change
    cells = {
        "name": DocumentCell(change.name or change.key),
        "label": DocumentCell(change.label),
        "key": DocumentCell(change.key),
        "type": DocumentCell(change.type),
        "property": _property_cell(change.property),
        "kind": DocumentCell(change.kind, words(change.kind)),
        "before": _value_cell(compared, format_value(change, change.before), old),
        "after": _value_cell(compared, format_value(change, change.after), new),
        "cause": DocumentCell(change.cause, CAUSES[change.cause]),
        "sources": DocumentCell(" ".join(one.sources)),
    }
    return DocumentRow(cells, evidence=CellEvidence(sources=one.sources))


def _value_cell(compared: _Comparison, text: str, figure: str) -> DocumentCell:
    """Keys as names, codes as words."""
    shown = compared.name(text) if compared.knows(text) else words(text) if _CODE.fullmatch(text) else text
    return DocumentCell(text, shown, evidence=CellEvidence(figure=figure))


_CODE = re.compile("[A-Z]+(_[A-Z]+)*")


REPORT = Report(
    name="changes",
    title="Changes",
    summary="Who moved in the ranking between two days, which links moved them and by which statements; what was "
    "added, removed, changed, and whether the world changed or we learnt more.",
    gather=gather,
    lenses=Lenses.TWO,
)
