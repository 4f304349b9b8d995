"""Why a plan does not answer. In both cases the reference executor answers instead."""

from __future__ import annotations


class NotCovered(Exception):
    """The document selects something that no plan reads; known before anything runs."""


class PlanAbandoned(Exception):
    """The answer has an error in it, or notes in an order that only the reference executor knows."""
