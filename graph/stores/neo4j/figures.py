"""Figures of links as they stand in Neo4j, under names by which whoever adds them up adds what is firm alone.

    firm                     whether a link is in force, signed or active, and firm
    mw_critical_it           megawatts of a firm link
    mw_critical_it_option    those of an option; likewise _conditional, _letter, _lapsed
    stated_mw_critical_it    what the link states, however firm: what filters and orders of the API compare

The same holds for the other bases and for `value_usd`, of which a link with a firm part counts that part alone.

Two labels of a link are there for drawing: how firmly it binds (`CommitmentFirm`, `CommitmentOption`, …), and how many
megawatts it states (`UpTo100Mw`, …)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from graph.evidence.firmness import Firmness, MemoColumn, firmness, is_firm, memo_column
from graph.vocabulary.model import AMOUNT_ROLES, PropertyRole, Row, link_properties, property_names
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis

CAPTION = "caption"
_FIRM = "firm"
_STATED = "stated_"


@cache
def _amounts() -> frozenset[str]:
    return frozenset(f"{name}_usd" for role in AMOUNT_ROLES for name in property_names(role))


@cache
def _stated() -> frozenset[str]:
    """The columns of links that say how much: amounts, and megawatts of every basis, in all and of each stage."""
    capacities = (link_properties()[name] for name in property_names(PropertyRole.CAPACITY))
    megawatts = {column for one in capacities for column in one.type.column_names(one.name) if column != one.name}
    return _amounts() | megawatts


@cache
def _totals() -> frozenset[str]:
    return _amounts() | {mw_column(basis) for basis in CapacityBasis}


def stored_name(label: str, column: str) -> str:
    """The property of a node that holds a column of its row."""
    return f"{_STATED}{column}" if label == "Link" and column in _stated() else column


def column_names(link: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a link by the columns that they hold, without those that hold none."""
    return {name.removeprefix(_STATED): value for name, value in link.items() if name not in figure_names()}


@cache
def figure_names() -> frozenset[str]:
    """The properties of a link that hold no column of it: what is firm, and what stands beside."""
    return _stated() | {_FIRM, CAPTION} | {_beside(name, column) for name in _totals() for column in MemoColumn}


def figures(link: Row, *, replaced: bool = False) -> dict[str, Any]:
    """Whether a link is firm, and what of its figures is firm, or stands beside; talks, rumours, mere announcements and
    what another link has replaced have neither."""
    if replaced and link["in_force"]:
        return {_FIRM: False}
    stated = {name: link.columns[name] for name in _stated() & link.columns.keys()}
    if is_firm(link):
        firm_part = link.of_role(PropertyRole.FIRM_PART)
        return {_FIRM: True} | stated | ({} if firm_part is None else dict.fromkeys(_amounts(), firm_part))
    column = memo_column(link)
    if column is None:
        return {_FIRM: False}
    return {_FIRM: False} | {_beside(name, column): stated[name] for name in _totals() & stated.keys()}


# ---- labels


class Size(StrEnum):
    """How many megawatts a link states, of the first basis that it states; none for a link that states none."""

    UP_TO_100_MW = "UpTo100Mw"
    UP_TO_300_MW = "UpTo300Mw"
    UP_TO_1000_MW = "UpTo1000Mw"
    OVER_1000_MW = "Over1000Mw"


_UP_TO = {100: Size.UP_TO_100_MW, 300: Size.UP_TO_300_MW, 1000: Size.UP_TO_1000_MW}
FIRMNESS_LABELS: Mapping[Firmness, str] = {one: f"Commitment{one.capitalize()}" for one in Firmness}
"""By how firmly a link binds, as it is drawn."""
LINK_LABELS = (*FIRMNESS_LABELS.values(), *map(str, Size))


def link_labels(link: Row) -> tuple[str, ...]:
    size = _size(link)
    return (FIRMNESS_LABELS[firmness(link)], *([] if size is None else [str(size)]))


def _size(link: Row) -> Size | None:
    stated = (link.columns.get(mw_column(basis)) for basis in CapacityBasis)
    mw = next((one for one in stated if one is not None), None)
    if mw is None:
        return None
    return next((size for limit, size in _UP_TO.items() if mw <= limit), Size.OVER_1000_MW)


def _beside(name: str, column: MemoColumn) -> str:
    return f"{name}_{column.lower()}"
