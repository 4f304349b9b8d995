"""The files of a release: `make release SIGNING_KEY=~/.ssh/id_ed25519`, and how anybody checks them.

    python -m operations.release build --output dist [--signing-key FILE]
    python -m operations.release verify dist --signers FILE

A wheel, a source distribution, the bill of materials, SHA256SUMS of the three, and its signature by ssh-keygen, which
every OpenSSH has. From one commit each of them has the same bytes, wherever it is built with the versions of the lock.
Without a key nothing is signed, and the command says so and fails."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from graph.settings import PROJECT
from operations.sbom import sbom

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
NAMESPACE = "wattgraph-release"
"""A signature made for anything else does not count."""
SIGNER = "release@wattgraph"
"""Under which name the file of signers lists the key."""


def build(folder: Path) -> list[Path]:
    """The files, and their sums. What lay in the folder from an earlier release is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("wattgraph-*"), folder / SUMS, folder / SIGNATURE]:
        old.unlink(missing_ok=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _commit_time()}
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve())]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
    bill = folder / f"wattgraph-{version('wattgraph')}.cdx.json"
    bill.write_text(sbom(), encoding="utf-8")
    files = sorted(folder.glob("wattgraph-*"))
    (folder / SUMS).write_text("".join(f"{_digest(file)}  {file.name}\n" for file in files), encoding="utf-8")
    return files


def _commit_time() -> str:
    """Of the commit that is built, so that the files do not tell when they were made."""
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.strip()


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def sign(folder: Path, key: Path) -> None:
    (folder / SIGNATURE).unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(folder / SUMS)]
    subprocess.run(command, check=True)


def problems_of(folder: Path, signers: Path) -> list[str]:
    """What is wrong with the files of a release; nothing is, where the list is empty."""
    sums = (folder / SUMS).read_bytes() if (folder / SUMS).is_file() else None
    if sums is None:
        return [f"{SUMS} is missing."]
    command = ["ssh-keygen", "-q", "-Y", "verify", "-f", str(signers), "-I", SIGNER, "-n", NAMESPACE]
    signed = subprocess.run([*command, "-s", str(folder / SIGNATURE)], input=sums, capture_output=True, check=False)
    problems = [] if signed.returncode == 0 else [f"{SUMS} bears no signature of {SIGNER}."]
    for line in sums.decode().splitlines():
        digest, _, name = line.partition("  ")
        file = folder / Path(name).name
        if not file.is_file():
            problems.append(f"{name} is missing.")
        elif _digest(file) != digest:
            problems.append(f"{name} is another file than the one that was released.")
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="write the files, and sign them")
    building.add_argument("--output", type=Path, default=PROJECT / "dist", help="folder [default: dist]")
    building.add_argument("--signing-key", type=Path, help="private key of OpenSSH")
    verifying = commands.add_parser("verify", help="check the files of a release")
    verifying.add_argument("folder", type=Path)
    verifying.add_argument("--signers", type=Path, required=True, help=f"lines of: {SIGNER} KEYTYPE KEY")
    arguments = parser.parse_args()
    if arguments.command == "verify":
        problems = problems_of(arguments.folder, arguments.signers)
        sys.exit("\n".join(problems) if problems else print("Every file is the one that was released."))
    for file in build(arguments.output):
        print(f"Wrote {file}.")
    if arguments.signing_key is None:
        sys.exit("Not signed: name a key, make release SIGNING_KEY=FILE.")
    sign(arguments.output, arguments.signing_key)
    print(f"Signed {arguments.output / SUMS}.")


if __name__ == "__main__":
    main()
