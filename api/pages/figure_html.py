"""Figures as HTML: the marker, the panel that it opens, names of parties. A page has hundreds of them, and a template
takes several times as long for each."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from functools import lru_cache

from markupsafe import Markup

from api.pages.evidence import CitedDocument, Evidence, Marker, SaidValue, ShownFigure, Testimony
from api.pages.parties import PartyName
from api.pages.wording import count_of
from graph.comparison.standing import ValueStanding

escape = lru_cache(maxsize=16_384)(html.escape)
"""Publishers, titles and names of parties stand many times on a page."""
PRIVATE = Markup('<span class="pv">private</span>')
"""Stands beside what rests on a private statement, and beside a private source."""


def fig(figure: ShownFigure | None, missing: str = "not stated") -> Markup:
    """A figure: its text, and who says it or what it was computed from. None: nobody states it."""
    return Markup(figure_text(figure, missing))  # noqa: S704 (each part is escaped below)


def num(figure: ShownFigure | None, label: str, missing: str = "not stated") -> Markup:
    """A cell with a number, which a table may be sorted by."""
    return Markup(number_cell(figure, label, missing))  # noqa: S704 (each part is escaped below)


def dots(marker: Evidence | Marker) -> Markup:
    """The marker: dots for independent origins, ≠ where sources disagree."""
    return Markup(_dots(marker))  # noqa: S704 (no text of others)


def panel(evidence: Evidence, what: str) -> Markup:
    """What a marker opens: each value said, the shown one first."""
    return Markup(_panel(evidence, what))  # noqa: S704 (each part is escaped below)


def document(cited: CitedDocument) -> Markup:
    """A source in a panel: a link to the document, or its publisher alone where the address may not become one."""
    return Markup(_document(cited))  # noqa: S704 (each part is escaped below)


def reading(testimony: Testimony) -> Markup:
    """How one source says a value: kind, reliability, how it was read, where it stands, who last looked."""
    return Markup(_reading(testimony))  # noqa: S704 (each part is escaped below)


def party(name: PartyName) -> Markup:
    """A party: a link, or an unnamed one as such."""
    return Markup(party_text(name))  # noqa: S704 (each part is escaped)


def bibliography_items(documents: Iterable[CitedDocument]) -> Markup:
    """The sources of a page as items of its list."""
    return Markup("".join(map(_bibliography_item, documents)))  # noqa: S704 (each part is escaped below)


def _bibliography_item(cited: CitedDocument) -> str:
    title = f": <bdi>{escape(cited.title)}</bdi>" if cited.title else ""
    read = f", {escape(cited.how_read)}" if cited.how_read else ""
    said = f'<a href="{escape(cited.href)}">all that it says</a>'
    about = f"({escape(cited.kind)}, {escape(cited.published) or 'no date'}{read}; {said})"
    return f"<li>{_document(cited)}{title} {about}</li>"


# ---- the same as plain texts, for what puts them together


def party_text(name: PartyName) -> str:
    text = f"<bdi>{escape(name.name)}</bdi>{PRIVATE if name.private else ''}"
    if name.unnamed:
        return f'<span class="unnamed">{text}</span>'
    return f'<a href="{escape(name.href)}">{text}</a>' if name.href else text


def number_cell(figure: ShownFigure | None, label: str, missing: str = "not stated") -> str:
    sorts = "" if figure is None or figure.number is None else f' data-v="{escape(str(figure.number))}"'
    return f'<td role="cell" class="num" data-l="{escape(label)}"{sorts}>{figure_text(figure, missing)}</td>'


def figure_text(figure: ShownFigure | None, missing: str = "not stated") -> str:
    if figure is None:
        said = escape(missing)
        return (
            f'<span class="none" title="{said}"><span aria-hidden="true">–</span><span class="vh">{said}</span></span>'
        )
    if figure.lines:
        return _computed(figure)
    if figure.evidence is None:
        return f'<span class="flat">{cited_text(figure.text, figure.address)}</span>'
    return _stated(figure, figure.evidence)


def cited_text(text: str, address: str | None) -> str:
    """A number that leads to its address; plain where it has none."""
    return f'<a class="cited" href="{escape(address)}">{escape(text)}</a>' if address else escape(text)


def _computed(figure: ShownFigure) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in figure.lines)
    note = f'<p class="note">{escape(figure.note)}</p>' if figure.note else ""
    address = f'<p><a href="{escape(figure.address)}">Address of this figure</a></p>' if figure.address else ""
    return (
        f'<details class="fig calc" name="fig"><summary><span>{escape(figure.text)}</span>'
        f'<span class="vh"> computed; open how</span>{PRIVATE if figure.private else ""}</summary>'
        f'<div class="who"><p class="h">{escape(figure.what)}</p><ul>{lines}</ul>{note}{address}</div></details>'
    )


def _stated(figure: ShownFigure, evidence: Evidence) -> str:
    text = escape(figure.text)
    if evidence.estimated or evidence.supposed:
        text = f'<span class="est">{text}</span>'
    numbers = ",".join(map(str, evidence.numbers))
    reference = f'<span class="ref" aria-hidden="true">{numbers}</span>' if numbers else ""
    return (
        f'<details class="fig" name="fig"><summary>{text}{_dots(evidence)}{reference}</summary>'
        f"{_panel(evidence, figure.what)}</details>"
    )


def _dots(marker: Evidence | Marker) -> str:
    return f"{_support(marker)}{PRIVATE if marker.private else ''}"


def _support(marker: Evidence | Marker) -> str:
    if marker.contested:
        return (
            '<span class="ev rival" aria-hidden="true">≠</span><span class="vh"> contested: '
            f"{count_of(marker.contested, 'other value')} said; open the statements</span>"
        )
    return (
        f'<i class="ev e{min(marker.origins, 3)}{" low" if marker.weak else ""}"></i><span class="vh"> '
        f"{count_of(marker.origins, 'independent origin')}{', weak' if marker.weak else ''}; open the statements</span>"
    )


# ---- panels


def _panel(evidence: Evidence, what: str) -> str:
    return f'<div class="who"><p class="h">{escape(what)}</p>{"".join(_panel_parts(evidence))}</div>'


def _panel_parts(evidence: Evidence) -> Iterator[str]:
    for value in evidence.values:
        yield _value_item(value)
    links = [f'<a href="{escape(evidence.href)}">All statements about it</a>'] if evidence.href else []
    links += [f'<a href="{escape(evidence.figure)}">Address of this figure</a>'] if evidence.figure else []
    if links:
        yield f"<p>{'; '.join(links)}</p>"


def _value_item(value: SaidValue) -> str:
    rival = " rival" if value.standing in (ValueStanding.EARLIER, ValueStanding.OTHERWISE) else ""
    why = f'<p class="note">Why: <bdi>{escape(value.why)}</bdi>.</p>' if value.why else ""
    more = f"<li><span>and {value.more} more that say the same</span></li>" if value.more else ""
    return (
        f'<div class="v{rival}"><b>{escape(value.text)}</b><span>{count_of(value.sources, "source")}</span>'
        f'<span class="say">{value.standing}</span></div>{why}'
        f"<ul>{''.join(map(_testimony, value.testimonies))}{more}</ul>"
    )


def _testimony(testimony: Testimony) -> str:
    cited = testimony.document
    when = escape(cited.published) or "no date"
    said = f'<a href="{escape(testimony.href)}">{when}</a>'
    return f'<li>{_document(cited)}<span class="nw">{said}</span><span>{_reading(testimony)}</span></li>'


def _document(cited: CitedDocument) -> str:
    return _document_link(cited.publisher, cited.url, cited.private)


@lru_cache(maxsize=4096)
def _document_link(name: str, url: str, private: bool) -> str:
    publisher = f"<bdi>{escape(name)}</bdi>"
    named = f'<a href="{escape(url)}" rel="noreferrer">{publisher}</a>' if url else publisher
    return f"{named}{PRIVATE if private else ''}"


def _reading(testimony: Testimony) -> str:
    cited = testimony.document
    read = f"; {escape(cited.how_read)}" if cited.how_read else ""
    where = f"; at <bdi>{escape(testimony.locator)}</bdi>" if testimony.locator else ""
    seen = f"; last verified {testimony.last_verified}" if testimony.last_verified else ""
    support = f"reliability {cited.reliability}, {testimony.nature}, supports it {testimony.read}"
    private = "; a private statement" if testimony.private else ""
    return f"{cited.kind}, {support}{read}{where}{seen}{private}"
