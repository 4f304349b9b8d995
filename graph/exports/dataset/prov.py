"""RDF 1.1 in Turtle, for programs that know no reifiers: statements in the words of RDF (subject, predicate, object)
and of PROV-O. The rest is as in RDF 1.2 (`turtle.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.turtle import MEDIA_TYPE, Pairs, turtle_parts


def _described(subject: str, predicate: str, said: Sequence[str]) -> Pairs:
    yield "a", "rdf:Statement"
    yield "rdf:subject", subject
    yield "rdf:predicate", predicate
    yield from (("rdf:object", one) for one in said)


DATASET = DatasetFormat(
    "prov",
    "RDF 1.1 in Turtle: statements by rdf:subject, rdf:predicate, rdf:object and PROV-O.",
    (DatasetFile("wattgraph-prov.ttl", MEDIA_TYPE, "The same.", partial(turtle_parts, reify=_described)),),
    readers="rdflib 7.6, pyoxigraph 0.5",
)
