"""How values read in a document: bases, dates of a lens, cells of a table, what a method says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from graph.analytics.core.exclusions import Excluded
from graph.analytics.core.method import Method
from graph.analytics.core.table import Cell
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import words

CONTAINS_PRIVATE_FACTS = "This contains private facts: it is not for others."
"""The first sentence of whatever was made with them."""
_MAX_NAMED = 5
"""Keys that a sentence about excluded links names; JSON lists all."""


def megawatts_of(basis: str) -> str:
    """Megawatts of a basis, in words."""
    return "megawatts of unstated basis" if basis == CapacityBasis.UNSTATED else f"{words(basis)} megawatts"


def format_dates(lens: Lens) -> str:
    """Both dates of a lens, one where they are the same; its scenario, and whether private facts count."""
    same = lens.valid_on == lens.known_on
    dates = str(lens.valid_on) if same else f"{lens.valid_on} as known on {lens.known_on}"
    scenario = f" in scenario {lens.scenario}" if lens.scenario else ""
    return f"{dates}{scenario}{', with private facts' if lens.overlay else ''}"


def format_lens(lens: Lens) -> str:
    """Both dates of a lens, and whatever else of it is not as usual, each by its name."""
    stated = {one.name: getattr(lens, one.name) for one in fields(lens)}
    usual = {one.name: getattr(DEFAULT_LENS, one.name) for one in fields(lens)}
    return ", ".join(f"{name} {_plain(value)}" for name, value in stated.items() if value != usual[name])


def _plain(value: object) -> str:
    return " ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


# ---- tables


def format_cell(cell: Cell) -> str:
    """A cell for a reader: numbers with thousands set apart, of a fraction six digits, below 1,000 four; keys in a
    row."""
    match cell:
        case None:
            return ""
        case tuple():
            return ", ".join(cell)
        case float():
            return _format_number(cell)
        case int():
            return f"{cell:,}"
    return str(cell)


def _format_number(number: float) -> str:
    if number == int(number):
        return f"{number:,.0f}"
    if abs(number) < 1000:
        return f"{number:,.4g}"
    decimals = max(0, 6 - len(str(int(abs(number)))))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def exclusion_sentences(excluded: Sequence[Excluded]) -> Iterator[str]:
    """One sentence for each kind of exclusion, with the number of links and the first keys; most links first."""
    by_reason: dict[str, dict[str, None]] = {}
    for one in excluded:
        by_reason.setdefault(one.reason, {})[one.link.key] = None
    for why, links in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        keys = list(links)
        more = f" and {len(keys) - _MAX_NAMED} more" if len(keys) > _MAX_NAMED else ""
        yield f"{len(keys)} left out: {why} ({', '.join(keys[:_MAX_NAMED])}{more})."


# ---- methods


def provenance(method: Method) -> str:
    """The lens, the date through which the data reach, and the data version."""
    through = f"data through {method.data_through}" if method.data_through else "no dated source"
    return f"{format_dates(method.lens)}; {through}; data version {method.data_version}."


def format_parameters(method: Method) -> str:
    """The plain parameters of a method and its size, without its scope and without what is not stated."""
    return ", ".join(f"{name} {value}" for name, value in _plain_parameters(method).items())


def _plain_parameters(method: Method) -> Mapping[str, str]:
    values = {**method.parameters, **method.size}
    return {name: _format_parameter(value) for name, value in values.items() if _is_stated(value)}


def _is_stated(value: Any) -> bool:
    return value is not None and value != [] and value != () and not isinstance(value, dict)


def _format_parameter(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " and ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


class MethodLine(NamedTuple):
    """How figures came about: of one method, or of several that differ in their inputs alone, such as the same for many
    organizations."""

    name: str
    weight: str
    parameters: str
    engine: str

    @property
    def sentence(self) -> str:
        parameters = f"{self.parameters}; " if self.parameters else ""
        return f"{self.name}: weight {self.weight}; {parameters}computed by {self.engine}."


def method_lines(methods: Iterable[Method]) -> list[MethodLine]:
    """In the order of the methods; of several that are told together, what differs is told for the first few."""
    alike: dict[tuple[str, str, str], list[Mapping[str, str]]] = {}
    for one in methods:
        about = words(one.name).capitalize(), one.weight, format_engine(one)
        alike.setdefault(about, []).append(_plain_parameters(one))
    return [MethodLine(name, weight, _joined(each), engine) for (name, weight, engine), each in alike.items()]


def _joined(each: Sequence[Mapping[str, str]]) -> str:
    names = dict.fromkeys(name for one in each for name in one)
    values = {name: list(dict.fromkeys(one[name] for one in each if name in one)) for name in names}
    return ", ".join(f"{name} {first_few(several)}" for name, several in values.items())


def first_few(texts: Sequence[str], apart: str = "; ") -> str:
    """The first of them, and how many more there are."""
    more = len(texts) - _MAX_NAMED
    return apart.join(texts[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def format_engine(method: Method) -> str:
    """The libraries that computed it, with their versions."""
    return ", ".join(f"{name} {version}" for name, version in method.libraries.items()) or "Wattgraph alone"
