"""docs/analytics_graphql.md: what each analytic declares, between comments of a text that is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.analytics.catalog import ANALYTICS
from graph.analytics.core.declaration import Analytic, Column, Groups, Record, Section
from graph.analytics.core.parameters import Parameter, camel
from graph.analytics.core.scope import Scope

PAGE = Path(__file__).parent / "analytics_graphql.md"
_SCOPE_OPTIONS = "`--type`, `--layer`, `--basis`, `--status`, `--commitment`"


def page(analytics: Iterable[Analytic] = tuple(ANALYTICS.values())) -> str:
    """The page with the declarations of these analytics, by section."""
    text, every = PAGE.read_text(encoding="utf-8"), list(analytics)
    for section in Section:
        block = "\n".join(line for one in every if one.section is section for line in _analytic(one))
        between = re.compile(rf"(<!-- analytics: {re.escape(section)} -->\n).*?(<!-- end of analytics -->\n)", re.S)
        text, replaced = between.subn(lambda match, block=block: f"{match[1]}\n{block}\n{match[2]}", text)  # type: ignore[misc]
        assert replaced == 1, section  # noqa: S101 (each section has its place on the page)
    return text


def _analytic(analytic: Analytic) -> Iterator[str]:
    yield f"### {analytic.command.replace('-', ' ').capitalize()}\n"
    yield f"{analytic.doc} {_where(analytic)}\n"
    yield from _table(("input", "option", "value", "default", "what"), map(_input, analytic.parameters))
    listed = [column for listing in analytic.tables[:1] for column in listing.columns if not column.deprecated]
    yield from _table(("column", "in tables", "unit", "what"), map(_column, listed))


def _where(analytic: Analytic) -> str:
    fields = [camel(name) for name in analytic.lists] + [camel(analytic.field_name)]
    return f"Field {' and '.join(f'`{name}`' for name in fields)}, command `wattgraph analytics {analytic.command}`."


def _input(parameter: Parameter) -> tuple[str, ...]:
    option = f"`{parameter.option}`" if not parameter.required else f"`{parameter.name.upper()}`"
    if parameter.type is Scope:
        option = _SCOPE_OPTIONS
    return (f"`{parameter.field_name}`", option, _value(parameter), _default(parameter), parameter.description)


def _value(parameter: Parameter) -> str:
    value = f"{parameter.key_of}: key, ticker or name" if parameter.key_of else f"`{parameter.type.__name__}`"
    return f"several: {value}" if parameter.collection else value


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if parameter.type is Scope or parameter.default in (None, ()):
        return ""
    several = parameter.default if parameter.collection else (parameter.default,)
    shown = ", ".join(f"`{str(one).lower() if isinstance(one, bool) else one}`" for one in several)
    return f"{shown}; in GraphQL required" if parameter.required_by_api else shown


def _column(column: Column) -> tuple[str, ...]:
    unit = column.unit if isinstance(column.unit, str) else "of the measure"
    return (f"`{camel(column.name)}`" if column.api else "", _header(column), unit, column.doc)


def _header(column: Column) -> str:
    if column.header == "":
        return ""
    if isinstance(column.header, tuple):
        return ", ".join(f"`{name}`" for name in column.header)
    if isinstance(column.type, Record):
        return ", ".join(map(_header, column.type.columns))
    return "one for each group" if column.type is Groups else f"`{column.header or column.name}`"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
