"""Libraries that are imported at their first use.

`importlib.util.LazyLoader` is no substitute: up to Python 3.11.8 and 3.12.2 a second thread may see the library half
imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyModule:
    """Stands for a module and imports it when its first attribute is read. Any thread may be the first: the import
    lock of Python makes the others wait."""

    def __init__(self, name: str) -> None:
        self._module_name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._module_name), attribute)
        setattr(self, attribute, value)  # so that `__getattr__` runs once for each attribute
        return value


def lazy_import(name: str) -> Any:
    """The module of this dotted name. A library with types is also imported under `TYPE_CHECKING`."""
    return LazyModule(name)
