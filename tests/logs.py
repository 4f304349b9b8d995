"""Random statement logs over a small set of organizations, sites and links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from graph.evidence.log import StatementLog
from graph.evidence.statements import Source, Statement
from graph.vocabulary.enums import (
    Commitment,
    Confidence,
    HashRule,
    Licence,
    LinkStatus,
    Nature,
    Service,
    SourceKind,
    SourceReading,
)
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, CapacityStage, Money, PartialDate

ORGANIZATIONS = ("alpha", "beta", "gamma", "hidden")
SITES = ("field",)
LINKS = ("first", "second", "third")
START = date(2026, 1, 1)

moments = st.sampled_from(["2025", "2026", "2026-H1", "2026-Q2", "2026-03", "2026-03-02", "2026-09-15", "2027"]).map(
    PartialDate.read
)
days = st.integers(0, 330).map(lambda offset: START + timedelta(days=offset))

_ORGANIZATION_VALUES = {
    "name": st.sampled_from(
        ["Straße", "strasse", "Étoile\u00a0Corp", "Quote ' \" ` corp", "\ue000", "\U00010000", "Zed"]
    ),
    "country": st.sampled_from(["US", "NO"]),
    "ticker": st.sampled_from(["AAA", "aaa"]),
    "aliases": st.lists(st.sampled_from(["A", "ß", "Beta", "x y"]), min_size=1, max_size=3, unique=True).map(tuple),
    "placeholder": st.booleans(),
}
_LINK_VALUES = {
    "from": st.sampled_from(ORGANIZATIONS),
    "to": st.sampled_from(ORGANIZATIONS),
    "site": st.sampled_from(SITES),
    "status": st.sampled_from(list(LinkStatus)),
    "commitment": st.sampled_from(list(Commitment)),
    "service": st.sampled_from(list(Service)),
    "announced": moments,
    "effective_from": moments,
    "effective_to": moments,
    "service_from": moments,
    "service_to": moments,
    "disputed": st.booleans(),
    "value": st.builds(
        Money, st.sampled_from([0.0, 1.5, 1e9, 9.7e9]), st.sampled_from(["USD", "EUR"]), st.sampled_from(list(Bound))
    ),
    "capacities": st.builds(
        Capacity,
        st.sampled_from([0.0, 100.0, 244.5]),
        st.sampled_from(list(CapacityBasis)),
        st.sampled_from([None, *CapacityStage]),
        st.sampled_from(list(Bound)),
        st.sampled_from([None, "one", "two"]),
    ),
    "term_years": st.sampled_from([5.0, 15.0]),
    "uses": st.sampled_from([(link,) for link in LINKS]),
}


def _readings(number: int) -> list[dict[str, Any]]:
    """How the source of a number may have been read; through one of a smaller number only."""
    through = [(), *((f"source-{other}",) for other in range(number))]
    hashed = {"sha256": "0123456789abcdef" * 4, "hash_rule": HashRule.VISIBLE_TEXT}
    return [
        {},
        {"read": SourceReading.FIRST_HAND},
        {"read": SourceReading.FIRST_HAND, **hashed},
        *({"read": SourceReading.SECOND_HAND, "through": keys} for keys in through),
    ]


@st.composite
def sources(draw: st.DrawFn) -> list[Source]:
    return [
        Source(
            f"source-{number}",
            f"https://example.org/{number}",
            f"Publisher {number}",
            draw(st.sampled_from(list(SourceKind))),
            draw(st.sampled_from(["one", "two", f"source-{number}"])),
            published=draw(st.none() | moments),
            retrieved=date(2026, 11, 1),
            licence=draw(st.sampled_from([None, Licence.CC_BY_4_0])),
            **draw(st.sampled_from(_readings(number))),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@st.composite
def statements(draw: st.DrawFn, from_sources: list[Source]) -> Statement:
    kind, subject = draw(
        st.sampled_from(
            [("Organization", key) for key in ORGANIZATIONS]
            + [("Site", key) for key in SITES]
            + [("PROVIDES_CAPACITY", key) for key in LINKS] * 3
        )
    )
    values = {"Organization": _ORGANIZATION_VALUES, "PROVIDES_CAPACITY": _LINK_VALUES}.get(
        kind, {"region": st.just("Texas")}
    )
    name = draw(st.sampled_from(sorted(values)))
    source = draw(st.sampled_from(from_sources))
    earliest = draw(st.none() | days)
    return Statement(
        subject,
        kind,
        name,
        draw(values[name]),
        source.key,
        draw(st.sampled_from(list(Confidence))),
        draw(st.sampled_from(list(Nature))),
        earliest,
        date(2026, 11, 1) if earliest is None else earliest + timedelta(days=draw(st.sampled_from([0, 0, 30]))),
        as_of=draw(st.none() | st.none() | moments),
        withdrawn=draw(st.none() | st.none() | st.none() | days),
        locator=draw(st.sampled_from([None, None, "p. 3", "Exhibit 99.1, table 2"])),
        last_verified=draw(st.none() | st.none() | days),
    )


@st.composite
def logs(draw: st.DrawFn, most: int = 60) -> StatementLog:
    """Every link has its ends, so that most of them exist."""
    cited = draw(sources())
    found = draw(st.lists(statements(cited), max_size=most))
    for link in LINKS:
        for end in ("from", "to"):
            value, source = draw(st.sampled_from(ORGANIZATIONS)), draw(st.sampled_from(cited)).key
            found.append(
                Statement(link, "PROVIDES_CAPACITY", end, value, source, Confidence.HIGH, Nature.STATED, None, START)
            )
    return StatementLog.of(found, cited)


@st.composite
def writes(draw: st.DrawFn, log: StatementLog) -> StatementLog:
    """The log after some statements were added, withdrawn and removed, and sources added, removed and graded anew."""
    cited = list(log.sources.values())
    regraded = draw(st.lists(st.sampled_from(cited), max_size=1))
    others = [
        replace(one, kind=draw(st.sampled_from(list(SourceKind))), published=draw(st.none() | moments))
        for one in regraded
    ]
    new = Source(
        "new", "https://example.org/new", "Desk", SourceKind.FILING, "one", published=draw(st.none() | moments)
    )
    added = draw(st.lists(statements([*cited, new]), max_size=4))
    chosen = draw(st.lists(st.sampled_from(log.statements), max_size=4))
    withdrawn = {one.id: one.but(withdrawn=draw(days)) for one in chosen[:2]}
    gone = {one.id for one in chosen[2:]}
    kept = [withdrawn.get(one.id, one) for one in log.statements if one.id not in gone]
    return StatementLog.of([*kept, *added], [*cited, *others, new])
