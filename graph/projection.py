"""`project(log, lens)`: the one pure function that turns statements into a graph.

Per subject and property (and slot) the best of the counting statements is chosen by the policy (`graph/policy.py`),
criterion by criterion; the others stay as alternatives, each with the reason. Time travel, "what if" and "without
this source" are this function with another lens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from graph.errors import BadLens
from graph.evidence_rows import source_row, statement_row
from graph.lens import Lens
from graph.link_time import is_listed, link_columns
from graph.model import (
    ENTITIES,
    KINDS,
    LINKS,
    SEARCH_FOLDED,
    SEARCH_TEXTS,
    Kind,
    Merge,
    Property,
    Row,
)
from graph.policy import Candidate, Contest, Verdict, day_of, is_known, lost, why_not, won
from graph.statements import Source, Statement, StatementLog
from graph.values import Columns, PartialDate, fold

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
    """The graph that the counting statements make. `lens` has both dates set. Raises BadLens."""
    unknown = sorted(lens.exclude_sources - log.sources.keys())
    if unknown:
        raise BadLens(f"No source {', '.join(unknown)}.", remedy="Exclude keys of sources that exist.")
    return _Projection(log, lens).graph()


# ---- the projection


@dataclass
class _Projection:
    log: StatementLog
    lens: Lens
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    placeholders: frozenset[str] = frozenset()
    newest: date | None = None

    def graph(self) -> Graph:
        self.rows = {label: {} for label in (*ENTITIES, "Observation", "Link")}
        subjects = self.log.by_subject
        entities = [subject for subject in subjects if self.log.kinds[subject] in ENTITIES]
        for subject in entities:
            self._subject(subject)
        self.placeholders = frozenset(
            key for key, row in self.rows["Organization"].items() if row.columns.get("placeholder")
        )
        for subject in sorted(subjects.keys() - set(entities)):
            self._subject(subject)
        self._name_what_is_named()
        self._count_links()
        statements, withheld = self._statement_rows()
        sources, withheld_sources = self._source_rows()
        return Graph(
            lens=self.lens,
            version=self.log.version,
            rows={
                **{label: _by_key(rows) for label, rows in self.rows.items()},
                "Source": sources,
                "Statement": statements,
            },
            withheld={"Source": withheld_sources, "Statement": withheld},
            data_through=self.newest,
            next_flip=self._next_flip(),
        )

    # one subject

    def _subject(self, subject: str) -> None:
        kind = KINDS[self.log.kinds[subject]]
        counting = list(self._counting(self.log.by_subject[subject]))
        columns = kind.defaults()
        by_property: dict[str, list[Statement]] = {}
        for statement in counting:
            by_property.setdefault(statement.property, []).append(statement)
        dated: PartialDate | None = None
        for name in sorted(by_property, key=lambda name: (name != kind.dated_by, name)):
            value = self._choose(kind.properties[name], by_property[name], None if name == kind.dated_by else dated)
            columns |= kind.properties[name].type.columns(name, value)
            if name == kind.dated_by:
                dated = value
        if counting and _is_whole(kind, columns):
            self._add(kind, subject, columns, counting)

    def _counting(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        for statement in statements:
            if not is_known(statement, self.lens):
                continue
            source = self.log.sources[statement.source]
            reason = why_not(statement, source, self.lens)
            if reason is None:
                self._note_source(source)
                yield statement
            else:
                self.verdicts[statement.id] = Verdict(False, False, reason, f"{statement.property}/9{statement.id}")

    def _note_source(self, source: Source) -> None:
        if source.published and (self.newest is None or source.published.earliest > self.newest):
            self.newest = source.published.earliest

    def _choose(self, about: Property, statements: Sequence[Statement], dated: PartialDate | None) -> Any:
        contest = Contest(about, dated, self.placeholders, self.log.sources)
        ranked = contest.rank(statements)
        if about.merge is Merge.UNITE:
            return self._unite(ranked)
        slots: dict[str, list[Candidate]] = {}
        for candidate in ranked:
            slots.setdefault(candidate.statement.slot, []).append(candidate)
        place = 0
        for rivals in slots.values():
            place = self._judge(rivals, place)
        best = {slot: rivals[0].statement.value for slot, rivals in slots.items()}
        return tuple(best[slot] for slot in sorted(best)) if about.merge is Merge.EACH else best[""]

    def _judge(self, ranked: Sequence[Candidate], place: int) -> int:
        """Record what became of the candidates for one slot; returns the next free place."""
        winner = ranked[0]
        shown = winner.statement.text
        rival = next((one for one in ranked if one.statement.text != shown), None)
        for candidate in ranked:
            statement = candidate.statement
            agrees = statement.text == shown
            if candidate is winner:
                reason = won(winner, rival)
            else:
                reason = "says the same as the best statement" if agrees else lost(candidate, winner)
            self.verdicts[statement.id] = Verdict(True, agrees, reason, f"{statement.property}/0{place:06d}")
            place += 1
        return place

    def _unite(self, ranked: Sequence[Candidate]) -> tuple[str, ...]:
        for place, candidate in enumerate(ranked):
            statement = candidate.statement
            where = f"{statement.property}/0{place:06d}"
            self.verdicts[statement.id] = Verdict(True, True, "united with what the others say", where)
        return tuple(sorted({item for candidate in ranked for item in candidate.statement.value}))

    def _add(self, kind: type[Kind], subject: str, columns: Columns, counting: Sequence[Statement]) -> None:
        if kind.kind_name in LINKS:
            columns = link_columns(kind.kind_name, columns, counting, self.lens)
            if not is_listed(Row("Link", subject, columns), self.lens):
                return
        self.rows[kind.kind_label][subject] = _shown_row(kind, subject, columns)

    # what follows from all rows

    def _name_what_is_named(self) -> None:
        """An entity exists while a row names it; its name falls back to its key."""
        named: dict[str, set[tuple[str, ...]]] = {}
        for row in self._all_rows():
            for key, kinds in _named_by(row):
                named.setdefault(key, set()).add(kinds)
        for key in sorted(named):
            # where no statement is about it, the narrowest reference tells of what kind it is
            narrowest = min(named[key], key=lambda kinds: (len(kinds), kinds))[0]
            kind = ENTITIES.get(self.log.kinds.get(key, narrowest))
            if kind and not kind.needs() and key not in self.rows[kind.kind_label]:
                self.rows[kind.kind_label][key] = _shown_row(kind, key, kind.defaults())

    def _all_rows(self) -> Iterator[Row]:
        return (row for rows in self.rows.values() for row in rows.values())

    def _count_links(self) -> None:
        counts = Counter(row.columns[end] for row in self.rows["Link"].values() for end in ("from", "to"))
        for label in ENTITIES:
            for key, row in self.rows[label].items():
                self.rows[label][key] = Row(label, key, row.columns | {"link_count": counts.get(key, 0)})

    def _statement_rows(self) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        shown: dict[str, Row] = {}
        withheld: dict[str, Row] = {}
        for statement in self.log.statements:
            verdict = self.verdicts.get(statement.id)
            hidden = Verdict(False, False, "not known yet", f"{statement.property}/9{statement.id}")
            kept = withheld if verdict is None else shown
            kept[statement.id] = statement_row(statement, verdict or hidden)
        return shown, withheld

    def _source_rows(self) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        """A source is shown once it is known, and wherever a shown statement cites it."""
        cited = {statement.source for statement in self.log.statements if statement.id in self.verdicts}
        shown: dict[str, Row] = {}
        withheld: dict[str, Row] = {}
        for key, source in self.log.sources.items():
            known = source.published is None or self.lens.begun(source.published, day_of(self.lens.known_on))
            (shown if known or key in cited else withheld)[key] = source_row(source)
        return shown, withheld

    def _next_flip(self) -> date | None:
        valid, known = day_of(self.lens.valid_on), day_of(self.lens.known_on)
        times = (
            time
            for statement in self.log.statements
            for time in (statement.known_earliest, statement.known_latest, statement.withdrawn)
            if time and time > known
        )
        published = (
            day for source in self.log.sources.values() if source.published for day in _flips(source.published)
        )
        moments = (
            day
            for statement in self.log.statements
            for moment in (statement.as_of, statement.value)
            if isinstance(moment, PartialDate)
            for day in _flips(moment)
            if day > valid
        )
        return min((*times, *moments, *(day for day in published if day > known)), default=None)


def _flips(moment: PartialDate) -> Iterator[date]:
    """The days on which an answer about an interval may change: its first, its last, and the day after it."""
    yield moment.earliest
    yield moment.latest
    if moment.latest < date.max:
        yield moment.latest + timedelta(days=1)


def _is_whole(kind: type[Kind], columns: Columns) -> bool:
    return all(about.type.restore(about.name, columns) is not None for about in kind.needs())


def _by_key(rows: Mapping[str, Row]) -> Mapping[str, Row]:
    return {key: rows[key] for key in sorted(rows)}


def _named_by(row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys that a row refers to, with the kinds they may be of."""
    for about in row.kind.references():
        value = row[about.name]
        keys = value if isinstance(value, tuple) else (value,) if value else ()
        yield from ((key, about.refers_to) for key in keys)


def _shown_row(kind: type[Kind], key: str, columns: Columns) -> Row:
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
