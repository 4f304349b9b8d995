"""Fields about the evidence as a whole: what changed between two lenses, where sources disagree, how far the data
reach, and how they came to be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from strawberry import ID

from api.context.fields import add_fields, argument, deprecated, field, list_of, output_type
from api.context.request_context import LensView, RequestContext
from api.context.sources import RootValue
from api.schema.connections import (
    AT_MOST,
    FORWARD_ARGUMENTS,
    Connection,
    all_related_rows,
    list_connection,
    list_page,
    page_size,
    to_node,
)
from api.schema.cursors import lenses_of_page, page_fingerprint, read_list_cursor, write_list_cursor
from api.schema.data_versions import DataVersionObject
from api.schema.filters import ChangeWhere, compile_filter
from api.schema.ids import global_id, parse_id
from api.schema.lenses import LensInput, LensObject, UnderLens
from api.schema.row_bounds import with_children
from api.schema.scalars import JSON, enum_of
from api.schema.subjects import check_subjects
from api.schema.types import (
    BEST_FIRST,
    StatementNode,
    SubjectObject,
    about_property,
    has_label,
    subject_under,
)
from graph.comparison import conflicts, diff
from graph.comparison.conflicts import COUNTED, conflict_slots, conflicts_of
from graph.comparison.diff import ChangeCause, ChangeKind, carriers, difference_between
from graph.stores import base
from graph.stores.base import Reader, Store
from graph.stores.query import STATEMENTS_OF, Compare, Query, both
from graph.vocabulary.model import KINDS

NOTHING_DATED = date.min
"""The value of dataThrough where no dated source counts."""
THROUGH = f"Publication date of the newest source that counts; {NOTHING_DATED} where no dated source counts."


def data_through(reader: Reader) -> date:
    return reader.data_through or NOTHING_DATED


# ---- differences between two lenses


@dataclass(eq=False)
class ChangeObject:
    change: diff.RowChange
    views: tuple[LensView, LensView]


_CHOSEN = Query("Statement", Compare("chosen", "eq", True), BEST_FIRST)


async def _carriers(node: ChangeObject) -> Sequence[Any]:
    """The statements that carry a change, each under the lens that chose it."""
    chosen = (all_related_rows(view, STATEMENTS_OF, node.change.key, _CHOSEN) for view in node.views)
    sides = carriers(node.change, *await asyncio.gather(*chosen))
    nodes = [to_node(row, view) for rows, view in zip(sides, node.views, strict=True) for row in rows]
    return node.views[1].capped(nodes)


def _subject(node: ChangeObject) -> SubjectObject:
    """The row under the lens that shows it: the later one, unless it is gone there."""
    view = node.views[0] if node.change.kind is ChangeKind.REMOVED else node.views[1]
    return SubjectObject(node.change.subjects[0], view)


_WHOLE = "of a row that came or went all its values by property (a link's type is among them)"
add_fields(
    ChangeObject,
    [
        field("kind", enum_of(ChangeKind), lambda node: node.change.kind, "What became of the row."),
        field("cause", enum_of(ChangeCause), lambda node: node.change.cause, "Which of the two times explains it."),
        deprecated(
            field("subject", ID, lambda node: global_id(node.change.label, node.change.key), "Global id of the row."),
            "Read subjectEntity, which has key and name too.",
        ),
        field("subject_entity", SubjectObject, _subject, "The row, with its key and name."),
        field(
            "property",
            str | None,
            lambda node: node.change.property,
            "What of it changed, named as in Statement.property; or in_force, service_state. Null: the whole row.",
        ),
        field(
            "before",
            JSON | None,
            lambda node: node.change.before,
            f"Its value before, as in Statement.value (capacities as a list); {_WHOLE}; null where there was none.",
        ),
        field(
            "after", JSON | None, lambda node: node.change.after, "Its value after, in the same form; null without one."
        ),
        field(
            "statements",
            list[StatementNode],
            _carriers,
            f"The chosen statements that carry it, {AT_MOST}: those of the value before, then of the value after.",
        ),
    ],
)
output_type(ChangeObject, "Change", "A value that became another, or a row that came or went, between two lenses.")


@dataclass(eq=False)
class GraphDiff:
    context: RequestContext
    views: tuple[LensView, LensView]


async def _changes(node: GraphDiff, where: Any = None, first: int | None = None, after: str | None = None) -> Any:
    fingerprint = page_fingerprint(await lenses_of_page(after, node.views))
    size, start = page_size(first), read_list_cursor(after, "Change", fingerprint, 4)

    async def compare(store: Store) -> list[diff.RowChange]:
        return await difference_between(store, *(view.reader for view in node.views))

    changes = await node.context.cached("diff", node.views, compare)
    chosen = changes if where is None else diff.selected(changes, compile_filter(where))
    return list_connection(
        list_page(chosen, lambda change: change.sort_key, size, start),
        to_object=lambda change: ChangeObject(change, node.views),
        to_cursor=lambda change: write_list_cursor("Change", fingerprint, change.sort_key),
        mark_truncated=node.context.mark_truncated,
    )


add_fields(
    GraphDiff,
    [
        field("before", LensObject, lambda node: node.views[0].lens, "The lens of before, with both dates."),
        field("after", LensObject, lambda node: node.views[1].lens, "The lens of after, with both dates."),
        field(
            "changes",
            Connection[ChangeObject],
            _changes,
            "Links, entities and observations that came, went or say something else: contracts first, those for "
            "capacity before others; then by kind, key and property. What only repeats other values (layer, linkCount) "
            "is left out.",
            (argument("where", ChangeWhere | None, "Only those that satisfy this."), *FORWARD_ARGUMENTS),
        ),
    ],
)
output_type(GraphDiff, "GraphDiff", "What changed from one lens to another.")


async def _diff(self: UnderLens, before: LensInput, after: LensInput) -> GraphDiff:
    earlier, later = await asyncio.gather(self.context.view(before.to_lens()), self.context.view(after.to_lens()))
    return GraphDiff(self.context, (earlier, later))


# ---- conflicts between sources


@dataclass(eq=False)
class ConflictObject:
    conflict: conflicts.Conflict
    view: LensView


def _columns(node: ConflictObject) -> Mapping[str, Any]:
    return node.conflict.chosen.columns


add_fields(
    ConflictObject,
    [
        field(
            "subject",
            ID,
            lambda node: global_id(KINDS[_columns(node)["subject_kind"]].kind_label, _columns(node)["subject"]),
            "Global id of what it is about.",
        ),
        field(
            "subject_entity",
            SubjectObject | None,
            lambda node: subject_under(node.view, node.conflict.chosen),
            "What it is about; null where the lens does not show it.",
        ),
        field("property", str, lambda node: _columns(node)["property"], "What they disagree on, as in the seeds."),
        field(
            "chosen",
            StatementNode,
            lambda node: to_node(node.conflict.chosen, node.view),
            "The statement that is shown.",
        ),
        with_children(
            STATEMENTS_OF,
            field(
                "rivals",
                list_of(StatementNode),
                lambda node: [to_node(row, node.view) for row in node.view.capped(node.conflict.rivals)],
                f"The statements that count and say something else, the best first; {AT_MOST}.",
            ),
        ),
        field("reason", str, lambda node: _columns(node)["reason"], "Why the chosen statement takes precedence."),
    ],
)
output_type(
    ConflictObject,
    "Conflict",
    "Statements that count under the lens about one thing, and do not say the same. Capacities of another basis, stage "
    "or phase are different things.",
)


async def _conflicts(
    self: UnderLens,
    subject: str | None = None,
    property: str | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Any:
    view = await self.view()
    fingerprint = page_fingerprint(await lenses_of_page(after, [view]))
    size, start = page_size(first), read_list_cursor(after, "Conflict", fingerprint, 3)
    page = list_page(await _conflict_keys(self.context, view, subject, property), tuple, size, start)
    by_key = {conflict.slot: conflict for conflict in await _read_conflicts(view, page.rows)}
    return list_connection(
        page,
        to_object=lambda key: ConflictObject(by_key[key], view),
        to_cursor=lambda key: write_list_cursor("Conflict", fingerprint, key),
        mark_truncated=view.mark_truncated,
    )


async def _conflict_keys(
    context: RequestContext, view: LensView, subject: str | None, property: str | None
) -> list[conflicts.Slot]:
    """The sort keys of conflicts: those of one subject are read, those of all subjects are cached."""
    of_property = about_property(property)
    if subject is not None:
        label, key = parse_id(subject)
        of_subject = both(Compare("subject", "eq", key), has_label(label))
        keys = await conflict_slots(view.reader, both(of_subject, of_property))
        if not keys:
            await check_subjects(context, (label, key))
        return keys

    async def find_all(_: Store) -> list[conflicts.Slot]:
        return await conflict_slots(view.reader)

    keys = await context.cached("conflicts", [view], find_all)
    return [key for key in keys if property in (None, key[1])]


async def _read_conflicts(view: LensView, keys: Iterable[conflicts.Slot]) -> list[conflicts.Conflict]:
    counted = Query("Statement", COUNTED, BEST_FIRST)
    subjects = dict.fromkeys(subject for subject, _, _ in keys)
    rows = await asyncio.gather(*(all_related_rows(view, STATEMENTS_OF, subject, counted) for subject in subjects))
    return conflicts_of(row for of_subject in rows for row in of_subject)


# ---- data versions


async def _data_version(self: UnderLens) -> Any:
    return (await self.view()).reader.version


async def _data_versions(self: UnderLens, first: int | None = None, after: str | None = None) -> Any:
    size, start = page_size(first), read_list_cursor(after, "DataVersion", "", 2)
    versions = await self.context.store.versions()
    keyed = [(_newest_first(len(versions) - index, version), version) for index, version in enumerate(versions)]
    return list_connection(
        list_page(keyed, lambda pair: pair[0], size, start),
        to_object=lambda pair: pair[1],
        to_cursor=lambda pair: write_list_cursor("DataVersion", "", pair[0]),
        mark_truncated=self.context.mark_truncated,
    )


def _newest_first(number: int, version: base.DataVersion) -> tuple[str, str]:
    """The sort key of the version that was recorded as the `number`-th; later versions do not change it."""
    return f"{10**9 - number:010d}", version.id


# ---- the fields

_SUBJECT = argument("subject", ID | None, "Global id or key: only conflicts about this.")
_ON = argument("property", str | None, "Only conflicts on this property, named as in the seeds, e.g. value.")
LENS_FIELDS = (
    field(
        "conflicts",
        Connection[ConflictObject],
        _conflicts,
        "Where sources disagree: the chosen statement, its rivals, and the reason; by subject and property.",
        (_SUBJECT, _ON, *FORWARD_ARGUMENTS),
    ),
)
"""Fields under any lens."""
QUERY_FIELDS = (
    field(
        "diff",
        GraphDiff,
        _diff,
        "What changed from one lens to another, and whether the world changed or we learnt more.",
        (argument("before", LensInput, "The lens to start from."), argument("after", LensInput, "The lens to go to.")),
    ),
    field("data_version", DataVersionObject, _data_version, "The data version of this answer.", source=RootValue()),
    field(
        "data_versions",
        Connection[DataVersionObject],
        _data_versions,
        "The history of the data, newest version first.",
        FORWARD_ARGUMENTS,
    ),
)
"""Fields of `Query` alone."""
