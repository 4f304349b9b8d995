"""What an address of the graph says: which links, how they are drawn, and what a reader has chosen on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from api.pages.fact_index import FactIndex
from graph.analytics.network.centrality import CentralityMetric
from graph.errors import BadInput
from graph.evidence.firmness import Firmness
from graph.pictures.network_query import MAX_DEPTH, MAX_PATH_HOPS, Colour, NetworkQuery, WidthMeasure
from graph.vocabulary.enums import LinkStatus, OrganizationKind
from graph.vocabulary.model import LINKS, SEARCH_FOLDED, Row
from graph.vocabulary.values import fold

E = TypeVar("E", bound=StrEnum)
ALL_TYPES = "ALL"
LISTS = frozenset({"type", "kind", "commitment", "status"})
_CAMERA = re.compile(r"-?\d{1,3}(\.\d{1,4})?,-?\d{1,3}(\.\d{1,4})?,\d{1,3}(\.\d{1,4})?")
_MAX_SHOWN = 40


@dataclass(frozen=True)
class GraphState:
    """All that a permalink holds beside the lens. `selected`: the key of the entity that is looked at. `view`: where a
    browser's camera stands, x, y and ratio; the server draws all. `data_version`: that under which the link was made.
    `legend`, `width`: of the SVG, the latter in pixels at most."""

    query: NetworkQuery
    selected: str
    view: str
    data_version: str
    legend: bool
    width: float


def graph_state(parameters: Mapping[str, str], facts: FactIndex) -> GraphState:
    """Raises BadInput for a value that a parameter does not take."""
    values = {
        field: read(name, parameters[name], facts) for name, (field, read) in _QUERY.items() if name in parameters
    }
    query = NetworkQuery(**values)
    if (query.path_from is None) != (query.path_to is None):
        raise BadInput("Paths need two ends.", remedy="Give both from and to.")
    if query.path_from is not None and query.path_from == query.path_to:
        raise BadInput(f"A path from {query.path_from} to itself.", remedy="Name two entities.")
    return GraphState(
        query=query,
        selected=_entity("select", parameters["select"], facts) if "select" in parameters else "",
        view=_camera(parameters["view"]) if "view" in parameters else "",
        data_version=parameters.get("dataVersion", ""),
        legend=_yes_or_no("legend", parameters.get("legend", "yes")),
        width=_width(parameters.get("width", "1450")),
    )


def entity_key(facts: FactIndex, text: str) -> str | None:
    """The key of the entity that has this key, name, ticker or alias."""
    if text in facts.entities:
        return text
    folded = fold(text)
    named = [row for row in facts.entities.values() if folded in (row.columns.get(SEARCH_FOLDED) or ())]
    return min(named, key=_preference).key if named else None


def _preference(row: Row) -> tuple[bool, int, str]:
    """Organizations before others, those of more links first."""
    return row.label != "Organization", -(row["link_count"] or 0), row.key


# ---- values


def _bad(name: str, text: str, remedy: str) -> BadInput:
    return BadInput(f"{name} is {text[:_MAX_SHOWN]!r}, which it does not take.", remedy=remedy)


def _one_of(choices: type[E]) -> Callable[[str, str, FactIndex], E]:
    def read(name: str, text: str, _: FactIndex) -> E:
        try:
            return choices(text)
        except ValueError:
            raise _bad(name, text, f"Name one of {', '.join(choices)}.") from None

    return read


def _some_of(choices: type[E]) -> Callable[[str, str, FactIndex], frozenset[E]]:
    read_one = _one_of(choices)
    return lambda name, text, facts: frozenset(read_one(name, part, facts) for part in text.split(","))


def _types(name: str, text: str, _: FactIndex) -> frozenset[str]:
    named = frozenset(text.split(","))
    if ALL_TYPES in named:
        return frozenset(LINKS)
    if named - LINKS.keys():
        raise _bad(name, text, f"Name some of {', '.join(LINKS)}, or {ALL_TYPES}.")
    return named


def _amount(name: str, text: str, _: FactIndex) -> float:
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII) is None:
        raise _bad(name, text, "Write a number such as 200 or 1.5.")
    return float(text)


def _count(most: int) -> Callable[[str, str, FactIndex], int]:
    def read(name: str, text: str, _: FactIndex) -> int:
        if re.fullmatch(r"\d", text, re.ASCII) is None or not 1 <= int(text) <= most:
            raise _bad(name, text, f"Write 1 to {most}.")
        return int(text)

    return read


def _entity(name: str, text: str, facts: FactIndex) -> str:
    key = entity_key(facts, text)
    if key is None:
        raise _bad(name, text, "The lens shows nothing of that key, name or ticker; choose a later date, or search.")
    return key


def _text(name: str, text: str, _: FactIndex) -> str:
    return text[:200]


def _metric(name: str, text: str, facts: FactIndex) -> str:
    return str(_one_of(CentralityMetric)(name, text, facts))


def _parallel(name: str, text: str, _: FactIndex) -> bool:
    if text not in ("fan", "merge"):
        raise _bad(name, text, "Write fan or merge.")
    return text == "merge"


def _yes_or_no(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise _bad(name, text, "Write yes or no.")
    return text == "yes"


def _width(text: str) -> float:
    if re.fullmatch(r"[1-9]\d{2,3}", text, re.ASCII) is None:
        raise _bad("width", text, "Write 100 to 9999 pixels.")
    return float(text)


def _camera(text: str) -> str:
    if _CAMERA.fullmatch(text) is None:
        raise _bad("view", text, "Write x, y and ratio as 0.5,0.5,1.")
    return text


_QUERY: Mapping[str, tuple[str, Callable[[str, str, FactIndex], Any]]] = {
    "type": ("types", _types),
    "kind": ("kinds", _some_of(OrganizationKind)),
    "commitment": ("commitments", _some_of(Firmness)),
    "status": ("statuses", _some_of(LinkStatus)),
    "measure": ("measure", _one_of(WidthMeasure)),
    "atLeast": ("at_least", _amount),
    "atMost": ("at_most", _amount),
    "source": ("source", _text),
    "around": ("around", _entity),
    "depth": ("depth", _count(MAX_DEPTH)),
    "from": ("path_from", _entity),
    "to": ("path_to", _entity),
    "hops": ("hops", _count(MAX_PATH_HOPS)),
    "colour": ("colour", _one_of(Colour)),
    "size": ("size", _metric),
    "parallel": ("merged", _parallel),
}
"""Name in an address, field of the query, and reader of each value."""
PARAMETERS = (*_QUERY, "select", "view", "dataVersion", "legend", "width")
