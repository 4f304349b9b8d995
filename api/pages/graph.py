"""`/graph`: who provides capacity to whom, as a picture and as a table; the same as SVG, JSON, CSV and GraphML."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from markupsafe import Markup

from api.pages.agreements import amount_property, megawatt_slots
from api.pages.commitments import CommitmentMark, commitment_mark
from api.pages.documents import read_document
from api.pages.evidence import Marker
from api.pages.graph_parameters import LISTS, PARAMETERS, GraphState, graph_state
from api.pages.link_csv import dataset_of
from api.pages.page import HtmlPage, PageFile, Visit, key_and_lens
from api.pages.parties import PartyName, party_name
from api.pages.statements import statements_address
from api.pages.wording import billions, bounded, count_of
from graph.analytics.core.facts import Facts
from graph.analytics.core.scope import Scope
from graph.analytics.network.centrality import CentralityMetric
from graph.analytics.network.rankings import centrality_of
from graph.evidence.firmness import Firmness
from graph.exports.csv import MEDIA_TYPE as CSV_TYPE
from graph.exports.dataset import graphml
from graph.exports.dataset.columns import LINK_TABLE, ColumnType, DatasetColumn, TableBatch
from graph.exports.dataset.csv_tables import csv_parts
from graph.exports.dataset.dataset import Dataset
from graph.exports.wording import CONTAINS_PRIVATE_FACTS
from graph.pictures.link_evidence import LinkEvidence, evidence_of_links
from graph.pictures.network import UNSIGNED, Network, RankRange, draw_network, shown_links
from graph.pictures.network_model import network_model
from graph.pictures.network_plan import CONTRACTS, NetworkPlan, picture_of, plan_pictures
from graph.pictures.network_query import Colour, NetworkQuery, WidthMeasure, drawn_firmness
from graph.pictures.network_svg import draw_svg, legend_entries, measure_words, size_words, style_hash, width_entries
from graph.stores.base import Reader, Store
from graph.vocabulary.enums import Commitment, LinkStatus, OrganizationKind
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import megawatts, words

MAX_ROWS = 500
"""Rows of the table; the CSV has all."""
_MORE = ("type", "status", "kind", "source", "around", "from", "colour", "size", "parallel")
"""Parameters whose controls stand below "More"."""
METRICS = ("PAGERANK", "BETWEENNESS", "IN_DEGREE", "OUT_DEGREE")


@dataclass(frozen=True, slots=True)
class GraphChoice:
    """One value that a control takes."""

    value: str
    text: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class GraphFigure:
    """A figure of the table; `href` leads to the statements behind it, which a script opens beside it."""

    text: str
    number: float | None
    href: str
    marker: Marker | None


@dataclass(frozen=True, slots=True)
class GraphRow:
    """A link in the table; `amount` and `usd` are None where nobody states them. `mark`: `firm` is its figure, None
    where nobody says how firmly it binds. `aside`: the status of what is not signed."""

    key: str
    source: PartyName
    target: PartyName
    href: str
    kind: str
    amount: GraphFigure | None
    usd: GraphFigure | None
    mark: CommitmentMark
    firm: GraphFigure | None
    aside: GraphFigure | None


@dataclass(frozen=True, slots=True)
class GraphControls:
    """The choices of each control."""

    measures: Sequence[GraphChoice]
    commitments: Sequence[GraphChoice]
    types: Sequence[GraphChoice]
    kinds: Sequence[GraphChoice]
    statuses: Sequence[GraphChoice]
    colours: Sequence[GraphChoice]
    sizes: Sequence[GraphChoice]


@dataclass(frozen=True)
class GraphView:
    """The page. `model` is what the script draws, as JSON that a page may hold. `more`: how many of the controls below
    "More" are set. `pending`: the centrality is still being made. `today` is the day of the service."""

    state: GraphState
    today: date
    title: str
    summary: str
    notes: Sequence[str]
    controls: GraphControls
    rows: Sequence[GraphRow]
    rows_left_out: int
    several_types: bool
    measure: str
    unit: str
    more: int
    size: str
    without_amount: int
    legend: Sequence[tuple[Markup, str]]
    widths: Sequence[tuple[Markup, str]]
    model: Markup
    names: Sequence[str]
    files: Mapping[str, str]
    picture: str
    pending: bool


# ---- the network of a visit


_LAST_PLANS: dict[str, Mapping[str, NetworkPlan]] = {}
"""By data version, on which alone they depend; of the last one."""


@dataclass(frozen=True, slots=True)
class GraphGathering:
    """The plans of all pictures, from all statements that the store holds; and the day of the service."""

    plans: Mapping[str, NetworkPlan]
    today: date


async def gather(store: Store, readers: Sequence[Reader], parameters: Mapping[str, str]) -> GraphGathering:
    today = (await store.reader()).lens.known_on
    return GraphGathering(await _plans(store, readers), today or date.max)


async def _plans(store: Store, readers: Sequence[Reader]) -> Mapping[str, NetworkPlan]:
    version = readers[-1].version.id
    if version not in _LAST_PLANS:
        log = await asyncio.to_thread(store.overlay.facts, await store.log(), readers[-1].lens)
        plans = await asyncio.to_thread(plan_pictures, log)
        _LAST_PLANS.clear()
        _LAST_PLANS[version] = plans
    return _LAST_PLANS[version]


def drawn(visit: Visit, state: GraphState) -> tuple[Network, bool]:
    """The network, and whether its centrality is still being made."""
    query = state.query
    evidence = _evidence(visit, query) if query.needs_evidence else None
    ranks = _ranks(visit, query.size, query.types) if query.size else None
    plan = visit.gathered.plans[picture_of(query.types)]
    network = draw_network(visit.facts.snapshot, plan, query, evidence=evidence, ranks=ranks)
    return network, query.size is not None and ranks is None


def _evidence(visit: Visit, query: NetworkQuery) -> Mapping[str, LinkEvidence]:
    keys = [key for key, row in visit.facts.links.items() if row.columns[TYPE_COLUMN] in query.types]
    statements = (row for key in keys for rows in visit.facts.statements_of(key).values() for row in rows)
    return evidence_of_links(keys, statements, visit.facts.sources)


def _ranks(visit: Visit, size: str, types: frozenset[str]) -> Mapping[str, RankRange] | None:
    metric = CentralityMetric(size)

    def rank(facts: Facts) -> Mapping[str, RankRange]:
        rows = centrality_of(facts, metric, scope=Scope(types=types), uncertainty=True).rows
        return {row.organization.key: _range(row.rank, row.rank_low, row.rank_high) for row in rows}

    return visit.background.result(f"graph {metric} {' '.join(sorted(types))}", rank)


def _range(rank: int, low: int | None, high: int | None) -> RankRange:
    best, worst = sorted((low or rank, high or rank))
    return RankRange(rank, min(best, rank), max(worst, rank))


# ---- the page


def graph_view(visit: Visit) -> GraphView:
    state = graph_state(visit.parameters, visit.facts)
    network, pending = drawn(visit, state)
    rows = [row for line in network.lines for row in line.links]
    shown = visit.address.own_without("view", "select", "legend", "width")
    return GraphView(
        state=state,
        today=visit.gathered.today,
        title=_title(state.query),
        summary=_summary(network),
        notes=list(_notes(visit, state, network, pending)),
        controls=_controls(visit, state.query),
        rows=[_row(visit, network, row) for row in rows[:MAX_ROWS]],
        rows_left_out=max(len(rows) - MAX_ROWS, 0),
        several_types=len(state.query.types) > 1,
        measure=measure_words(state.query.measure),
        unit="bn USD" if state.query.measure.in_usd else measure_words(state.query.measure),
        more=sum(name in visit.parameters for name in _MORE),
        size=_sentence(size_words(network)),
        without_amount=network.without_amount,
        legend=legend_entries(network),
        widths=width_entries(network.query.measure),
        model=_json_in_html(network_model(network) | {"selected": state.selected, "view": state.view}),
        names=sorted({dot.name for dot in network.dots}),
        files={file.suffix: visit.address.sibling(f"/graph.{file.suffix}", shown) for file in FILES},
        picture=visit.address.sibling("/graph.svg", [*shown, ("legend", "no")]),
        pending=pending,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(query: NetworkQuery) -> str:
    return "Who provides capacity to whom" if query.types <= CONTRACTS else "Who is linked to whom"


def _summary(network: Network) -> str:
    nouns = ("contract", "organization") if network.query.types <= CONTRACTS else ("link", "end")
    links, ends = count_of(len(network.links), nouns[0]), count_of(len(network.dots), nouns[1])
    return f"{links} of {network.total:,}, between {ends}"


def _notes(visit: Visit, state: GraphState, network: Network, pending: bool) -> Iterator[str]:
    if state.data_version and state.data_version != visit.version.id:
        yield (
            f"The data have changed since this link was made, of version {state.data_version[:16]}: this is version "
            f"{visit.version.id}."
        )
    if pending:
        yield f"The ranks in {words(state.query.size)} are being made; until then dots are those of counterparties."
    if network.cut_short:
        yield "There are more paths than are shown."
    if not network.links:
        yield "Nothing passes these filters on these dates."


def _row(visit: Visit, network: Network, link: Row) -> GraphRow:
    measure = network.query.measure
    mark = commitment_mark(link, link.key in network.snapshot.replaced)
    said_by = "commitment" if link["commitment"] else "status"
    aside = words(link["status"]) if link["status"] in UNSIGNED else ""
    return GraphRow(
        key=link.key,
        source=party_name(visit, link.columns["from"]),
        target=party_name(visit, link.columns["to"]),
        href=visit.address.of(link),
        kind=words(link.kind.kind_name),
        amount=_amount(visit, link, measure),
        usd=_amount(visit, link, WidthMeasure.usd_of(link["layer"])),
        mark=mark,
        firm=_figure(visit, link, said_by, mark.word) if link[said_by] else None,
        aside=_figure(visit, link, "status", aside) if aside else None,
    )


def _amount(visit: Visit, link: Row, measure: WidthMeasure) -> GraphFigure | None:
    stated = measure.of(link)
    if stated is None:
        return None
    amount, bound = stated
    if measure.in_usd:
        return _figure(visit, link, amount_property(link), bounded(billions(amount * 1e9), bound), amount)
    return _figure(visit, link, "capacities", bounded(megawatts(amount), bound), amount, CapacityBasis(measure))


def _figure(
    visit: Visit, link: Row, name: str, text: str, number: float | None = None, basis: CapacityBasis | None = None
) -> GraphFigure:
    marker = visit.citer.marker(link, name, megawatt_slots(link, basis) if basis else None)
    return GraphFigure(text, number, statements_address(visit, link, name, basis), marker)


def _json_in_html(model: Mapping[str, Any]) -> Markup:
    """JSON inside `<script type="application/json">`: no `<` stands in it, so that nothing ends the element."""
    text = orjson.dumps(model).decode().replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 (see above)


# ---- controls


def _controls(visit: Visit, query: NetworkQuery) -> GraphControls:
    counts = Counter(
        drawn_firmness(link, link.key in visit.facts.snapshot.replaced)
        for link in visit.facts.links.values()
        if link.columns[TYPE_COLUMN] in query.types
    )
    of_type = Counter(link.columns[TYPE_COLUMN] for link in visit.facts.links.values())
    return GraphControls(
        measures=[GraphChoice(one, measure_words(one), one is query.measure) for one in WidthMeasure],
        commitments=[
            GraphChoice(one, _FIRMNESS_WORDS[one], one in query.commitments, counts[one]) for one in _FIRMNESS_WORDS
        ],
        types=[GraphChoice(name, words(name), name in query.types, of_type[name]) for name in LINKS],
        kinds=[GraphChoice(one, words(one), one in query.kinds) for one in OrganizationKind],
        statuses=[GraphChoice(one, words(one), one in query.statuses) for one in LinkStatus],
        colours=[GraphChoice(one, text, one is query.colour) for one, text in _COLOUR_WORDS.items()],
        sizes=[
            GraphChoice("", "number of counterparties", query.size is None),
            *(GraphChoice(one, f"rank in {words(one)}", one == query.size) for one in METRICS),
        ],
    )


_FIRMNESS_WORDS: Mapping[Firmness, str] = {
    Firmness.FIRM: "firm",
    Firmness.CONDITIONAL: "conditional",
    Firmness.OPTION: "option",
    Firmness.UNSTATED: "not stated",
    Firmness.LAPSED: "lapsed",
}
_COLOUR_WORDS: Mapping[Colour, str] = {
    Colour.COMMITMENT: "commitment",
    Colour.RIVALS: "whether sources disagree",
    Colour.AGE: "age of the newest source",
    Colour.SOURCE: "best kind of source",
}


# ---- the same for a program


def variables(visit: Visit) -> Mapping[str, Any]:
    """The filters of the API that make the table. What no filter of links says (who speaks of them, on which paths they
    lie) is said by the keys of those that are shown; other documents of the page tell how they come about."""
    query = graph_state(visit.parameters, visit.facts).query
    conditions = [*_conditions(query), *_part_conditions(visit, query)]
    where = {
        "type": {"in": [name for name in LINKS if name in query.types]},
        "or": [_FIRMNESS_FILTERS[one] for one in Firmness if one in query.commitments],
    }
    evidence = query.colour is not Colour.COMMITMENT
    return key_and_lens(visit) | {"where": where | ({"and": conditions} if conditions else {}), "evidence": evidence}


def _conditions(query: NetworkQuery) -> Iterator[dict[str, Any]]:
    if query.statuses:
        yield {"status": {"in": sorted(query.statuses)}}
    if query.kinds:
        of_kind = {"kinds": {"hasAny": sorted(query.kinds)}}
        yield {"or": [{"source": of_kind}, {"target": of_kind}]}
    amount = {name: value for name, value in (("gte", query.at_least), ("lte", query.at_most)) if value is not None}
    if amount and query.measure.in_usd:
        yield {"valueUsd": {name: value * 1e9 for name, value in amount.items()}}
        yield {"layer": {"eq": query.measure.layer} if query.measure.layer else {"isNull": True}}
    elif amount:
        yield {"capacity": {"basis": CapacityBasis(query.measure), "mw": amount}}


def _part_conditions(visit: Visit, query: NetworkQuery) -> Iterator[dict[str, Any]]:
    if query.source is not None or query.path_from is not None:
        evidence = _evidence(visit, query) if query.needs_evidence else None
        links, _ = shown_links(visit.facts.snapshot, query, evidence)
        yield {"key": {"in": sorted(links)}}
    elif query.around is not None:
        near = {"key": {"in": sorted(_near(visit, query))}}
        yield {"or": [{"source": near}, {"target": near}]}


def _near(visit: Visit, query: NetworkQuery) -> set[str]:
    """The entities of a neighbourhood but for its rim: each link that touches one of them is shown."""
    if query.depth == 1:
        return {query.around or ""}
    inner, _ = shown_links(visit.facts.snapshot, replace(query, depth=query.depth - 1))
    return {link.columns[end] for link in inner.values() for end in ("from", "to")} | {query.around or ""}


def _paths_query(visit: Visit) -> tuple[str, Mapping[str, Any]] | None:
    query = graph_state(visit.parameters, visit.facts).query
    if query.path_from is None:
        return None
    where = {"or": variables(visit)["where"]["or"], "and": list(_conditions(query))}
    scope = {"types": sorted(query.types), "where": where, "status": list(LinkStatus), "commitment": list(Commitment)}
    ends = {"from": query.path_from, "to": query.path_to, "hops": query.hops, "scope": scope}
    return read_document("graph_paths.graphql"), key_and_lens(visit) | ends


def _source_query(visit: Visit) -> tuple[str, Mapping[str, Any]] | None:
    source = graph_state(visit.parameters, visit.facts).query.source
    if source is None:
        return None
    return read_document("graph_source.graphql"), key_and_lens(visit) | {"source": source}


def _ranks_query(visit: Visit) -> tuple[str, Mapping[str, Any]] | None:
    query = graph_state(visit.parameters, visit.facts).query
    if query.size is None:
        return None
    ranked = {"metric": query.size, "scope": {"types": sorted(query.types)}}
    return read_document("graph_ranks.graphql"), key_and_lens(visit) | ranked


_FIRMNESS_FILTERS: Mapping[Firmness, Mapping[str, Any]] = {
    Firmness.FIRM: {
        "inForce": {"eq": True},
        "commitment": {"eq": "FIRM"},
        "status": {"ne": "SIGNED_CONDITIONAL"},
    },
    Firmness.CONDITIONAL: {
        "inForce": {"eq": True},
        "or": [
            {"commitment": {"eq": "CONDITIONAL"}},
            {
                "status": {"eq": "SIGNED_CONDITIONAL"},
                "not": {"commitment": {"in": ["OPTION", "ROFO", "ROFR"]}},
            },
        ],
    },
    Firmness.OPTION: {"inForce": {"eq": True}, "commitment": {"in": ["OPTION", "ROFO", "ROFR"]}},
    Firmness.UNSTATED: {
        "inForce": {"eq": True},
        "commitment": {"isNull": True},
        "status": {"ne": "SIGNED_CONDITIONAL"},
    },
    Firmness.LAPSED: {"inForce": {"eq": False}},
}
"""How firmly a link binds, as filters of the API."""


# ---- files


def _svg(visit: Visit) -> str:
    state = graph_state(visit.parameters, visit.facts)
    network, _ = drawn(visit, state)
    title = f"{_title(state.query)}: {_summary(network)}"
    said = f"{title}. {CONTAINS_PRIVATE_FACTS}" if visit.lens.overlay else title
    return draw_svg(network, said, legend=state.legend, max_width=state.width)


def _network(visit: Visit) -> Network:
    return drawn(visit, graph_state(visit.parameters, visit.facts))[0]


def _dataset(visit: Visit, network: Network) -> Dataset:
    """What the picture shows, the widest links first; its query is that of the address."""
    links = (row for line in network.lines for row in line.links)
    query = urlencode(sorted(visit.parameters.items()), safe=",")
    return dataset_of(visit, links, (dot.row for dot in network.dots), query)


def _csv(visit: Visit) -> bytes:
    return b"".join(csv_parts(LINK_TABLE, _dataset(visit, _network(visit))))


def _graphml(visit: Visit) -> bytes:
    """With the places of the nodes in the picture."""
    network = _network(visit)
    places = {name: {dot.row.key: float(getattr(dot, name)) for dot in network.dots} for name in ("x", "y")}
    columns = [
        DatasetColumn(name, ColumnType.NUMBER, "Its place in the picture.", cells=partial(_places, at))
        for name, at in places.items()
    ]
    return b"".join(graphml.graphml_parts(_dataset(visit, network), columns))


def _places(at: Mapping[str, float], batch: TableBatch) -> list[float]:
    return [at[row.key] for row in batch.rows]


FILES = (
    PageFile("svg", "image/svg+xml", _svg, f"default-src 'none'; style-src '{style_hash()}'; font-src data:"),
    PageFile("json", "application/json", lambda visit: orjson.dumps(network_model(_network(visit)))),
    PageFile("csv", CSV_TYPE, _csv, download=True),
    PageFile("graphml", graphml.MEDIA_TYPE, _graphml, download=True),
)

PAGE = HtmlPage(
    "/graph",
    "graph.html.j2",
    "graph.graphql",
    graph_view,
    parameters=PARAMETERS,
    variables=variables,
    navigation="Graph",
    lists=LISTS,
    gather=gather,
    files=FILES,
    parts={"paths": _paths_query, "source": _source_query, "ranks": _ranks_query},
)
