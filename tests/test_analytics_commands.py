"""`wattgraph analytics` and `wattgraph scenario` over the real facts."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from graph.analytics.catalog import ANALYTICS
from graph.settings import PROJECT
from tests.command import WIDTH, run_command
from tests.server import environment, free_port

DAYS = ("--valid-on", "2026-07-01", "--known-on", "2026-07-01")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "capacity": ("--layer", "SHELL", "--basis", "CRITICAL_IT"),
    "timeline": ("--group-by", "PROVIDER", "--by", "YEAR", "--layer", "SHELL"),
    "slippage": (),
    "comparables": (),
    "concentration": ("fluidstack", "--side", "SUPPLIERS"),
    "chip-dependency": ("--layer", "COMPUTE", "--basis", "CRITICAL_IT"),
    "debt-profile": ("--group-by", "TENANT"),
    "reconciliation": ("core-scientific",),
    "centrality": ("PAGERANK",),
    "source-sensitivity": ("DEGREE", "--first", "3"),
    "loop-null-model": ("--rewirings", "20"),
    "hub-null-model": ("--rewirings", "20", "--first", "3"),
    "fragility": ("LOOP", "microsoft", "openai"),
    "communities": ("--seed", "1"),
    "weak-points": (),
    "minimum-cut": ("hut8", "anthropic"),
    "paths": ("hut8", "anthropic"),
    "reach": ("tsmc", "--first", "5"),
    "money-loops": ("--status", "SIGNED", "--status", "ACTIVE", "--status", "ANNOUNCED", "--first", "3"),
    "shock": ("fluidstack",),
}
EMPTY = {"slippage"}
"""No date of the facts has moved so far."""


@pytest.fixture(scope="module")
def data(seeds_data: Path) -> Path:
    return seeds_data


def _started(data: Path, *arguments: str) -> subprocess.Popen[str]:
    given = environment(data, free_port(), COLUMNS=WIDTH)
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_interruptible,
    )


def _interruptible() -> None:
    """What is started in the background of a shell ignores interrupts, and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(data: Path, *arguments: str) -> tuple[int, str, str]:
    ended = run_command(data, *arguments)
    return ended.returncode, ended.stdout, ended.stderr


def run_analytic(data: Path, *arguments: str) -> str:
    code, output, errors = run(data, "analytics", *arguments)
    assert (code, errors) == (0, "")
    return output


def test_every_analytic_is_asked_here() -> None:
    assert ARGUMENTS.keys() == {one.command for one in ANALYTICS.values()}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.slow
def test_json_holds_rows_links_what_is_left_out_and_the_method(data: Path, name: str) -> None:
    answer = json.loads(run_analytic(data, name, *ARGUMENTS[name], *DAYS, "--format", "json"))
    assert bool(answer["rows"]) == (name not in EMPTY)
    assert answer["method"]["lens"] == {"validOn": "2026-07-01", "knownOn": "2026-07-01", "scenario": None}
    assert len(answer["method"]["dataVersion"]) == 16
    assert answer["method"]["dataThrough"] <= "2026-07-01"
    assert all(one["link"] and one["because"] for one in answer["excluded"])
    assert answer["title"]


def test_a_table_is_for_the_terminal(data: Path) -> None:
    shown = run_analytic(data, "capacity", *ARGUMENTS["capacity"], *DAYS)
    assert "layer SHELL, basis CRITICAL_IT" in shown
    assert any(line.startswith("Hut 8  ") for line in shown.splitlines())
    assert "2026-07-01; data through " in shown
    assert "left out: commitment out of scope (" in shown


def test_csv_pastes_into_a_spreadsheet_with_units_and_keys_of_links(data: Path) -> None:
    text = run_analytic(data, "concentration", *ARGUMENTS["concentration"], *DAYS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    own = ["key", "name", "share", "amount [links]", "links"]
    assert [name for name in rows[0] if name in own] == own
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1)
    terawulf = next(row for row in rows if row["key"] == "terawulf")
    assert terawulf["links"].split() == ["terawulf-fluidstack-cb3-cb4", "terawulf-fluidstack-cb5"]


def test_markdown_has_a_title_and_every_table_and_leads_to_figures_where_the_service_is_known(
    data: Path,
) -> None:
    plain = run_analytic(data, "shock", "fluidstack", *DAYS, "--format", "md")
    assert "\n| hut8 | SHELL | PAYMENTS | 7,000,000,000 |" in plain
    service = "https://graph.example.org"
    asked = ("analytics", "shock", "fluidstack", *DAYS, "--format", "md")
    text = run_command(data, *asked, WATTGRAPH_PUBLIC_ADDRESS=service).stdout
    assert text.startswith("# If Fluidstack fails (DIRECT)\n")
    assert "\n## Megawatts at risk\n" in text
    assert "\n## Dollars at risk\n" in text
    assert (
        "\n| hut8 | SHELL | PAYMENTS | [7,000,000,000](https://graph.example.org/figures/shock,fail=fluidstack," in text
    )


def test_rows_of_all_who_lose_say_all_where_others_have_a_key(data: Path) -> None:
    tables = json.loads(run_analytic(data, "shock", "openai", "--format", "json"))
    owners = [row["key"] for table in tables["beside"] for row in table["rows"]]
    assert "all" in owners
    losers = {row["key"] for row in tables["rows"]}
    assert set(owners) - losers == {"all"}


@pytest.mark.slow
def test_what_all_lose_together_stands_beside_a_shock_that_spreads(data: Path) -> None:
    arguments = ("shock", "nvidia", *DAYS, "--format", "json", "--model")
    spread, direct = (json.loads(run_analytic(data, *arguments, model)) for model in ("ESRI", "DIRECT"))
    (whole,) = [table for table in spread["beside"] if table["title"] == "All together"]
    assert 0 < whole["rows"][0]["systemic_loss"] < 1
    assert [table["title"] for table in direct["beside"]] == ["Megawatts at risk", "Dollars at risk"]


@pytest.mark.slow
def test_intervals_stand_beside_ranks(data: Path) -> None:
    answer = json.loads(run_analytic(data, "centrality", "DEGREE", "--uncertainty", "--first", "5", "--format", "json"))
    assert answer["truncated"] is True
    assert len(answer["rows"]) == 5
    assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in answer["rows"])


def test_an_organization_may_be_called_by_its_name_or_ticker(data: Path) -> None:
    arguments = ("reconciliation", "--format", "json")
    by_key, by_name, by_ticker = (
        run_analytic(data, *arguments, name) for name in ("core-scientific", "Core Scientific", "CORZ")
    )
    assert by_key == by_name == by_ticker


@pytest.mark.slow
def test_a_lens_without_a_source_counts_without_it(data: Path) -> None:
    rows = json.loads(run_analytic(data, "source-sensitivity", "DEGREE", "--first", "1", "--format", "json"))["rows"]
    arguments = ("centrality", "DEGREE", "--first", "500", "--format", "json")
    usual, without = (
        json.loads(run_analytic(data, *arguments, *more)) for more in ((), ("--exclude-source", rows[0]["source"]))
    )
    assert usual["rows"] != without["rows"]
    assert usual["method"]["dataVersion"] == without["method"]["dataVersion"]


def test_a_file_is_written_whole(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "capacity.csv"
    code, output, errors = run(data, "analytics", "capacity", "--format", "csv", "--output", str(file))
    assert (code, output, errors.startswith("Wrote ")) == (0, "", True)
    assert file.read_text(encoding="utf-8").startswith('"PROVIDER"')
    assert [path.name for path in tmp_path.iterdir()] == ["capacity.csv"]


def test_an_interrupt_ends_a_long_run_and_leaves_no_file(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "ranks.json"
    started = _started(
        data,
        *("analytics", "centrality", "BETWEENNESS", "--engine", "NETWORKX", "--uncertainty"),
        *("--format", "json", "--output", str(file)),
    )
    process, file_of_store = psutil.Process(started.pid), str(data / "wattgraph.sqlite")
    while file_of_store not in [one.path for one in process.open_files()]:
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=240)
    assert started.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("shock", "opnai"), 1, "Did you mean openai?"),
        (("shock",), 2, "fail"),
        (("concentration", "Undisclosed"), 1, "No organization"),
        (("concentration", "iren", "--measure", "VALUE_USD"), 1, "scope.layer"),
        (("communities", "--weight", "CAPACITY_MW"), 1, "scope.basis"),
        (("centrality", "FAME"), 2, "BETWEENNESS"),
        (("centrality", "DEGREE", "--engine", "GDS"), 1, "NETWORKX"),
        (("capacity", "--layer", "ROOF"), 2, "SHELL"),
        (("capacity", "--known-on", "2999-01-01"), 1, "in the future"),
        (("capacity", "--valid-on", "yesterday"), 2, "is not a day"),
        (("capacity", "--scenario", "doom"), 1, "fluidstack-fails"),
        (("capacity", "--output", "somewhere"), 2, "--format"),
        (("paths", "hut8", "nowhere"), 1, "nowhere"),
        (("money-loops", "--max-length", "99"), 1, "2 to 8"),
    ],
)
def test_errors_are_one_message_with_a_remedy(data: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    ended, output, errors = run(data, "analytics", *arguments)
    assert (ended, output) == (code, ""), errors
    assert message in errors
    assert "Traceback" not in errors


def test_help_tells_the_choices_of_every_option(data: Path) -> None:
    text = run_analytic(data, "concentration", "--help")
    assert "CUSTOMERS|SUPPLIERS|CHIPS|POWER|LENDERS|GUARANTORS" in text
    assert "--exclude-source" in text


# ---- scenarios


def test_scenarios_are_listed_with_their_shocks(data: Path) -> None:
    code, output, errors = run(data, "scenario")
    assert (code, errors) == (0, "")
    assert "fluidstack-fails" in output
    assert "Hypothetical: " in output
    assert "shock: fluidstack (DIRECT)" in output


@pytest.mark.slow
def test_a_scenario_tells_what_it_changes_and_who_loses_what(data: Path) -> None:
    code, output, errors = run(data, "scenario", "fluidstack-fails", "--format", "json", *DAYS)
    assert (code, errors) == (0, "")
    answer = json.loads(output)
    assert [(one["kind"], one["key"]) for one in answer["changes"]] == [("REMOVED", "alphabet-hut8-backstop")]
    direct, debtrank = answer["shocks"]
    assert (direct["method"]["name"], debtrank["method"]["name"]) == ("SHOCK DIRECT", "SHOCK DEBTRANK_2015")
    hut8 = next(row for row in direct["rows"] if row["key"] == "hut8")
    assert (hut8["value"], hut8["guaranteed"]) == (7e9, 0)
    assert direct["method"]["lens"]["scenario"] == "fluidstack-fails"


@pytest.mark.parametrize("format", ["table", "md"])
@pytest.mark.slow
def test_a_scenario_in_words(data: Path, format: str) -> None:
    code, output, errors = run(data, "scenario", "fluidstack-fails", "--format", format, *DAYS)
    assert (code, errors) == (0, "")
    assert "in scenario fluidstack-fails" in output.replace("fluidstack\\-fails", "fluidstack-fails")
    assert "If Fluidstack fails (DIRECT)" in output


def test_an_unknown_scenario_is_told_with_those_that_are_known(data: Path) -> None:
    code, output, errors = run(data, "scenario", "doom")
    assert (code, output) == (1, "")
    assert "fluidstack-fails" in errors
