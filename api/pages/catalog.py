"""All pages. A further one is a line of the table at the foot."""

from __future__ import annotations

from api.pages import (
    chip,
    compare,
    deal,
    debt,
    graph,
    home,
    link,
    link_list,
    organization,
    search,
    site,
    source,
    statement,
    statements,
)
from api.pages.page import HtmlPage

PAGES: tuple[HtmlPage, ...] = (
    home.PAGE,
    search.PAGE,
    graph.PAGE,
    organization.PAGE,
    site.PAGE,
    chip.PAGE,
    deal.PAGE,
    debt.PAGE,
    link_list.PAGE,
    link.PAGE,
    source.PAGE,
    statements.PAGE,
    statement.PAGE,
    compare.PAGE,
)
