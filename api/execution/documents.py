"""GraphQL documents: parsed and validated against the schema once, and cached by their text."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSyntaxError,
    NonNullTypeNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    ValidationRule,
    get_named_type,
    parse,
    specified_rules,
    validate,
)

from api.context.errors import BadRequest
from api.context.query_cost import Measurements
from api.execution.plan.plans import Plans
from api.schema.build import schema
from graph.concurrency.cache_use import CacheUse
from graph.errors import QueryTooDeep, TooManyTokens, WattgraphError

MAX_DOCUMENTS = 256
MAX_BYTES = 1_000_000
"""Bytes of text; a parsed document takes some fifty times its text."""


class OneOfVariableRule(ValidationRule):
    """A variable in an input of which one field is given must be non-null. graphql-core sees this where the input is
    nullable, which an element of a list is not."""

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        definitions = {one.variable.name.value: one for one in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition, type_ = definitions.get(usage.node.name.value), get_named_type(usage.parent_type)
            if definition is None or isinstance(definition.type, NonNullTypeNode):
                continue
            if _is_one_of(type_) and type_ not in (usage.parent_type, get_named_type(usage.type)):
                message = f"Variable '${usage.node.name.value}' must be non-null to be used in '{type_}'."
                self.report_error(GraphQLError(message, [definition, usage.node]))


def _is_one_of(type_: GraphQLNamedType | None) -> bool:
    return isinstance(type_, GraphQLInputObjectType) and type_.is_one_of


_RULES = (*specified_rules, OneOfVariableRule)


def document_hash(text: str) -> str:
    """The SHA-256 of a document, in hexadecimal."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class ParseCache:
    """The valid documents used last, by their text; the texts, by their hash."""

    def __init__(self, max_documents: int = MAX_DOCUMENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_documents, self._max_bytes = max_documents, max_bytes
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._plans: dict[str, Plans] = {}
        self._measurements: dict[str, Measurements] = {}
        self._texts: dict[str, str] = {}
        self.bytes = 0
        self.use = CacheUse()

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, text: str) -> bool:
        return text in self._documents

    def get(self, text: str) -> DocumentNode | None:
        self.use.count(text in self._documents)
        if text in self._documents:
            self._documents.move_to_end(text)
        return self._documents.get(text)

    def text_of(self, hash: str) -> str | None:
        """The text of a cached document."""
        return self._texts.get(hash)

    def plans_of(self, text: str) -> Plans | None:
        """The plans of a cached document."""
        return self._plans.get(text)

    def measurements_of(self, text: str) -> Measurements | None:
        """The figures of a cached document."""
        return self._measurements.get(text)

    def put(self, text: str, document: DocumentNode) -> None:
        if text not in self._documents:
            self._documents[text] = document
            self._plans[text] = Plans(document)
            self._measurements[text] = Measurements(schema.core, document)
            self._texts[document_hash(text)] = text
            self.bytes += _size(text)
        while len(self._documents) > self._max_documents or self.bytes > self._max_bytes:
            self._evict()

    def _evict(self) -> None:
        text, _ = self._documents.popitem(last=False)
        del self._texts[document_hash(text)], self._plans[text], self._measurements[text]
        self.bytes -= _size(text)


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def parse_document(text: str, max_tokens: int) -> DocumentNode:
    """Raises GraphQLSyntaxError, TooManyTokens, QueryTooDeep."""
    try:
        return parse(text, max_tokens=max_tokens)
    except GraphQLSyntaxError as problem:
        # the parser raises one class for all errors; only the text tells its limits apart
        if f"more than {max_tokens} tokens" in problem.message:
            what = f"The query has more than {max_tokens:,} tokens, the limit."
            raise TooManyTokens(what, remedy="Split it, or send values as variables.") from None
        if "nested too deeply" in problem.message:
            raise QueryTooDeep("The query is nested too deeply to be read.", remedy="Ask for less at a time.") from None
        raise


def validation_errors(document: DocumentNode, limit: int, *, introspection: bool = True) -> Sequence[GraphQLError]:
    """The errors of a document under the schema, at most `limit`. Without introspection they suggest no names."""
    # where `validate` stops at its bound, it adds one more error that says so
    bound = max(limit - 1, 1)
    errors = validate(schema.core, document, _RULES, max_errors=bound, hide_suggestions=not introspection)[:limit]
    return [_as_document_error(error) for error in errors]


def _as_document_error(error: GraphQLError) -> GraphQLError:
    """A literal that a scalar fails to parse, such as a number of 5,000 digits, is an error of the document."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError | WattgraphError):
        return error
    return GraphQLError("A value is not of the type that is asked for here.", error.nodes)


def introspection_errors(document: DocumentNode) -> Sequence[GraphQLError]:
    """At most one error, where a document reads the schema."""
    return validate(schema.core, document, [NoSchemaIntrospectionCustomRule], max_errors=1)[:1]


def select_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation of a name; without a name the only operation. Raises BadRequest."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        remedy = "Say as operationName which one to run."
        raise BadRequest(f"The document has {len(operations)} operations.", remedy=remedy)
    for operation in operations:
        if name is None or (operation.name is not None and operation.name.value == name):
            return operation
    if name is None:
        raise BadRequest("The document has no operation.", remedy="Write a query such as { dataVersion { id } }.")
    remedy = "Name an operation that it has, as operationName."
    raise BadRequest("The document has no operation of this name.", remedy=remedy)
