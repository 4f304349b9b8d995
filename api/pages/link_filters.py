"""What an address of `/links` asks for: conditions and an order, as a query of the store and as variables of GraphQL.

Both are made side by side, condition by condition, so that the page and the answer for programs show the same links.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from api.pages.page import Visit
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadInput
from graph.exports.dataset.dataset import EVERY_LINK, LinkSelection
from graph.stores.names import NamedKey
from graph.stores.query import (
    KEY_COLUMN,
    And,
    Compare,
    Filter,
    Or,
    Order,
    Page,
    Query,
    Refers,
    Slice,
    moment_filter,
    scan,
    text_filter,
)
from graph.vocabulary.enums import Commitment, Layer, LinkStatus, ServiceState
from graph.vocabulary.model import TYPE_COLUMN, LinkRole, LinkType, link_types
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis, PartialDate

if TYPE_CHECKING:
    from api.schema import link_where
else:
    link_where = lazy_import("api.schema.link_where")  # the schema takes a second, and few commands need it

Where = dict[str, Any]
"""A part of a `LinkWhere`."""
Condition = tuple[Filter, Where]
"""One condition for the store, and the same for GraphQL."""

PER_PAGE = 50
ANY_TYPE = "ANY"
CONTRACTS = ",".join(sorted(link_types(LinkRole.CAPACITY_CONTRACT)))
"""The types that are listed where the address names none."""
_MAX_SHOWN = 40


# ---- conditions, by the parameter that states them


def _choices(choices: type[StrEnum], column: str, field: str, name: str, text: str) -> Condition:
    values = tuple(text.split(","))
    for value in values:
        if value not in list(choices):
            message = f"{name} is {value[:_MAX_SHOWN]!r}, which is no value of it."
            raise BadInput(message, remedy=f"Name some of {', '.join(choices)}.")
    return Compare(column, "in", values), {field: {"in": list(values)}}


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"{name} is {text[:_MAX_SHOWN]!r}, which is no number.", remedy="Write it as 200 or 5e9.")
    return number


def _dollars(name: str, text: str) -> Condition:
    usd = _number(name, text)
    return Compare("value_usd", "gte", usd), {"valueUsd": {"gte": usd}}


def _announced(operator: str, _: str, text: str) -> Condition:
    return moment_filter("announced", operator, PartialDate.read(text)), {"announced": {operator: text}}


_CALLED = ("name", "ticker")


def _called(text: str) -> Filter:
    """By key, by a part of the name, or by ticker."""
    by_text = (text_filter(one, "contains", text) for one in _CALLED)
    return Or((Compare(KEY_COLUMN, "in", tuple(text.split(","))), *by_text))


def _party(column: str, field: str, _: str, text: str) -> Condition:
    where = [{"key": {"in": text.split(",")}}, *({one: {"contains": text}} for one in _CALLED)]
    return Refers(column, _called(text)), {field: {"or": where}}


def _flag(column: str, field: str, name: str, text: str) -> Condition:
    if text not in ("true", "false"):
        raise BadInput(f"{name} is {text[:_MAX_SHOWN]!r}.", remedy="Write true or false.")
    return Compare(column, "eq", text == "true"), {field: {"eq": text == "true"}}


def _key(column: str, operator: str, field: str, _: str, text: str) -> Condition:
    return Compare(column, operator, text), {field: {"key": {"eq": text}}}


_CONDITIONS: Mapping[str, Callable[[str, str], Condition]] = {
    "type": partial(_choices, LinkType, TYPE_COLUMN, "type"),
    "status": partial(_choices, LinkStatus, "status", "status"),
    "commitment": partial(_choices, Commitment, "commitment", "commitment"),
    "layer": partial(_choices, Layer, "layer", "layer"),
    "state": partial(_choices, ServiceState, "service_state", "serviceState"),
    "inForce": partial(_flag, "in_force", "inForce"),
    "usdFrom": _dollars,
    "announcedFrom": partial(_announced, "gte"),
    "announcedTo": partial(_announced, "lte"),
    "source": partial(_party, "from", "source"),
    "target": partial(_party, "to", "target"),
    "site": partial(_key, "site", "eq", "siteWhere"),
    "chip": partial(_key, "chips", "has", "chipWhere"),
    "deal": partial(_key, "deal", "eq", "dealWhere"),
}
"""Parameters that state a condition by themselves; `basis` and `mwFrom` state one together."""


def _megawatts(basis: str, least: str) -> Condition:
    """Megawatts of one basis, which is critical IT load where none is named."""
    if basis not in list(CapacityBasis):
        raise BadInput(f"basis is {basis[:_MAX_SHOWN]!r}.", remedy=f"Name one of {', '.join(CapacityBasis)}.")
    column = mw_column(CapacityBasis(basis))
    if not least:
        return Compare(column, "isnull", False), {"capacity": {"basis": basis}}
    mw = _number("mwFrom", least)
    return Compare(column, "gte", mw), {"capacity": {"basis": basis, "mw": {"gte": mw}}}


def conditions(stated: Mapping[str, str]) -> list[Condition]:
    """What the parameters of an address ask for. Raises BadInput, BadValue."""
    named = {name: text for name, text in stated.items() if name in _CONDITIONS and text != ANY_TYPE}
    made = [_CONDITIONS[name](name, text) for name, text in named.items()]
    if "basis" in stated or "mwFrom" in stated:
        made.append(_megawatts(stated.get("basis", CapacityBasis.CRITICAL_IT), stated.get("mwFrom", "")))
    return made


def merged(parts: Iterable[Where]) -> Where:
    """All of these conditions; those of one field, such as two days, in one."""
    where: Where = {}
    for part in parts:
        for field, condition in part.items():
            where[field] = {**where.get(field, {}), **condition}
    return where


# ---- orders


class LinkSort(StrEnum):
    """By what links are listed: the largest, or the newest first. MW: of the basis that is asked for."""

    MW = "mw"
    CRITICAL_IT = "criticalIt"
    GROSS = "gross"
    GENERATION = "nameplate"
    UNSTATED = "unstated"
    USD = "usd"
    ANNOUNCED = "announced"
    SERVICE = "service"
    TERM = "term"


SORT_WORDS: Mapping[LinkSort, str] = {
    LinkSort.MW: "megawatts",
    LinkSort.CRITICAL_IT: "megawatts of critical IT load",
    LinkSort.GROSS: "gross megawatts",
    LinkSort.GENERATION: "nameplate megawatts",
    LinkSort.UNSTATED: "megawatts of unstated basis",
    LinkSort.USD: "US dollars",
    LinkSort.ANNOUNCED: "day of announcement",
    LinkSort.SERVICE: "start of service",
    LinkSort.TERM: "term",
}
SORT_BASES: Mapping[LinkSort, CapacityBasis] = {
    LinkSort.CRITICAL_IT: CapacityBasis.CRITICAL_IT,
    LinkSort.GROSS: CapacityBasis.GROSS,
    LinkSort.GENERATION: CapacityBasis.GENERATION,
    LinkSort.UNSTATED: CapacityBasis.UNSTATED,
}
"""Orders by the megawatts of one basis, whichever is asked for."""
_ORDER_FIELDS: Mapping[LinkSort, tuple[str, str]] = {
    LinkSort.USD: ("value_usd", "valueUsd"),
    LinkSort.ANNOUNCED: ("announced_earliest", "announced"),
    LinkSort.SERVICE: ("service_from_earliest", "serviceFrom"),
    LinkSort.TERM: ("term_years", "termYears"),
}


def _order(parameters: Mapping[str, str]) -> tuple[Order, dict[str, Any]]:
    sort, rising = parameters.get("sort", LinkSort.MW), parameters.get("order") == "asc"
    if sort not in list(LinkSort):
        raise BadInput(f"sort is {sort[:_MAX_SHOWN]!r}.", remedy=f"Name one of {', '.join(LinkSort)}.")
    if parameters.get("order", "desc") not in ("asc", "desc"):
        raise BadInput("order is asc or desc.", remedy="Write order=asc for the smallest first.")
    direction = "ASC" if rising else "DESC"
    basis = SORT_BASES.get(LinkSort(sort))
    if sort == LinkSort.MW:
        basis = CapacityBasis(parameters.get("basis", CapacityBasis.CRITICAL_IT))
    if basis is not None:
        return Order(mw_column(basis), not rising), {"capacityMw": {"basis": basis.value, "direction": direction}}
    column, field = _ORDER_FIELDS[LinkSort(sort)]
    return Order(column, not rising), {field: direction}


# ---- rows


@dataclass(frozen=True)
class LinkQuery:
    """What an address of the list asks for, of the store and of GraphQL."""

    query: Query
    where: Where
    order: dict[str, Any]


def link_query(parameters: Mapping[str, str]) -> LinkQuery:
    """Raises BadInput, BadValue, BadQuery."""
    made = conditions({"type": CONTRACTS, **parameters})
    order, ordered_by = _order(parameters)
    query = Query("Link", And(tuple(one for one, _ in made)), (order,))
    return LinkQuery(query, merged(where for _, where in made), ordered_by)


def page_size(parameters: Mapping[str, str]) -> int:
    """How many links stand on a page. Raises BadInput."""
    return int(_number("first", parameters.get("first", str(PER_PAGE))))


def matching(visit: Visit, query: Query, page: Page) -> Slice:
    """A page of the links that the lens shows."""
    return scan(visit.facts.links.values(), query, page, visit.facts.row)


FILTERS = (*_CONDITIONS, "basis", "mwFrom")
"""The parameters that select links."""
PARAMETERS = (*FILTERS, "sort", "order", "first", "after")
"""What an address of the list takes."""


_PARTIES = ("source", "target")
_KEYED = {"site": "Site", "chip": "Chip", "deal": "Deal"}
"""Parameters that name a key, with the label of the row that has it."""
SELECTING = (*FILTERS, "where")
"""The parameters that select the links of an export: those of the list, and a filter of GraphQL."""


def selection(parameters: Mapping[str, str]) -> LinkSelection:
    """The links that some of SELECTING ask for; all of them without any. Raises BadInput, BadValue, BadQuery."""
    filters = [one for one, _ in conditions(parameters)]
    stated = dict(parameters)
    keys: list[NamedKey] = [((label,), stated[name]) for name, label in _KEYED.items() if name in stated]
    if "where" in stated:
        where = link_where.link_filter(stated["where"])
        stated["where"] = where.text
        filters.append(where.where)
        keys += where.keys
    if not filters:
        return EVERY_LINK
    query = urlencode(sorted(stated.items()), safe=_READABLE)
    parties = tuple((stated[name], _called(stated[name])) for name in _PARTIES if name in stated)
    return LinkSelection(And(tuple(filters)), query, tuple(keys), parties)


_READABLE = ',{}":[]'
"""Characters of a query that stand in files as they are."""
