"""`/reports` and `/feeds`: which there are, and in which formats; the files themselves are those of `api/http`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.http.feeds import DAYS, feed_addresses
from api.http.negotiation import JSON, negotiate
from api.http.report_parameters import check_names, parameter_names
from api.http.reports import report_address
from api.pages.frame import HTML, frame_of, page_headers
from api.pages.rendering import render
from graph.publication.watchlists import list_names, read_watch_list
from graph.reports.catalog import REPORTS
from graph.reports.report import Report

METHODS = ["GET", "HEAD"]


def listings_router(watch_lists: Path, reports: Mapping[str, Report] = REPORTS) -> APIRouter:
    """Routes of both lists; that of feeds is what is in the folder at each request."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/reports", _report_list(reports), methods=METHODS)
    router.add_api_route("/feeds", _feed_list(watch_lists), methods=METHODS)
    return router


def _report_list(reports: Mapping[str, Report]) -> Callable[[Request], Response]:
    def listing(request: Request) -> Response:
        if _accepted(request, (HTML, JSON)) == JSON:
            return _json({"reports": list(map(_entry, reports.values()))})
        return _page(request, "reports.html.j2", reports=reports.values(), address=report_address)

    return listing


def _feed_list(folder: Path) -> Callable[[Request], Response]:
    def listing(request: Request) -> Response:
        if _accepted(request, (JSON, HTML)) == JSON:
            return _json({"feeds": [{"name": one, "formats": feed_addresses(one)} for one in list_names(folder)]})
        lists = [read_watch_list(folder, name) for name in list_names(folder)]
        return _page(request, "feeds.html.j2", lists=lists, addresses=feed_addresses, days=DAYS)

    return listing


def _entry(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "summary": report.summary,
        "parameters": parameter_names(report),
        "required": list(report.required_inputs),
        "formats": [
            {"name": format.suffix, "mediaType": format.bare_media_type, "address": report_address(report, format)}
            for format in report.formats.values()
        ],
    }


def _accepted(request: Request, offered: Sequence[str]) -> str:
    """The type that the client accepts, of several the first. Raises BadInput, NotAcceptable."""
    check_names(request.query_params, ())
    return negotiate(",".join(request.headers.getlist("accept")), offered)


def _json(content: Any) -> Response:
    headers = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-cache"}
    return Response(orjson.dumps(content), headers={**headers, "Vary": "Accept"}, media_type=JSON)


def _page(request: Request, template: str, **context: Any) -> Response:
    page = render(template, frame=frame_of(request), visit=None, **context)
    return Response(page, headers=page_headers(), media_type=HTML)
