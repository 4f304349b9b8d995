"""The command line: output, exit codes, help; most of it in the process of the tests."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.main import get_command

from api.app import create_app
from cli.main import COMMANDS, app
from cli.options.lens import LENS_OPTIONS, lens_from
from cli.terminal import Output
from graph.evidence.lens import DEFAULT_LENS, Lens
from graph.settings import PROJECT, read_settings
from graph.stores.open import open_store
from tests import facts
from tests.command import WIDTH, Ended, run_command
from tests.server import environment, free_port


def run(tmp_path: Path, *arguments: str, stdin: str = "", **more: str) -> Ended:
    return run_command(tmp_path / "data", *arguments, stdin=stdin, **more)


def run_process(tmp_path: Path, *arguments: str, stdin: str = "", **more: str) -> Ended:
    """As `run`, in a process of its own."""
    variables = environment(tmp_path / "data", free_port(), COLUMNS=WIDTH, **more)
    command = [sys.executable, "-m", "cli.main", *arguments]
    ended = subprocess.run(
        command, cwd=PROJECT, env=variables, input=stdin, capture_output=True, text=True, check=False
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.slow
def test_a_process_gives_output_errors_and_exit_code_as_the_tests_see_them(tmp_path: Path) -> None:
    """What the other tests rest on: a command in their process does what one in a process of its own does."""
    folder = str(facts.write(tmp_path))
    cases = [
        ["check", "--seeds", folder],
        ["check", "--seeds", "/nowhere"],
        ["query", "{ dataVersion { id } }"],
        ["fly"],
        ["--help"],
    ]
    for arguments in cases:
        here, there = run(tmp_path, *arguments), run_process(tmp_path, *arguments)
        assert (here.returncode, *_words(here)) == (there.returncode, *_words(there)), arguments


def _words(ended: Ended) -> list[str]:
    """The words of both outputs, without the name of the program, which is that of the process."""
    return re.sub(
        r"(?<=Usage: )\S.*? (?=\[OPTIONS\])|(?<=Try ').*?(?= -h')", "", f"{ended.stdout}\n{ended.stderr}"
    ).split()


@pytest.mark.slow
def test_the_facts_have_no_problem(tmp_path: Path) -> None:
    ended = run_process(tmp_path, "check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r" sources, 3 scenarios: no problem(, [0-9,]+ warnings?)?\n$", ended.stdout)


def test_check_tells_every_problem_with_file_and_line_and_exits_1(tmp_path: Path) -> None:
    folder = facts.write(tmp_path, organizations="- {id: Host}", chips="- {id: a}\n")
    ended = run(tmp_path, "check", "--seeds", str(folder))
    assert ended.returncode == 1
    assert "seeds/organizations.yaml:1: 'Host' is not an id, record 1, write a lower-case slug" in ended.stdout
    assert "seeds/chips.yaml:1: a record without claims, in a: claims, add a claim" in ended.stdout
    assert "problems" in ended.stderr


def test_check_tells_what_is_wrong_with_a_scenario(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    facts.scenarios_of(tmp_path, "- id: less\n  summary: Less\n  remove: [lease, leases]\n  end: [{link: lease}]\n")
    ended = run(tmp_path, "check", "--seeds", str(folder))
    assert (ended.returncode, ended.stdout) == (1, "seeds/scenarios/some.yaml:4: no on, in less, add on\n")
    facts.scenarios_of(tmp_path, "- id: less\n  summary: Less\n  remove: [lease, leases]\n")
    ended = run(tmp_path, "check", "--seeds", str(folder))
    assert ended.stdout == "seeds/scenarios/some.yaml:3: no link 'leases', in less, mend the id\n"


def test_check_against_a_revision_warns_of_deleted_claims_and_not_of_withdrawn_ones(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "facts"],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    lease = facts.LEASE.replace("confidence: high", "confidence: high\n      withdrawn: '2026-08-01'")
    facts.write(tmp_path, links_provides_capacity=lease)
    assert "was deleted" not in run(tmp_path, "check", "--seeds", str(folder), "--against", "HEAD").stdout
    facts.write(
        tmp_path, links_provides_capacity=facts.LEASE.replace("1000000000,\n             term_years: 10", "1000000000")
    )
    warned = run(tmp_path, "check", "--seeds", str(folder), "--against", "HEAD")
    assert "warning: lease: term_years 10 (filing) was deleted since HEAD" in warned.stdout
    assert warned.stdout.count("was deleted") == 1
    assert run(tmp_path, "check", "--seeds", str(folder), "--against", "--all").returncode == 1


@pytest.mark.slow
def test_load_then_query_then_report(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    first = run_process(tmp_path, "load", "--seeds", str(folder))
    assert (first.returncode, first.stderr) == (0, "")
    assert "Link" in first.stdout
    again = run(tmp_path, "load", "--seeds", str(folder))
    assert "Nothing changed." in again.stdout
    asked = run_process(tmp_path, "query", "-", stdin='{ organization(key: "host") { name } }')
    assert json.loads(asked.stdout)["data"] == {"organization": {"name": "Host Corp"}}
    named = run(
        tmp_path, "query", "query($k: String!) { organization(key: $k) { name } }", "--variables", '{"k": "cloud"}'
    )
    assert json.loads(named.stdout)["data"] == {"organization": {"name": "Cloud Inc"}}
    output = tmp_path / "report.md"
    written = run(tmp_path, "report", "centrality", "--output", str(output))
    assert written.returncode == 0, written.stderr
    assert "Host Corp" in output.read_text(encoding="utf-8")


LEASE_AND_MORE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service_from: '2026-04-01', value_usd: 100}, sources: [filing], confidence: high}
    - {says: {value_usd: 120}, sources: [late], confidence: high, as_of: '2026-03-01'}
"""
"""The later filing was known on 2026-06-20."""


def test_what_changed_between_two_dates(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path, links_provides_capacity=LEASE_AND_MORE)))
    ended = run(tmp_path, "diff", "2026-03-15", "2026-07-01")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert lines[:4] == [
        "before after cause",
        "Host Corp → Cloud Inc, 120 USD (Link lease)",
        "service_state PLANNED OVERDUE_UNCONFIRMED both",
        "value USD 100 USD 120 we learnt more",
    ]
    assert lines[4].startswith("2 changes from 2026-03-15 to 2026-07-01; data version ")


def test_what_changed_of_a_part_says_of_how_many(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path, links_provides_capacity=LEASE_AND_MORE)))
    days = ("2026-03-15", "2026-07-01")
    learnt = run(tmp_path, "diff", *days, "--subject", "Cloud Inc", "--cause", "WE_LEARNT_MORE")
    assert "\n1 of 2 changes from 2026-03-15 to 2026-07-01; " in learnt.stdout
    assert "0 of 2 changes from" in run(tmp_path, "diff", *days, "--subject", "lab").stdout
    assert "0 of 2 changes from" in run(tmp_path, "diff", *days, "--kind", "ADDED", "--type", "OWNS").stdout
    ended = run(tmp_path, "diff", *days, "--subject", "clowd")
    assert (ended.returncode, "Did you mean cloud?" in " ".join(ended.stderr.split())) == (1, True)


def test_one_of_the_two_dates_can_be_moved_alone(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path, links_provides_capacity=LEASE_AND_MORE)))
    world = ["--before-known", "2026-07-01"]
    knowledge = ["--before-valid", "2026-07-01"]
    also_knowledge = ["--after-valid", "2026-03-15"]
    also_world = ["--after-known", "2026-03-15"]
    # in July a filing of June could have told that the service runs, and the filings of March could not
    for options, properties in (
        (world, ["service_state"]),
        (also_world, ["service_state"]),
        (knowledge, ["service_state", "value"]),
        (also_knowledge, ["value"]),
    ):
        told = run(tmp_path, "diff", "2026-03-15", "2026-07-01", *options, "--format", "json")
        assert [change["property"] for change in json.loads(told.stdout)["changes"]] == properties


def test_an_export_loads_as_the_same_data_version(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path)))
    written = run(tmp_path, "export", "statements", "--output", str(tmp_path / "out"))
    assert written.returncode == 0, written.stderr
    loaded = run(tmp_path, "load", "--seeds", str(tmp_path / "out"))
    assert "Nothing changed." in loaded.stdout
    again = run(tmp_path, "export", "statements", "--output", str(tmp_path / "out"))
    assert (again.returncode, "holds something already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        ("query", "{ dataThrough }"),
        ("analytics", "capacity"),
        ("diff", "2026-03-15", "2026-07-01"),
        ("audit", "verify"),
        ("token", "list"),
        ("store", "verify"),
    ],
)
def test_a_command_that_reads_makes_no_store_where_there_is_none(command: tuple[str, ...], tmp_path: Path) -> None:
    """An empty one would answer that nothing was ever written: WATTGRAPH_DATA is probably mistyped."""
    ended = run(tmp_path, *command)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"There is no store in {tmp_path / 'data'}. Set WATTGRAPH_DATA" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(tmp_path: Path) -> None:
    made = run(tmp_path, "token", "create", "--name", "desk", "--scope", "editor", "--expires", "2999-01-01")
    assert made.returncode == 0, made.stderr
    _, id, secret = made.stdout.strip().split("_", 2)
    assert secret not in made.stderr
    listed = run(tmp_path, "token", "list").stdout
    assert f"{id}  EDITOR   desk" in listed
    assert "expires 2999-01-01T00:00:00+00:00" in listed
    assert run(tmp_path, "token", "revoke", id).returncode == 0
    assert "revoked" in run(tmp_path, "token", "list").stdout
    shown = run(tmp_path, "audit", "show").stdout
    assert [json.loads(line)["reason"] for line in shown.splitlines()] == [
        f"create {id} (desk, EDITOR)",
        f"revoke {id} (desk)",
    ]
    assert secret not in listed + shown
    assert secret.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    pasted = run(tmp_path, "token", "revoke", made.stdout.strip())
    assert pasted.returncode == 1
    assert secret not in pasted.stdout + pasted.stderr


def test_a_service_does_not_start_with_an_overlay_that_cannot_be_read(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", WATTGRAPH_OVERLAY=str(tmp_path / "missing"))
    assert (refused.returncode, refused.stderr) == (1, "wattgraph: The private facts have 1 problem.\n")
    assert refused.stdout.endswith(
        ": no such folder, seeds, set WATTGRAPH_OVERLAY to the folder of the private facts\n"
    )


def test_an_altered_journal_is_told_with_its_first_wrong_entry(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        run(tmp_path, "token", "create", "--name", name, "--scope", "reader")
    sound = run(tmp_path, "audit", "verify")
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.startswith("3 entries, unbroken.")
    with closing(sqlite3.connect(tmp_path / "data" / "wattgraph.sqlite")) as file, file:
        for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {trigger}")  # whoever can write the file can do this too
        file.execute("UPDATE journal SET entry = replace(entry, 'two', 'owt')")
    broken = run(tmp_path, "audit", "verify")
    assert broken.returncode == 1
    assert "from entry 2 on" in broken.stderr


async def test_a_query_writes_the_bytes_of_the_api_and_indents_them_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path)))
    document, limit = "{ links { nodes { key source { name } value { amount } } } }", "123456"
    settings = read_settings(data=tmp_path / "data", limit_cost=int(limit))
    store = await open_store(settings)
    transport = httpx.ASGITransport(app=create_app(settings, store))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = (await client.post("/graphql", json={"query": document})).content
    await store.close()
    asked = run(tmp_path, "query", document, WATTGRAPH_LIMIT_COST=limit)
    assert asked.stdout.encode() == answer
    assert b'"limit":123456' in answer
    monkeypatch.setattr(Output, "is_terminal", True)
    shown = run(tmp_path, "query", document, WATTGRAPH_LIMIT_COST=limit).stdout
    assert shown.startswith('{\n  "data": {\n')
    assert json.loads(shown) == json.loads(answer)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf{ __typename }", b"{ __typename }"], ids=["with mark", "without"])
def test_a_document_in_a_file_may_begin_with_a_byte_order_mark(text: bytes, tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path)))
    (tmp_path / "asked.graphql").write_bytes(text)
    (tmp_path / "given.json").write_bytes(text[:-14] + b"{}")
    ended = run(tmp_path, "query", f"@{tmp_path}/asked.graphql", "--variables", f"@{tmp_path}/given.json")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
def test_a_query_that_is_no_text_is_told(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "query", "-"],
        cwd=PROJECT, env=environment(tmp_path, 1), input=b"\xff{", capture_output=True, check=False,
    )  # fmt: skip
    assert ended.stderr == b"wattgraph: Standard input cannot be read (it is no UTF-8). Give text in UTF-8.\n"
    assert ended.returncode == 1


def test_a_query_with_errors_exits_1(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path)))
    assert "The document is empty." in run(tmp_path, "query", "-").stderr
    ended = run(tmp_path, "query", "{ nothing }")
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["errors"]


@pytest.mark.parametrize(
    ("arguments", "more", "code", "told"),
    [
        (["query", "@nowhere.graphql"], {}, 1, "cannot be read"),
        (["query", "{ dataVersion { id } }"], {}, 3, "wattgraph load"),
        (["query", "{ dataVersion { id } }", "--variables", "[]"], {}, 1, "no JSON object"),
        (["report", "centrality", "--known-on", "yesterday"], {}, 2, "is not a day"),
        (["report", "centrality", "--known-on", "2999-01-01"], {}, 1, "in the future"),
        (["report", "centrality"], {}, 3, "wattgraph load"),
        (["diff", "yesterday"], {}, 2, "is not a day"),
        (["diff", "2026-03-01", "--after-known", "2026"], {}, 2, "is not a day"),
        (["diff", "2026-01-01", "2999-01-01"], {}, 1, "in the future"),
        (["diff"], {}, 2, "before"),
        (["load", "--neo4j-uri", "bolt://127.0.0.1:1"], {}, 3, ""),
        (["load", "--neo4j-uri", "http://127.0.0.1:1"], {}, 2, "WATTGRAPH_NEO4J_URI"),
        (["load", "--data", "/dev/null/data"], {}, 3, "WATTGRAPH_DATA"),
        (["check"], {"WATTGRAPH_PORT": "eighty"}, 2, "WATTGRAPH_PORT"),
        (["check", "--seeds", "/nowhere"], {}, 1, ""),
        (["neo4j", "status", "--home", "/nowhere/neo4j"], {}, 3, ""),
        (["fly"], {}, 2, "No such command"),
        (["token", "create", "--name", "a", "--scope", "reader", "--expires", "2026-01-01"], {}, 1, "expired"),
        (["token", "create", "--name", "", "--scope", "reader"], {}, 2, "empty"),
        (["token", "create", "--name", "a", "--scope", "reader", "--expires", ""], {}, 2, "'--expires': It is empty"),
        (["report", "centrality", "--valid-on", ""], {}, 2, "'--valid-on': It is empty; leave the option out."),
        (["audit", "show", "--after", "99999999999999999999"], {}, 2, "9223372036854775807"),
        (["neo4j", "up", "--bolt-port", "99999999"], {}, 2, "65535"),
        (["neo4j", "up", "--api", "http://127.0.0.1:8000; clear"], {}, 1, "Give it like http://127.0.0.1:8000"),
        (["check"], {"WATTGRAPH_PORT": "eighty", "WATTGRAPH_HOSTS": "x"}, 2, "2 settings cannot be used. Mend each:"),
        (["token", "create", "--name", "a", "--scope", "king"], {}, 2, "king"),
    ],
)
def test_errors_are_one_message_with_a_remedy_and_an_exit_code(
    arguments: list[str], more: dict[str, str], code: int, told: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "wattgraph.sqlite").touch()  # a store that holds nothing
    ended = run(tmp_path, *arguments, **more)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def _commands() -> list[list[str]]:
    root = get_command(app)
    found: list[list[str]] = [[]]
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        found += [[name], *([name, inner] for inner in getattr(command, "commands", {}))]
    return found


def test_the_list_of_commands_tells_of_each_what_its_own_help_begins_with() -> None:
    root = get_command(app)
    for name, (_, summary) in COMMANDS.items():
        command = root.commands[name]  # type: ignore[attr-defined]
        assert " ".join(command.help.split()).startswith(summary.removesuffix(".")), name


def test_the_list_of_commands_is_printed_without_importing_them(tmp_path: Path) -> None:
    ended = run_process(tmp_path, "--help")
    listed = [line.split()[0] for line in ended.stdout.partition("Commands:\n")[2].split("\n\n")[0].splitlines()]
    assert listed == list(COMMANDS)
    assert run(tmp_path, "laod").stderr.strip().endswith("No such command 'laod'. Did you mean 'load'?")


def test_every_field_of_a_lens_has_an_option() -> None:
    plural = {"nature": "natures", "exclude_source": "exclude_sources"}
    assert [plural.get(name, name) for name in LENS_OPTIONS] == [field.name for field in fields(Lens)]
    assert lens_from({}) == DEFAULT_LENS
    assert lens_from({name: option.default for name, option in LENS_OPTIONS.items()}) == DEFAULT_LENS


@pytest.mark.parametrize("command", [["query"], ["report", "centrality"], ["diff"], ["analytics", "capacity"]])
def test_a_command_that_reads_through_a_lens_takes_the_whole_lens(command: list[str]) -> None:
    group: Any = get_command(app)
    for word in command:
        group = group.commands[word]
    names = {parameter.name for parameter in group.params}
    without = {"valid_on", "known_on"} if command == ["diff"] else set()  # it has days of its own, for each side
    assert LENS_OPTIONS.keys() - without <= names


def test_options_of_a_lens_hold_for_fields_that_name_none(tmp_path: Path) -> None:
    run(tmp_path, "load", "--seeds", str(facts.write(tmp_path, links_provides_capacity=LEASE_AND_MORE)))
    document = """{
      link(key: "lease") { value { amount } }
      graph { link(key: "lease") { value { amount } } }
      late: graph(lens: {knownOn: "2026-07-01"}) { link(key: "lease") { value { amount } } }
    }"""
    ended = run(tmp_path, "query", document, "--known-on", "2026-03-15", "--valid-on", "2026-03-14")
    answer = json.loads(ended.stdout)
    early, late = {"link": {"value": {"amount": 100}}}, {"link": {"value": {"amount": 120}}}
    assert answer["data"] == {**early, "graph": early, "late": late}
    assert (answer["extensions"]["validOn"], answer["extensions"]["knownOn"]) == ("2026-03-14", "2026-03-15")
    without = json.loads(run(tmp_path, "query", document, "--exclude-source", "late").stdout)
    assert (without["data"]["link"], without["data"]["late"]["link"]) == (early["link"], late["link"])
    refused = run(tmp_path, "query", document, "--known-on", "2999-01-01")
    assert (refused.returncode, "in the future" in refused.stderr) == (1, True)
    estimates = json.loads(run(tmp_path, "query", document, "--nature", "ESTIMATED").stdout)
    assert estimates["data"]["link"] is None


def test_every_command_and_option_has_a_help_text() -> None:
    for words in _commands():
        command = get_command(app)
        for word in words:
            command = command.commands[word]  # type: ignore[attr-defined]
        assert command.help, words
        for parameter in command.params:
            assert getattr(parameter, "help", None), (words, parameter.name)


def test_no_option_or_argument_takes_an_empty_value_for_none() -> None:
    for words in _commands():
        command = get_command(app)
        for word in words:
            command = command.commands[word]  # type: ignore[attr-defined]
        if not hasattr(command, "commands"):
            for parameter in command.params:
                several = parameter.nargs != 1 or parameter.multiple if hasattr(parameter, "multiple") else False
                with pytest.raises(typer.BadParameter, match="It is empty"):
                    parameter.process_value(typer.Context(command), [""] if several else "")


def test_help_documents_the_exit_codes(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")
    assert ended.returncode == 0
    assert "Exit codes: 0 done" in ended.stdout


def test_every_command_stands_in_the_documentation() -> None:
    text = (PROJECT / "docs" / "running.md").read_text(encoding="utf-8")
    assert all(f"`{words[0]}`" in text for words in _commands() if words)


@pytest.mark.slow
def test_a_local_neo4j_goes_up_and_down(tmp_path: Path) -> None:
    home, bolt, http = str(tmp_path / "neo4j"), free_port(), free_port()
    up = run(tmp_path, "neo4j", "up", "--home", home, "--bolt-port", str(bolt), "--http-port", str(http))
    try:
        assert up.returncode == 0, up.stderr
        assert f"bolt://127.0.0.1:{bolt}" in up.stdout
        assert f"http://127.0.0.1:{http}/browser/" in up.stdout
        assert (
            "browser.post_connect_cmd=config autoComplete: false; style http://127.0.0.1:8000/browser/style.grass; "
            in ((tmp_path / "neo4j" / "conf" / "neo4j.conf").read_text(encoding="utf-8"))
        )
        assert run(tmp_path, "neo4j", "status", "--home", home).returncode == 0
    finally:
        down = run(tmp_path, "neo4j", "down", "--home", home)
    assert "Stopped." in down.stdout
    assert run(tmp_path, "neo4j", "status", "--home", home).returncode == 3
