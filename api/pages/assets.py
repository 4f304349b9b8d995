"""The files that pages load, by the name under which they are served below `/static/`."""

from __future__ import annotations

from collections.abc import Mapping

from api.http.assets import STATIC, Asset, read_asset
from graph.pictures.metrics import FONT
from graph.pictures.svg import stylesheet


def _site_sheet() -> Asset:
    """One sheet: colours and charts, which pictures as files have too, then the rest."""
    pages = read_asset(STATIC / "site" / "site.css")
    return Asset(stylesheet("colours", "chart").encode() + pages.content, pages.media_type)


ASSETS: Mapping[str, Asset] = {
    "site/site.css": _site_sheet(),
    "site/page.js": read_asset(STATIC / "site" / "page.js"),
    "site/text.woff2": read_asset(FONT),
}
