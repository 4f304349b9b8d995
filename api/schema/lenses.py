"""The lens in GraphQL: the input that selects one, and the type that shows the lens of an answer."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Protocol

import strawberry
from strawberry import ID, UNSET

from api.context.fields import add_fields, field, output_type
from api.context.request_context import LensView, RequestContext
from api.schema.ids import global_id, key_for
from graph.errors import BadLens
from graph.evidence.lens import DEFAULT_NATURES, Certainty, Lens
from graph.vocabulary.enums import Confidence, Nature, Reliability

_NATURES = [nature for nature in Nature if nature in DEFAULT_NATURES]
_DOCS = {
    "valid_on": "The day in the world that the answer describes.",
    "known_on": "The day whose state of knowledge counts.",
    "min_confidence": "Statements of lower confidence do not count.",
    "min_reliability": "Statements of sources of a lower grade do not count.",
    "natures": "Only statements of these natures count.",
    "exclude_sources": "Statements of these sources do not count.",
    "certainty": "CERTAIN leaves out what may not have been known on knownOn or may not hold on validOn.",
    "overlay": "Private facts count beside the public ones.",
    "scenario": "A hypothesis assumed to hold: its statements always count, and take precedence over the facts.",
}


@strawberry.input(description="Which statements count. Fields that are left out or null are as in the default lens.")
class LensInput:
    valid_on: date | None = strawberry.field(default=UNSET, description=f"{_DOCS['valid_on']} Default: today (UTC).")
    known_on: date | None = strawberry.field(
        default=UNSET, description=f"{_DOCS['known_on']} Default: today (UTC). A date in the future is an error."
    )
    min_confidence: Confidence | None = strawberry.field(default=UNSET, description=_DOCS["min_confidence"])
    min_reliability: Reliability | None = strawberry.field(default=UNSET, description=_DOCS["min_reliability"])
    natures: list[Nature] | None = strawberry.field(
        default_factory=lambda: list(_NATURES), description=_DOCS["natures"]
    )
    exclude_sources: list[ID] | None = strawberry.field(default=UNSET, description=_DOCS["exclude_sources"])
    certainty: Certainty | None = strawberry.field(default=Certainty.POSSIBLE, description=_DOCS["certainty"])

    scenario: str | None = strawberry.field(
        default=UNSET,
        description=f"{_DOCS['scenario']} Its id, or the name of a file in seeds/scenarios (without .yaml) that holds "
        "no other.",
    )
    overlay: bool | None = strawberry.field(
        default=False, description=f"{_DOCS['overlay']} Needs a token of scope OVERLAY."
    )

    def to_lens(self) -> Lens:
        """Raises BadLens."""
        return Lens(
            valid_on=self.valid_on or None,
            known_on=self.known_on or None,
            min_confidence=self.min_confidence or None,
            min_reliability=self.min_reliability or None,
            natures=DEFAULT_NATURES if self.natures is None else frozenset(self.natures),
            exclude_sources=frozenset(_source_key(source) for source in self.exclude_sources or ()),
            certainty=self.certainty or Certainty.POSSIBLE,
            scenario=None if self.scenario is UNSET else self.scenario,
            overlay=bool(self.overlay),
        )


def _source_key(source: ID) -> str:
    key = key_for(source, "Source")
    if key is None:
        raise BadLens(f"{source} is not the id of a source.", remedy="Exclude sources by their id or key.")
    return key


class LensObject:
    """The GraphQL type of a graph.evidence.lens.Lens."""


add_fields(
    LensObject,
    [
        field("valid_on", date, attrgetter("valid_on"), _DOCS["valid_on"]),
        field("known_on", date, attrgetter("known_on"), _DOCS["known_on"]),
        field("min_confidence", Confidence | None, attrgetter("min_confidence"), _DOCS["min_confidence"]),
        field("min_reliability", Reliability | None, attrgetter("min_reliability"), _DOCS["min_reliability"]),
        field("certainty", Certainty, attrgetter("certainty"), _DOCS["certainty"]),
        field("scenario", str | None, attrgetter("scenario"), f"{_DOCS['scenario']} Its id."),
        field("overlay", bool, attrgetter("overlay"), _DOCS["overlay"]),
        field(
            "natures",
            list[Nature],
            lambda lens: [nature for nature in Nature if nature in lens.natures],
            _DOCS["natures"],
        ),
        field(
            "exclude_sources",
            list[ID],
            lambda lens: [global_id("Source", key) for key in sorted(lens.exclude_sources)],
            _DOCS["exclude_sources"],
        ),
    ],
)
output_type(LensObject, "Lens", "Which statements count in an answer.")


class UnderLens(Protocol):
    """What root fields are read from."""

    @property
    def context(self) -> RequestContext: ...

    async def view(self) -> LensView:
        """Raises BadLens, StoreError."""
