"""News of a watch list as documents: Markdown, JSON, and an Atom feed (RFC 4287).

A feed has an entry for each row and day of its news; its id is made of both, so that every instance with the same facts
gives the same entries, and its times are days of the facts, not of the clock."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from graph.comparison.diff import ChangeCause, ChangeKind, RowChange
from graph.exports import json
from graph.exports.escaping import linkable
from graph.exports.templates import render_template
from graph.publication.change_figures import change_figures
from graph.publication.editions import lens_to_json
from graph.publication.watching import Became, OrganizationNews, WatchedRow, WatchReport
from graph.reports.changes import CAUSES, format_value
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import ENTITIES
from graph.vocabulary.values import Json
from graph.vocabulary.wording import words

TEMPLATES = Path(__file__).parent / "templates"
ATOM_MEDIA_TYPE = "application/atom+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 500
BECAME: Mapping[Became, str] = {
    Became.NEW: "new",
    Became.LAPSED: "lapsed",
    Became.SLIPPED: "slipped",
    Became.CHANGED: "changed",
}
_CAUSES = {**CAUSES, ChangeCause.BOTH: "new in the world and known since"}
_SUMMARY = (
    "status",
    "commitment",
    "capacities",
    "value",
    "principal",
    "cap",
    "amount",
    "term_years",
    "service_from",
    "effective_to",
    "maturity",
    "figure",
)
"""What is told of a row that is new or gone, of what it has."""
_FOLDERS: Mapping[str, str] = {
    "Link": "links",
    **{label: f"{label.lower()}s" for label in ENTITIES if label in ("Organization", "Site", "Chip", "Deal", "Debt")},
}
"""The folder of the page of a row, by label."""


def plain(text: str) -> str:
    """The text on one line, without what no document of XML may hold, and without marks that turn its direction."""
    kept = (one for one in text if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return re.sub(r"\s+", " ", "".join(kept)).strip()


@dataclass(frozen=True, slots=True)
class NewsLine:
    """What changed of a row: a property in words, what it was and what it is, and why. Without a `why`: what a row has
    that is new, or had that is gone."""

    about: str
    before: str
    after: str
    why: str = ""

    @property
    def text(self) -> str:
        """As one clause."""
        if not self.why:
            return plain(f"{self.about} {self.after or self.before}")
        return plain(f"{self.about}: {self.before or 'nothing'} → {self.after or 'nothing'} ({self.why})")


def news_lines(row: WatchedRow) -> Iterator[NewsLine]:
    """Its planned starts that moved, then its other changes."""
    for slip in row.slips:
        phase = f" of {slip.phase}" if slip.phase else ""
        yield NewsLine(f"planned start{phase}", str(slip.before), str(slip.after), f"known since {slip.known_on}")
    slipped = {slip.property for slip in row.slips if slip.phase is None}
    for change in row.changes:
        if change.property not in slipped:
            yield from _change_lines(change)


def _change_lines(change: RowChange) -> Iterator[NewsLine]:
    if change.property is not None:
        old, new = (_written(change, value) for value in (change.before, change.after))
        yield NewsLine(words(change.property), old, new, _CAUSES[change.cause])
        return
    is_new = change.kind is ChangeKind.ADDED
    values = change.after if is_new else change.before
    stated = values if isinstance(values, dict) else {}
    for name in _SUMMARY:
        if name in stated:
            text = _written(_of(change, name), stated[name])
            yield NewsLine(words(name), "" if is_new else text, text if is_new else "")


def _written(change: RowChange, value: Json) -> str:
    """A value in words, codes too."""
    text = format_value(change, value)
    return words(text) if _CODE.fullmatch(text) else plain(text)


_CODE = re.compile(r"[A-Z][A-Z_]+", re.ASCII)


def _of(change: RowChange, name: str) -> RowChange:
    """A change of one property, as values are written."""
    return RowChange(ChangeKind.CHANGED, change.cause, change.label, change.key, name, None, None)


def page_of(row: WatchedRow) -> str:
    """The page of a row, from the root of the service; of what has none that of what changed."""
    folder = _FOLDERS.get(row.label)
    return f"/{folder}/{row.key}" if folder else "/compare"


# ---- Markdown and JSON


def render_markdown(report: WatchReport) -> str:
    return render_template(
        TEMPLATES / "watch.md.j2", report=report, became=BECAME, lines=news_lines, plain=plain, page_of=page_of
    )


def to_json(report: WatchReport) -> dict[str, Json]:
    return {
        "list": report.watched.name,
        "title": report.watched.title,
        "dataVersion": report.data_version,
        "before": lens_to_json(report.before),
        "after": lens_to_json(report.after),
        "organizations": [_organization_json(report, one) for one in report.news],
        "licence": FACTS_LICENCE.to_json(),
    }


def _organization_json(report: WatchReport, news: OrganizationNews) -> dict[str, Json]:
    return {"key": news.key, "name": news.name, "rows": [_row_json(report, row) for row in news.rows]}


def _row_json(report: WatchReport, row: WatchedRow) -> dict[str, Json]:
    """`figures`: the addresses of before and after, empty where these are no figures."""
    return {
        "became": row.became,
        "day": str(row.day),
        "label": row.label,
        "key": row.key,
        "name": row.name,
        "page": page_of(row),
        "slips": [
            {"property": one.property, "phase": one.phase, "before": str(one.before), "after": str(one.after)}
            for one in row.slips
        ],
        "changes": [
            {
                "kind": one.kind,
                "cause": one.cause,
                "property": one.property,
                "before": one.before,
                "after": one.after,
                "figures": [
                    f"/figures/{id}" if id else None for id in change_figures(one, report.before, report.after)
                ],
            }
            for one in row.changes
        ],
        "sources": [{"key": one.key, "publisher": one["publisher"], "url": one.columns["url"]} for one in row.sources],
    }


def render_json(report: WatchReport) -> str:
    return json.render_json(to_json(report))


# ---- Atom


def render_atom(report: WatchReport, origin: str = "") -> str:
    """The feed; `origin` is the address of the service, to which its links lead, empty where there is none."""
    rows = report.rows[:MAX_ENTRIES]
    newest = max((row.day for row in rows), default=report.data_through or report.before.known_on or date.min)
    base = {"xml:base": f"{origin}/"} if origin else {}
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en", **base})
    _text(feed, "id", _urn("watch", report.watched.name))
    _text(feed, "title", f"Wattgraph: {plain(report.watched.title)}")
    _text(feed, "subtitle", f"New, changed, slipped and lapsed since {report.before.known_on}")
    _text(feed, "updated", _moment(newest))
    if origin:
        own = f"{origin}/feeds/{report.watched.name}.atom"
        _element(feed, "link", rel="self", type="application/atom+xml", href=own)
    author = _element(feed, "author")
    _text(author, "name", "Wattgraph")
    _text(feed, "rights", f"Facts: {FACTS_LICENCE.attribution}, {FACTS_LICENCE.name}")
    for row in rows:
        _entry(feed, report, row)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode") + "\n"


def _entry(feed: ElementTree.Element, report: WatchReport, row: WatchedRow) -> None:
    entry = _element(feed, "entry")
    _text(entry, "id", _urn("news", row.label, row.key, str(row.day)))
    _text(entry, "title", f"{BECAME[row.became].capitalize()}: {plain(row.name)}")
    _text(entry, "updated", _moment(row.day))
    _element(entry, "link", rel="alternate", type="text/html", href=_href(report, row))
    for source in row.sources:
        if linkable(source.columns["url"]):
            _element(entry, "link", rel="related", href=source.columns["url"], title=plain(str(source["publisher"])))
    _element(entry, "category", term=str(row.became).lower())
    _text(entry, "content", "\n".join(line.text for line in news_lines(row)) or plain(row.name))


def _href(report: WatchReport, row: WatchedRow) -> str:
    """The page of the row; of what has none that of what changed, between the same days."""
    page = page_of(row)
    if page != "/compare":
        return page
    days = {"before": str(report.before.known_on), "after": str(report.after.known_on), "label": row.label}
    return f"{page}?{urlencode(days)}"


def _urn(*parts: str) -> str:
    """The same for the same parts, on every instance."""
    return uuid5(NAMESPACE_URL, "/".join(("urn:wattgraph", *parts))).urn


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _element(parent: ElementTree.Element, name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, name, attributes)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    _element(parent, name).text = text
