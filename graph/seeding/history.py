"""Seeds as they stood at a revision of git, and the claims that have been deleted since instead of withdrawn."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from graph.errors import BadInput, SeedErrors
from graph.evidence.log import StatementLog
from graph.evidence.statements import Statement
from graph.seeding.reader import read_seeds
from graph.seeding.yaml_records import MAX_FILE_BYTES


def seeds_at(folder: Path, revision: str, max_bytes: int = MAX_FILE_BYTES) -> StatementLog:
    """The facts of `folder` at a revision. Raises BadInput when git does not know it, SeedErrors for problems then."""
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory() as checkout:
        zipfile.ZipFile(io.BytesIO(_git(folder, "archive", "--format=zip", commit, "."))).extractall(checkout)
        return read_seeds(Path(checkout), check_dates=False, max_bytes=max_bytes)


def earlier_seeds(folder: Path, most: int, max_bytes: int = MAX_FILE_BYTES) -> Iterator[tuple[str, StatementLog]]:
    """The facts of the last so many revisions that changed the folder, the newest first, each read when it is wanted;
    none where git has no history of it. Revisions that cannot be read any more are left out."""
    try:
        listed = _git(folder, "log", f"--max-count={most}", "--format=%h of %cs", "--", ".").decode()
    except BadInput:
        return
    for line in listed.splitlines():
        with suppress(SeedErrors, BadInput):
            yield f"revision {line}", seeds_at(folder, line.partition(" ")[0], max_bytes)


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        ended = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise BadInput("git is not installed.", remedy="Install git, or check without --against.") from None
    if ended.returncode:
        reason = ended.stderr.decode(errors="replace").strip()
        raise BadInput(
            f"git cannot show the earlier facts: {reason}.", remedy="Name a revision of the folder's repository."
        )
    return ended.stdout


def deleted_since(old: StatementLog, new: StatementLog) -> list[Statement]:
    """What `old` says and `new` no longer does, not even as withdrawn; reworded notes and grades do not count."""
    current = {_content(statement) for statement in new.statements}
    return [statement for statement in old.statements if _content(statement) not in current]


def _content(statement: Statement) -> tuple[str, str, str, str]:
    return statement.subject, statement.property, statement.text, statement.source
