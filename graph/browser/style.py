"""The style of Neo4j Browser (GraSS): which colour, size, width and caption each label and type has.

Browser applies every rule that matches, in the order of the file, and the last one wins. So the order of the rules is
the precedence: an organization of several kinds has the colour of the first in `KIND_PRECEDENCE`. A label without a
rule of its own gets one at the end from Browser, which then overrides these: every label has a rule.

The width of an arrow follows from its type alone; how many megawatts a contract has shows in its caption, and in the
size of its circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.stores.neo4j.cypher import ENTITY, NAME, VERSION
from graph.stores.neo4j.figures import CAPTION, Size, Standing
from graph.stores.neo4j.mapping import JOURNAL, LINK_ENDS, STORED_LABELS, TOKEN, camel, edge_types
from graph.vocabulary.enums import KIND_PRECEDENCE, OrganizationKind
from graph.vocabulary.model import LABELS, LINKS, LinkRole
from graph.vocabulary.wording import words

INK, PAPER = "#1b1a17", "#ffffff"

ORGANIZATION_FILLS: Mapping[OrganizationKind, str] = {
    OrganizationKind.MINER: "#d0842a",
    OrganizationKind.AI_HOST: "#fbda76",
    OrganizationKind.NEOCLOUD: "#9dbe91",
    OrganizationKind.HYPERSCALER: "#3462e5",
    OrganizationKind.AI_LAB: "#370094",
    OrganizationKind.CHIP_VENDOR: "#3e3a09",
    OrganizationKind.FOUNDRY: "#82d81a",
    OrganizationKind.MEMORY_VENDOR: "#c9f4a5",
    OrganizationKind.SEMICONDUCTOR_EQUIPMENT_VENDOR: "#0a1c00",
    OrganizationKind.SERVER_VENDOR: "#4b95ff",
    OrganizationKind.NETWORK_VENDOR: "#b2ecfe",
    OrganizationKind.POWER_EQUIPMENT_VENDOR: "#deaa63",
    OrganizationKind.UTILITY: "#8b3256",
    OrganizationKind.POWER_PRODUCER: "#e16d61",
    OrganizationKind.GRID_OPERATOR: "#47002e",
    OrganizationKind.FINANCIER: "#fd9cfd",
    OrganizationKind.JOINT_VENTURE: "#855336",
    OrganizationKind.OTHER: "#dbd6d0",
}
"""Apart for all eyes: tests compute how far, also for those who see no red, green or blue."""

STANDING_FILLS: Mapping[Standing, str] = {
    Standing.FIRM: "#12365f",
    Standing.CONDITIONAL: "#b34700",
    Standing.OPTION: "#c24aa8",
    Standing.LETTER: "#c24aa8",
    Standing.UNCONFIRMED: "#5b5d61",
    Standing.REPLACED: "#96918a",
    Standing.LAPSED: "#96918a",
}
"""Of contracts as circles: the colours that commitments have on the pages."""

ENTITY_FILLS = {"Site": "#f5f4ef", "Chip": "#f5f4ef", "Deal": "#f5f4ef", "Debt": "#f5f4ef", "Event": "#f5f4ef"}
EVIDENCE_FILL = "#fff3c9"
"""Of statements, sources and observations."""
OTHER_FILL = "#dcd8ce"

DIAMETERS = {Size.UP_TO_100_MW: 50, Size.UP_TO_300_MW: 65, Size.UP_TO_1000_MW: 85, Size.OVER_1000_MW: 110}
_ORGANIZATION_DIAMETER, _DIAMETER = 64, 50

Rule = Mapping[str, str]


def style_rules() -> Mapping[str, Rule]:
    """The rules by selector, in their order: a later one overrides an earlier one."""
    return dict([*_node_rules(), *_relationship_rules()])


def write_style() -> str:
    """The style as GraSS."""
    return "\n".join(_format_rule(selector, rule) for selector, rule in style_rules().items())


def _format_rule(selector: str, rule: Rule) -> str:
    lines = "".join(f"  {name}: {value};\n" for name, value in rule.items())
    return f"{selector} {{\n{lines}}}\n"


# ---- circles


def _node_rules() -> Iterator[tuple[str, Rule]]:
    yield "node", _circle(OTHER_FILL, _DIAMETER)
    for label in (ENTITY, *STORED_LABELS, VERSION, JOURNAL, TOKEN):
        yield f"node.{label}", _circle(_fill_of_label(label), _DIAMETER, CAPTION if label == "Link" else NAME)
    for kind in reversed(KIND_PRECEDENCE):
        yield f"node.{camel(kind)}", _circle(ORGANIZATION_FILLS[kind], _ORGANIZATION_DIAMETER)
    for standing, fill in STANDING_FILLS.items():
        yield f"node.{standing}", _colours(fill)
    for size, diameter in DIAMETERS.items():
        yield f"node.{size}", {"diameter": f"{diameter}px"}


def _fill_of_label(label: str) -> str:
    evidence = ("Statement", "Source", "Observation")
    return EVIDENCE_FILL if label in evidence else ENTITY_FILLS.get(label, OTHER_FILL)


def _circle(fill: str, diameter: int, caption: str = NAME) -> Rule:
    size = {"diameter": f"{diameter}px", "border-width": "1px", "font-size": "10px", "caption": f"'{{{caption}}}'"}
    return {**size, **_colours(fill)}


def _colours(fill: str) -> Rule:
    return {"color": fill, "border-color": INK, "text-color-internal": text_on(fill)}


def text_on(fill: str) -> str:
    """Ink or paper, whichever is better read on it."""
    return max((INK, PAPER), key=lambda colour: contrast(colour, fill))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, #rrggbb, by WCAG 2.2: 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


# ---- arrows

_INK_2, _INK_3 = "#4e4b44", "#8f8a7e"
_ARROWS: Mapping[LinkRole, tuple[str, int]] = {
    LinkRole.CAPACITY_CONTRACT: ("#12365f", 4),
    LinkRole.GUARANTEE: ("#9a3d00", 3),
    LinkRole.OWNERSHIP: (_INK_3, 2),
    LinkRole.LOAN: ("#9a3d00", 2),
    LinkRole.DELIVERY: (_INK_2, 2),
    LinkRole.CLAIM: ("#9a3d00", 2),
}
"""Colour and width of links by the first of their roles here: what is delivered is dark, what is owed is rust."""


def _relationship_rules() -> Iterator[tuple[str, Rule]]:
    yield "relationship", _arrow(_INK_3, 1, "<type>")
    for link_type, kind in LINKS.items():
        colour, width = next((arrow for role, arrow in _ARROWS.items() if role in kind.roles), (_INK_3, 1))
        yield f"relationship.{link_type}", _arrow(colour, width, f"{{{CAPTION}}}")
    for relation in _relations():
        yield f"relationship.{relation}", _arrow(_INK_3, 1, words(relation))


def _relations() -> Iterator[str]:
    """Types of the relationships that are no links, each once."""
    return iter(dict.fromkeys((*LINK_ENDS, *(one for label in LABELS for one in edge_types(label)))))


def _arrow(colour: str, width: int, caption: str) -> Rule:
    return {
        "color": colour,
        "shaft-width": f"{width}px",
        "font-size": "8px",
        "padding": "3px",
        "text-color-external": INK,
        "text-color-internal": PAPER,
        "caption": f"'{caption}'",
    }
