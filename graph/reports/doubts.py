"""What would have to be false for what a report says: the smallest sets of origins without which a conclusion changes,
in sentences that stand by themselves, and as a table with the sources of each set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from graph.analytics.contracts.firm_sums import FIRM_CONTRACTS, FirmSum, FirmSums
from graph.analytics.core.exclusions import Parties
from graph.analytics.core.scope import Scope, Weight
from graph.analytics.core.views import EdgeSide
from graph.analytics.network.fragility import Conclusion, Fragility, FragilityOutcome, LeftOutOrigin
from graph.exports.documents.model import (
    CellEvidence,
    DocumentCell,
    DocumentColumn,
    DocumentRow,
    DocumentSection,
    DocumentTable,
)
from graph.exports.wording import megawatts_of
from graph.reports.analysis import Analysis, ReportFacts
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import dollars, megawatts, words

BUDGET = 300
"""Sets of origins that are tried for each conclusion: at most half a second."""
SAID = 3
"""Conclusions that a section says in sentences: those that hang on the fewest origins."""
NAMED = 3
"""Origins that a sentence names."""
_ROUND = (5, 2, 1)


@dataclass(frozen=True)
class Doubt:
    """`claim`: what the report says, a sentence. `lead`: cells that stand first in the row of the table."""

    claim: str
    analysis: Analysis
    lead: Mapping[str, DocumentCell] = field(default_factory=dict)

    @property
    def result(self) -> Fragility:
        return self.analysis.result  # type: ignore[no-any-return]

    @property
    def origins(self) -> Sequence[LeftOutOrigin]:
        """Of the first of the smallest sets."""
        return self.result.rows[0].origins if self.result.rows else ()

    @property
    def sentence(self) -> str:
        """What the claim hangs on, with the sources of one set, and what holds without them."""
        result = self.result
        if result.outcome is FragilityOutcome.NEVER:
            return f"{self.claim} No set of origins changes that."
        if not self.origins:
            return f"{self.claim} To change that it takes {_count(result.lower)} at least."
        if result.outcome is FragilityOutcome.BOUNDS:
            size = f"It takes {result.lower} to {_count(result.upper)} to change that: for example"
        elif result.upper == 1:
            size = "That hangs on a single origin:"
        else:
            size = f"That is otherwise only if {_count(result.upper)} are left out together:"
        return f"{self.claim} {size} without {_listed(self.origins)}, {_small(result.rows[0].then)}"


def _count(origins: int | None) -> str:
    return f"{origins} {'origin' if origins == 1 else 'independent origins'}"


def _small(sentence: str) -> str:
    """As it goes on within another: "No figure" begins small, a name does not."""
    first, _, rest = sentence.partition(" ")
    return f"{first.lower()} {rest}" if first in ("No", "They") else sentence


def _listed(origins: Sequence[LeftOutOrigin]) -> str:
    named = [describe_origin(one) for one in origins[:NAMED]]
    more = len(origins) - len(named)
    return "; ".join([*named, *([f"{more} more"] if more else [])])


def describe_origin(origin: LeftOutOrigin) -> str:
    """Who published it and when, with how many sources repeat it: "Reuters (2026-03-14)"."""
    if not origin.sources:
        return origin.origin
    first = min(origin.sources, key=_first_day)
    when, more = first["published"], len(origin.sources) - 1
    shown = f"{first['publisher']} ({when})" if when else str(first["publisher"])
    return f"{shown} and {more} more of the same origin" if more else shown


def _first_day(source: Row) -> tuple[str, str]:
    return str(source["published"] or "9999"), source.key


# ---- which conclusions


def doubted_loop(of: ReportFacts, organizations: tuple[str, ...], lead: Mapping[str, DocumentCell]) -> Doubt:
    """That money flows in a circle through these."""
    analysis = of.analyze("fragility", conclusion=Conclusion.LOOP, organizations=organizations, budget=BUDGET)
    return Doubt(analysis.result.conclusion, analysis, lead)


def doubted_neighbours(of: ReportFacts, ranked: Iterable[tuple[str, float]]) -> Iterator[Doubt]:
    """That each of these organizations, with its degree, has more counterparties than the next; where both have as
    many, nothing is said."""
    for (higher, more), (lower, fewer) in pairwise(ranked):
        if more > fewer:
            pair = (higher, lower)
            analysis = of.analyze("fragility", conclusion=Conclusion.RANKING, organizations=pair, budget=BUDGET)
            said = f"{of.name(higher)} has more counterparties on record than {of.name(lower)}, {more:,.0f} to "
            yield Doubt(f"{said}{fewer:,.0f}.", analysis)


SIDES: Mapping[EdgeSide, tuple[str, str]] = {EdgeSide.OUT: ("from", "provides"), EdgeSide.IN: ("to", "takes")}
"""The end of a contract at which a party stands, and what it does there."""


def doubted_amounts(of: ReportFacts, sums: FirmSums, organization: str) -> Iterator[Doubt]:
    """That what an organization provides, and what it takes, is a round amount or more: the most megawatts of one
    layer and basis, and the most dollars of one layer, by firm contracts."""
    for side in SIDES:
        yield from _doubted(of, organization, side, Weight.CAPACITY_MW, _most_megawatts(sums, organization, side))
        yield from _doubted(of, organization, side, Weight.VALUE_USD, _most_dollars(sums, organization, side))


def doubted_megawatts(of: ReportFacts, organization: str, layer: Layer, basis: CapacityBasis) -> Iterator[Doubt]:
    """That an organization provides a round number of megawatts of one kind, or more."""
    scope = replace(FIRM_CONTRACTS, layer=layer, basis=basis)
    yield from _doubted(of, organization, EdgeSide.OUT, Weight.CAPACITY_MW, scope)


def _most_megawatts(sums: FirmSums, organization: str, side: EdgeSide) -> Scope | None:
    found: list[tuple[float, Scope]] = []
    for layer in Layer:
        contracts = sums.contracts_of(layer, SIDES[side][0], organization)
        for basis in CapacityBasis:
            one: FirmSum | None = sums.megawatts(layer, basis, contracts)
            if one is not None:
                found.append((one.high, replace(FIRM_CONTRACTS, layer=layer, basis=basis)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _most_dollars(sums: FirmSums, organization: str, side: EdgeSide) -> Scope | None:
    found: list[tuple[float, Scope]] = []
    for layer in Layer:
        one = sums.dollars(layer, sums.contracts_of(layer, SIDES[side][0], organization))
        if one is not None:
            found.append((one.high, replace(FIRM_CONTRACTS, layer=layer)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _doubted(
    of: ReportFacts, organization: str, side: EdgeSide, weight: Weight, scope: Scope | None
) -> Iterator[Doubt]:
    if scope is None:
        return
    view = of.facts.view(scope, weight=weight, parties=Parties.NAMED_OR_NOT)
    amount = view.strength(organization, side)
    if not amount:
        return
    analysis = of.analyze(
        "fragility",
        conclusion=Conclusion.AMOUNT,
        organizations=(organization,),
        side=side,
        weight=weight,
        scope=scope,
        below=round_figure(amount),
        budget=BUDGET,
    )
    kind = megawatts_of(str(scope.basis)) if scope.basis else "USD"
    say = megawatts if weight is Weight.CAPACITY_MW else dollars
    unit = f"{kind} of the {words(scope.layer)} layer"
    claim = f"{of.name(organization)} {SIDES[side][1]} {say(round_figure(amount))} {unit} or more by firm contracts"
    yield Doubt(f"{claim}, {say(amount)} in all.", analysis)


def round_figure(amount: float) -> float:
    """The largest of 1, 2, 5, 10, 20 and so on that is at most the amount, which is above 0: what a headline says."""
    size = 10.0 ** math.floor(math.log10(amount))
    return next((one * size for one in _ROUND if one * size <= amount), amount)


# ---- what is said


CONCLUSION = (DocumentColumn("claim", "What holds"),)
_COLUMNS = (
    DocumentColumn("least", "Origins", "at least", "It takes so many at least to change it.", 0),
    DocumentColumn("most", "", "at most", "So many are enough.", 0, detail=True),
    DocumentColumn("without", "Otherwise without, for example", "", "Origins: sources that are one voice."),
    DocumentColumn("then", "Then"),
    DocumentColumn("sets", "Such sets", "", "How many sets of so many origins were found.", 0, detail=True),
    DocumentColumn("origins", "Keys of the origins", detail=True),
)


def doubts_section(
    doubts: Sequence[Doubt], text: str, lead: tuple[DocumentColumn, ...] = CONCLUSION
) -> DocumentSection | None:
    """None without doubts. `lead`: the columns that stand first."""
    if not doubts:
        return None
    rows = [_row(one) for one in doubts]
    table = DocumentTable("fragility", "What would have to be false", (*lead, *_COLUMNS), rows, printed=10)
    rule = (
        "An origin is left out with all that its sources say of links; reprints are one origin. "
        f"{BUDGET} sets of origins are tried for each conclusion; where they are not enough, bounds are told."
    )
    said = (one.sentence for one in sorted(doubts, key=_fragile_first)[:SAID])
    return DocumentSection("fragility", "What would have to be false", (f"{text} {rule}", *said), tables=(table,))


def _fragile_first(one: Doubt) -> float:
    size = one.result.upper or one.result.lower
    return float(size) if size else float("inf")


def _row(doubt: Doubt) -> DocumentRow:
    result, origins = doubt.result, doubt.origins
    never = result.outcome is FragilityOutcome.NEVER
    cells = {
        **(doubt.lead or {"claim": DocumentCell(doubt.claim)}),
        "least": DocumentCell(result.lower),
        "most": DocumentCell(result.upper),
        "without": DocumentCell("no set of origins" if never else _listed(origins)),
        "then": DocumentCell(result.rows[0].then if result.rows else ""),
        "sets": DocumentCell(len(result.rows)),
        "origins": DocumentCell(", ".join(one.origin for one in origins)),
    }
    sources = tuple(dict.fromkeys(source.key for one in origins for source in one.sources))
    links = tuple(dict.fromkeys(link.key for one in origins for link in one.links))
    return DocumentRow(cells, evidence=CellEvidence(links, sources=sources))
