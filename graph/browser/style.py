"""The style of Neo4j Browser (GraSS): which colour, size, width and caption each label and type has.

Browser applies every rule that matches, in the order of the file, and the last one wins. So the order of the rules is
the precedence: an organization of several kinds has the colour of the first in `KIND_PRECEDENCE`. A label without a
rule of its own gets one at the end from Browser, which then overrides these: every label has a rule.

The width of an arrow follows from its type alone; how many megawatts a contract has shows in its caption, and in the
size of its circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from graph.pictures.svg import stylesheet
from graph.stores.neo4j.cypher import COMMIT_LOCK, ENTITY, NAME, SCHEMA_LOCK, STATE, VERSION
from graph.stores.neo4j.figures import CAPTION, FIRMNESS_LABELS, Size
from graph.stores.neo4j.mapping import JOURNAL, LINK_ENDS, STORED_LABELS, TOKEN, camel, edge_types
from graph.vocabulary.enums import KIND_PRECEDENCE, OrganizationKind
from graph.vocabulary.model import ENTITIES, LABELS, LINKS, LinkRole
from graph.vocabulary.wording import words


@cache
def token(name: str) -> str:
    """A colour of the pages in their light mode, #rrggbb."""
    light, _, _ = stylesheet("colours").partition("@media")
    colours: dict[str, str] = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", light))
    return colours[name]


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

ENTITY_FILL, EVIDENCE_FILL, OTHER_FILL = "wash", "mark", "rule"
"""Tokens of what is no organization; evidence are statements, sources and observations."""
_EVIDENCE = frozenset({"Statement", "Source", "Observation"})

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
    yield "node", _circle(token(OTHER_FILL), _DIAMETER)
    for label in (ENTITY, *STORED_LABELS, STATE, COMMIT_LOCK, SCHEMA_LOCK, VERSION, JOURNAL, TOKEN):
        yield f"node.{label}", _circle(_fill_of_label(label), _DIAMETER, CAPTION if label == "Link" else NAME)
    for kind in reversed(KIND_PRECEDENCE):
        yield f"node.{camel(kind)}", _circle(ORGANIZATION_FILLS[kind], _ORGANIZATION_DIAMETER)
    for size, diameter in DIAMETERS.items():
        yield f"node.{size}", _circle(token(OTHER_FILL), diameter, CAPTION)
    for firmness, label in FIRMNESS_LABELS.items():
        yield f"node.{label}", {"caption": f"'{{{CAPTION}}}'", **_colours(token(firmness.lower()))}


def _fill_of_label(label: str) -> str:
    fill = EVIDENCE_FILL if label in _EVIDENCE else ENTITY_FILL if label in ENTITIES else OTHER_FILL
    return token(fill)


def _circle(fill: str, diameter: int, caption: str = NAME) -> Rule:
    size = {"diameter": f"{diameter}px", "border-width": "1px", "font-size": "10px", "caption": f"'{{{caption}}}'"}
    return {**size, **_colours(fill)}


def _colours(fill: str) -> Rule:
    return {"color": fill, "border-color": token("ink"), "text-color-internal": text_on(fill)}


def text_on(fill: str) -> str:
    """Black or white, whichever is better read on it."""
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, fill))


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

_ARROWS: Mapping[LinkRole, tuple[str, int]] = {
    LinkRole.CAPACITY_CONTRACT: ("firm", 4),
    LinkRole.GUARANTEE: ("warn", 3),
    LinkRole.OWNERSHIP: ("rule-2", 2),
    LinkRole.LOAN: ("warn", 2),
    LinkRole.DELIVERY: ("ink-2", 2),
    LinkRole.CLAIM: ("warn", 2),
}
"""Token and width of links by the first of their roles here: what is delivered is dark, what is owed is rust."""
_PLAIN = ("rule-2", 1)


def _relationship_rules() -> Iterator[tuple[str, Rule]]:
    yield "relationship", _arrow(*_PLAIN, "<type>")
    for link_type, kind in LINKS.items():
        arrow = next((one for role, one in _ARROWS.items() if role in kind.roles), _PLAIN)
        yield f"relationship.{link_type}", _arrow(*arrow, f"{{{CAPTION}}}")
    for relation in _relations():
        yield f"relationship.{relation}", _arrow(*_PLAIN, words(relation))


def _relations() -> Iterator[str]:
    """Types of the relationships that are no links, each once."""
    return iter(dict.fromkeys((*LINK_ENDS, *(one for label in LABELS for one in edge_types(label)))))


def _arrow(colour: str, width: int, caption: str) -> Rule:
    return {
        "color": token(colour),
        "shaft-width": f"{width}px",
        "font-size": "8px",
        "padding": "3px",
        "text-color-external": token("ink"),
        "text-color-internal": token("paper"),
        "caption": f"'{caption}'",
    }
