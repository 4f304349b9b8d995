"""A made-up market of any size: organizations, and contracts between them whose degrees follow a power law.

    python -m benchmarks.generated FOLDER [--organizations 10000] [--contracts 50000] [--files 1]

writes it as a folder of facts: nine statements for each contract and four for each organization, each with one source;
the same bytes for the same numbers. Names, dates and amounts are random: they say nothing about anybody.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from graph.evidence.log import StatementLog
from graph.seeding.reader import read_seeds

ORGANIZATIONS, CONTRACTS = 10_000, 50_000
"""They make 490,000 statements."""
NO_LIMIT = {"WATTGRAPH_FACTS_FILE_BYTES": str(10**11)}
"""The setting under which one file of the facts may be as large as it comes."""
_KINDS = ("MINER", "HYPERSCALER", "NEOCLOUD", "AI_LAB", "CHIP_VENDOR")
_SOURCE_KINDS = ("FILING", "PRESS_RELEASE", "NEWS", "TRADE_PRESS")
_COUNTRIES = ("US", "CA", "AU", "DE")
_FIRST_DAY, _DAYS = date(2025, 1, 1), 330


@dataclass(frozen=True, slots=True)
class MarketOrganization:
    key: str
    name: str
    kind: str
    country: str
    ticker: str
    source: str


@dataclass(frozen=True, slots=True)
class MarketContract:
    """Capacity of `mw` megawatts of critical IT load that `host` provides to `tenant`."""

    key: str
    host: str
    tenant: str
    announced: date
    value_usd: int
    mw: int
    source: str


@dataclass(frozen=True, slots=True)
class MarketSource:
    key: str
    number: int
    published: date
    kind: str


@dataclass(frozen=True, slots=True)
class Market:
    sources: Sequence[MarketSource]
    organizations: Sequence[MarketOrganization]
    contracts: Sequence[MarketContract]


def market(organizations: int = ORGANIZATIONS, contracts: int = CONTRACTS) -> Market:
    """Of one seed, whatever the size. Keys are s0, s1 …, o0, o1 … and c0, c1 …"""
    random = Random(7)
    sources = max(20, contracts // 20)
    return Market(
        tuple(_sources(sources, random)),
        tuple(_organizations(organizations, sources, random)),
        tuple(_contracts(organizations, contracts, sources, random)),
    )


def _sources(count: int, random: Random) -> Iterator[MarketSource]:
    for number in range(count):
        published = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
        yield MarketSource(f"s{number}", number, published, random.choice(_SOURCE_KINDS))


def _organizations(count: int, sources: int, random: Random) -> Iterator[MarketOrganization]:
    for number in range(count):
        kind, country = random.choice(_KINDS), random.choice(_COUNTRIES)
        source = f"s{random.randrange(sources)}"
        yield MarketOrganization(f"o{number}", f"Org {number}", kind, country, f"T{number}", source)


def _contracts(organizations: int, count: int, sources: int, random: Random) -> Iterator[MarketContract]:
    weights = [1 / (rank + 1) ** 0.6 for rank in range(organizations)]
    hosts, tenants = (random.choices(range(organizations), weights, k=count) for _ in range(2))
    for number, (host, drawn) in enumerate(zip(hosts, tenants, strict=True)):
        tenant = drawn if drawn != host else (host + 1) % organizations
        announced = _FIRST_DAY + timedelta(days=random.randrange(_DAYS // 2))
        value_usd, mw = random.randint(1, 9000) * 1_000_000, random.randint(5, 500)
        source = f"s{random.randrange(sources)}"
        yield MarketContract(f"c{number}", f"o{host}", f"o{tenant}", announced, value_usd, mw, source)


# ---- as a folder of facts


def write_facts(folder: Path, organizations: int, contracts: int, files: int = 1) -> None:
    """Write the market as a folder of facts; the contracts stand in so many files."""
    made = market(organizations, contracts)
    _write(folder / "sources.yaml", map(_source_yaml, made.sources))
    _write(folder / "organizations.yaml", map(_organization_yaml, made.organizations))
    share = -(-len(made.contracts) // files)
    for number in range(files):
        name = "provides_capacity.yaml" if files == 1 else f"provides_capacity/{number:03d}.yaml"
        _write(folder / "links" / name, map(_contract_yaml, made.contracts[number * share : (number + 1) * share]))


def market_log(organizations: int = ORGANIZATIONS, contracts: int = CONTRACTS) -> StatementLog:
    """The statements of the market, read from its files."""
    with tempfile.TemporaryDirectory() as folder:
        write_facts(Path(folder), organizations, contracts)
        return read_seeds(Path(folder), max_bytes=10**11)


def _write(path: Path, records: Iterator[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(records)


def _source_yaml(source: MarketSource) -> str:
    return (
        f"- id: {source.key}\n  url: 'https://example.org/{source.number}'\n"
        f"  publisher: Publisher {source.number % 50}\n  title: Title {source.number}\n"
        f"  published: '{source.published}'\n  retrieved: '2026-01-01'\n  kind: {source.kind}\n  origin: {source.key}\n"
    )


def _organization_yaml(one: MarketOrganization) -> str:
    return (
        f"- id: {one.key}\n  claims:\n    - says: {{name: {one.name}, kinds: [{one.kind}],"
        f" country: {one.country}, ticker: {one.ticker}}}\n      sources: [{one.source}]\n      confidence: high\n"
    )


def _contract_yaml(one: MarketContract) -> str:
    return (
        f"- id: {one.key}\n  type: PROVIDES_CAPACITY\n  from: {one.host}\n  to: {one.tenant}\n  claims:\n"
        f"    - says: {{announced: '{one.announced}', service: LEASE, status: SIGNED, commitment: FIRM,"
        f" value_usd: {one.value_usd}, term_years: 10, capacities: [{{mw: {one.mw}, basis: CRITICAL_IT}}]}}\n"
        f"      sources: [{one.source}]\n      confidence: high\n"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    arguments.add_argument("--contracts", type=int, default=CONTRACTS)
    arguments.add_argument("--files", type=int, default=1)
    given = arguments.parse_args()
    write_facts(given.folder, given.organizations, given.contracts, given.files)


if __name__ == "__main__":
    main()
