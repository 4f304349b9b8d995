"""`/figures/ID`: what has become of a figure, as a page, as JSON, and as a badge at `/figures/ID.svg`."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fastapi import APIRouter, Request, Response

from api.context.auth import Caller
from api.context.errors import BeingComputed, NotFound, deadline_exceeded
from api.context.limits import Limits
from api.context.program import program_version
from api.context.request_context import RequestContext
from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from api.http.authentication import authenticate
from api.http.caching import matches_etag
from api.http.negotiation import JSON, negotiate
from api.http.report_parameters import check_names, lens_query
from api.pages.address import FOLDERS, with_query
from api.pages.background import BackgroundWorks
from api.pages.documents import read_document
from api.pages.figure_address import NO_ADDRESS, address_of
from api.pages.figure_query import figure_document
from api.pages.frame import HTML, frame_of, page_headers
from api.pages.lead import Phrase, said
from api.pages.rendering import render
from api.pages.show_query import show_document
from api.pages.wording import READ_AS, format_reason
from api.schema.figure_fields import figure_state
from graph.evidence.captions import own_caption
from graph.evidence.lens import Lens
from graph.exports.escaping import linkable
from graph.pictures.badge import BadgeGround, BadgePart, badge
from graph.publication.figures import LivingFigure, UnknownFigure, read_figure, takes_long
from graph.publication.living import FigureState, MovingStatement
from graph.publication.outcomes import Outcome
from graph.publication.values import describe_text
from graph.reports.catalog import FIGURE_TABLES
from graph.settings import Settings
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import Row
from graph.vocabulary.wording import format_day, words

SVG = "image/svg+xml"
METHODS = ["GET", "HEAD"]
PATIENCE = 3.0
"""Seconds for which a request waits for a figure that takes long; for others it waits to its deadline. What is not
there by then goes on being computed."""
RETRY_SECONDS = 15
DOCUMENT = read_document("figure.graphql")
T = TypeVar("T")

router = APIRouter(include_in_schema=False)


@router.api_route("/figures/{address}", methods=METHODS)
async def figure(request: Request, address: str) -> Response:
    """Raises NotFound for what is no figure, BeingComputed, Unauthenticated, NotAcceptable, StoreError."""
    caller = await authenticate(request)
    check_names(request.query_params, ())
    id = address.removesuffix(".svg")
    media = SVG if id != address else negotiate(",".join(request.headers.getlist("accept")), (JSON, HTML))
    try:
        state = await _state(request, caller, id)
    except BeingComputed as problem:
        if media != SVG:
            raise
        headers = {"Cache-Control": "no-store", **problem.headers}
        return Response(_badge_in_waiting(id), headers=headers, media_type=SVG)
    headers = _headers(request, state, media)
    if matches_etag(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if media == SVG:
        return Response(badge_of(state), headers=headers, media_type=SVG)
    if media == JSON:
        return await _json(request, caller, id, headers)
    return Response(_page(request, state), headers=headers, media_type=HTML)


async def _state(request: Request, caller: Caller, id: str) -> FigureState:
    settings: Settings = request.app.state.settings
    works: BackgroundWorks = request.app.state.pages.works
    context = RequestContext(request.app.state.provider, caller, settings.limit_lenses)
    try:
        long = takes_long(read_figure(id, FIGURE_TABLES), FIGURE_TABLES)
        patience = min(PATIENCE, settings.deadline) if long else settings.deadline
        answer = await works.answer_within(patience, ("figure", id), lambda: figure_state(context, id))
        if answer is None:
            raise being_computed()
        return answer.result()
    except UnknownFigure as problem:
        raise NotFound(problem.message, remedy=problem.remedy) from None


def being_computed() -> BeingComputed:
    return BeingComputed(
        "The figure is being computed, under its own lens and under that of today.",
        remedy=f"Ask again in {RETRY_SECONDS} seconds.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


async def _in_time(request: Request, work: Awaitable[T]) -> T:
    seconds: float = request.app.state.settings.deadline
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise deadline_exceeded(seconds) from None


def _headers(request: Request, state: FigureState, media: str) -> dict[str, str]:
    """A badge may stand in pages of others, where reading is public."""
    settings: Settings = request.app.state.settings
    parts = (state.figure.id, media, state.data_version, str(state.today), program_version(), str(settings.graphiql))
    tag = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Vary": "Accept, Authorization"}
    headers["Wattgraph-Data-Version"] = state.data_version
    if media == HTML:
        return page_headers() | headers
    embedded = {"Cross-Origin-Resource-Policy": "cross-origin"} if media == SVG and settings.public_reading else {}
    return headers | embedded


async def _json(request: Request, caller: Caller, id: str, headers: Mapping[str, str]) -> Response:
    provider: StoreProvider = request.app.state.provider
    asked = GraphQLRequest(DOCUMENT, {"id": id})
    limits = Limits.of(request.app.state.settings)
    answer = await _in_time(request, execute_request(provider, asked, limits=limits, caller=caller))
    changed = answer.has_errors or answer.version != headers["Wattgraph-Data-Version"]
    return Response(answer.json, headers={"Cache-Control": "no-store"} if changed else dict(headers), media_type=JSON)


# ---- the page

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SAME: "The same today",
    Outcome.CHANGED_BY_THE_WORLD: "Changed by the world",
    Outcome.WE_LEARNT_MORE: "We learnt more",
    Outcome.DECIDED_OTHERWISE: "Decided otherwise",
    Outcome.CANNOT_TELL: "Cannot tell",
}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A value of the figure with its address, and the lens that gives it; `href` leads to the page of its row under
    that lens, empty where it has none."""

    what: str
    value: str
    address: str
    valid_on: str
    known_on: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class MoverLine:
    """A statement that moved the figure. `url` is empty where the address of its source may be no link."""

    says: str
    of: str
    supports: bool
    why: str
    publisher: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class FigureView:
    heading: str
    sentence: Phrase
    is_same: bool
    cited_on: str
    lines: Sequence[FigureLine]
    movers: Sequence[MoverLine]
    more_movers: int
    compare: str


def _page(request: Request, state: FigureState) -> str:
    frame = frame_of(request)
    address = f"{frame.origin}/figures/{state.figure.id}"
    query = show_document(*figure_document(state.figure), address, graphiql=frame.graphiql)
    view = figure_view(state)
    return render(
        "figure.html.j2", frame=frame, visit=None, view=view, state=state, figure_address=address, query=query
    )


def figure_view(state: FigureState) -> FigureView:
    then, today = state.figure.lens, state.today
    looking_back = replace(then, known_on=today.known_on)
    lines = [
        _line(state, "Cited", state.figure.value, then, linked=False),
        _line(state, "Under its lens, by the facts that are here", state.then, then),
        _line(state, "On its own day, by what is known today", state.learnt, looking_back),
        _line(state, "Today", state.now, today),
    ]
    return FigureView(
        heading=OUTCOMES[state.outcome],
        sentence=_sentence(state),
        is_same=state.outcome is Outcome.SAME,
        cited_on=format_day(then.valid_on),
        lines=lines if state.looks_back and looking_back != today else [*lines[:2], lines[3]],
        movers=[_mover(state, one) for one in state.movers],
        more_movers=state.moved_by - len(state.movers),
        compare=with_query("/compare", lens_query([then, today])),
    )


def _address(state: FigureState, text: str | None, lens: Lens) -> str:
    """The address of the figure with a value under a lens; empty for nothing."""
    return NO_ADDRESS if text is None else address_of(LivingFigure(state.figure.query, lens, text).id)


def _sentence(state: FigureState) -> Phrase:
    """What has become of it, with the addresses of its values."""
    then, today = state.figure.lens, state.today
    values = ((state.learnt, replace(then, known_on=today.known_on)), (state.then, then), (state.now, today))
    addresses = {state.words(text): _address(state, text, lens) for text, lens in values if text is not None}
    addresses[state.cited] = address_of(state.figure.id)
    longest = "|".join(map(re.escape, sorted(addresses, key=len, reverse=True)))
    parts = re.split(rf"(?<![\w.,-])({longest})(?![\w-]|[.,]\w)", state.sentence)
    return tuple(said(part, addresses.get(part, NO_ADDRESS)) for part in parts if part)


def _line(state: FigureState, what: str, text: str | None, lens: Lens, *, linked: bool = True) -> FigureLine:
    folder = FOLDERS.get(state.row.label) if state.row and linked else None
    path = f"/{folder}/{state.row.key}" if state.row and folder else ""
    return FigureLine(
        what=what,
        value=state.words(text),
        address=_address(state, text, lens),
        valid_on=format_day(lens.valid_on),
        known_on=format_day(lens.known_on),
        href=with_query(path, lens_query([lens])) if path else "",
    )


def _mover(state: FigureState, mover: MovingStatement) -> MoverLine:
    source, columns = mover.source, mover.statement.columns
    return MoverLine(
        says=own_caption(mover.statement) or "",
        of="" if state.row else columns["subject"],
        supports=mover.supports,
        why=format_reason(columns["reason"]),
        publisher=source.columns["publisher"] if source else columns["source"],
        url=source.columns["url"] if source and linkable(source.columns["url"]) else "",
        source=_describe_source(source, mover.statement) if source else "",
    )


_STATED_READINGS = (SourceReading.FIRST_HAND, SourceReading.SECOND_HAND)


def _describe_source(source: Row, statement: Row) -> str:
    columns = statement.columns
    parts = [
        format_day(source["published"]) or "no date",
        words(source.columns["kind"]),
        f"reliability {source['reliability'].lower()}",
        f"supports it {READ_AS[columns['confidence']]}",
        f"read {words(source['read'])}" if source["read"] in _STATED_READINGS else "",
        f"at {columns['locator']}" if "locator" in columns else "",
        f"holds from {statement['as_of']}" if statement["as_of"] else "",
    ]
    return ", ".join(part for part in parts if part)


# ---- the badge


def badge_of(state: FigureState) -> str:
    """Its value, its day, and what has become of it; amber where it is not the same."""
    calm = state.outcome is Outcome.SAME
    return badge(
        [
            BadgePart("Wattgraph", BadgeGround.NAME),
            BadgePart(f"{state.cited}, {format_day(state.figure.lens.valid_on)}", BadgeGround.PLAIN),
            BadgePart(_STATES[state.outcome].format(now=state.words(state.now)), _GROUNDS[calm]),
        ],
        f"{state.title}, cited as {state.cited}. {state.sentence}",
    )


def _badge_in_waiting(id: str) -> str:
    figure = read_figure(id, FIGURE_TABLES)
    cited = f"{describe_text(figure.value)}, {format_day(figure.lens.valid_on)}"
    parts = [
        BadgePart("Wattgraph", BadgeGround.NAME),
        BadgePart(cited, BadgeGround.PLAIN),
        BadgePart("… being computed", BadgeGround.PLAIN),
    ]
    return badge(parts, f"{cited}. What has become of it is being computed; look again in a minute.")


_GROUNDS = {True: BadgeGround.CALM, False: BadgeGround.AMBER}
_STATES: Mapping[Outcome, str] = {
    Outcome.SAME: "= the same today",
    Outcome.CHANGED_BY_THE_WORLD: "≠ today {now}",
    Outcome.WE_LEARNT_MORE: "≠ we learnt more: {now}",
    Outcome.DECIDED_OTHERWISE: "≠ decided otherwise: {now}",
    Outcome.CANNOT_TELL: "? the facts do not say so",
}
