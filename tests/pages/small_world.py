"""Pages over the small world of tests/facts.py, with some files of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from api.pages.fact_index import FactIndex
from graph.analytics.core.facts import facts_of
from graph.evidence.projection import project
from tests import facts
from tests.seeds_fixture import reader_of


async def small_index(folder: Path, **files: str) -> FactIndex:
    return FactIndex(await facts_of(reader_of(project(facts.log_of(folder, **files), facts.lens()))))


def hostile_world(name: str) -> Mapping[str, str]:
    """Files in which everything that can be named has this name, or says it."""
    quoted = json.dumps(name)
    return {
        "sources": facts.SOURCES.replace("publisher: Regulator", f"publisher: {quoted}").replace(
            "A filing", "<b>A filing"
        ),
        "organizations": facts.ORGANIZATIONS.replace("Host Corp", quoted).replace("Cloud Inc", quoted),
        "sites": facts.SITES.replace("name: Campus", f"name: {quoted}"),
        "chips": f"- {{id: chip, claims: [{{says: {{name: {quoted}}}, sources: [filing], confidence: high}}]}}",
        "deals": f"- {{id: deal, name: {quoted}, announced: '2026-01-10', summary: {quoted}, sources: [filing]}}",
        "debts": facts.DEBTS.replace("instrument: NOTES", f"instrument: NOTES, use: {quoted}"),
        "events": facts.EVENTS.replace("name: Campus opens", f"name: {quoted}"),
        "observations": facts.OBSERVATIONS,
        "links_provides_capacity": facts.LEASE.replace("site: campus", "site: campus\n  chips: [chip]\n  deal: deal"),
    }


HOSTILE_KEYS: Mapping[str, str] = {
    "Organization": "host",
    "Site": "campus",
    "Link": "lease",
    "Deal": "deal",
    "Chip": "chip",
    "Debt": "notes",
    "Source": "filing",
}
"""A row of each label in it."""
