"""Certificates: that an answer was the answer to a query, under a lens, by facts of one data version; and the proof.

A certificate holds query, variables, lens (with both dates), data version, policy, and a hash over the data of the
answer. It is checked in three ways, none of which believes what it says:

- the query is answered anew under its lens, under that of today, and of its day by what is known today: the outcome is
  that of a living figure;
- whatever became known after its state of knowledge is taken out of the facts, sources and withdrawals too, and the
  query is answered once more: if nothing later has leaked in, the answer is the same;
- the facts of its data version are looked for: those that are here, then those of the history of their folder. Where
  they are found, they tell whether what was certified was the answer, also where facts of then were entered since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.comparison.diff import middle_lenses
from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import POLICY_VERSION, is_known
from graph.evidence.statements import Statement
from graph.publication.editions import check_public, lens_from_json, lens_to_json
from graph.publication.living import lens_of_today
from graph.publication.outcomes import Outcome, outcome_of
from graph.stores.base import Store
from graph.vocabulary.values import Json, canonical

FORMAT = 1
_STAMP = "dataVersion"
"""What of an answer is no answer: of which data version it is."""


def answer_hash(data: Json) -> str:
    """Over the data of an answer, in one way of writing, without data versions."""
    return hashlib.sha256(canonical(_unstamped(data)).encode()).hexdigest()


def _unstamped(data: Json) -> Json:
    match data:
        case dict():
            return {name: _unstamped(value) for name, value in data.items() if name != _STAMP}
        case list():
            return [_unstamped(one) for one in data]
    return data


@dataclass(frozen=True)
class Certificate:
    """`lens` has both dates. `version` is the data version of all facts, `data_through` the day of the newest source
    that counts."""

    query: str
    variables: Mapping[str, Json]
    lens: Lens
    version: str
    policy: int
    answer: str
    data_through: date | None

    def to_json(self) -> dict[str, Json]:
        stated = {
            "certificate": FORMAT,
            "query": self.query,
            "variables": dict(self.variables),
            "lens": lens_to_json(self.lens),
            "dataVersion": self.version,
            "policy": self.policy,
            "dataThrough": self.data_through and str(self.data_through),
            "answer": f"sha256:{self.answer}",
        }
        return {**stated, "check": _check(stated)}


def _check(stated: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical(dict(stated)).encode()).hexdigest()[:16]


def read_certificate(document: Any) -> Certificate:
    """The certificate of what `to_json` wrote. Raises BadInput for what is none, and for one that was altered."""
    remedy = "Give a file that `wattgraph certify` has written, as it was written."
    try:
        stated = {name: value for name, value in document.items() if name != "check"}
        if stated["certificate"] != FORMAT or document["check"] != _check(stated):
            raise BadInput("The certificate was altered, or is of another version.", remedy=remedy)
        through = stated["dataThrough"]
        return Certificate(
            query=str(stated["query"]),
            variables=dict(stated["variables"]),
            lens=lens_from_json(stated["lens"]),
            version=str(stated["dataVersion"]),
            policy=int(stated["policy"]),
            answer=str(stated["answer"]).removeprefix("sha256:"),
            data_through=None if through is None else date.fromisoformat(through),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BadInput("That is no certificate.", remedy=remedy) from None


# ---- made


Answers = Callable[[Store, Lens], Awaitable[Json]]
"""The data of the answer to a query under a lens. Raises BadInput where the answer has errors."""


async def certify(store: Store, lens: Lens, query: str, variables: Mapping[str, Json], answers: Answers) -> Certificate:
    """Raises what `answers` raises, BadInput for private facts, BadLens, StoreError."""
    check_public(lens, "A certificate")
    reader = await store.reader(lens)
    data = await answers(store, reader.lens)
    return Certificate(
        query, variables, reader.lens, reader.version.id, POLICY_VERSION, answer_hash(data), reader.data_through
    )


# ---- checked


@dataclass(frozen=True, slots=True)
class FactsOfThen:
    """Where the facts of a data version were found, in words, and the hash of the answer that they give."""

    where: str
    answer: str


@dataclass(frozen=True, slots=True)
class CertificateState:
    """What has become of a certificate. `then`, `now` and `learnt` are hashes of answers, as of a living figure;
    `sealed` is that of the answer by the facts without the `later` statements that became known after its state of
    knowledge. `facts` is None where those of its data version are not found."""

    certificate: Certificate
    outcome: Outcome
    then: str
    now: str
    learnt: str | None
    sealed: str
    later: int
    facts: FactsOfThen | None
    today: Lens
    data_version: str

    @property
    def leaked(self) -> bool:
        """Whether what became known later changes the answer under its lens."""
        return self.sealed != self.then

    @property
    def is_proven(self) -> bool:
        """Whether facts that are here, or those of its data version, give what was certified, and nothing leaked."""
        cited = self.certificate.answer
        return not self.leaked and (self.then == cited or (self.facts is not None and self.facts.answer == cited))


async def state_of_certificate(
    store: Store, certificate: Certificate, answers: Answers, others: OtherFacts
) -> CertificateState:
    """Raises what `answers` raises, BadLens, StoreError."""
    before = await store.reader(certificate.lens)
    after = await store.reader(lens_of_today(certificate.lens))
    then, now = [answer_hash(await answers(store, lens)) for lens in (before.lens, after.lens)]
    learnt = None
    if then == certificate.answer != now:
        _, informed = middle_lenses(before.lens, after.lens)
        learnt = answer_hash(await answers(store, informed))
    log = await store.log()
    sealed, later = without_later(log, before.lens)
    facts = await _facts_of_then(log, then, certificate, answers, others)
    is_said = facts is not None and (facts.answer == certificate.answer or certificate.policy != POLICY_VERSION)
    return CertificateState(
        certificate=certificate,
        outcome=outcome_of(
            certificate.answer,
            then=then,
            now=now,
            learnt=learnt,
            is_said=is_said,
            same_policy=certificate.policy == POLICY_VERSION,
        ),
        then=then,
        now=now,
        learnt=learnt,
        sealed=await others.answer(sealed, before.lens, answers),
        later=later,
        facts=facts,
        today=after.lens,
        data_version=after.version.id,
    )


@dataclass(frozen=True)
class OtherFacts:
    """`opened` gives a store of its own over other facts, on the same day and with the same scenarios; `history` logs
    from before with the name of each, the newest first."""

    opened: Callable[[StatementLog], AbstractAsyncContextManager[Store]]
    history: Callable[[], Iterable[tuple[str, StatementLog]]]

    async def answer(self, log: StatementLog, lens: Lens, answers: Answers) -> str:
        """The hash of the answer that these facts give."""
        async with self.opened(log) as store:
            return answer_hash(await answers(store, lens))


def without_later(log: StatementLog, lens: Lens) -> tuple[StatementLog, int]:
    """The facts as far as they were known under a lens, and how many statements that leaves out. What was withdrawn
    later stands again."""
    known_on = lens.known_on or date.max
    kept = [_as_known(one, known_on) for one in log.statements if is_known(one, lens)]
    cited = {one.source for one in kept}
    sources = [source for key, source in log.sources.items() if key in cited]
    return StatementLog.of(kept, sources), len(log.statements) - len(kept)


def _as_known(statement: Statement, known_on: date) -> Statement:
    later = statement.withdrawn is not None and statement.withdrawn > known_on
    return statement.but(withdrawn=None) if later else statement


async def _facts_of_then(
    log: StatementLog, then: str, certificate: Certificate, answers: Answers, others: OtherFacts
) -> FactsOfThen | None:
    if log.version_under(certificate.policy) == certificate.version:
        return FactsOfThen("the facts that are here", then)
    for where, earlier in others.history():
        if earlier.version_under(certificate.policy) == certificate.version:
            return FactsOfThen(where, await others.answer(earlier, certificate.lens, answers))
    return None
