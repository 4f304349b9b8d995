"""The scenarios that a lens may name."""

from __future__ import annotations

from strawberry import ID

from api.context.fields import add_fields, field, list_of, output_type
from api.schema.connections import AT_MOST
from api.schema.ids import global_id
from api.schema.lenses import UnderLens
from api.schema.scalars import enum_of
from graph.evidence import scenarios
from graph.evidence.scenarios import ShockModel
from graph.stores.query import MAX_UNPAGED


class PlannedShockObject:
    """The GraphQL type of a graph.evidence.scenarios.PlannedShock."""


add_fields(
    PlannedShockObject,
    [
        field(
            "fail",
            list[ID],
            lambda shock: [global_id("Organization", key) for key in shock.fail],
            "Global ids of the organizations that fail.",
        ),
        field("model", enum_of(ShockModel), lambda shock: shock.model, "How the failure spreads."),
    ],
)
output_type(PlannedShockObject, "PlannedShock", "A failure to ask about once a scenario holds.")


class ScenarioObject:
    """The GraphQL type of a graph.evidence.scenarios.Scenario."""


add_fields(
    ScenarioObject,
    [
        field("name", str, lambda scenario: scenario.key, "Its id, which a lens takes as `scenario`."),
        field("summary", str, lambda scenario: scenario.summary, "What it supposes, in one line."),
        field("file", str, lambda scenario: scenario.file, "The file where it stands."),
        field("shocks", list_of(PlannedShockObject), lambda scenario: scenario.shocks, "The failures to ask about."),
    ],
)
output_type(ScenarioObject, "Scenario", "A hypothesis: links that are other than the facts say, or that are not.")


async def _scenarios(self: UnderLens) -> list[scenarios.Scenario]:
    known = list(self.context.store.scenarios.by_id.values())
    if len(known) > MAX_UNPAGED:
        self.context.mark_truncated()
    return known[:MAX_UNPAGED]


QUERY_FIELDS = (
    field("scenarios", list_of(ScenarioObject), _scenarios, f"The scenarios that a lens may name, by id; {AT_MOST}."),
)
"""Fields of `Query` alone."""
