"""The chain of the journal: no entry can be altered, removed, put in or moved without being found."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graph.audit import journal
from graph.audit.journal import (
    EMPTY_HEAD,
    Action,
    Effect,
    Entry,
    Head,
    WriteRequest,
    action_of,
    chain_entry,
    check_repeat,
    columns_of,
    digest_of,
    effect_of,
    entry_for,
    entry_of,
    verify,
)
from graph.errors import ImportKeyReused, StoreDamaged
from graph.evidence.log import StatementLog
from graph.vocabulary.enums import Confidence
from tests.budgets import cases
from tests.facts import log_of

DAY = date(2026, 11, 23)


def chain(length: int = 12) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, length + 1):
        request = WriteRequest(Action.ADD, "desk", f"note {number}", f"key-{number}", f"digest-{number}")
        effect = Effect(added=number, unchanged=1, retracted=0, subjects=("Organization:host", f"Link:{number}"))
        head = entries[-1].head if entries else EMPTY_HEAD
        at = f"2026-11-23T10:00:{number:02}+00:00"
        entries.append(entry_for(request, effect, at=at, version=f"v{number}", statements=number, head=head))
    return entries


def _other(value: Any, chance: Random) -> Any:
    """Another value of the same sort."""
    match value:
        case bool():
            found = [not value]
        case int():
            found = [value - 1, value + 1, value + 7]
        case tuple():
            found = [value[1:], (*value, "Site:campus"), tuple(reversed(value))]
        case Action():
            found = list(Action)
        case _:
            found = [f"{value} ", value[1:], "", value.swapcase()]
    return chance.choice([one for one in found if one != value])


def _damaged(entries: list[Entry], chance: Random) -> tuple[list[Entry], int]:
    """The entries with one thing done to them, and the number from which on they cannot be trusted."""
    place = chance.randrange(len(entries))
    match chance.choice(["edit", "edit", "edit", "delete", "insert", "swap"]):
        case "edit":
            name = chance.choice([one.name for one in fields(Entry)])
            edited = replace(entries[place], **{name: _other(getattr(entries[place], name), chance)})
            return [*entries[:place], edited, *entries[place + 1 :]], place + 1
        case "delete":
            return [*entries[:place], *entries[place + 1 :]], place + 1
        case "insert":
            forged = chain_entry(
                replace(entries[place], reason="forged"), entries[place - 1].head if place else EMPTY_HEAD
            )
            return [*entries[:place], forged, *entries[place:]], place + 2
        case _:
            other = (place + 1) % len(entries)
            moved = list(entries)
            moved[place], moved[other] = moved[other], moved[place]
            return moved, min(place, other) + 1


@pytest.mark.audited
def test_random_edits_are_found_with_the_number_of_the_first() -> None:
    entries, chance = chain(), Random(3)
    for _ in range(cases(200, 10_000)):
        damaged, number = _damaged(entries, chance)
        with pytest.raises(StoreDamaged, match=rf"from entry {number} on"):
            verify(damaged, entries[-1].head)


def test_an_entry_that_was_sealed_anew_breaks_the_one_after_it() -> None:
    """Whoever alters an entry and its hash has to alter all that follow, and then the head."""
    entries = chain(4)
    entries[1] = chain_entry(replace(entries[1], actor="nobody"), entries[0].head)
    with pytest.raises(StoreDamaged, match="from entry 3 on"):
        verify(entries)


def test_a_chain_that_was_forged_to_its_end_does_not_fit_the_head() -> None:
    entries = chain(3)
    head = entries[-1].head
    entries[2] = chain_entry(replace(entries[2], actor="nobody"), entries[1].head)
    assert verify(entries) == entries[2].head
    with pytest.raises(StoreDamaged, match="from entry 3 on"):
        verify(entries, head)


def test_a_missing_end_is_found_by_the_head() -> None:
    entries = chain(5)
    assert verify(entries[:3]) == entries[2].head
    with pytest.raises(StoreDamaged, match="from entry 4 on"):
        verify(entries[:3], entries[-1].head)


def test_an_untouched_chain_leads_to_its_head() -> None:
    entries = chain()
    assert verify(entries, entries[-1].head) == Head(12, entries[-1].hash)
    assert verify([], EMPTY_HEAD) == EMPTY_HEAD


def test_a_page_of_entries_is_verified_from_where_it_starts() -> None:
    entries = chain()
    assert verify(entries[5:], start=entries[4].head) == entries[-1].head


def test_an_entry_reads_back_from_its_columns() -> None:
    for entry in (*chain(1), chain_entry(Entry("2026-11-23", "v", 0, Action.REFUSED), EMPTY_HEAD)):
        assert entry_of(columns_of(entry)) == entry


# ---- what was asked, and what came of it


def test_a_digest_tells_statements_sources_and_retractions_apart(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    less = StatementLog(log.statements[1:], log.sources)
    other = StatementLog(log.statements, {**log.sources, "news": replace(log.sources["news"], title="Other")})
    digests = {digest_of(log, ()), digest_of(less, ()), digest_of(other, ()), digest_of(log, ["a"])}
    assert len(digests) == 4
    assert digest_of(log, ["a", "b"]) == digest_of(log, ["b", "a"])


def test_a_second_try_on_another_day_asks_for_the_same(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    later = StatementLog(
        tuple(one.but(known_latest=date(2026, 11, 30)) for one in log.statements),
        {key: replace(one, retrieved=date(2026, 11, 30)) for key, one in log.sources.items()},
    )
    assert digest_of(later, ()) == digest_of(log, ())


def test_a_key_belongs_to_one_content() -> None:
    (first,) = chain(1)
    check_repeat(first, WriteRequest(Action.ADD, "somebody else", "again", "key-1", "digest-1"))
    with pytest.raises(ImportKeyReused) as caught:
        check_repeat(first, WriteRequest(Action.ADD, "desk", "note 1", "key-1", "another"))
    assert caught.value.code == "IMPORT_KEY_REUSED"


def test_what_only_retracts_is_a_retraction(tmp_path: Path) -> None:
    nothing, log = StatementLog.of([], []), log_of(tmp_path)
    assert [action_of(nothing, ["a"]), action_of(log, ["a"]), action_of(nothing, ())] == [
        Action.RETRACT,
        Action.ADD,
        Action.ADD,
    ]


def test_an_effect_counts_statements_and_names_whom_they_concern(tmp_path: Path) -> None:
    """Asked for three of host: two are there, one is new; one of the lab is withdrawn."""
    log = log_of(tmp_path)
    old = [one for one in log.statements if one.subject == "host"][:2]
    asked = StatementLog.of([*old, old[0].but(note="once more")], [])
    gone = next(one for one in log.statements if one.subject == "lab")
    after = log.changed(asked, [gone.id], DAY)
    assert effect_of(asked, after.since(log)) == Effect(1, 2, 1, ("Organization:host", "Organization:lab"))


def test_a_source_with_another_grade_concerns_all_that_cite_it(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    other = replace(log.sources["blog"], origin="elsewhere")
    after = StatementLog.of(log.statements, [*log.sources.values(), other])
    cited = {one.subject for one in log.statements if one.source == "blog"}
    assert {one.subject for one in after.since(log).affected} == cited
    assert "Source:blog" in effect_of(log, after.since(log)).subjects


def test_an_entry_names_no_more_subjects_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_SUBJECTS", 2)
    log = log_of(tmp_path)
    effect = effect_of(log, log.since(StatementLog.of([], [])))
    assert (effect.subjects, effect.more) == (("Link:lease", "Organization:cloud"), True)


def test_a_difference_holds_what_was_and_what_is(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    first, second, third = log.statements[:3]
    weaker = second.but(withdrawn=DAY)
    new = third.but(confidence=Confidence.LOW)
    after = StatementLog.of([weaker, new, *log.statements[2:]], log.sources.values())
    difference = after.since(log)
    assert (difference.added, difference.changed, difference.removed) == ((new,), ((second, weaker),), (first,))
    assert (difference.statements, difference.withdrawn) == (3, (weaker,))
    assert not log.since(log).has_changes
