"""From an HTTP request to a GraphQL request: by POST with a JSON body, or by GET with query parameters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import fastapi
import orjson

from api.context.errors import BadRequest, BodyTooLarge, RequestTimeout, UnsupportedMediaType
from api.execution.execute import GraphQLRequest
from api.execution.trusted_documents import TrustedDocuments
from api.http.negotiation import JSON
from graph.settings import Settings

_PARAMETERS = ("query", "documentId", "variables", "operationName", "extensions")
_UTF8 = ("charset=utf-8", 'charset="utf-8"')


async def read_request(request: fastapi.Request) -> GraphQLRequest:
    """Raises BadRequest."""
    settings: Settings = request.app.state.settings
    # of a GET too, so that what is received next is that the client leaves
    body = await _body(request, settings.limit_body_bytes, settings.body_deadline)
    if request.method == "POST":
        _check_content_type(request.headers.get("content-type", ""))
        asked = parse_json_object(body, "body")
    else:
        asked = _of_address(request)
    return build_request(asked, request.app.state.trusted)


def build_request(asked: Mapping[str, Any], trusted: TrustedDocuments) -> GraphQLRequest:
    """What is asked by an object with `query`, `variables` and so on. Raises BadRequest."""
    _object_or_none(asked, "extensions")
    operation = _text_or_none(asked, "operationName")
    return GraphQLRequest(_document(asked, trusted), _object_or_none(asked, "variables"), operation or None)


async def _body(request: fastapi.Request, most: int, seconds: float) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise RequestTimeout(f"The body did not arrive within {seconds:g} s.", remedy="Send it in one go.") from None
    return bytes(body)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {most:,} bytes, the limit.", remedy="Send less at a time.")


def _check_content_type(given: str) -> None:
    kind, *parameters = (part.strip().lower() for part in given.split(";"))
    if kind != JSON or any(part.startswith("charset=") and part not in _UTF8 for part in parameters):
        raise UnsupportedMediaType("The body is not JSON in UTF-8.", remedy=f"Send it with Content-Type: {JSON}.")


def _of_address(request: fastapi.Request) -> dict[str, Any]:
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    for name in _PARAMETERS:
        if names.count(name) > 1:
            raise BadRequest(f"The parameter {name} is given {names.count(name)} times.", remedy="Give it once.")
    asked: dict[str, Any] = {name: value for name, value in given if name in _PARAMETERS}
    for name in ("variables", "extensions"):
        asked[name] = _json(asked[name].encode(errors="surrogatepass"), name) if asked.get(name) else None
    return asked


# ---- JSON


def parse_json_object(text: bytes, what: str) -> dict[str, Any]:
    """Raises BadRequest for what is no JSON object."""
    return _object(_json(text, f"the {what}"), what)


def _json(text: bytes, what: str) -> Any:
    """Raises BadRequest for what two parsers would read differently: a doubled name, NaN, half a character."""
    try:
        orjson.loads(text)  # refuses all but UTF-8, infinite numbers, half characters
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        told = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise BadRequest(
            f"Cannot read {what} as JSON: {told[:200]}.", remedy="Send one JSON object in UTF-8."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice in one object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


# ---- the parts


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"The {what} is no JSON object.", remedy='Send {"query": "...", "variables": {}}.')
    return value


def _object_or_none(asked: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = asked.get(name)
    return None if value is None else _object(value, name)


def _text_or_none(asked: Mapping[str, Any], name: str) -> str | None:
    value = asked.get(name)
    if not isinstance(value, str | None):
        raise BadRequest(f"{name} is no text.", remedy=f"Send {name} as text.")
    return value


def _document(asked: Mapping[str, Any], trusted: TrustedDocuments) -> str:
    name, text = _text_or_none(asked, "documentId"), _text_or_none(asked, "query")
    if name and text:
        raise BadRequest("The request has a query and a documentId.", remedy="Send one of them.")
    if not name and not text:
        raise BadRequest("The request has no query.", remedy="Send a GraphQL document as the text of `query`.")
    return trusted.named(name) if name else trusted.require_trusted(text or "")
