"""Validation of a request before it runs: limits, syntax, operation, fit to the schema, and cost."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from graphql import OperationType as Operation

from api.context.errors import BadRequest, MethodNotAllowed
from api.context.limits import Limits
from api.context.nesting import check_nesting
from api.context.query_cost import Figures, measure
from api.context.store_provider import StoreProvider
from api.execution.documents import (
    ParseCache,
    introspection_errors,
    parse_document,
    select_operation,
    validation_errors,
)
from api.execution.plan.plans import Plans
from api.schema.build import schema
from api.telemetry.request_record import OperationKind, note_operation
from graph.errors import QueryRefused
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.stores.sizes import Sizes

_parse_cache = ParseCache()
cached_text = _parse_cache.text_of
"""The text of a valid document that was used lately, by its hash."""
document_use = _parse_cache.use


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A GraphQL request, independent of the protocol that carried it."""

    document: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None
    lens: Lens = DEFAULT_LENS
    """Applies to the fields for which the document names no lens."""


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A request that may run: its document is valid and within the limits."""

    request: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    figures: Figures
    plans: Plans

    @property
    def kind(self) -> Operation:
        return self.operation.operation


_LONG_DOCUMENT = 1_500
"""Characters of a document that takes long to parse and to validate."""
_READS_SCHEMA = re.compile(r"\b__(?:schema|type)\b")


def takes_long_to_check(request: GraphQLRequest) -> bool:
    """Whether the document is long and was not checked lately, or may read the schema, which takes long at any size."""
    text = request.document
    return bool(_READS_SCHEMA.search(text)) or (len(text) > _LONG_DOCUMENT and text not in _parse_cache)


class ValidationFailed(Exception):
    """The request does not run, because of these errors. `figures` has its cost where that is known."""

    def __init__(self, errors: Sequence[Exception], figures: Figures | None = None) -> None:
        super().__init__(*errors)
        self.errors = errors
        self.figures = figures


async def validate_with(
    provider: StoreProvider, request: GraphQLRequest, allowed: Collection[Operation], limits: Limits
) -> ValidatedRequest:
    """As `validate_request`; what costs too much by its arguments alone may pass by what the store holds."""
    try:
        validated = validate_request(request, allowed, limits)
    except ValidationFailed as problem:
        sizes = await provider.sizes() if problem.figures else None
        if sizes is None:
            raise
        validated = validate_request(request, allowed, limits, sizes)
    name = validated.operation.name
    note_operation(OperationKind(validated.kind.value), name.value if name else None, validated.figures.rows)
    return validated


def validate_request(
    request: GraphQLRequest, allowed: Collection[Operation], limits: Limits, sizes: Sizes | None = None
) -> ValidatedRequest:
    """Raises ValidationFailed, and BadRequest for a request that names no operation of its document or none of the
    allowed kinds. `sizes` is only for a document that is valid."""
    if not request.document:
        raise BadRequest("The document is empty.", remedy="Write a query such as { dataVersion { id } }.")
    try:
        document, is_cached = _parse(request, limits)
        operation = select_operation(document, request.operation)
        if operation.operation not in allowed:
            raise _operation_not_allowed(operation.operation)
        figures = _figures(request, document, operation, sizes)
        limits.check_shape(figures)  # before validation, which takes longest over what these limits forbid
    except (GraphQLError, QueryRefused) as problem:
        raise ValidationFailed([problem]) from None
    _check_document(request.document, document, limits, is_cached)
    try:
        limits.check_cost(figures)
    except QueryRefused as problem:
        raise ValidationFailed([problem], figures) from None
    plans = _parse_cache.plans_of(request.document) or Plans(document)
    return ValidatedRequest(request, document, operation, figures, plans)


def _figures(
    request: GraphQLRequest, document: DocumentNode, operation: OperationDefinitionNode, sizes: Sizes | None
) -> Figures:
    """Raises QueryTooDeep."""
    known = _parse_cache.measurements_of(request.document) if sizes is None else None
    if known is not None:
        return known.of(operation, request.variables or {})
    return measure(schema.core, document, operation, request.variables or {}, sizes)


def _parse(request: GraphQLRequest, limits: Limits) -> tuple[DocumentNode, bool]:
    """The parsed document, and whether it comes from the cache, which holds valid documents only."""
    limits.check_text(request.document)
    cached = _parse_cache.get(request.document)
    check_nesting("" if cached else request.document, request.variables)
    if cached and cached.token_count <= limits.tokens:  # it may have been parsed under another limit
        return cached, True
    return parse_document(request.document, limits.tokens), False


def _check_document(text: str, document: DocumentNode, limits: Limits, is_cached: bool) -> None:
    """Raises ValidationFailed; puts a valid document into the cache."""
    if not is_cached:
        if errors := validation_errors(document, limits.errors, introspection=limits.introspection):
            raise ValidationFailed(errors)
        _parse_cache.put(text, document)
    if not limits.introspection and (errors := introspection_errors(document)):
        raise ValidationFailed(errors)


def _operation_not_allowed(kind: Operation) -> BadRequest:
    """The error for an operation whose kind the transport does not run."""
    remedies = {
        Operation.QUERY: "Ask it at /graphql.",
        Operation.MUTATION: "Send it by POST to the service, with a token.",
        Operation.SUBSCRIPTION: "Ask for it with Accept: text/event-stream, or by WebSocket.",
    }
    headers = {"Allow": "POST"} if kind is Operation.MUTATION else {}
    return MethodNotAllowed(f"A {kind.value} is not taken here.", remedy=remedies[kind], headers=headers)
