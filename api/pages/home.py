"""`/`: what is here, what is new, what is largest, and how to ask."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.page import HtmlPage, Visit


@dataclass(frozen=True)
class HomeView:
    """The front page."""


def home_view(visit: Visit) -> HomeView:
    return HomeView()


PAGE = HtmlPage("/", "home.html.j2", "home.graphql", home_view, open_template="closed.html.j2")
