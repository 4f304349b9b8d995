"""RDF 1.2 in Turtle: what is shown is asserted; every statement is a reifier of what it says, with its source, whether
it counts and is the one shown. What is not shown is reified and not asserted.

Literals have types, always: `2026-11` is a gYearMonth, a quarter a `wg:partialDate`, and since no library compares
these, the first and the last day stand beside as `xsd:date`. Values with parts are JSON, with their parts beside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from graph.exports.dataset.columns import FIGURE, TABLES, ColumnType
from graph.exports.dataset.dataset import Batch, Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import plain_number, turtle_string
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import ENTITIES, KINDS, Merge, Property, Row
from graph.vocabulary.types import (
    Capacities,
    Choices,
    CountType,
    Day,
    FigureType,
    Flag,
    MoneyType,
    Number,
    PartialDay,
    Ref,
    Refs,
    RenewalsType,
    TerminationType,
    Texts,
    Whole,
)
from graph.vocabulary.values import PartialDate, canonical

MEDIA_TYPE = "text/turtle; charset=utf-8"
SPACE = "urn:wattgraph:"
VOCABULARY = f"{SPACE}vocabulary:"
PREFIXES = {
    "wg": VOCABULARY,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
}
Pairs = Iterator[tuple[str, str]]
"""Predicates with their objects."""
Reify = Callable[[str, str, Sequence[str]], Pairs]
"""How a statement refers to what it says: subject, predicate, objects."""
_STRUCTURED = (Capacities, CountType, FigureType, MoneyType, RenewalsType, TerminationType)


# ---- terms


def iri(label: str, key: str) -> str:
    """`<urn:wattgraph:link:iren-microsoft-cloud>`"""
    return f"<{SPACE}{label.lower()}:{quote(key, safe='-._~')}>"


def typed(text: str, type_: str) -> str:
    return f"{turtle_string(text)}^^{type_}"


def moment(date_: PartialDate) -> str:
    form = next(form for pattern, form in _FORMS if re.fullmatch(pattern, date_.text))
    return typed(date_.text, form)


_FORMS = (
    ("[0-9]{4}", "xsd:gYear"),
    ("[0-9]{4}-[0-9]{2}", "xsd:gYearMonth"),
    ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "xsd:date"),
    (".*", "wg:partialDate"),
)


def _cell(value: Any, type_: ColumnType) -> Iterator[str]:
    match type_:
        case ColumnType.NUMBER:
            yield typed(plain_number(value), "xsd:decimal")
        case ColumnType.WHOLE:
            yield typed(str(value), "xsd:integer")
        case ColumnType.FLAG:
            yield typed("true" if value else "false", "xsd:boolean")
        case ColumnType.DAY:
            yield typed(str(value), "xsd:date")
        case ColumnType.TEXTS | ColumnType.ENTRIES:
            yield from (typed(item, "xsd:string") for item in value)
        case ColumnType.TEXT:
            yield typed(str(value), "xsd:string")


def objects(prop: Property, value: Any, dataset: Dataset) -> Iterator[str]:
    """What a property with this typed value leads to."""
    match prop.type:
        case Ref():
            yield _reference(prop, value, dataset)
        case Refs():
            yield from (_reference(prop, key, dataset) for key in value)
        case Texts() | Choices():
            yield from _cell([str(item) for item in value], ColumnType.TEXTS)
        case PartialDay():
            yield moment(value)
        case Number():
            yield from _cell(value, ColumnType.NUMBER)
        case Whole():
            yield from _cell(value, ColumnType.WHOLE)
        case Flag():
            yield from _cell(value, ColumnType.FLAG)
        case Day():
            yield from _cell(value, ColumnType.DAY)
        case kind if isinstance(kind, _STRUCTURED):
            yield typed(canonical(kind.to_json(value)), "rdf:JSON")
        case _:
            yield from _cell(value, ColumnType.TEXT)


def _reference(prop: Property, key: str, dataset: Dataset) -> str:
    narrowest = prop.refers_to[0]
    usual = KINDS[narrowest].kind_label if narrowest in KINDS else narrowest
    return iri(dataset.labels.get(key, usual), key)


# ---- rows

_COLUMN_TYPES = {
    label: {column.name: column.type for column in table.columns} for table in TABLES for label in table.labels
}


def _described(row: Row, dataset: Dataset) -> Pairs:
    """The row with all that it shows."""
    yield "a", f"wg:{row.kind.kind_name}"
    types = _COLUMN_TYPES[row.label]
    for prop in row.kind.properties.values():
        value = row[prop.name]
        if value is None or value == ():
            continue
        each = value if prop.merge is Merge.EACH else (value,)
        yield from ((f"wg:{prop.name}", one) for part in each for one in objects(prop, part, dataset))
        for column in prop.type.column_names(prop.name):
            if column != prop.name and column in types and column in row.columns:
                yield from ((f"wg:{column}", one) for one in _cell(row.columns[column], types[column]))
    yield from _addresses(row, dataset)


def _addresses(row: Row, dataset: Dataset) -> Pairs:
    """The addresses of its numbers, in a dataset that has them: IRIs where the service is known."""
    if dataset.figures is None:
        return
    shown = row.kind.properties.keys() | _COLUMN_TYPES[row.label].keys()
    for name, address in dataset.figures.of_row(row).items():
        if name in shown:
            yield f"wg:{name}{FIGURE}", f"<{address}>" if dataset.figures.service else typed(address, "xsd:anyURI")


def _statement(row: Row, dataset: Dataset, reify: Reify) -> Pairs:
    columns = row.columns
    prop = KINDS[columns["subject_kind"]].properties[columns["property"]]
    value = prop.type.from_json(json.loads(columns["value"]))
    subject = iri(KINDS[columns["subject_kind"]].kind_label, columns["subject"])
    yield "a", "wg:Statement"
    yield "a", "prov:Entity"
    yield from reify(subject, f"wg:{prop.name}", list(objects(prop, value, dataset)))
    yield "prov:hadPrimarySource", iri("Source", columns["source"])
    types = _COLUMN_TYPES["Statement"]
    for name in _SAID:
        if name in columns:
            yield from ((f"wg:{name}", one) for one in _cell(columns[name], types[name]))
    if row["as_of"]:
        yield "wg:as_of", moment(row["as_of"])
    yield from _addresses(row, dataset)


_SAID = (
    *("confidence", "nature", "counted", "chosen", "reason", "known_from", "known_from_latest", "withdrawn", "note"),
    *("locator", "last_verified", "as_of_earliest", "as_of_latest"),
)


def _source(row: Row, dataset: Dataset) -> Pairs:
    yield "a", "prov:Entity"
    yield "dcterms:publisher", typed(row["publisher"], "xsd:string")
    if row["title"]:
        yield "dcterms:title", typed(row["title"], "xsd:string")
    if row["published"]:
        yield "dcterms:issued", moment(row["published"])
    yield "dcterms:identifier", typed(row["url"], "xsd:anyURI")
    yield from _described(row, dataset)


# ---- the file


def _provenance(dataset: Dataset) -> Pairs:
    provenance = dataset.provenance
    yield "a", "prov:Entity"
    yield "dcterms:title", typed(str(provenance.to_json()["title"]), "xsd:string")
    yield "dcterms:license", f"<{FACTS_LICENCE.url}>"
    yield "dcterms:description", typed(provenance.sentence, "xsd:string")
    yield "wg:data_version", typed(provenance.data_version, "xsd:string")
    yield "wg:valid_on", typed(str(provenance.lens.valid_on), "xsd:date")
    yield "wg:known_on", typed(str(provenance.lens.known_on), "xsd:date")
    if provenance.lens.scenario:
        yield "wg:scenario", typed(provenance.lens.scenario, "xsd:string")
    if provenance.lens.overlay:
        yield "wg:overlay", typed("true", "xsd:boolean")
    if provenance.query:
        yield "wg:query", typed(provenance.query, "xsd:string")


def turtle_parts(dataset: Dataset, reify: Reify) -> Iterator[bytes]:
    prefixes = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    yield prefixes.encode()
    yield _block(iri("Dataset", dataset.provenance.data_version), _provenance(dataset))
    for label in (*ENTITIES, "Observation", "Link"):
        yield from _blocks(dataset.batches(label), partial(_described, dataset=dataset))
    yield from _blocks(dataset.batches("Source"), partial(_source, dataset=dataset))
    yield from _blocks(dataset.batches("Statement"), partial(_statement, dataset=dataset, reify=reify))


def _blocks(batches: Iterable[Batch], pairs: Callable[[Row], Pairs]) -> Iterator[bytes]:
    for batch in batches:
        yield b"".join(_block(iri(row.label, row.key), pairs(row)) for row in batch)


def _block(subject: str, pairs: Pairs) -> bytes:
    """Predicates in their order, each once with its objects."""
    by_predicate: dict[str, dict[str, None]] = {}
    for predicate, one in pairs:
        by_predicate.setdefault(predicate, {})[one] = None
    lines = " ;\n  ".join(f"{predicate} {', '.join(ones)}" for predicate, ones in by_predicate.items())
    return f"{subject} {lines} .\n".encode()


def _reifies(subject: str, predicate: str, said: Sequence[str]) -> Pairs:
    return (("rdf:reifies", f"<<( {subject} {predicate} {one} )>>") for one in said)


DATASET = DatasetFormat(
    "turtle",
    "RDF 1.2 in Turtle: every statement is a reifier of what it says.",
    (DatasetFile("wattgraph.ttl", MEDIA_TYPE, "All rows, and who says so.", partial(turtle_parts, reify=_reifies)),),
    readers="pyoxigraph 0.5",
)
