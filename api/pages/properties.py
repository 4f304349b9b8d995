"""Every property of a row about which somebody says something: what is shown, who says so, what else is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.pages.depth import property_words
from api.pages.evidence import Evidence, typed_value
from api.pages.page import Visit
from graph.comparison.standing import ValueStanding
from graph.vocabulary.model import Row
from graph.vocabulary.types import Capacities
from graph.vocabulary.wording import words

MAX_TESTIMONIES = 20


@dataclass(frozen=True, slots=True)
class PropertyLine:
    """One property, or of megawatts one basis, stage and phase. `shown` is False where no statement counts."""

    anchor: str
    label: str
    doc: str
    evidence: Evidence
    shown: bool


@dataclass(frozen=True, slots=True)
class PropertyGroup:
    """Lines below a heading; without a title where they need none."""

    title: str
    lines: tuple[PropertyLine, ...]


def property_lines(visit: Visit, row: Row, labels: Mapping[str, str] | None = None) -> list[PropertyLine]:
    """In the order of the model, the value of a bargain first. `labels`: what some properties are called here."""
    stated = visit.facts.statements_of(row.key)
    names = [name for name in row.kind.properties if name in stated]
    names.sort(key=lambda name: name != "value")
    kind = row.kind.kind_name
    named = ((name, (labels or {}).get(name) or property_words(name, kind)) for name in names)
    return [line for name, label in named for line in _lines_of(visit, row, name, label, stated[name])]


def _lines_of(visit: Visit, row: Row, name: str, label: str, statements: Sequence[Row]) -> Iterator[PropertyLine]:
    prop = row.kind.properties[name]
    if not isinstance(prop.type, Capacities):
        evidence = visit.citer.evidence(row, name, limit=MAX_TESTIMONIES)
        if evidence:
            yield PropertyLine(name, label[:1].upper() + label[1:], prop.doc, evidence, _is_shown(evidence))
        return
    for place, slot in enumerate(dict.fromkeys(_slots(statements))):
        evidence = visit.citer.evidence(row, name, slots={slot}, limit=MAX_TESTIMONIES)
        if evidence:
            anchor = name if place == 0 else f"{name}-{place + 1}"
            yield PropertyLine(anchor, _slot_label(slot), prop.doc, evidence, _is_shown(evidence))


def _is_shown(evidence: Evidence) -> bool:
    return evidence.values[0].standing is ValueStanding.SHOWN


def _slots(statements: Iterable[Row]) -> Iterator[str]:
    for row in statements:
        yield typed_value(row.columns["subject_kind"], row.columns["property"], row.columns["value"]).slot


def _slot_label(slot: str) -> str:
    basis, stage, phase = slot.split("/", 2)
    parts = (f"Megawatts, {words(basis)}", words(stage), phase)
    return ", ".join(part for part in parts if part)
