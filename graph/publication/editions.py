"""What an edition says of itself: under which data version and lens its files were written.

It stands in `datapackage.json`, under the key `wattgraph`: `{"dataVersion": …, "lens": {"validOn": …, "knownOn": …,
"scenario": …}, …}`; whatever else of the lens is not as usual stands beside, each by its name in the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from graph.errors import BadInput
from graph.evidence.lens import DEFAULT_LENS, Certainty, Lens
from graph.vocabulary.enums import Confidence, Nature, Reliability
from graph.vocabulary.values import Json

E = TypeVar("E", bound=StrEnum)
DESCRIPTOR = "datapackage.json"
STAMP = "wattgraph"
"""The key of a descriptor that holds the stamp."""


@dataclass(frozen=True, slots=True)
class EditionStamp:
    """`lens` has both dates."""

    data_version: str
    lens: Lens

    def to_json(self) -> dict[str, Json]:
        return {"dataVersion": self.data_version, "lens": lens_to_json(self.lens)}


def read_edition(folder: Path) -> EditionStamp:
    """The stamp of the edition in a folder; of its descriptor where that is named. Raises BadInput."""
    path = folder / DESCRIPTOR if folder.is_dir() else folder
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))[STAMP]
        return EditionStamp(str(stamp["dataVersion"]), lens_from_json(stamp["lens"]))
    except OSError as error:
        remedy = "Name the folder of an edition (`wattgraph export edition` writes one)."
        raise BadInput(f"{path} cannot be read ({error.strerror}).", remedy=remedy) from None
    except (ValueError, KeyError, TypeError):
        remedy = f"Name a folder whose {DESCRIPTOR} `wattgraph export edition` has written."
        raise BadInput(f"{path} does not say under which lens it was written.", remedy=remedy) from None


# ---- lenses


def _refuse(_: Any) -> bool:
    raise ValueError("private facts are in no edition and in no certificate")


def check_public(lens: Lens, what: str) -> None:
    """Raises BadInput for a lens with private facts, in `what` others are to read."""
    if lens.overlay:
        raise BadInput(f"{what} is for others, and this one would hold private facts.", remedy="Leave out --overlay.")


def _members(choices: type[E]) -> Callable[[Any], frozenset[E]]:
    return lambda names: frozenset(map(choices, names))


_LENS_PARTS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "valid_on": ("validOn", date.fromisoformat),
    "known_on": ("knownOn", date.fromisoformat),
    "scenario": ("scenario", lambda name: None if name is None else str(name)),
    "min_confidence": ("minConfidence", Confidence),
    "min_reliability": ("minReliability", Reliability),
    "natures": ("natures", _members(Nature)),
    "exclude_sources": ("excludeSources", frozenset),
    "certainty": ("certainty", Certainty),
    "overlay": ("overlay", _refuse),
}
"""Name in JSON, which is that of the API, and reader of each field of a lens."""
assert set(_LENS_PARTS) == {one.name for one in fields(Lens)}  # noqa: S101 (a field without a name is lost)
_ALWAYS = ("valid_on", "known_on", "scenario")


def lens_to_json(lens: Lens) -> dict[str, Json]:
    """Dates and scenario always; the rest where it is not as usual."""
    stated = {field: getattr(lens, field) for field in _LENS_PARTS}
    return {
        name: _plain(stated[field])
        for field, (name, _) in _LENS_PARTS.items()
        if field in _ALWAYS or stated[field] != getattr(DEFAULT_LENS, field)
    }


def lens_from_json(stated: Mapping[str, Json]) -> Lens:
    """Raises KeyError for a name that no lens has, ValueError or TypeError for a value that it cannot have."""
    by_name = {name: (field, read) for field, (name, read) in _LENS_PARTS.items()}
    return Lens(**{by_name[name][0]: by_name[name][1](value) for name, value in stated.items()})


def _plain(value: object) -> Json:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, bool):
        return value
    return None if value is None else str(value)
