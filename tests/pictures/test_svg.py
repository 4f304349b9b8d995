from __future__ import annotations

from xml.etree import ElementTree

from markupsafe import Markup

from graph.pictures.svg import NAMESPACE, element, number, picture, text

HOSTILE = "<script>alert(1)</script>\u202e\x00\x1f\ufffe & \"quoted\" 'too'"


def _parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 (our own)


def test_numbers_are_tenths_without_idle_zeros() -> None:
    assert [number(one) for one in (3, 12.34, -0.01, 1234.56, 123456.7)] == ["3", "12.3", "0", "1234.6", "123457"]


def test_attributes_that_are_none_are_left_out() -> None:
    written = element("text", "x", text_anchor="end", class_="k", y=None)
    assert written == Markup('<text text-anchor="end" class="k">x</text>')
    assert element("path", d="M0 0", viewBox="0 0 1 1") == Markup('<path d="M0 0" viewBox="0 0 1 1"/>')


def test_a_hostile_name_is_text_in_a_file_that_any_reader_of_xml_takes() -> None:
    chart = picture(10, 10, [text(0, 0, HOSTILE), element("a", href=HOSTILE)], HOSTILE, HOSTILE)
    parsed = _parse(chart)
    clean = HOSTILE.replace("\x00", "").replace("\x1f", "").replace("\ufffe", "")
    said = [parsed.findtext(f"{{{NAMESPACE}}}{name}") for name in ("title", "desc", "text")]
    assert said == [clean] * 3
    assert parsed.find(f"{{{NAMESPACE}}}a").get("href") == clean  # type: ignore[union-attr]
    assert list(parsed.iter(f"{{{NAMESPACE}}}script")) == []


def test_inside_a_page_a_picture_has_no_style() -> None:
    assert "style" not in picture(10, 10, [], "A title", "What it shows")
