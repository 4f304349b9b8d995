"""Exclusions: why a link in scope is not included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from graph.analytics.core.scope import Flow, Scope, flow_direction, link_kind
from graph.analytics.core.snapshot import Snapshot
from graph.vocabulary.enums import Commitment
from graph.vocabulary.model import TYPE_COLUMN, FlowDirection, Row


class ExclusionReason(StrEnum):
    """Why a link in scope is not included."""

    NOT_TWO_ORGANIZATIONS = "does not join two organizations"
    PLACEHOLDER = "a party is not named (placeholder)"
    NOT_IN_FORCE = "not in force"
    REPLACED = "another contract has taken its place"
    STATUS = "status out of scope"
    COMMITMENT = "commitment out of scope"
    NO_FLOW = "nothing flows along it"
    NO_LAYER = "its layer is unknown"
    NO_FIGURE = "states no figure"
    CURRENCY = "stated in another currency"
    MIXED_BOUNDS = "its phases have no sum"
    NO_PART = "it is not said for whom how much"
    NO_START = "nobody says when its service begins"
    NO_CLAIM = "nothing is owed by it"


UNMEASURED = frozenset({ExclusionReason.NO_FIGURE, ExclusionReason.CURRENCY, ExclusionReason.MIXED_BOUNDS})
"""Reasons for which a link is a relationship without an amount that could be added."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A link in scope that is not included, with its `Exclusion`."""

    link: Row
    reason: ExclusionReason
    because: str


class Exclusion(NamedTuple):
    """Why a link is not included; `because` is a sentence without its full stop."""

    reason: ExclusionReason
    because: str


def exclusion_of_kind(kind: Row, scope: Scope, flow: Flow, day: date | None) -> Exclusion | None:
    """The first reason that excludes every link of a kind on a day, independent of the parties; None: no reason."""
    columns = kind.columns
    if not columns.get("in_force"):
        return Exclusion(ExclusionReason.NOT_IN_FORCE, f"not in force on {day}{_status_note(kind)}")
    if (columns.get("commitment") or Commitment.FIRM) not in scope.commitment:
        return Exclusion(
            ExclusionReason.COMMITMENT, f"commitment {kind['commitment'] or 'unstated, which counts as FIRM'}"
        )
    status = columns.get("status")
    if status not in scope.status:
        return Exclusion(ExclusionReason.STATUS, f"status {status}" if status else "states no status")
    if flow_direction(columns[TYPE_COLUMN], flow) is FlowDirection.NONE:
        return Exclusion(ExclusionReason.NO_FLOW, f"no {flow.lower()} flows along {columns[TYPE_COLUMN]}")
    if scope.layer is not None and kind["layer"] is not scope.layer:
        return Exclusion(
            ExclusionReason.NO_LAYER, f"states no {link_kind(kind).layer_property}, so its layer is unknown"
        )
    return None


def _status_note(link: Row) -> str:
    return f" ({link['status']})" if link["status"] else ""


class Parties(StrEnum):
    """What the ends of an included link have to be. Wherever amounts are added, unnamed parties count."""

    ANY = "ANY"
    NAMED = "NAMED"
    ORGANIZATIONS = "ORGANIZATIONS"
    """Two different ones, both named."""
    NAMED_OR_NOT = "NAMED_OR_NOT"
    """Two different organizations, named or not."""


_BOTH_ORGANIZATIONS = frozenset({Parties.ORGANIZATIONS, Parties.NAMED_OR_NOT})
_BOTH_NAMED = frozenset({Parties.ORGANIZATIONS, Parties.NAMED})


def exclusion_of_parties(link: Row, snapshot: Snapshot, parties: Parties) -> Exclusion | None:
    """The first reason why the ends of a link exclude it."""
    ends = [link.columns["from"], link.columns["to"]]
    if parties in _BOTH_ORGANIZATIONS and (ends[0] == ends[1] or not snapshot.organizations.keys() >= {*ends}):
        others = [snapshot.entities.get(end) for end in ends]
        labels = sorted({row.label.lower() for row in others if row is not None and row.label != "Organization"})
        because = f"one end is a {labels[0]}, not an organization" if labels else "its ends are not two organizations"
        return Exclusion(ExclusionReason.NOT_TWO_ORGANIZATIONS, because)
    unnamed = next((end for end in ends if end in snapshot.placeholders), None)
    if parties not in _BOTH_NAMED or unnamed is None:
        return None
    return Exclusion(ExclusionReason.PLACEHOLDER, f"{snapshot.entities[unnamed]['name']} is a placeholder")
