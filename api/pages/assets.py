"""The files that pages load, by the name under which they are served below `/static/`."""

from __future__ import annotations

from collections.abc import Mapping

from api.http.assets import STATIC, Asset, read_asset
from graph.settings import PROJECT

FONT = PROJECT / "graph" / "pictures" / "font"

ASSETS: Mapping[str, Asset] = {
    "site/site.css": read_asset(STATIC / "site" / "site.css"),
    "site/page.js": read_asset(STATIC / "site" / "page.js"),
    "site/text.woff2": read_asset(FONT / "text.woff2"),
}
