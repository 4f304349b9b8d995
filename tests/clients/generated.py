"""Documents that schemathesis makes from the schema that the server tells of itself: sound ones, and unsound ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count as counting

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.graphql import nodes

from tests.clients.judge import Reply, Tally

SECONDS = 240
FEWEST = 4
"""Cases of one field in a row; each row costs hypothesis a start."""

_dates = st.dates().map(str)
schemathesis.graphql.scalar("Date", _dates.map(nodes.String))
schemathesis.graphql.scalar("JSON", st.one_of(st.text(max_size=9).map(nodes.String), st.integers().map(nodes.Int)))
schemathesis.graphql.scalar("PartialDate", st.one_of(_dates, _dates.map(lambda day: day[:7])).map(nodes.String))


def send_generated(url: str, count: int, seed: int, seen: Callable[[], object] = lambda: None) -> Tally:
    """Sends `count` documents over one session, as many of each field that it has; calls `seen` after each."""
    tally = Tally("schemathesis")
    fields = [found.ok() for found in schemathesis.graphql.from_url(url).get_all_operations()]
    made = [one.as_strategy(mode) for one in fields for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    in_a_row = max(FEWEST, count // len(made))
    with requests.Session() as session:
        # A field with few possible documents gives fewer than it is asked for: the rounds go on until there are enough.
        for round_ in counting():
            for strategy in made:
                if tally.cases >= count:
                    return tally
                most = min(in_a_row, count - tally.cases)
                _send(session, strategy, (most, seed + round_), tally, seen)
    raise AssertionError


def _send(
    session: requests.Session,
    strategy: st.SearchStrategy[Case],
    most_and_seed: tuple[int, int],
    tally: Tally,
    seen: Callable[[], object],
) -> None:
    most, number = most_and_seed

    @seed(number)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def send(case: Case) -> None:
        answer = case.call(session=session, timeout=SECONDS)
        reply = Reply(answer.status_code, answer.headers.get("content-type", [""])[0], answer.content, answer.elapsed)
        tally.see(reply, str(case.body))
        seen()

    send()
