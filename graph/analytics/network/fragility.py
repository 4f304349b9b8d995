"""Fragility: what would have to be false for a conclusion to change.

An origin is left out with all that its sources say of links; what is left follows by the policy. The smallest sets of
origins without which the conclusion changes are sought (`smallest_sets.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from itertools import combinations, count, pairwise
from math import comb
from typing import Annotated

from graph.analytics.core.declaration import (
    PAGE_OF_LINKS,
    Analytic,
    Column,
    Cost,
    Listing,
    ListOf,
    Record,
    RowOf,
    Section,
    within,
)
from graph.analytics.core.exclusions import Parties
from graph.analytics.core.facts import Facts
from graph.analytics.core.inputs import Flowing, InScope, Weighed
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import LINKS_OF_ROW, METHOD_OF_RESULT, TOTAL_COUNT
from graph.analytics.core.scope import DEFAULT_SCOPE, MONEY, UNITS, Flow, Scope, Weight
from graph.analytics.core.selection import Included
from graph.analytics.core.views import EdgeSide, NetworkView
from graph.analytics.network.centrality import METRICS, TIED, CentralityMetric, finite_scores, fitting
from graph.analytics.network.doubt import CountingStatements, DoubtedView, LinkState, Part, inputs_of
from graph.analytics.network.loops import MAX_LENGTH
from graph.analytics.network.rankings import RankingQuery
from graph.analytics.network.smallest_sets import UNBOUNDED, Breakable, Members, SmallestSets, smallest_sets
from graph.errors import BadQuery
from graph.evidence.rows import source_row
from graph.evidence.statements import Statement
from graph.vocabulary.model import Row
from graph.vocabulary.wording import dollars, megawatts, quote, words

DEGREE = CentralityMetric("DEGREE")
DEFAULT_BUDGET = 2_000
MAX_BUDGET = 20_000
Parts = Mapping[str, Part]


class Conclusion(StrEnum):
    """What may change: a LOOP of money is gone; of two organizations in a RANKING the lower comes above the higher; an
    AMOUNT falls below a threshold."""

    LOOP = "LOOP"
    RANKING = "RANKING"
    AMOUNT = "AMOUNT"


class FragilityOutcome(StrEnum):
    """Whether the smallest size is EXACT, lies within BOUNDS because the budget ended, or NEVER is reached: no set of
    origins changes the conclusion."""

    EXACT = "EXACT"
    BOUNDS = "BOUNDS"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class LeftOutOrigin:
    """An origin with its sources, by key, and the links of the conclusion that they speak about, by key."""

    origin: str
    sources: tuple[Row, ...]
    links: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FragileSet:
    """Origins, by name, without which the conclusion changes; `then` says what holds without them."""

    number: int
    origins: tuple[LeftOutOrigin, ...]
    then: str


@dataclass(frozen=True, slots=True)
class Fragility:
    """`conclusion` is what holds now, as a sentence. The smallest sets have `lower` origins at least and `upper` at
    most; None where there is none, or none was found. `rows` are the sets of `upper` origins, by name; `complete`: all
    of them."""

    conclusion: str
    outcome: FragilityOutcome
    lower: int | None
    upper: int | None
    rows: tuple[FragileSet, ...]
    complete: bool
    method: Method


@declared
def fragility(
    facts: Facts,
    conclusion: Annotated[Conclusion, Parameter("What may change.")],
    organizations: Annotated[
        tuple[str, ...],
        Parameter(
            "Of a LOOP all of them, as the money passes; of a RANKING two, the higher one first; of an AMOUNT one.",
            key_of="Organization",
        ),
    ],
    metric: Annotated[CentralityMetric, Parameter("What the ranking is by.")] = DEGREE,
    flow: Flowing = Flow.LINK,
    weight: Weighed = Weight.NONE,
    side: Annotated[EdgeSide, Parameter("Of an AMOUNT: of the links that leave it, reach it, or both.")] = EdgeSide.OUT,
    below: Annotated[float | None, Parameter("Of an AMOUNT: the threshold, in the unit of the weight.")] = None,
    budget: Annotated[
        int, Parameter("How many sets of origins to try.", at_least=1, at_most=MAX_BUDGET)
    ] = DEFAULT_BUDGET,
    scope: InScope = DEFAULT_SCOPE,
) -> Fragility:
    """The smallest sets of origins without which a conclusion changes.

    Raises BadQuery for organizations that do not fit the conclusion, for a conclusion that does not hold, ScopeRequired
    and what `centrality` raises."""
    options = _Details(metric=str(metric), flow=flow, weight=weight, side=side, below=below, scope=scope)
    question = _QUESTIONS[conclusion](facts, organizations, options)
    search = smallest_sets(question.conditions, budget)
    rows = [question.fragile_set(number, names) for number, names in enumerate(search.sets, start=1)]
    return Fragility(
        conclusion=question.sentence,
        outcome=_outcome(search),
        lower=search.lower,
        upper=search.upper,
        rows=tuple(rows),
        complete=search.complete,
        method=question.method(search, budget),
    )


def _outcome(search: SmallestSets) -> FragilityOutcome:
    if search.lower is None:
        return FragilityOutcome.NEVER
    return FragilityOutcome.EXACT if search.exact else FragilityOutcome.BOUNDS


# ---- the world without some origins


@dataclass(frozen=True)
class _Doubtable:
    """The links that a conclusion hangs on, and what becomes of them without some origins."""

    facts: Facts
    view: NetworkView
    parties: Parties = Parties.ORGANIZATIONS

    @cached_property
    def counting(self) -> CountingStatements:
        return CountingStatements(self.view, self.facts.log)

    @cached_property
    def doubted(self) -> DoubtedView:
        return DoubtedView(self.view, self.parties)

    @cached_property
    def _rows(self) -> dict[LinkState, Row | None]:
        return {}

    def naming(self, *organizations: str) -> frozenset[str]:
        """The links of which all of these are ends, now or by what some source says."""
        return frozenset(key for key, ends in self._ends.items() if set(organizations) <= ends)

    @cached_property
    def _ends(self) -> Mapping[str, Set[str]]:
        """All links of the view, each with every entity that it may join."""
        ends: dict[str, set[str]] = {
            key: {part.link.columns["from"], part.link.columns["to"]}
            for key, part in self.doubted.parts.items()
            if part is not None
        }
        for key, statements in self.counting.by_link.items():
            ends.setdefault(key, set()).update(one.value for one in statements if one.property in _ENDS)
        return ends

    def statements_about(self, link: str) -> Sequence[Statement]:
        """What counts of all that is said of a link; nothing where it is in no log."""
        return self.counting.by_link.get(link, ())

    @property
    def links(self) -> frozenset[str]:
        return frozenset(self._ends)

    def sources_of(self, origins: Iterable[str]) -> list[str]:
        sources, names = self.facts.log.sources, set(origins)
        return [key for key in self.counting.sources if sources[key].origin in names]

    def origins_of(self, links: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The origins of what is said of these links, each with the links that it speaks about."""
        spoken: dict[str, set[str]] = {}
        sources, doubtful = self.facts.log.sources, set(self.counting.sources)
        for key in links:
            for statement in self.statements_about(key):
                if statement.source in doubtful:
                    spoken.setdefault(sources[statement.source].origin, set()).add(key)
        return {origin: frozenset(keys) for origin, keys in spoken.items()}

    def thresholds(self, links: frozenset[str], effect: Callable[[Part], object]) -> Mapping[str, float]:
        """By link, how many of its origins are to be left out at least before its effect is another; infinite where all
        of them are not enough. Of a link with many origins only small sets are tried, so that it may take more."""
        known = self._thresholds.setdefault(effect, {})
        known |= self._thresholds_of(links - known.keys(), effect)
        return {link: known[link] for link in links}

    @cached_property
    def _thresholds(self) -> dict[Callable[[Part], object], dict[str, float]]:
        return {}

    def _thresholds_of(self, links: frozenset[str], effect: Callable[[Part], object]) -> Mapping[str, float]:
        spoken, now = self.origins_of(links), self.parts(links, frozenset())
        open_ = {link: sorted(origin for origin, keys in spoken.items() if link in keys) for link in links}
        result: dict[str, float] = dict.fromkeys(links, math.inf)
        for size in count(1):
            open_ = {link: origins for link, origins in open_.items() if len(origins) >= size}
            result |= {link: size for link, origins in open_.items() if comb(len(origins), size) > _FEW}
            tried = {
                link: list(map(frozenset, combinations(origins, size)))
                for link, origins in open_.items()
                if comb(len(origins), size) <= _FEW
            }
            self._project({state for link, sets in tried.items() for state in self._all_states({link}, sets)})
            for link, sets in tried.items():
                if any(effect(self.parts(frozenset({link}), one)[link]) != effect(now[link]) for one in sets):
                    result[link] = size
            open_ = {link: open_[link] for link in tried if result[link] == math.inf}
            if not open_:
                return result
        raise AssertionError

    def prepare(self, links: frozenset[str], sets: Iterable[Members]) -> None:
        """Projects at once what `parts` of these sets needs."""
        self._project(self._all_states(links, sets))

    def _all_states(self, links: Set[str], sets: Iterable[Members]) -> set[LinkState]:
        return {state for origins in sets for state in self._states(links, origins)}

    def _project(self, states: set[LinkState]) -> None:
        self._rows.update(self.counting.project(states - self._rows.keys()))

    def parts(self, links: frozenset[str], origins: Members) -> Parts:
        """What these links are in the view without some origins."""
        states = self._states(links, origins)
        if not self._rows.keys() >= set(states):
            self.prepare(links, [origins])
        change = {state.link: self._rows[state] for state in states}
        own = {key: self.doubted.parts.get(key) for key in links}
        return {**own, **self.doubted.changed(change)}

    def _states(self, links: Set[str], origins: Members) -> list[LinkState]:
        return self.counting.without(self.sources_of(origins), links) if origins else []


_kept: ContextVar[dict[tuple[int, Parties], _Doubtable] | None] = ContextVar("kept", default=None)


@contextmanager
def shared_evidence() -> Iterator[None]:
    """Within it, questions over one view share what becomes of links without some origins: neighbours in a ranking have
    links in common."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def _doubtable(facts: Facts, view: NetworkView, parties: Parties = Parties.ORGANIZATIONS) -> _Doubtable:
    kept = _kept.get()
    if kept is None:
        return _Doubtable(facts, view, parties)
    return kept.setdefault((id(view), parties), _Doubtable(facts, view, parties))


_ENDS = frozenset({"from", "to"})
_LITTLE = 1e-6
"""Less than a link or an edge: with so much taken off, a whole number of them is above 0 as long as there is one."""
_FEW = 100
"""Sets of one size that are tried for each link."""


# ---- conclusions


@dataclass(frozen=True, kw_only=True)
class _Details:
    metric: str
    flow: Flow
    weight: Weight
    side: EdgeSide
    below: float | None
    scope: Scope


@dataclass(frozen=True)
class _Requirement:
    """What a conclusion requires of some links: that the margin of what becomes of them is 0 or more. `most`: by link,
    how much of the margin it can take; all that it takes hangs on its `effect`."""

    links: frozenset[str]
    margin: Callable[[Parts], float]
    most: Callable[[str], float]
    effect: Callable[[Part], object] = inputs_of

    def condition(self, evidence: _Doubtable) -> Breakable:
        known: dict[Members, float] = {}

        def margin(origins: Members) -> float:
            if origins not in known:
                known[origins] = self.margin(evidence.parts(self.links, origins))
            return known[origins]

        return Breakable(self._weights(evidence), margin, partial(evidence.prepare, self.links))

    def _weights(self, evidence: _Doubtable) -> Mapping[str, float]:
        """By origin, what it takes off the margin at most. Where so many origins have to be left out before a link has
        another effect, each takes one part in so many of what the link can take."""
        most = {link: self.most(link) for link in self.links}
        bounded = frozenset(link for link, each in most.items() if 0 < each < UNBOUNDED)
        thresholds = evidence.thresholds(bounded, self.effect)
        parts = {link: most[link] / thresholds.get(link, 1) for link in self.links}
        return {origin: sum(parts[link] for link in keys) for origin, keys in evidence.origins_of(self.links).items()}


@dataclass(frozen=True)
class _Question:
    """A conclusion holds while all that it requires does. `sentence` says it, `then` what holds of other links."""

    evidence: _Doubtable
    requirements: tuple[_Requirement, ...]
    sentence: str
    then: Callable[[Parts], str]

    @cached_property
    def links(self) -> frozenset[str]:
        return frozenset().union(*(one.links for one in self.requirements))

    @cached_property
    def conditions(self) -> tuple[Breakable, ...]:
        """Raises BadQuery where one of them fails as it is."""
        conditions = tuple(one.condition(self.evidence) for one in self.requirements)
        if any(one.margin(frozenset()) < 0 for one in conditions):
            remedy = "Ask about what holds under this lens and scope."
            raise BadQuery(f"It does not hold now: {self.sentence}", remedy=remedy)
        return conditions

    def fragile_set(self, number: int, names: tuple[str, ...]) -> FragileSet:
        left_out = tuple(map(self._left_out, names))
        return FragileSet(number, left_out, self.then(self.evidence.parts(self.links, frozenset(names))))

    def _left_out(self, origin: str) -> LeftOutOrigin:
        spoken, facts = self.evidence.origins_of(self.links)[origin], self.evidence.facts
        cited = {one.source for key in spoken for one in self.evidence.statements_about(key)}
        sources = [facts.log.sources[key] for key in self.evidence.sources_of([origin]) if key in cited]
        links = facts.snapshot.links
        return LeftOutOrigin(
            origin, tuple(map(source_row, sources)), tuple(links[key] for key in sorted(spoken) if key in links)
        )

    def method(self, search: SmallestSets, budget: int) -> Method:
        view = self.evidence.view
        notes = [
            "An origin is left out with all that its sources say of links; reprints of one original are one origin.",
            "Organizations stay, and so does which contract has taken the place of which.",
        ]
        if not search.complete and search.lower is not None:
            notes.append(f"The budget ended after {budget:,} sets of origins: there may be other sets.")
        origins = {origin for condition in self.conditions for origin in condition.weights}
        size = {"origins": len(origins), "sets_tried": search.tried}
        weight = str(view.weight) if view.weight else "none"
        return method_of(view.snapshot, "FRAGILITY", {}, weight, (*notes, *view.assumptions), size=size)


def _check_organizations(view: NetworkView, organizations: tuple[str, ...], count: range, remedy: str) -> None:
    if len(organizations) not in count:
        raise BadQuery(f"{len(organizations)} organizations.", remedy=remedy)
    for key in organizations:
        if key not in view.nodes:
            raise BadQuery(f"{quote(key)} is no named organization.", remedy="Name one that is no placeholder.")


# ---- a loop of money


def _loop(facts: Facts, organizations: tuple[str, ...], options: _Details) -> _Question:
    """Each hop has a link; without the links of one hop the loop is gone."""
    view = facts.view(options.scope, flow=Flow.MONEY)
    _check_organizations(
        view, organizations, range(2, MAX_LENGTH + 1), "Name those of a loop, as the money passes them."
    )
    evidence, name = _doubtable(facts, view), facts.footnotes.name
    hops = list(pairwise((*organizations, organizations[0])))

    def gone(parts: Parts) -> str:
        broken = (
            f"{name(tail)} → {name(head)}"
            for tail, head in hops
            if not any(_makes((tail, head), part) for part in parts.values())
        )
        return f"No link is left by which money flows {' and '.join(broken)}."

    circle = " → ".join(map(name, (*organizations, organizations[0])))
    hanging = tuple(_has_a_link(evidence, hop) for hop in hops)
    return _Question(evidence, hanging, f"Money flows in a circle: {circle}.", gone)


def _has_a_link(evidence: _Doubtable, hop: tuple[str, str]) -> _Requirement:
    own = evidence.doubted.parts
    return _Requirement(
        evidence.naming(*hop),
        lambda parts: sum(_makes(hop, part) for part in parts.values()) - _LITTLE,
        lambda link: float(_makes(hop, own.get(link))),
        partial(_makes, hop),
    )


def _makes(hop: tuple[str, str], part: Part) -> bool:
    return isinstance(part, Included) and (part.tail, part.head) == hop


# ---- an amount


def _amount(facts: Facts, organizations: tuple[str, ...], options: _Details) -> _Question:
    """What the links of an organization add to, each contract once, is not below a threshold."""
    view = facts.view(options.scope, weight=options.weight, parties=Parties.NAMED_OR_NOT)
    _check_organizations(view, organizations, range(1, 2), "An amount is of one.")
    if options.below is None:
        raise BadQuery("An amount without a threshold.", remedy="Give below.")
    (of,), threshold, evidence = organizations, options.below, _doubtable(facts, view, Parties.NAMED_OR_NOT)

    def amount(parts: Parts) -> float | None:
        rest = evidence.doubted.with_parts(parts)
        return rest.strength(of, options.side) if rest.links_at(of, options.side) else None

    def margin(parts: Parts) -> float:
        left = amount(parts)
        return -1.0 if left is None else left - threshold

    def then(parts: Parts) -> str:
        left = amount(parts)
        return "No figure is left." if left is None else f"They add to {_written(left, options.weight)}."

    links = evidence.naming(of)
    now = amount(evidence.parts(links, frozenset()))
    stated = "no figure" if now is None else _written(now, options.weight)
    sentence = f"{facts.footnotes.name(of)}: {_SIDES[options.side]} add to {stated}, not below "
    sentence += f"{_written(threshold, options.weight)}."
    most = partial(_most_of_sum, evidence, now or 0.0)
    return _Question(evidence, (_Requirement(links, margin, most),), sentence, then)


_SIDES: Mapping[EdgeSide, str] = {
    EdgeSide.OUT: "links that leave it",
    EdgeSide.IN: "links that reach it",
    EdgeSide.BOTH: "its links",
}
_CONTAINING = frozenset({"uses", "covers"})


def _most_of_sum(evidence: _Doubtable, whole: float, link: str) -> float:
    """What a link takes off a sum at most: the whole, where sources say what it contains, or what contains it."""
    if any(one.property in _CONTAINING for one in evidence.statements_about(link)):
        return whole
    part = evidence.doubted.parts.get(link)
    return part.amount.value if isinstance(part, Included) else 0.0


def _written(amount: float, weight: Weight) -> str:
    if weight in MONEY:
        return f"{dollars(amount)} {UNITS[weight]}"
    return f"{megawatts(amount)} {UNITS[weight] or UNITS[Weight.COUNT]}"


# ---- a ranking


def _ranking(facts: Facts, organizations: tuple[str, ...], options: _Details) -> _Question:
    """One organization scores higher than another, or as high."""
    query = RankingQuery(options.metric, options.scope, options.flow, options.weight)
    view = query.view(facts)
    _check_organizations(view, organizations, range(2, 3), "Name two, the higher one first.")
    evidence, of_own_links = _doubtable(facts, view), METRICS[options.metric].of_own_links
    degrees = options.metric in {"DEGREE", "IN_DEGREE", "OUT_DEGREE"}

    def scores(parts: Parts) -> tuple[float, float]:
        rest = fitting(evidence.doubted.with_parts(parts), options.metric)
        by_key = query.by_engine(lambda engine: finite_scores(rest, options.metric, engine=engine))
        return by_key[organizations[0]], by_key[organizations[1]]

    def margin(parts: Parts) -> float:
        higher, lower = scores(parts)
        return (0.0 if math.isclose(higher, lower, rel_tol=TIED) else higher - lower) + (
            1 - _LITTLE if degrees else 0.0
        )

    def compared(how: str, parts: Parts) -> str:
        higher, lower = map(facts.footnotes.name, organizations)
        return (
            f"{higher} {how} {lower} by {words(options.metric)}: {' to '.join(f'{one:,.6g}' for one in scores(parts))}."
        )

    own = [evidence.naming(key) for key in organizations]
    links = own[0] | own[1] if of_own_links else evidence.links
    now = evidence.parts(links, frozenset())
    if math.isclose(*scores(now), rel_tol=TIED):
        raise BadQuery(compared("ranks beside", now), remedy="Name two of which one ranks above the other.")
    most = partial(_most_of_degrees, evidence, organizations) if degrees else lambda link: UNBOUNDED
    requirement = _Requirement(links, margin, most)
    return _Question(evidence, (requirement,), compared("ranks above", now), partial(compared, "ranks below"))


def _most_of_degrees(evidence: _Doubtable, organizations: tuple[str, ...], link: str) -> float:
    """What a link takes off the difference of two degrees at most: it may leave the higher, or come to the lower; both
    where sources differ about its ends."""
    ends = {(one.property, one.value) for one in evidence.statements_about(link) if one.property in _ENDS}
    higher, lower = (any(value == key for _, value in ends) for key in organizations)
    if len(ends) > len(_ENDS):
        return 2.0
    return float(
        higher and not lower if isinstance(evidence.doubted.parts.get(link), Included) else lower and not higher
    )


_QUESTIONS: Mapping[Conclusion, Callable[[Facts, tuple[str, ...], _Details], _Question]] = {
    Conclusion.LOOP: _loop,
    Conclusion.RANKING: _ranking,
    Conclusion.AMOUNT: _amount,
}


# ---- the declaration

LEFT_OUT_ORIGIN = Record(
    "LeftOutOrigin",
    "An origin: sources that are one voice, as reprints of one original are.",
    (
        Column("origin", str, "Its name."),
        Column("sources", ListOf(RowOf("Source"), page=PAGE_OF_LINKS), "Its sources, by key."),
        Column("links", LINKS_OF_ROW, "The links that they speak about, of those that the conclusion hangs on."),
    ),
)
FRAGILE_SET = Record(
    "FragileSet",
    "Origins without which a conclusion changes.",
    (
        Column("number", int, "Its number in this answer.", header="set"),
        Column("origins", ListOf(LEFT_OUT_ORIGIN, page=None), "The origins, by name.", header=""),
        Column("then", str, "What holds without them."),
    ),
)

ANALYTICS = (
    Analytic(
        name="fragility",
        doc="The smallest sets of origins without which a conclusion changes: what would have to be false.",
        section=Section.RANKINGS,
        function=fragility,
        result=Record(
            "Fragility",
            "A conclusion, and without which origins it changes.",
            (
                Column("conclusion", str, "What holds now."),
                Column("outcome", FragilityOutcome, "Whether the smallest size is known."),
                Column("lower", int | None, "The smallest sets have so many origins at least; null: none changes it."),
                Column("upper", int | None, "So many at most; null where no set was found."),
                Column("rows", ListOf(FRAGILE_SET, page=None), "Sets of so many origins, by name."),
                TOTAL_COUNT,
                Column("complete", bool, "Whether these are all sets of the smallest size."),
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing(
                lambda result, inputs: f"{result.conclusion} {_answer(result)}",
                lambda result: [(one, origin) for one in result.rows for origin in one.origins],
                (
                    *within(lambda pair: pair[0], FRAGILE_SET.columns[:1]),
                    *within(lambda pair: pair[1], LEFT_OUT_ORIGIN.columns),
                    *within(lambda pair: pair[0], FRAGILE_SET.columns[2:]),
                ),
            ),
        ),
        cost=Cost.RESAMPLING,
    ),
)


def _answer(result: Fragility) -> str:
    match result.outcome:
        case FragilityOutcome.NEVER:
            return "No set of origins changes it."
        case FragilityOutcome.EXACT:
            return f"It takes {_origins(result.lower)} to change it."
    at_most = f", and {result.upper} are enough" if result.upper else ""
    return f"It takes {_origins(result.lower)} at least to change it{at_most}."


def _origins(count: int | None) -> str:
    return "one origin" if count == 1 else f"{count} origins"
