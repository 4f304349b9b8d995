"""A market made up at random: organizations, and contracts between them whose number per organization follows a power
law. Always the same for the same sizes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from graph.evidence.log import StatementLog
from graph.evidence.statements import Source, Statement
from graph.vocabulary.enums import (
    Commitment,
    Confidence,
    LinkStatus,
    Nature,
    OrganizationKind,
    Service,
    SourceKind,
)
from graph.vocabulary.values import Bound, Capacity, CapacityBasis, Money, PartialDate

ORGANIZATIONS, CONTRACTS = 10_000, 50_000
_KINDS = (
    OrganizationKind.MINER,
    OrganizationKind.HYPERSCALER,
    OrganizationKind.NEOCLOUD,
    OrganizationKind.AI_LAB,
    OrganizationKind.CHIP_VENDOR,
)
_SOURCE_KINDS = (SourceKind.FILING, SourceKind.PRESS_RELEASE, SourceKind.NEWS, SourceKind.TRADE_PRESS)
_KNOWN = date(2026, 1, 1)
_CONTRACTS_PER_SOURCE, _FEWEST_SOURCES = 20, 20


def market(organizations: int = ORGANIZATIONS, contracts: int = CONTRACTS) -> StatementLog:
    """Statements: four about each organization, nine about each contract. Keys are o0, o1 … and c0, c1 …"""
    chance = random.Random(7)
    sources = [_source(number, chance) for number in range(max(_FEWEST_SOURCES, contracts // _CONTRACTS_PER_SOURCE))]
    statements = [
        *_organizations(organizations, sources, chance),
        *_contracts(organizations, contracts, sources, chance),
    ]
    return StatementLog.of(statements, sources)


def _source(number: int, chance: random.Random) -> Source:
    published = PartialDate.on(_day_of_2025(chance))
    kind = chance.choice(_SOURCE_KINDS)
    url, key = f"https://example.org/{number}", f"s{number}"
    return Source(key, url, f"Publisher {number % 50}", kind, key, f"Title {number}", published, _KNOWN)


def _day_of_2025(chance: random.Random) -> date:
    return date(2025, chance.randint(1, 12), chance.randint(1, 28))


def _say(subject: str, kind: str, source: Source, **values: Any) -> Iterator[Statement]:
    for name, value in values.items():
        about = (subject, kind, name.rstrip("_"), value)
        yield Statement(*about, source.key, Confidence.HIGH, Nature.STATED, None, _KNOWN)


def _organizations(count: int, sources: list[Source], chance: random.Random) -> Iterator[Statement]:
    for number in range(count):
        yield from _say(
            f"o{number}",
            "Organization",
            chance.choice(sources),
            name=f"Org {number}",
            kinds=(chance.choice(_KINDS),),
            country=chance.choice(("US", "CA", "AU", "DE")),
            ticker=f"T{number}",
        )


def _contracts(organizations: int, count: int, sources: list[Source], chance: random.Random) -> Iterator[Statement]:
    weights = [1 / (number + 1) ** 0.6 for number in range(organizations)]
    ends = (chance.choices(range(organizations), weights, k=count) for _ in range(2))
    for number, (seller, buyer) in enumerate(zip(*ends, strict=True)):
        yield from _say(
            f"c{number}",
            "PROVIDES_CAPACITY",
            chance.choice(sources),
            from_=f"o{seller}",
            to=f"o{buyer if buyer != seller else (buyer + 1) % organizations}",
            announced=PartialDate.on(_day_of_2025(chance)),
            service=Service.LEASE,
            status=LinkStatus.SIGNED,
            commitment=Commitment.FIRM,
            value=Money(float(chance.randint(1, 9_000) * 1_000_000), "USD", Bound.EXACT),
            term_years=10.0,
            capacities=Capacity(float(chance.randint(5, 500)), CapacityBasis.CRITICAL_IT, None),
        )
