"""Files of datasets on a disk: whole, or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from graph.errors import BadInput


def write_file(parts: Iterable[bytes], path: Path) -> None:
    """Writes beside the path and takes its place at the end: an interrupted write leaves what was there. Raises
    BadInput, and what making the parts raises."""
    beside = path.with_name(f"{path.name}.part")
    try:
        with _writing_to(path), beside.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        with _writing_to(path):
            beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside, which takes the place of this one where the block ends well. Raises BadInput for one that holds
    something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something already.", remedy="Name a new folder.")
    with _writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield beside
        with _writing_to(folder):
            beside.chmod(0o755)
            beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _writing_to(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).", remedy="Make room, or name another.") from None
