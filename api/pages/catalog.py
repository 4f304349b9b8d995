"""All pages. A further one is a line of the table at the foot."""

from __future__ import annotations

from api.pages import compare, graph, home, link, organization, search
from api.pages.page import HtmlPage

PAGES: tuple[HtmlPage, ...] = (home.PAGE, search.PAGE, graph.PAGE, organization.PAGE, link.PAGE, compare.PAGE)
