"""What the pages of sites, chips, deals and debts have in common: one view model, and one template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from api.pages.agreements import AgreementEnd, agreement_table
from api.pages.depth import Disagreement, EvidenceDepth, counted_statements, disagreements, evidence_depth
from api.pages.figure_address import known_address
from api.pages.lead import MAX_KEYS, KeyFigure, LeadPart
from api.pages.observed import ObservedGroup, observed_groups
from api.pages.page import Visit
from api.pages.parties import PartyName
from api.pages.properties import PropertyLine, property_lines
from api.pages.sections import EventLine, LinkSection, depth_picture, event_lines
from graph.vocabulary.model import Row


@dataclass(frozen=True, slots=True)
class EntityPicture:
    """A chart as it stands on a wide page and on a narrow one."""

    id: str
    title: str
    wide: Markup
    narrow: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """Rows that belong to it in one way."""

    title: str
    rows: tuple[PartyName, ...]


@dataclass(frozen=True, slots=True)
class EntityHead:
    """What each kind of entity says of itself: kind, name, a line below it, the lead, up to five figures."""

    over: str
    name: str
    sub: str
    lead: tuple[LeadPart, ...]
    keys: tuple[KeyFigure, ...]
    related: tuple[RelatedRows, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityPart:
    """A part of the page by its anchor, with how much stands in it, and the address of that count."""

    id: str
    title: str
    count: int
    address: str


@dataclass(frozen=True)
class EntityView:
    head: EntityHead
    sections: tuple[LinkSection, ...]
    pictures: tuple[EntityPicture, ...]
    properties: tuple[PropertyLine, ...]
    observations: tuple[ObservedGroup, ...]
    events: tuple[EventLine, ...]
    conflicts: tuple[Disagreement, ...]
    depth: EvidenceDepth
    depth_picture: Markup
    contents: tuple[EntityPart, ...] = field(default=())


def entity_view(
    visit: Visit, head: EntityHead, sections: Sequence[LinkSection], pictures: Iterable[EntityPicture | None]
) -> EntityView:
    """The page of the row of the visit: what its kind shows, with its properties, observations, events and evidence."""
    row = visit.row
    observations = visit.facts.observations_of(row.key)
    named = [line.key for one in sections for line in one.table.lines]
    subjects = [row.key, *named, *(one.key for one in observations)]
    counted = list(counted_statements(visit, subjects))
    depth = evidence_depth(visit, counted)
    properties, groups = property_lines(visit, row), observed_groups(visit, observations)
    events, conflicts = tuple(event_lines(visit)), tuple(disagreements(visit, counted))
    parts = [
        *((one.id, one.title, len(one.table.lines)) for one in sections),
        ("properties", "Every property", len(properties)),
        ("observations", "Figures over time", len(observations)),
        ("events", "Events", len(events)),
        ("conflicts", "Where sources disagree", len(conflicts)),
    ]
    return EntityView(
        head=head,
        sections=tuple(sections),
        pictures=tuple(one for one in pictures if one),
        properties=tuple(properties),
        observations=groups,
        events=events,
        conflicts=conflicts,
        depth=depth,
        depth_picture=depth_picture(depth),
        contents=tuple(_part(visit, *part) for part in parts if part[2]),
    )


def _part(visit: Visit, id: str, title: str, count: int) -> EntityPart:
    what = {"properties": "own_properties"}.get(id, id)
    return EntityPart(id, title, count, known_address(visit.key, what, visit.lens, count))


# ---- sections


def entity_section(
    visit: Visit, id: str, title: str, links: Sequence[Row], *, end: AgreementEnd = AgreementEnd.BOTH, note: str = ""
) -> list[LinkSection]:
    """A section with a table of these links; none where there are none."""
    return [LinkSection(id, title, _HEADS[end], agreement_table(visit, links, end, wide=True), note)] if links else []


def contract_section(visit: Visit, id: str, title: str, links: Sequence[Row], *, note: str = "") -> list[LinkSection]:
    """Contracts for capacity by layer, with the sums of what is firm; none where there are none."""
    table = agreement_table(visit, links, AgreementEnd.BOTH, by_layer=True)
    return [LinkSection(id, title, _HEADS[AgreementEnd.BOTH], table, note)] if links else []


_HEADS = {AgreementEnd.BOTH: "From and to", AgreementEnd.SOURCE: "From", AgreementEnd.TARGET: "To"}


def finish_head(
    over: str, name: str, sub: Iterable[str], lead: Iterable[LeadPart], keys: Iterable[KeyFigure], *related: RelatedRows
) -> EntityHead:
    """The head with the first figures of its keys, and without what is empty."""
    rows = tuple(one for one in related if one.rows)
    return EntityHead(over, name, ", ".join(part for part in sub if part), tuple(lead), tuple(keys)[:MAX_KEYS], rows)
