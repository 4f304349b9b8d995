"""What became of a statement: whether it is shown, says an earlier state, says otherwise, or does not count."""

from __future__ import annotations

import re
from enum import StrEnum

from graph.vocabulary.model import Row

_CRITERION = re.compile(r"(?P<criterion>[a-z ]+): .*; the (?:next|chosen): .*")


class ValueStanding(StrEnum):
    """What became of a value that a source says."""

    SHOWN = "shown"
    EARLIER = "earlier"
    OTHERWISE = "says otherwise"
    NOT_COUNTED = "not counted"

    @property
    def code(self) -> str:
        """What an ID calls it."""
        return self.name.lower()


def standing_of(statement: Row) -> ValueStanding:
    columns = statement.columns
    if columns["chosen"]:
        return ValueStanding.SHOWN
    if not columns["counted"]:
        return ValueStanding.NOT_COUNTED
    return ValueStanding.EARLIER if _is_settled(columns["reason"]) else ValueStanding.OTHERWISE


def _is_settled(reason: str) -> bool:
    """Whether a rival says an earlier state, or leaves a party unnamed that another source names."""
    criterion = deciding_criterion(reason)
    return criterion == "moment" or (criterion == "party" and reason.startswith("party: a placeholder"))


def deciding_criterion(reason: str) -> str:
    """The criterion of the policy that decided; empty where none did."""
    weighed = _CRITERION.fullmatch(reason)
    return weighed["criterion"] if weighed else ""
