"""Exposure both ways: what an organization loses if a counterparty fails, and what that loses if it fails itself.

Direct effects only, contract by contract, as the analytic `shock` has them under its model DIRECT."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.pages.agreements import BASIS_WORDS, LAYER_WORDS
from api.pages.documents import with_fragments
from api.pages.evidence import ShownFigure, computed
from api.pages.figure_address import cell_address
from api.pages.page import Visit, lens_variable
from api.pages.parties import PartyName, party_name
from api.pages.wording import billions
from graph.analytics.core.amounts import Amount, amount_of
from graph.analytics.core.chains import ContractDag, declared_dag, distinct, total
from graph.analytics.core.claims import Claim
from graph.analytics.core.exclusions import UNMEASURED, Parties
from graph.analytics.core.facts import Facts
from graph.analytics.core.scope import DEFAULT_SCOPE, Flow, Scope, Weight
from graph.analytics.core.selection import Included, select
from graph.analytics.risk.exposures import Exposure, UsdAtRisk, guarantees_of, without_cap
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import Row
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import megawatts, words

MAX_LINES = 12


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """Who loses what if `fails` fails; one layer, basis and sort of claim in each figure."""

    fails: PartyName
    loses: PartyName
    megawatts: tuple[ShownFigure, ...]
    dollars: tuple[ShownFigure, ...]


@dataclass(frozen=True, slots=True)
class ExposureTable:
    """`own`: what the organization loses; `others`: what others lose by it. The greatest first; `more_…` count those
    that are left out."""

    own: tuple[ExposureLine, ...]
    others: tuple[ExposureLine, ...]
    more_own: int
    more_others: int


class Stakes:
    """What is in scope, once for all pages of a lens."""

    def __init__(self, facts: Facts) -> None:
        self.snapshot = facts.snapshot
        chosen = select(self.snapshot, DEFAULT_SCOPE, Flow.LINK, Weight.COUNT, parties=Parties.NAMED_OR_NOT)
        unmeasured = {one.link.key: one.link for one in chosen.excluded if one.reason in UNMEASURED}
        self.links: Mapping[str, Row] = {key: one.link for key, one in chosen.included.items()} | unmeasured
        self.guarantees, left_out = guarantees_of(self.snapshot, DEFAULT_SCOPE)
        self.without_cap = without_cap(left_out)

    @cached_property
    def declared(self) -> ContractDag:
        return declared_dag(self.snapshot)

    @cached_property
    def _at(self) -> Mapping[str, Sequence[Row]]:
        by_end: dict[str, list[Row]] = {}
        for link in self.links.values():
            for end in {link.columns["from"], link.columns["to"]}:
                by_end.setdefault(end, []).append(link)
        return by_end

    def counterparties(self, organization: str) -> Mapping[str, Mapping[str, Row]]:
        """The links in scope by the organization at their other end, sites and unnamed parties left out."""
        links: dict[str, dict[str, Row]] = {}
        for link in self._at.get(organization, ()):
            source, target = link.columns["from"], link.columns["to"]
            other = target if source == organization else source
            if other != organization and other in self.snapshot.nodes:
                links.setdefault(other, {})[link.key] = link
        return links

    def exposure(self, organization: str, failed: str, touching: Mapping[str, Row]) -> Exposure:
        return Exposure(organization, frozenset({failed}), touching, self.guarantees, DEFAULT_SCOPE, self.without_cap)

    def megawatts(self, touching: Mapping[str, Row]) -> Iterator[_Megawatts]:
        """What contracts add to, by layer and basis."""
        for layer in Layer:
            here = [link for link in touching.values() if link["layer"] is layer and link["capacities"]]
            for basis in CapacityBasis if here else ():
                included = dict(_measured(here, Scope(basis=basis)))
                if included:
                    yield layer, basis, total(included, distinct(included, self.declared))


def _measured(links: Sequence[Row], scope: Scope) -> Iterator[tuple[str, Included]]:
    for link in links:
        amount = amount_of(link, Weight.CAPACITY_MW, scope)
        if isinstance(amount, Amount):
            yield link.key, Included(link, link.columns["from"], link.columns["to"], amount)


_Megawatts = tuple[Layer, CapacityBasis, float]


@dataclass(frozen=True, slots=True)
class _Loss:
    """What one loses by the failure of the other: megawatts are those of their contracts, dollars are lost by who is
    owed them."""

    loser: str
    failed: str
    touching: Mapping[str, Row]
    megawatts: Sequence[_Megawatts]
    dollars: Sequence[UsdAtRisk]

    @property
    def usd(self) -> float:
        """The greatest amount."""
        return max((one.value_usd or 0 for one in self.dollars), default=0)

    @property
    def mw(self) -> float:
        return max((size for *_, size in self.megawatts), default=0)


@dataclass(frozen=True, slots=True)
class _Losses:
    """What an organization loses by others, and others by it: the greatest first."""

    own: Sequence[_Loss]
    others: Sequence[_Loss]


def exposure_table(visit: Visit) -> ExposureTable | None:
    """None where nothing is at stake, by contracts that are firm, signed and in force."""
    losses = _losses(visit)
    if not (losses.own or losses.others):
        return None
    return ExposureTable(
        tuple(_line(visit, one) for one in losses.own[:MAX_LINES]),
        tuple(_line(visit, one) for one in losses.others[:MAX_LINES]),
        max(0, len(losses.own) - MAX_LINES),
        max(0, len(losses.others) - MAX_LINES),
    )


def exposure_query(visit: Visit) -> tuple[str, Mapping[str, Any]] | None:
    """The document that lets the organization fail, and each of those whose failure the page shows."""
    losses = _losses(visit)
    if not (losses.own or losses.others):
        return None
    failing = {"itself": visit.key} | {f"other{number}": one.failed for number, one in enumerate(_shown_own(losses), 1)}
    declared = "".join(f", ${name}: [ID!]!" for name in failing)
    fields = "\n".join(f"    {name}: shock(fail: ${name}) {{ ...Lost }}" for name in failing)
    document = f"query Exposure($lens: LensInput{declared}) {{\n  graph(lens: $lens) {{\n{fields}\n  }}\n}}"
    variables = {"lens": lens_variable(visit.address)} | {name: [key] for name, key in failing.items()}
    return with_fragments(document), variables


def _shown_own(losses: _Losses) -> Sequence[_Loss]:
    return losses.own[:MAX_LINES]


def _losses(visit: Visit) -> _Losses:
    stakes = visit.facts.computed("stakes", Stakes)
    return visit.facts.computed(f"losses {visit.key}", lambda _: _losses_of(stakes, visit.key, visit.facts.name))


def _losses_of(stakes: Stakes, key: str, name: Callable[[str], str]) -> _Losses:
    by_counterparty = stakes.counterparties(key)
    sized = {other: tuple(stakes.megawatts(links)) for other, links in by_counterparty.items()}

    def severity(one: _Loss) -> tuple[float, float, str]:
        return -one.usd, -one.mw, name(one.failed) + name(one.loser)

    own = (_loss(stakes, key, other, links, sized[other]) for other, links in by_counterparty.items())
    others = (_loss(stakes, other, key, links, sized[other]) for other, links in by_counterparty.items())
    return _Losses(*(sorted(filter(None, losses), key=severity) for losses in (own, others)))


def _loss(
    stakes: Stakes, loser: str, failed: str, touching: Mapping[str, Row], mw: Sequence[_Megawatts]
) -> _Loss | None:
    """None where it has no figure."""
    exposure = stakes.exposure(loser, failed, touching)
    usd = tuple(one for one in exposure.usd_at_risk if one.value_usd is not None)
    return _Loss(loser, failed, touching, mw, usd) if mw or usd else None


def _line(visit: Visit, loss: _Loss) -> ExposureLine:
    parties = loss.loser, loss.failed
    return ExposureLine(
        party_name(visit, loss.failed),
        party_name(visit, loss.loser),
        tuple(_mw_figure(visit, *one, loss.touching, parties) for one in loss.megawatts),
        tuple(_usd_figure(visit, one, loss.touching, parties) for one in loss.dollars),
    )


def _mw_figure(
    visit: Visit, layer: Layer, basis: CapacityBasis, mw: float, touching: Mapping[str, Row], parties: _Parties
) -> ShownFigure:
    what = f"{BASIS_WORDS[basis]}, {LAYER_WORDS[layer].lower()}, MW"
    lines = [visit.facts.name(key) for key, link in touching.items() if link["layer"] is layer and link["capacities"]]
    address = _address(visit, parties, {"layer": layer, "basis": basis}, "high", mw)
    text = f"{megawatts(mw)} MW {words(basis)}"
    return computed(text, what, lines, of=touching.values(), number=mw, address=address)


def _usd_figure(visit: Visit, at_risk: UsdAtRisk, touching: Mapping[str, Row], parties: _Parties) -> ShownFigure:
    sort = "payments over the base term" if at_risk.claim is Claim.PAYMENTS else "principal"
    layer = f", {LAYER_WORDS[at_risk.layer].lower()}" if at_risk.layer else ""
    covered = _covered(at_risk)
    lines = [visit.facts.name(key) for key, link in touching.items() if link["layer"] is at_risk.layer]
    text = f"{billions(at_risk.value_usd or 0)} bn, {'payments' if at_risk.claim is Claim.PAYMENTS else 'principal'}"
    row = {"layer": at_risk.layer, "claim": at_risk.claim} if at_risk.layer else {"claim": at_risk.claim}
    address = _address(visit, parties, row, "value", at_risk.value_usd)
    what, number = f"USD at risk, {sort}{layer}", at_risk.value_usd
    return computed(text, what, lines, of=touching.values(), note=covered, number=number, address=address)


_Parties = tuple[str, str]
"""Who loses, and who fails."""


def _address(visit: Visit, parties: _Parties, row: Mapping[str, Any], column: str, value: float | None) -> str:
    """That of the same figure in the table of `shock`."""
    loser, failed = parties
    return cell_address("shock", {"fail": (failed,)}, {"key": loser, **row}, column, visit.lens, value)


def _covered(at_risk: UsdAtRisk) -> str:
    if at_risk.guaranteed_usd is None:
        return "A guarantee states no cap: what it pays is unknown."
    if not at_risk.guaranteed_usd:
        return "No guarantee pays any of it."
    return f"Guarantees pay {billions(at_risk.guaranteed_usd)} bn of it."
