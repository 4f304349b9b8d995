"""A GraphQL server as people write it with Strawberry: a class for each type, a resolver for each relation.

    python -m benchmarks.peers.strawberry_server PORT --neo4j BOLT_URI
    python -m benchmarks.peers.strawberry_server PORT --market ORGANIZATIONS CONTRACTS

It answers the documents of this project's service, as far as they go by name or value. Over Neo4j relations are read by
a data loader for each level, as Strawberry's documentation advises; over the generated market they are looked up in
dictionaries, and filters scan them.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from enum import Enum
from typing import Any, Protocol

import strawberry
import uvicorn
from fastapi import FastAPI
from neo4j import AsyncGraphDatabase
from strawberry.dataloader import DataLoader
from strawberry.fastapi import GraphQLRouter

from benchmarks.generated import market

Row = dict[str, Any]
Info = strawberry.Info[Any, None]


class Rows(Protocol):
    """Where rows come from; an answer may be awaited."""

    def organization(self, key: str) -> Any: ...
    def organizations(self, starts_with: str, first: int) -> Any: ...
    def count(self, starts_with: str) -> Any: ...
    def contracts_of(self, key: str, first: int) -> Any: ...
    def contracts_above(self, value: float, first: int) -> Any: ...


# ---- dictionaries


class DictRows:
    def __init__(self, organizations: int, contracts: int) -> None:
        made = market(organizations, contracts)
        self._organizations: dict[str, Row] = {
            one.key: {
                "key": one.key,
                "name": one.name,
                "kinds": [one.kind],
                "country": one.country,
                "ticker": one.ticker,
            }
            for one in sorted(made.organizations, key=lambda one: one.key)
        }
        self._contracts: dict[str, list[Row]] = defaultdict(list)
        for one in sorted(made.contracts, key=lambda one: one.key):
            row = {"key": one.key, "value_usd": float(one.value_usd), "mw": float(one.mw)}
            ends = {"host": self._organizations[one.host], "tenant": self._organizations[one.tenant]}
            self._contracts[one.host].append({**row, **ends, "announced": str(one.announced)})

    def organization(self, key: str) -> Organization | None:
        row = self._organizations.get(key)
        return organization_of(row) if row else None

    def organizations(self, starts_with: str, first: int) -> list[Organization]:
        rows = [row for row in self._organizations.values() if row["name"].startswith(starts_with)]
        return [organization_of(row) for row in rows[:first]]

    def count(self, starts_with: str) -> int:
        return sum(row["name"].startswith(starts_with) for row in self._organizations.values())

    def contracts_of(self, key: str, first: int) -> list[Contract]:
        return [contract_of(row) for row in self._contracts[key][:first]]

    def contracts_above(self, value: float, first: int) -> list[Contract]:
        rows = [row for rows in self._contracts.values() for row in rows if row["value_usd"] > value]
        return [contract_of(row) for row in sorted(rows, key=lambda row: (-row["value_usd"], row["key"]))[:first]]


# ---- Neo4j

BY_NAME = "MATCH (o:Organization) WHERE o.name STARTS WITH $start"
CONTRACTS = """UNWIND $keys AS key MATCH (o:Organization {key: key})
CALL (o) { MATCH (o)-[r:PROVIDES_CAPACITY]->(t:Organization) RETURN r, t ORDER BY r.key LIMIT $first }
RETURN key, properties(r) AS contract, properties(o) AS host, properties(t) AS tenant"""
ABOVE = """MATCH (l:Link) WHERE l.stated_value_usd > $value WITH l ORDER BY l.stated_value_usd DESC, l.key LIMIT $first
MATCH (o)<-[:FROM]-(l)-[:TO]->(t) RETURN properties(l) AS contract, properties(o) AS host, properties(t) AS tenant
ORDER BY contract.stated_value_usd DESC, contract.key"""


class CypherRows:
    """For one request; `driver` is for all."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._loaders: dict[int, DataLoader[str, list[Contract]]] = {}

    async def _run(self, text: str, **variables: Any) -> list[Any]:
        async with self._driver.session() as session:
            return [record async for record in await session.run(text, variables)]

    async def organization(self, key: str) -> Organization | None:
        found = await self._run("MATCH (o:Organization {key: $key}) RETURN properties(o) AS row", key=key)
        return organization_of(found[0]["row"]) if found else None

    async def organizations(self, starts_with: str, first: int) -> list[Organization]:
        text = f"{BY_NAME} RETURN properties(o) AS row ORDER BY o.key LIMIT $first"
        return [organization_of(one["row"]) for one in await self._run(text, start=starts_with, first=first)]

    async def count(self, starts_with: str) -> int:
        [found] = await self._run(f"{BY_NAME} RETURN count(o) AS total", start=starts_with)
        return int(found["total"])

    def contracts_of(self, key: str, first: int) -> Awaitable[list[Contract]]:
        if first not in self._loaders:

            async def load(keys: list[str]) -> list[list[Contract]]:
                contracts: dict[str, list[Contract]] = defaultdict(list)
                for one in await self._run(CONTRACTS, keys=keys, first=first):
                    contracts[one["key"]].append(contract_of(_row(one)))
                return [contracts[key] for key in keys]

            self._loaders[first] = DataLoader(load)
        return self._loaders[first].load(key)

    async def contracts_above(self, value: float, first: int) -> list[Contract]:
        return [contract_of(_row(one)) for one in await self._run(ABOVE, value=value, first=first)]


def _row(record: Any) -> Row:
    contract = record["contract"]
    return {
        "key": contract["key"],
        "announced": contract.get("announced"),
        "value_usd": contract["value_usd"],
        "mw": contract["mw_critical_it"],
        "host": record["host"],
        "tenant": record["tenant"],
    }


# ---- the schema


@strawberry.enum
class LinkDirection(Enum):
    OUT = "OUT"


@strawberry.enum
class SortDirection(Enum):
    DESC = "DESC"


@strawberry.input
class TextFilter:
    starts_with: str = ""


@strawberry.input
class OrganizationWhere:
    name: TextFilter | None = None


@strawberry.input
class FloatFilter:
    gt: float = 0.0


@strawberry.input
class LinkWhere:
    value_usd: FloatFilter | None = None


@strawberry.input
class LinkOrder:
    value_usd: SortDirection = SortDirection.DESC


@strawberry.type
class Money:
    amount: float


@strawberry.type
class Capacity:
    mw: float


@strawberry.type
class Contract:
    key: str
    announced: str | None
    row: strawberry.Private[Row]

    @strawberry.field
    def value(self) -> Money:
        return Money(amount=self.row["value_usd"])

    @strawberry.field
    def capacities(self) -> list[Capacity]:
        return [Capacity(mw=self.row["mw"])]

    @strawberry.field
    def source(self) -> Organization:
        return organization_of(self.row["host"])

    @strawberry.field
    def target(self) -> Organization:
        return organization_of(self.row["tenant"])


@strawberry.type
class ContractPage:
    nodes: list[Contract]


@strawberry.type
class Organization:
    key: str
    name: str
    kinds: list[str]
    country: str | None
    ticker: str | None

    @strawberry.field
    async def links(self, info: Info, direction: LinkDirection = LinkDirection.OUT, first: int = 50) -> ContractPage:
        found = rows_of(info).contracts_of(self.key, first)
        return ContractPage(nodes=await found if isinstance(found, Awaitable) else found)


@strawberry.type
class OrganizationPage:
    starts_with: strawberry.Private[str]
    first: strawberry.Private[int]

    @strawberry.field
    def nodes(self, info: Info) -> list[Organization]:
        return rows_of(info).organizations(self.starts_with, self.first)

    @strawberry.field
    def total_count(self, info: Info) -> int:
        return rows_of(info).count(self.starts_with)


@strawberry.type
class Query:
    @strawberry.field
    def organization(self, info: Info, key: str) -> Organization | None:
        return rows_of(info).organization(key)

    @strawberry.field
    def organizations(self, where: OrganizationWhere | None = None, first: int = 50) -> OrganizationPage:
        return OrganizationPage(starts_with=where.name.starts_with if where and where.name else "", first=first)

    @strawberry.field
    async def links(self, info: Info, where: LinkWhere, order_by: list[LinkOrder], first: int = 50) -> ContractPage:
        found = rows_of(info).contracts_above(where.value_usd.gt if where.value_usd else 0.0, first)
        return ContractPage(nodes=await found if isinstance(found, Awaitable) else found)


def rows_of(info: Info) -> Rows:
    return info.context["rows"]


def organization_of(row: Row) -> Organization:
    return Organization(**{name: row.get(name) for name in ("key", "name", "kinds", "country", "ticker")})


def contract_of(row: Row) -> Contract:
    return Contract(key=row["key"], announced=row["announced"], row=row)


def application(rows: DictRows | None, driver: Any) -> FastAPI:
    app = FastAPI()
    schema = strawberry.Schema(Query)

    def context() -> dict[str, Rows]:
        return {"rows": rows or CypherRows(driver)}

    app.include_router(GraphQLRouter(schema, context_getter=context), prefix="/graphql")
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--neo4j", metavar="BOLT_URI")
    parser.add_argument("--market", nargs=2, type=int, metavar=("ORGANIZATIONS", "CONTRACTS"))
    given = parser.parse_args(arguments)
    rows = DictRows(*given.market) if given.market else None
    driver = AsyncGraphDatabase.driver(given.neo4j, notifications_min_severity="OFF") if given.neo4j else None
    uvicorn.run(application(rows, driver), port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
