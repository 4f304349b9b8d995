"""The audits of graphql-http: an outside judge of GraphQL over HTTP. Every one has to be passed, whatever its level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.clients.node import run_node

_IDS = {
    "MUST": "4655 82A3 BF61 78D5 2C94 03D4 13EE B8B3 0220 0221 0222 28B9 1B7A",
    "SHOULD": (
        "22EB 47DE 80D8 9ABE 34A2 8161 94B0 94B1 94B2 2EA1 428F BCF8 B7N8 572B FDE2 7B9B 865D 556A D586 51FE 74FF "
        "5E5B 86EE"
    ),
    "MAY": (
        "5A70 9C48 A5BF 423L LKJ0 LKJ1 LKJ2 LKJ3 6C00 6C01 6C02 6C03 4760 4761 4762 4763 D6D5 6A70 58B0 58B1 58B2 "
        "58B3 B6DC 8764 3E3A"
    ),
}
LEVELS = {id: level for level, ids in _IDS.items() for id in ids.split()}
"""The level of requirement of each of the 61 audits. Pinned, so that one that vanishes or is added is noticed."""


@dataclass(frozen=True, slots=True)
class Audit:
    """`status` is ok, notice (of a MAY), warn (of a SHOULD) or error (of a MUST)."""

    id: str
    name: str
    status: str
    reason: str | None

    @property
    def level(self) -> str:
        return self.name.split()[0]


def run_audits(url: str) -> list[Audit]:
    """All audits of the GraphQL endpoint at `url`, in the order of graphql-http."""
    return [Audit(**found) for found in run_node("audits.mjs", url)]


def show(audits: Iterable[Audit], console: Console) -> None:
    table = Table("id", "level", "name", "status", title="graphql-http")
    for one in audits:
        status = one.status if one.reason is None else f"{one.status}: {one.reason}"
        table.add_row(one.id, one.level, one.name.removeprefix(one.level).strip(), status)
    console.print(table)
