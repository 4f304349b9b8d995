"""The limits of a request: the settings `limit_…`, and the checks of a text and its figures against them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from api.context.query_cost import Figures
from graph.errors import (
    QueryRefused,
    QueryTooDeep,
    QueryTooExpensive,
    QueryTooLong,
    TooManyAliases,
    TooManyDirectives,
)
from graph.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings `limit_…`, one field for each."""

    query_bytes: int
    tokens: int
    depth: int
    aliases: int
    directives: int
    cost: int
    errors: int
    lenses: int
    introspection: bool = field(kw_only=True)
    """Whether a query may read the schema."""

    @staticmethod
    def of(settings: Settings) -> Limits:
        limits = {one.name: getattr(settings, f"limit_{one.name}") for one in fields(Limits) if not one.kw_only}
        return Limits(**limits, introspection=settings.introspection)

    def check_text(self, document: str) -> None:
        """Raises QueryTooLong."""
        length = len(document.encode(errors="surrogatepass"))
        remedy = "Split it, or send values as variables."
        _check(QueryTooLong, f"The text of the query has {length:,} bytes", length, self.query_bytes, remedy)

    def check_shape(self, figures: Figures) -> None:
        """Raises QueryTooDeep, TooManyAliases, TooManyDirectives."""
        depth, aliases, directives = figures.depth, figures.aliases, figures.directives
        _check(QueryTooDeep, f"The query is {depth:,} fields deep", depth, self.depth, "Ask for less at a time.")
        what = f"The query asks for {aliases:,} fields under another name or again"
        _check(TooManyAliases, what, aliases, self.aliases, "Ask for each field once, or in several requests.")
        what = f"The query has {directives:,} directives"
        _check(TooManyDirectives, what, directives, self.directives, "Leave some out.")

    def check_cost(self, figures: Figures) -> None:
        """Raises QueryTooExpensive."""
        remedy = "Ask for smaller pages with `first`, or for less beneath them."
        what = f"The query may return {figures.rows:,} rows"
        _check(QueryTooExpensive, what, figures.rows, self.cost, remedy)


def _check(error: type[QueryRefused], what: str, value: int, limit: int, remedy: str) -> None:
    if value > limit:
        raise error(f"{what}, the limit is {limit:,}.", remedy=remedy)


DEFAULT_LIMITS = Limits.of(Settings.model_construct())
"""The limits under the default settings."""
