"""Asks whether a locked dependency has a known vulnerability: `make audit-dependencies`.

Python packages are asked of OSV by pip-audit, those of npm of the registry by `npm audit`. Before it believes either,
it asks about a release that is known to be vulnerable. Exit codes: 0 none is vulnerable; 1 some are; 2 what could not
be asked is not known to be sound, so that is a failure too."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.settings import PROJECT
from operations.lock import LOCK

NODE_LOCKS = (
    PROJECT / "api" / "static" / "graph" / "source",
    PROJECT / "api" / "static" / "graphiql" / "source",
    PROJECT / "graph" / "pictures" / "font" / "source",
    PROJECT / "tests" / "clients",
)
PYTHON_CANARY = "flask==0.5"
"""The example of pip-audit's own manual: PYSEC-2019-179, PYSEC-2018-66."""
NODE_CANARY = ("minimist", "0.0.8")
"""GHSA-vh95-rmgr-6w4m."""
_SECONDS = 600
_VULNERABLE, _NOT_AUDITED = 1, 2


class NotAudited(Exception):
    """The scanner cannot say whether the packages are vulnerable."""


@dataclass(frozen=True, slots=True)
class Scan:
    what: str
    vulnerabilities: Sequence[str]


def audit_python(requirements: Path, osv_url: str | None) -> Scan:
    """Raises NotAudited."""
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(f"{PYTHON_CANARY}\n", encoding="utf-8")
        if not _pip_audit(canary, osv_url, "--no-deps"):
            raise NotAudited(f"The scanner finds nothing wrong with {PYTHON_CANARY}, which is known to be vulnerable.")
    return Scan(requirements.name, _pip_audit(requirements, osv_url, "--require-hashes"))


def _pip_audit(requirements: Path, osv_url: str | None, *options: str) -> list[str]:
    """The vulnerabilities. Raises NotAudited where any package could not be asked about."""
    with tempfile.TemporaryDirectory() as cache:  # what was found yesterday is no answer
        command = [sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--progress-spinner", "off"]
        command += ["--vulnerability-service", "osv", "--cache-dir", cache, "--format", "json"]
        command += ["--osv-url", osv_url] if osv_url else []
        ended = _run([*command, "--requirement", str(requirements), *options])
    told = _read_json(ended, "pip-audit")
    packages = told.get("dependencies", [])
    skipped = [one["name"] for one in packages if "vulns" not in one]
    if skipped or not packages:
        raise NotAudited(f"pip-audit left out {', '.join(skipped) or 'all packages'}.")
    return [
        f"{one['name']} {one['version']}: {problem['id']}, mended in {', '.join(problem['fix_versions']) or 'nothing'}"
        for one in packages
        for problem in one["vulns"]
    ]


def audit_node(folder: Path, registry: str | None) -> Scan:
    """Raises NotAudited."""
    name, version = NODE_CANARY
    with tempfile.TemporaryDirectory() as canary:
        packages = {"": {"dependencies": {name: version}}, f"node_modules/{name}": {"version": version}}
        lock = {"name": "canary", "lockfileVersion": 3, "packages": packages}
        Path(canary, "package.json").write_text(json.dumps({"name": "canary", "dependencies": {name: version}}))
        Path(canary, "package-lock.json").write_text(json.dumps(lock))
        if not _npm_audit(Path(canary), registry):
            raise NotAudited(f"npm audit finds nothing wrong with {name} {version}, which is known to be vulnerable.")
    return Scan(f"{folder.relative_to(PROJECT)}/package-lock.json", _npm_audit(folder, registry))


def _npm_audit(folder: Path, registry: str | None) -> list[str]:
    command = ["npm", "audit", "--package-lock-only", "--json", "--prefix", str(folder)]
    told = _read_json(_run([*command, *(["--registry", registry] if registry else [])]), "npm audit")
    if "vulnerabilities" not in told:
        raise NotAudited(f"npm audit did not audit: {told.get('message') or told.get('error') or 'no answer'}.")
    found = told["vulnerabilities"].values()
    return [f"{one['name']} {one['range']}: {one['severity']}" for one in found]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAudited(f"{command[0]} did not run: {error}.") from None


def _read_json(ended: subprocess.CompletedProcess[str], tool: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(ended.stdout)
    except json.JSONDecodeError:
        last = (ended.stderr.strip().splitlines() or ["no answer"])[-1]
        raise NotAudited(f"{tool} did not audit: {last}") from None
    return told


def _scans(arguments: argparse.Namespace) -> Iterator[Scan | NotAudited]:
    try:
        yield audit_python(arguments.requirements, arguments.osv_url)
    except NotAudited as problem:
        yield problem
    for folder in NODE_LOCKS:
        try:
            yield audit_node(folder, arguments.registry)
        except NotAudited as problem:
            yield problem
            return  # the next would fail alike


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=Path, default=LOCK, help="[default: requirements.lock]")
    parser.add_argument("--osv-url", help="of the service [default: that of pip-audit]")
    parser.add_argument("--registry", help="of npm [default: that of npm's configuration]")
    code = 0
    for scan in _scans(parser.parse_args()):
        if isinstance(scan, NotAudited):
            print(f"NOT AUDITED: {scan}")
            code = _NOT_AUDITED
        elif scan.vulnerabilities:
            print(f"{scan.what}: {len(scan.vulnerabilities)} known vulnerabilities", *scan.vulnerabilities, sep="\n  ")
            code = code or _VULNERABLE
        else:
            print(f"{scan.what}: no known vulnerability")
    sys.exit(code)


if __name__ == "__main__":
    main()
