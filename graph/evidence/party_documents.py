"""Party documents: what a party to an agreement has published or filed itself, in its own words."""

from __future__ import annotations

from graph.evidence.statements import Source, Statement
from graph.vocabulary.enums import Nature, SourceKind

PARTY_KINDS = frozenset({SourceKind.FILING, SourceKind.PRESS_RELEASE})


def is_party_document(statement: Statement, source: Source) -> bool:
    """Whether the source is a filing or a release that states it, and does not only report what others say."""
    return source.kind in PARTY_KINDS and statement.nature is Nature.STATED
