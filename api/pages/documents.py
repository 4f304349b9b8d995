"""The GraphQL documents behind pages, and behind parts of them: files of `queries`, with the fragments they spread."""

from __future__ import annotations

from pathlib import Path

from api.execution.document_files import DocumentFolder

QUERIES = Path(__file__).with_name("queries")
_FOLDER = DocumentFolder(QUERIES)

read_document = _FOLDER.read
with_fragments = _FOLDER.with_fragments
