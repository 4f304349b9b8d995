"""All reports, by name. To add a report, write its module and add its entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.reports import centrality
from graph.stores.base import Reader


@dataclass(frozen=True, slots=True)
class Report:
    """`make` gathers what a reader holds; `formats` write what it made, by the name of the format."""

    title: str
    says: str
    make: Callable[[Reader], Awaitable[Any]]
    formats: Mapping[str, Callable[[Any], str]]


REPORTS: Mapping[str, Report] = {
    "centrality": Report(
        "Centrality",
        "Who is linked to whom, who stands between others, who provides and takes how many megawatts and dollars; "
        "each row with its contracts and their sources.",
        centrality.centrality_report,
        centrality.FORMATS,
    ),
}
