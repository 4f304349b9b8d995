"""Results of analytics as GraphQL types: each shows an object of `graph.analytics`, whose rows become nodes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from api.context.fields import Field
from api.schema.connections import TYPES
from api.schema.derive import MoneyObject
from api.schema.evidence_fields import NOTHING_DATED, THROUGH
from api.schema.lenses import LensObject
from api.schema.result_fields import (
    USUAL_LINKS,
    USUAL_ROWS,
    all_parts,
    all_rows_of,
    named,
    part,
    parts,
    plain,
    result,
    row,
    rows,
)
from api.schema.scalars import JSON, enum_of
from api.schema.types import EntityNode, LinkNode, ObservationNode, SourceNode, StatementNode
from graph.analytics.contracts.groups import Period
from graph.analytics.core.method import Engine
from graph.analytics.network.centrality import METRICS, CentralityMetric
from graph.analytics.network.loops import LegKind
from graph.analytics.risk.exposures import Claim
from graph.evidence.scenarios import ShockModel
from graph.vocabulary.enums import Confidence, Layer
from graph.vocabulary.values import Bound, CapacityBasis, PartialDate

for _value in enum_of(CentralityMetric).__strawberry_definition__.values:  # type: ignore[attr-defined]  # as in enum_of
    _value.description = METRICS[_value.value].says
Organization, Chip = TYPES["Organization"], TYPES["Chip"]


# ---- what all have in common

Method = result(
    "Method",
    "How a figure came about.",
    [
        plain("name", str, "What was computed."),
        plain("parameters", JSON, "With which parameters, the scope among them."),
        plain("size", JSON, "What was counted for it, by name: nodes, edges, links.", lambda of: dict(of.size)),
        plain("weight", str, "What a weight means, in words: strength or distance, and its unit."),
        plain("engine", enum_of(Engine), "What computed it."),
        plain("libraries", JSON, "Versions of the libraries, by name."),
        plain("data_version", str, "Id of the data version."),
        plain("data_through", date, THROUGH, lambda of: of.data_through or NOTHING_DATED),
        plain("lens", LensObject, "The lens, with both dates."),
        plain("assumptions", list[str], "What counts with a grain of salt, each as a sentence with its number."),
    ],
)


def method() -> Field:
    return part("method", Method, "How it came about.")


Excluded = result(
    "Excluded",
    "A link that was asked for and does not count.",
    [
        row("link", LinkNode, "The link."),
        plain("because", str, "Why it does not count."),
    ],
)


def excluded() -> Field:
    return parts("excluded", Excluded, "Links that were asked for and do not count, each with the reason.")


def total_count(name: str = "rows") -> Field:
    return plain("total_count", int, "How many rows there are in all.", lambda of: len(getattr(of, name)))


MwRange = result(
    "MwRange",
    "Megawatts of contracts that may be about the same capacity.",
    [
        plain("low", float, "What is proven to be distinct."),
        plain("high", float, "If nothing overlaps but what is declared to."),
    ],
)


def _layer() -> Field:
    return plain("layer", enum_of(Layer), "The layer; layers are never added.")


def _basis() -> Field:
    return plain("basis", enum_of(CapacityBasis), "What the megawatts measure; bases are never added.")


def _range() -> Field:
    return part("mw", MwRange, "The megawatts.")


def _group() -> Field:
    return plain("group", JSON, "What the contracts have in common, by the name of the group; null: they do not say.")


# ---- capacity

CapacityRow = result(
    "CapacityRow",
    "Contracted megawatts of one group, layer and basis.",
    [
        _group(),
        _layer(),
        _basis(),
        _range(),
        plain("contracts", int, "Contracts of the group and layer."),
        plain("contracts_without_mw", int, "Those of them that state no megawatts of the basis."),
        plain("conditional_mw", float, "Beside: megawatts under a condition."),
        plain("option_mw", float, "Beside: megawatts of options and rights."),
        plain("letter_mw", float, "Beside: megawatts of letters of intent."),
        plain("lapsed_mw", float, "Beside: megawatts of agreements that are no longer in force."),
        rows("links", LinkNode, "The contracts that state megawatts of the basis."),
        rows("contained", LinkNode, "Those of them whose megawatts are in another's."),
        rows("without", LinkNode, "The contracts that state none of the basis."),
    ],
)
CapacityTable = result(
    "CapacityTable",
    "Contracted megawatts by group; rows are never added across layers or bases.",
    [parts("rows", CapacityRow, "By layer and basis, the largest first."), total_count(), excluded(), method()],
)

TimelineRow = result(
    "TimelineRow",
    "Megawatts in service on the last day of a period.",
    [
        plain("period", str, "The period, e.g. 2026-Q3."),
        _group(),
        _layer(),
        _basis(),
        plain("confirmed_mw", float, "Megawatts that are said to run."),
        plain("planned_mw", float, "Megawatts planned to run by then."),
        plain("overdue_mw", float, "Megawatts whose planned start has passed unconfirmed."),
        rows("links", LinkNode, "The contracts that are added."),
    ],
)
Timeline = result(
    "Timeline",
    "Megawatts in service over time; a signed contract is in force before its service begins.",
    [
        plain("by", enum_of(Period), "How long a period is."),
        parts("rows", TimelineRow, "By layer, basis, group and period, each group from its first megawatt on."),
        total_count(),
        excluded(),
        method(),
    ],
)

Slip = result(
    "Slip",
    "A planned date that moved.",
    [
        row("link", LinkNode, "The contract."),
        plain("property", str, "Which date: service_from, effective_from, or capacities (a phase of its megawatts)."),
        plain("phase", str | None, "The phase, where it is one."),
        plain("before", PartialDate, "What was planned."),
        plain("after", PartialDate, "What became of it."),
        plain("known_on", date, "Since when that is known."),
        named("statement", StatementNode, "The statement that says so."),
    ],
)

# ---- prices

Comparable = result(
    "Comparable",
    "What one contract pays, in one basis. Ratios have both ends from this contract.",
    [
        row("link", LinkNode, "The contract."),
        plain("structure", str, "Its class: only contracts of one structure are compared."),
        plain("mw", float | None, "Its megawatts."),
        plain("basis", enum_of(CapacityBasis) | None, "What they measure."),
        plain("years", float | None, "The base term."),
        plain("base_usd", float | None, "US dollars over the base term."),
        plain("bound", enum_of(Bound), "How the ratios are bounded."),
        plain("usd_per_mw_year", float | None, "US dollars per megawatt and year, on average."),
        plain("first_year_usd_per_mw_year", float | None, "The same in the first year, by the escalator."),
        plain("last_year_usd_per_mw_year", float | None, "The same in the last year, by the escalator."),
        plain("usd_per_kw_month", float | None, "US dollars per kilowatt and month, on average."),
        plain("hardware_usd", float | None, "What the chips bought for this contract alone cost."),
        plain("without_hardware_usd_per_mw_year", float | None, "US dollars per megawatt and year without that."),
        plain("noi_usd_per_mw_year", float | None, "Net operating income per megawatt and year."),
        plain("prepayment_pct", float | None, "Share of the value that is paid ahead, in percent."),
        plain("guaranteed_usd", float | None, "What guarantees for its payments cover, up to its value."),
        plain("excluded_because", str | None, "Why it has no price per megawatt."),
    ],
)
StructureClass = result(
    "StructureClass",
    "Prices of the contracts of one structure and basis, in US dollars per megawatt and year.",
    [
        plain("structure", str, "The class."),
        _basis(),
        plain("contracts", int, "How many have a price without a bound."),
        plain("low", float, "The lowest."),
        plain("median", float, "The median."),
        plain("high", float, "The highest."),
    ],
)
ComparableTable = result(
    "ComparableTable",
    "Contracts side by side; structures and bases are never crossed.",
    [
        parts("rows", Comparable, "By structure and basis, the dearest first, those without a price last."),
        total_count(),
        parts("classes", StructureClass, "What the contracts of one structure and basis pay."),
        excluded(),
        method(),
    ],
)

# ---- concentration

Share = result(
    "Share",
    "The share of one organization or chip.",
    [
        row("organization", Organization | None, "Whose share it is, of an organization."),
        row("chip", Chip | None, "Which share it is, of a chip."),
        plain("share", float, "From 0 to 1."),
        plain("amount", float, "In the unit of the measure."),
        rows("links", LinkNode, "The links that are added."),
    ],
)
Concentration = result(
    "Concentration",
    "On how few others an organization hangs.",
    [
        parts("shares", Share, "The largest first."),
        total_count("shares"),
        plain(
            "hhi",
            float | None,
            "Herfindahl-Hirschman index, the sum of squared shares: 1 for one alone, 1/n for n alike; null for none.",
            lambda of: of.hhi if of.shares else None,
        ),
        excluded(),
        method(),
    ],
)
ChipDependency = result(
    "ChipDependency",
    "How much of what a host has contracted runs on one vendor's chips alone.",
    [
        row("organization", Organization, "The host."),
        row("vendor", Organization, "Who makes the chips."),
        plain("share", float, "From 0 to 1, at least: other contracts name no chips, or those of several vendors."),
        plain("mw", float, "Megawatts on this vendor's chips."),
        plain("of_mw", float, "Megawatts contracted."),
        rows("links", LinkNode, "The contracts on this vendor's chips."),
    ],
)
ChipDependencyTable = result(
    "ChipDependencyTable",
    "Chip dependency by host.",
    [parts("rows", ChipDependency, "By host, the largest vendor first."), total_count(), excluded(), method()],
)

# ---- reconciliation

OtherBasis = result(
    "OtherBasis",
    "Megawatts of the same contracts in a basis that is not comparable.",
    [
        plain("basis", enum_of(CapacityBasis), "What they measure.", lambda of: of[0]),
        plain("mw", float, "Megawatts.", lambda of: of[1]),
    ],
)
Reconciliation = result(
    "Reconciliation",
    "A total that a company states, beside what the links found add to. The gap is shown, not filled.",
    [
        row("observation", ObservationNode, "The total, with its source."),
        _layer(),
        plain("basis", enum_of(CapacityBasis) | None, "What megawatts measure; null for money."),
        plain("basis_stated", bool, "Whether the company says which basis; else one row stands for each."),
        plain("stated", float, "What the company states."),
        plain("found", float, "What the links add to."),
        plain("gap", float, "Stated less found: positive where links are missing."),
        plain("unit", str, "MW or USD."),
        rows("links", LinkNode, "The links that are added."),
        all_parts(
            "other_bases",
            OtherBasis,
            "The same contracts in bases that are not comparable.",
            lambda of: list(of.other_bases.items()),
        ),
        rows("beyond", LinkNode, "Contracts of the same parties that the total does not name."),
        excluded(),
        method(),
    ],
)
NotCompared = result(
    "NotCompared",
    "A stated total that is not compared.",
    [row("observation", ObservationNode, "The total."), plain("because", str, "Why it is not compared.")],
)

# ---- centrality and structure


CentralityRow = result(
    "CentralityRow",
    "One organization in a ranking; equal scores share a rank.",
    [
        plain("rank", int, "1 is the highest; after equal scores the next ranks are left free."),
        row("organization", Organization, "Who."),
        plain("score", float | None, "The score; null where there is none."),
        plain("rank_low", int | None, "The best rank of its interval; null unless `uncertainty` is asked for."),
        plain("rank_high", int | None, "The worst rank of its interval."),
    ],
)
CentralityTable = result(
    "CentralityTable",
    "A ranking of all organizations but placeholders, the best first.",
    [
        plain("metric", enum_of(CentralityMetric), "What is ranked by.", lambda of: CentralityMetric(of.metric)),
        all_parts("rows", CentralityRow, "The first of them."),
        total_count("ranking"),
        excluded(),
        method(),
    ],
)
SourceEffect = result(
    "SourceEffect",
    "What a ranking would be without one source.",
    [
        row("source", SourceNode, "The source."),
        plain("moved", int, "How many organizations would have another rank."),
        row("largest", Organization, "Who would move furthest."),
        plain("ranks_moved", int, "By how many ranks."),
    ],
)
Community = result(
    "Community",
    "Organizations that are linked among themselves more than with others.",
    [
        plain("id", int, "Its number in this answer, by size."),
        rows("organizations", Organization, "Its members, by name.", usual=USUAL_ROWS),
        plain("modularity_share", float | None, "What it adds to the modularity of the whole."),
    ],
)
WeakPoints = result(
    "WeakPoints",
    "Without whom, or what, a piece of the graph falls in two.",
    [
        rows("articulation_points", Organization, "Organizations, by name.", usual=USUAL_ROWS),
        rows("bridges", LinkNode, "Links; those between the same two stand together.", usual=USUAL_ROWS),
        method(),
    ],
)

# ---- walks


def _truncated() -> Field:
    return plain("truncated", bool, "Whether there are more, or the search was cut short.")


def _weakest() -> Field:
    return plain("weakest_confidence", enum_of(Confidence), "Confidence of the weakest step: that of its best link.")


Path = result(
    "Path",
    "A way from one entity to another, with the links of every hop.",
    [
        rows("links", LinkNode, "The links, hop by hop.", usual=USUAL_ROWS),
        all_rows_of("entities", EntityNode, "The entities on the way, both ends included."),
        plain(
            "mw",
            float | None,
            "The least megawatts of a hop, in the one layer and basis that all hops state; null without such.",
        ),
        plain("layer", enum_of(Layer) | None, "The layer of these megawatts."),
        plain("basis", enum_of(CapacityBasis) | None, "What these megawatts measure."),
        _weakest(),
    ],
)
PathTable = result(
    "PathTable",
    "Ways that visit nothing twice.",
    [all_parts("paths", Path, "The shortest first."), _truncated(), excluded(), method()],
)
ReachRow = result(
    "ReachRow",
    "An entity within reach.",
    [
        row("entity", EntityNode, "What is reached."),
        plain("hops", int, "In so many hops."),
        part("path", Path, "The first of the shortest ways."),
    ],
)
ReachTable = result(
    "ReachTable",
    "What is reached from an entity, along the dependency or against it.",
    [all_parts("rows", ReachRow, "The nearest first."), _truncated(), excluded(), method()],
)
Leg = result(
    "Leg",
    "A link by which money flows from one organization to the next.",
    [
        row("link", LinkNode, "The link."),
        named("payer", Organization, "From whom."),
        named("payee", Organization, "To whom."),
        plain("kind", enum_of(LegKind), "What the money is for."),
        plain("amount", MoneyObject | None, "As stated; null where nothing is."),
    ],
)
MoneyLoop = result(
    "MoneyLoop",
    "Money that comes back to where it started; all legs are in force on one day. Amounts are never added.",
    [
        all_rows_of("organizations", Organization, "In the order in which the money passes them."),
        rows("legs", LinkNode, "All links by which it flows, leg by leg.", lambda of: [leg.link for leg in of.legs]),
        parts(
            "typed_legs", Leg, "The same links, each with what its money is for.", lambda of: of.legs, usual=USUAL_LINKS
        ),
        plain("min_value_usd", float | None, "The least of what the largest leg of each hop states, in US dollars."),
        _weakest(),
        plain("in_force_on", date, "The day on which all legs are in force."),
    ],
)
LoopTable = result(
    "LoopTable",
    "Money loops, each once.",
    [
        all_parts("rows", MoneyLoop, "The largest least amount first, those without one last."),
        _truncated(),
        excluded(),
        method(),
    ],
)

# ---- risk

MwAtRisk = result("MwAtRisk", "Megawatts at risk of one layer and basis.", [_layer(), _basis(), _range()])
UsdAtRisk = result(
    "UsdAtRisk",
    "Claims at risk of one layer and sort; they are never added across either.",
    [
        plain("layer", enum_of(Layer) | None, "The layer of what is paid for; null for none."),
        plain("claim", enum_of(Claim), "What is owed."),
        plain("value_usd", float | None, "Face value in US dollars, without guarantees."),
        plain("annual_usd", float | None, "One year of it."),
        plain("guaranteed_usd", float | None, "What guarantees that stand pay of it, up to their caps."),
        plain("uncovered_usd", float | None, "What is left with guarantees."),
    ],
)


def _at_risk() -> Iterable[Field]:
    yield all_parts("mw_at_risk", MwAtRisk, "Megawatts of whole contracts with who failed, by layer and basis.")
    yield plain(
        "value_at_risk_usd",
        float | None,
        "Face value in US dollars, without guarantees; null where claims of several layers or sorts would be added.",
    )
    yield plain("guaranteed_usd", float | None, "What guarantees pay of it, up to their caps; null as above.")
    yield parts("usd_at_risk", UsdAtRisk, "Claims on who failed, by layer and sort.", usual=USUAL_LINKS)


ShockRow = result(
    "ShockRow",
    "One organization that loses.",
    [
        row("organization", Organization, "Who."),
        plain("loss", float, "A share, from 0 to 1, of what the model says."),
        plain("fails", bool, "Whether the model lets it fail too."),
        *_at_risk(),
        rows("because", LinkNode, "The links that carry the loss, the heaviest first."),
    ],
)
ShockResult = result(
    "ShockResult",
    "What others lose if organizations fail.",
    [
        plain("model", enum_of(ShockModel), "How the failure spreads."),
        *_at_risk(),
        plain("annual_at_risk_usd", float | None, "One year of the value at risk; null as above."),
        plain("systemic_loss", float | None, "The loss of all together as the model weighs it; null without such."),
        parts("rows", ShockRow, "The largest loss first."),
        total_count(),
        excluded(),
        method(),
    ],
)
