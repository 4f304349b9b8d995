"""The scope in GraphQL: which links a sum, a ranking or a risk counts."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from api.context.fields import argument
from api.schema.filters import LinkWhere, compile_filter
from api.schema.scalars import enum_of
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.stores.query import EVERYTHING
from graph.vocabulary.enums import Commitment, Layer, LinkStatus
from graph.vocabulary.model import LinkType
from graph.vocabulary.values import CapacityBasis

for _choices in (Layer, LinkStatus, Commitment):
    enum_of(_choices)


@strawberry.input(
    name="Scope",
    description="Which links count; only those in force on validOn. What is left out or null is as by default. Without "
    "a layer or basis, one row for each: they are never added. A link that states no commitment passes FIRM.",
)
class ScopeInput:
    types: list[LinkType] | None = strawberry.field(default=UNSET, description="Only of these types. Default: all.")
    where: LinkWhere | None = strawberry.field(default=UNSET, description="Only links that satisfy this.")
    layer: Layer | None = strawberry.field(
        default=UNSET, description="Only of this layer. Weights in megawatts or money need it."
    )
    basis: CapacityBasis | None = strawberry.field(
        default=UNSET, description="Only with megawatts of this basis. A weight in megawatts needs it."
    )
    status: list[LinkStatus] | None = strawberry.field(
        default_factory=lambda: [status for status in LinkStatus if status in DEFAULT_SCOPE.status],
        description="Only of these statuses.",
    )
    commitment: list[Commitment] | None = strawberry.field(
        default_factory=lambda: [one for one in Commitment if one in DEFAULT_SCOPE.commitment],
        description="Only of these commitments.",
    )


SCOPE = argument("scope", ScopeInput | None, "Which links count. Default: in force, signed or active, firm.")


def scope_of(scope: ScopeInput | None) -> Scope:
    """The scope of an input; the default scope without one. Raises BadQuery for an invalid filter."""
    if not scope:
        return DEFAULT_SCOPE
    return Scope(
        types=frozenset(str(name) for name in scope.types) if scope.types or scope.types == [] else None,
        where=compile_filter(scope.where) if scope.where else EVERYTHING,
        layer=scope.layer or None,
        basis=scope.basis or None,
        status=DEFAULT_SCOPE.status if scope.status is None else frozenset(scope.status),
        commitment=DEFAULT_SCOPE.commitment if scope.commitment is None else frozenset(scope.commitment),
    )
