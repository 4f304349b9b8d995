"""`extensions.notes`: what a client could misread in an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from api.context.notes import MAX_CHARACTERS, MAX_NOTES, Notes
from api.schema.build import sdl
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.values import CapacityBasis
from tests.api.conftest import Ask, asking, client_of

STATED = """{ links(where: {type: {eq: PROVIDES_CAPACITY}}, first: 500) { nodes {
  key capacity { mw } statedCapacity { mw basis } capacities { mw basis bound phase }
} } }"""


def test_one_text_about_many_subjects_is_one_note() -> None:
    notes = Notes()
    for subject in ("a", "b", "a", "c", "d", "e"):
        notes.add("Look at these", subject)
    notes.add("And know this")
    assert notes.take() == ["Look at these: a, b, c and 2 more.", "And know this."]
    assert notes.take() == []


def test_notes_stay_short() -> None:
    notes = Notes()
    for number in range(MAX_NOTES + 2):
        notes.add(f"Note {number}", "x" * 1000)
    taken = notes.take()
    assert len(taken) == MAX_NOTES
    assert taken[-1] == "3 more notes are not shown."  # ten places, the last for this one: nine of twelve are shown
    assert taken[0] == f"Note 0: {'x' * (MAX_CHARACTERS - 1)}…."


# ---- megawatts of another basis than the default

CONTRACTS = {
    "it": "capacities: [{mw: 100, basis: CRITICAL_IT}, {mw: 130, basis: GROSS}]",
    "gross": "capacities: [{mw: 130, basis: GROSS}, {mw: 90, basis: UNSTATED}]",
    "unstated": "capacities: [{mw: 90, basis: UNSTATED}]",
    "mixed": "capacities: [{mw: 1, basis: CRITICAL_IT, phase: a}, {mw: 2, basis: CRITICAL_IT, phase: b, bound: UP_TO}]",
    "silent": "value_usd: 5",
}


def contracts(**says: str) -> str:
    return "".join(
        f"- id: {key}\n  type: PROVIDES_CAPACITY\n  from: host\n  to: cloud\n  claims:\n"
        f"    - says: {{service: LEASE, status: SIGNED, announced: '2026-01-10', {stated}}}\n"
        "      sources: [filing]\n      confidence: high\n"
        for key, stated in says.items()
    )


@pytest.fixture
async def ask_contracts(small: Callable[..., Awaitable[EmbeddedStore]]) -> AsyncIterator[Ask]:
    store = await small(links_provides_capacity=contracts(**CONTRACTS))
    async with client_of(store) as client:
        yield asking(client)


async def test_the_stated_capacity_has_its_basis(ask_contracts: Ask) -> None:
    answer = await ask_contracts("{ links { nodes { key capacity { mw } statedCapacity { mw basis } } } }")
    by_key = {node["key"]: (node["capacity"], node["statedCapacity"]) for node in answer["data"]["links"]["nodes"]}
    assert by_key == {
        "it": ({"mw": 100}, {"mw": 100, "basis": "CRITICAL_IT"}),
        "gross": (None, {"mw": 130, "basis": "GROSS"}),
        "unstated": (None, {"mw": 90, "basis": "UNSTATED"}),
        "mixed": (None, None),
        "silent": (None, None),
    }


async def test_a_capacity_that_is_null_although_megawatts_are_stated_is_noted(ask_contracts: Ask) -> None:
    answer = await ask_contracts("{ links { nodes { capacity { mw } } } }")
    assert answer["extensions"]["notes"] == [
        "capacity is null where megawatts are stated on another basis than CRITICAL_IT alone; read statedCapacity: "
        "gross (GROSS, UNSTATED), unstated (UNSTATED).",
        "capacity is null where the phases have different bounds, so that they have no sum; read capacities: mixed.",
    ]


@pytest.mark.parametrize(
    "fields",
    ["statedCapacity { mw }", "capacities { mw }", "capacity(basis: GENERATION) { mw }"],
)
async def test_what_cannot_be_misread_has_no_note(fields: str, ask_contracts: Ask) -> None:
    answer = await ask_contracts(f"{{ links {{ nodes {{ {fields} }} }} }}")
    assert "notes" not in answer["extensions"]


def test_no_order_filter_or_analytic_reads_the_stated_capacity() -> None:
    """It is a field of a link alone; analytics and exports cannot import it (tests/test_structure.py)."""
    assert sdl().count("statedCapacity") == 1


async def test_every_contract_that_states_megawatts_shows_them(ask: Ask) -> None:
    """Over the real facts. A contract whose phases have different bounds has no total, and says so."""
    answer = await ask(STATED)
    links = answer["data"]["links"]["nodes"]
    stated = [link for link in links if link["capacities"]]
    without_default = [link for link in stated if all(one["basis"] != "CRITICAL_IT" for one in link["capacities"])]
    assert without_default, "the facts have contracts on another basis alone"
    assert [link["key"] for link in without_default if link["capacity"] or not link["statedCapacity"]] == []
    for link in stated:
        total = link["statedCapacity"]
        mixed = {(one["basis"], one["bound"]) for one in link["capacities"] if one["phase"]}
        assert total or len(mixed) > 1, link["key"]
        assert not total or total["basis"] == min(
            (one["basis"] for one in link["capacities"]), key=list(CapacityBasis).index
        )
    (note,) = (note for note in answer["extensions"]["notes"] if "another basis" in note)
    shown = 3  # the note names three
    assert note.endswith(f" and {len(without_default) - shown} more.")
