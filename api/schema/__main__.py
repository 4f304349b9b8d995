"""`python -m api.schema` writes the schema to `api/schema.graphql`."""

from __future__ import annotations

from api.schema.build import SDL, sdl

SDL.write_text(sdl(), encoding="utf-8")
