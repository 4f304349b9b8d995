"""Inputs that many analytics take."""

from __future__ import annotations

from typing import Annotated

from graph.analytics.core.declaration import Parameter
from graph.analytics.core.scope import Flow, Scope, Weight

InScope = Annotated[Scope, Parameter("Which links count. Default: in force, signed or active, firm.")]
OfOrganization = Annotated[str, Parameter("Whose.", key_of="Organization")]
Weighed = Annotated[Weight, Parameter("What a link weighs; megawatts and money need a layer, megawatts a basis too.")]
Flowing = Annotated[Flow, Parameter("Which way an edge points.")]
Along = Annotated[Flow, Parameter("Which way to go along a link.")]
Directed = Annotated[bool, Parameter("Whether directions count.")]
First = Annotated[int, Parameter("At most so many rows.", page_size=True)]
