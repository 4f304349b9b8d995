"""Assumptions: what counts with a grain of salt, each as a sentence with its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

from graph.analytics.core.amounts import Amount, amount_of
from graph.analytics.core.chains import distinct, total
from graph.analytics.core.exclusions import Excluded, ExclusionReason, exclusion_of_kind
from graph.analytics.core.scope import QUANTITIES, Flow, Scope, Weight, link_kind
from graph.analytics.core.selection import Included
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Commitment, Layer
from graph.vocabulary.model import LINKS, TYPE_COLUMN, Row
from graph.vocabulary.values import Bound, CapacityBasis, CapacityStage

_MOST_NAMED = 5


def assumptions_of(included: Mapping[str, Included], scope: Scope, weight: Weight) -> Iterator[str]:
    links = [one.link for one in included.values()]
    yield from about_links(links, zip(links, repeat(1)), scope)
    if weight in QUANTITIES:
        yield from about_figures(included, weight)


def about_links(links: Sequence[Row], tally: Iterable[tuple[Row, int]], scope: Scope) -> Iterator[str]:
    """Assumptions about the included links, whatever they weigh; `tally` counts the links of each kind."""
    types: Counter[str] = Counter()
    silent = 0
    for kind, count in tally:
        types[kind.columns[TYPE_COLUMN]] += count
        silent += count if kind.columns.get("commitment") is None else 0
    if silent and Commitment.FIRM in scope.commitment:
        states, pass_ = ("states", "passes") if silent == 1 else ("state", "pass")
        yield f"{silent} of {len(links)} counted links {states} no commitment and {pass_} as FIRM."
    for name, count in sorted(types.items()):
        if count and LINKS[name].ends.reads == LINKS[name].ends.reads_back:
            yield f"{count} {name} links read alike from both ends; they point as they were entered."


def about_unnamed(excluded: Iterable[Excluded], snapshot: Snapshot, scope: Scope, flow: Flow) -> Iterator[str]:
    """How much hangs on the links that a ranking leaves out because a party is a placeholder, and nothing else."""
    links = [
        one.link
        for one in excluded
        if one.reason is ExclusionReason.PLACEHOLDER
        and exclusion_of_kind(one.link, scope, flow, snapshot.lens.valid_on) is None
    ]
    if links:
        verb, named = ("is", "a party") if len(links) == 1 else ("are", "parties")
        amounts = "; ".join(_hanging(links, scope)) or "no figure"
        yield (
            f"{len(links)} {'link' if len(links) == 1 else 'links'} with {named} that no source names {verb} left out, "
            f"and with {'it' if len(links) == 1 else 'them'}: {amounts}."
        )


def _hanging(links: Sequence[Row], scope: Scope) -> Iterator[str]:
    """Megawatts by layer and basis, dollars by layer, what one contains of another counted once."""
    for layer in (*Layer, None):
        here = [link for link in links if link["layer"] is layer]
        name = layer or "of no layer"
        for basis in CapacityBasis if scope.basis is None else (scope.basis,):
            measured = _measured(here, Weight.CAPACITY_MW, replace(scope, basis=basis))
            if measured:
                yield f"{total(measured, distinct(measured)):,.0f} MW {basis} ({name})"
        valued = _measured(here, Weight.VALUE_USD, replace(scope, basis=None))
        if valued:
            yield f"{total(valued, distinct(valued)):,.0f} USD ({name})"


def _measured(links: Iterable[Row], weight: Weight, scope: Scope) -> Mapping[str, Included]:
    amounts = ((link, amount_of(link, weight, scope)) for link in links)
    return {
        link.key: Included(link, link.columns["from"], link.columns["to"], amount)
        for link, amount in amounts
        if isinstance(amount, Amount)
    }


def about_figures(included: Mapping[str, Included], weight: Weight) -> Iterator[str]:
    """Assumptions about the figures of contracts."""
    for bound in (Bound.UP_TO, Bound.AT_LEAST, Bound.ABOUT):
        bounded = [key for key, one in included.items() if one.amount.bound is bound]
        if bounded:
            yield f"{_figures(bounded)} stated as {bound} and {_count(bounded)} as stated ({_keys(bounded)})."
    planned = [key for key, one in included.items() if one.amount.stage is CapacityStage.PLANNED]
    if planned:
        yield f"{_figures(planned)} of stage PLANNED ({_keys(planned)})."
    for key, one in included.items():
        if one.amount.firm_of is not None:
            whole = one.amount.firm_of
            yield (
                f"{key} counts with its firm part, {one.amount.value:,.0f} USD of {whole.amount:,.0f} {whole.currency}."
            )
    once = set(included) - set(distinct(included))
    if once:
        yield f"{_figures(sorted(once))} contained in another counted contract; where both would be added, one counts."
    yield from _about_never_summed(included)
    if weight is Weight.CAPACITY_MW:
        yield "Megawatts are contracted; in force is not in service."


def _about_never_summed(included: Mapping[str, Included]) -> Iterator[str]:
    """Figures of one layer and basis across which sums are never formed (`never_sum_across`)."""
    for name in sorted({link_kind(one.link).never_sum_across for one in included.values()} - {""}):
        values = sorted(
            {str(one.link[name] or "unstated") for one in included.values() if link_kind(one.link).never_sum_across}
        )
        if len(values) > 1:
            yield f"Adds contracts of different {name}, which are different things: {', '.join(values)}."


def _figures(keys: list[str]) -> str:
    return "1 figure is" if len(keys) == 1 else f"{len(keys)} figures are"


def _count(keys: list[str]) -> str:
    return "counts" if len(keys) == 1 else "count"


def _named(keys: list[str]) -> str:
    return _keys(keys) if len(keys) <= _MOST_NAMED else f"{len(keys)} links"


def _keys(keys: list[str]) -> str:
    shown = ", ".join(keys[:_MOST_NAMED])
    return shown if len(keys) <= _MOST_NAMED else f"{shown} and {len(keys) - _MOST_NAMED} more"
