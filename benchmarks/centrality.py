"""What centralities cost, as ratios of medians of processor time measured in one run on one machine.

    python -m benchmarks.centrality [--runs 3] [--large]

Compared are, on a random graph of 2,000 nodes and 10,000 edges: networkx against this project's igraph backend, and
the backend (its conversion kept, as between two calls) against igraph alone. With --large, on 100,000 organizations and
1,000,000 links, end to end: from the rows of links to the answer with ranks, names and method, against igraph alone
from the same rows, once as a list of all edges and bare scores ("all links"), once with what the answer needs: which
links count, parallel ones once, in order ("same question"). That takes minutes and a few gigabytes. All runs in one
thread, so that processor time is what it takes, whatever else runs; absolute times prove nothing.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import igraph
import networkx as nx

from benchmarks.load import compare
from graph.analytics.core.igraph_info import NAME
from graph.analytics.core.method import Engine
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.core.views import build_view
from graph.analytics.network.centrality import centrality, sampling_error
from graph.analytics.network.structure import communities
from graph.evidence.lens import Lens
from graph.vocabulary.enums import LinkStatus
from graph.vocabulary.model import TYPE_COLUMN, Row

Edges = list[tuple[int, int]]
SAMPLES = 20
GROUP = 100


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(runs: int, work: Callable[[], object]) -> float:
    """The median, after one run that is not counted."""
    work()
    return statistics.median(timed(work) for _ in range(runs))


def small(runs: int) -> None:
    graph = nx.gnm_random_graph(2_000, 10_000, seed=0, directed=True)
    bare = igraph.Graph(len(graph), list(graph.edges), directed=True)
    nx.config.warnings_to_ignore.add("cache")
    peers: dict[str, tuple[Callable[..., object], Callable[[], object]]] = {
        "betweenness": (nx.betweenness_centrality, bare.betweenness),
        "closeness": (nx.closeness_centrality, lambda: bare.closeness(mode="in")),
    }
    for name, (asked, alone) in peers.items():
        backend = measure(runs, lambda asked=asked: asked(graph, backend=NAME))
        compare(f"{name}: networkx : backend", timed(lambda asked=asked: asked(graph)), backend)
        compare(f"{name}: backend : igraph", backend, measure(runs, alone))


def grouped_edges(nodes: int, count: int) -> Edges:
    """Seven in ten within groups, as trade is; no edge twice."""
    draw = random.Random(0)
    found: set[tuple[int, int]] = set()
    while len(found) < count:
        tail = draw.randrange(nodes)
        near = tail - tail % GROUP + draw.randrange(GROUP)
        head = near if draw.random() < 0.7 else draw.randrange(nodes)
        if tail != head:
            found.add((tail, head))
    return sorted(found)


def snapshot_of(nodes: int, edges: Edges) -> Snapshot:
    keys = [f"o{number:06}" for number in range(nodes)]
    organizations = {key: Row("Organization", key, {"name_sort": key, "placeholder": False}) for key in keys}
    usual = {TYPE_COLUMN: "PARTNERS_WITH", "status": str(LinkStatus.SIGNED), "in_force": True}
    links = {
        f"l{number:07}": Row("Link", f"l{number:07}", usual | {"from": keys[tail], "to": keys[head]})
        for number, (tail, head) in enumerate(edges)
    }
    day = date(2026, 1, 1)
    return Snapshot(links, organizations, Lens(day, day), "benchmark", day)


def all_links(given: Snapshot) -> igraph.Graph:
    """The graph of all links as they come."""
    place = {key: number for number, key in enumerate(given.entities)}
    rows = (link.columns for link in given.links.values())
    return igraph.Graph(len(place), [(place[row["from"]], place[row["to"]]) for row in rows], directed=True)


def links_that_count(given: Snapshot) -> igraph.Graph:
    """The graph of the links that count, parallel ones once, between the organizations that are named."""
    named = sorted(key for key, row in given.entities.items() if not row.columns["placeholder"])
    place = {key: number for number, key in enumerate(named)}
    pairs = {
        (place[row["from"]], place[row["to"]])
        for link in given.links.values()
        if (row := link.columns)["in_force"]
        and row["status"] in {"SIGNED", "ACTIVE"}
        and row.get("commitment", "FIRM") == "FIRM"
        and row["from"] in place
        and row["to"] in place
        and row["from"] != row["to"]
    }
    return igraph.Graph(len(place), list(pairs), directed=True)


def in_order(given: Snapshot, scores: list[float]) -> list[tuple[float, str]]:
    names = (row.columns["name_sort"] for row in given.entities.values())
    return sorted((-score, name) for score, name in zip(scores, names, strict=True))


def louvain(graph: igraph.Graph) -> igraph.VertexClustering:
    return graph.as_undirected(mode="collapse").community_multilevel()


def large(runs: int) -> None:
    nodes, count = 100_000, 1_000_000
    given = snapshot_of(nodes, grouped_edges(nodes, count))
    # what all start from is no garbage: else whoever makes most objects pays for looking at it
    gc.collect()
    gc.freeze()
    sources = range(SAMPLES)

    def ask(metric: str, engine: Engine, **more: object) -> Callable[[], object]:
        return lambda: centrality(build_view(replace(given)), metric, engine=engine, **more)

    questions: dict[str, tuple[Callable[[], object], Callable[[igraph.Graph], list[float]]]] = {
        "PageRank": (ask("PAGERANK", Engine.IGRAPH), lambda graph: graph.pagerank()),
        "degree": (ask("DEGREE", Engine.NETWORKX), lambda graph: graph.degree()),
        f"betweenness from {SAMPLES} sources": (
            ask("BETWEENNESS", Engine.IGRAPH, samples=SAMPLES),
            lambda graph: graph.betweenness(sources=sources),
        ),
    }
    print(
        f"\n{nodes:,} organizations and {count:,} links\n\n| ours : igraph | ours | igraph | ratio |\n|---|---|---|---|"
    )
    for name, (asked, score) in questions.items():
        ours = measure(runs, asked)
        compare(f"{name} : all links", ours, measure(runs, lambda score=score: score(all_links(given))))
        alone = measure(runs, lambda score=score: in_order(given, score(links_that_count(given))))
        compare(f"{name} : same question", ours, alone)
    ours = measure(runs, lambda: communities(build_view(replace(given)), engine=Engine.IGRAPH))
    compare("communities : all links", ours, measure(runs, lambda: louvain(all_links(given))))
    compare("communities : same question", ours, measure(runs, lambda: louvain(links_that_count(given))))
    one = build_view(replace(given))
    again = measure(runs, lambda: centrality(one, "PAGERANK", engine=Engine.IGRAPH))
    graph = all_links(given)
    compare("PageRank, view kept : graph kept", again, measure(runs, graph.pagerank))
    for samples in (SAMPLES, 1_000, 10_000):
        off = sampling_error(nodes, samples)
        print(
            f"\n{samples:,} samples: with a probability of 95 % no score (0 to 1) is off by more than {off:.3f}", end=""
        )
    unit = 1 if sys.platform == "darwin" else 1024
    print(f"\n\nMost memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9:.1f} GB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--large", action="store_true")
    given = arguments.parse_args()
    print("| ours : peer | ours | peer | ratio |\n|---|---|---|---|")
    small(given.runs)
    if given.large:
        large(given.runs)


if __name__ == "__main__":
    main()
