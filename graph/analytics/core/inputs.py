"""Inputs that many analytics take."""

from __future__ import annotations

from typing import Annotated, Any

from graph.analytics.core.declaration import Parameter
from graph.analytics.core.scope import Flow, Scope, Weight
from graph.stores.base import Reader
from graph.stores.names import known_organization

InScope = Annotated[Scope, Parameter("Which links count. Default: in force, signed or active, firm.")]
OfOrganization = Annotated[str, Parameter("Whose.", key_of="Organization")]
Weighed = Annotated[Weight, Parameter("What a link weighs; megawatts and money need a layer, megawatts a basis too.")]
Flowing = Annotated[Flow, Parameter("Which way an edge points.")]
Along = Annotated[Flow, Parameter("Which way to go along a link.")]
Directed = Annotated[bool, Parameter("Whether directions count.")]
First = Annotated[int, Parameter("At most so many rows.", page_size=True)]


async def resolve_keys(reader: Reader, parameter: Parameter, value: Any) -> Any:
    """The value of an input, with names of organizations resolved to keys. Raises BadQuery, AmbiguousKey."""
    if value is None or parameter.key_of != "Organization":
        return value
    if parameter.collection is None:
        return (await known_organization(reader, value)).key
    return parameter.collection([(await known_organization(reader, one)).key for one in value])
