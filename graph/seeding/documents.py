"""The hash of a document that was read, by which a copy at hand is known again.

By VISIBLE_TEXT it covers the characters that one reads, in their order: the text of a page without its markup and what
a browser hides, decomposed and composed again (NFKC), and without white space, control and invisible characters. So a
saved page, the text copied from it, and the text that a program takes from the same PDF have one hash, whatever their
line ends, line breaks, blanks, ligatures and composed letters; letters, digits, signs, capitals and hyphens count.

By BYTES it covers the file as it is. That is the rule for a PDF, a table, an archive: the text of a PDF depends on the
program that takes it out, so whoever has only that hashes it as the text it is.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

from graph.errors import BadInput
from graph.vocabulary.enums import HashRule

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 2_000
"""Characters at the beginning of a page in which it says what it is."""
_IS_PAGE = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([a-zA-Z0-9_-]+)""")
_UNSEEN = frozenset({"script", "style", "template", "title", "noscript", "ix:header"})
"""Elements of a page whose text no reader sees; `ix:header` holds the hidden figures of filings."""
_MAY_BE_HIDDEN = frozenset({"div", "span"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DocumentHash:
    rule: HashRule
    sha256: str


def hash_document(content: bytes, rule: HashRule | None = None) -> DocumentHash:
    """The hash of a file's content; without a rule by the one that suits it.

    Raises BadInput for VISIBLE_TEXT of what is no text or page, or holds none."""
    text = None if rule is HashRule.BYTES else _decoded(content)
    if rule is None:
        rule = HashRule.BYTES if text is None else HashRule.VISIBLE_TEXT
    hashed = content if rule is HashRule.BYTES else _visible(text).encode()
    return DocumentHash(rule, hashlib.sha256(hashed).hexdigest())


def visible_characters(text: str) -> str:
    """What VISIBLE_TEXT leaves of a text."""
    # decomposed first: some characters are a space and a mark
    seen = (one for one in unicodedata.normalize("NFKD", text) if not _is_unseen(one))
    return unicodedata.normalize("NFKC", "".join(seen))


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cc", "Cf")


def _visible(text: str | None) -> str:
    if text is None:
        raise BadInput(
            "That is neither a text in UTF-8 nor a web page.",
            remedy="Take its text out (of a PDF with pdftotext) and give that, or hash its bytes.",
        )
    visible = visible_characters(_text_of_page(text) if _IS_PAGE.search(text[:_HEAD]) else text)
    if not visible:
        raise BadInput("There is no visible text in it.", remedy="Save the page as text, or hash its bytes.")
    return visible


def _decoded(content: bytes) -> str | None:
    """The text that the bytes hold: UTF-8, UTF-16 that says so, or what a page says; None where they hold none."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if encoding is None and (b"\0" in content or content.startswith(b"%PDF-")):
        return None
    told = _CHARSET.search(content[:_HEAD])
    for name in [encoding] if encoding else ["utf-8", *([told[1].decode()] if told else [])]:
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _text_of_page(page: str) -> str:
    parser = _PageText()
    parser.feed(page)
    parser.close()
    return "".join(parser.parts)


class _PageText(HTMLParser):
    """The text of a page that is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._within = ""
        """The element that is not seen, and how deep the page is in elements of its name."""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._within == tag or (not self._within and _is_hidden(tag, dict(attrs))):
            self._within = tag
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._within == tag:
            self._depth -= 1
            self._within = tag if self._depth else ""

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.parts.append(data)


def _is_hidden(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag in _UNSEEN:
        return True
    style = attributes.get("style") or ""
    return tag in _MAY_BE_HIDDEN and ("hidden" in attributes or bool(_HIDDEN_STYLE.search(style)))
