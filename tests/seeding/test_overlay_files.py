"""The files of the private overlay: read like the facts, checked against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import NoOverlay, OverlayErrors
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.evidence.statements import Entered
from graph.seeding.overlay_files import NO_OVERLAY, Overlay
from tests import facts
from tests.overlay import overlay_in

PRIVATE = Lens(overlay=True)


def _problems(folder: Path, **files: str) -> list[str]:
    overlay = overlay_in(folder, **files)
    with pytest.raises(OverlayErrors) as refused:
        overlay.facts(facts.log_of(folder), PRIVATE)
    assert str(refused.value) == (
        f"The private facts have {len(refused.value.problems)} problem{'s' * (len(refused.value.problems) != 1)}. "
        "Mend them; `wattgraph check --overlay` lists each with file, line and remedy."
    )
    return list(map(str, refused.value.problems))


def test_private_facts_name_add_to_and_contradict_public_ones(tmp_path: Path) -> None:
    public = facts.log_of(tmp_path)
    layered = overlay_in(tmp_path).facts(public, PRIVATE)
    private = {one for one in layered.statements if one.entered is Entered.OVERLAY}
    assert layered.statements != public.statements
    assert set(layered.statements) - private == set(public.statements)
    assert {one.subject for one in private} == {
        *("lease", "quokkanary-labs", "quokkanary-park", "quokkanary-deal", "quokkanary-notes"),
        *("quokkanary-backlog", "quokkanary-lease"),
    }
    assert {one.key for one in layered.sources.values() if one.entered is Entered.OVERLAY} == {"quokkanary-call"}


def test_without_the_lens_the_facts_are_the_public_ones_themselves(tmp_path: Path) -> None:
    public = facts.log_of(tmp_path)
    assert overlay_in(tmp_path).facts(public, DEFAULT_LENS) is public
    assert NO_OVERLAY.facts(public, DEFAULT_LENS) is public


def test_what_both_say_is_public(tmp_path: Path) -> None:
    public = facts.log_of(tmp_path)
    layered = overlay_in(tmp_path, links_provides_capacity=facts.LEASE, sources=facts.SOURCES, organizations="[]",
                         sites="[]", deals="[]", debts="[]", observations="[]").facts(public, PRIVATE)  # fmt: skip
    assert layered == public


def test_a_problem_says_file_line_and_remedy(tmp_path: Path) -> None:
    assert _problems(
        tmp_path, sites="- {id: host, claims: [{says: {name: X}, sources: [filing], confidence: high}]}"
    ) == [
        "private/links/provides_capacity.yaml:14: no Site 'quokkanary-park', in quokkanary-lease: site, add it or mend "
        "the id",
        "private/sites.yaml:1: 'host' is a Organization, in host: id, choose another id or mend the type",
    ]


def test_records_stand_in_the_file_of_their_kind_and_are_whole(tmp_path: Path) -> None:
    elsewhere = """
- {id: gpus, type: PROVIDES_CAPACITY, from: host, to: cloud, incomplete: true,
   claims: [{says: {announced: '2026-11-20'}, sources: [quokkanary-call], confidence: high}]}
"""
    assert _problems(tmp_path, links_supplies=elsewhere) == [
        "private/links/supplies.yaml:2: an incomplete record, in gpus: incomplete, leave it out: what is stored makes "
        "it whole",
        "private/links/supplies.yaml:2: type is not SUPPLIES, in gpus: type, write type: SUPPLIES or move it",
    ]


def test_what_only_the_facts_may_have_is_named(tmp_path: Path) -> None:
    (tmp_path / "private" / "scenarios").mkdir(parents=True)
    (tmp_path / "private" / "scenarios" / "some.yaml").write_text("[]", encoding="utf-8")
    [problem] = _problems(tmp_path)
    assert problem.startswith("private/scenarios/some.yaml:1: a file that no overlay has, in the folder, leave it out")


def test_a_folder_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(OverlayErrors) as refused:
        Overlay(tmp_path / "missing").facts(facts.log_of(tmp_path), PRIVATE)
    assert "set WATTGRAPH_OVERLAY to the folder of the private facts" in str(refused.value.problems[0])


def test_without_an_overlay_the_lens_is_refused_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(NoOverlay, match="WATTGRAPH_OVERLAY"):
        NO_OVERLAY.facts(facts.log_of(tmp_path), PRIVATE)


def test_the_version_covers_both_and_tells_them_apart(tmp_path: Path) -> None:
    one, other = overlay_in(tmp_path / "one"), overlay_in(tmp_path / "other", deals="[]")
    assert one.version_over("0123") == f"0123+private.{one.digest}"
    assert one.digest == overlay_in(tmp_path / "again").digest != other.digest
