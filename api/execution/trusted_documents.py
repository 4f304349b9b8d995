"""Trusted documents: GraphQL documents that the owner of the service put into a folder, requested by their hash.

They implement the appendix "Persisted Documents" of GraphQL over HTTP. Without a folder the service runs any document;
with one it also runs other documents and logs them; with `trusted_only` it refuses them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.context.errors import DocumentNotFound, DocumentNotTrusted
from api.execution.documents import document_hash
from graph.errors import BadSettings
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
        try:
            texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))]
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(
                f"A trusted document cannot be read: {error}.", remedy="Put texts in UTF-8 there."
            ) from None
        if not texts:
            raise BadSettings(
                f"{folder} holds no trusted document.", remedy="Put files with the ending .graphql there."
            )
        return TrustedDocuments({document_id(text): text for text in texts}, settings.trusted_only)

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
