"""SVG as text: elements with their attributes, escaped, and the two ways in which a picture goes out.

Inside a page a picture has no style of its own: its classes are coloured by the page's sheet, so it follows light, dark
and print. As a file of its own it carries the same rules with their colours, and may carry the font.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from graph.pictures.metrics import FONT, Weight, shorten
from graph.vocabulary.wording import format_days

NAMESPACE = "http://www.w3.org/2000/svg"
STYLES = Path(__file__).resolve().parent / "styles"

Content = str | Markup
Attribute = str | float | None

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""


def element(name: str, *content: Content, **attributes: Attribute) -> Markup:
    """`<name …>content</name>`. Plain strings are escaped; numbers are rounded to a tenth; attributes that are None are
    left out. `class_` is written `class`, an underscore is written as a hyphen (`text_anchor`); `viewBox` stays."""
    written = "".join(
        [f' {_attribute_name(key)}="{_attribute(value)}"' for key, value in attributes.items() if value is not None]
    )
    inner = "".join(map(_text, content))
    tag = f"<{name}{written}>{inner}</{name}>" if content else f"<{name}{written}/>"
    return Markup(tag)  # noqa: S704 (each part is escaped above)


@cache
def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute(value: str | float) -> str:
    return number(value) if isinstance(value, int | float) else _text(str(value))


def _text(value: Content) -> str:
    return value if isinstance(value, Markup) else str(escape(NOT_XML.sub("", value)))


def number(value: float) -> str:
    """A coordinate to a tenth, as short as it can be: a unit of a picture is a pixel."""
    return f"{round(value, 1) + 0:g}" if abs(value) < 1e5 else f"{value:.0f}"


def join(parts: Iterable[Markup]) -> Markup:
    return Markup("".join(parts))  # noqa: S704 (each is escaped; Markup.join would escape and copy each again)


def picture(width: float, height: float, body: Iterable[Markup], title: str, description: str) -> Markup:
    """A chart: its title is its accessible name, its description says where the same figures stand as a table. One with
    links is a group: what an image holds cannot be reached."""
    drawn = join(body)
    return element(
        "svg",
        element("title", format_days(title)),
        element("desc", format_days(description)),
        drawn,
        xmlns=NAMESPACE,
        class_="chart",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="group" if "<a " in drawn else "img",
    )


class AddressedText(str):
    """A text in parts, each with an address or none (None: it is a name, or a text of others); it is as wide as it
    reads."""

    parts: tuple[tuple[str, str | None], ...]

    def __new__(cls, *parts: tuple[str, str | None]) -> AddressedText:
        whole = super().__new__(cls, "".join(text for text, _ in parts))
        whole.parts = parts
        return whole

    @staticmethod
    def joined(texts: Sequence[tuple[str, str | None]], separator: str = ", ") -> AddressedText:
        """Texts with their addresses one after the other; those that are empty are left out."""
        stated = [one for one in texts if one[0]]
        between: list[tuple[str, str | None]] = [(separator, "")] * len(stated)
        return AddressedText(*[part for pair in zip(between, stated, strict=True) for part in pair][1:])


def shortened(content: str, width: float, size: float, weight: Weight = 400) -> str:
    """As `shorten`; what stays of parts with addresses keeps them."""
    whole = shorten(content, width, size, weight)
    if whole is content or not isinstance(content, AddressedText):
        return whole
    room, parts = len(whole) - 1, list[tuple[str, str | None]]()
    for text, address in content.parts:
        parts.append((text[: max(room, 0)], address))
        room -= len(text)
    return AddressedText(*(part for part in parts if part[0]), ("…", ""))


def linked(content: str) -> Markup:
    """A text, with links where its parts have addresses. They stand beyond the order of the tab key: the table beside a
    chart has the same."""
    if not isinstance(content, AddressedText):
        return Markup(_text(content))  # noqa: S704 (escaped)
    return join(_linked(*part) for part in content.parts)


def _linked(content: str, address: str | None) -> Markup:
    if address:
        return element("a", content, href=address, tabindex="-1")
    return Markup(_text(content)) if address == "" else element("tspan", content, class_="name")  # noqa: S704 (escaped)


def text(x: float, y: float, content: str, *classes: str) -> Markup:
    """A line of text that begins at x; the classes `middle` and `end` place it otherwise, on its baseline y."""
    return element("text", linked(content), x=x, y=y, class_=" ".join(classes) or None)


def line(x1: float, y1: float, x2: float, y2: float, *classes: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=" ".join(classes))


def rectangle(x: float, y: float, width: float, height: float, *classes: str) -> Markup:
    return element("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), class_=" ".join(classes))


def circle(x: float, y: float, radius: float, *classes: str) -> Markup:
    return element("circle", cx=x, cy=y, r=radius, class_=" ".join(classes))


# ---- as a file of its own


@cache
def stylesheet(*names: str) -> str:
    """The sheets of those names, one after the other: `colours` (of pages too), `chart`."""
    return "".join((STYLES / f"{name}.css").read_text("utf-8") for name in names)


@cache
def font_face(family: str = "Text") -> str:
    """The font as it lies inside a file: a picture in `<img>` may fetch nothing."""
    data = base64.b64encode(FONT.read_bytes()).decode()
    source = f'url("data:font/woff2;base64,{data}") format("woff2")'
    return f'@font-face{{font-family:"{family}";font-weight:400 700;src:{source}}}'
