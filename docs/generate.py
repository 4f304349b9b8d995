"""Writes the pages of docs/ that follow from the code: `python -m docs.generate`. A test holds them in step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from docs import analytics_page, api_page, reliability_page
from graph.comparison.stock import take_stock
from graph.evidence.lens import DEFAULT_LENS
from graph.evidence.log import StatementLog
from graph.evidence.projection import project
from graph.exports.dataset.formats import dataset_formats
from graph.exports.documents.formats import report_formats
from graph.exports.formats import Format, table_formats
from graph.reports.catalog import REPORTS
from graph.reports.report import Lenses, Report
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT, Settings
from graph.vocabulary.model import (
    ENTITIES,
    FIGURE_PARTS,
    KINDS,
    LINKS,
    Kind,
    Link,
    LinkRole,
    Property,
    PropertyRole,
    link_properties,
    link_types,
    property_names,
)
from graph.vocabulary.types import Capacities, Choice, Choices, FigureType, Ref, Refs

HERE = Path(__file__).parent
_HEAD = "<!-- Written by `python -m docs.generate`; do not edit. -->\n"


def vocabulary() -> str:
    """docs/vocabulary.md: every kind, its properties, units and values."""
    parts = [_HEAD, "# Vocabulary\n", "What can be said, of what, in which unit. From `graph/vocabulary/model.py`.\n"]
    parts += ["## Entities\n", *(_kind_section(kind) for kind in ENTITIES.values())]
    parts += ["## Observations and sources\n", _kind_section(KINDS["Observation"]), _kind_section(KINDS["Source"])]
    parts += [
        "## Links\n",
        "Always read from source to target.\n",
        _flows(),
        "### Properties of links\n",
        _shared_table(),
        "### Roles\n",
        "Analytics find link types and properties by their roles and know none by name.\n",
        _link_roles(),
        _property_roles(),
    ]
    parts += [_kind_section(kind, without=_shared()) for kind in LINKS.values()]
    parts += ["## Allowed values\n", *_enums()]
    return "\n".join(parts)


def settings() -> str:
    """docs/settings.md: every setting with its default."""
    rows = [
        f"| `WATTGRAPH_{name.upper()}` | {field.description} | {_default(name, field.default)} |"
        for name, field in Settings.model_fields.items()
    ]
    rows.append(
        "| `WATTGRAPH_CACHE` | Folder that keeps the archives of a local Neo4j server. | `~/.cache/wattgraph` |"
    )
    return "\n".join(
        [
            _HEAD,
            "# Settings\n",
            "All from the environment; options of the command line go before them.\n",
            "| variable | meaning | default |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _default(name: str, value: object) -> str:
    if name == "seeds":
        return "`seeds` of the project, or the facts of the installed package"
    if name == "watch":
        return "the lists that come along, `miners` and `labs`"
    return "none" if value is None else f"`{value}`"


def _kind_section(kind: type[Kind], without: Mapping[str, Property] | None = None) -> str:
    rows = [_row(about) for name, about in kind.properties.items() if not without or name not in without]
    table = ["| property | what | unit | value |", "|---|---|---|---|", *rows] if rows else []
    return "\n".join([f"### {kind.kind_name}\n", f"{kind.__doc__}", f"In `seeds/{kind.seed_file}`.\n", *table, ""])


def _row(about: Property) -> str:
    keys = ", ".join(f"`{key}`" for key in about.keys) if not about.derived else f"`{about.name}` (derived)"
    if isinstance(about.type, FigureType):
        keys = ", ".join(f"`{key}`" for key in about.keys)
    return f"| {keys} | {about.doc}{' On the record.' if about.on_record else ''} | {about.unit} | {_value(about)} |"


def _value(about: Property) -> str:
    match about.type:
        case Choice(choices) | Choices(choices):
            return f"[{choices.__name__}](#{choices.__name__.lower()})"
        case Ref(kinds) | Refs(kinds):
            return " or ".join(kinds)
        case Capacities():
            return "list of `{mw, basis, stage, bound, phase, from}`"
        case _:
            return type(about.type).__name__.removesuffix("Type").lower()


def _shared() -> Mapping[str, Property]:
    return Link.properties


def _shared_table() -> str:
    return "\n".join(
        ["| property | what | unit | value |", "|---|---|---|---|", *(_row(about) for about in _shared().values()), ""]
    )


def _flows() -> str:
    rows = [
        f"| `{name}` | {' or '.join(kind.ends.source)} → {' or '.join(kind.ends.target)} "
        f"| {kind.ends.reads}; {kind.ends.reads_back} | {kind.money_flow.value} | {kind.dependency_flow.value} |"
        for name, kind in LINKS.items()
    ]
    return "\n".join(["| type | joins | reads | money flows | dependency runs |", "|---|---|---|---|---|", *rows, ""])


def _link_roles() -> str:
    rows = [f"| `{role.name}` | {role.value} | {_names(link_types(role), LINKS)} |" for role in LinkRole]
    return "\n".join(["| role of a link type | what it means | link types |", "|---|---|---|", *rows, ""])


def _property_roles() -> str:
    declared = [name for kind in LINKS.values() for name in kind.properties]
    rows = [f"| `{role.name}` | {role.value} | {_names(property_names(role), declared)} |" for role in PropertyRole]
    return "\n".join(["| role of a property | what it means | properties |", "|---|---|---|", *rows, ""])


def _names(names: Collection[str], order: Iterable[str]) -> str:
    """In the order of the model."""
    return ", ".join(f"`{name}`" for name in dict.fromkeys(order) if name in names)


def _enums() -> list[str]:
    found = {}
    kinds = [*KINDS.values()]
    stated = (one for kind in kinds for one in kind.properties.values())
    for about in [*stated, *link_properties().values(), *FIGURE_PARTS.values()]:
        if isinstance(about.type, (Choice, Choices)):
            found[about.type.choices.__name__] = about.type.choices
    return [
        f"### {name}\n\n{(found[name].__doc__ or '').strip()}\n\n{', '.join(f'`{one}`' for one in found[name])}\n"
        for name in sorted(found)
    ]


def api() -> str:
    """docs/api.md: everything that can be asked, and how it is answered."""
    return _HEAD + "\n" + api_page.page()


_REPORTS_HEAD = "<!-- reports: written by `python -m docs.generate`; do not edit. -->\n"
_REPORTS_END = "<!-- end of reports -->\n"


def reports(catalog: Mapping[str, Report] = REPORTS, formats: Mapping[str, Format] | None = None) -> str:
    """docs/reports.md: the list of reports and formats, between two comments of the text."""
    head, _, rest = (HERE / "reports.md").read_text(encoding="utf-8").partition(_REPORTS_HEAD)
    _, _, tail = rest.partition(_REPORTS_END)
    formats = report_formats("") if formats is None else formats
    of_tables = table_formats()
    listing = [
        "",
        "| report | what it shows | takes | formats | command |",
        "|---|---|---|---|---|",
        *map(_report_row, catalog.values()),
        "",
        "Each report has those of these formats that stand beside it, tables of analytics those that say so:",
        "",
        "| format | media type | analytics |",
        "|---|---|---|",
        *(
            f"| `{each.suffix}` | `{each.media_type}` | {'yes' if each.suffix in of_tables else ''} |"
            for each in formats.values()
        ),
        "",
    ]
    return "".join([head, _REPORTS_HEAD, "\n".join([*listing, ""]), _REPORTS_END, tail])


_FORMATS_HEAD = "<!-- formats: written by `python -m docs.generate`; do not edit. -->\n"
_FORMATS_END = "<!-- end of formats -->\n"


def exports() -> str:
    """docs/exports.md: the formats of datasets, and the filters, between two comments of the text."""
    head, _, rest = (HERE / "exports.md").read_text(encoding="utf-8").partition(_FORMATS_HEAD)
    _, _, tail = rest.partition(_FORMATS_END)
    rows = [
        f"| `{one.name}` | {one.doc} | {', '.join(f'`/exports/{file.name}`' for file in one.files)} | {one.readers} |"
        for one in dataset_formats().values()
    ]
    listing = ["", "| format | what | files | read back by |", "|---|---|---|---|", *rows, "", ""]
    return "".join([head, _FORMATS_HEAD, "\n".join(listing), _FORMATS_END, tail])


_COUNTS_HEAD = "<!-- counts: written by `python -m docs.generate`; do not edit. -->\n"
_COUNTS_END = "<!-- end of counts -->\n"


def readme() -> str:
    """README.md: how much the facts hold, between two comments of the text."""
    head, _, rest = (PROJECT / "README.md").read_text(encoding="utf-8").partition(_COUNTS_HEAD)
    _, _, tail = rest.partition(_COUNTS_END)
    return "".join([head, _COUNTS_HEAD, _counts(read_seeds(PROJECT / "seeds")), _COUNTS_END, tail])


def _counts(log: StatementLog) -> str:
    """Counted on the day on which a source was last read, so that the text changes with the facts alone."""
    day = max(source.retrieved for source in log.sources.values() if source.retrieved)
    stock, through = take_stock(log, day), project(log, DEFAULT_LENS.on(day)).data_through
    return (
        f"The facts hold {stock.records:,} records and {stock.statements:,} statements of {stock.sources:,} sources, "
        f"the newest of {through}.\n{stock.shown:,} of the records are shown by default; {stock.estimates:,} are "
        f"estimates{f', {stock.others:,} withdrawn or to come' if stock.others else ''}.\n"
    )


def _report_row(report: Report) -> str:
    inputs = [f"`{parameter.field_name}`" for parameter in report.parameters]
    takes = ", ".join([*inputs, "one lens" if report.lenses is Lenses.ONE else "two lenses"])
    formats = ", ".join(f"`{suffix}`" for suffix in report.formats)
    return f"| `/reports/{report.name}` | {report.summary} | {takes} | {formats} | `wattgraph report {report.name}` |"


PAGES = {
    "vocabulary.md": vocabulary,
    "settings.md": settings,
    "api.md": api,
    "reliability.md": lambda: _HEAD + "\n" + reliability_page.reliability(),
    "reports.md": reports,
    "exports.md": exports,
    "analytics_graphql.md": analytics_page.page,
    "../README.md": readme,
}


def main() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
