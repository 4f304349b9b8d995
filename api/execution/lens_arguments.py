"""Whether a document names lenses of its own."""

from __future__ import annotations

from graphql import (
    ArgumentNode,
    GraphQLError,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from api.schema.build import schema

_LENS = "LensInput"


class _LensArguments(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found = False

    def enter_argument(self, *_: ArgumentNode) -> None:
        argument = self._types.get_argument()
        if argument is not None and get_named_type(argument.type).name == _LENS:
            self.found = True


def names_lens(document: str) -> bool:
    """Whether an argument of the document is a lens; such a part of an answer is under that and under no other. A text
    that is no document names none."""
    try:
        parsed = parse(document)
    except GraphQLError:
        return False
    types = TypeInfo(schema.core)
    arguments = _LensArguments(types)
    visit(parsed, TypeInfoVisitor(types, arguments))
    return arguments.found
