"""The schema: pinned names, the printed file, and that the model is its only source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    print_ast,
)

from api.schema.build import SDL, sdl
from api.schema.properties import RENAMED, properties_of
from graph.settings import PROJECT
from graph.vocabulary.glossary import TERMS
from graph.vocabulary.model import LABELS, LINKS, has_own_field
from tests.printed_schema import printed_schema

EXPECTED = build_schema((Path(__file__).parent / "expected_schema.graphql").read_text(encoding="utf-8"))
OURS = printed_schema()
NAMES = sorted(name for name in EXPECTED.type_map if not name.startswith("__"))


def test_the_printed_schema_is_in_step() -> None:
    assert SDL.read_text(encoding="utf-8") == sdl(), "run: python -m api.schema"


def test_the_fixed_names_are_there() -> None:
    """Clients rely on them: each type, field, argument, default and enum value, with its type."""
    assert [name for name in NAMES if name not in OURS.type_map] == []
    missing = {name: _shape(EXPECTED.type_map[name]) - _shape(OURS.type_map[name]) for name in NAMES}
    assert {name: lines for name, lines in missing.items() if lines} == {}


def _shape(type_: GraphQLNamedType) -> set[str]:
    """What can be relied on, as a set of lines."""
    shape = {type(type_).__name__.removeprefix("Custom")}
    match type_:
        case GraphQLEnumType():
            shape |= set(type_.values)
        case GraphQLInputObjectType():
            shape |= {_signature(name, field) for name, field in type_.fields.items()}
            shape |= {"@oneOf"} if type_.is_one_of else set()
        case GraphQLObjectType() | GraphQLInterfaceType():
            shape |= {f"implements {interface.name}" for interface in type_.interfaces}
            for name, field in type_.fields.items():
                shape.add(f"{name}: {field.type}")
                shape |= {f"{name}({_signature(argument, about)})" for argument, about in field.args.items()}
    return shape


def _signature(name: str, about: GraphQLArgument | GraphQLInputField) -> str:
    return f"{name}: {about.type}{_default(about)}"


def _default(about: GraphQLArgument | GraphQLInputField) -> str:
    """As the schema prints it. graphql-core 3.3 leaves `default_value` of a parsed schema Undefined."""
    return f" = {print_ast(about.default.literal)}" if about.default and about.default.literal else ""


def test_defaults_are_compared() -> None:
    shape = _shape(build_schema("type Query { page(first: Int = 50): Int }").type_map["Query"])
    assert "page(first: Int = 50)" in shape


def test_everything_is_described() -> None:
    types = [
        type_ for name, type_ in OURS.type_map.items() if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType)
    ]
    silent = [
        f"{type_.name}.{name}" for type_ in types for name, field in type_.fields.items() if not field.description
    ]
    assert [one for one in silent if not one.startswith("__")] == []


def test_quantities_tell_their_unit() -> None:
    chip = OURS.type_map["Chip"]
    assert isinstance(chip, GraphQLObjectType)
    assert "Unit: W." in (chip.fields["tdpW"].description or "")


def test_terms_of_the_glossary_explain_enum_values() -> None:
    basis = OURS.type_map["CapacityBasis"]
    assert isinstance(basis, GraphQLEnumType)
    assert "before cooling and losses" in (basis.values["CRITICAL_IT"].description or "")
    assert all(member in choices for choices, members in TERMS.items() for member in members)


def test_every_property_has_a_field_or_stands_in_properties() -> None:
    properties = [(label, name, prop) for label in LABELS for name, prop in properties_of(label).items()]
    owned = [(label, name) for label, name, prop in properties if has_own_field(label, prop)]
    others = [(label, name) for label, name, prop in properties if not has_own_field(label, prop)]
    assert len(owned) > 100
    assert [one for one in owned if _camel(RENAMED.get(one[1], one[1])) not in _fields(one[0])] == []
    assert [one for one in others if one[0] != "Link" and one[1] not in ("caption", "subject_kind")] == []


def _fields(label: str) -> set[str]:
    type_ = OURS.type_map[label]
    assert isinstance(type_, GraphQLObjectType)
    return set(type_.fields)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def test_every_link_type_is_a_value_of_LinkType() -> None:
    type_ = OURS.type_map["LinkType"]
    assert isinstance(type_, GraphQLEnumType)
    assert list(type_.values) == list(LINKS)


ADDED = """
import graph.vocabulary.model as model
from dataclasses import replace

def add(kind, name, given):
    kind.properties[name] = replace(given, name=name)

add(model.Chip, "cores", model.number("Cores.", "cores", filtered=True, ordered=True))
add(model.Site, "owner_note", model.text("A remark."))
add(model.KINDS["SUPPLIES"], "warranty_years", model.number("Warranty.", "years"))
add(model.KINDS["SUPPLIES"], "lead_time_weeks", model.number("Lead time.", "weeks", filtered=True))
from api.schema.build import sdl
from tests.printed_schema import printed_schema
print(sdl())
"""


@pytest.mark.slow
def test_a_new_property_of_the_model_becomes_field_filter_and_order() -> None:
    """In a process of its own, because the schema is made once."""
    ended = subprocess.run([sys.executable, "-c", ADDED], cwd=PROJECT, capture_output=True, text=True, check=True)
    schema = build_schema(ended.stdout)
    have = {
        name: _shape(schema.type_map[name]) for name in ("Chip", "ChipWhere", "ChipOrder", "Site", "Link", "LinkWhere")
    }
    assert "cores: Float" in have["Chip"]
    assert "cores: FloatFilter" in have["ChipWhere"]
    assert "cores: SortDirection" in have["ChipOrder"]
    assert "ownerNote: String" in have["Site"]
    assert {"leadTimeWeeks: Float"} <= have["Link"]
    assert {"leadTimeWeeks: FloatFilter"} <= have["LinkWhere"]
    assert "warrantyYears: Float" not in have["Link"], "it stands in `properties`"
