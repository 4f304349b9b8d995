"""The settings: what the environment may hold, and which facts are the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.analytics.core.facts import read_facts
from graph.errors import BadSettings, SeedErrors
from graph.settings import PROJECT, facts_folder, read_settings
from tests import facts


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("WATTGRAPH_SEED", "Did you mean WATTGRAPH_SEEDS?"),
        ("WATTGRAPH_NEO4J_URL", "Did you mean WATTGRAPH_NEO4J_URI?"),
        ("wattgraph_hosts", "Did you mean WATTGRAPH_HOST?"),
        ("WATTGRAPH_XYZ", "See docs/settings.md for those that are."),
    ],
)
def test_a_mistyped_setting_is_an_error_that_names_it(name: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "value")
    with pytest.raises(BadSettings) as caught:
        read_settings()
    assert (caught.value.message, caught.value.remedy) == (f"{name} is no setting.", remedy)


def test_all_wrong_settings_are_told_at_once_each_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOSTS": "x", "PORT": "99999", "DEADLINE": "soon", "ALLOWED_HOSTS": ""}.items():
        monkeypatch.setenv(f"WATTGRAPH_{name}", value)
    with pytest.raises(BadSettings) as caught:
        read_settings()
    first, *others = caught.value.remedy.split("\n  ")
    assert (caught.value.message, first) == ("3 settings cannot be used.", "Mend each:")
    assert [line.split()[0] for line in others] == ["WATTGRAPH_HOSTS", "WATTGRAPH_PORT", "WATTGRAPH_DEADLINE"]
    assert others[0].endswith("Did you mean WATTGRAPH_HOST?")
    assert others[1].endswith("less than or equal to 65535. It is: Port the service listens on. Default: 8000.")


@pytest.mark.parametrize("name", ["HOST", "DATA", "SEEDS", "NEO4J_PASSWORD", "TRUSTED_DOCUMENTS"])
def test_an_empty_setting_is_no_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"WATTGRAPH_{name}", "")
    with pytest.raises(BadSettings, match=f"WATTGRAPH_{name} cannot be used: it is empty"):
        read_settings()


def test_a_list_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTGRAPH_ALLOWED_HOSTS", "")
    assert read_settings().allowed_hosts == ()


def test_variables_that_are_read_elsewhere_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTGRAPH_CACHE", "/nowhere")
    monkeypatch.setenv("WATTGRAPH_TEST_AUDIT", "0")
    monkeypatch.setenv("wattgraph_port", "8123")  # names of settings have no case
    assert read_settings().port == 8123


def test_the_facts_of_a_checkout_are_its_seeds() -> None:
    assert facts_folder() == PROJECT / "seeds"


def test_facts_are_read_from_a_str_a_path_or_the_folder_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = facts.write(tmp_path)
    version = read_facts(folder).snapshot.data_version
    assert read_facts(str(folder)).snapshot.data_version == version
    monkeypatch.setenv("WATTGRAPH_SEEDS", str(folder))
    assert read_facts().snapshot.data_version == version
    monkeypatch.setenv("WATTGRAPH_SEEDS", str(tmp_path / "nowhere"))
    with pytest.raises(SeedErrors, match="problem"):
        read_facts()
