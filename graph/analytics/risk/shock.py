"""Risk: what others lose if an organization fails, by contract (DIRECT) and by models of how a shock spreads.

To add a model, add an entry to MODELS at the foot of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from graph.analytics.core.assumptions import assumptions_of
from graph.analytics.core.chains import distinct
from graph.analytics.core.claims import Claim, claim_kind, claim_of, no_claim_reason
from graph.analytics.core.declaration import (
    PAGE_OF_LINKS,
    Analytic,
    Column,
    Listing,
    ListOf,
    Record,
    RowOf,
    Section,
    within,
)
from graph.analytics.core.exclusions import UNMEASURED, Excluded, ExclusionReason, Parties
from graph.analytics.core.inputs import InScope
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import BASIS, EXCLUDED_LINKS, LAYER, LINKS_OF_ROW, METHOD_OF_RESULT, MW, TOTAL_COUNT
from graph.analytics.core.scope import (
    DEFAULT_SCOPE,
    QUANTITIES,
    UNITS,
    EdgeWeight,
    Flow,
    Scope,
    Weight,
    ends_of,
    require,
)
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.snapshot import Snapshot
from graph.analytics.risk.contagion import (
    SETTLED,
    Economy,
    additional_stress,
    cascade,
    debtrank_2012,
    debtrank_2015,
    economic_loss,
    esri,
)
from graph.analytics.risk.exposures import (
    Exposure,
    MwAtRisk,
    UsdAtRisk,
    guarantees_of,
    mw_at_risk,
    usd_at_risk,
    without_cap,
    without_megawatts,
)
from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadQuery
from graph.evidence.scenarios import ShockModel
from graph.vocabulary.enums import Layer
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.wording import quote

if TYPE_CHECKING:
    import numpy as np

    from graph.analytics.risk.contagion import Array
else:
    np = lazy_import("numpy")

_NEGLIGIBLE = 1e-9
"""A smaller loss is none."""
ALL = "all"
"""Stands in tables where a key would, in the rows of all who lose."""

# ---- results


class _Usd:
    """USD at risk as single figures: None where claims of several layers or sorts would have to be added."""

    usd_at_risk: tuple[UsdAtRisk, ...]

    @property
    def value_at_risk_usd(self) -> float | None:
        """Face value, without guarantees."""
        return self._only.value_usd if self._only else None

    @property
    def annual_at_risk_usd(self) -> float | None:
        return self._only.annual_usd if self._only else None

    @property
    def guaranteed_usd(self) -> float | None:
        return self._only.guaranteed_usd if self._only else None

    @property
    def _only(self) -> UsdAtRisk | None:
        stated = _stated(self.usd_at_risk)
        return stated[0] if len(stated) == 1 else None


def _stated(parts: Iterable[UsdAtRisk]) -> list[UsdAtRisk]:
    return [one for one in parts if one.value_usd is not None or one.annual_usd is not None]


@dataclass(frozen=True)
class ShockRow(_Usd):
    """One organization that loses. `loss` is a share, of what its model says, and `lost` what that comes to in the unit
    of the weight; both are None where its links state no figure: unknown, which is not 0. Megawatts and dollars are
    those of its contracts with who failed, whole. `because`: the links that carry the loss, the heaviest first."""

    organization: Row
    lost: float | None
    loss: float | None
    fails: bool
    mw_at_risk: tuple[MwAtRisk, ...]
    usd_at_risk: tuple[UsdAtRisk, ...]
    because: tuple[Row, ...]


@dataclass(frozen=True)
class ShockResult(_Usd):
    """Who loses, first who loses most in the unit of the weight: a share alone puts first who has few contracts. Of
    equals the largest share first, then by name and key. What parties lose that no source names is in what is at risk
    of all together, and in no row. `systemic_loss` is the loss of all together, as the model weighs it; None for models
    without such a figure."""

    model: ShockModel
    weight: Weight
    mw_at_risk: tuple[MwAtRisk, ...]
    usd_at_risk: tuple[UsdAtRisk, ...]
    systemic_loss: float | None
    rows: tuple[ShockRow, ...]
    excluded: tuple[Excluded, ...]
    method: Method


@dataclass(frozen=True, slots=True)
class ShockAssumptions:
    """What the facts do not hold. `threshold`: the share of its inputs whose loss fells an organization.
    `equity_ratio`: its equity over what is owed to it. `recovery`: the share of a claim that is paid all the same.
    `essential`: layers without which nothing is produced. Raises BadQuery out of range."""

    threshold: float = 0.5
    equity_ratio: float = 1.0
    recovery: float = 0.0
    essential: frozenset[Layer] = frozenset(Layer)

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise BadQuery(f"The threshold is {self.threshold}.", remedy="Give more than 0 and at most 1.")
        if not self.equity_ratio > 0:
            raise BadQuery(f"The equity ratio is {self.equity_ratio}.", remedy="Give more than 0.")
        if not 0 <= self.recovery < 1:
            raise BadQuery(f"The recovery is {self.recovery}.", remedy="Give at least 0 and less than 1.")

    def to_dict(self) -> Mapping[str, str]:
        """Each as a sentence, by name."""
        layers = ", ".join(layer for layer in Layer if layer in self.essential) or "none"
        return {
            "threshold": f"An organization fails once it has lost {self.threshold:.0%} of its inputs: uncalibrated.",
            "equity_ratio": f"Equity is {self.equity_ratio:g} times what is owed to it: uncalibrated, no equity is "
            "read from the facts.",
            "recovery": f"Of a claim on who fails {self.recovery:.0%} is recovered: uncalibrated.",
            "essential": f"Inputs of these layers are essential to every buyer: {layers}; of others not: uncalibrated.",
        }


DEFAULT_ASSUMPTIONS = ShockAssumptions()


def shock(
    snapshot: Snapshot,
    fail: Collection[str],
    model: ShockModel = ShockModel.DIRECT,
    *,
    scope: Scope = DEFAULT_SCOPE,
    weight: Weight = Weight.COUNT,
    assumptions: ShockAssumptions = DEFAULT_ASSUMPTIONS,
) -> ShockResult:
    """What the others lose if the organizations of these keys fail together.

    `weight` is what losses are shares of. Raises BadQuery for keys that are no organizations, and ScopeRequired for a
    weight that would be added across layers or bases."""
    _check(snapshot, fail)
    require(scope, weight)
    case = _Case(snapshot, frozenset(fail), scope, Weight.COUNT if weight is Weight.NONE else weight, assumptions)
    spread = MODELS[model].spread(case)
    failed = case.fail | spread.failed
    at_stake = {key: case.exposure(key, failed) for key in sorted(spread.loss.keys() - case.fail)}
    touching = {key: link for one in at_stake.values() for key, link in one.touching.items()}
    usd = tuple(usd_at_risk(at_stake.values()))
    return ShockResult(
        model=model,
        weight=case.weight,
        mw_at_risk=tuple(mw_at_risk(snapshot, touching, scope)),
        usd_at_risk=usd,
        systemic_loss=spread.systemic,
        rows=_rows(case, spread, at_stake),
        excluded=tuple(_excluded(case, model, failed, at_stake.values())),
        method=_method(case, model, usd, at_stake),
    )


def _check(snapshot: Snapshot, fail: Collection[str]) -> None:
    if not fail:
        raise BadQuery("Nobody fails.", remedy="Name at least one organization.")
    unknown = sorted(set(fail) - snapshot.organizations.keys())
    if unknown:
        raise BadQuery(f"No organization {', '.join(map(quote, unknown))}.", remedy="Name keys of organizations.")


def _rows(case: _Case, spread: _Propagation, at_stake: Mapping[str, Exposure]) -> tuple[ShockRow, ...]:
    rows = [
        ShockRow(
            organization=case.snapshot.organizations[key],
            lost=spread.lost.get(key),
            loss=spread.loss[key],
            fails=key in spread.failed,
            mw_at_risk=tuple(mw_at_risk(case.snapshot, one.touching, case.scope)),
            usd_at_risk=one.usd_at_risk,
            because=spread.carried.get(key, ()),
        )
        for key, one in at_stake.items()
        if key not in case.snapshot.placeholders
    ]
    return tuple(sorted(rows, key=_rank))


def _rank(row: ShockRow) -> tuple[float, float, str, str]:
    # amounts that are equal may differ in their last digits: models multiply shares
    lost = -1.0 if row.lost is None else float(f"{row.lost:.12g}")
    loss = -1.0 if row.loss is None else row.loss
    return -lost, -loss, str(row.organization.columns["name_sort"]), row.organization.key


def _excluded(
    case: _Case, model: ShockModel, failed: Collection[str], at_stake: Collection[Exposure]
) -> Iterator[Excluded]:
    """Links that do not count: DIRECT lists those of the failed organizations, the other models list all."""
    for one in case.excluded:
        ends = {one.link.columns["from"], one.link.columns["to"], one.link.of_role(PropertyRole.OBLIGOR)}
        if model is not ShockModel.DIRECT or ends & set(failed):
            yield one
    for key, link in sorted({key: link for one in at_stake for key, link in one.touching.items()}.items()):
        if silent := without_megawatts(link):
            yield silent
        if key not in case.claims and claim_of(link):
            yield Excluded(link, ExclusionReason.NO_CLAIM, str(no_claim_reason(link)))
    for exposure in at_stake:
        yield from exposure.without_value


def _method(case: _Case, model: ShockModel, usd: Collection[UsdAtRisk], losing: Iterable[str]) -> Method:
    entry = MODELS[model]
    descriptions = case.assumptions.to_dict()
    never_added = (
        [f"USD at risk are of {len(_stated(usd))} layers or sorts of claims, which are not added but shown apart."]
        if len(_stated(usd)) > 1
        else []
    )
    parameters = {
        "fail": sorted(case.fail),
        **{name: _json(getattr(case.assumptions, name)) for name in entry.assumptions},
        "scope": case.scope.to_dict(),
    }
    assumed = (
        entry.doc,
        *(descriptions[name] for name in entry.assumptions),
        *assumptions_of(case.weighed, case.scope, Weight.NONE),
        *_unnamed(case, losing),
        *never_added,
        "Megawatts and dollars are those of whole contracts with who failed; a guarantee counts up to its cap, if its "
        "guarantor stands.",
    )
    weight = str(EdgeWeight(case.weight))
    return method_of(
        case.snapshot,
        f"SHOCK {model}",
        parameters,
        weight,
        assumed,
        libraries=("networkx", "numpy"),
        size={"organizations": len(case.nodes), "links": len(case.links)},
    )


def _unnamed(case: _Case, losing: Iterable[str]) -> Iterator[str]:
    unnamed = sorted(case.snapshot.placeholders & set(losing))
    if unnamed:
        yield (
            f"{', '.join(unnamed)}: no source names {'it' if len(unnamed) == 1 else 'them'}, so that what "
            f"{'it loses' if len(unnamed) == 1 else 'they lose'} is in the totals and in no row."
        )


def _json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


# ---- the case


@dataclass(frozen=True)
class _Case:
    snapshot: Snapshot
    fail: frozenset[str]
    scope: Scope
    weight: Weight
    assumptions: ShockAssumptions

    @cached_property
    def _selected(self) -> Selection:
        return select(self.snapshot, self.scope, Flow.LINK, self.weight, parties=Parties.NAMED_OR_NOT)

    @cached_property
    def _guarantees(self) -> tuple[Mapping[str, Included], tuple[Excluded, ...]]:
        return guarantees_of(self.snapshot, self.scope)

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """Without what is no figure of the weight: it counts as a contract all the same."""
        own = tuple(
            one for one in self._selected.excluded if self.weight is not Weight.COUNT or one.reason not in UNMEASURED
        )
        return (*own, *(one for one in self._guarantees[1] if one not in own))

    @property
    def weighed(self) -> Mapping[str, Included]:
        """Links in scope that have the weight."""
        return self._selected.included

    @cached_property
    def links(self) -> Mapping[str, Row]:
        """All links in scope, whether or not they state a figure."""
        unmeasured = {one.link.key: one.link for one in self._selected.excluded if one.reason in UNMEASURED}
        return dict(sorted(({key: one.link for key, one in self.weighed.items()} | unmeasured).items()))

    @cached_property
    def claims(self) -> Mapping[str, tuple[str, str]]:
        """Who loses money and who would have to fail for it, by link."""
        pairs = ((key, claim_of(link)) for key, link in self.links.items() if not no_claim_reason(link))
        return {key: pair for key, pair in pairs if pair}

    @cached_property
    def dependents(self) -> Mapping[str, tuple[str, str]]:
        """Who depends and on whom, by link."""
        pairs = ((key, ends_of(link, Flow.DEPENDENCY)) for key, link in self.links.items())
        return {key: (pair[1], pair[0]) for key, pair in pairs if pair}

    @cached_property
    def nodes(self) -> list[str]:
        ends = {end for link in self.links.values() for end in (link.columns["from"], link.columns["to"])}
        return sorted(ends | self.fail)

    @cached_property
    def _at(self) -> Mapping[str, list[str]]:
        keys_by_end: dict[str, list[str]] = {}
        for key, link in self.links.items():
            for end in (link.columns["from"], link.columns["to"]):
                keys_by_end.setdefault(end, []).append(key)
        return keys_by_end

    def exposure(self, key: str, failed: frozenset[str]) -> Exposure:
        others = failed - {key}
        links = {name: self.links[name] for name in self.links_at(key)}
        touching = {name: link for name, link in links.items() if {link.columns["from"], link.columns["to"]} & others}
        return Exposure(key, failed, touching, self._guarantees[0], self.scope, self._without_cap)

    @cached_property
    def _without_cap(self) -> tuple[Row, ...]:
        return without_cap(self._guarantees[1])

    def links_at(self, key: str) -> Sequence[str]:
        """Keys of its links."""
        return self._at.get(key, ())

    def sum_of(self, keys: Iterable[str]) -> float:
        """The weight of these links, what contains one another counted once."""
        links = {key: self.weighed[key] for key in keys if key in self.weighed}
        return sum(links[key].amount.value for key in (distinct(links) if self.weight in QUANTITIES else links))

    def matrix(self, pairs: Mapping[str, tuple[str, str]]) -> Array:
        """Weights of these links, n nodes by n nodes: row is the first of a pair, column the second."""
        by_pair: dict[tuple[str, str], list[str]] = {}
        for key, pair in pairs.items():
            by_pair.setdefault(pair, []).append(key)
        matrix = np.zeros((len(self.nodes), len(self.nodes)))
        index = {key: position for position, key in enumerate(self.nodes)}
        for (one, other), keys in by_pair.items():
            matrix[index[one], index[other]] = self.sum_of(keys)
        return matrix

    def is_known(self, pairs: Iterable[tuple[str, tuple[str, str]]]) -> bool:
        """Whether a link that passes on the loss of who failed states a figure, or there is none. `pairs`: by link, the
        organization that loses and the one that causes it."""
        passing = [key for key, (_, other) in pairs if other in self.fail]
        return not passing or any(key in self.weighed for key in passing)

    def indicator(self, keys: Collection[str]) -> Array:
        return np.array([float(key in keys) for key in self.nodes])

    def by_node(self, values: Array, at_most: float = float("inf")) -> Mapping[str, float]:
        return {key: min(at_most, float(value)) for key, value in zip(self.nodes, values, strict=True)}


# ---- models


@dataclass(frozen=True)
class _Propagation:
    """Loss by organization (of those that failed at first too; None: unknown), the links that carried it, the loss in
    the unit of the weight where it is known, who fell as well, and the loss of all."""

    loss: Mapping[str, float | None]
    carried: Mapping[str, tuple[Row, ...]]
    lost: Mapping[str, float]
    failed: frozenset[str] = frozenset()
    systemic: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """`doc` explains what a loss is a share of; `assumptions` names the parameters that are not in the facts."""

    doc: str
    spread: Callable[[_Case], _Propagation]
    assumptions: tuple[str, ...] = ()


def _direct(case: _Case) -> _Propagation:
    ends = {key: (link.columns["from"], link.columns["to"]) for key, link in case.links.items()}
    both = [*ends.items(), *((key, (target, source)) for key, (source, target) in ends.items())]
    sources = dict.fromkeys(case.fail, 1.0)
    carried = _carriers(case, both, sources)
    wholes = {key: case.sum_of(case.links_at(key)) for key in carried}
    measured = {key for key, links in carried.items() if any(link.key in case.weighed for link in links)}
    lost = {key: case.sum_of(link.key for link in carried[key]) for key in carried if key in measured and wholes[key]}
    shares = {key: min(1.0, lost[key] / wholes[key]) if key in lost else None for key in carried}
    return _Propagation(shares | sources, carried, lost)


def _cascade(case: _Case) -> _Propagation:
    needs = case.matrix(case.dependents)
    whole = needs.sum(axis=1, keepdims=True)
    shares = np.divide(needs, whole, out=np.zeros_like(needs), where=whole > 0)
    loss, has_failed = cascade(shares, case.indicator(case.fail), case.assumptions.threshold)
    failed = frozenset(key for key, fails in zip(case.nodes, has_failed, strict=True) if fails)
    carried = _carriers(case, case.dependents.items(), dict.fromkeys(failed, 1.0))
    return _Propagation(_losses(case, loss), carried, _amounts(case, loss, whole[:, 0]), failed)


def _debtrank(model: Callable[[Array, Array, Array], Array]) -> Callable[[_Case], _Propagation]:
    def propagate(case: _Case) -> _Propagation:
        owed = case.matrix(case.claims)
        held, first = owed.sum(axis=1), case.indicator(case.fail)
        stress = model(owed * (1 - case.assumptions.recovery), held * case.assumptions.equity_ratio, first)
        failed = frozenset(key for key, share in case.by_node(stress, at_most=1.0).items() if share >= 1 - SETTLED)
        added = additional_stress(first, stress, held) if held.any() else 0.0
        shares = case.by_node(stress, at_most=1.0)
        return _Propagation(
            _losses(case, stress),
            _carriers(case, case.claims.items(), shares),
            _amounts(case, stress, held * case.assumptions.equity_ratio),
            failed,
            added if case.is_known(case.claims.items()) else None,
        )

    return propagate


def _esri(case: _Case) -> _Propagation:
    """A sector is a layer; what is of no layer is one sector more, essential to nobody."""
    sold = {key: pair for key, pair in case.claims.items() if claim_kind(case.links[key]) is Claim.PAYMENTS}
    sectors = [*Layer, None]
    parts = [{key: pair for key, pair in sold.items() if case.links[key]["layer"] is sector} for sector in sectors]
    needed = np.array([[sector in case.assumptions.essential] * len(case.nodes) for sector in sectors])
    economy = Economy(np.stack([case.matrix(part) for part in parts]), needed)
    loss = esri(economy, case.indicator(case.fail))
    both = [*sold.items(), *((key, (buyer, seller)) for key, (seller, buyer) in sold.items())]
    carried = _carriers(case, both, case.by_node(loss, at_most=1.0))
    lost = _amounts(case, loss, economy.size)
    systemic = economic_loss(economy, loss) if case.is_known(both) else None
    return _Propagation(_losses(case, loss), carried, lost, systemic=systemic)


def _amounts(case: _Case, loss: Array, whole: Array) -> Mapping[str, float]:
    """Losses in the unit of the weight; of who has nothing that a loss could be a share of, none is known."""
    known = case.by_node(whole)
    return {key: amount for key, amount in case.by_node(np.minimum(loss, 1.0) * whole).items() if known[key]}


def _losses(case: _Case, loss: Array) -> Mapping[str, float]:
    return {key: share for key, share in case.by_node(loss, at_most=1.0).items() if share > _NEGLIGIBLE}


def _carriers(
    case: _Case, pairs: Iterable[tuple[str, tuple[str, str]]], losses: Mapping[str, float]
) -> Mapping[str, tuple[Row, ...]]:
    """By organization, the links that carry its loss, the heaviest first. `pairs`: by link, the organization that loses
    and the one that causes it; `losses`: the loss of each organization itself."""
    links_by_loser: dict[str, list[tuple[float, str]]] = {}
    for name, (key, other) in pairs:
        harm = losses.get(other, 0.0)
        if harm > _NEGLIGIBLE and key not in case.fail:
            weight = case.weighed[name].amount.value if name in case.weighed else 0.0
            links_by_loser.setdefault(key, []).append((-harm * weight, name))
    return {key: tuple(case.links[name] for _, name in sorted(links)) for key, links in links_by_loser.items()}


MODELS: Mapping[ShockModel, Model] = {
    ShockModel.DIRECT: Model("A loss is the share of an organization's contracts that are with who fails.", _direct),
    ShockModel.CASCADE: Model(
        "A loss is the share of its inputs, by what it depends on, that come from who failed; whoever loses the "
        "threshold fails too.",
        _cascade,
        assumptions=("threshold",),
    ),
    ShockModel.DEBTRANK_2012: Model(
        "A loss is a share of equity: claims on who is hit fall in value, and each passes its stress on once "
        "(Battiston et al. 2012). Systemic loss is the stress added to the shock, weighted by what is owed to each.",
        _debtrank(debtrank_2012),
        assumptions=("equity_ratio", "recovery"),
    ),
    ShockModel.DEBTRANK_2015: Model(
        "A loss is a share of equity: claims on who is hit fall in value, and every further loss is passed on to the "
        "fixed point (Bardoscia et al. 2015). Systemic loss is the stress added to the shock, weighted by what is owed "
        "to each.",
        _debtrank(debtrank_2015),
        assumptions=("equity_ratio", "recovery"),
    ),
    ShockModel.ESRI: Model(
        "A loss is a share of output: by the most missing essential input, linearly with the others, and with lost "
        "demand (Diem et al. 2022). A sector is a layer. Systemic loss is the share of all sales.",
        _esri,
        assumptions=("essential",),
    ),
}


# ---- the declaration


@declared
def shock_of(
    snapshot: Snapshot,
    fail: Annotated[tuple[str, ...], Parameter("Who fails; several fail together.", key_of="Organization")],
    model: Annotated[ShockModel, Parameter("How the failure spreads.")] = ShockModel.DIRECT,
    threshold: Annotated[
        float | None,
        Parameter(f"CASCADE: the share of lost inputs that fells. Default: {DEFAULT_ASSUMPTIONS.threshold:g}."),
    ] = None,
    equity_ratio: Annotated[
        float | None,
        Parameter(f"DEBTRANK: equity over what is owed to one. Default: {DEFAULT_ASSUMPTIONS.equity_ratio:g}."),
    ] = None,
    recovery: Annotated[
        float | None,
        Parameter(
            f"DEBTRANK: the share of a claim that is paid all the same. Default: {DEFAULT_ASSUMPTIONS.recovery:g}."
        ),
    ] = None,
    essential: Annotated[frozenset[Layer] | None, Parameter("ESRI: essential inputs. Default: all layers.")] = None,
    weight: Annotated[Weight, Parameter("What losses are shares of.")] = Weight.COUNT,
    scope: InScope = DEFAULT_SCOPE,
) -> ShockResult:
    """`shock` with each assumption as an argument; None is its default. Raises what `shock` raises."""
    stated = {"threshold": threshold, "equity_ratio": equity_ratio, "recovery": recovery, "essential": essential}
    own: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
    return shock(snapshot, fail, model, scope=scope, weight=weight, assumptions=ShockAssumptions(**own))


def _each_and_all(name: str) -> Callable[[ShockResult], list[tuple[str, Any]]]:
    """What is at risk of each organization that loses, and of all together, each with its key."""

    def read(result: ShockResult) -> list[tuple[str, Any]]:
        owners = [*((row.organization.key, row) for row in result.rows), (ALL, result)]
        return [(key, one) for key, owner in owners for one in getattr(owner, name)]

    return read


def _item(pair: tuple[str, Any]) -> Any:
    return pair[1]


def _with_systemic_loss(result: ShockResult) -> list[ShockResult]:
    return [] if result.systemic_loss is None else [result]


def _title(result: ShockResult, inputs: Mapping[str, Any]) -> str:
    fail = inputs["fail"]
    return f"If {', '.join(fail)} {'fails' if len(fail) == 1 else 'fail'} ({result.model})"


_SYSTEMIC_LOSS = Column(
    "systemic_loss",
    float | None,
    "The loss of all together as the model weighs it; null without such, and where no link with who fails states a "
    "figure of the weight.",
)
_OWNER = Column("key", str, f"Who loses; `{ALL}`: all of them.", value=lambda pair: pair[0])
MW_AT_RISK = Record("MwAtRisk", "Megawatts at risk of one layer and basis.", (LAYER, BASIS, MW))
USD_AT_RISK = Record(
    "UsdAtRisk",
    "Claims at risk of one layer and sort; they are never added across either.",
    (
        Column("layer", Layer | None, "The layer of what is paid for; null for none."),
        Column("claim", Claim, "What is owed."),
        Column("value_usd", float | None, "Face value, without guarantees.", "USD", header="value"),
        Column("annual_usd", float | None, "One year of it.", "USD a year", header="annual"),
        Column(
            "guaranteed_usd",
            float | None,
            "What guarantees that stand pay of it, up to their caps; null where one of them states none.",
            "USD",
            header="guaranteed",
        ),
        Column("uncovered_usd", float | None, "What is left with guarantees.", "USD", header="uncovered"),
    ),
)
_AT_RISK = (
    Column(
        "mw_at_risk",
        ListOf(MW_AT_RISK, page=None),
        "Megawatts of whole contracts with who failed, by layer and basis.",
        header="",
    ),
    Column(
        "value_at_risk_usd",
        float | None,
        "Face value, without guarantees; null where claims of several layers or sorts would be added.",
        "USD",
        header="value",
    ),
    Column(
        "guaranteed_usd",
        float | None,
        "What guarantees pay of it, up to their caps; null as above.",
        "USD",
        header="guaranteed",
    ),
    Column(
        "usd_at_risk",
        ListOf(USD_AT_RISK, page=PAGE_OF_LINKS),
        "Claims on who failed, by layer and sort.",
        header="",
    ),
)
SHOCK_ROW = Record(
    "ShockRow",
    "One organization that loses.",
    (
        Column("organization", RowOf("Organization"), "Who.", header=("key", "name")),
        Column(
            "lost",
            float | None,
            "What it loses, in the unit of the weight: the loss times what it is a share of; null where that is not "
            "known.",
            lambda result: UNITS[result.weight],
        ),
        Column(
            "loss",
            float,
            "A share, from 0 to 1, of what the model says; 0 also where it is unknown.",
            value=lambda row: row.loss or 0.0,
            header="",
            deprecated="Read lossShare, which is null for what is unknown.",
        ),
        Column(
            "loss_share",
            float | None,
            "A share, from 0 to 1, of what the model says; null where none of its links with who fails states a figure "
            "of the weight.",
            value=lambda row: row.loss,
            header="loss",
        ),
        Column("fails", bool, "Whether the model lets it fail too."),
        *_AT_RISK,
        Column("because", LINKS_OF_ROW, "The links that carry the loss, the heaviest first."),
    ),
)

ANALYTICS = (
    Analytic(
        name="shock",
        doc="What others lose if organizations fail: megawatts and dollars at risk, with and without guarantees.",
        section=Section.RISK,
        function=shock_of,
        result=Record(
            "ShockResult",
            "What others lose if organizations fail.",
            (
                Column("model", ShockModel, "How the failure spreads."),
                *_AT_RISK,
                Column(
                    "annual_at_risk_usd", float | None, "One year of the value at risk; null as above.", "USD a year"
                ),
                _SYSTEMIC_LOSS,
                Column(
                    "rows",
                    ListOf(SHOCK_ROW),
                    "First who loses most in the unit of the weight; of equals the largest share.",
                ),
                TOTAL_COUNT,
                EXCLUDED_LINKS,
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(_title, "rows", SHOCK_ROW.columns),
            Listing("All together", _with_systemic_loss, (_SYSTEMIC_LOSS,), sparse=True),
            Listing("Megawatts at risk", _each_and_all("mw_at_risk"), (_OWNER, *within(_item, MW_AT_RISK.columns))),
            Listing("Dollars at risk", _each_and_all("usd_at_risk"), (_OWNER, *within(_item, USD_AT_RISK.columns))),
        ),
    ),
)
