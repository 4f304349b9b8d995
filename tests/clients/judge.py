"""What every answer of the GraphQL endpoint has to look like, whatever was sent; and a tally of many answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

MEDIA_TYPES = ("application/json", "application/graphql-response+json")
MOST_SHOWN = 10
"""Faults that a summary shows in full; it counts them all."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, and how long it took."""

    status: int
    content_type: str
    body: bytes
    seconds: float


def fault_of(reply: Reply) -> str | None:
    """What is wrong with an answer: a failure of the server, no JSON, or an error in another shape than the one.

    The shape: {"data"?, "errors"?: [{"message", "extensions": {"code"}, …}], "extensions": {…}}, with `errors` where
    the status is not 200. INTERNAL is the code of what nobody has handled."""
    if reply.status >= 500:
        return f"status {reply.status}"
    if reply.content_type.split(";")[0].strip() not in MEDIA_TYPES:
        return f"content type {reply.content_type!r}"
    try:
        body = json.loads(reply.body)
    except ValueError as problem:
        return f"no JSON: {problem}"
    if not isinstance(body, dict) or not body.keys() <= {"data", "errors", "extensions"}:
        return "not an answer of GraphQL"
    if "errors" not in body:
        return None if reply.status == 200 and isinstance(body.get("data"), dict) else "neither data nor errors"
    return _fault_of_errors(body["errors"])


def _fault_of_errors(errors: Any) -> str | None:
    if not isinstance(errors, list) or not errors:
        return "`errors` is no list of errors"
    for error in errors:
        message, code = error.get("message"), error.get("extensions", {}).get("code")
        if not isinstance(message, str) or not message or not isinstance(code, str) or not code:
            return f"an error without message or code: {error}"
        if code == "INTERNAL":
            return f"not handled: {message}"
    return None


@dataclass
class Tally:
    """Judges answers one by one. `told` names a case so that it can be sent again."""

    name: str
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return self.statuses.total()

    def see(self, reply: Reply, told: str) -> None:
        self.statuses[reply.status] += 1
        self.slowest = max(self.slowest, (reply.seconds, told))
        fault = fault_of(reply)
        if fault is None:
            self.codes.update(_codes(reply.body))
        else:
            self.faults.append(f"{fault}\n  {told}\n  {reply.body[:300]!r}")

    def show(self, console: Console) -> None:
        table = Table(title=self.name, show_header=False)
        seconds, told = self.slowest
        table.add_row("cases", f"{self.cases:,}")
        table.add_row("statuses", _counted(self.statuses))
        table.add_row("5xx", f"{sum(count for status, count in self.statuses.items() if status >= 500):,}")
        table.add_row("errors by code", _counted(self.codes))
        table.add_row("slowest", f"{seconds:.3f} s: {told[:200]}")
        table.add_row("faults", f"{len(self.faults):,}")
        console.print(table, markup=False)
        for fault in self.faults[:MOST_SHOWN]:
            console.print(fault, style="red", markup=False)


def _codes(body: bytes) -> list[str]:
    return [error["extensions"]["code"] for error in json.loads(body).get("errors", ())]


def _counted(counts: Counter[Any]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in counts.most_common()) or "none"
