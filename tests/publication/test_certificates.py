"""Certificates: what each outcome takes, that nothing later leaks in, that the history of the facts proves them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from api.execution.lens_arguments import names_lens
from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.publication.certificates import (
    Certificate,
    CertificateState,
    OtherFacts,
    certify,
    read_certificate,
    state_of_certificate,
    without_later,
)
from graph.publication.outcomes import Outcome
from graph.seeding.history import earlier_seeds
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore
from graph.vocabulary.values import Json
from tests import facts
from tests.command import run_command
from tests.facts import lens

THEN = lens("2026-02-15", "2026-02-15")
MOVED = """
    - {says: {value_usd: 2000000000}, sources: [late], confidence: high, as_of: '2026-06-01'}
"""
CORRECTED = """
    - {says: {value_usd: 2000000000}, sources: [late], confidence: high}
"""
BACKDATED = """
    - {says: {value_usd: 3000000000}, sources: [release], confidence: high}
"""
"""Known on 2026-01-12, the later publication of two about one moment."""


async def _value(store: Store, under: Lens) -> Json:
    """The answer to a query: the value of the lease, and the data version, which is no part of the answer."""
    [row] = await (await store.reader(under)).get("Link", ["lease"])
    return {"value": row and row.columns.get("value_usd"), "dataVersion": (await store.reader()).version.id}


def _log(folder: Path, more: str) -> StatementLog:
    return facts.log_of(folder, links_provides_capacity=facts.LEASE + more)


@asynccontextmanager
async def _opened(log: StatementLog) -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = await EmbeddedStore.open(Path(folder), clock=lambda: facts.TODAY)
        await store.load(log)
        yield store
        await store.close()


async def _state(
    now: StatementLog,
    certificate: Certificate,
    history: Callable[[], Iterable[tuple[str, StatementLog]]] = tuple,
) -> CertificateState:
    async with _opened(now) as store:
        return await state_of_certificate(store, certificate, _value, OtherFacts(_opened, history))


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ("", Outcome.SAME),
        (MOVED, Outcome.CHANGED_BY_THE_WORLD),
        (CORRECTED, Outcome.WE_LEARNT_MORE),
        (BACKDATED, Outcome.CANNOT_TELL),
    ],
)
async def test_its_outcomes_are_those_of_a_living_figure(more: str, outcome: Outcome, tmp_path: Path) -> None:
    """1 bn USD of January; 2 bn of June, since June or even then; 3 bn of January, entered later."""
    old = _log(tmp_path / "old", "")
    async with _opened(old) as store:
        certificate = await certify(store, THEN, "{ links }", {}, _value)
    assert read_certificate(json.loads(json.dumps(certificate.to_json()))) == certificate
    state = await _state(_log(tmp_path / "new", more), certificate)
    assert (state.outcome, state.leaked) == (outcome, False)
    assert state.is_proven is (outcome is not Outcome.CANNOT_TELL)


async def test_the_history_of_the_facts_proves_what_they_do_not_give_any_more(tmp_path: Path) -> None:
    old, new = _log(tmp_path / "old", ""), _log(tmp_path / "new", BACKDATED)
    async with _opened(old) as store:
        certificate = await certify(store, THEN, "{ links }", {}, _value)
    history = lambda: iter([("another", new), ("the first", old)])  # noqa: E731
    state = await _state(new, certificate, history)
    assert (state.outcome, state.is_proven) == (Outcome.WE_LEARNT_MORE, True)
    assert state.facts is not None
    assert state.facts.where == "the first"

    # of another policy the facts of then are found by the version that they had under it, and give something else
    earlier = replace(certificate, policy=1, version=old.version_under(1), answer="0" * 64)
    decided = await _state(new, earlier, history)
    assert (decided.outcome, decided.is_proven) == (Outcome.DECIDED_OTHERWISE, False)

    # the same policy and the same facts give what they give: nobody answered so
    untold = await _state(new, replace(certificate, answer="0" * 64), history)
    assert (untold.outcome, untold.is_proven) == (Outcome.CANNOT_TELL, False)


async def test_what_became_known_later_and_leaks_into_an_answer_is_seen(tmp_path: Path) -> None:
    async def leaky(store: Store, under: Lens) -> Json:
        return len((await store.log()).statements)

    async with _opened(_log(tmp_path, MOVED)) as store:
        certificate = await certify(store, THEN, "{ links }", {}, leaky)
        state = await state_of_certificate(store, certificate, leaky, OtherFacts(_opened, tuple))
    assert (state.outcome, state.leaked, state.is_proven) == (Outcome.SAME, True, False)


def test_without_what_became_known_later_a_withdrawn_claim_stands_again(tmp_path: Path) -> None:
    withdrawn = facts.LEASE.replace("confidence: high", "confidence: high\n      withdrawn: '2026-05-01'")
    log = facts.log_of(tmp_path, links_provides_capacity=withdrawn + MOVED)
    sealed, later = without_later(log, THEN)
    assert later == 4, "its value, its ends and its site"
    assert "late" not in sealed.sources
    assert {one.withdrawn for one in sealed.by_subject["lease"]} == {None}


@pytest.mark.parametrize("change", [{"answer": "sha256:0"}, {"query": "{ sites }"}, {"certificate": 2}])
async def test_an_altered_certificate_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    async with _opened(_log(tmp_path, "")) as store:
        document = (await certify(store, THEN, "{ links }", {}, _value)).to_json()
    with pytest.raises(BadInput, match="was altered"):
        read_certificate(document | change)
    with pytest.raises(BadInput, match="no certificate"):
        read_certificate(["nothing"])


def test_a_document_that_names_a_lens_is_told_from_one_that_does_not() -> None:
    assert names_lens('{ graph(lens: {knownOn: "2026-01-01"}) { links { totalCount } } }')
    assert names_lens("query($day: LensInput!) { diff(before: $day) { totalCount } }")
    assert not names_lens("{ links { totalCount } }")
    assert not names_lens("{ links {")


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_the_command_makes_one_and_proves_it_by_the_revisions_of_the_facts(tmp_path: Path) -> None:
    seeds = facts.write(tmp_path, links_provides_capacity=facts.LEASE)
    _git(seeds, "init", "-q")
    _git(seeds, "add", ".")
    _git(seeds, "commit", "-qm", "First")
    data, file = tmp_path / "data", tmp_path / "then.json"
    options = {"WATTGRAPH_SEEDS": str(seeds)}
    query = "{ links { nodes { key value { usd } } } }"
    assert run_command(data, "load", **options).returncode == 0
    made = run_command(
        data, "certify", query, "--valid-on", "2026-02-15", "--known-on", "2026-02-15", "--output", str(file), **options
    )
    assert made.returncode == 0, made.stderr
    facts.write(tmp_path, links_provides_capacity=facts.LEASE + BACKDATED)
    assert run_command(data, "load", **options).returncode == 0
    ended = run_command(data, "certify", "--check", str(file), **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "no   By the facts that are here, under its lens: another answer." in ended.stdout
    assert "yes  The facts of its data version, revision " in ended.stdout
    assert ended.stdout.endswith(
        "WE_LEARNT_MORE: It was the answer; by what is known today it would have been another even then.\nProven.\n"
    )
    unproven = run_command(data, "certify", "--check", str(file), "--revisions", "0", **options)
    assert unproven.returncode == 1
    assert unproven.stdout.endswith("Not proven.\n")
    own = run_command(data, "certify", '{ graph(lens: {knownOn: "2026-02-15"}) { links { totalCount } } }', **options)
    assert (own.returncode, "names a lens of its own" in own.stderr) == (1, True)
    assert list(earlier_seeds(tmp_path / "elsewhere", 5)) == []
