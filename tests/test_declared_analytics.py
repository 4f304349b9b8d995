"""What an analytic declares is what Python, GraphQL, the command line and the documentation have: under one name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, value_from_ast_untyped
from typer.main import get_command

from api.schema.build import sdl
from cli.commands.analytics import app
from docs.analytics_page import PAGE
from graph.analytics.catalog import ANALYTICS
from graph.analytics.contracts.concentration import Side
from graph.analytics.core.declaration import Analytic, ListOf, Record, Section
from graph.analytics.core.facts import Facts
from graph.analytics.core.parameters import camel, parameters_of
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.analytics.core.tabulation import table_of
from graph.analytics.network.centrality import CentralityMetric
from graph.analytics.network.fragility import Conclusion
from graph.errors import BadQuery
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from tests.analytics.world import link, mw, organization, snapshot

SHELL_MW = Scope(layer=Layer.SHELL, basis=CapacityBasis.CRITICAL_IT)
REQUIRED: Mapping[str, Any] = {
    "organization": "host",
    "metric": CentralityMetric("DEGREE"),
    "from": "host",
    "to": "lab",
    "fail": ("cloud",),
    "conclusion": Conclusion.RANKING,
    "organizations": ("cloud", "host"),
}
SCOPE_OPTIONS = {"type", "layer", "basis", "status", "commitment"}
each_analytic = pytest.mark.parametrize("analytic", ANALYTICS.values(), ids=list(ANALYTICS))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(sdl())


@pytest.fixture(scope="module")
def facts() -> Facts:
    links = [link("lease", "host", "cloud", capacities=mw(100)), link("resale", "cloud", "lab", capacities=mw(80))]
    return Facts(snapshot(links, organization("alone")), {}, {}, {})


def _inputs(analytic: Analytic) -> dict[str, Any]:
    inputs = analytic.inputs(**{one.name: REQUIRED[one.name] for one in analytic.parameters if one.required})
    return {name: SHELL_MW if isinstance(value, Scope) else value for name, value in inputs.items()}


def _fields(schema: GraphQLSchema, analytic: Analytic) -> Mapping[str, Any]:
    assert schema.query_type is not None
    return {name: schema.query_type.fields[camel(name)] for name in (*analytic.lists, analytic.field_name)}


def test_each_section_has_an_analytic_and_each_analytic_a_name_of_its_own() -> None:
    assert {one.section for one in ANALYTICS.values()} == set(Section)
    assert len(ANALYTICS) == len({one.function for one in ANALYTICS.values()})


# ---- one name everywhere


@each_analytic
def test_an_input_has_one_name_in_python_graphql_and_on_the_command_line(
    analytic: Analytic, schema: GraphQLSchema
) -> None:
    own = {one.name: one for one in analytic.parameters}
    arguments = inspect.signature(analytic.function).parameters
    assert {one.identifier for one in own.values()} <= arguments.keys()
    for field in _fields(schema, analytic).values():
        paged = {"first", "skip"} if "first" in field.args and "first" not in own else set()
        assert field.args.keys() - paged == {one.field_name for one in own.values()}
    command = get_command(app).commands[analytic.command]  # type: ignore[attr-defined]  # a group
    options = {name.lstrip("-") for one in command.params for name in one.opts}
    declared = {one.option.lstrip("-") for one in own.values() if one.type is not Scope and not one.required}
    assert declared | (SCOPE_OPTIONS if "scope" in own else set()) <= options
    assert {one.identifier for one in own.values() if one.required} <= options


@each_analytic
def test_a_default_is_the_same_in_graphql_and_in_python(analytic: Analytic, schema: GraphQLSchema) -> None:
    none_stated = (inspect.Parameter.empty, None, (), DEFAULT_SCOPE)
    for field in _fields(schema, analytic).values():
        for one in analytic.parameters:
            default = field.args[one.field_name].default
            expected = None if one.required_by_api or one.default in none_stated else one.default
            assert (default and value_from_ast_untyped(default.literal)) == expected


@each_analytic
def test_a_method_holds_every_input_and_nothing_that_was_counted(analytic: Analytic, facts: Facts) -> None:
    result = analytic.compute(facts, _inputs(analytic))
    assert {one.name for one in analytic.parameters} <= result.method.parameters.keys()
    assert result.method.parameters.keys().isdisjoint(result.method.size)


# ---- columns


@each_analytic
def test_each_column_has_a_field(analytic: Analytic, schema: GraphQLSchema) -> None:
    records = [analytic.result]
    while records:
        record = records.pop()
        type_ = schema.type_map[record.name]
        assert isinstance(type_, GraphQLObjectType)
        assert type_.fields.keys() == {camel(one.name) for one in record.columns if one.api}
        assert all(column.doc for column in record.columns)
        inner = [one.type.of if isinstance(one.type, ListOf) else one.type for one in record.columns]
        records += [one for one in inner if isinstance(one, Record)]


@each_analytic
def test_a_table_has_a_cell_for_each_of_its_columns(analytic: Analytic, facts: Facts) -> None:
    inputs = _inputs(analytic)
    table = table_of(analytic, analytic.compute(facts, inputs), inputs)
    assert table.title
    for part in table.parts:
        names = [column.name for column in part.columns]
        assert len(set(names)) == len(names)
        assert all(list(row) == names for row in part.rows)


def test_a_column_carries_its_unit_into_header_and_schema(facts: Facts, schema: GraphQLSchema) -> None:
    capacity = ANALYTICS["capacity"]
    table = table_of(capacity, capacity.compute(facts, capacity.inputs()), capacity.inputs())
    assert {"low [MW]", "option [MW]", "PROVIDER"} <= {column.header for column in table.columns}
    rows = schema.type_map["CapacityRow"]
    assert isinstance(rows, GraphQLObjectType)
    assert (rows.fields["optionMw"].description or "").endswith("Unit: MW.")


def test_a_source_is_shown_by_the_key_by_which_a_lens_excludes_it(facts: Facts) -> None:
    sensitivity = ANALYTICS["source_sensitivity"]
    inputs = _inputs(sensitivity)
    table = table_of(sensitivity, sensitivity.compute(facts, inputs), inputs)
    assert [(column.name, column.named) for column in table.columns if column.refers_to == "Source"] == [
        ("source", False)
    ]


def test_the_unit_of_a_share_is_that_of_the_measure(facts: Facts) -> None:
    concentration = ANALYTICS["concentration"]
    inputs = concentration.inputs(organization="host", side=Side.CUSTOMERS)
    table = table_of(concentration, concentration.compute(facts, inputs), inputs)
    assert "amount [links]" in [column.header for column in table.columns]
    assert table.title == "Customers of host: HHI 1.000"


# ---- bounds and the first rows


@pytest.mark.parametrize(("name", "input_"), [("paths", {"max_hops": 11}), ("money_loops", {"max_length": 1})])
def test_an_input_out_of_its_bounds_is_refused_by_name(name: str, input_: dict[str, int], facts: Facts) -> None:
    analytic = ANALYTICS[name]
    inputs = _inputs(analytic) | input_
    ((parameter, value),) = input_.items()
    with pytest.raises(BadQuery, match=rf"{camel(parameter)} is {value}"):
        analytic.compute(facts, inputs)


def test_a_table_of_the_first_rows_says_that_there_are_more(facts: Facts) -> None:
    centrality = ANALYTICS["centrality"]
    inputs = centrality.inputs(metric=CentralityMetric("DEGREE"))
    result = centrality.compute(facts, inputs)
    assert (len(table_of(centrality, result, inputs, 2).rows), table_of(centrality, result, inputs, 2).truncated) == (
        2,
        True,
    )
    assert (len(table_of(centrality, result, inputs).rows), table_of(centrality, result, inputs).truncated) == (
        4,
        False,
    )


def test_inputs_that_are_not_stated_are_the_defaults() -> None:
    shock = ANALYTICS["shock"]
    inputs = shock.inputs(fail=("host",))
    assert inputs == {name: one.default for name, one in parameters_of(shock.function).items()} | {"fail": ("host",)}
    with pytest.raises(KeyError, match="fail"):
        shock.inputs()


# ---- documentation


@each_analytic
def test_each_analytic_is_documented_with_its_inputs_and_columns(analytic: Analytic) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (section,) = [part for part in text.split("\n### ") if f"command `wattgraph analytics {analytic.command}`" in part]
    assert all(f"| `{one.field_name}` |" in section for one in analytic.parameters)
    assert all(column.doc in section for column in analytic.tables[0].columns if not column.deprecated)
