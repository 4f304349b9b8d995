"""ParseCache of requests: parsed and validated once, and kept as long as they are among those used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.context.errors import BadRequest
from api.schema.build import schema
from graph.errors import QueryTooDeep, TooManyTokens, WattgraphError

MOST_DOCUMENTS = 256
MOST_BYTES = 1_000_000
"""Of their text; a parsed document takes some fifty times its text."""
_RULES = (*specified_rules, OneOfInputValidationRule)
"""With the rule for `@oneOf` of Strawberry, which keeps the directive to itself."""


class ParseCache:
    """ValidatedRequest documents by their text."""

    def __init__(self, most: int = MOST_DOCUMENTS, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> DocumentNode | None:
        if text in self._kept:
            self._kept.move_to_end(text)
        return self._kept.get(text)

    def keep(self, text: str, document: DocumentNode) -> None:
        if text not in self._kept:
            self._kept[text] = document
            self.bytes += _size(text)
        while len(self._kept) > self._most or self.bytes > self._most_bytes:
            self.bytes -= _size(self._kept.popitem(last=False)[0])


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def parse_document(text: str, most_tokens: int) -> DocumentNode:
    """Raises GraphQLSyntaxError, TooManyTokens, QueryTooDeep."""
    try:
        return parse(text, max_tokens=most_tokens)
    except GraphQLSyntaxError as problem:
        # the parser has one class for all, and tells its limits by their text alone
        if f"more than {most_tokens} tokens" in problem.message:
            what = f"The query has more than {most_tokens:,} tokens, the limit."
            raise TooManyTokens(what, remedy="Split it, or send values as variables.") from None
        if "nested too deeply" in problem.message:
            raise QueryTooDeep("The query is nested too deeply to be read.", remedy="Ask for less at a time.") from None
        raise


def validation_errors(document: DocumentNode, most: int, *, introspection: bool = True) -> Sequence[GraphQLError]:
    """What makes a document no query of this schema; at most so many. Without introspection no name is suggested."""
    # when it stops at a limit it says so in one more error
    bound = max(most - 1, 1)
    found = validate(schema.core, document, _RULES, max_errors=bound, hide_suggestions=not introspection)[:most]
    return [_of_the_client(error) for error in found]


def _of_the_client(error: GraphQLError) -> GraphQLError:
    """A literal on which a scalar stumbled, such as a number of 5,000 digits, is a mistake of the document."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError | WattgraphError):
        return error
    return GraphQLError("A value is not of the type that is asked for here.", error.nodes)


def introspection_errors(document: DocumentNode) -> Sequence[GraphQLError]:
    """Where a document asks for the schema."""
    return validate(schema.core, document, [NoSchemaIntrospectionCustomRule], max_errors=1)[:1]


def select_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation of this name, or the only one. Raises BadRequest."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        remedy = "Say as operationName which one to run."
        raise BadRequest(f"The document has {len(operations)} operations.", remedy=remedy)
    for one in operations:
        if name is None or (one.name is not None and one.name.value == name):
            return one
    if name is None:
        raise BadRequest("The document has no operation.", remedy="Write a query such as { dataVersion { id } }.")
    remedy = "Name an operation that it has, as operationName."
    raise BadRequest("The document has no operation of this name.", remedy=remedy)
