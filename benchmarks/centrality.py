"""What centralities cost, as ratios of medians of processor time measured in one run on one machine.

    python -m benchmarks.centrality [--runs 3] [--large]

Compared are, on a random graph of 2,000 nodes and 10,000 edges: networkx against this project's igraph backend, and
the backend (its conversion kept, as between two calls) against igraph alone. With --large, on 100,000 organizations and
1,000,000 links: the answers of this project from a view against igraph alone from a list of edges, each with all that
it has to build, once; that takes minutes and a few gigabytes. All runs in one thread, so that processor time
is what it takes, whatever else runs; absolute times prove nothing.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import igraph
import networkx as nx

from benchmarks.load import compare
from graph.analytics.centrality import centrality, sampling_error
from graph.analytics.igraph_info import NAME
from graph.analytics.method import Engine
from graph.analytics.snapshot import Snapshot
from graph.analytics.structure import communities
from graph.analytics.views import View, view
from graph.lens import Lens
from graph.model import TYPE_COLUMN, LinkStatus, Row

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


def large() -> None:
    nodes, count = 100_000, 1_000_000
    edges = grouped_edges(nodes, count)
    given = snapshot_of(nodes, edges)
    shown: list[View] = []
    made = timed(lambda: shown.append(view(given)))
    one = shown[0]

    def bare() -> igraph.Graph:
        return igraph.Graph(nodes, edges, directed=True)

    def read() -> Edges:
        place = {key: number for number, key in enumerate(given.organizations)}
        return [(place[link.columns["from"]], place[link.columns["to"]]) for link in given.links.values()]

    print(f"\n{nodes:,} organizations and {count:,} links\n\n| ours : peer | ours | peer | ratio |\n|---|---|---|---|")
    compare("view of links that count : list of edges of all links", made, timed(read))

    def ask(metric: str, **more: object) -> Callable[[], object]:
        return lambda: centrality(one, metric, engine=Engine.IGRAPH, **more)

    compare("PageRank, converted first : igraph", timed(ask("PAGERANK")), timed(lambda: bare().pagerank()))
    compare("PageRank, conversion kept : igraph", timed(ask("PAGERANK")), timed(lambda: bare().pagerank()))
    compare("degree : igraph", timed(lambda: centrality(one, "DEGREE")), timed(lambda: bare().degree()))
    sampled = timed(lambda: bare().betweenness(sources=range(SAMPLES)))
    compare(f"betweenness from {SAMPLES} sources : igraph", timed(ask("BETWEENNESS", samples=SAMPLES)), sampled)
    alone = timed(lambda: bare().as_undirected(mode="collapse").community_multilevel())
    compare("communities : igraph", timed(lambda: communities(one, engine=Engine.IGRAPH)), alone)
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
        large()


if __name__ == "__main__":
    main()
