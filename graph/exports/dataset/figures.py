"""Addresses of the numbers of a dataset: of each number of a row its living figure, `/figures/ID`.

A dataset has them where somebody asked for them; then a column `value_usd_figure` stands beside `value_usd`, and so
with every number. What a source says, whether it is shown or not, has the address of its statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from graph.evidence.lens import Lens
from graph.evidence.policy import POLICY_VERSION
from graph.publication.answers import MEGAWATTS, PARTS, megawatts_of
from graph.publication.figures import check_citable, figure_id, lens_text
from graph.publication.values import value_text
from graph.vocabulary.model import KINDS, Property, Row
from graph.vocabulary.types import (
    Capacities,
    CountType,
    FigureType,
    MoneyType,
    Number,
    RenewalsType,
    TerminationType,
    Whole,
)
from graph.vocabulary.values import Json

_OF_NUMBERS = (Number, Whole, CountType, MoneyType, FigureType, Capacities, RenewalsType, TerminationType)
SAID = "value"
"""The column of what a statement says."""


@dataclass(frozen=True)
class FigureAddresses:
    """Gives addresses under a lens with both dates. `service`: where readers reach the service, without a slash at its
    end; without one an address is a path. Raises BadInput for private facts, which have none."""

    lens: Lens
    service: str = ""
    _folder: str = field(init=False)

    def __post_init__(self) -> None:
        check_citable(self.lens)
        object.__setattr__(self, "_folder", f"{self.service}/figures/")

    def of_row(self, row: Row) -> Mapping[str, str]:
        """The addresses of the numbers of a row, by what an ID calls them (`value`, `mw_critical_it`); of a statement
        that of what it says."""
        if row.label == "Statement":
            scenario = f"?{urlencode({'scenario': self.lens.scenario})}" if self.lens.scenario else ""
            return {SAID: f"{self.service}/statements/{row.key}{scenario}"}
        ids = ((name, figure_id(row.key, name, self.lens, value)) for name, value in numbers_of(row))
        return {name: self.of_id(id) for name, id in ids if id}

    def of_id(self, id: str) -> str:
        return f"{self._folder}{id}"

    def of_entries(self, row: Row, name: str, figures: Mapping[str, str]) -> list[str]:
        """The addresses of the entries of capacities, in their order: of one that is the total of its basis, or of its
        stage, its figure, which is among those of the row; of another all that is said of its basis."""
        entries = row[name] or ()
        addresses = []
        for entry in entries:
            totals = (one for one, (basis, _) in MEGAWATTS.items() if basis is entry.basis and one in figures)
            figure = next((one for one in totals if megawatts_of(entries, one) == entry), None)
            addresses.append(figures[figure] if figure else self._statements(row.key, name, entry.basis))
        return addresses

    def of_record(self, row: Row) -> Mapping[str, Json]:
        """The addresses of the numbers of a row, of its entries of capacities too."""
        capacities = (
            one.name for one in _properties_with_numbers(row.kind.kind_name) if isinstance(one.type, Capacities)
        )
        figures = self.of_row(row)
        entries: Mapping[str, Json] = {name: [*self.of_entries(row, name, figures)] for name in capacities if row[name]}
        return {**figures, **entries}

    def _statements(self, subject: str, name: str, basis: str) -> str:
        days = {"validOn": self.lens.valid_on, "knownOn": self.lens.known_on, "scenario": self.lens.scenario}
        stated = {"subject": subject, "property": name, "basis": basis, **days}
        return f"{self.service}/statements?{urlencode({one: text for one, text in stated.items() if text})}"


def address_form(lens: Lens) -> str:
    """The address of the number of a row, by its parts; empty for private facts, which have none."""
    return "" if lens.overlay else f"/figures/KEY:PROPERTY:{lens_text(lens)}:VALUE:{POLICY_VERSION}-CHECK"


def address_rule(lens: Lens) -> str:
    """The same as a sentence without its stop."""
    form = address_form(lens)
    check = "CHECK: six hexadecimal digits of SHA-256 of all from KEY to its hyphen"
    return form and f"Figures have addresses, {form} ({check}; wattgraph figure of KEY PROPERTY prints it)"


# ---- the numbers of a row


def numbers_of(row: Row) -> Iterator[tuple[str, Any]]:
    """The numbers of an entity, a link or an observation, by what an ID calls them, as typed values."""
    for prop in _properties_with_numbers(row.kind.kind_name):
        value = row[prop.name]
        if value is None or value == ():
            continue
        match prop.type:
            case Capacities():
                yield from ((name, megawatts_of(value, name)) for name in MEGAWATTS if name in row.columns)
            case RenewalsType() | TerminationType():
                yield from ((name, one) for name, one in prop.type.columns(prop.name, value).items() if name in PARTS)
            case _:
                yield prop.name, value


@cache
def _properties_with_numbers(kind: str) -> tuple[Property, ...]:
    return tuple(one for one in KINDS[kind].properties.values() if isinstance(one.type, _OF_NUMBERS))


def figures_of(row: Row) -> Iterator[tuple[str, str]]:
    """The numbers of a row that are figures, as the texts of their values."""
    texts = ((name, value_text(value)) for name, value in numbers_of(row))
    return ((name, text) for name, text in texts if text is not None)
