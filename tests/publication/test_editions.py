from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graph.errors import BadInput
from graph.evidence.lens import Certainty, Lens
from graph.publication.editions import EditionStamp, lens_from_json, lens_to_json, read_edition
from graph.vocabulary.enums import Confidence, Nature, Reliability

LENS = Lens(date(2026, 6, 30), date(2026, 11, 30))
PARTIAL = replace(
    LENS,
    scenario="smaller",
    min_confidence=Confidence.MEDIUM,
    min_reliability=Reliability.HIGH,
    natures=frozenset({Nature.STATED, Nature.ESTIMATED}),
    exclude_sources=frozenset({"b", "a"}),
    certainty=Certainty.CERTAIN,
)


def test_a_lens_says_its_dates_and_scenario_and_what_else_is_not_as_usual() -> None:
    assert lens_to_json(LENS) == {"validOn": "2026-06-30", "knownOn": "2026-11-30", "scenario": None}
    assert lens_to_json(PARTIAL)["excludeSources"] == ["a", "b"]


@pytest.mark.parametrize("lens", [LENS, PARTIAL])
def test_a_stamp_comes_back_from_its_descriptor(lens: Lens, tmp_path: Path) -> None:
    stamp = EditionStamp("0123456789abcdef", lens)
    (tmp_path / "datapackage.json").write_text(json.dumps({"name": "x", "wattgraph": stamp.to_json()}))
    assert read_edition(tmp_path) == read_edition(tmp_path / "datapackage.json") == stamp
    assert lens_from_json(lens_to_json(lens)) == lens


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"wattgraph": {"dataVersion": "1", "lens": {"validOn": "soon"}}}'])
def test_another_file_is_no_edition(text: str, tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text(text)
    with pytest.raises(BadInput, match="does not say under which lens"):
        read_edition(tmp_path)


def test_a_folder_without_a_descriptor_is_no_edition(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_edition(tmp_path)
