"""A link as the row of a table, in HTML. A page has up to hundreds of them, and a template takes several times as long
for each."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from api.pages.agreements import BASIS_TEXT, Agreement, AgreementTable
from api.pages.figure_html import cited_text, escape, figure_text, number_cell, party_text
from graph.vocabulary.values import CapacityBasis

_MW_LABELS = {basis: f"MW {BASIS_TEXT[basis]}" for basis in CapacityBasis}


def agreement_row(table: AgreementTable, line: Agreement) -> Markup:
    """A line of a table, with the cells that the table has."""
    lapsed = ' class="apart"' if line.mark.code == "lapsed" else ""
    row = f'<tr role="row"{lapsed}>{_head(line)}{"".join(_cells(table, line))}</tr>\n'
    return Markup(row)  # noqa: S704 (each part is escaped)


def _head(line: Agreement) -> str:
    parties = ' <span class="none">→</span> '.join(map(party_text, line.parties))
    site = f"{party_text(line.site)}{', ' if line.what else ''}" if line.site else ""
    what = ", ".join(f"<bdi>{cited_text(text, address)}</bdi>" for text, address in line.what)
    own = f'<a class="own" href="{escape(line.href)}">{line.noun}</a>'
    return f'<th role="rowheader" scope="row">{parties}<small>{site}{what} {own}</small></th>'


def _cells(table: AgreementTable, line: Agreement) -> Iterator[str]:
    if table.has_bars:
        bar = _bar(line) if line.share else ""
        yield f'<td role="presentation" class="bar" aria-hidden="true">{bar}</td>'
    for basis in table.bases:
        yield number_cell(line.megawatts.get(basis), _MW_LABELS[basis])
    if table.has_value:
        yield number_cell(line.value, "bn USD")
    if table.has_term:
        yield number_cell(line.term, "years")
    if table.has_price:
        yield number_cell(line.price, "USD per kW and month", "cannot be computed")
    if table.has_commitment:
        mark = f'<span class="c c-{line.mark.code}">{escape(line.mark.word)}</span>'
        yield f'<td role="cell" data-l="commitment">{mark}</td>'
    if table.has_status:
        yield f'<td role="cell" data-l="status">{figure_text(line.status)}</td>'
    if table.has_service:
        yield f'<td role="cell" class="full" data-l="service">{figure_text(line.service)}</td>'
    if table.has_announced:
        sorts = f' data-v="{escape(str(line.announced.number))}"' if line.announced else ""
        yield f'<td role="cell" class="nw" data-l="announced"{sorts}>{figure_text(line.announced)}</td>'


def _bar(line: Agreement) -> str:
    """As wide as its share, by an attribute, so that no style is needed; hatched where it is in no sum, with a gap
    where it is cut."""
    loose, cut = "" if line.counts else " loose", " cut" if line.cut else ""
    width = f"{100 * line.share:.1f}%"
    return f'<svg class="b c-{line.mark.code}{loose}{cut}" width="{width}" height="10" aria-hidden="true"></svg>'
