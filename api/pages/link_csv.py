"""`/links.csv`: the links that an address asks for, in its order, as the table of an export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api.pages.link_filters import FILTERS, link_query, matching, selection
from api.pages.page import Visit
from graph.exports.dataset.columns import LINK_TABLE
from graph.exports.dataset.csv_tables import csv_parts
from graph.exports.dataset.dataset import Dataset, Provenance, RowsInMemory
from graph.exports.dataset.figures import FigureAddresses
from graph.stores.query import MAX_PER_PAGE, Page, Query, cursor_of
from graph.vocabulary.model import ENTITIES, Row


def link_list_csv(visit: Visit) -> bytes:
    """Every link that the address asks for, in its order."""
    query = link_query(visit.parameters).query
    stated = {name: text for name, text in visit.parameters.items() if name in FILTERS}
    dataset = dataset_of(visit, _every(visit, query), visit.facts.snapshot.entities.values(), selection(stated).query)
    return b"".join(csv_parts(LINK_TABLE, dataset))


def _every(visit: Visit, query: Query) -> Iterator[Row]:
    """The rows of all pages."""
    part = matching(visit, query, Page(first=MAX_PER_PAGE))
    yield from part.rows
    while part.has_next:
        part = matching(visit, query, Page(first=MAX_PER_PAGE, after=cursor_of(part.rows[-1], query.orders)))
        yield from part.rows


def dataset_of(visit: Visit, links: Iterable[Row], entities: Iterable[Row], query: str = "") -> Dataset:
    """A dataset of what a page shows: links in their order, entities, and what is said of the links; its numbers have
    addresses as on the page, which private facts have not."""
    links, entities, facts = list(links), list(entities), visit.facts
    statements = (row for link in links for rows in facts.statements_of(link.key).values() for row in rows)
    by_label = {label: [row for row in entities if row.label == label] for label in ENTITIES}
    rows = RowsInMemory({**by_label, "Link": links, "Statement": statements}, facts.snapshot.replaced)
    figures = None if visit.lens.overlay else FigureAddresses(visit.lens)
    return Dataset(Provenance(visit.version.id, visit.lens, facts.snapshot.data_through, query), rows, figures)
