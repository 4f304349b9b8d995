"""The files of a folder of facts: which holds which kind, and every other file there, which is named as a problem.

A kind may stand in several files: beside `links/owns.yaml`, or instead of it, in the folder `links/owns`.

A file that cannot be read, or that bears another name than the one it should have, stands for the kind whose records
are missing because of it: nobody is told that they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from graph.errors import Problem, SeedErrors
from graph.seeding.yaml_records import MAX_FILE_BYTES, RecordFile, read_file
from graph.vocabulary.model import KINDS, Kind, StatementRecord

FILES: Mapping[str, type[Kind]] = {kind.seed_file: kind for kind in KINDS.values() if kind is not StatementRecord}
"""Which file holds which kind. A folder of the same name without `.yaml` may hold more files of it."""
OTHER_FOLDERS = ("queries", "scenarios")
"""Folders among the facts that hold no records."""
YAML = (".yaml", ".yml")
_DOCUMENTS = (".md",)
_LEGAL = ("LICENSE", "NOTICE")
"""What may stand beside the facts, apart from hidden files."""


def read_folder(
    folder: Path, max_bytes: int = MAX_FILE_BYTES, *, remedy: str = "set WATTGRAPH_SEEDS to the folder of the facts"
) -> list[RecordFile]:
    """Every file of the facts, read, none of more than `max_bytes`. Raises SeedErrors where there is none; `remedy` is
    for a folder that is not there."""
    if not folder.is_dir():
        raise SeedErrors([Problem(str(folder), 1, "no such folder", "seeds", remedy)])
    names = [name for name in names_in(folder) if PurePosixPath(name).parts[0] not in OTHER_FOLDERS]
    if not names:
        raise SeedErrors([Problem(str(folder), 1, "no facts", "seeds", "add files such as organizations.yaml")])
    return [_read(folder, name, names, max_bytes) for name in names]


def _read(folder: Path, name: str, names: Iterable[str], max_bytes: int) -> RecordFile:
    of_kind = file_of_kind(name)
    if of_kind is None:
        return _unknown(folder.name, name, names)
    file = read_file(folder / name, f"{folder.name}/{name}", max_bytes)
    file.stands_for = of_kind
    return file


def file_of_kind(name: str) -> str | None:
    """The one of FILES that a file of the folder is, or is a part of; None of any other file."""
    path = PurePosixPath(name)
    part_of = f"{path.parent}.yaml" if path.suffix == ".yaml" else ""
    return next((one for one in (name, part_of) if one in FILES), None)


def names_in(folder: Path) -> list[str]:
    """The files below a folder, by name; without hidden ones and documents."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(path.as_posix() for path in paths if not _is_document(path))


def _is_document(path: Path) -> bool:
    return path.suffix in _DOCUMENTS or path.as_posix() in _LEGAL or any(part.startswith(".") for part in path.parts)


def _unknown(folder: str, name: str, names: Iterable[str]) -> RecordFile:
    nearest = _nearest(name)
    file = RecordFile(f"{folder}/{name}", is_whole=False)
    if nearest is None:
        remedy = f"name it after a kind ({', '.join(sorted(FILES))}), or move it out of the folder"
    elif nearest in names:
        remedy = f"the file that is read is {nearest}; move this one out of the folder"
    else:
        file.stands_for = nearest
        remedy = f"name it {nearest}" if name.endswith(YAML) else f"write it as YAML into {nearest}"
    file.report((), "an unknown file", "in the folder", remedy)
    return file


def _nearest(name: str) -> str | None:
    """The file of a kind that a name is meant for."""
    path = PurePosixPath(name.casefold())
    stem = path.name.split(".", 1)[0]
    by_stem = {PurePosixPath(known).stem: known for known in FILES}
    matches = get_close_matches(stem, by_stem, 1, cutoff=0.8)
    return by_stem[matches[0]] if matches else None


def unread_kinds(files: Iterable[RecordFile]) -> frozenset[str]:
    """Labels of the kinds of which records may be missing, because a file could not be read."""
    return frozenset(FILES[file.stands_for].kind_label for file in files if file.stands_for and not file.is_whole)


def kinds_there(files: Iterable[RecordFile]) -> frozenset[str]:
    """Labels of the kinds that have a file which is not empty."""
    told = (file for file in files if file.stands_for and (file.records or file.problems or not file.is_whole))
    return frozenset(FILES[file.stands_for].kind_label for file in told)
