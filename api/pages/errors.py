"""Errors as a browser shows them; a program gets the JSON of `api/http/errors.py`."""

from __future__ import annotations

import orjson
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.context.auth import BASIC_CHALLENGE
from api.context.errors import NotAcceptable
from api.http.errors import as_problem, error_response
from api.http.guard import ENDPOINT
from api.http.negotiation import JSON, negotiate
from api.pages.frame import HTML, frame_of, page_headers
from api.pages.rendering import render

TITLES = {
    400: "That cannot be asked for",
    401: "This needs a token",
    403: "This is not allowed",
    404: "Not found",
    503: "Not ready",
}
_KEPT = ("allow", "retry-after", "www-authenticate")
"""Headers that a page has from the error."""


def wants_html(request: Request) -> bool:
    """Whether the client weighs HTML above JSON, as browsers do."""
    try:
        return negotiate(",".join(request.headers.getlist("accept")), (JSON, HTML)) == HTML
    except NotAcceptable:
        return False


async def handle_page_error(request: Request, error: Exception) -> Response:
    """The exception handler of errors of the project: HTML for a browser, else JSON."""
    answer = error_response(error)
    if request.url.path == ENDPOINT or not wants_html(request):
        answer.headers["Vary"] = "Accept"
        return answer
    return html_error(request, answer)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """The exception handler of the framework's own errors: an unknown address, a method that is not allowed."""
    return await handle_page_error(request, as_problem(error) if isinstance(error, HTTPException) else error)


def html_error(request: Request, answer: Response) -> Response:
    """The error of `answer`, which is JSON, as a page."""
    message = orjson.loads(answer.body)["errors"][0]["message"]
    title = "Being computed" if "retry-after" in answer.headers else TITLES.get(answer.status_code, "That went wrong")
    page = render("error.html.j2", frame=frame_of(request), visit=None, title=title, message=message)
    kept = {name: value for name, value in answer.headers.items() if name in _KEPT}
    if answer.status_code == 401:
        kept["www-authenticate"] = BASIC_CHALLENGE  # alone: with Bearer beside it Chromium asks nobody
    headers = {**page_headers(), **kept, "Cache-Control": "no-store"}
    return Response(page, answer.status_code, headers, media_type=HTML)
