"""The files that pages load, by the name under which they are served below `/static/`."""

from __future__ import annotations

from collections.abc import Mapping

from api.http.assets import STATIC, Asset, read_asset
from graph.pictures.metrics import FONT
from graph.pictures.svg import stylesheet


def _sheet(*pictures: str, pages: Asset) -> Asset:
    """One sheet: what pictures as files have too, then the rest."""
    return Asset(stylesheet(*pictures).encode() + pages.content, pages.media_type)


ASSETS: Mapping[str, Asset] = {
    "site/site.css": _sheet("colours", "chart", pages=read_asset(STATIC / "site" / "site.css")),
    "site/page.js": read_asset(STATIC / "site" / "page.js"),
    "site/text.woff2": read_asset(FONT),
    "graph/graph.css": _sheet("network", pages=read_asset(STATIC / "graph" / "page.css")),
    "graph/graph.js": read_asset(STATIC / "graph" / "graph.js"),
    "graph/LICENSES.txt": read_asset(STATIC / "graph" / "LICENSES.txt"),
}
