"""Doubt: what is left of a view where sources are not believed.

A link that loses statements is projected again from those that are left, by the policy: per link and state once, many
links in one projection. Organizations stay as they are, whichever sources support them, and so does which contract has
taken the place of which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from operator import itemgetter

from graph.analytics.core.exclusions import UNMEASURED, Excluded, Parties
from graph.analytics.core.selection import Included, Selection, select
from graph.analytics.core.views import NetworkView
from graph.concurrency.progress import report_progress
from graph.evidence.log import StatementLog
from graph.evidence.policy import exclusion_reason, is_known
from graph.evidence.projection import select_links, select_values
from graph.evidence.statements import Entered, Statement
from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import LINKS, Row

Change = Mapping[str, Row | None]
"""Links that differ from those of the view, by key; None where a link is gone."""
Part = Included | Excluded | None
"""A link in a view: included or excluded; None where it is out of scope."""


_Grade = tuple[str, Confidence]
"""Statements of a source that have a confidence."""

# ---- what is left of the evidence


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link of which only some statements are left, by id."""

    link: str
    left: frozenset[str]


@dataclass(frozen=True)
class CountingStatements:
    """The counting statements about the links that the view may hold."""

    view: NetworkView
    log: StatementLog

    @cached_property
    def by_link(self) -> Mapping[str, tuple[Statement, ...]]:
        types = self.view.scope.types or LINKS.keys()
        subjects = (key for key, kind in self.log.kinds.items() if kind in LINKS and kind in types)
        return {key: tuple(filter(self._counts, self.log.by_subject[key])) for key in subjects}

    def _counts(self, statement: Statement) -> bool:
        lens = self.view.snapshot.lens
        source = self.log.sources[statement.source]
        return is_known(statement, lens) and exclusion_reason(statement, source, lens) is None

    @cached_property
    def sources(self) -> list[str]:
        """Those of facts: nobody doubts what a scenario of the lens supposes."""
        counting = (one for statements in self.by_link.values() for one in statements)
        return sorted({one.source for one in counting if one.entered is not Entered.SCENARIO})

    @cached_property
    def origins(self) -> list[str]:
        """Reprints of one original are one voice."""
        return sorted({self.log.sources[source].origin for source in self.sources})

    @cached_property
    def _links_of(self) -> Mapping[str, list[str]]:
        result: dict[str, list[str]] = {}
        for key, statements in self.by_link.items():
            for source in {one.source for one in statements}:
                result.setdefault(source, []).append(key)
        return result

    def resample(self, numbers: Mapping[str, float], inclusion: Mapping[Confidence, float]) -> list[LinkState]:
        """The links that lose statements in a draw."""
        doubted = {grade for grade, origin in self._origin_of_grade.items() if numbers[origin] >= inclusion[grade[1]]}
        return [self._state(key, doubted) for key, notes in self._grades_of.items() if not notes.isdisjoint(doubted)]

    def without(self, sources: Iterable[str], links: Set[str] | None = None) -> list[LinkState]:
        """The links, of these alone if any are named, that lose statements when the sources are left out."""
        doubted = {(source, grade) for source in sources for grade in Confidence}
        losing = {key for source, _ in doubted for key in self._links_of[source]}
        return [self._state(key, doubted) for key in sorted(losing if links is None else losing & links)]

    @cached_property
    def _grades_of(self) -> Mapping[str, set[_Grade]]:
        return {key: {(one.source, one.confidence) for one in notes} for key, notes in self.by_link.items()}

    @cached_property
    def _origin_of_grade(self) -> Mapping[_Grade, str]:
        """The origin of the statements of each source and confidence that there are, without those of scenarios."""
        known, every = set(self.sources), frozenset().union(*self._grades_of.values())
        return {grade: self.log.sources[grade[0]].origin for grade in sorted(every) if grade[0] in known}

    def _state(self, key: str, doubted: Set[_Grade]) -> LinkState:
        lost = frozenset(self._grades_of[key] & doubted)
        if (key, lost) not in self._states:
            left = (one.id for one in self.by_link[key] if (one.source, one.confidence) not in lost)
            self._states[key, lost] = LinkState(key, frozenset(left))
        return self._states[key, lost]

    @cached_property
    def _states(self) -> dict[tuple[str, frozenset[_Grade]], LinkState]:
        """By link and what it loses; most draws take little of a link, and the same again and again."""
        return {}

    def project(self, states: Iterable[LinkState]) -> Mapping[LinkState, Row | None]:
        """The link as each state shows it; None where it is not listed. Each projection holds every link at most
        once."""
        by_link: dict[str, list[LinkState]] = {}
        for state in states:
            by_link.setdefault(state.link, []).append(state)
        result: dict[LinkState, Row | None] = {}
        batches = list(zip_longest(*by_link.values()))
        for number, together in enumerate(batches, start=1):
            batch = [state for state in together if state is not None]
            rows = self._projected(batch)
            result |= {state: rows.get(state.link) for state in batch}
            report_progress("projections", number, len(batches))
        return result

    def _projected(self, states: Iterable[LinkState]) -> Mapping[str, Row]:
        left = sorted(name for state in states for name in state.left)
        part = StatementLog(tuple(map(self._by_id.__getitem__, left)), self.log.sources)
        return select_links(part, self.view.snapshot.lens, self._placeholders, self.log.choices)

    @cached_property
    def _by_id(self) -> Mapping[str, Statement]:
        return {one.id: one for statements in self.by_link.values() for one in statements}

    @cached_property
    def _placeholders(self) -> frozenset[str]:
        """Parties that are placeholders: as ends of links they give way to named ones."""
        marked = {one.subject for one in self.log.statements if one.property == "placeholder"}
        rows = select_values(self.log, self.view.snapshot.lens, marked)
        return frozenset(key for of_label in rows.values() for key, row in of_label.items() if row["placeholder"])


# ---- the view without


@dataclass(frozen=True)
class DoubtedView:
    """A view, and the same of other links. `parties` are those of the view."""

    view: NetworkView
    parties: Parties = Parties.ORGANIZATIONS

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """The links of the view, included and excluded, by key."""
        return {**self.view.included, **{one.link.key: one for one in self.view.excluded}}

    def changed(self, change: Change) -> Mapping[str, Part]:
        """What becomes of the links of a change."""
        return {key: self._part(key, row) for key, row in change.items()}

    def view_with(self, change: Change) -> NetworkView | None:
        """The view with these links in place of its own; None where all that a ranking or a sum reads stays."""
        parts, own = self.changed(change), self.parts
        if all(inputs_of(part) == inputs_of(own.get(key)) for key, part in parts.items()):
            return None
        return self.with_parts({**own, **parts})

    def with_parts(self, parts: Mapping[str, Part]) -> NetworkView:
        """The view of these links alone."""
        included = [one for _, one in sorted(parts.items(), key=itemgetter(0)) if isinstance(one, Included)]
        excluded = (one for one in parts.values() if isinstance(one, Excluded))
        selection = Selection.of(included, excluded, self.view.flow, self.view.nodes)
        return self.view.made_of(selection, directed=self.view.directed)

    @cached_property
    def _selected(self) -> dict[int, tuple[Row, Part]]:
        return {}

    def _part(self, key: str, row: Row | None) -> Part:
        """What becomes of a link in the view; the same rows come back in many draws."""
        if row is None:
            return None
        if id(row) not in self._selected:
            alone = self.view.snapshot.part({key: row})
            result = select(alone, self.view.scope, self.view.flow, self.view.weighs, parties=self.parties)
            parts: list[Part] = [*result.included.values(), *result.excluded]
            self._selected[id(row)] = (row, parts[0] if parts else None)
        return self._selected[id(row)][1]


def inputs_of(part: Part) -> object:
    """All of a link that a ranking or a sum reads; None where it does not count."""
    if isinstance(part, Included):
        return part.tail, part.head, part.amount.value, part.link["uses"], part.link["covers"]
    if isinstance(part, Excluded) and part.reason in UNMEASURED:
        return part.link.columns["from"], part.link.columns["to"]
    return None
