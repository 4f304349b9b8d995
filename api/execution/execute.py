"""From a GraphQL request to its answer, without HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute
from graphql import OperationType as Operation
from strawberry.execution import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from api.context.auth import ANONYMOUS, Caller
from api.context.errors import MORE_ERRORS, BadRequest, MethodNotAllowed, error_payload
from api.context.limits import DEFAULT_LIMITS, Figures, Limits, measure
from api.context.nesting import check_nesting
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.documents import (
    ParseCache,
    introspection_errors,
    parse_document,
    select_operation,
    validation_errors,
)
from api.schema.build import QueryRoot, schema
from graph.errors import BadInput, Forbidden, QueryRefused, StoreBusy
from graph.evidence.lens import DEFAULT_LENS
from graph.stores.base import Store

ATTEMPTS = 3
"""How often a query is run when the data changes underway."""
_documents = ParseCache()


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A GraphQL request, whichever way it came."""

    document: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """`ran`: the request was sound and was run; it may have errors all the same."""

    body: Mapping[str, Any]
    ran: bool

    @property
    def json(self) -> bytes:
        return orjson.dumps(self.body)

    @property
    def failed(self) -> bool:
        return "errors" in self.body

    @property
    def forbidden(self) -> bool:
        """Whether nothing came of it, because the caller may not."""
        codes = {error["extensions"]["code"] for error in self.body.get("errors", ())}
        return codes == {Forbidden.code} and self.body.get("data") is None

    @property
    def version(self) -> str | None:
        """The id of the data version it was given from."""
        found: str | None = self.body["extensions"]["dataVersion"]
        return found


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A request that may run: its document is valid and within the limits."""

    request: GraphQLRequest
    document: DocumentNode
    kind: Operation
    figures: Figures


class ValidationFailed(Exception):
    """A request that is not run, why, and what it would cost where that is known."""

    def __init__(self, errors: Sequence[Exception], figures: Figures | None = None) -> None:
        super().__init__(*errors)
        self.errors = errors
        self.figures = figures


async def execute_request(
    provider: StoreProvider,
    request: GraphQLRequest,
    allowed: Collection[Operation] = (Operation.QUERY,),
    *,
    limits: Limits = DEFAULT_LIMITS,
    caller: Caller = ANONYMOUS,
) -> GraphQLResponse:
    """Raises BadRequest for a request that names no operation of its document, or none that is allowed."""
    try:
        validated = validate_request(request, allowed, limits)
    except ValidationFailed as problem:
        return await rejected(provider, problem, limits)
    return await run(provider, validated, limits, caller)


async def rejected(provider: StoreProvider, problem: ValidationFailed, limits: Limits) -> GraphQLResponse:
    extensions = await RequestContext(provider).extensions(
        reached_store=False, cost=cost_extension(problem.figures, limits)
    )
    return GraphQLResponse({"errors": error_payloads(problem.errors, limits), "extensions": extensions}, ran=False)


def validate_request(request: GraphQLRequest, allowed: Collection[Operation], limits: Limits) -> ValidatedRequest:
    """The request, parsed, validated and within the limits. Raises ValidationFailed, BadRequest."""
    if not request.document:
        raise BadRequest("The document is empty.", remedy="Write a query such as { dataVersion { id } }.")
    try:
        limits.check_text(request.document)
        check_nesting(request.document, request.variables)
        kept = _documents.get(request.document)
        if kept and kept.token_count > limits.tokens:  # it was kept under another limit
            kept = None
        document = kept or parse_document(request.document, limits.tokens)
        operation = select_operation(document, request.operation)
        if operation.operation not in allowed:
            raise operation_not_allowed(operation.operation)
        figures = measure(schema.core, document, operation, request.variables or {})
        limits.check_shape(figures)  # first, because validation takes longest over what they forbid
    except (GraphQLError, QueryRefused) as problem:
        raise ValidationFailed([problem]) from None
    if kept is None:
        if problems := validation_errors(document, limits.errors, introspection=limits.introspection):
            raise ValidationFailed(problems)
        _documents.keep(request.document, document)
    if not limits.introspection and (problems := introspection_errors(document)):
        raise ValidationFailed(problems)
    try:
        limits.check_cost(figures)
    except QueryRefused as problem:
        raise ValidationFailed([problem], figures) from None
    return ValidatedRequest(request, document, operation.operation, figures)


def operation_not_allowed(kind: Operation) -> BadRequest:
    """What an operation is told that came in a way in which its kind is not run."""
    remedies = {
        Operation.QUERY: "Ask it at /graphql.",
        Operation.MUTATION: "Send it by POST to the service, with a token.",
        Operation.SUBSCRIPTION: "Ask for it with Accept: text/event-stream, or by WebSocket.",
    }
    headers = {"Allow": "POST"} if kind is Operation.MUTATION else {}
    return MethodNotAllowed(f"A {kind.value} is not taken here.", remedy=remedies[kind], headers=headers)


async def run(provider: StoreProvider, validated: ValidatedRequest, limits: Limits, caller: Caller) -> GraphQLResponse:
    """The answer from one data version: a query during which the data changed is run again."""
    for _ in range(ATTEMPTS):
        context = RequestContext(provider, caller, limits.lenses)
        result = await _run(validated, context, limits)
        ran = result.data is not None or any(error.path is not None for error in result.errors or ())
        body: dict[str, Any] = {"errors": error_payloads(result.errors, limits)} if result.errors else {}
        if ran:
            body["data"] = result.data
        body["extensions"] = await context.extensions(reached_store=ran, cost=cost_extension(validated.figures, limits))
        if validated.kind is not Operation.QUERY or not context.data_changed:
            return GraphQLResponse(body, ran)
    busy = StoreBusy("The data changed while it was read.", remedy="Ask again.")
    return GraphQLResponse({"errors": [error_payload(busy)], "data": None, "extensions": body["extensions"]}, ran)


async def _run(validated: ValidatedRequest, context: RequestContext, limits: Limits) -> ExecutionResult:
    result = await await_maybe(
        execute(
            schema.core,
            validated.document,
            root_value=QueryRoot(context=context, wanted=DEFAULT_LENS),
            context_value=context,
            variable_values=dict(validated.request.variables or {}),
            operation_name=validated.request.operation,
            hide_suggestions=not limits.introspection,
            executor_class=schema.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # typed as a plain predicate
        )
    )
    return result


def cost_extension(figures: Figures | None, limits: Limits) -> Mapping[str, int] | None:
    return None if figures is None else {"requested": figures.rows, "limit": limits.cost}


def error_payloads(errors: Sequence[Exception], limits: Limits) -> list[dict[str, Any]]:
    """The first errors, and in place of the last one that may be told, how many more there are."""
    if len(errors) <= limits.errors:
        return [error_payload(error) for error in errors]
    count = limits.errors - 1
    rest = f"{len(errors) - count:,} more errors are not shown."
    return [*map(error_payload, errors[:count]), {"message": rest, "extensions": {"code": MORE_ERRORS}}]


async def run_document(store: Store, document: str, variables: str) -> tuple[str, bool]:
    """The answer as JSON text, and whether it has errors. `variables` is the text of a JSON object.

    Raises BadInput, and StoreError when the store does not answer at all."""
    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as problem:
        raise BadInput(
            f"The variables are not JSON: {problem}.", remedy='Give an object such as {"key": "iren"}.'
        ) from None
    if not isinstance(given, dict):
        raise BadInput("The variables are no JSON object.", remedy='Give an object such as {"key": "iren"}.')
    await store.reader()
    found = await execute_request(StoreProvider(store), GraphQLRequest(document, given))
    return orjson.dumps(found.body, option=orjson.OPT_INDENT_2).decode(), found.failed
