"""How far links are supported: by the confidence of the statements that count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.vocabulary.enums import Confidence
from graph.vocabulary.model import Row

CONFIDENCE_ORDER = tuple(Confidence)


def confidence_by_subject(statements: Iterable[Row]) -> Mapping[str, Confidence]:
    """By subject the confidence of its best statement that counts."""
    best: dict[str, Confidence] = {}
    for row in statements:
        if row.columns["counted"]:
            subject, confidence = row.columns["subject"], row["confidence"]
            best[subject] = max(best.get(subject, confidence), confidence, key=CONFIDENCE_ORDER.index)
    return best
