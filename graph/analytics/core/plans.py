"""Statements about planned dates, from which slippage is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.evidence.rows import source_of, statements_of
from graph.evidence.statements import Source, Statement
from graph.vocabulary.model import PropertyRole, Row, property_names

PLAN_ROLES = (PropertyRole.SERVICE_START, PropertyRole.AGREEMENT_START, PropertyRole.CAPACITY)
"""Roles of the properties that plan a start: of the service, of the agreement, or of a phase of its megawatts."""


@dataclass(frozen=True)
class PlanStatements:
    """The statements about plans, by subject, and the sources they cite."""

    by_subject: Mapping[str, Sequence[Statement]]
    sources: Mapping[str, Source]

    @staticmethod
    def of(statements: Iterable[Row], sources: Iterable[Row]) -> PlanStatements:
        """From rows of a store: counted or not."""
        by_subject: dict[str, list[Statement]] = {}
        plans = frozenset(name for role in PLAN_ROLES for name in property_names(role))
        for statement in statements_of(row for row in statements if row.columns["property"] in plans):
            by_subject.setdefault(statement.subject, []).append(statement)
        return PlanStatements(by_subject, {row.key: source_of(row) for row in sources})
