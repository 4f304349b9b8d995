"""What a degree rests on: how many sources, origins and documents of parties say that the links of an organization
exist. Who is written about more has more links here, so that a documented degree is not importance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.analytics.core.footnotes import Footnotes
from graph.analytics.core.views import NetworkView
from graph.concurrency.lazy_import import lazy_import
from graph.evidence.party_documents import PARTY_KINDS
from graph.vocabulary.enums import Nature

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = lazy_import("scipy.stats")


@dataclass(frozen=True, slots=True)
class RankSupport:
    """Of the links of an organization that count: its `sources`, their independent `origins`, and how many `own_links`
    some party's own document states."""

    sources: int
    origins: int
    own_links: int


def rank_support(view: NetworkView, footnotes: Footnotes) -> Mapping[str, RankSupport]:
    """By key of every organization with a link that counts."""
    return {key: _support(view.links_at(key), footnotes) for key in view.graph if view.links_at(key)}


def _support(links: tuple[str, ...], footnotes: Footnotes) -> RankSupport:
    sources: set[str] = set()
    own = 0
    for link in links:
        statements = footnotes.chosen_about(link)
        cited = {row.columns["source"] for row in statements}
        sources |= cited
        own += any(
            row["nature"] is Nature.STATED and footnotes.sources[row.columns["source"]]["kind"] in PARTY_KINDS
            for row in statements
        )
    origins = {footnotes.sources[key].columns["origin"] for key in sources}
    return RankSupport(len(sources), len(origins), own)


def rank_correlation(degrees: list[float], sources: list[int]) -> float | None:
    """Spearman's correlation of degrees with numbers of sources; None for fewer than three organizations, or where one
    of both is the same for all."""
    if len(degrees) < 3 or len(set(degrees)) < 2 or len(set(sources)) < 2:
        return None
    return float(stats.spearmanr(degrees, sources).statistic)
