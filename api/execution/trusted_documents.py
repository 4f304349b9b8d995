"""Trusted documents: GraphQL that the owner of the service has put into a folder, asked for by its hash.

The appendix "Persisted ParseCache" of GraphQL over HTTP. Three modes: without a folder any document is answered; with
one, others are answered too and logged; with `trusted_only` they are refused."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.context.errors import DocumentNotFound, DocumentNotTrusted
from graph.errors import BadSettings
from graph.settings import Settings

logger = logging.getLogger(__name__)


def document_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


@dataclass(frozen=True)
class TrustedDocuments:
    by_id: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    @staticmethod
    def read(settings: Settings) -> TrustedDocuments:
        """Those of the folder that the settings name. Raises BadSettings."""
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

    def named(self, name: str) -> str:
        """The document of an id. Raises DocumentNotFound."""
        if name not in self.by_id:
            raise DocumentNotFound(
                "There is no document of this id.",
                remedy="Ask by sha256:<hex of the SHA-256 of the document's text>.",
            )
        return self.by_id[name]

    def require_trusted(self, text: str) -> str:
        """The document, where it may be asked. Raises DocumentNotTrusted."""
        name = document_id(text)
        if not self.by_id or name in self.by_id:
            return text
        if self.only:
            raise DocumentNotTrusted(
                "Only trusted documents are answered.",
                remedy="Ask its owner to add yours, or send the documentId of one.",
            )
        logger.warning("A document that is not trusted was asked: %s", name)
        return text
