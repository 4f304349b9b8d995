"""How reports become text: templates that escape, addresses that may be linked, cells that no spreadsheet runs.

Markdown and HTML come from Jinja2 templates with autoescape and strict undefined names. A page is one file: its style
stands in it and is allowed by hash, scripts and everything from elsewhere are forbidden.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from graph.analytics.core.method import Method
from graph.concurrency.lazy_import import lazy_import
from graph.vocabulary.values import CapacityBasis

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy_import("jinja2")

TEMPLATES = Path(__file__).resolve().parent / "templates"
MEDIA_TYPES: Mapping[str, str] = {
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "html": "text/html; charset=utf-8",
}
"""Media type by the name of a format."""

Cell = str | float | int | None


# ---- numbers and words


def words(code: str | None) -> str:
    """A code of the vocabulary as words: CRITICAL_IT is "critical IT"."""
    return "" if code is None else " ".join(_word(part) for part in code.split("_"))


_ACRONYMS = frozenset({"IT", "AI", "PPA", "ROFO", "ROFR", "MW", "USD"})


def _word(part: str) -> str:
    return part if part in _ACRONYMS else part.lower()


def megawatts_of(basis: str) -> str:
    """Megawatts of a basis, in words."""
    return "megawatts of unstated basis" if basis == CapacityBasis.UNSTATED else f"{words(basis)} megawatts"


def megawatts(mw: float) -> str:
    """At most one decimal, thousands set apart: 1,234.5."""
    return f"{mw:,.1f}".removesuffix(".0")


def dollars(amount: float) -> str:
    """Billions or millions with two decimals at most: 9.7 bn, 500 m; below a million in full."""
    for size, name in ((1e9, "bn"), (1e6, "m")):
        if amount >= size:
            return f"{amount / size:,.2f}".rstrip("0").rstrip(".") + f" {name}"
    return f"{amount:,.0f}"


def bound_sign(bound: str) -> str:
    return {"EXACT": "", "UP_TO": "≤ ", "AT_LEAST": "≥ ", "ABOUT": "≈ "}[bound]


def parameters(method: Method) -> str:
    """The plain parameters of a method, and its size; what its scope was stands beside it in words."""
    plain = (
        (name, value) for name, value in {**method.parameters, **method.size}.items() if not isinstance(value, dict)
    )
    return ", ".join(f"{name} {str(value).lower() if isinstance(value, bool) else value}" for name, value in plain)


def engine(method: Method) -> str:
    return ", ".join(f"{name} {version}" for name, version in method.libraries.items())


# ---- addresses

_LINKABLE = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]+", re.ASCII | re.IGNORECASE)


def linkable(url: str) -> bool:
    """Whether the address may become a link: http or https in plain characters, nothing else."""
    return _LINKABLE.fullmatch(url) is not None


def anchor(key: str) -> Markup:
    """The key as a part of an id that a link can name."""
    return Markup(re.sub(r"[^a-z0-9-]", lambda letter: f"_{ord(letter[0]):x}", key))  # noqa: S704 (letters and digits)


# ---- Markdown

_MARKED = re.compile(r"([\\`*_\[\]<>|~$&])")
_AT_START = re.compile(r"^([-+#=]|\d{1,9}(?=[.)](?:\s|$)))")
"""What would begin a list or a heading."""


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = _MARKED.sub(r"\\\1", re.sub(r"\s+", " ", text))
    return _AT_START.sub(lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", escaped)


def _into_markdown(value: Any) -> Any:
    """Every value of a Markdown template passes here; only what a filter has made Markup is taken as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(escape_markdown(value)) if isinstance(value, str) else value  # noqa: S704 (escaped for Markdown)


def markdown_link(text: str, url: str) -> Markup:
    shown = escape_markdown(text)
    return Markup(f"[{shown}](<{url}>)" if linkable(url) else f"{shown} ({escape_markdown(url)})")  # noqa: S704


# ---- templates


@cache
def _environment(markdown: bool) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_into_markdown if markdown else None,
    )
    made.filters |= {
        "words": words,
        "mw": megawatts,
        "megawatts_of": megawatts_of,
        "usd": dollars,
        "sign": bound_sign,
        "anchor": anchor,
        "md_link": markdown_link,
        "parameters": parameters,
        "engine": engine,
    }
    made.tests["linkable"] = linkable
    return made


def render_template(name: str, **given: Any) -> str:
    """The template of that name; `.md.j2` escapes for Markdown, all others for HTML."""
    return _environment(name.endswith(".md.j2")).get_template(name).render(**given)


# ---- pages


@cache
def style() -> Markup:
    return Markup((TEMPLATES / "report.css").read_text("utf-8"))  # noqa: S704 (our own file)


@cache
def content_security_policy() -> str:
    """What a page may load: its own style, known by hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render_page(name: str, **given: Any) -> str:
    return render_template(name, style=style(), policy=content_security_policy(), **given)


# ---- CSV

_RUNS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet takes a text that begins with one of these for a formula, or for the beginning of one."""


def safe_cell(cell: Cell) -> Cell:
    """Numbers as they are, whole ones without a point; a text that would run gets an apostrophe before it."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_RUNS) else cell
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def render_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    """RFC 4180: texts quoted, numbers bare, missing values empty, lines ended by CR LF. A row may leave columns out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(cell) for name, cell in row.items() if cell is not None})
    return out.getvalue()
