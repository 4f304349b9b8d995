"""`wattgraph source hash | verify`: whether a document at hand is the one that was read."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from graph.seeding.reader import read_seeds
from graph.stores.embedded.store import EmbeddedStore
from tests import facts
from tests.command import Ended, run_command

TEXT = "The lease of 245 MW\nis worth $7.0 billion.\n"
HASH = hashlib.sha256(b"Theleaseof245MWisworth$7.0billion.").hexdigest()
READ = f"origin: filing, read: FIRST_HAND, hash_rule: VISIBLE_TEXT, sha256: '{HASH}'}}"
SOURCES = facts.SOURCES.replace("origin: filing}", READ).replace(
    "origin: late}", "origin: late, read: SECOND_HAND, through: [news]}"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with facts and a store of them, and with documents."""
    folder = tmp_path_factory.mktemp("world")
    log = read_seeds(facts.write(folder, sources=SOURCES))

    async def load() -> None:
        store = await EmbeddedStore.open(folder / "data")
        await store.load(log)
        await store.close()

    asyncio.run(load())
    for name, content in {
        "copied.txt": TEXT.replace("\n", "\r\n"),
        "page.html": f"<html><body><p>{TEXT}</p></body></html>",
        "other.txt": TEXT.replace("245", "254"),
        "scan.pdf": "%PDF-1.7",
        "empty.txt": "\n",
    }.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


def run(world: Path, *arguments: str) -> Ended:
    paths = [str(world / word) if (world / word).exists() else word for word in arguments]
    return run_command(world / "data", "source", *paths)


@pytest.mark.parametrize("more", [[], ["--seeds", "seeds"]])
@pytest.mark.parametrize("name", ["copied.txt", "page.html"])
def test_the_document_that_was_read_is_known_again(name: str, more: list[str], world: Path) -> None:
    ended = run(world, "verify", name, "filing", *more)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{world / name} is what was read of filing (VISIBLE_TEXT).\n"


def test_another_document_is_told(world: Path) -> None:
    ended = run(world, "verify", "other.txt", "filing")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert (
        "other.txt is not what was read of filing (VISIBLE_TEXT). Compare the two at https://example.org/filing"
        in ended.stderr
    )


def test_a_source_without_a_hash_says_how_to_record_one(world: Path) -> None:
    ended = run(world, "verify", "copied.txt", "late")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "Nothing says what of late was read: it has no sha256." in ended.stderr
    assert f"`wattgraph source hash {world / 'copied.txt'}`" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["verify", "copied.txt", "nothing"], "there is no source 'nothing'"),
        (["verify", "nowhere.txt", "filing"], "'nowhere.txt' does not exist"),
        (["verify", "scan.pdf", "filing"], "Take its text out"),
        (["hash", "empty.txt"], "no visible text"),
    ],
)
def test_what_is_not_there_is_wrong_use(arguments: list[str], told: str, world: Path) -> None:
    ended = run(world, *arguments)
    assert ended.returncode == 2
    assert told in " ".join(ended.stderr.split())


def test_what_hash_prints_is_what_a_source_takes(tmp_path: Path, world: Path) -> None:
    ended = run(world, "hash", "page.html")
    assert (ended.returncode, ended.stdout) == (0, f"hash_rule: VISIBLE_TEXT\nsha256: '{HASH}'\n")
    lines = ended.stdout.replace("\n", "\n   ")
    printed = f"""- id: printed
   url: 'https://example.org/p'
   publisher: P
   published: '2026'
   kind: NEWS
   origin: p
   read: FIRST_HAND
   {lines}""".replace("\n   ", "\n  ")
    log = facts.log_of(tmp_path, sources=facts.SOURCES + printed)
    assert (log.sources["printed"].sha256, log.sources["printed"].hash_rule) == (HASH, "VISIBLE_TEXT")
    of_bytes = run(world, "hash", "page.html", "--rule", "BYTES")
    wanted = hashlib.sha256((world / "page.html").read_bytes()).hexdigest()
    assert of_bytes.stdout == f"hash_rule: BYTES\nsha256: '{wanted}'\n"
