"""From an HTTP request to a GraphQL request: by POST with a JSON body, or by GET with query parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import fastapi
import orjson

from api.context.connection import read_body
from api.context.errors import (
    BadRequest,
    PersistedQueryNotFound,
    UnsupportedMediaType,
)
from api.execution.documents import document_hash
from api.execution.trusted_documents import TrustedDocuments
from api.execution.validation import GraphQLRequest, cached_text
from api.http.negotiation import JSON
from graph.settings import Settings
from graph.vocabulary.parsing import read_json_float

_PARAMETERS = ("query", "documentId", "variables", "operationName", "extensions")
_UTF8 = ("charset=utf-8", 'charset="utf-8"')


async def read_request(request: fastapi.Request) -> GraphQLRequest:
    """Raises BadRequest."""
    settings: Settings = request.app.state.settings
    # of a GET too, so that the next message received is the disconnect of the client
    body = await read_body(request.headers, request.receive, settings.limit_body_bytes, settings.body_deadline)
    if request.method == "POST":
        check_content_type(request.headers.get("content-type", ""))
        check_content_encoding(request.headers.get("content-encoding", ""))
        parameters = _parse_short_body(body) if len(body) <= _SHORT_BYTES else parse_json_object(body, "body")
    else:
        parameters = _query_parameters(request)
    return build_request(parameters, request.app.state.trusted_documents)


def build_request(parameters: Mapping[str, Any], trusted_documents: TrustedDocuments) -> GraphQLRequest:
    """The request of an object with `query`, `variables` and so on. Raises BadRequest."""
    operation = _text_or_none(parameters, "operationName")
    document = _document(parameters, trusted_documents)
    return GraphQLRequest(document, _object_or_none(parameters, "variables"), operation or None)


def check_content_type(content_type: str) -> None:
    """Raises UnsupportedMediaType."""
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != JSON or any(part.startswith("charset=") and part not in _UTF8 for part in parameters):
        raise UnsupportedMediaType("The body is not JSON in UTF-8.", remedy=f"Send it with Content-Type: {JSON}.")


def check_content_encoding(encoding: str) -> None:
    """Raises UnsupportedMediaType."""
    if encoding.strip().lower() not in ("", "identity"):
        what = f"The body is compressed ({encoding[:60]}), and the service takes none that is."
        headers = {"Accept-Encoding": "identity"}
        raise UnsupportedMediaType(what, remedy="Send it without Content-Encoding.", headers=headers)


def _query_parameters(request: fastapi.Request) -> dict[str, Any]:
    items = request.query_params.multi_items()
    names = [name for name, _ in items]
    for name in _PARAMETERS:
        if names.count(name) > 1:
            raise BadRequest(f"The parameter {name} is given {names.count(name)} times.", remedy="Give it once.")
    parameters: dict[str, Any] = {name: value for name, value in items if name in _PARAMETERS}
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        parameters[name] = _parse_json(text.encode(errors="surrogatepass"), name) if text else None
    return parameters


# ---- JSON

_SHORT_BYTES = 2_000
"""Clients send short bodies again and again: what the last ones hold is kept."""


@lru_cache(256)
def _parse_short_body(body: bytes) -> Mapping[str, Any]:
    return parse_json_object(body, "body")


def parse_json_object(text: bytes, name: str) -> dict[str, Any]:
    """Raises BadRequest for text that is no JSON object."""
    return _object(_parse_json(text, f"the {name}"), name)


def _parse_json(text: bytes, name: str) -> Any:
    """Raises BadRequest, also for what two parsers would read differently: a duplicate name, NaN, a lone surrogate."""
    try:
        orjson.loads(text)  # refuses all but UTF-8, infinite numbers, lone surrogates
        return json.loads(
            text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant, parse_float=read_json_float
        )
    except (ValueError, RecursionError) as problem:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise BadRequest(
            f"Cannot read {name} as JSON: {reason[:200]}.", remedy="Send one JSON object in UTF-8."
        ) from None


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name is given twice in one object")
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


# ---- the parameters


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"The {name} is no JSON object.", remedy='Send {"query": "...", "variables": {}}.')
    return value


def _object_or_none(parameters: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = parameters.get(name)
    return None if value is None else _object(value, name)


def _text_or_none(parameters: Mapping[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if not isinstance(value, str | None):
        raise BadRequest(f"{name} is no text.", remedy=f"Send {name} as text.")
    return value


def _document(parameters: Mapping[str, Any], trusted_documents: TrustedDocuments) -> str:
    id, text = _text_or_none(parameters, "documentId"), _text_or_none(parameters, "query")
    hash = _persisted_hash(_object_or_none(parameters, "extensions") or {})
    if id and (text or hash):
        raise BadRequest("The request has a documentId beside a query or its hash.", remedy="Send one of them.")
    if id:
        return trusted_documents.get(id)
    if hash:
        text = _persisted_text(hash, text, trusted_documents)
    if not text:
        raise BadRequest("The request has no query.", remedy="Send a GraphQL document as the text of `query`.")
    trusted_documents.check(text)
    return text


# ---- automatic persisted queries: https://www.apollographql.com/docs/apollo-server/performance/apq


def _persisted_hash(extensions: Mapping[str, Any]) -> str | None:
    """The hash of the query in `extensions.persistedQuery`, without which a request is an ordinary one."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1 or not persisted.get("sha256Hash"):
        raise BadRequest(
            "extensions.persistedQuery is not of version 1.", remedy='Send {"version": 1, "sha256Hash": "..."}.'
        )
    hash = _text_or_none(persisted, "sha256Hash")
    return hash and hash.lower()


def _persisted_text(hash: str, text: str | None, trusted_documents: TrustedDocuments) -> str:
    """The query of a hash; a text that comes along is it, and validation caches it under its hash.

    Raises PersistedQueryNotFound, BadRequest."""
    if text and document_hash(text) != hash:
        remedy = "Send the SHA-256 of the text of the query, in hexadecimal."
        raise BadRequest("The hash in extensions.persistedQuery is not that of the query.", remedy=remedy)
    found = text or cached_text(hash) or trusted_documents.by_hash(hash)
    if not found:
        raise PersistedQueryNotFound
    return found
