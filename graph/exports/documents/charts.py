"""The charts of a document as files: SVG that explains itself, and PNG through the extra `png`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from graph.concurrency.lazy_import import lazy_import
from graph.errors import BadSettings
from graph.exports.documents.model import ReportDocument
from graph.exports.standalone import standalone
from graph.pictures.metrics import FOLDER as FONTS
from graph.pictures.printed import FAMILY, printed_svg, standalone_svg

if TYPE_CHECKING:
    import resvg_py
else:
    resvg_py = lazy_import("resvg_py")

WIDTH = 1_760
"""Pixels of a PNG: two for each unit of a chart."""


def svg_files(document: ReportDocument, service: str = "") -> Iterator[tuple[str, bytes]]:
    """The name of each chart and its file, in the colours of paper, with its font; its numbers lead to a `service`."""
    for chart in document.charts:
        picture = standalone(standalone_svg(chart.picture), "svg", service)
        yield f"{document.name}-{chart.name}.svg", f"{picture}\n".encode()


def can_draw_png() -> bool:
    """Whether the extra `png` is installed."""
    return find_spec("resvg_py") is not None


def png_files(document: ReportDocument) -> Iterator[tuple[str, bytes]]:
    """The same as PNG, on white; the same chart gives the same bytes. Raises BadSettings without the extra `png`."""
    if not can_draw_png():
        raise BadSettings("PNG needs a library that is not installed.", remedy="pip install 'wattgraph[png]'.")
    for chart in document.charts:
        drawn = resvg_py.svg_to_bytes(
            svg_string=printed_svg(chart.picture),
            width=WIDTH,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(one) for one in sorted(FONTS.glob("*.ttf"))],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
        yield f"{document.name}-{chart.name}.png", bytes(drawn)
