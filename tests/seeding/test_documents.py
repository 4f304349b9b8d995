"""The hash of a document: what makes no difference to it, and what does.

The wanted text of each case stands beside it: by VISIBLE_TEXT a hash is that of the text without its blanks."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInput
from graph.seeding.documents import hash_document, visible_characters
from graph.vocabulary.enums import HashRule

PLAIN = "The lease of 245 MW\nis worth $7.0 billion – café “Zürich”, final office.\n"
VISIBLE = "Theleaseof245MWisworth$7.0billion–café“Zürich”,finaloffice."
HASH = hashlib.sha256(VISIBLE.encode()).hexdigest()

SAME = {
    "as it is": PLAIN.encode(),
    "line ends of Windows": PLAIN.replace("\n", "\r\n").encode(),
    "line ends of old Macs": PLAIN.replace("\n", "\r").encode(),
    "no end of line at the end": PLAIN.strip().encode(),
    "blanks at the end of lines": PLAIN.replace("\n", "  \t\n").encode(),
    "indented and set apart": f"\n\n    {PLAIN}".replace("\n", "\n\n").encode(),
    "no-break spaces": PLAIN.replace(" ", "\u00a0").encode(),
    "letters decomposed (NFD)": unicodedata.normalize("NFD", PLAIN).encode(),
    "a byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16": PLAIN.encode("utf-16"),
    "text taken from a PDF: pages, ligatures, soft hyphens, other line breaks": (
        "The lease of\n245 MW is worth\n\x0c$7.0 bil\u00adlion – café “Zürich”,\nﬁnal oﬃce.\n\x0c".encode()
    ),
    "a page": (
        b"<!doctype html><html><head><title>A lease</title><style>p {color: red}</style>"
        b"<script>track('245 MW')</script></head><body><p>The <b>lease</b> of&nbsp;245&#160;MW</p>"
        b"<div style='display: none'>Hidden <div>text</div></div><span hidden>more</span>"
        b"<table><tr><td>is worth</td><td>$7.0 billion</td></tr></table>"
        b"<!-- no text -->&ndash; caf&eacute; &ldquo;Z&uuml;rich&rdquo;, final office.</body></html>"
    ),
    "a page of another encoding": (
        '<html><head><meta charset="windows-1252"></head><body>The lease of 245 MW is worth $7.0 billion – café '
        "“Zürich”, final office.</body></html>"
    ).encode("cp1252"),
    "a filing with hidden figures": (
        "<?xml version='1.0'?><html xmlns:ix='x'><body><div style='display:none'><ix:header>2026 245</ix:header></div>"
        "The lease of <ix:nonFraction>245</ix:nonFraction> MW is worth $7.0 billion – café “Zürich”, final office."
        "</body></html>"
    ).encode(),
}


@pytest.mark.parametrize("case", SAME)
def test_what_one_does_not_see_makes_no_difference(case: str) -> None:
    hashed = hash_document(SAME[case])
    assert (hashed.rule, hashed.sha256) == (HashRule.VISIBLE_TEXT, HASH)


@pytest.mark.parametrize(
    ("old", "new"),
    [("245", "246"), ("MW", "mw"), ("$7.0", "$70"), ("–", "-"), ("é", "e"), ("lease", "le-ase"), ("office.", "office")],
)
def test_letters_digits_signs_and_hyphens_make_one(old: str, new: str) -> None:
    assert hash_document(PLAIN.replace(old, new).encode()).sha256 != HASH


@given(st.text(), st.data())
def test_the_rule_leaves_what_it_made_as_it_is_and_sees_no_blanks(text: str, data: st.DataObject) -> None:
    visible = visible_characters(text)
    assert visible_characters(visible) == visible
    at = data.draw(st.integers(0, len(text)))
    blank = data.draw(st.sampled_from([" ", "\n", "\r\n", "\u00a0", "\u200b", "\u00ad", "\ufeff", "\u2028"]))
    assert visible_characters(text[:at] + blank + text[at:]) == visible


PDF = b"%PDF-1.7\n1 0 obj\n"
TABLE = b"PK\x03\x04\x00\x00"


@pytest.mark.parametrize("content", [PDF, TABLE, "caf\u00e9".encode("latin-1")])
def test_what_is_no_text_is_hashed_as_it_is(content: bytes) -> None:
    hashed = hash_document(content)
    assert (hashed.rule, hashed.sha256) == (HashRule.BYTES, hashlib.sha256(content).hexdigest())


def test_a_text_may_be_hashed_as_it_is() -> None:
    wanted = hashlib.sha256(PLAIN.encode()).hexdigest()
    assert hash_document(PLAIN.encode(), HashRule.BYTES).sha256 == wanted != HASH


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PDF, "neither a text in UTF-8 nor a web page. Take its text out (of a PDF with pdftotext)"),
        (b" \n\x0c", "no visible text"),
        (b"<html><script>document.write('text')</script></html>", "no visible text"),
    ],
)
def test_what_has_no_text_has_no_hash_of_it(content: bytes, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        hash_document(content, HashRule.VISIBLE_TEXT)
    assert told in str(caught.value)
