"""Structure: which organizations belong together, and what holds a view in one piece.

Directions do not count, but in `minimum_cut`. Parallel links are one edge; results list the links of an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from graph.analytics.core import igraph_backend
from graph.analytics.core.declaration import Analytic, Column, KeyOf, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.inputs import InScope, Weighed
from graph.analytics.core.method import Engine, Method
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, Meaning, Weight
from graph.analytics.core.views import NetworkView
from graph.analytics.network.centrality import method_of_view
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadQuery, EngineUnsupported, WeightRefused
from graph.vocabulary.model import Row
from graph.vocabulary.wording import quote

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_import("numpy")

nx = lazy_import("networkx")


@dataclass(frozen=True, slots=True)
class Community:
    """Organizations by name. The shares of all communities add to the modularity of the whole; one that joins no more
    than chance would has a share of 0 or less."""

    id: int
    organizations: tuple[Row, ...]
    modularity_share: float


@dataclass(frozen=True, slots=True)
class Communities:
    """The largest first; of equals by the name of the first member."""

    rows: tuple[Community, ...]
    modularity: float | None
    method: Method


@dataclass(frozen=True, slots=True)
class WeakPoints:
    """Organizations by name without whom, and links (by key) without whose edge, a piece falls in two. Links between
    the same two organizations are one edge: `bridges` lists each of them."""

    articulation_points: tuple[Row, ...]
    bridges: tuple[Row, ...]
    method: Method


@dataclass(frozen=True, slots=True)
class Cut:
    """The links, by key, whose edges keep `source` connected to `target` and weigh least: `size` edges, or what they
    weigh. No links where nothing connects the two."""

    source: Row
    target: Row
    size: float
    links: tuple[Row, ...]
    method: Method


def communities(
    view: NetworkView, *, seed: int = 0, resolution: float = 1.0, engine: Engine = Engine.NETWORKX
) -> Communities:
    """Louvain: Blondel et al. 2008, seeded; a higher resolution gives smaller communities (Reichardt and Bornholdt
    2006). Reads a strength. Organizations without a link are in none. networkx and igraph may find different divisions,
    and so may different seeds.

    Raises WeightRefused for a distance, BadQuery for a resolution that is not above 0, EngineUnsupported for GDS."""
    _check_strength("COMMUNITIES", view)
    if not resolution > 0:
        raise BadQuery(f"resolution is {resolution}.", remedy="Give more than 0.")
    if engine not in _DIVIDED:
        raise EngineUnsupported(f"{engine} does not compute COMMUNITIES here.", remedy="Ask for NETWORKX or IGRAPH.")
    view = _strong(view.undirected())
    groups = _DIVIDED[engine](view, resolution, seed)
    shares = _shares(view, groups, resolution)
    joined = _joined(view)
    sharing = (
        (_by_name(view, keys), share) for keys, share in zip(groups, shares, strict=True) if not joined.isdisjoint(keys)
    )
    largest_first = sorted(sharing, key=lambda pair: (-len(pair[0]), _name(pair[0][0])))
    rows = tuple(Community(id_, members, share) for id_, (members, share) in enumerate(largest_first, start=1))
    method = method_of_view(
        view,
        "COMMUNITIES",
        {"algorithm": "Louvain", "seed": seed, "resolution": resolution},
        libraries=("networkx", "igraph") if engine is Engine.IGRAPH else ("networkx",),
        engine=engine,
    )
    return Communities(rows, sum(row.modularity_share for row in rows) if rows else None, method)


def _by_networkx(view: NetworkView, resolution: float, seed: int) -> list[set[str]]:
    weight = view.weight.attribute if view.weight else None
    groups: list[set[str]] = nx.community.louvain_communities(
        view.graph, weight=weight, resolution=resolution, seed=seed
    )
    return groups


def _by_igraph(view: NetworkView, resolution: float, seed: int) -> list[set[str]]:
    weight = view.weight.attribute if view.weight else None
    return igraph_backend.multilevel_communities(view.converted, weight=weight, resolution=resolution, seed=seed)


_DIVIDED = {Engine.NETWORKX: _by_networkx, Engine.IGRAPH: _by_igraph}


def _strong(view: NetworkView) -> NetworkView:
    """The view without edges of weight 0: they join nobody."""
    return view if view.weight is None else replace(view, edges=view.edges.without_zeros())


def _joined(view: NetworkView) -> set[str]:
    """Nodes with an edge."""
    keys = list(view.nodes)
    return {keys[place] for place in np.union1d(view.edges.tails, view.edges.heads).tolist()}


def _shares(view: NetworkView, groups: list[set[str]], resolution: float) -> list[float]:
    """What each community adds to the modularity (Newman 2006): its share of the weight, less what chance gives."""
    numbers = {key: number for number, keys in enumerate(groups) for key in keys}
    community = np.array([numbers[key] for key in view.nodes], np.int64)
    edges = view.edges
    weights = np.ones(len(edges)) if edges.weights is None else edges.weights
    one, other = community[edges.tails], community[edges.heads]
    inner = np.bincount(one[one == other], weights[one == other], len(groups))
    ends = np.bincount(one, weights, len(groups)) + np.bincount(other, weights, len(groups))
    twice = ends.sum() or 1.0
    shares: list[float] = (2 * inner / twice - resolution * (ends / twice) ** 2).tolist()
    return shares


def weak_points(view: NetworkView) -> WeakPoints:
    """Articulation points and bridges (Hopcroft and Tarjan 1973). Weights do not count."""
    view = view.undirected()
    bridges = _links(view, nx.bridges(view.graph))
    return WeakPoints(
        _by_name(view, nx.articulation_points(view.graph)), bridges, method_of_view(view, "WEAK_POINTS", {})
    )


def core(view: NetworkView, k: int) -> tuple[Row, ...]:
    """The k-core (Seidman 1983), by name: the largest group whose members each have at least k counterparties within
    the group."""
    if k < 0:
        raise BadQuery(f"k is {k}.", remedy="Give 0 or more.")
    numbers = nx.core_number(view.undirected().graph)
    return _by_name(view, (key for key, number in numbers.items() if number >= k))


def minimum_cut(view: NetworkView, from_: str, to: str) -> Cut:
    """The fewest edges, or those of the least strength, without which nothing leads from one organization to another
    (Ford and Fulkerson 1956), along the edges of a directed view. Of several smallest cuts it is one.

    Raises BadQuery for an organization that is no node of the view, or twice the same; WeightRefused for a distance."""
    _check_strength("MINIMUM_CUT", view)
    if from_ == to:
        raise BadQuery("Both ends are the same organization.", remedy="Give two.")
    for key in (from_, to):
        if key not in view.nodes:
            raise BadQuery(f"{quote(key)} is no named organization.", remedy="Give two that are not placeholders.")
    graph = type(view.graph)()
    graph.add_nodes_from(view.graph)
    weight = view.weight.attribute if view.weight else ""
    ends = view.graph.edges(data=weight, default=1)
    graph.add_edges_from((tail, head, {"capacity": capacity}) for tail, head, capacity in ends)
    size, (near, far) = nx.minimum_cut(graph, from_, to)
    cut = nx.edge_boundary(graph, near, far)
    organizations = view.snapshot.organizations
    return Cut(
        organizations[from_],
        organizations[to],
        float(size),
        _links(view, cut),
        method_of_view(view, "MINIMUM_CUT", {"from": from_, "to": to}),
    )


def _check_strength(name: str, view: NetworkView) -> None:
    if view.weight is not None and view.weight.meaning is not Meaning.STRENGTH:
        raise WeightRefused(
            f"{name} reads a strength, and the view has {view.weight}.", remedy="Give it the view with its strengths."
        )


def _links(view: NetworkView, edges: Iterable[tuple[str, str]]) -> tuple[Row, ...]:
    """All links of these edges, by key."""
    keys = sorted(key for tail, head in edges for key in view.graph.edges[tail, head]["links"])
    return tuple(view.included[key].link for key in keys)


def _by_name(view: NetworkView, keys: Iterable[str]) -> tuple[Row, ...]:
    return tuple(sorted((view.snapshot.organizations[key] for key in keys), key=_name))


def _name(row: Row) -> tuple[str, str]:
    return str(row.columns.get("name_sort")), row.key


# ---- what the facts of a lens give


@declared
def communities_of(
    view: Callable[..., NetworkView],
    weight: Weighed = Weight.NONE,
    seed: Annotated[int, Parameter("What chance starts from.")] = 0,
    engine: Annotated[Engine, Parameter("What computes it: NETWORKX or IGRAPH.")] = Engine.NETWORKX,
    resolution: Annotated[float, Parameter("Above 0; a higher one gives smaller communities.")] = 1.0,
    scope: InScope = DEFAULT_SCOPE,
) -> Communities:
    """`communities` of a scope. Raises what it raises, and ScopeRequired."""
    return communities(view(scope, weight=weight), seed=seed, resolution=resolution, engine=engine)


@declared
def weak_points_of(view: Callable[..., NetworkView], scope: InScope = DEFAULT_SCOPE) -> WeakPoints:
    """`weak_points` of a scope."""
    return weak_points(view(scope))


@declared
def minimum_cut_of(
    view: Callable[..., NetworkView],
    from_: Annotated[str, Parameter("The organization to start from.", key_of="Organization")],
    to: Annotated[str, Parameter("The organization to arrive at.", key_of="Organization")],
    scope: InScope = DEFAULT_SCOPE,
) -> Cut:
    """`minimum_cut` in a scope. Raises what it raises."""
    return minimum_cut(view(scope), from_, to)


# ---- the declarations

COMMUNITY = Record(
    "Community",
    "Organizations that are linked among themselves more than with others.",
    (
        Column("id", int, "Its number in this answer, by size."),
        Column("size", int, "How many members it has.", value=lambda community: len(community.organizations)),
        Column("modularity_share", float | None, "What it adds to the modularity of the whole."),
        Column("organizations", ListOf(RowOf("Organization")), "Its members, by name."),
    ),
)
_ENDS = (
    Column("link", KeyOf("Link"), "The link.", value=lambda link: link.key),
    Column("from", KeyOf("Entity"), "Its source.", value=lambda link: link.columns["from"]),
    Column("to", KeyOf("Entity"), "Its target.", value=lambda link: link.columns["to"]),
)
_ORGANIZATION = Column("organization", RowOf("Organization"), "Who.", value=lambda row: row, header=("key", "name"))

ANALYTICS = (
    Analytic(
        name="communities",
        doc="Groups of organizations that are linked among themselves more than with others (Louvain), the largest "
        "first.",
        section=Section.STRUCTURE,
        function=communities_of,
        result=Record(
            "CommunityTable",
            "A division of the organizations that have a link.",
            (
                Column("rows", ListOf(COMMUNITY), "The largest first."),
                TOTAL_COUNT,
                Column("modularity", float | None, "The modularity of the whole; null without links."),
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing("Communities", "rows", COMMUNITY.columns),),
        lists={"communities": "rows"},
    ),
    Analytic(
        name="weak_points",
        doc="Organizations and links without which a piece of the graph falls in two.",
        section=Section.STRUCTURE,
        function=weak_points_of,
        result=Record(
            "WeakPoints",
            "Without whom, or what, a piece of the graph falls in two.",
            (
                Column("articulation_points", ListOf(RowOf("Organization")), "Organizations, by name."),
                Column("bridges", ListOf(RowOf("Link")), "Links; those between the same two stand together."),
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing("Articulation points", "articulation_points", (_ORGANIZATION,)),
            Listing("Bridges", "bridges", _ENDS),
        ),
    ),
    Analytic(
        name="minimum_cut",
        doc="The fewest links without which nothing leads from one organization to another.",
        section=Section.STRUCTURE,
        function=minimum_cut_of,
        result=Record(
            "Cut",
            "The fewest links that keep two organizations connected.",
            (
                Column("size", float, "How many edges these links make; parallel links are one edge."),
                Column("links", ListOf(RowOf("Link")), "The links, by key."),
                METHOD_OF_RESULT,
            ),
        ),
        tables=(Listing(lambda result, inputs: f"What links {inputs['from']} to {inputs['to']}", "links", _ENDS),),
        lists={"minimum_cut": "links"},
    ),
)
