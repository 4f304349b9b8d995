"""The private overlay: a second folder of facts, read like the first and checked against it, layered over it for those
who ask, and never written into it.

Its records may name what the public facts hold, say otherwise of it, and add to it. Which value is chosen follows from
the usual policy: a private statement is one among others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from graph.errors import NoOverlay, OverlayErrors, SeedErrors
from graph.evidence.lens import Lens, today
from graph.evidence.log import StatementLog
from graph.seeding.fact_files import OTHER_FOLDERS, names_in, read_folder
from graph.seeding.reader import read_layer
from graph.seeding.yaml_records import MAX_FILE_BYTES, RecordFile
from graph.vocabulary.values import canonical

SETTING = "WATTGRAPH_OVERLAY"
PRIVATE = "+private."
"""Stands in a data version between that of the public facts and the digest of the private ones."""
_DIGITS = 8


@dataclass
class Overlay:
    """The folder of the overlay, or none. Its files are read once, when they are first needed, and stay as they were
    then."""

    folder: Path | None = None
    max_bytes: int = MAX_FILE_BYTES
    """Of one file."""
    _layered: tuple[str, StatementLog] | None = field(default=None, init=False, repr=False)
    """The facts that were made last, by the version of the public ones."""

    @cached_property
    def files(self) -> Sequence[RecordFile]:
        """Raises NoOverlay, OverlayErrors where there is no such folder."""
        if self.folder is None:
            remedy = f"Set {SETTING} to their folder (docs/overlay.md), or leave `overlay` out of the lens."
            raise NoOverlay("There are no private facts.", remedy=remedy)
        try:
            files = read_folder(self.folder, self.max_bytes, remedy=f"set {SETTING} to the folder of the private facts")
        except SeedErrors as error:
            raise OverlayErrors(error.problems) from None
        return [*files, *_misplaced(self.folder)]

    def check_files(self) -> None:
        """Raises OverlayErrors for files that cannot be read, whatever the public facts are."""
        problems = [problem for file in self.files for problem in file.problems]
        if problems:
            raise OverlayErrors(problems)

    @cached_property
    def digest(self) -> str:
        """A hash of what the files say."""
        content = canonical([[file.name.partition("/")[2], file.records] for file in self.files])
        return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]

    def version_over(self, public: str) -> str:
        """The data version of the public facts with the overlay."""
        return f"{public}{PRIVATE}{self.digest}"

    def facts(self, public: StatementLog, lens: Lens) -> StatementLog:
        """The facts that may count under a lens: the public ones, and the private ones where it asks for them.

        Raises NoOverlay, OverlayErrors for what does not fit the public facts."""
        if not lens.overlay:
            return public
        if self._layered is None or self._layered[0] != public.version:
            self._layered = public.version, self.layered(public, today())
        return self._layered[1]

    def layered(self, public: StatementLog, day: date) -> StatementLog:
        """The public facts with the private ones, `day` being today. What both say is public. Raises as `facts`."""
        added = self.added(public, day)
        own = (one for one in added.statements if one.id not in public.by_id)
        return StatementLog.of([*public.statements, *own], [*added.sources.values(), *public.sources.values()])

    def added(self, public: StatementLog, day: date) -> StatementLog:
        """What the overlay says. Raises as `facts`."""
        return read_layer([replace(file, problems=[*file.problems]) for file in self.files], public, day)


NO_OVERLAY = Overlay()


def _misplaced(folder: Path) -> list[RecordFile]:
    """Files that only the public facts may have beside their records."""
    made = []
    for name in names_in(folder):
        if name.partition("/")[0] in OTHER_FOLDERS:
            file = RecordFile(f"{folder.name}/{name}", is_whole=False)
            file.report((), "a file that no overlay has", "in the folder", "leave it out, or keep it with the facts")
            made.append(file)
    return made
