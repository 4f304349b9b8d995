"""The notes of an answer: what a client could misread in it, in short texts. An answer with notes is not an error."""

from __future__ import annotations

from collections.abc import Iterable

MAX_NOTES = 10
MAX_SUBJECTS = 3
MAX_CHARACTERS = 80
"""Of one subject, which may be a client's own text."""


class Notes:
    """The notes of one request, in the order of their first mention. The same text about many subjects is one note."""

    def __init__(self) -> None:
        self._subjects: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """How many there are, one for each subject."""
        return sum(max(1, len(subjects)) for subjects in self._subjects.values())

    def add(self, text: str, subject: str | None = None) -> None:
        """Add a sentence without its full stop, or one that ends in a question; with a subject, the note ends in
        `: subject`."""
        subjects = self._subjects.setdefault(text, {})
        if subject is not None:
            subjects[subject] = None

    def take(self) -> list[str]:
        """The notes since the last call; beyond the limit, the last one counts those that are left out."""
        notes = [_sentence(f"{text}{_listed(subjects)}") for text, subjects in self._subjects.items()]
        self._subjects.clear()
        if len(notes) <= MAX_NOTES:
            return notes
        shown = MAX_NOTES - 1
        return [*notes[:shown], f"{len(notes) - shown:,} more notes are not shown."]


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _listed(subjects: Iterable[str]) -> str:
    names = [one if len(one) <= MAX_CHARACTERS else f"{one[: MAX_CHARACTERS - 1]}…" for one in subjects]
    if not names:
        return ""
    rest = len(names) - MAX_SUBJECTS
    return f": {', '.join(names[:MAX_SUBJECTS])}{f' and {rest:,} more' if rest > 0 else ''}"
