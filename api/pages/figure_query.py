"""The query of a figure as GraphQL: a document that gives its value with what stands around it, and its variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from api.schema.build import schema
from graph.analytics.catalog import ANALYTICS
from graph.analytics.contracts.firm_sums import CONTRACTS, FIRM_CONTRACTS
from graph.analytics.core.parameters import as_json, camel
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.publication.answers import MEGAWATTS
from graph.publication.figures import CellFigure, FirmSumFigure, LivingFigure, StatedFigure, requested_inputs
from graph.stores.query import And, Compare, Filter

_STATED = """query Figure($lens: LensInput, $subject: ID!, $property: String) {
  graph(lens: $lens) {
    statements(subject: $subject, property: $property) {
      nodes { value chosen counted reason confidence asOf knownFrom source { publisher title url published } }
    }
  }
}"""
_FIRM_SUM = """query Figure($lens: LensInput, $where: LinkWhere) {
  graph(lens: $lens) {
    links(where: $where, first: 500) {
      totalCount
      nodes { key source { name } target { name } value { amount currency bound } capacities { mw basis stage phase } }
    }
  }
}"""
_CELL = """query Figure($id: ID!) {
  figure(id: $id) {
    title
    outcome
    sentence
    then { text }
    now { text }
  }
}"""
"""Of what has no field of its own: cells of reports, plain counts."""
_DEPTH = 2
"""Levels of objects below a result that the document shows."""
_LEFT_OUT = frozenset({"excluded", "method"})
"""What each result has beside its figures."""


def figure_document(figure: LivingFigure) -> tuple[str, dict[str, Any]]:
    lens = lens_input(figure.lens)
    if isinstance(figure.query, StatedFigure):
        name = "capacities" if figure.query.property in MEGAWATTS else figure.query.property
        return _STATED, {"lens": lens, "subject": figure.query.subject, "property": name}
    if isinstance(figure.query, FirmSumFigure):
        return _FIRM_SUM, {"lens": lens, "where": _firm_where(figure.query)}
    if figure.query.source not in ANALYTICS:
        return _CELL, {"id": figure.id}
    return _computed(figure.query, lens)


def _firm_where(query: FirmSumFigure) -> dict[str, Any]:
    ends = {"from": ("source",), "to": ("target",), "party": ("source", "target"), "site": ("siteWhere",), "all": ()}[
        query.end
    ]
    return {
        "type": {"in": sorted(CONTRACTS)},
        "layer": {"eq": str(query.layer)},
        "inForce": {"eq": True},
        "status": {"in": sorted(map(str, FIRM_CONTRACTS.status))},
        "and": [
            {"or": [{"commitment": {"eq": "FIRM"}}, {"commitment": {"isNull": True}}]},
            *([{"or": [{end: {"key": {"eq": query.key}}} for end in ends]}] if ends else []),
        ],
    }


def lens_input(lens: Lens) -> dict[str, Any]:
    """A resolved lens as a `LensInput`, without what is the default."""
    dates = {"validOn": str(lens.valid_on), "knownOn": str(lens.known_on)}
    others = ("min_confidence", "min_reliability", "natures", "exclude_sources", "certainty", "scenario")
    stated = {name: getattr(lens, name) for name in others if getattr(lens, name) != getattr(DEFAULT_LENS, name)}
    return dates | {camel(name): as_json(value) for name, value in stated.items()}


def _computed(query: CellFigure, lens: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    analytic, inputs = ANALYTICS[query.source], requested_inputs(query)
    name = camel(analytic.field_name)
    graph = schema.core.type_map["Graph"]
    assert isinstance(graph, GraphQLObjectType)  # noqa: S101 (the schema has it)
    shown = graph.fields[name]
    stated = {
        one.field_name: _argument(inputs[one.name])
        for one in analytic.parameters
        if one.required or one.required_by_api or inputs[one.name] != one.default
    }
    typed = "".join(f", ${argument}: {shown.args[argument].type}" for argument in stated)
    passed = ", ".join(f"{argument}: ${argument}" for argument in stated)
    lines = "\n".join(_selection(shown, "      ", _DEPTH))
    call = f"{name}({passed})" if passed else name
    document = (
        f"query Figure($lens: LensInput{typed}) {{\n  graph(lens: $lens) {{\n    {call} {{\n{lines}\n    }}\n  }}\n}}"
    )
    return document, {"lens": dict(lens), **stated}


def _argument(value: Any) -> Any:
    return _scope_input(value) if isinstance(value, Scope) else as_json(value)


def _scope_input(scope: Scope) -> dict[str, Any]:
    parts = ("types", "layer", "basis", "status", "commitment")
    stated = {one: as_json(getattr(scope, one)) for one in parts if getattr(scope, one) != getattr(DEFAULT_SCOPE, one)}
    where = {camel(name): condition for name, condition in _conditions(scope.where)}
    return {**stated, "where": where} if where else stated


def _conditions(where: Filter) -> Iterator[tuple[str, dict[str, Any]]]:
    """The conditions that an ID may hold."""
    if isinstance(where, And):
        for part in where.parts:
            yield from _conditions(part)
    elif isinstance(where, Compare):
        yield where.column, {"isNull": True} if where.op == "isnull" else {"eq": where.value}


def _selection(of: GraphQLField, indent: str, depth: int) -> Iterator[str]:
    """All plain values of a result; of its lists the same, of rows of the graph key and name."""
    object_type = get_named_type(of.type)
    fields = getattr(object_type, "fields", {})
    usable = {name: one for name, one in fields.items() if not any(map(is_required_argument, one.args.values()))}
    if "key" in usable:
        yield f"{indent}{' '.join(name for name in ('key', 'name') if name in usable)}"
        return
    plain = [
        name for name, one in usable.items() if is_leaf_type(get_named_type(one.type)) and not one.deprecation_reason
    ]
    if plain:
        yield f"{indent}{' '.join(plain)}"
    for name, one in usable.items():
        if (
            depth
            and not is_leaf_type(get_named_type(one.type))
            and not one.deprecation_reason
            and name not in _LEFT_OUT
        ):
            inner = list(_selection(one, f"{indent}  ", depth - 1))
            if inner:
                yield f"{indent}{name} {{"
                yield from inner
                yield f"{indent}}}"
