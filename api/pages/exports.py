"""Exports over HTTP: `/exports` lists the formats, `/exports/FILE` is a file of one of them, under any lens, of all
links or of those that the filters of `/links`, or a `LinkWhere` of GraphQL, select."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO, Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.context.errors import NotFound
from api.context.program import program_version
from api.http.authentication import PRIVATE_HEADERS, check_lenses
from api.http.caching import matches_etag
from api.http.negotiation import JSON, negotiate
from api.http.report_parameters import check_names, lens_names, requested_lenses, stable_lens
from api.http.service import service_address
from api.pages.frame import HTML, frame_of, page_headers
from api.pages.link_filters import FILTERS, SELECTING, selection
from api.pages.rendering import render
from api.pages.routes import PageState
from graph.errors import BadInput
from graph.exports.dataset.dataset import Dataset, LinkSelection, written
from graph.exports.dataset.figures import FigureAddresses
from graph.exports.dataset.formats import DatasetFile, dataset_files, dataset_formats
from graph.reports.report import Lenses, open_readers
from graph.stores.base import Reader, Store

METHODS = ["GET", "HEAD"]
FIGURES = "figures"
"""With the addresses of its numbers: `figures=true`."""
PARAMETERS = (*SELECTING, FIGURES, *lens_names(Lenses.ONE))
_CHUNK = 256 * 1024


def exports_router() -> APIRouter:
    """Routes of the listing and of every file. Files are written one at a time: each keeps a core busy."""
    router = APIRouter(include_in_schema=False)
    writing = asyncio.Lock()

    async def serve(request: Request, name: str) -> Response:
        file = dataset_files().get(name)
        if file is None:
            raise NotFound(f"No export {name[:40]!r}.", remedy="/exports lists all of them.")
        check_names(request.query_params, PARAMETERS)
        chosen = selection({one: request.query_params[one] for one in SELECTING if one in request.query_params})
        service = service_address(request) if _with_figures(request) else None
        state: PageState = request.app.state.pages
        store: Store = request.app.state.provider.store
        lenses = requested_lenses(Lenses.ONE, request.query_params)
        private = await check_lenses(request, lenses)
        [reader] = await open_readers(lenses, lambda lens: state.reader(store, lens))
        await chosen.check(reader)
        if service is not None:
            FigureAddresses(reader.lens)  # before anything is written
        parts = (file.name, chosen.query, store.scenarios.digest, repr(service))
        headers = _headers(file, reader, parts) | (PRIVATE_HEADERS if private else {})
        if matches_etag(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            return Response(headers=headers, media_type=file.media_type)
        async with writing:
            content = await _written(reader, file, chosen, service)
        length = {"Content-Length": str(os.fstat(content.fileno()).st_size)}
        return StreamingResponse(_read(content), headers=headers | length, media_type=file.media_type)

    router.add_api_route("/exports", listing, methods=METHODS)
    router.add_api_route("/exports/{name}", serve, methods=METHODS)
    return router


def listing(request: Request) -> Response:
    check_names(request.query_params, ())
    media = negotiate(",".join(request.headers.getlist("accept")), (JSON, HTML))
    formats = dataset_formats().values()
    if media == JSON:
        return Response(orjson.dumps({"formats": list(_entries())}), headers={"Vary": "Accept"}, media_type=JSON)
    page = render("exports.html.j2", frame=frame_of(request), visit=None, formats=formats, filters=FILTERS)
    return Response(page, headers=page_headers(), media_type=HTML)


def _entries() -> Iterator[dict[str, Any]]:
    for one in dataset_formats().values():
        files = [
            {"address": f"/exports/{file.name}", "mediaType": file.media_type.partition(";")[0], "doc": file.doc}
            for file in one.files
        ]
        yield {"name": one.name, "doc": one.doc, "files": files, "parameters": PARAMETERS}


def _with_figures(request: Request) -> bool:
    """Raises BadInput for another value than true or false."""
    text = request.query_params.get(FIGURES, "false")
    if text not in ("true", "false"):
        raise BadInput(f"{FIGURES} is {text[:40]!r}.", remedy="Write true or false.")
    return text == "true"


def _headers(file: DatasetFile, reader: Reader, parts: Iterable[str]) -> dict[str, str]:
    """`parts`: what the content depends on beside the lens and the data."""
    version = reader.version.id
    every = "\n".join((*parts, version, program_version(), *stable_lens(reader.lens)))
    return {
        "ETag": f'"{hashlib.sha256(every.encode()).hexdigest()[:32]}"',
        "Cache-Control": "no-cache",
        "Vary": "Authorization",
        "Wattgraph-Data-Version": version,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Content-Disposition": f'attachment; filename="wattgraph-{version}-{file.name}"',
    }


async def _written(reader: Reader, file: DatasetFile, chosen: LinkSelection, service: str | None) -> IO[bytes]:
    """The whole file, on the disk: nobody gets half of one; with addresses of numbers at a service. Raises StoreBusy,
    BadSettings."""
    content = TemporaryFile()  # noqa: SIM115 (closed by who reads it)

    def write(dataset: Dataset) -> None:
        content.writelines(file.encode(dataset))

    try:
        await written(reader, write, chosen, figures=service is not None, service=service or "")
        await asyncio.to_thread(content.seek, 0)
    except BaseException:
        content.close()
        raise
    return content


async def _read(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while part := await asyncio.to_thread(content.read, _CHUNK):
            yield part
