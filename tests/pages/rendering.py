"""Pages made without a service: the view of every row, written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

from api.pages.address import Address
from api.pages.background import Background
from api.pages.fact_index import FactIndex
from api.pages.frame import PageFrame
from api.pages.page import HtmlPage, Visit
from api.pages.rendering import render_page
from graph.stores.base import DataVersion

FRAME = PageFrame("http://localhost", "/", True, True, True, ())


def visit_of(page: HtmlPage, index: FactIndex, key: str = "", **parameters: str) -> Visit:
    address = Address("http://localhost", page.path.replace("{key}", key), [], list(parameters.items()))
    version = DataVersion(index.snapshot.data_version, "", 0, "")
    return Visit(page, index, version, address, Background("tests"), key, parameters)


def written(visit: Visit) -> str:
    return render_page(visit, visit.page.view(visit), FRAME)


def unlinked(page: str) -> str:
    """A page without the addresses of its figures."""
    return re.sub(r'<a [^>]*href="/figures/[^>]*>(.*?)</a>', r"\1", page)


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the ids that links within it name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Mapping[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def attributes(self, name: str) -> Iterator[str]:
        return (value or "" for _, attributes in self.found for own, value in attributes.items() if own == name)


def faults_of(text: str) -> list[str]:
    """What no page may have: a style attribute, a handler, an inline script or style, an anchor that leads nowhere, an
    id that stands twice."""
    elements = Elements(text)
    ids = list(elements.attributes("id"))
    faults = [f"id {one}" for one in set(ids) if ids.count(one) > 1]
    for tag, attributes in elements.found:
        faults += [f"{tag} {name}" for name in attributes if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not str(attributes.get("src", "")).startswith("/static/")):
            faults.append(tag)
        href = attributes.get("href") or ""
        if href.startswith("#") and href[1:] not in ids:
            faults.append(f"anchor {href}")
        if href == "" and "href" in attributes:
            faults.append("an empty href")
    return faults
