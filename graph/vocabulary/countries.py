"""Names of countries by their codes, from the list of the database of time zones (`iso3166.tab`, public domain)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def _names() -> Mapping[str, str]:
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def country_name(code: str | None) -> str:
    """The English name of an ISO 3166-1 alpha-2 code; the code where the list has none, and nothing without a code."""
    return _names().get(code, code) if code else ""
