"""What ships around the code: container files, lock, make targets. Read, not run: not every machine has Docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import yaml
from packaging.requirements import Requirement

from cli.commands.neo4j import browser_settings
from graph.browser.addresses import SERVICE
from graph.stores.neo4j.server import HEAP, neo4j_settings
from tests.server import Server, environment, free_port, wait_until_ready

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

OTHER_TOOL_CONFIGURATION = (
    *(".coveragerc", ".flake8", ".mypy.ini", ".pylintrc", ".pytest.ini", ".pytest.toml", ".ruff.toml", "mypy.ini"),
    *("pyrightconfig.json", "pytest.ini", "pytest.toml", "ruff.toml", "setup.cfg", "setup.py", "tox.ini"),
)


def instructions(name: str) -> list[str]:
    """What follows each `name` of the Dockerfile, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def locked_versions() -> dict[str, str]:
    """The version of each package in the lock."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", LOCK, re.MULTILINE))


def requirements() -> list[Requirement]:
    project = PYPROJECT["project"]
    lists = [
        PYPROJECT["build-system"]["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PYPROJECT["dependency-groups"].values(),
    ]
    return [Requirement(text) for text in sorted({text for texts in lists for text in texts})]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Else a test run under `make test` would hand its own flags down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


# --- docker-compose.yml


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_published_on_loopback_only(name: str) -> None:
    ports = SERVICES[name]["ports"]
    assert ports
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_neo4j_browser_bolt_and_the_api_are_published_on_their_usual_ports() -> None:
    published = {port.split(":")[1] for service in SERVICES.values() for port in service["ports"]}
    assert published == {"7474", "7687", "8000"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


def test_the_api_waits_for_a_healthy_neo4j_and_is_told_where_it_is() -> None:
    api = SERVICES["api"]
    assert api["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert api["environment"]["WATTGRAPH_NEO4J_URI"] == "bolt://neo4j:7687"
    assert api["environment"]["WATTGRAPH_NEO4J_USER"] == "neo4j"


def test_the_password_comes_from_the_environment_and_its_absence_is_an_error() -> None:
    values = [
        str(value)
        for service in SERVICES.values()
        for name, value in service["environment"].items()
        if re.search("PASSWORD|AUTH|TOKEN|SECRET", name)
    ]
    assert len(values) == 2
    assert all(re.fullmatch(r"(neo4j/)?\$\{NEO4J_PASSWORD:\?[^}]+\}", value) for value in values)


def test_the_database_lives_in_a_named_volume() -> None:
    assert SERVICES["neo4j"]["volumes"] == ["neo4j-data:/data"]
    assert "neo4j-data" in COMPOSE["volumes"]


def test_the_neo4j_of_compose_is_of_the_release_that_the_tests_run() -> None:
    runner = (ROOT / "graph" / "stores" / "neo4j" / "server.py").read_text()
    release = re.search(r'^NEO4J = "(\d+\.\d+)\.', runner, re.MULTILINE)
    assert release
    assert SERVICES["neo4j"]["image"] == f"neo4j:{release[1]}-community"


def test_compose_configures_neo4j_as_neo4j_up_does() -> None:
    """But for what a container needs otherwise: where it listens, and that it asks for a password."""
    server = SERVICES["neo4j"]["environment"]
    composed = {_setting(name): value for name, value in server.items() if name != "NEO4J_AUTH"}
    started = dict(neo4j_settings(browser=browser_settings(SERVICE)))
    assert {name: started[name] for name in composed.keys() - {"server.memory.heap.max_size"}} == {
        name: value for name, value in composed.items() if name != "server.memory.heap.max_size"
    }
    assert composed["server.memory.heap.max_size"] == HEAP
    assert started.keys() - composed.keys() == {
        *("server.default_listen_address", "server.bolt.listen_address", "server.bolt.advertised_address"),
        *("server.http.listen_address", "server.http.advertised_address", "server.https.enabled"),
        *("dbms.security.auth_enabled", "db.tx_log.preallocate"),
        *("internal.server.bolt.connection_shutdown_wait_time", "internal.server.bolt.thread_pool_shutdown_wait_time"),
    }


def _setting(variable: str) -> str:
    """The setting that a variable of the image stands for: `__` is `_`, and `_` is a dot."""
    return variable.removeprefix("NEO4J_").replace("__", " ").replace("_", ".").replace(" ", "_")


def test_compose_asks_for_a_password_and_neo4j_up_does_not() -> None:
    assert SERVICES["neo4j"]["environment"]["NEO4J_AUTH"].startswith("neo4j/${NEO4J_PASSWORD:?")
    assert dict(neo4j_settings())["dbms.security.auth_enabled"] == "false"


# --- Dockerfile


def test_the_image_runs_without_root() -> None:
    assert instructions("USER") == ["10000:10000"]
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nCMD ")


def test_the_image_is_pinned_and_built_in_stages() -> None:
    (argument,) = instructions("ARG")
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+-slim-\w+", argument)
    assert instructions("FROM") == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"]


def test_the_image_installs_from_the_lock_by_hash() -> None:
    for run in instructions("RUN"):
        for step in re.findall(r"(?:uv )?pip install [^&]+|uv build [^&]+", run):
            assert "--require-hashes" in step or "--no-deps /dist/" in step


def test_the_image_has_a_health_check_and_serves() -> None:
    (check,) = instructions("HEALTHCHECK")
    assert "/healthz" in check
    assert instructions("CMD") == ['["wattgraph", "serve"]']


def test_the_image_holds_no_secret() -> None:
    assert not re.search(r"(?i)password|secret|token|api_key", DOCKERFILE)


def test_only_named_files_reach_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    copied = {word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]}
    assert copied == {line[1:] for line in lines if line.startswith("!")}


# --- requirements.lock and pyproject.toml


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked_versions()) > 0
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_address() -> None:
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host| @ ", LOCK)


def test_the_lock_holds_what_the_project_asks_for() -> None:
    versions = locked_versions()
    assert requirements()
    assert [str(one) for one in requirements() if not one.specifier.contains(versions[one.name.lower()])] == []


def test_tools_are_configured_in_pyproject_alone() -> None:
    assert [name for name in OTHER_TOOL_CONFIGURATION if (ROOT / name).exists()] == []
    assert {"ruff", "mypy", "pytest"} <= set(PYPROJECT["tool"])


# --- Makefile and .ci/run


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing: install make.")
def test_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    listed = re.findall(r"^  make (\S+)  ", make("help").stdout, re.MULTILINE)
    assert set(listed) == set(phony[1].split())
    assert {"help", "run", "test", "check", "lock", "clean"} <= set(listed)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing: install make.")
def test_an_old_python_is_refused_with_a_remedy(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.1" && exit 0\nexit 1\n')
    old.chmod(0o755)
    said = make(f"PYTHON={old}", f"VENV={tmp_path / 'venv'}", "setup")
    assert said.returncode != 0
    assert "Python 3.11 to 3.14" in said.stderr
    assert "is Python 3.9.1" in said.stderr
    assert "make PYTHON=" in said.stderr
    assert not (tmp_path / "venv").exists()


def test_make_accepts_the_pythons_that_the_project_accepts() -> None:
    bounds = re.findall(r"\((\d), (\d+)\)", MAKEFILE)
    assert PYPROJECT["project"]["requires-python"] == ">={}.{},<{}.{}".format(*bounds[0], *bounds[1])
    assert (3, 11) <= sys.version_info[:2] < (3, 15)


def test_ci_runs_exactly_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if not line.startswith(("#", "set "))]
    assert commands == ['cd "$(dirname "$0")/.."', "make test"]


def build_package(target: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [file] = folder.iterdir()
    return file


def tracked_files(*folders: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(listed.stdout.split())


def test_a_wheel_holds_the_packages_and_the_facts(tmp_path: Path) -> None:
    names = set(ZipFile(build_package("wheel", tmp_path)).namelist())
    facts = {path.replace("seeds/", "graph/seeding/facts/", 1) for path in tracked_files("seeds")}
    assert tracked_files("graph", "api", "cli") | facts <= names
    assert {f"{package}/py.typed" for package in ("graph", "api", "cli")} <= names


@pytest.mark.slow
def test_a_source_distribution_holds_all_that_is_tracked(tmp_path: Path) -> None:
    with tarfile.open(build_package("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert tracked_files() <= names


def installed(folder: Path) -> Path:
    """The scripts of a new environment with the wheel of Wattgraph; the libraries are those of this environment."""
    wheel, venv = build_package("wheel", folder / "dist"), folder / "venv"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(venv)], check=True)
    subprocess.run(
        [*uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", str(venv), str(wheel)], check=True
    )
    [site] = venv.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin"


@pytest.mark.slow
def test_an_installed_wheel_loads_and_serves_its_facts_from_any_folder(tmp_path: Path) -> None:
    scripts, elsewhere, port = installed(tmp_path), tmp_path / "elsewhere", free_port()
    elsewhere.mkdir()
    more = {"cwd": elsewhere, "env": environment(Path("data"), port)}
    where = [str(scripts / "python"), "-c", "from graph.settings import read_settings; print(read_settings().seeds)"]
    told = subprocess.run(where, check=True, capture_output=True, text=True, **more)
    assert Path(told.stdout.strip()).is_relative_to(tmp_path / "venv")
    subprocess.run([str(scripts / "wattgraph"), "load"], check=True, capture_output=True, **more)
    assert (elsewhere / "data" / "wattgraph.sqlite").exists()
    with subprocess.Popen([str(scripts / "wattgraph"), "serve"], stdout=subprocess.DEVNULL, **more) as process:
        try:
            server = Server(f"http://127.0.0.1:{port}", process, more["env"])
            wait_until_ready(server, "/readyz")
            answer = httpx.post(f"{server.url}/graphql", json={"query": '{ organization(key: "iren") { name } }'})
        finally:
            process.terminate()
    assert answer.json()["data"] == {"organization": {"name": "IREN"}}
