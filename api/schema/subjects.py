"""Whether there is anything to tell of a subject that is asked for."""

from __future__ import annotations

from api.context.request_context import RequestContext
from graph.errors import BadQuery
from graph.stores.query import STATEMENTS_OF, Page, Query
from graph.vocabulary.model import KINDS

Subject = tuple[str | None, str]
"""A label, or None for whichever it is, and a key."""


async def check_subjects(context: RequestContext, *subjects: Subject) -> None:
    """Raises BadQuery for one that no statement of the store is about, whatever the lens: a subject that is not known
    yet on a day, or is left out, is no mistake."""
    reader = (await context.view()).reader
    keys = dict.fromkeys(key for _, key in subjects)
    found = await reader.find_each(STATEMENTS_OF, list(keys), Query("Statement"), Page(1))
    for label, key in subjects:
        labels = {KINDS[row.columns["subject_kind"]].kind_label for row in found[key].rows}
        if not labels or label not in (None, *labels):
            raise BadQuery(
                f"Nothing is said about {'' if label is None else f'{label} '}{key[:100]!r}.",
                remedy="Give the id or key of an entity, link or observation; `search` finds them.",
            )
