"""`/statements`: all that is said of one property of a row: what a figure opens where a page does not hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.context.errors import NotFound
from api.pages.agreements import BASIS_WORDS, megawatt_slots
from api.pages.depth import property_words
from api.pages.evidence import Evidence
from api.pages.page import HtmlPage, Visit, lens_variable
from api.pages.parties import PartyName, party_name
from graph.errors import BadInput
from graph.vocabulary.model import KINDS, Row
from graph.vocabulary.values import CapacityBasis

MAX_TESTIMONIES = 50
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class StatementsView:
    """`evidence` is None where nobody says anything of it."""

    about: PartyName
    what: str
    evidence: Evidence | None


def statements_address(visit: Visit, row: Row, name: str, basis: CapacityBasis | None = None) -> str:
    """Where the statements about a property stand, of megawatts those of one basis."""
    return visit.address.to("/statements", subject=row.key, property=name, **({"basis": basis} if basis else {}))


def statements_view(visit: Visit) -> StatementsView:
    """Raises NotFound, BadInput."""
    row, name = _row(visit), _property(visit)
    if name not in row.kind.properties:
        raise BadInput(f"{row.key} has no property {name[:_MAX_SHOWN]!r}.", remedy="Name one of its page's table.")
    basis = _basis(visit) if name == "capacities" else None
    slots = megawatt_slots(row, basis) if basis else None
    words_of = property_words(name, row.kind.kind_name)
    return StatementsView(
        about=party_name(visit, row.key),
        what=f"{BASIS_WORDS[basis]}, MW" if basis else words_of[:1].upper() + words_of[1:],
        evidence=visit.citer.evidence(row, name, slots=slots, limit=MAX_TESTIMONIES),
    )


def _row(visit: Visit) -> Row:
    key = visit.parameters.get("subject", "")
    row = visit.facts.row(key)
    if row is None or row.kind.kind_name not in KINDS:
        raise NotFound(f"The lens shows nothing of key {key[:_MAX_SHOWN]!r}.", remedy="Give a key as subject.")
    return row


def _property(visit: Visit) -> str:
    if "property" not in visit.parameters:
        raise BadInput("No property is named.", remedy="Write property=value, or another of the row's page.")
    return visit.parameters["property"]


def _basis(visit: Visit) -> CapacityBasis | None:
    text = visit.parameters.get("basis")
    if text is not None and text not in list(CapacityBasis):
        raise BadInput(f"basis is {text[:_MAX_SHOWN]!r}.", remedy=f"Name one of {', '.join(CapacityBasis)}.")
    return CapacityBasis(text) if text else None


def statements_variables(visit: Visit) -> Mapping[str, Any]:
    lens = {"lens": lens_variable(visit.address)}
    return {"subject": _row(visit).key, "property": _property(visit)} | lens


PAGE = HtmlPage(
    "/statements",
    "statements.html.j2",
    "statements.graphql",
    statements_view,
    parameters=("subject", "property", "basis"),
    variables=statements_variables,
)
