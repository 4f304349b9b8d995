"""Files of the package that pages load: served by name from memory, revalidated by a hash of what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import Request, Response

from api.http.caching import matches_etag

STATIC = Path(__file__).parents[1] / "static"
REVALIDATED = {"Cache-Control": "no-cache"}
"""File names have no version, so a client revalidates at each request, mostly with 304."""
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Asset:
    content: bytes
    media_type: str

    @cached_property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


def read_asset(path: Path) -> Asset:
    """The file with the media type of its suffix."""
    return Asset(path.read_bytes(), _MEDIA_TYPES[path.suffix])


def serve_asset(request: Request, asset: Asset, headers: Mapping[str, str] = REVALIDATED) -> Response:
    """The asset, or 304 to a client that has it."""
    tagged = {**headers, "ETag": asset.tag}
    if matches_etag(request.headers.get("if-none-match", ""), asset.tag):
        return Response(status_code=304, headers=tagged)
    return Response(asset.content, media_type=asset.media_type, headers=tagged)
