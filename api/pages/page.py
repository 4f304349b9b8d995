"""What a page is, and what it is made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from api.http.report_parameters import lens_query
from api.pages.address import Address, Pairs
from api.pages.background import Background
from api.pages.documents import read_document
from api.pages.evidence import Bibliography, Citer
from api.pages.fact_index import FactIndex
from graph.evidence.lens import Lens
from graph.reports.report import Lenses
from graph.stores.base import DataVersion, Reader, Store
from graph.vocabulary.model import Row


@dataclass(frozen=True)
class Visit:
    """A page that somebody asks for: the rows under its lens, and what its address says.

    `key` is that of the entity, empty where the page has none; `parameters` are those of the page itself that the
    address has. `before` holds the rows of the first of two lenses, `gathered` what the page has read from the store
    beside rows. `background` makes what takes long."""

    page: HtmlPage
    facts: FactIndex
    version: DataVersion
    address: Address
    background: Background
    key: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    before: FactIndex | None = None
    gathered: Any = None

    @cached_property
    def citer(self) -> Citer:
        """Gives figures their statements, and numbers the sources of the page."""
        before = {} if self.before is None else self.before.sources
        return Citer(self.facts, self.address, Bibliography({**before, **self.facts.sources}, self.address))

    @property
    def lens(self) -> Lens:
        """The lens, with both dates."""
        return self.facts.lens

    @property
    def row(self) -> Row:
        """The row that the page is about."""
        row = self.facts.row(self.key)
        assert row is not None, "a page of a label is made for a row that its lens shows"  # noqa: S101
        return row


def key_and_lens(visit: Visit) -> dict[str, Any]:
    """The variables of most documents."""
    key = {"key": visit.key} if visit.page.label else {}
    return key | {"lens": lens_variable(visit.address)}


_LISTS = frozenset({"natures", "excludeSources"})
_FLAGS = frozenset({"overlay"})


def lens_variable(address: Address) -> dict[str, Any]:
    """The lens of an address as a `LensInput`: its fields have the names of the parameters."""
    return _lens_input(address.lens)


def lens_fields(lens: Lens) -> dict[str, Any]:
    """A lens as a `LensInput`."""
    return _lens_input(lens_query([lens]))


def _lens_input(pairs: Pairs) -> dict[str, Any]:
    return {name: _lens_value(name, value) for name, value in pairs}


def _lens_value(name: str, value: str) -> Any:
    if name in _LISTS:
        return value.split(",")
    return value == "true" if name in _FLAGS else value


@dataclass(frozen=True)
class PageFile:
    """What a page shows as a file, at its address with a suffix. `policy`: the content security policy of one that a
    browser shows. `download`: a browser stores it."""

    suffix: str
    media_type: str
    write: Callable[[Visit], str | bytes]
    policy: str = "default-src 'none'"
    download: bool = False


PartQuery = Callable[[Visit], tuple[str, Mapping[str, Any]] | None]
"""The document that gives one part of a page, with its variables; None where the page has no such part."""


@dataclass(frozen=True)
class HtmlPage:
    """One entry of the catalogue.

    `view` makes the view model that `template` writes down; `document` is the file of the GraphQL document with the
    same content, `variables` gives its variables. `label`: of a page of one row, its label. `parameters`: names that
    the address may have beside those of the lens. `gather` reads what is more than rows: of a page that compares two
    lenses, what is between them. `navigation`: how the head of every page calls it; empty where it does not lead there.
    `redirect`: the address that a view model leads to instead, empty where it is to be shown. `open_template`: what is
    shown without a token where reading needs one; it has no facts. `lists`: parameters of several values, which a form
    repeats and an address joins by commas. `files`: the same content in other formats. `parts`: documents of what is
    computed, by the name under which a template finds them: each would make the answer of the page wait."""

    path: str
    template: str
    document: str
    view: Callable[[Visit], Any]
    label: str = ""
    parameters: tuple[str, ...] = ()
    lenses: Lenses = Lenses.ONE
    gather: Callable[[Store, Sequence[Reader], Mapping[str, str]], Awaitable[Any]] | None = None
    variables: Callable[[Visit], Mapping[str, Any]] = key_and_lens
    navigation: str = ""
    open_template: str = ""
    redirect: Callable[[Any], str] | None = None
    lists: frozenset[str] = frozenset()
    files: tuple[PageFile, ...] = ()
    parts: Mapping[str, PartQuery] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The text of the document."""
        return read_document(self.document)
