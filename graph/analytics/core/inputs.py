"""Inputs that many analytics take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from graph.analytics.core.parameters import Parameter
from graph.analytics.core.scope import Flow, Scope, Weight
from graph.stores.base import Reader
from graph.stores.names import ANY_ENTITY, ORGANIZATIONS, Labels, known_entity

InScope = Annotated[Scope, Parameter("Which links count. Default: in force, signed or active, firm.")]
OfOrganization = Annotated[str, Parameter("Whose.", key_of="Organization")]
Weighed = Annotated[Weight, Parameter("What a link weighs; megawatts and money need a layer, megawatts a basis too.")]
Flowing = Annotated[Flow, Parameter("Which way an edge points.")]
Along = Annotated[Flow, Parameter("Which way to go along a link.")]
Directed = Annotated[bool, Parameter("Whether directions count.")]
First = Annotated[int, Parameter("At most so many rows.", page_size=True)]


_LABELS: Mapping[str, Labels] = {"Organization": ORGANIZATIONS, "Entity": ANY_ENTITY}
"""Of the rows that an input may name, by what it declares."""


async def resolve_keys(reader: Reader, parameter: Parameter, value: Any) -> Any:
    """The value of an input, with names resolved to keys; what two names mean alike stands once. Raises BadQuery,
    AmbiguousKey."""
    labels = _LABELS.get(parameter.key_of)
    if value is None or labels is None:
        return value
    if parameter.collection is None:
        return (await known_entity(reader, value, labels)).key
    return parameter.collection(dict.fromkeys([(await known_entity(reader, one, labels)).key for one in value]))
