"""A made-up folder of facts of any size: organizations, and contracts between them whose degrees follow a power law.

    python -m benchmarks.generated FOLDER [--organizations 10000] [--contracts 50000] [--files 1]

Nine statements for each contract and four for each organization, each with one source; the same bytes for the same
numbers. Names, dates and amounts are random: they say nothing about anybody.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

ORGANIZATIONS, CONTRACTS = 10_000, 50_000
"""They make 490,000 statements."""
_KINDS = ("MINER", "HYPERSCALER", "NEOCLOUD", "AI_LAB", "CHIP_VENDOR")
_SOURCE_KINDS = ("FILING", "PRESS_RELEASE", "NEWS", "TRADE_PRESS")
_COUNTRIES = ("US", "CA", "AU", "DE")
_FIRST_DAY, _DAYS = date(2025, 1, 1), 330


def write_facts(folder: Path, organizations: int, contracts: int, files: int = 1) -> None:
    """Write a folder of facts; the contracts stand in so many files. Of one seed, whatever the size."""
    random = Random(7)
    sources = max(20, contracts // 20)
    _write(folder / "sources.yaml", _sources(sources, random))
    _write(folder / "organizations.yaml", _organizations(organizations, sources, random))
    links = list(_contracts(organizations, contracts, sources, random))
    share = -(-len(links) // files)
    for number in range(files):
        name = "provides_capacity.yaml" if files == 1 else f"provides_capacity/{number:03d}.yaml"
        _write(folder / "links" / name, links[number * share : (number + 1) * share])


def _write(path: Path, records: Iterator[str] | Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(records), encoding="utf-8")


def _sources(count: int, random: Random) -> Iterator[str]:
    for number in range(count):
        published = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
        yield (
            f"- id: s{number}\n  url: 'https://example.org/{number}'\n  publisher: Publisher {number % 50}\n"
            f"  title: Title {number}\n  published: '{published}'\n  retrieved: '2026-01-01'\n"
            f"  kind: {random.choice(_SOURCE_KINDS)}\n  origin: s{number}\n"
        )


def _organizations(count: int, sources: int, random: Random) -> Iterator[str]:
    for number in range(count):
        yield (
            f"- id: o{number}\n  claims:\n    - says: {{name: Org {number}, kinds: [{random.choice(_KINDS)}],"
            f" country: {random.choice(_COUNTRIES)}, ticker: T{number}}}\n"
            f"      sources: [s{random.randrange(sources)}]\n      confidence: high\n"
        )


def _contracts(organizations: int, count: int, sources: int, random: Random) -> Iterator[str]:
    weights = [1 / (rank + 1) ** 0.6 for rank in range(organizations)]
    hosts, tenants = (random.choices(range(organizations), weights, k=count) for _ in range(2))
    for number, (host, drawn) in enumerate(zip(hosts, tenants, strict=True)):
        tenant = drawn if drawn != host else (host + 1) % organizations
        announced = _FIRST_DAY + timedelta(days=random.randrange(_DAYS // 2))
        yield (
            f"- id: c{number}\n  type: PROVIDES_CAPACITY\n  from: o{host}\n  to: o{tenant}\n  claims:\n"
            f"    - says: {{announced: '{announced}', service: LEASE, status: SIGNED, commitment: FIRM,"
            f" value_usd: {random.randint(1, 9000)}000000, term_years: 10,"
            f" capacities: [{{mw: {random.randint(5, 500)}, basis: CRITICAL_IT}}]}}\n"
            f"      sources: [s{random.randrange(sources)}]\n      confidence: high\n"
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
