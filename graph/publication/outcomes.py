"""Outcomes: what has become of something that was cited, a figure or a whole answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

MAX_MOVERS = 50
"""Statements that are shown as those that moved a figure."""


class Outcome(StrEnum):
    """What has become of it.

    SAME: it is so today. CHANGED_BY_THE_WORLD: it was right, and the world has moved on. WE_LEARNT_MORE: by what is
    known today it was otherwise even then. DECIDED_OTHERWISE: its statements still count, and another version of the
    policy prefers others. CANNOT_TELL: the facts that are here do not give it under its lens, and nothing in them says
    it."""

    SAME = "SAME"
    CHANGED_BY_THE_WORLD = "CHANGED_BY_THE_WORLD"
    WE_LEARNT_MORE = "WE_LEARNT_MORE"
    DECIDED_OTHERWISE = "DECIDED_OTHERWISE"
    CANNOT_TELL = "CANNOT_TELL"


def outcome_of(cited: Any, *, then: Any, now: Any, learnt: Any, is_said: bool, same_policy: bool) -> Outcome:
    """The outcome of what was cited. `then`: what the facts that are here give under the lens of the citation, `now`
    under that of today, `learnt` of the world of then by what is known today. `is_said`: some statement that counted
    then says what was cited. `same_policy`: the policy is still the one that chose it.

    Facts of then that were entered since are something that we learnt."""
    if now == cited:
        return Outcome.SAME
    if then == cited:
        return Outcome.CHANGED_BY_THE_WORLD if learnt == cited else Outcome.WE_LEARNT_MORE
    if not is_said:
        return Outcome.CANNOT_TELL
    return Outcome.WE_LEARNT_MORE if same_policy else Outcome.DECIDED_OTHERWISE
