"""Assumptions: what counts with a grain of salt, each as a sentence with its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.analytics.chains import distinct
from graph.analytics.scope import QUANTITIES, Counted, Scope, Weight, link_kind
from graph.model import LINKS, TYPE_COLUMN, Commitment
from graph.values import Bound, CapacityStage

_MOST_NAMED = 5


def assumptions(counted: Mapping[str, Counted], scope: Scope, weight: Weight) -> Iterator[str]:
    yield from _about_commitment(counted, scope)
    yield from _about_replaced(counted)
    yield from _about_symmetric(counted)
    if weight in QUANTITIES:
        yield from _about_amounts(counted, weight)


def _about_commitment(counted: Mapping[str, Counted], scope: Scope) -> Iterator[str]:
    silent = [key for key, one in counted.items() if one.link.columns.get("commitment") is None]
    if silent and Commitment.FIRM in scope.commitment:
        yield f"{_of(silent, counted)} no commitment and {_pass(silent)} as FIRM."


def _about_replaced(counted: Mapping[str, Counted]) -> Iterator[str]:
    replacing = (one.link for one in counted.values() if one.link.columns.get("replaces"))
    replaced = sorted({old for link in replacing for old in link["replaces"] if old in counted})
    if replaced:
        yield (
            f"{_named(replaced)} {'is' if len(replaced) == 1 else 'are'} said to be replaced by another counted link, "
            "and still signed or active: both count."
        )


def _about_symmetric(counted: Mapping[str, Counted]) -> Iterator[str]:
    kinds = {one.link.columns[TYPE_COLUMN] for one in counted.values()}
    for name in sorted(kinds):
        if LINKS[name].ends.reads == LINKS[name].ends.reads_back:
            count = sum(one.link.columns[TYPE_COLUMN] == name for one in counted.values())
            yield f"{count} {name} links read alike from both ends; they point as they were entered."


def _about_amounts(counted: Mapping[str, Counted], weight: Weight) -> Iterator[str]:
    for bound in (Bound.UP_TO, Bound.AT_LEAST, Bound.ABOUT):
        bounded = [key for key, one in counted.items() if one.amount.bound is bound]
        if bounded:
            yield f"{_figures(bounded)} stated as {bound} and {_count(bounded)} as stated ({_keys(bounded)})."
    planned = [key for key, one in counted.items() if one.amount.stage is CapacityStage.PLANNED]
    if planned:
        yield f"{_figures(planned)} of stage PLANNED ({_keys(planned)})."
    for key, one in counted.items():
        if one.amount.firm_of is not None:
            whole = one.amount.firm_of
            yield (
                f"{key} counts with its firm part, {one.amount.value:,.0f} USD of {whole.amount:,.0f} {whole.currency}."
            )
    once = set(counted) - set(distinct(counted))
    if once:
        yield f"{_figures(sorted(once))} contained in another counted contract; where both would be added, one counts."
    yield from _about_apart(counted)
    if weight is Weight.CAPACITY_MW:
        yield "Megawatts are contracted; in force is not in service."


def _about_apart(counted: Mapping[str, Counted]) -> Iterator[str]:
    """Figures of one layer and basis that are different things all the same."""
    for name in sorted({link_kind(one.link).apart_by for one in counted.values()} - {""}):
        values = sorted({str(one.link[name] or "unstated") for one in counted.values() if link_kind(one.link).apart_by})
        if len(values) > 1:
            yield f"Adds contracts of different {name}, which are different things: {', '.join(values)}."


def _of(part: list[str], counted: Mapping[str, Counted]) -> str:
    return f"{len(part)} of {len(counted)} counted links {'states' if len(part) == 1 else 'state'}"


def _pass(keys: list[str]) -> str:
    return "passes" if len(keys) == 1 else "pass"


def _figures(keys: list[str]) -> str:
    return "1 figure is" if len(keys) == 1 else f"{len(keys)} figures are"


def _count(keys: list[str]) -> str:
    return "counts" if len(keys) == 1 else "count"


def _named(keys: list[str]) -> str:
    return _keys(keys) if len(keys) <= _MOST_NAMED else f"{len(keys)} links"


def _keys(keys: list[str]) -> str:
    shown = ", ".join(keys[:_MOST_NAMED])
    return shown if len(keys) <= _MOST_NAMED else f"{shown} and {len(keys) - _MOST_NAMED} more"
