"""Execution of a GraphQL request: from its document to the response, without HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, execute
from graphql import OperationType as Operation
from strawberry.execution import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from api.context.auth import ANONYMOUS, OWNER, Caller
from api.context.errors import MORE_ERRORS, error_payload
from api.context.limits import DEFAULT_LIMITS, Limits
from api.context.query_cost import Figures
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.validation import GraphQLRequest, ValidatedRequest, ValidationFailed, validate_with
from api.schema.build import QueryRoot, schema
from graph.errors import BadInput, Forbidden, StoreBusy, StoreError, StoreTimeout, StoreUnavailable
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.stores.base import Reader, Store

PLANS_ANSWER: ContextVar[bool] = ContextVar("plans_answer", default=True)
"""Whether plans answer what they cover; tests and benchmarks set it to False, to compare."""
MAX_ATTEMPTS = 3
"""How often a query runs at most where the data change meanwhile."""


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """`ran`: the request was valid and ran; it may have errors all the same."""

    body: Mapping[str, Any]
    ran: bool

    @property
    def json(self) -> bytes:
        return orjson.dumps(self.body)

    @property
    def has_errors(self) -> bool:
        return "errors" in self.body

    @property
    def is_forbidden(self) -> bool:
        """Whether there are no data, because the caller lacks the scope."""
        codes = {error["extensions"]["code"] for error in self.body.get("errors", ())}
        return codes == {Forbidden.code} and self.body.get("data") is None

    @property
    def is_unanswered(self) -> bool:
        """Whether there are no data, because the store does not answer."""
        codes = {error["extensions"]["code"] for error in self.body.get("errors", ())}
        return bool(codes) and codes <= {StoreUnavailable.code, StoreTimeout.code} and self.body.get("data") is None

    @property
    def is_stale(self) -> bool:
        """Whether it was read from what is kept of a store that does not answer."""
        return "stale" in self.body["extensions"]

    @property
    def is_private(self) -> bool:
        """Whether private facts were read for it."""
        return "overlayVersion" in self.body["extensions"]

    @property
    def version(self) -> str | None:
        """The id of the data version."""
        version: str | None = self.body["extensions"]["dataVersion"]
        return version


async def execute_request(
    provider: StoreProvider,
    request: GraphQLRequest,
    allowed: Collection[Operation] = (Operation.QUERY,),
    *,
    limits: Limits = DEFAULT_LIMITS,
    caller: Caller = ANONYMOUS,
) -> GraphQLResponse:
    """Validate and run a request. Raises BadRequest for one that names no operation of its document, or none of the
    allowed kinds."""
    try:
        validated = await validate_with(provider, request, allowed, limits)
    except ValidationFailed as problem:
        return await validation_response(provider, problem, limits)
    return await run_validated(provider, validated, limits, caller)


async def validation_response(provider: StoreProvider, problem: ValidationFailed, limits: Limits) -> GraphQLResponse:
    """The response to a request that does not run."""
    cost = cost_extension(problem.figures, limits)
    extensions = await RequestContext(provider).extensions(reached_store=False, cost=cost)
    return GraphQLResponse({"errors": error_payloads(problem.errors, limits), "extensions": extensions}, ran=False)


async def run_validated(
    provider: StoreProvider, validated: ValidatedRequest, limits: Limits, caller: Caller, reader: Reader | None = None
) -> GraphQLResponse:
    """The response, from one data version: a query during which the data changed runs again. `reader` is one under the
    default lens that was opened for the request already."""
    for attempt in range(MAX_ATTEMPTS):
        context, result = await _run(provider, validated, limits, caller, None if attempt else reader)
        changed = validated.kind is Operation.QUERY and (
            await context.has_changed() or await _goes_on(provider, result)
        )
        ran = result.data is not None or any(error.path is not None for error in result.errors or ())
        body: dict[str, Any] = {"errors": error_payloads(result.errors, limits)} if result.errors else {}
        if ran:
            body["data"] = result.data
        body["extensions"] = await context.extensions(reached_store=ran, cost=cost_extension(validated.figures, limits))
        if not changed:
            return GraphQLResponse(body, ran)
    busy = StoreBusy("The data changed while it was read.", remedy="Ask again.")
    return GraphQLResponse({"errors": [error_payload(busy)], "data": None, "extensions": body["extensions"]}, ran)


async def _goes_on(provider: StoreProvider, result: ExecutionResult) -> bool:
    """Whether the store was lost while a query read, and reads go on from what is kept of it."""
    if not any(isinstance(error.original_error, StoreUnavailable) for error in result.errors or ()):
        return False
    with suppress(StoreError):
        return (await provider.store.reader()).stale_since is not None
    return False


async def _run(
    provider: StoreProvider, validated: ValidatedRequest, limits: Limits, caller: Caller, reader: Reader | None
) -> tuple[RequestContext, ExecutionResult]:
    """The result, and the context that it was read in: by a plan, where one covers the document and no error occurs."""

    def new_context() -> RequestContext:
        return RequestContext(provider, caller, limits.lenses, validated.request.lens, reader)

    if validated.kind is Operation.QUERY and PLANS_ANSWER.get():
        context = new_context()
        reference = partial(execute_by_reference, validated, context, limits)
        variables = dict(validated.request.variables or {})
        data = await validated.plans.answer(validated.operation, variables, context, reference)
        if data is not None:
            return context, ExecutionResult(data)
    context = new_context()
    return context, await execute_by_reference(validated, context, limits)


async def execute_by_reference(
    validated: ValidatedRequest, context: RequestContext, limits: Limits, document: DocumentNode | None = None
) -> ExecutionResult:
    """The result by the executor of graphql-core, field by field: it answers whatever is asked. `document` is a part of
    the whole document, with an operation of the same name."""
    result = await await_maybe(
        execute(
            schema.core,
            document or validated.document,
            root_value=QueryRoot(context=context, selected_lens=context.default_lens),
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
    """The first errors; beyond the limit, the last payload counts the errors that are left out."""
    if len(errors) <= limits.errors:
        return [error_payload(error) for error in errors]
    count = limits.errors - 1
    rest = f"{len(errors) - count:,} more errors are not shown."
    return [*map(error_payload, errors[:count]), {"message": rest, "extensions": {"code": MORE_ERRORS}}]


async def run_document(
    store: Store, document: str, variables: str, lens: Lens = DEFAULT_LENS, limits: Limits = DEFAULT_LIMITS
) -> tuple[str, bool]:
    """The response as the JSON text that the API gives, and whether it has errors. `variables` is the text of a JSON
    object. `lens` applies to the fields for which the document names no lens.

    Raises BadInput, BadLens, and StoreError where the store does not answer at all."""
    request = GraphQLRequest(document, _parse_variables(variables), lens=lens)
    await store.reader(None if lens == DEFAULT_LENS else lens)
    response = await execute_request(StoreProvider(store), request, limits=limits, caller=OWNER)
    return response.json.decode(), response.has_errors


def _parse_variables(text: str) -> dict[str, Any]:
    remedy = 'Give an object such as {"key": "iren"}.'
    try:
        variables = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadInput(f"The variables are not JSON: {problem}.", remedy=remedy) from None
    if not isinstance(variables, dict):
        raise BadInput("The variables are no JSON object.", remedy=remedy)
    return variables
