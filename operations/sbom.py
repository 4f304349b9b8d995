"""The software bill of materials: what an installation with all extras is made of, as CycloneDX 1.6.

    python -m operations.sbom [--output dist/wattgraph-VERSION.cdx.json]

Python packages come from requirements.lock, with their hashes; scripts and fonts that are in the package come from the
locks that they were built from. From the same files it writes the same bytes; licences of Python packages are those
that the environment tells, so a package of another platform has none."""

from __future__ import annotations

import argparse
import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, metadata, version
from json import loads
from pathlib import Path
from uuid import UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from graph.settings import PROJECT
from operations.lock import LOCK, Locked, direct, read_lock, shipped

BUNDLES = tuple(PROJECT / "api" / "static" / name for name in ("graph", "graphiql"))
"""Scripts that were built from packages of npm: LICENSES.txt names those that are in them."""
FONT_LOCK = PROJECT / "graph" / "pictures" / "font" / "source" / "package-lock.json"
_BUNDLED = re.compile(r"^==== (?P<name>\S+) (?P<version>\S+) \((?P<licence>.+)\)$", re.MULTILINE)
_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""That of addresses (RFC 9562)."""


def sbom() -> str:
    """JSON text that ends with a line break."""
    project = Component(
        name="wattgraph",
        version=version("wattgraph"),
        type=ComponentType.APPLICATION,
        bom_ref="wattgraph",
        purl=PackageURL("pypi", None, "wattgraph", version("wattgraph")),
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    packages = read_lock()
    by_name = {one.name: _python_component(one) for one in shipped(packages)}
    scripts = [*_bundled(), *_font()]
    bom = Bom(components=[*by_name.values(), *scripts], serial_number=_serial_number())
    bom.metadata.component = project
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the same bytes from the same files
    bom.register_dependency(project, [*(by_name[one.name] for one in direct(packages)), *scripts])
    for name, component in by_name.items():
        bom.register_dependency(component, [by_name[one] for one in by_name if name in packages[one].needed_by])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def _serial_number() -> UUID:
    files = (LOCK, FONT_LOCK, *(folder / "LICENSES.txt" for folder in BUNDLES))
    digest = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return uuid5(_NAMESPACE, f"wattgraph {version('wattgraph')} {digest}")


def _python_component(package: Locked) -> Component:
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.hashes]
    purl = PackageURL("pypi", None, package.name, package.version)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        # one hash says that it is this file; several say that it is one of them
        hashes=hashes[:1] if len(hashes) == 1 else (),
        licenses=list(_python_licences(package.name)),
    )


def _python_licences(name: str) -> Iterator[License]:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return
    classifiers = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", ()) if one.startswith("License ::")]
    text = told["License-Expression"] or " AND ".join(sorted(set(classifiers))) or told["License"]
    if text:
        yield LicenseFactory().make_from_string(text.splitlines()[0])


def _bundled() -> Iterator[Component]:
    for folder in BUNDLES:
        lock = loads((folder / "source" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        for match in _BUNDLED.finditer((folder / "LICENSES.txt").read_text(encoding="utf-8")):
            yield _npm_component(match["name"], match["version"], match["licence"], lock, folder.name)


def _font() -> Iterator[Component]:
    packages = loads(FONT_LOCK.read_text(encoding="utf-8"))["packages"]
    for path, package in packages.items():
        if path:
            name = path.rpartition("node_modules/")[2]
            yield _npm_component(name, package["version"], package["license"], packages, "font")


def _npm_component(name: str, number: str, licence: str, lock: dict[str, dict[str, str]], bundle: str) -> Component:
    namespace, _, short = name.rpartition("/")
    purl = PackageURL("npm", namespace or None, short, number)
    places = (one for path, one in lock.items() if path.endswith(f"node_modules/{name}"))
    integrity = next(one["integrity"] for one in places if one["version"] == number)
    return Component(
        name=short,
        group=namespace or None,
        version=number,
        type=ComponentType.LIBRARY,
        bom_ref=f"{bundle}:{purl.to_string()}",
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=b64decode(integrity.removeprefix("sha512-")).hex())],
        licenses=[LicenseFactory().make_from_string(licence)],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = PROJECT / "dist" / f"wattgraph-{version('wattgraph')}.cdx.json"
    parser.add_argument("--output", type=Path, default=default, help=f"[default: dist/{default.name}]")
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(sbom(), encoding="utf-8")
    print(f"Wrote {output}.")


if __name__ == "__main__":
    main()
