"""The check that the store knows a subject."""

from __future__ import annotations

from api.context.request_context import RequestContext
from graph.errors import BadQuery
from graph.stores.names import ANY_ENTITY, suggestion
from graph.stores.query import STATEMENTS_OF, Page, Query
from graph.vocabulary.model import KINDS
from graph.vocabulary.wording import quote

SubjectName = tuple[str | None, str]
"""A label, or None for any label, and a key."""


async def check_subjects(context: RequestContext, *subjects: SubjectName) -> None:
    """Raises BadQuery for a subject without any statement in the store. A subject whose statements do not count under
    the lens is no error."""
    reader = (await context.view()).reader
    keys = dict.fromkeys(key for _, key in subjects)
    statements = await reader.find_each(STATEMENTS_OF, list(keys), Query("Statement"), Page(1))
    for label, key in subjects:
        labels = {KINDS[row.columns["subject_kind"]].kind_label for row in statements[key].rows}
        if not labels or label not in (None, *labels):
            meant = await suggestion(reader, key, ANY_ENTITY if label is None else (label,))
            raise BadQuery(
                f"Nothing is said about {'' if label is None else f'{label.lower()} '}{quote(key)}.",
                remedy=meant or "Give the id or key of an entity, link or observation; `search` finds them.",
            )
