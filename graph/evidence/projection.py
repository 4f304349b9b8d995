"""`project(log, lens)`: the one pure function that turns statements into a graph.

Per subject and property (and slot) the best of the counting statements is chosen by the policy (`policy.py`),
criterion by criterion; the others stay as alternatives, each with the reason. Time travel, "what if" and "without
this source" are this function with another lens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from graph.concurrency.collector import collector_paused
from graph.errors import BadLens
from graph.evidence.lens import Lens
from graph.evidence.link_time import UNCONFIRMED, is_listed, link_columns, overdue_state
from graph.evidence.log import Choices, LogDifference, StatementLog
from graph.evidence.policy import (
    UNITED,
    Candidate,
    Contest,
    Verdict,
    day_of,
    exclusion_reason,
    is_known,
    reason_lost,
    reason_won,
)
from graph.evidence.recency import newest_publications
from graph.evidence.rows import OVERLAY, JudgedStatements, LazyRows, Verdicts, source_row
from graph.evidence.statements import Entered, Said, Source, Statement
from graph.evidence.turning_days import days_of_knowledge, days_of_validity
from graph.vocabulary.model import (
    ENTITIES,
    KINDS,
    LINKS,
    NAMED_BY_LINKS,
    SEARCH_FOLDED,
    SEARCH_TEXTS,
    TYPE_COLUMN,
    Kind,
    Merge,
    Property,
    Row,
)
from graph.vocabulary.values import Columns, PartialDate, fold
from graph.vocabulary.wording import quote

Rows = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Graph:
    """What statements say under a lens: rows by label and key.

    `withheld` are the statements and sources that are not known yet under the lens; a store keeps them, no query shows
    them. On `next_flip` some interval begins or ends, so that today's graph has to be projected again."""

    lens: Lens
    version: str
    rows: Rows
    withheld: Rows
    data_through: date | None
    next_flip: date | None


def project(log: StatementLog, lens: Lens) -> Graph:
    """The graph that the counting statements make. `lens` has both dates set; a scenario of it is in the log already
    (`graph/seeding/scenario_files.py`). Raises BadLens."""
    with collector_paused():
        return _Projection(_checked(log, lens), lens).graph()


def select_values(log: StatementLog, lens: Lens, subjects: Set[str] | None = None) -> Rows:
    """The rows that `project` makes of what is stated, without what follows from all of them: entities that are only
    named, numbers of links, what nobody could have reported yet, evidence. Of these subjects alone, if any are named.
    Raises BadLens."""
    projection = _ValueSelection(_checked(log, lens), lens, choices=log.choices)
    projection.select_subjects(log.by_subject.keys() if subjects is None else subjects)
    return projection.rows


def select_links(log: StatementLog, lens: Lens, placeholders: frozenset[str], choices: Choices) -> Mapping[str, Row]:
    """The links of `select_values`, from a log of what is said of links alone. The placeholders and the choices are
    those of the log of which this one is a part."""
    projection = _ValueSelection(log, lens, placeholders=placeholders, choices=choices)
    projection.select_subjects(log.by_subject.keys())
    return projection.rows["Link"]


def reproject(graph: Graph, log: StatementLog, difference: LogDifference) -> Graph:
    """Equal to `project(log, graph.lens)`, made from `graph`, the projection of the log before the difference: what is
    not affected is reused, the same objects. Raises BadLens."""
    return _Reprojection(_checked(log, graph.lens), graph.lens, before=graph, difference=difference).graph()


def project_other_days(graph: Graph, log: StatementLog, lens: Lens) -> Graph:
    """Equal to `project(log, lens)`, made from `graph`, which `project` or this made of the same log under a lens that
    differs by its days alone: what neither begins, ends nor comes to be known between them is reused."""
    subjects = log.turning_days.subjects_between(graph.lens, lens)
    turned = tuple(one for subject in subjects for one in log.by_subject[subject])
    return _OtherDays(log, lens, before=graph, difference=LogDifference((), (), (), (), turned)).graph()


def projects_alike(log: StatementLog, one: Lens, other: Lens) -> bool:
    """Whether two lenses that differ by their days alone show the same: on no day between them something begins, ends
    or comes to be known."""
    return not log.turning_days.lie_between(one, other)


def _checked(log: StatementLog, lens: Lens) -> StatementLog:
    unknown = sorted(lens.exclude_sources - log.sources.keys())
    if unknown:
        alike = [key for one in unknown for key in get_close_matches(one, sorted(log.sources), 1)]
        remedy = f"Did you mean {' and '.join(alike)}?" if alike else "Exclude keys of sources that exist."
        raise BadLens(f"No source {', '.join(map(quote, unknown))}.", remedy=remedy)
    return log


# ---- the projection


_SUBJECT_LABELS = (*ENTITIES, "Observation", "Link")
"""The labels of what statements are about."""


_MAX_COLUMNS = 20_000


@dataclass
class _Projection:
    log: StatementLog
    lens: Lens
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """Of the statements that have a rival, or do not count; others have the verdict of one without a rival."""
    withheld: set[str] = field(default_factory=set)
    """Ids of the statements that are not known yet."""
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {label: {} for label in _SUBJECT_LABELS})
    placeholders: frozenset[str] = frozenset()
    _states: dict[int, str | None] = field(default_factory=dict)
    """Why statements with a support do not count, by its identity: empty where they do, None while it is not known."""

    _columns: dict[int, Columns] = field(default_factory=dict)
    """Of what is said, by its identity."""

    def graph(self) -> Graph:
        self.select_subjects(self.log.by_subject.keys())
        self._add_referenced_entities()
        self._count_links()
        self._grade_overdue()
        return self._finish(*self._statement_rows())

    def _finish(self, statements: LazyRows, withheld: LazyRows) -> Graph:
        sources, withheld_sources = self._source_rows(statements)
        return Graph(
            lens=self.lens,
            version=self.log.version,
            rows={
                **{label: _by_key(rows) for label, rows in self.rows.items()},
                "Source": sources,
                "Statement": statements,
            },
            withheld={"Source": withheld_sources, "Statement": withheld},
            data_through=self._data_through(statements),
            next_flip=self._next_flip(),
        )

    def select_subjects(self, subjects: Set[str]) -> None:
        """Selects values; of entities first, since among rival ends of a link placeholders yield."""
        entities = {subject for subject in subjects if self.log.kinds[subject] in ENTITIES}
        for subject in sorted(entities):
            self._project_subject(subject)
        self.placeholders |= _placeholders(self.rows)
        for subject in sorted(subjects - entities):
            self._project_subject(subject)

    # one subject

    def _project_subject(self, subject: str) -> None:
        statements = self.log.by_subject[subject]
        kind = KINDS[statements[0].kind]
        counting = list(self._counting(statements))
        columns = kind.defaults()
        by_property: dict[str, list[Statement]] = {}
        for statement in counting:
            by_property.setdefault(statement.property, []).append(statement)
        dated: PartialDate | None = None
        first = [kind.dated_by] if kind.dated_by in by_property else []
        for name in [*first, *(name for name in sorted(by_property) if name not in first)]:
            about, rivals = kind.properties[name], by_property[name]
            if len(rivals) == 1:
                columns |= self._columns_of_only(about, rivals[0].said)
            else:
                columns |= about.type.columns(name, self._choose(about, rivals, dated))
            if first and dated is None:
                dated = about.type.from_columns(name, columns)
        if counting and _is_complete(kind, columns):
            self._add(kind, subject, columns, counting)

    def _counting(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        states = self._states
        for statement in statements:
            support = id(statement.support)
            state = states[support] if support in states else states.setdefault(support, self._state(statement))
            if state == "":
                yield statement
            elif state is None:
                self.withheld.add(statement.id)
                self._leave_out(statement, "not known yet")
            else:
                self._leave_out(statement, state)

    def _state(self, statement: Statement) -> str | None:
        if not is_known(statement, self.lens):
            return None
        return exclusion_reason(statement, self.log.sources[statement.source], self.lens) or ""

    def _leave_out(self, statement: Statement, reason: str) -> None:
        self.verdicts[statement.id] = Verdict(False, False, reason, f"{statement.property}/9{statement.id}")

    def _choose(self, about: Property, statements: Sequence[Statement], dated: PartialDate | None) -> Any:
        contest = Contest(about, dated, self.placeholders, self.log.sources)
        ranked = contest.rank(statements)
        if about.merge is Merge.UNITE:
            return self._unite(ranked)
        slots: dict[str, list[Candidate]] = {}
        for candidate in ranked:
            slots.setdefault(candidate.statement.slot, []).append(candidate)
        rank = 0
        for rivals in slots.values():
            rank = self._record_verdicts(rivals, rank)
        best = {slot: rivals[0].statement.value for slot, rivals in slots.items()}
        return tuple(best[slot] for slot in sorted(best)) if about.merge is Merge.EACH else best[""]

    def _columns_of_only(self, about: Property, said: Said) -> Columns:
        """The columns of a property that has one statement, as most have: where many say the same, they share keys and
        values."""
        known = self._columns.get(id(said))
        if known is None:
            value = (said.value,) if about.merge is Merge.EACH else said.value
            chosen = tuple(sorted(set(said.value))) if about.merge is Merge.UNITE else value
            known = about.type.columns(about.name, chosen)
            if len(self._columns) < _MAX_COLUMNS:
                self._columns[id(said)] = known
        return known

    def _record_verdicts(self, ranked: Sequence[Candidate], rank: int) -> int:
        """Record what became of the candidates for one slot; returns the next free rank."""
        winner = ranked[0]
        chosen = winner.statement.text
        rival = next((one for one in ranked if one.statement.text != chosen), None)
        for candidate in ranked:
            statement = candidate.statement
            agrees = statement.text == chosen
            if candidate is winner:
                reason = reason_won(winner, rival)
            else:
                reason = "says the same as the best statement" if agrees else reason_lost(candidate, winner)
            self.verdicts[statement.id] = Verdict(True, agrees, reason, f"{statement.property}/0{rank:06d}")
            rank += 1
        return rank

    def _unite(self, ranked: Sequence[Candidate]) -> tuple[str, ...]:
        for rank, candidate in enumerate(ranked):
            statement = candidate.statement
            sort_key = f"{statement.property}/0{rank:06d}"
            self.verdicts[statement.id] = Verdict(True, True, UNITED, sort_key)
        return tuple(sorted({item for candidate in ranked for item in candidate.statement.value}))

    def _add(self, kind: type[Kind], subject: str, columns: Columns, counting: Sequence[Statement]) -> None:
        if self.lens.overlay and any(one.entered is Entered.OVERLAY for one in counting):
            columns = columns | {OVERLAY: True}
        if kind.kind_name in LINKS:
            stated = Row("Link", subject, columns | {TYPE_COLUMN: kind.kind_name})
            if not is_listed(stated, self.lens):
                return
            columns = link_columns(stated, counting, self.lens)
            columns["origins"] = self._origins(counting)
        self.rows[kind.kind_label][subject] = _searchable_row(kind, subject, columns)

    def _origins(self, statements: Iterable[Statement]) -> int:
        """How many origins support what the facts say; a scenario supports nothing."""
        supports = {id(one.support): one.support for one in statements}.values()
        facts = (one.source for one in supports if one.entered is not Entered.SCENARIO)
        return len({self.log.sources[source].origin for source in facts})

    # what follows from all rows

    def _add_referenced_entities(self, among: Container[str] | None = None) -> None:
        """An entity exists while a row names it; its name falls back to its key. `among`: look at these keys alone."""
        named: dict[str, set[tuple[str, ...]]] = {}
        for row in self._all_rows():
            for key, kinds in _references(row):
                if among is None or key in among:
                    named.setdefault(key, set()).add(kinds)
        for key in sorted(named):
            # where no statement is about it, the narrowest reference decides its kind
            narrowest = min(named[key], key=lambda kinds: (len(kinds), kinds))[0]
            kind = ENTITIES.get(self.log.kinds.get(key, narrowest))
            if kind and not kind.required_properties() and key not in self.rows[kind.kind_label]:
                self.rows[kind.kind_label][key] = _searchable_row(kind, key, kind.defaults())

    def _all_rows(self) -> Iterator[Row]:
        return (row for rows in self.rows.values() for row in rows.values())

    def _count_links(self, among: Set[str] | None = None) -> None:
        """Of all entities, or `among` these alone."""
        counts = Counter(key for row in self.rows["Link"].values() for key in row.keys_in(NAMED_BY_LINKS))
        for label in ENTITIES:
            rows = self.rows[label]
            for key in rows if among is None else among & rows.keys():
                counted = rows[key].columns | {"link_count": counts.get(key, 0)}
                if rows[key].columns != counted:
                    rows[key] = Row(label, key, counted)

    def _grade_overdue(self) -> None:
        """Tells what is overdue from what nobody could have reported yet, by the sources about the parties."""
        links = self.rows["Link"]
        late = [row for row in links.values() if row.columns.get("service_state") in UNCONFIRMED]
        newest = newest_publications(self.log, self.lens, {end for row in late for end in _ends(row)}) if late else {}
        for row in late:
            state = overdue_state(row["service_from"], _ends(row), newest)
            if row["service_state"] is not state:
                links[row.key] = Row("Link", row.key, row.columns | {"service_state": str(state)})

    def _statement_rows(self) -> tuple[LazyRows, LazyRows]:
        """Of the statements that are shown, and of those that are withheld."""
        verdicts = Verdicts(self.verdicts, self.withheld)
        shown, withheld = (JudgedStatements(self.log.statements, verdicts, withheld=hidden) for hidden in (False, True))
        return LazyRows(shown), LazyRows(withheld)

    def _source_rows(self, statements: LazyRows) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        """A source is shown once it is known, and wherever a shown statement cites it."""
        unknown = [key for key, source in self.log.sources.items() if not self._is_known(source)]
        cited = statements.sources(counted=False) if unknown else set()
        hidden = set(unknown) - cited
        shown: dict[str, Row] = {}
        withheld: dict[str, Row] = {}
        for key, source in self.log.sources.items():
            (withheld if key in hidden else shown)[key] = self._source_row(source)
        return shown, withheld

    def _is_known(self, source: Source) -> bool:
        return source.published is None or self.lens.begun(source.published, day_of(self.lens.known_on))

    def _source_row(self, source: Source) -> Row:
        return source_row(source)

    def _data_through(self, statements: LazyRows) -> date | None:
        counting = statements.sources(counted=True)
        published = (self.log.sources[key].published for key in counting)
        return max((moment.earliest for moment in published if moment), default=None)

    def _next_flip(self) -> date | None:
        return min(self._flips(self.log.statements, self.log.sources.values()), default=None)

    def _flips(self, statements: Iterable[Statement], sources: Iterable[Source]) -> Iterator[date]:
        """The days to come on which what these say may count otherwise."""
        valid, known = day_of(self.lens.valid_on), day_of(self.lens.known_on)
        said = list(statements)
        yield from (day for day in days_of_knowledge(said, sources) if day > known)
        yield from (day for day in days_of_validity(said) if day > valid)


# ---- what follows from a difference


@dataclass
class _ValueSelection(_Projection):
    """Values alone, without what became of each statement. Whoever selects from parts of one log again and again, or
    under several lenses, mostly chooses among the same statements as before."""

    choices: Choices = field(default_factory=dict)

    def _choose(self, about: Property, statements: Sequence[Statement], dated: PartialDate | None) -> Any:
        key = (dated, self.placeholders, *(one.id for one in statements))
        value = self.choices.get(key, _UNSEEN)
        if value is _UNSEEN:
            value = super()._choose(about, statements, dated)
            if len(self.choices) >= _MAX_CHOICES:
                self.choices.clear()
            self.choices[key] = value
        return value


_UNSEEN = object()
_MAX_CHOICES = 30_000
"""Some MB."""


@dataclass(kw_only=True)
class _Reprojection(_Projection):
    """Selects anew the values of the subjects that a difference affects, and of what depends on them."""

    before: Graph
    difference: LogDifference
    reselected: set[str] = field(default_factory=set)

    def graph(self) -> Graph:
        self.rows = {label: dict(self.before.rows[label]) for label in _SUBJECT_LABELS}
        self._reselect({one.subject for one in self.difference.affected})
        altered = _placeholders(self.before.rows) ^ self.placeholders
        self._reselect(self._subjects_naming(altered) - self.reselected)
        affected = (
            self.reselected | self._reselected_references(self.before.rows) | self._reselected_references(self.rows)
        )
        unstated = {key for key in affected if not self._is_stated(key)}
        self._remove_rows(unstated)
        if unstated:
            self._add_referenced_entities(unstated)
        self._count_links(affected)
        self._grade_overdue()
        return self._finish(*self._statement_rows())

    def _reselect(self, subjects: set[str]) -> None:
        self._remove_rows(subjects)
        self.select_subjects(subjects & self.log.by_subject.keys())
        self.reselected |= subjects

    def _remove_rows(self, keys: Iterable[str]) -> None:
        for key in keys:
            for rows in self.rows.values():
                rows.pop(key, None)

    def _subjects_naming(self, placeholders: frozenset[str]) -> set[str]:
        """The subjects that may name one of these; entities do not yield to placeholders."""
        if not placeholders:
            return set()
        values = ((one.subject, one.value) for one in self.log.statements if isinstance(one.value, str))
        naming = {subject for subject, value in values if value in placeholders}
        return {subject for subject in naming if self.log.kinds[subject] not in ENTITIES}

    def _reselected_references(self, rows: Rows) -> set[str]:
        affected = (rows[label].get(key) for label in _SUBJECT_LABELS for key in self.reselected)
        return {key for row in affected if row for key, _ in _references(row)}

    def _is_stated(self, key: str) -> bool:
        """Whether statements make its row, and not only others that name it."""
        kind = KINDS.get(self.log.kinds.get(key, ""))
        if kind is None or key not in self.rows[kind.kind_label]:
            return False
        return (
            key in self.reselected
            or bool(kind.required_properties())
            or any(map(self._counted, self.log.by_subject[key]))
        )

    def _counted(self, statement: Statement) -> bool:
        judged = LazyRows.of(self.before.rows["Statement"]).parts.get(statement.id)
        return judged is not None and judged[1].counted

    def _statement_rows(self) -> tuple[LazyRows, LazyRows]:
        again = (one.id for subject in self.reselected for one in self.log.by_subject.get(subject, ()))
        gone = {*again, *(one.id for one in self.difference.removed)}
        shown, withheld = (LazyRows.of(rows["Statement"]) for rows in (self.before.rows, self.before.withheld))
        verdicts = shown.parts.verdicts.after(gone, Verdicts(self.verdicts, self.withheld))
        return (
            shown.with_parts(JudgedStatements(self.log.statements, verdicts)),
            withheld.with_parts(JudgedStatements(self.log.statements, verdicts, withheld=True)),
        )

    def _source_row(self, source: Source) -> Row:
        kept = self._kept_sources.get(source.key)
        return source_row(source) if kept is None else kept

    @cached_property
    def _kept_sources(self) -> Mapping[str, Row]:
        altered = {now.key for _, now in self.difference.sources if now}
        both = {**self.before.rows["Source"], **self.before.withheld["Source"]}
        return {key: row for key, row in both.items() if key not in altered}

    def _next_flip(self) -> date | None:
        sources = self.difference.sources
        was = self._flips(self.difference.outdated, (then for then, _ in sources if then))
        if any(day == self.before.next_flip for day in was):
            return super()._next_flip()
        to_come = self._flips(self.difference.upserted, (now for _, now in sources if now))
        return min((day for day in (self.before.next_flip, *to_come) if day), default=None)


@dataclass(kw_only=True)
class _OtherDays(_Reprojection):
    """Selects anew the values of the subjects that turn between the days of two lenses; the log is the same."""

    def _next_flip(self) -> date | None:
        return self.log.turning_days.next_after(self.lens)


def _ends(link: Row) -> tuple[str, str]:
    return link.columns["from"], link.columns["to"]


def _placeholders(rows: Rows) -> frozenset[str]:
    return frozenset(key for key, row in rows["Organization"].items() if row.columns.get("placeholder"))


def _is_complete(kind: type[Kind], columns: Columns) -> bool:
    return all(about.type.from_columns(about.name, columns) is not None for about in kind.required_properties())


def _by_key(rows: Mapping[str, Row]) -> Mapping[str, Row]:
    return {key: rows[key] for key in sorted(rows)}


def _references(row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys that a row refers to, with the kinds they may be of."""
    for about in row.kind.references():
        value = row.columns.get(about.name)
        keys = value if isinstance(value, list) else (value,) if value else ()
        yield from ((key, about.refers_to) for key in keys)


def _searchable_row(kind: type[Kind], key: str, columns: Columns) -> Row:
    """The row with its name and the texts by which a search finds it."""
    if "name" in kind.properties and "name" not in columns:
        columns = columns | kind.properties["name"].type.columns("name", key)
    if kind.kind_name in ENTITIES:
        columns = columns | _search_columns(key, columns)
    return Row(kind.kind_label, key, columns)


def _search_columns(key: str, columns: Columns) -> Columns:
    texts = [columns["name"]] if "name" in columns else []
    texts += [key, *(columns[name] for name in ("ticker",) if name in columns)]
    texts += [*columns.get("aliases", ()), *columns.get("former_names", ())]
    unique = list(dict.fromkeys(texts))
    return {SEARCH_TEXTS: unique, SEARCH_FOLDED: [fold(one) for one in unique]}
