"""A group of commands whose modules are imported when a command runs, not when the group lists them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group_from_info
from typer.models import TyperInfo

Table = Mapping[str, tuple[str, str]]
"""Each command by name: the function or Typer that makes it, as `module:attribute`, and its help in one line."""


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name, imported one by one as they are looked up."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._commands: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._commands:
            self._commands[name] = _command(name, self._table[name][0])
        return self._commands[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def _command(name: str, target: str) -> Any:
    module, _, attribute = target.partition(":")
    made = getattr(_import(module), attribute)
    if isinstance(made, typer.Typer):
        group = get_group_from_info(
            TyperInfo(made, name=name), pretty_exceptions_short=True, suggest_commands=True, rich_markup_mode=None
        )
        for command in group.commands.values():
            _refuse_empty_values(command)
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(made)
    return _refuse_empty_values(get_command(app))


def _refuse_empty_values(command: Any) -> Any:
    """The command, for which an empty text is no value: it would be read as none, or as this folder."""
    for parameter in command.params:
        parameter.process_value = partial(_checked_value, parameter, parameter.process_value)
    return command


def _checked_value(parameter: Any, process: Callable[..., Any], ctx: Any, value: Any) -> Any:
    """The value of an option or argument. Raises BadParameter, which names it, for an empty text."""
    if "" in (value if isinstance(value, list | tuple) else (value,)):
        remedy = "leave the option out" if parameter.param_type_name == "option" else "give a value"
        raise typer.BadParameter(f"It is empty; {remedy}.", ctx=ctx, param=parameter)
    return process(ctx, value)


def _import(module: str) -> ModuleType:
    """Imports without the garbage collector: what modules hold stays, so that no search through it finds anything."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def lazy_group(table: Table) -> type[TyperGroup]:
    """A class of groups that holds the commands of a table, in its order."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**{**attributes, "commands": LazyCommands(table)})

        def list_commands(self, ctx: Any) -> list[str]:
            return list(table)

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(name, help_) for name, (_, help_) in table.items()])

    return LazyGroup
