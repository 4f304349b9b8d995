"""The plans of a document, kept with it, and their run."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values

from api.context.request_context import RequestContext
from api.execution.plan.arguments import Execute, Variables
from api.execution.plan.compile import Compiler
from api.execution.plan.errors import NotCovered, PlanAbandoned
from api.execution.plan.nodes import RootPlan
from api.schema.build import QueryRoot, schema
from graph.errors import WattgraphError

logger = logging.getLogger(__name__)
MAX_PLANS = 8
"""Plans of one document: each operation, and each choice of what @skip and @include leave, has one."""
RUNS_BY_LEVEL = 1
"""Runs of a plan that read level by level from a database, by statements that other documents share: it plans a
statement for this document alone, which takes longer than the calls, only when the document comes again."""
answered: Counter[str] = Counter()
"""How many queries a plan answered, and how many the reference executor did, since the program started."""
_Key = tuple[str | None, tuple[Any, ...]]


@dataclass(slots=True)
class OperationPlan:
    """What reads the answer to one operation."""

    root: RootPlan
    may_note: int
    """Fields that may add notes to the answer."""
    is_chain: bool
    """Whether every field fetches for itself: none stands beside another that does."""
    runs: int = 0

    async def run(self, context: RequestContext, variables: Variables) -> dict[str, Any]:
        """The data of the answer. Raises PlanAbandoned, and what fields raise."""
        self.runs += 1
        if self.is_chain:
            context.read_one_by_one()
        data = await self.root.object(QueryRoot(context=context, selected_lens=context.default_lens), variables)
        if self.may_note > 1 and len(context.notes) > 1:
            raise PlanAbandoned("notes of several fields")
        return data


class Plans:
    """The plans of one document, made when they are first wanted."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._conditions: tuple[str, ...] | None = None
        self._plans: dict[_Key, OperationPlan | None] = {}

    async def answer(
        self, operation: OperationDefinitionNode, variables: dict[str, Any], context: RequestContext, execute: Execute
    ) -> dict[str, Any] | None:
        """The data of the answer; None where the reference executor has to answer: where the document is not covered,
        or an error or its order of notes stands in the answer."""
        try:
            data = await self._run(operation, variables, context, execute)
        except (NotCovered, PlanAbandoned, WattgraphError, GraphQLError) as problem:
            logger.debug("The reference executor answers: %s", problem)
        except Exception:  # it may raise it as well, and then tells where
            logger.warning("A plan failed; the reference executor answers", exc_info=True)
        else:
            answered["plan"] += 1
            return data
        answered["reference"] += 1
        return None

    def covers(self, operation: OperationDefinitionNode, variables: dict[str, Any]) -> bool:
        """Whether a plan reads the operation, where no error occurs."""
        return self._plan(operation, _coerced(operation, variables)) is not None

    async def _run(
        self, operation: OperationDefinitionNode, variables: dict[str, Any], context: RequestContext, execute: Execute
    ) -> dict[str, Any]:
        coerced = _coerced(operation, variables)
        plan = self._plan(operation, coerced)
        if plan is None:
            raise NotCovered("known before")
        return await plan.run(context, Variables.of(coerced, execute, read_ahead=plan.runs >= RUNS_BY_LEVEL))

    def _plan(self, operation: OperationDefinitionNode, variables: VariableValues) -> OperationPlan | None:
        if self._conditions is None:
            self._conditions = condition_variables(self._document)
        name = operation.name.value if operation.name else None
        key = name, tuple(variables.coerced.get(one) for one in self._conditions)
        if key not in self._plans:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            self._plans[key] = self._compiled(operation, variables)
        return self._plans[key]

    def _compiled(self, operation: OperationDefinitionNode, variables: VariableValues) -> OperationPlan | None:
        try:
            compiler = Compiler(self._document, operation, variables)
            return OperationPlan(compiler.root(), compiler.may_note, compiler.is_chain)
        except (NotCovered, WattgraphError, GraphQLError) as problem:
            logger.debug("No plan covers the document: %s", problem)
            return None


def _coerced(operation: OperationDefinitionNode, variables: dict[str, Any]) -> VariableValues:
    """Raises PlanAbandoned for variables that do not fit."""
    values = get_variable_values(schema.core, operation.variable_definitions or (), variables)
    if isinstance(values, list):
        raise PlanAbandoned("variables that do not fit")
    return values


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        values = (argument.value for argument in node.arguments or ())
        self.names |= {value.name.value: None for value in values if isinstance(value, VariableNode)}


def condition_variables(document: DocumentNode) -> tuple[str, ...]:
    """Names of the variables in @skip and @include: what is selected depends on them."""
    seen = _Conditions()
    visit(document, seen)
    return tuple(seen.names)
