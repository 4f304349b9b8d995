"""Trusted documents: GraphQL documents that the owner of the service put into a folder, requested by their hash.

They implement the appendix "Persisted Documents" of GraphQL over HTTP. Without a folder the service runs any document;
with one it also runs other documents and logs them; with `trusted_only` it refuses them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLError, OperationDefinitionNode

from api.context.errors import DocumentNotFound, DocumentNotTrusted
from api.context.limits import Limits
from api.context.nesting import check_nesting
from api.context.query_cost import measure
from api.execution.documents import document_hash, parse_document, validation_errors
from api.schema.build import schema
from graph.errors import BadSettings, QueryRefused
from graph.settings import Settings

logger = logging.getLogger(__name__)


def document_id(text: str) -> str:
    return f"sha256:{document_hash(text)}"


@dataclass(frozen=True)
class TrustedDocuments:
    by_id: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    @staticmethod
    def read(settings: Settings) -> TrustedDocuments:
        """The documents of the folder that the settings name. Raises BadSettings."""
        folder = settings.trusted_documents
        if folder is None:
            if settings.trusted_only:
                raise BadSettings(
                    "WATTGRAPH_TRUSTED_ONLY is set without documents.", remedy="Set WATTGRAPH_TRUSTED_DOCUMENTS too."
                )
            return TrustedDocuments()
        texts = _read_folder(folder)
        if not texts:
            raise BadSettings(
                f"{folder} holds no trusted document.", remedy="Put files with the ending .graphql there."
            )
        _check_all(texts, Limits.of(settings))
        return TrustedDocuments({document_id(text): text for text in texts.values()}, settings.trusted_only)

    def get(self, id: str) -> str:
        """The text of a document. Raises DocumentNotFound."""
        if id not in self.by_id:
            raise DocumentNotFound(
                "There is no document of this id.",
                remedy="Ask by sha256:<hex of the SHA-256 of the document's text>.",
            )
        return self.by_id[id]

    def by_hash(self, hash: str) -> str | None:
        """The text of a document, by the SHA-256 in its id."""
        return self.by_id.get(f"sha256:{hash}")

    def check(self, text: str) -> None:
        """Raises DocumentNotTrusted for a document that the service does not run."""
        id = document_id(text)
        if not self.by_id or id in self.by_id:
            return
        if self.only:
            raise DocumentNotTrusted(
                "Only trusted documents are answered.",
                remedy="Ask the owner of the service to add yours, or send the documentId of one.",
            )
        logger.warning("A document that is not trusted was requested: %s", id)


# ---- reading


def _read_folder(folder: Path) -> Mapping[str, str]:
    """The texts of the documents, by the name of their file. Raises BadSettings."""
    try:
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"A trusted document cannot be read: {error}.", remedy="Put texts in UTF-8 there.") from None


def _check_all(texts: Mapping[str, str], limits: Limits) -> None:
    """Raises BadSettings for documents that could never be answered, naming all of them: their owner hears of it before
    a client does."""
    problems = [f"{name}: {problem}" for name, text in texts.items() for problem in _problems(text, limits)]
    if problems:
        raise BadSettings(
            f"Trusted documents cannot be answered. {' '.join(problems)}",
            remedy="Mend or remove these files; docs/api.md has the schema.",
        )


def _problems(text: str, limits: Limits) -> Iterator[str]:
    try:
        limits.check_text(text)
        check_nesting(text, None)
        document = parse_document(text, limits.tokens)
        operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        for operation in operations:
            limits.check_shape(measure(schema.core, document, operation, {}))
    except GraphQLError as problem:
        yield _located(problem)
        return
    except QueryRefused as problem:
        yield str(problem)
        return
    if not operations:
        yield "it has no operation."
    yield from map(_located, validation_errors(document, limits.errors))


def _located(problem: GraphQLError) -> str:
    """The message with the line that it is about."""
    line = f"line {problem.locations[0].line}: " if problem.locations else ""
    return f"{line}{problem.message}"
