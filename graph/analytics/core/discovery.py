"""What the modules of a package declare: adding an analytic, a report or a format changes one file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


def declared_in(package: ModuleType, name: str) -> Iterator[Any]:
    """The value of `name` in each module of the package that has one, in alphabetical order of the modules."""
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        value = getattr(import_module(module.name), name, None)
        if value is not None:
            yield value
