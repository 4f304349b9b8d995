"""Analytics in a report: computed from the facts of one lens as declared, each with its tables in the document.

A report gathers; what it says is computed by the analytics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.facts import Facts, facts_of
from graph.analytics.core.method import Method
from graph.analytics.core.table import Table
from graph.analytics.core.tabulation import table_of
from graph.comparison.coverage import read_evidence
from graph.exports.documents.from_table import document_tables
from graph.exports.documents.model import DocumentSection, DocumentTable, ReportDocument
from graph.stores.base import Reader
from graph.vocabulary.model import Row


@dataclass(frozen=True)
class ReportFacts:
    """What a lens shows, and how good and how fresh its evidence is, in sentences."""

    facts: Facts
    evidence: tuple[str, ...]

    def name(self, row_or_key: Row | str) -> str:
        return self.facts.footnotes.name(row_or_key.key if isinstance(row_or_key, Row) else row_or_key)

    def analyze(self, name: str, **inputs: Any) -> Analysis:
        """An analytic of the catalog, with the defaults of what is not stated. Raises what it raises."""
        analytic = ANALYTICS[name]
        all_inputs = analytic.inputs(**inputs)
        result = analytic.compute(self.facts, all_inputs)
        return Analysis(result, table_of(analytic, result, all_inputs, footnotes=self.facts.footnotes))

    @property
    def through(self) -> str:
        """How far the data reach, as a sentence."""
        snapshot = self.facts.snapshot
        through, on = snapshot.data_through, snapshot.lens.valid_on
        return f"The data reach through {through}, and are told as of {on}." if through else "No source is dated."


@dataclass(frozen=True)
class Analysis:
    """The result of an analytic, and its tables."""

    result: Any
    table: Table

    def tables(self, *names: str) -> list[DocumentTable]:
        """All that there are; the first so many of these names are theirs in the document, the others are numbered."""
        count = len(self.table.parts)
        numbered = (f"{names[0]}-{number}" for number in range(len(names) + 1, count + 1))
        return document_tables(self.table, [*names, *numbered][:count])


async def read_report_facts(reader: Reader) -> ReportFacts:
    """Raises StoreError."""
    return ReportFacts(await facts_of(reader), await read_evidence(reader))


def report_document(
    name: str,
    title: str,
    of: ReportFacts,
    *,
    sentences: Sequence[str],
    sections: Iterable[DocumentSection | None],
    analyses: Sequence[Analysis],
    figures: Sequence[tuple[str, str]] = (),
    subject: str = "",
) -> ReportDocument:
    """The method of the whole is that of the first analysis; what it leaves out is listed."""
    methods: tuple[Method, ...] = tuple(one.result.method for one in analyses)
    through = of.facts.snapshot.data_through
    return ReportDocument(
        name=name,
        title=title,
        sentences=tuple(sentences),
        sections=tuple(one for one in sections if one is not None),
        method=methods[0],
        footnotes=of.facts.footnotes,
        subject=subject,
        figures=(*figures, ("Data through", str(through or "no dated source"))),
        evidence=of.evidence,
        methods=methods,
        excluded=tuple(getattr(analyses[0].result, "excluded", ())),
    )


def printed(table: DocumentTable, rows: int) -> DocumentTable:
    """The same with so many rows in print."""
    return replace(table, printed=rows)
