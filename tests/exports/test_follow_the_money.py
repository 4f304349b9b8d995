"""FollowTheMoney: what comes out is what went in, by the model of the library.

`make test` looks it up in a copy of the part of the model that is used (`ftm_model.json`); `make audit` asks the
library itself, in an environment of its own: it needs ICU and a compiler."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graph.evidence.projection import Graph
from graph.exports.dataset.follow_the_money import DATASET
from tests.budgets import AUDIT
from tests.exports.datasets import dataset_of, environment, small_graph

MODEL = json.loads((Path(__file__).parent / "ftm_model.json").read_text(encoding="utf-8"))
JUDGE = Path(__file__).parent / "ftm_judge.py"
_FORMS = {
    "date": r"\d{4}(-\d{2}(-\d{2})?)?",
    "number": r"-?\d+(\.\d+)?",
    "country": "[a-z]{2}",
    "url": r"https?://\S+",
}


def _text(graph: Graph) -> str:
    return b"".join(DATASET.files[0].encode(dataset_of(graph))).decode()


def _entities(graph: Graph) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in map(json.loads, _text(graph).splitlines())}


def test_the_facts_fit_the_model(seeds_graph: Graph) -> None:
    entities = _entities(seeds_graph)
    for one in entities.values():
        schema = MODEL["schemata"][one["schema"]]
        assert set(schema["required"]) <= one["properties"].keys(), one
        for name, values in one["properties"].items():
            type_, _, range_ = schema["properties"][name].partition(" ")
            if range_:
                assert {value for value in values if value not in entities} == set(), one
            assert all(re.fullmatch(_FORMS.get(type_, ".+"), value) for value in values), (one["id"], name, values)
    counts = Counter(one["schema"] for one in entities.values())
    assert counts["Contract"] == counts["ContractAward"] > 100
    assert counts["Company"] == len(seeds_graph.rows["Organization"])


def test_a_contract_leads_from_customer_to_provider(tmp_path: Path) -> None:
    entities = _entities(small_graph(tmp_path))
    contract = entities["wattgraph-contract-option"]["properties"]
    award = entities["wattgraph-link-option"]["properties"]
    assert (contract["authority"], award["supplier"]) == (
        ["wattgraph-organization-cloud"],
        ["wattgraph-organization-host"],
    )
    assert (contract["amount"], contract["currency"], contract["status"]) == (
        ["500000000"],
        ["USD"],
        ["signed, option"],
    )
    # of a quarter the first and the last month; the library would cut it to the year
    assert award["endDate"] == ["2031-07", "2031-09"]
    assert award["proof"] == ["wattgraph-source-news"]
    assert "30.5 MW" in award["summary"][0]


@pytest.mark.audited
@pytest.mark.skipif(not AUDIT, reason="builds an environment: make audit")
def test_the_library_keeps_every_value(seeds_graph: Graph, tmp_path: Path) -> None:
    """Also that the copy of its model is true."""
    path = tmp_path / "facts.ftm.json"
    path.write_text(_text(seeds_graph), encoding="utf-8")
    python = environment(f"followthemoney=={MODEL['version']}") / "python"
    judged = subprocess.run([python, JUDGE, path, JUDGE.with_name("ftm_model.json")], capture_output=True, text=True)
    assert (judged.returncode, judged.stdout) == (0, ""), judged.stderr
