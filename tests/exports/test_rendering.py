from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from markdown_it import MarkdownIt
from markupsafe import Markup

from graph.analytics.core.exclusions import Excluded, ExclusionReason
from graph.exports.csv import render_csv_rows, safe_cell
from graph.exports.escaping import anchor, escape_markdown, linkable, markdown_link
from graph.exports.templates import content_security_policy, style
from graph.exports.wording import exclusion_sentences, format_cell
from graph.vocabulary.wording import dollars, megawatts, words
from tests.analytics.world import link

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


@pytest.mark.parametrize("start", _RUNS)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_numbers_stay_numbers() -> None:
    assert render_csv_rows(["a", "b", "c", "d"], [{"a": -1.5, "b": 245.0, "c": 0.1, "d": None}]) == (
        '"a","b","c","d"\r\n-1.5,245,0.1,""\r\n'
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (2252.5, "2,252.5"),
        (-54321.75, "-54,321.8"),
        (1234567.8, "1,234,568"),
        (999.96, "1,000"),
        (0.0714286, "0.07143"),
        (9.7e9, "9,700,000,000"),
    ],
)
def test_a_number_keeps_its_fraction_up_to_six_digits(cell: float, shown: str) -> None:
    assert format_cell(cell) == shown


def test_a_link_that_is_left_out_twice_is_counted_once() -> None:
    lease, other = link("lease", "host", "cloud"), link("other", "host", "cloud")
    reason = ExclusionReason.NO_FIGURE
    excluded = [Excluded(lease, reason, "states no megawatts"), Excluded(lease, reason, "states no value")]
    assert list(exclusion_sentences([*excluded, Excluded(other, reason, "states no value")])) == [
        "2 left out: states no figure (lease, other)."
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20), max_size=5))
def test_every_text_comes_back_from_csv_and_none_would_run(texts: list[str]) -> None:
    rows = _read(render_csv_rows(["text"], [{"text": text} for text in texts]))
    assert [row["text"] for row in rows] == [safe_cell(text) for text in texts]
    assert not any(row["text"].startswith(_RUNS) for row in rows)
    assert [row["text"].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in texts]


def test_a_row_with_an_unknown_column_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not in fieldnames"):
        render_csv_rows(["a"], [{"b": 1}])


@pytest.mark.parametrize("url", ["https://example.org/a?b=c&d=(e)#f", "http://example.org"])
def test_web_addresses_may_be_linked(url: str) -> None:
    assert linkable(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " https://example.org",
        "https://example.org/ x",
        "https://example.org/\x00",
        'https://example.org/"onclick="x',
        "https://example.org/<b>",
        "data:text/html,<script>alert(1)</script>",
        "//example.org",
        "file:///etc/passwd",
        "",
    ],
)
def test_other_addresses_are_never_linked(url: str) -> None:
    assert not linkable(url)
    assert "](" not in markdown_link("Title", url)


@pytest.mark.parametrize(
    "text",
    ["*a* _b_ `c`", "[a](https://x.org)", "<script>alert(1)</script>", "a | b", "# a", "1. a", "+ a", "- a", "a\nb",
     "&amp; &lt;", "~~a~~", "\\", "![a](b)", "=", "- ", "$x$"],
)  # fmt: skip
def test_markdown_shows_text_as_it_is(text: str) -> None:
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(escape_markdown(text))
    unescaped = Markup(shown).unescape().removeprefix("<p>").rstrip().removesuffix("</p>")  # noqa: S704
    assert unescaped == " ".join(text.split())


@given(st.text(max_size=30))
def test_markdown_makes_no_element_of_any_text(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"a {escape_markdown(text)} z")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children or ()} <= {"text", "text_special", "softbreak"}


def test_a_page_allows_its_own_style_by_hash_and_nothing_else() -> None:
    assert "unsafe" not in content_security_policy()
    assert content_security_policy().startswith("default-src 'none'; style-src 'sha256-")
    assert Environment(autoescape=True).from_string("{{ style }}").render(style=style()) == str(style())
    assert "url(" not in style()
    assert "@import" not in style()


@pytest.mark.parametrize(("key", "shown"), [("hut8-fluidstack", "hut8-fluidstack"), ('a" b', "a_22_20b")])
def test_an_anchor_has_plain_characters_only(key: str, shown: str) -> None:
    assert anchor(key) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(9.7e9, "9.7 bn"), (12e9, "12 bn"), (5e8, "500 m"), (-2e8, "-200 m"), (950_000, "950,000"), (0, "0")],
)
def test_dollars_are_told_in_billions_and_millions(amount: float, shown: str) -> None:
    assert dollars(amount) == shown


@pytest.mark.parametrize(("mw", "shown"), [(245, "245"), (72.5, "72.5"), (1200, "1,200"), (math.pi, "3.1")])
def test_megawatts_have_one_decimal_at_most(mw: float, shown: str) -> None:
    assert megawatts(mw) == shown


def test_codes_become_words() -> None:
    assert [words(code) for code in ("CRITICAL_IT", "PPA", "AI_LAB", None)] == ["critical IT", "PPA", "AI lab", ""]
