"""The GraphQL type of a data version."""

from __future__ import annotations

import strawberry


@strawberry.type(name="DataVersion", description="One state of the data.")
class DataVersionObject:
    """The GraphQL type of a stores.base.DataVersion."""

    id: str = strawberry.field(description="A hash of all that answers depend on.")
    recorded_at: str = strawberry.field(description="When it was recorded, ISO 8601 in UTC.")
    statements: int = strawberry.field(description="How many statements it holds.")
    reason: str = strawberry.field(description="What caused it.")
