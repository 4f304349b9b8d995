"""Analytics as tables: with units, the keys of the links behind each row, what was left out and why, and how it
came about. ANALYTICS at the foot is all that the command line knows of them.

To add an analytic, write its function here and add it there: its parameters become arguments and options, with the
words beside them for help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, NewType

from graph.analytics.contracts.capacity import capacity
from graph.analytics.contracts.comparables import comparables
from graph.analytics.contracts.concentration import Measure, Side, chip_dependency, concentration
from graph.analytics.contracts.groups import CapacityGroup, Period
from graph.analytics.contracts.reconciliation import reconciliation
from graph.analytics.contracts.slippage import slippage
from graph.analytics.contracts.timeline import timeline
from graph.analytics.core.facts import Facts
from graph.analytics.core.method import Engine
from graph.analytics.core.scope import UNITS, Flow, Scope, Weight
from graph.analytics.core.table import Cell, Table, TableColumn, TableRow
from graph.analytics.network.centrality import CentralityMetric
from graph.analytics.network.loops import money_loops
from graph.analytics.network.paths import Direction, Path, paths, reach
from graph.analytics.network.rankings import RankingQuery, ranking, ranking_intervals, ranking_sensitivity
from graph.analytics.network.structure import communities, minimum_cut, weak_points
from graph.analytics.risk.exposures import MwAtRisk, UsdAtRisk
from graph.analytics.risk.shock import DEFAULT_ASSUMPTIONS, ShockAssumptions, ShockResult, shock
from graph.evidence.scenarios import ShockModel
from graph.vocabulary.model import Row
from graph.vocabulary.values import Json

Key = NewType("Key", str)
"""Key of an organization; where a person gives it, its name or ticker will do."""


def _columns(*given: str | tuple[str, str]) -> tuple[TableColumn, ...]:
    return tuple(TableColumn(one) if isinstance(one, str) else TableColumn(*one) for one in given)


def _keys(links: Iterable[Row]) -> tuple[str, ...]:
    return tuple(link.key for link in links)


def _name(row: Row) -> str:
    return str(row["name"] or row.key)


def _cell(value: Json) -> Cell:
    return tuple(map(str, value)) if isinstance(value, list) else value


def _first(sheet_rows: Sequence[Any], first: int) -> tuple[Sequence[Any], bool]:
    return sheet_rows[:first], len(sheet_rows) > first


First = Annotated[int, "At most so many rows."]
Groups = Annotated[tuple[CapacityGroup, ...], "Group by this; several times for several."]
Hops = Annotated[int, "At most so many hops, 1 to 10."]
Weighed = Annotated[Weight, "What a link weighs; megawatts and money need --layer, megawatts --basis too."]
Flows = Annotated[Flow, "Which way an edge points."]
Directed = Annotated[bool, "Whether directions count."]


# ---- megawatts


def capacity_sheet(facts: Facts, scope: Scope, by: Groups = (CapacityGroup.PROVIDER,)) -> Table:
    """Contracted megawatts by group: one row for each layer and basis, which are never added."""
    table = capacity(facts.snapshot, by, scope)
    groups = dict.fromkeys(name for row in table.rows for name in row.group)
    columns = _columns(
        *groups,
        "layer",
        "basis",
        ("low", "MW"),
        ("high", "MW"),
        "contracts",
        "without_mw",
        ("conditional", "MW"),
        ("option", "MW"),
        ("letter", "MW"),
        ("lapsed", "MW"),
        "links",
    )
    rows: list[TableRow] = [
        {
            **{name: _cell(value) for name, value in row.group.items()},
            "layer": row.layer,
            "basis": row.basis,
            "low": row.mw.low,
            "high": row.mw.high,
            "contracts": row.contracts,
            "without_mw": row.contracts_without_mw,
            "conditional": row.conditional_mw,
            "option": row.option_mw,
            "letter": row.letter_mw,
            "lapsed": row.lapsed_mw,
            "links": _keys(row.links),
        }
        for row in table.rows
    ]
    return Table("Contracted megawatts", columns, rows, table.method, table.excluded)


def timeline_sheet(
    facts: Facts,
    scope: Scope,
    by: Groups = (),
    period: Annotated[Period, "How long a period is."] = Period.QUARTER,
) -> Table:
    """Megawatts in service over time: confirmed, planned, overdue without confirmation."""
    table = timeline(facts.snapshot, by, period, scope)
    groups = dict.fromkeys(name for row in table.rows for name in row.group)
    mw = (("confirmed", "MW"), ("planned", "MW"), ("overdue", "MW"))
    rows: list[TableRow] = [
        {
            **{name: _cell(value) for name, value in row.group.items()},
            "layer": row.layer,
            "basis": row.basis,
            "period": row.period,
            "confirmed": row.confirmed_mw,
            "planned": row.planned_mw,
            "overdue": row.overdue_mw,
            "links": _keys(row.links),
        }
        for row in table.rows
    ]
    columns = _columns(*groups, "layer", "basis", "period", *mw, "links")
    return Table("Megawatts in service", columns, rows, table.method, table.excluded)


def slippage_sheet(facts: Facts, scope: Scope) -> Table:
    """Planned dates that moved, the latest known first."""
    found = slippage(facts.snapshot, facts.plans, scope)
    rows: list[TableRow] = [
        {
            "link": slip.link.key,
            "property": slip.property,
            "phase": slip.phase,
            "before": str(slip.before),
            "after": str(slip.after),
            "known_on": str(slip.known_on),
            "statement": slip.statement,
        }
        for slip in found.rows
    ]
    columns = _columns("link", "property", "phase", "before", "after", "known_on", "statement")
    return Table("Planned dates that moved", columns, rows, found.method, found.excluded)


# ---- contracts


def comparables_sheet(facts: Facts, scope: Scope) -> Table:
    """What contracts for capacity pay per megawatt and year; structures and bases are never crossed."""
    table = comparables(facts.snapshot, scope)
    per_year = "USD per MW and year"
    columns = _columns(
        "link",
        "structure",
        "basis",
        ("mw", "MW"),
        ("term", "years"),
        ("base_value", "USD"),
        "bound",
        ("mean", per_year),
        ("first_year", per_year),
        ("last_year", per_year),
        ("per_kw_month", "USD per kW and month"),
        ("without_hardware", per_year),
        ("noi", per_year),
        ("prepayment", "%"),
        ("guaranteed", "USD"),
        "no_price_because",
    )
    rows: list[TableRow] = [
        {
            "link": row.link.key,
            "structure": row.structure,
            "basis": row.basis,
            "mw": row.mw,
            "term": row.years,
            "base_value": row.base_usd,
            "bound": row.bound,
            "mean": row.usd_per_mw_year,
            "first_year": row.first_year_usd_per_mw_year,
            "last_year": row.last_year_usd_per_mw_year,
            "per_kw_month": row.usd_per_kw_month,
            "without_hardware": row.without_hardware_usd_per_mw_year,
            "noi": row.noi_usd_per_mw_year,
            "prepayment": row.prepayment_pct,
            "guaranteed": row.guaranteed_usd,
            "no_price_because": row.excluded_because,
        }
        for row in table.rows
    ]
    classes: list[TableRow] = [
        {
            "structure": one.structure,
            "basis": one.basis,
            "contracts": one.contracts,
            "low": one.low,
            "median": one.median,
            "high": one.high,
        }
        for one in table.classes
    ]
    prices = (("low", per_year), ("median", per_year), ("high", per_year))
    supplements = Table("By class", _columns("structure", "basis", "contracts", *prices), classes, table.method)
    return Table("Contracts side by side", columns, rows, table.method, table.excluded, supplements=(supplements,))


def concentration_sheet(
    facts: Facts,
    scope: Scope,
    organization: Annotated[Key, "Whose."],
    side: Annotated[Side, "Whose shares."] = Side.CUSTOMERS,
    measure: Annotated[Measure, "Shares of what; megawatts and money need --layer, megawatts --basis too."] = (
        Measure.COUNT
    ),
) -> Table:
    """On how few customers, suppliers, chips, power contracts, lenders or guarantors an organization hangs."""
    found = concentration(facts.snapshot, organization, side, measure, scope)
    rows: list[TableRow] = [
        {
            "key": (one.organization or one.chip or one.links[0]).key,
            "name": _name(one.organization or one.chip or one.links[0]),
            "share": one.share,
            "amount": one.amount,
            "links": _keys(one.links),
        }
        for one in found.shares
    ]
    title = (
        f"{side.capitalize()} of {organization}: HHI {found.hhi:.3f}"
        if rows
        else f"{side.capitalize()} of {organization}"
    )
    columns = _columns("key", "name", "share", ("amount", UNITS[Weight(measure)]), "links")
    return Table(title, columns, rows, found.method, found.excluded)


def chip_dependency_sheet(facts: Facts, scope: Scope) -> Table:
    """Which share of its contracted megawatts each host runs on one vendor's chips; needs --layer and --basis."""
    table = chip_dependency(facts.snapshot, scope)
    rows: list[TableRow] = [
        {
            "host": row.organization.key,
            "vendor": row.vendor.key,
            "share": row.share,
            "mw": row.mw,
            "of": row.of_mw,
            "links": _keys(row.links),
        }
        for row in table.rows
    ]
    columns = _columns("host", "vendor", "share", ("mw", "MW"), ("of", "MW"), "links")
    return Table("Chip dependency", columns, rows, table.method, table.excluded)


def reconciliation_sheet(facts: Facts, organization: Annotated[Key, "Whose."]) -> Table:
    """Links found against the totals that the company states; the gap is shown, not filled."""
    found = reconciliation(facts.snapshot, facts.observations, organization)
    rows: list[TableRow] = [
        {
            "observation": row.observation.key,
            "layer": row.layer,
            "basis": row.basis,
            "unit": row.unit,
            "stated": row.stated,
            "found": row.found,
            "gap": row.gap,
            "links": _keys(row.links),
            "beyond": _keys(row.beyond),
        }
        for row in found.rows
    ]
    apart: list[TableRow] = [{"observation": one.observation.key, "because": one.because} for one in found.not_compared]
    columns = _columns("observation", "layer", "basis", "unit", "stated", "found", "gap", "links", "beyond")
    supplements = Table("Not compared", _columns("observation", "because"), apart, found.method)
    return Table(
        f"Totals that {organization} states, and what the links add to",
        columns,
        rows,
        found.method,
        found.excluded,
        supplements=(supplements,),
    )


# ---- rankings


def centrality_sheet(
    facts: Facts,
    scope: Scope,
    metric: Annotated[CentralityMetric, "What to rank by."],
    flow: Flows = Flow.LINK,
    weight: Weighed = Weight.NONE,
    directed: Directed = True,
    engine: Annotated[Engine | None, "What computes it; default: the fastest with equal values."] = None,
    uncertainty: Annotated[bool, "Also tell how far ranks move when sources are doubted."] = False,
    samples: Annotated[int | None, "Betweenness from so many sources, with the error that it may have."] = None,
    first: First = 20,
) -> Table:
    """Organizations ranked by how central they are."""
    question = RankingQuery(str(metric), scope, flow, weight, directed, samples, engine)
    found = ranking(facts, question)
    drawn = ranking_intervals(facts, question) if uncertainty else None
    shown, more = _first(found.rows, first)
    rows: list[TableRow] = [
        {"rank": row.rank, "key": row.organization.key, "name": _name(row.organization), "score": row.score}
        for row in shown
    ]
    for row in rows if drawn else ():
        interval = drawn.intervals[str(row["key"])] if drawn else None
        row |= {"rank_low": interval.low, "rank_high": interval.high} if interval else {}
    columns = _columns("rank", *(("rank_low", "rank_high") if drawn else ()), "key", "name", "score")
    method = drawn.method if drawn else found.method
    return Table(f"Organizations by {metric}", columns, rows, method, found.excluded, truncated=more)


def source_sensitivity_sheet(
    facts: Facts,
    scope: Scope,
    metric: Annotated[CentralityMetric, "What to rank by."],
    flow: Flows = Flow.LINK,
    weight: Weighed = Weight.NONE,
    directed: Directed = True,
    first: First = 10,
) -> Table:
    """Which single source matters most for a ranking."""
    found = ranking_sensitivity(facts, RankingQuery(str(metric), scope, flow, weight, directed))
    shown, more = _first(found.rows, first)
    rows: list[TableRow] = [
        {
            "source": one.source.key,
            "publisher": one.source["publisher"],
            "moved": one.moved,
            "furthest": one.largest.key,
            "ranks": one.ranks_moved,
        }
        for one in shown
    ]
    columns = _columns("source", "publisher", ("moved", "organizations"), "furthest", ("ranks", "ranks"))
    return Table(f"Sources that move the ranking by {metric}", columns, rows, found.method, truncated=more)


# ---- structure


def communities_sheet(
    facts: Facts,
    scope: Scope,
    weight: Weighed = Weight.NONE,
    seed: Annotated[int, "What chance starts from."] = 0,
) -> Table:
    """Groups of organizations that are linked among themselves more than with others (Louvain)."""
    found = communities(facts.view(scope, weight=weight), seed=seed)
    rows: list[TableRow] = [
        {
            "id": one.id,
            "size": len(one.organizations),
            "modularity_share": one.modularity_share,
            "organizations": _keys(one.organizations),
        }
        for one in found.rows
    ]
    return Table("Communities", _columns("id", "size", "modularity_share", "organizations"), rows, found.method)


def weak_points_sheet(facts: Facts, scope: Scope) -> Table:
    """Organizations and links without which a piece of the graph falls in two."""
    found = weak_points(facts.view(scope))
    rows: list[TableRow] = [{"key": one.key, "name": _name(one)} for one in found.articulation_points]
    bridges: list[TableRow] = [
        {"link": one.key, "from": one.columns["from"], "to": one.columns["to"]} for one in found.bridges
    ]
    supplements = Table("Bridges", _columns("link", "from", "to"), bridges, found.method)
    return Table("Articulation points", _columns("key", "name"), rows, found.method, supplements=(supplements,))


def minimum_cut_sheet(
    facts: Facts,
    scope: Scope,
    start: Annotated[Key, "The organization to start from."],
    end: Annotated[Key, "The organization to arrive at."],
) -> Table:
    """The fewest links without which nothing leads from one organization to another."""
    found = minimum_cut(facts.view(scope), start, end)
    rows: list[TableRow] = [
        {"link": one.key, "from": one.columns["from"], "to": one.columns["to"]} for one in found.links
    ]
    return Table(f"What links {start} to {end}", _columns("link", "from", "to"), rows, found.method)


def _ends(link: Row) -> TableRow:
    return {"link": link.key, "from": link.columns["from"], "to": link.columns["to"]}


# ---- walks


def paths_sheet(
    facts: Facts,
    scope: Scope,
    start: Annotated[str, "Key of the entity to start from."],
    end: Annotated[str, "Key of the entity to arrive at."],
    hops: Hops = 4,
    flow: Annotated[Flow, "Which way to go along a link."] = Flow.DEPENDENCY,
    directed: Directed = True,
    first: First = 10,
) -> Table:
    """Ways from one entity to another, with the links of every hop and the megawatts that are carried."""
    found = paths(
        facts.snapshot,
        start,
        end,
        facts.confidence,
        scope=scope,
        flow=flow,
        directed=directed,
        max_hops=hops,
        first=first,
    )
    columns = _columns("hops", "entities", *_CARRIED)
    rows: list[TableRow] = [
        {"hops": len(path.hops), "entities": _keys(path.entities), **_carried(path)} for path in found.paths
    ]
    title = f"From {start} to {end}"
    return Table(title, columns, rows, found.method, found.excluded, truncated=found.truncated)


def reach_sheet(
    facts: Facts,
    scope: Scope,
    start: Annotated[str, "Key of the entity to start from."],
    direction: Annotated[Direction, "DOWNSTREAM to those who depend, UPSTREAM to those depended on."] = (
        Direction.DOWNSTREAM
    ),
    hops: Hops = 3,
    first: First = 100,
) -> Table:
    """Whoever depends on an entity, or whomever it depends on."""
    found = reach(facts.snapshot, start, facts.confidence, direction=direction, scope=scope, max_hops=hops, first=first)
    rows: list[TableRow] = [
        {"hops": row.hops, "key": row.entity.key, "name": _name(row.entity), **_carried(row.path)} for row in found.rows
    ]
    columns = _columns("hops", "key", "name", *_CARRIED)
    title = f"{direction.capitalize()} of {start}"
    return Table(title, columns, rows, found.method, found.excluded, truncated=found.truncated)


_CARRIED: tuple[str | tuple[str, str], ...] = (("carried", "MW"), "layer", "basis", "weakest", "links")


def _carried(path: Path) -> TableRow:
    return {
        "carried": path.mw,
        "layer": path.layer,
        "basis": path.basis,
        "weakest": path.weakest_confidence,
        "links": _keys(path.links),
    }


def money_loops_sheet(
    facts: Facts,
    scope: Scope,
    legs: Annotated[int, "At most so many legs, 2 to 8."] = 5,
    least: Annotated[float | None, "Only loops each hop of which states at least so many US dollars."] = None,
    first: First = 20,
) -> Table:
    """Money that comes back to where it started. Amounts are never added."""
    found = money_loops(
        facts.snapshot, facts.confidence, scope=scope, max_length=legs, min_value_usd=least, first=first
    )
    rows: list[TableRow] = [
        {
            "loop": number,
            "organizations": _keys(loop.organizations),
            "least": loop.min_value_usd,
            "weakest": loop.weakest_confidence,
            "links": tuple(leg.link.key for leg in loop.legs),
        }
        for number, loop in enumerate(found.rows, start=1)
    ]
    each: list[TableRow] = [
        {
            "loop": number,
            "payer": leg.payer,
            "kind": leg.kind,
            "payee": leg.payee,
            "amount": leg.amount.amount if leg.amount else None,
            "currency": leg.amount.currency if leg.amount else None,
            "link": leg.link.key,
        }
        for number, loop in enumerate(found.rows, start=1)
        for leg in loop.legs
    ]
    supplements = Table(
        "Legs", _columns("loop", "payer", "kind", "payee", "amount", "currency", "link"), each, found.method
    )
    columns = _columns("loop", "organizations", ("least", "USD"), "weakest", "links")
    return Table(
        "Money loops",
        columns,
        rows,
        found.method,
        found.excluded,
        truncated=found.truncated,
        supplements=(supplements,),
    )


# ---- risk


def shock_sheet(
    facts: Facts,
    scope: Scope,
    fail: Annotated[tuple[Key, ...], "Who fails; several fail together."],
    model: Annotated[ShockModel, "How the failure spreads."] = ShockModel.DIRECT,
    weight: Annotated[Weight, "What losses are shares of."] = Weight.COUNT,
    threshold: Annotated[float, "CASCADE: the share of lost inputs that fells."] = DEFAULT_ASSUMPTIONS.threshold,
    equity_ratio: Annotated[float, "DEBTRANK: equity over what is owed to one."] = DEFAULT_ASSUMPTIONS.equity_ratio,
    recovery: Annotated[
        float, "DEBTRANK: the share of a claim that is paid all the same."
    ] = DEFAULT_ASSUMPTIONS.recovery,
) -> Table:
    """What others lose if organizations fail: megawatts and dollars at risk, with and without guarantees."""
    assumed = ShockAssumptions(threshold=threshold, equity_ratio=equity_ratio, recovery=recovery)
    return sheet_of_shock(shock(facts.snapshot, fail, model, scope=scope, weight=weight, assumptions=assumed), fail)


def sheet_of_shock(found: ShockResult, fail: Sequence[str]) -> Table:
    rows: list[TableRow] = [
        {
            "key": row.organization.key,
            "name": _name(row.organization),
            "loss": row.loss,
            "fails": "yes" if row.fails else "no",
            "value": row.value_at_risk_usd,
            "guaranteed": row.guaranteed_usd,
            "because": _keys(row.because),
        }
        for row in found.rows
    ]
    columns = _columns("key", "name", "loss", "fails", ("value", "USD"), ("guaranteed", "USD"), "because")
    owners: list[tuple[str, Any]] = [*((row.organization.key, row) for row in found.rows), ("together", found)]
    megawatts = [_mw_at_risk(key, one) for key, who in owners for one in who.mw_at_risk]
    dollars = [_usd_at_risk(key, one) for key, who in owners for one in who.usd_at_risk]
    mw = (("low", "MW"), ("high", "MW"))
    usd = (("value", "USD"), ("annual", "USD a year"), ("guaranteed", "USD"), ("uncovered", "USD"))
    supplements = (
        Table("Megawatts at risk", _columns("key", "layer", "basis", *mw), megawatts, found.method),
        Table("Dollars at risk", _columns("key", "layer", "claim", *usd), dollars, found.method),
    )
    title = f"If {', '.join(fail)} {'fails' if len(fail) == 1 else 'fail'} ({found.model})"
    return Table(title, columns, rows, found.method, found.excluded, supplements=supplements)


def _mw_at_risk(key: str, one: MwAtRisk) -> TableRow:
    return {"key": key, "layer": one.layer, "basis": one.basis, "low": one.mw.low, "high": one.mw.high}


def _usd_at_risk(key: str, one: UsdAtRisk) -> TableRow:
    return {
        "key": key,
        "layer": one.layer,
        "claim": one.claim,
        "value": one.value_usd,
        "annual": one.annual_usd,
        "guaranteed": one.guaranteed_usd,
        "uncovered": one.uncovered_usd,
    }


# ---- the table

ANALYTICS: Mapping[str, Callable[..., Table]] = {
    "capacity": capacity_sheet,
    "timeline": timeline_sheet,
    "slippage": slippage_sheet,
    "comparables": comparables_sheet,
    "concentration": concentration_sheet,
    "chip-dependency": chip_dependency_sheet,
    "reconciliation": reconciliation_sheet,
    "centrality": centrality_sheet,
    "source-sensitivity": source_sensitivity_sheet,
    "communities": communities_sheet,
    "weak-points": weak_points_sheet,
    "minimum-cut": minimum_cut_sheet,
    "paths": paths_sheet,
    "reach": reach_sheet,
    "money-loops": money_loops_sheet,
    "shock": shock_sheet,
}
"""By name. A function takes facts, a scope where links are chosen, and parameters of its own."""
