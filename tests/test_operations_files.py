"""The dashboard, the alerts and the runbook speak of metrics that there are, and of each other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.telemetry.metrics import CacheState, Metrics, ScrapedState
from api.telemetry.request_record import OperationKind, RequestOutcome, RequestRecord
from graph.concurrency.cache_use import CacheUse
from graph.settings import PROJECT

OPERATIONS = PROJECT / "operations"
DASHBOARD: dict[str, Any] = json.loads((OPERATIONS / "dashboard.json").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = yaml.safe_load((OPERATIONS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0][
    "rules"
]
RUNBOOK = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS += [alert["expr"] for alert in ALERTS]
OF_PROMETHEUS = {"up"}
"""What Prometheus itself adds."""


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """The labels of each sample of a scrape."""
    caches = {"answers": CacheState(CacheUse(1, 1), 1, 1)}
    state = ScrapedState("embedded", True, caches, 1, "0" * 16, datetime.now(UTC).isoformat(), 1)
    metrics = Metrics(lambda: state)
    record = RequestRecord("id", "client", OperationKind.QUERY, route="/graphql", status=200, cost=1)
    metrics.count(record)
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    samples: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    return samples


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_metric_and_label_of_an_expression_exists(expression: str, told: dict[str, set[str]]) -> None:
    named = set(re.findall(r"\b(?:wattgraph|process)_\w+|\bup\b", expression))
    assert named
    assert named - OF_PROMETHEUS <= told.keys()
    labels = {label for name in named for label in told.get(name, ())} | {"job"}
    assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression)) <= labels
    for group in re.findall(r"by \(([\w, ]+)\)", expression):
        assert set(group.split(", ")) <= labels
    matched = re.findall(r"(?:operation|outcome)(?:=~|!~|!=|=)\"([\w|]+)\"", expression)
    assert {value for values in matched for value in values.split("|")} <= {*OperationKind, *RequestOutcome}


def test_the_runbook_names_each_metric_that_is_told(told: dict[str, set[str]]) -> None:
    own = {re.sub(r"_(bucket|sum|count)$", "", name) for name in told if name.startswith("wattgraph_")}
    assert {name for name in own if name not in RUNBOOK} == set()


def test_each_alert_has_a_section_in_the_runbook_and_no_section_is_of_none() -> None:
    runbook = RUNBOOK.partition("## When an alert fires")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (\w+)$", runbook, re.MULTILINE)) == {alert["alert"] for alert in ALERTS}


def test_each_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    for alert in ALERTS:
        assert alert.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert alert["annotations"]["summary"].endswith(".")


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${source}"}
    assert [one["type"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing: Debian has it in prometheus.")
def test_prometheus_takes_the_files() -> None:
    config = str(OPERATIONS / "prometheus.yml")
    ended = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
