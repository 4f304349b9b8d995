"""All pages. A further one is a line of the table at the foot."""

from __future__ import annotations

from api.pages import compare, home
from api.pages.page import HtmlPage

PAGES: tuple[HtmlPage, ...] = (home.PAGE, compare.PAGE)
