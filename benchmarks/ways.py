"""Questions answered by a compiled plan, beside the same service answering field by field through graphql-core.

    python -m benchmarks.ways [--organizations 10000] [--contracts 50000] [--rounds 40]

In one process, over an embedded store of the generated market (a minute or two to load). Both ways have to give the
same bytes before they are timed. They take turns, each question with other values in every round, nothing of an answer
is kept. What counts is the median of the processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.context.store_provider import StoreProvider
from api.execution.execute import PLANS_ANSWER, execute_request
from api.execution.validation import GraphQLRequest
from benchmarks.generated import CONTRACTS, ORGANIZATIONS, market_log
from benchmarks.questions import QUESTIONS
from graph.stores.embedded.store import EmbeddedStore

UNCOUNTED = 4
"""Rounds at the beginning that are not counted."""


@dataclass
class Times:
    """Milliseconds of each round."""

    processor: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the processor time."""
        return statistics.median(self.processor)


async def compare_ways(provider: StoreProvider, organizations: int, rounds: int) -> Mapping[str, tuple[Times, Times]]:
    """For each question the times of the plan, and of the reference executor. Raises SystemExit where they answer
    differently."""
    results: dict[str, tuple[Times, Times]] = {}
    for question in QUESTIONS.values():
        ways = results[question.name] = Times(), Times()
        for number in range(rounds + UNCOUNTED):
            request = GraphQLRequest(question.document, question.variables(number, organizations))
            bodies: dict[bool, bytes] = {}
            for way in (True, False) if number % 2 else (False, True):  # the second finds what the store has kept
                bodies[way] = await _timed(provider, request, way, ways[0 if way else 1])
            if bodies[True] != bodies[False]:
                raise SystemExit(
                    f"{question.name}: the plan answers {bodies[True][:500]!r}, not {bodies[False][:500]!r}"
                )
        for times in ways:
            del times.processor[:UNCOUNTED]
    return results


async def _timed(provider: StoreProvider, request: GraphQLRequest, plan: bool, times: Times) -> bytes:
    token = PLANS_ANSWER.set(plan)
    began = time.process_time()
    body = (await execute_request(provider, request)).json
    times.processor.append(1_000 * (time.process_time() - began))
    PLANS_ANSWER.reset(token)
    return body


async def compare(organizations: int, contracts: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as data:
        store = await EmbeddedStore.open(Path(data))
        await store.load(market_log(organizations, contracts))
        results = await compare_ways(StoreProvider(store), organizations, rounds)
        await store.close()
    print("| question | plan | field by field | ratio |\n|---|---|---|---|")
    for name, (plan, reference) in results.items():
        ratio = reference.median / plan.median
        print(f"| {name} | {plan.median:.2f} ms | {reference.median:.2f} ms | {ratio:.1f} |", flush=True)
    print(f"\nload of the machine: {' '.join(f'{one:.1f}' for one in os.getloadavg())}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    arguments.add_argument("--contracts", type=int, default=CONTRACTS)
    arguments.add_argument("--rounds", type=int, default=40)
    given = arguments.parse_args()
    asyncio.run(compare(given.organizations, given.contracts, given.rounds))


if __name__ == "__main__":
    main()
