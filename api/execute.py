"""From a GraphQL request to its answer, without HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from api.auth import VISITOR, Caller
from api.context import Context
from api.errors import BadRequest, told
from api.holder import StoreHolder
from api.schema import Query, schema
from graph.errors import BadInput
from graph.lens import DEFAULT_LENS
from graph.stores.base import Store


@dataclass(frozen=True, slots=True)
class Request:
    """A GraphQL request, whichever way it came."""

    document: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`ran`: the request was sound and was run; it may have errors all the same."""

    body: Mapping[str, Any]
    ran: bool

    @property
    def json(self) -> bytes:
        return orjson.dumps(self.body)

    @property
    def failed(self) -> bool:
        return "errors" in self.body


async def answer(
    holder: StoreHolder,
    request: Request,
    allowed: Collection[OperationType] = (OperationType.QUERY,),
    *,
    caller: Caller = VISITOR,
) -> Answer:
    """Raises BadRequest for a request that names no operation of its document."""
    context = Context(holder, caller)
    result = await _result(request, context, allowed)
    ran = result.data is not None or any(error.path is not None for error in result.errors or ())
    body: dict[str, Any] = {"errors": [told(error) for error in result.errors]} if result.errors else {}
    if ran:
        body["data"] = result.data
    body["extensions"] = await context.told(reached_store=ran)
    return Answer(body, ran)


async def _result(request: Request, context: Context, allowed: Collection[OperationType]) -> ExecutionResult:
    try:
        return await schema.execute(
            request.document,
            variable_values=dict(request.variables or {}),
            context_value=context,
            root_value=Query(context=context, wanted=DEFAULT_LENS),
            operation_name=request.operation,
            allowed_operation_types=allowed,
        )
    except MissingQueryError:
        raise BadRequest("The document is empty.", remedy="Write a query such as { dataVersion { id } }.") from None
    except CannotGetOperationTypeError:
        remedy = "Name an operation that it has, as operationName."
        raise BadRequest("The document has no operation of this name.", remedy=remedy) from None
    except InvalidOperationTypeError:
        raise not_allowed() from None


def not_allowed() -> BadRequest:
    """What a mutation is told that did not come by POST."""
    remedy = "Send it by POST to the service, with a token."
    return BadRequest("This kind of operation is not taken here.", remedy=remedy, status=405, headers={"Allow": "POST"})


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
    found = await answer(StoreHolder(store), Request(document, given))
    return orjson.dumps(found.body, option=orjson.OPT_INDENT_2).decode(), found.failed
