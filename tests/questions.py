"""Questions of an analyst: `python -m tests.questions` prints each with its answer, what is expected, and where that
stands in the facts.

What is expected is read from the YAML by the plain code below, which shares nothing with the product but the files.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import isclose
from pathlib import Path
from typing import Any

import yaml

from api.context.store_provider import StoreProvider
from api.execution.execute import execute_request
from api.execution.validation import GraphQLRequest
from graph.seeding.reader import read_seeds
from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests.facts import TODAY

SHELL = ("LEASE", "HOSTING", "COLOCATION")
"""Services of a host; a CLOUD is of the layer COMPUTE."""


# ---- the facts, read plainly


class Yaml:
    """The records of the seeds, and what their claims say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records(self, name: str) -> list[dict[str, Any]]:
        loaded: list[dict[str, Any]] = yaml.load((self._folder / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
        return loaded

    @property
    def links(self) -> list[str]:
        return sorted(f"links/{path.name}" for path in (self._folder / "links").glob("*.yaml"))

    @cached_property
    def contracts(self) -> Mapping[str, dict[str, Any]]:
        return {one["id"]: one for one in self.records("links/provides_capacity.yaml")}

    @cached_property
    def replaced(self) -> set[str]:
        """Links of which another says that it replaces them."""
        every = (one for name in self.links for one in self.records(name))
        return {old for one in every for old in value(one, "replaces") or ()}

    @cached_property
    def unnamed(self) -> set[str]:
        organizations = self.records("organizations.yaml")
        return {one["id"] for one in organizations if any(claim["says"].get("placeholder") for claim in one["claims"])}

    @cached_property
    def sources(self) -> Mapping[str, dict[str, Any]]:
        return {one["id"]: one for one in self.records("sources.yaml")}

    @cached_property
    def newest(self) -> Mapping[str, str]:
        """By key, the publication of the newest source that says something of what the key names, or of what names
        it."""
        files = [
            *self.links,
            *(f"{name}.yaml" for name in ("organizations", "sites", "debts", "events", "observations")),
        ]
        newest: dict[str, str] = {}
        for record in (one for name in files for one in self.records(name)):
            claims = [one for one in record.get("claims") or [record] if counts(one)]
            published = [self.sources[key]["published"] for one in claims for key in one["sources"]]
            days = [_first_day(day) for day in published if day]
            for key in {*_texts(record), *(text for one in claims for text in _texts(one.get("says", {})))}:
                newest[key] = max([newest.get(key, ""), *days])
        return newest


def counts(claim: Mapping[str, Any]) -> bool:
    """Whether a claim stands, and is no estimate."""
    return claim.get("nature") != "ESTIMATED" and "withdrawn" not in claim


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    for one in values.values():
        yield from (text for text in (one if isinstance(one, list) else [one]) if isinstance(text, str))


def value(record: Mapping[str, Any], name: str) -> Any:
    """What the claims say last; of one moment, with the most confidence, then first. A claim without a moment is of the
    record's own: when it was announced or issued."""
    dated = (
        claim["says"][name]
        for claim in record["claims"]
        for name in ("announced", "issued")
        if name in claim["says"] and "withdrawn" not in claim
    )
    moment = next(dated, "")
    said = [
        (
            claim.get("as_of") or moment,
            -["high", "medium", "low"].index(claim["confidence"]),
            -place,
            claim["says"][name],
        )
        for place, claim in enumerate(record["claims"])
        if name in claim["says"] and counts(claim)
    ]
    return max(said, key=lambda one: one[:3])[3] if said else None


def megawatts(record: Mapping[str, Any], basis: str) -> float:
    """The total of a basis, which has no phase; without one, the phases of the furthest stage together."""
    entries = [
        entry
        for claim in record["claims"]
        for entry in claim["says"].get("capacities", ())
        if entry["basis"] == basis and "withdrawn" not in claim
    ]
    totals = [entry["mw"] for entry in entries if "phase" not in entry]
    furthest = max((STAGES.index(entry.get("stage")) for entry in entries), default=0)
    phases = {entry.get("phase"): entry["mw"] for entry in entries if STAGES.index(entry.get("stage")) == furthest}
    return float(totals[0] if totals else sum(phases.values()))


def customer_of(record: Mapping[str, Any]) -> str:
    """Whom claims of some confidence name, else whom the record does."""
    trusted = [claim for claim in record["claims"] if claim["confidence"] != "low"]
    return str(value({"claims": trusted}, "to") or record["to"])


def is_firm(record: Mapping[str, Any], facts: Yaml) -> bool:
    """Signed or active, firm or silent, not ended, and not replaced."""
    end = value(record, "effective_to")
    return (
        value(record, "status") in ("SIGNED", "ACTIVE")
        and value(record, "commitment") in (None, "FIRM")
        and (end is None or _last_day(str(end)) >= TODAY.isoformat())
        and record["id"] not in facts.replaced
    )


def firm(facts: Yaml, services: Iterable[str] = SHELL, **ends: str) -> list[dict[str, Any]]:
    """The firm contracts of these services with these ends."""
    return [
        one
        for one in facts.contracts.values()
        if is_firm(one, facts)
        and value(one, "service") in services
        and ends.get("provider", one["from"]) == one["from"]
        and ends.get("customer", customer_of(one)) == customer_of(one)
    ]


# ---- the questions


@dataclass(frozen=True)
class Question:
    """`document` asks the API, `read` takes the answer from its data; `expected` and `source` are of the YAML."""

    text: str
    document: str
    read: Callable[[Any], Any]
    expected: Callable[[Yaml], Any]
    source: str


SHELL_MW = "scope: {layer: SHELL, basis: CRITICAL_IT}"
STAGES = (None, "PLANNED", "CONTRACTED", "UNDER_CONSTRUCTION", "GRID_ENERGIZED", "IN_SERVICE", "BILLING")
"""Of megawatts, from the plan to the rent."""
CONTRACTS = "links/provides_capacity.yaml"
OF_ANTHROPIC = 'type: {eq: PROVIDES_CAPACITY}, target: {key: {eq: "anthropic"}}'
BEACON_POINT = "hut8-undisclosed-beacon-point"


def _by(name: str, party: str) -> Callable[[Any], Any]:
    """The higher megawatts of the row of a party; None where they are unknown."""

    def read(data: Any) -> Any:
        (row,) = [one for one in data["capacity"]["rows"] if one["group"][name] == party]
        return row["mw"] and row["mw"]["high"]

    return read


def _one(name: str, key: str, field: str) -> Callable[[Yaml], Any]:
    return lambda facts: value({one["id"]: one for one in facts.records(name)}[key], field)


def _shares(data: Any) -> dict[str, float]:
    return {one["organization"]["key"]: one["share"] for one in data["concentration"]["shares"]}


def _hut8_shares(facts: Yaml) -> dict[str, float]:
    values: dict[str, float] = {}
    for one in firm(facts, provider="hut8"):
        values[customer_of(one)] = values.get(customer_of(one), 0.0) + (value(one, "value_usd") or 0)
    return {customer: usd / sum(values.values()) for customer, usd in values.items() if usd}


def _unnamed_mw(facts: Yaml) -> float:
    return sum(megawatts(one, "CRITICAL_IT") for one in firm(facts) if customer_of(one) in facts.unnamed)


def _late(facts: Yaml) -> dict[str, str]:
    """Firm contracts whose planned day has passed, and no source from then on says that they run: overdue where a
    source about a party is as new as that day."""
    starts = {one["id"]: value(one, "service_from") for one in facts.contracts.values() if is_firm(one, facts)}
    late: dict[str, str] = {}
    for key, start in starts.items():
        contract = facts.contracts[key]
        if start and _last_day(start) < TODAY.isoformat() and not _is_confirmed(contract, start, facts):
            newest = max(facts.newest[party] for party in (contract["from"], customer_of(contract)))
            late[key] = "OVERDUE_UNCONFIRMED" if newest >= _last_day(start) else "NOT_YET_REPORTED"
    return late


def _is_confirmed(contract: Mapping[str, Any], start: str, facts: Yaml) -> bool:
    """Whether a source from the start on says that it runs, or a later one repeats the start."""
    for claim in filter(counts, contract["claims"]):
        stages = {entry.get("stage") for entry in claim["says"].get("capacities", ())}
        runs = claim["says"].get("status") == "ACTIVE" or bool(stages & {"IN_SERVICE", "BILLING"})
        repeats = claim["says"].get("service_from") == start
        for day in (claim.get("known_from") or facts.sources[key]["published"] for key in claim["sources"]):
            known = _first_day(day) if day else ""
            if (runs and known >= _first_day(start)) or (repeats and known >= _last_day(start)):
                return True
    return False


def _first_quarters(facts: Yaml) -> list[str]:
    """Of the announcement, and of the first dated source that says ACTIVE."""
    contract = facts.contracts[RUNNING_BY_A_LATER_SOURCE]
    claims = [claim for claim in contract["claims"] if claim["says"].get("status") == "ACTIVE"]
    published = [facts.sources[key]["published"] or "" for claim in claims for key in claim["sources"]]
    return [_quarter(value(contract, "announced")), _quarter(min(day for day in published if len(day) == 10))]


RUNNING_BY_A_LATER_SOURCE = "core-scientific-coreweave-1"


def _series_read(data: Any) -> list[Any]:
    """Of the contract under both dates; then whether the series of all contracts are alike under both."""
    own, whole = ([_past(data[name][field]["rows"]) for name in ("march", "today")] for field in ("own", "timeline"))
    shown = [[(row["period"], row["startUnknownMw"], row["confirmedMw"]) for row in rows] for rows in own]
    return [*shown, whole[0] == whole[1] != []]


def _series_expected(facts: Yaml) -> list[Any]:
    """From the announcement on its megawatts are of unknown start, from the first source that says ACTIVE confirmed."""
    announced, said = _first_quarters(facts)
    mw = megawatts(facts.contracts[RUNNING_BY_A_LATER_SOURCE], "CRITICAL_IT")
    every = [f"{year}-Q{quarter}" for year in range(2000, 2027) for quarter in (1, 2, 3, 4)]
    rows = [(one, 0.0, mw) if one >= said else (one, mw, 0.0) for one in every if announced <= one <= LAST_COMPARED]
    return [rows, rows, True]


LAST_COMPARED = "2026-Q1"


def _past(rows: list[Any]) -> list[Any]:
    return [one for one in rows if one["period"] <= LAST_COMPARED]


PAYS_ALONG = ("invests_in", "lends_to", "guarantees")
"""Links of these files lead from who pays to who is paid; what is delivered is paid for the other way."""
PAYS_AGAINST = ("provides_capacity", "supplies", "supplies_power")
MOST_LEGS = 5


def _loops_through(facts: Yaml, key: str) -> list[list[str]]:
    """Who pays whom until the money is back, from `key` on, each round once."""
    pays: dict[str, set[str]] = {}
    for name in (*PAYS_ALONG, *PAYS_AGAINST):
        for one in facts.records(f"links/{name}.yaml"):
            ends = (one["from"], customer_of(one)) if name in PAYS_ALONG else (customer_of(one), one["from"])
            if is_firm(one, facts) and ends[0] != ends[1] and facts.unnamed.isdisjoint(ends):
                pays.setdefault(ends[0], set()).add(ends[1])

    def rounds(walk: list[str]) -> Iterator[list[str]]:
        for payee in pays.get(walk[-1], ()):
            if payee == key:
                yield walk
            elif payee not in walk and len(walk) < MOST_LEGS:
                yield from rounds([*walk, payee])

    return sorted(rounds([key]))


def _loops_read(data: Any) -> list[list[str]]:
    """Each loop from OpenAI on."""
    loops = [[one["key"] for one in loop["organizations"]] for loop in data["moneyLoops"]["rows"]]
    return sorted(loop[loop.index("openai") :] + loop[: loop.index("openai")] for loop in loops)


def _quarter(day: str) -> str:
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def _price(contract: Mapping[str, Any], hardware_usd: float = 0) -> float:
    """USD per megawatt of critical IT and year."""
    usd = value(contract, "value_usd") - hardware_usd
    return float(usd / megawatts(contract, "CRITICAL_IT") / value(contract, "term_years"))


def _debt_on_rent(facts: Yaml) -> dict[str, float]:
    """What Hut 8 has issued on contracts with Fluidstack, by the year in which it falls due."""
    rents = {one["id"] for one in firm(facts, provider="hut8", customer="fluidstack")}
    debts = [one for one in facts.records("debts.yaml") if value(one, "issuer") == "hut8" and value(one, "issued")]
    secured = [one for one in debts if rents & set(value(one, "secured_by") or ())]
    return {value(one, "maturity")[:4]: float(value(one, "value_usd")) for one in secured}


def _of_one_origin(facts: Yaml) -> int:
    return sum(len(_origins(one, facts)) == 1 for one in facts.contracts.values())


def _origins(record: Mapping[str, Any], facts: Yaml) -> set[str]:
    return {facts.sources[key]["origin"] for one in record["claims"] if counts(one) for key in one["sources"]}


def _most_sold_to_openai(facts: Yaml) -> list[Any]:
    sold: dict[str, float] = {}
    for one in firm(facts, ["CLOUD"], customer="openai"):
        sold[one["from"]] = sold.get(one["from"], 0.0) + (value(one, "value_usd") or 0)
    most = max(sold, key=lambda provider: sold[provider])
    return [most, sold[most]]


def _first_day(text: str) -> str:
    """Of a year, a half, a quarter, a month."""
    if "H" in text or "Q" in text:
        return f"{text[:4]}-{int(text[-1]) * (6 if 'H' in text else 3) - (5 if 'H' in text else 2):02}-01"
    return {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)


def _last_day(text: str) -> str:
    if "H" in text or "Q" in text:
        text = f"{text[:4]}-{int(text[-1]) * (6 if 'H' in text else 3):02}"
    if len(text) == 7:
        return f"{text}-{monthrange(int(text[:4]), int(text[5:]))[1]}"
    return f"{text}-12-31" if len(text) == 4 else text


def _largest(facts: Yaml) -> str:
    every = [one for one in facts.contracts.values() if is_firm(one, facts)]
    return str(max(every, key=lambda one: megawatts(one, "CRITICAL_IT"))["id"])


def _reached_hosts(data: Any) -> list[str]:
    return sorted(one["entity"]["key"] for one in data["reach"]["rows"] if one["hops"] == 1)


def _debt_of_hut8(facts: Yaml) -> list[str]:
    return sorted(one["id"] for one in facts.records("debts.yaml") if value(one, "issuer") == "hut8")


def _amazon(data: Any) -> list[float]:
    (row,) = [one for one in data["shock"]["rows"] if one["organization"]["key"] == "amazon"]
    return [one["valueUsd"] for one in row["usdAtRisk"] if one["claim"] == "PAYMENTS"]


def _priced(key: str, field: str) -> Callable[[Any], Any]:
    return lambda data: next(one[field] for one in data["comparables"]["rows"] if one["link"]["key"] == key)


def _links_shown(facts: Yaml) -> int:
    records = [one for name in facts.links for one in facts.records(name)]
    return sum(any(claim.get("nature") != "ESTIMATED" for claim in one["claims"]) for one in records)


CORE_SCIENTIFIC = "core-scientific-coreweave-mw-2026-05"


def _core_scientific(facts: Yaml) -> list[float]:
    (total,) = [one for one in facts.records("observations.yaml") if one["id"] == CORE_SCIENTIFIC]
    contracts = firm(facts, provider="core-scientific", customer="coreweave")
    found = sum(megawatts(one, "CRITICAL_IT") for one in contracts if one["id"] in total["covers"])
    return [value(total, "value"), found, value(total, "value") - found]


def _owed_by_iren(facts: Yaml) -> float:
    """What makers of chips and servers are owed, without what is in another's total."""
    supplies = [one for one in facts.records("links/supplies.yaml") if one["to"] == "iren"]
    covered = {part for one in supplies for part in value(one, "covers") or ()}
    return sum(
        value(one, "value_usd") or 0
        for one in supplies
        if one["id"] not in covered
        and value(one, "category") in ("CHIP", "SERVER")
        and value(one, "status") in ("SIGNED", "ACTIVE")
        and value(one, "commitment") in (None, "FIRM")
    )


def _sold_to_anthropic_since(facts: Yaml, day: str) -> list[str]:
    sold = [one for one in facts.contracts.values() if customer_of(one) == "anthropic"]
    return sorted(one["id"] for one in sold if (value(one, "announced") or "") >= day)


def _keys(links: Any) -> list[str]:
    return sorted(one["key"] for one in links["nodes"])


CONCENTRATION = """{ concentration(organization: "hut8", side: CUSTOMERS, measure: VALUE_USD, scope: {layer: SHELL}) {
  hhi hhiLow hhiHigh unnamedShare shares { share unnamed organization { key } } } }"""
BY_CUSTOMER = f"{{ capacity(groupBy: [CUSTOMER], {SHELL_MW}) {{ rows {{ group unnamed mw {{ low high }} }} }} }}"
BY_PROVIDER = f"{{ capacity(groupBy: [PROVIDER], {SHELL_MW}) {{ rows {{ group mw {{ low high }} }} }} }}"
PRICES = """{ comparables(scope: {types: [PROVIDES_CAPACITY]}) { rows(first: 500) {
  link { key } usdPerMwYear withoutHardwareUsdPerMwYear } } }"""
SERIES = """rows(first: 500) { period basis confirmedMw startUnknownMw plannedMw notYetReportedMw overdueMw }"""

QUESTIONS = (
    Question(
        "How many megawatts of critical IT has Hut 8 let, signed and firm?",
        BY_PROVIDER,
        _by("PROVIDER", "hut8"),
        lambda facts: sum(megawatts(one, "CRITICAL_IT") for one in firm(facts, provider="hut8")),
        f"{CONTRACTS}: firm leases from hut8, with an unnamed tenant or not",
    ),
    Question(
        "On whom does Hut 8 hang, by contract value?",
        CONCENTRATION,
        _shares,
        _hut8_shares,
        f"{CONTRACTS}: value_usd of firm leases from hut8",
    ),
    Question(
        "How much of that is a customer whom nobody names?",
        CONCENTRATION,
        lambda data: data["concentration"]["unnamedShare"],
        lambda facts: sum(share for key, share in _hut8_shares(facts).items() if key in facts.unnamed),
        f"{CONTRACTS} and organizations.yaml: placeholder",
    ),
    Question(
        "And the HHI of its customers?",
        CONCENTRATION,
        lambda data: data["concentration"]["hhi"],
        lambda facts: sum(share**2 for share in _hut8_shares(facts).values()),
        f"{CONTRACTS}: squares of the shares; one unnamed party is one party",
    ),
    Question(
        "How many megawatts of the shell layer have tenants whom nobody names?",
        BY_CUSTOMER,
        lambda data: sum(one["mw"]["high"] for one in data["capacity"]["rows"] if one["unnamed"] and one["mw"]),
        _unnamed_mw,
        f"{CONTRACTS}: firm contracts to a placeholder",
    ),
    Question(
        "Since when do Core Scientific's first 200 MW run, and what of the time before?",
        f"""{{ timeline(by: QUARTER, scope: {{layer: SHELL, basis: CRITICAL_IT,
          where: {{key: {{eq: "core-scientific-coreweave-1"}}}}}}) {{ {SERIES} }} }}""",
        lambda data: [
            next(one["period"] for one in data["timeline"]["rows"] if one[column] == 200)
            for column in ("startUnknownMw", "confirmedMw")
        ],
        _first_quarters,
        f"{CONTRACTS}: announced, and the first dated source that says ACTIVE; sources.yaml: published",
    ),
    Question(
        "Is the past of the series the same whenever one asks?",
        f"""{{ march: graph(lens: {{validOn: "2026-03-31"}}) {{ ...Series }} today: graph(lens: {{}}) {{ ...Series }} }}
          fragment Series on Graph {{
            own: timeline(scope: {{layer: SHELL, where: {{key: {{eq: "{RUNNING_BY_A_LATER_SOURCE}"}}}}}}) {{ {SERIES} }}
            timeline(scope: {{layer: SHELL}}) {{ {SERIES} }} }}""",
        _series_read,
        _series_expected,
        f"{CONTRACTS}: {RUNNING_BY_A_LATER_SOURCE}, announced and the first dated source that says ACTIVE",
    ),
    Question(
        "Which firm contracts should run by now, and could a source have said that they do?",
        """{ links(where: {type: {eq: PROVIDES_CAPACITY}, inForce: {eq: true}, status: {in: [SIGNED, ACTIVE]},
          or: [{commitment: {eq: FIRM}}, {commitment: {isNull: true}}],
          serviceState: {in: [NOT_YET_REPORTED, OVERDUE_UNCONFIRMED]}}, first: 100) { nodes { key serviceState } } }""",
        lambda data: {one["key"]: one["serviceState"] for one in data["links"]["nodes"]},
        _late,
        f"{CONTRACTS}: service_from, and who says ACTIVE; `published` of the sources of all that names a party",
    ),
    Question(
        "How many megawatts of critical IT does Amazon rent?",
        BY_CUSTOMER,
        _by("CUSTOMER", "amazon"),
        lambda facts: sum(megawatts(one, "CRITICAL_IT") for one in firm(facts, customer="amazon")) or None,
        f"{CONTRACTS}: contracts to amazon state other bases, so that it is unknown",
    ),
    Question(
        "Which is the largest firm contract by critical IT?",
        """{ links(where: {type: {eq: PROVIDES_CAPACITY}, inForce: {eq: true}, status: {in: [SIGNED, ACTIVE]},
          or: [{commitment: {eq: FIRM}}, {commitment: {isNull: true}}]},
          orderBy: [{capacityMw: {basis: CRITICAL_IT, direction: DESC}}], first: 1) { nodes { key } } }""",
        lambda data: data["links"]["nodes"][0]["key"],
        _largest,
        f"{CONTRACTS}: the largest CRITICAL_IT of signed or active, firm or silent",
    ),
    Question(
        "How many megawatts is Amazon's contract of 2026 with OpenAI about?",
        '{ link(key: "amazon-openai-2026") { capacity { mw } statedCapacity { mw basis } } }',
        lambda data: [
            data["link"]["capacity"],
            data["link"]["statedCapacity"]["mw"],
            data["link"]["statedCapacity"]["basis"],
        ],
        lambda facts: [None, megawatts(facts.contracts["amazon-openai-2026"], "UNSTATED"), "UNSTATED"],
        f"{CONTRACTS}: amazon-openai-2026, capacities",
    ),
    Question(
        "What does Amazon lose if OpenAI fails?",
        """{ shock(fail: ["openai"], scope: {layer: COMPUTE}) { rows(first: 100) { organization { key }
          usdAtRisk { claim valueUsd } } } }""",
        _amazon,
        lambda facts: [value(one, "value_usd") for one in firm(facts, ["CLOUD"], provider="amazon", customer="openai")],
        f"{CONTRACTS}: amazon-openai-2026, which replaces amazon-openai-2025",
    ),
    Question(
        "And on the day before the new contract?",
        """{ graph(lens: {validOn: "2026-02-26"}) { shock(fail: ["openai"], scope: {layer: COMPUTE}) {
          rows(first: 100) { organization { key } usdAtRisk { claim valueUsd } } } } }""",
        lambda data: _amazon(data["graph"]),
        lambda facts: [value(facts.contracts["amazon-openai-2025"], "value_usd")],
        f"{CONTRACTS}: amazon-openai-2025",
    ),
    Question(
        "In which rounds does money come back to OpenAI, over at most five, and how many are they?",
        '{ moneyLoops(through: "openai", first: 500) { totalCount rows { organizations { key } } } }',
        lambda data: [data["moneyLoops"]["totalCount"], _loops_read(data)],
        lambda facts: [len(_loops_through(facts, "openai")), _loops_through(facts, "openai")],
        "links/*.yaml: who invests in, lends to, guarantees and buys from whom, firm and in force",
    ),
    Question(
        "Which hosts live on Fluidstack's rent?",
        """{ reach(from: "fluidstack", direction: DOWNSTREAM, dependency: INCOME, maxHops: 1,
          scope: {types: [PROVIDES_CAPACITY]}) { rows { hops entity { key } } } }""",
        _reached_hosts,
        lambda facts: sorted({one["from"] for one in firm(facts, (*SHELL, "CLOUD"), customer="fluidstack")}),
        f"{CONTRACTS}: firm contracts to fluidstack",
    ),
    Question(
        "Which debts has Hut 8 issued?",
        '{ debts(where: {issuer: {key: {eq: "hut8"}}}, first: 100) { nodes { key } } }',
        lambda data: sorted(one["key"] for one in data["debts"]["nodes"]),
        _debt_of_hut8,
        "debts.yaml: issuer hut8",
    ),
    Question(
        "What has Hut 8 issued on the rent of Fluidstack, and in which year does it fall due?",
        """{ debtProfile(groupBy: [MATURITY_YEAR], issuer: "hut8", tenant: "fluidstack") {
          rows { group valueUsd issued } } }""",
        lambda data: {
            one["group"]["MATURITY_YEAR"]: one["valueUsd"] for one in data["debtProfile"]["rows"] if one["issued"]
        },
        _debt_on_rent,
        f"debts.yaml: issued by hut8 and secured_by a firm contract with fluidstack; {CONTRACTS}",
    ),
    Question(
        "How many capacity contracts does one origin alone tell of?",
        "{ links(where: {type: {eq: PROVIDES_CAPACITY}, origins: {lte: 1}}) { totalCount } }",
        lambda data: data["links"]["totalCount"],
        _of_one_origin,
        f"{CONTRACTS}: contracts whose sources have one origin; sources.yaml: origin",
    ),
    Question(
        "Who sells OpenAI the most compute by value, and so loses most if it fails?",
        """{ shock(fail: ["openai"], weight: VALUE_USD, scope: {layer: COMPUTE}) {
          rows(first: 1) { organization { key } lost } } }""",
        lambda data: [data["shock"]["rows"][0]["organization"]["key"], data["shock"]["rows"][0]["lost"]],
        _most_sold_to_openai,
        f"{CONTRACTS}: value_usd of firm CLOUD contracts to openai, by provider",
    ),
    Question(
        "Which events concern CoreWeave?",
        '{ events(where: {subjectWhere: {key: {eq: "coreweave"}}}, first: 100) { nodes { key } } }',
        lambda data: sorted(one["key"] for one in data["events"]["nodes"]),
        lambda facts: sorted(
            one["id"] for one in facts.records("events.yaml") if "coreweave" in one.get("subjects", ())
        ),
        "events.yaml: subjects",
    ),
    Question(
        "What does River Bend pay per megawatt and year?",
        PRICES,
        _priced("hut8-fluidstack-river-bend", "usdPerMwYear"),
        lambda facts: _price(facts.contracts["hut8-fluidstack-river-bend"]),
        f"{CONTRACTS}: hut8-fluidstack-river-bend",
    ),
    Question(
        "What does Microsoft pay IREN per megawatt and year, without the hardware?",
        PRICES,
        _priced("iren-microsoft-cloud", "withoutHardwareUsdPerMwYear"),
        lambda facts: _price(
            facts.contracts["iren-microsoft-cloud"], _one("links/supplies.yaml", "dell-iren-gb300", "value_usd")(facts)
        ),
        f"{CONTRACTS}: iren-microsoft-cloud; links/supplies.yaml: dell-iren-gb300",
    ),
    Question(
        "How many megawatts of critical IT are let at Barber Lake?",
        f"{{ capacity(groupBy: [SITE], {SHELL_MW}) {{ rows {{ group mw {{ low high }} }} }} }}",
        _by("SITE", "barber-lake"),
        lambda facts: sum(megawatts(one, "CRITICAL_IT") for one in firm(facts) if one.get("site") == "barber-lake"),
        f"{CONTRACTS}: firm contracts at barber-lake, 168 and 39",
    ),
    Question(
        "How far does Core Scientific's own total exceed the contracts with CoreWeave, in critical IT?",
        """{ reconciliation(organization: "core-scientific", first: 100) {
          observation { key } basis stated linkTotal difference } }""",
        lambda data: next(
            [one["stated"], one["linkTotal"], one["difference"]]
            for one in data["reconciliation"]
            if (one["observation"]["key"], one["basis"]) == (CORE_SCIENTIFIC, "CRITICAL_IT")
        ),
        _core_scientific,
        f"{CONTRACTS}: firm contracts that the total covers; observations.yaml: {CORE_SCIENTIFIC}",
    ),
    Question(
        "How many megawatts does River Bend have, which Hut 8 lets to Fluidstack and Fluidstack to Anthropic?",
        f"{{ capacity(groupBy: [SITE], {SHELL_MW}) {{ rows {{ group mw {{ low high }} contained {{ key }} }} }} }}",
        _by("SITE", "river-bend"),
        lambda facts: megawatts(facts.contracts["hut8-fluidstack-river-bend"], "CRITICAL_IT"),
        f"{CONTRACTS}: fluidstack-anthropic-river-bend uses hut8-fluidstack-river-bend",
    ),
    Question(
        "Who is the tenant of Polaris Forge 2, as known at the end of 2025 and in March 2026?",
        """{ then: graph(lens: {knownOn: "2025-12-31"}) { link(key: "applied-digital-polaris-forge-2") {
            target { ... on Organization { placeholder } } } }
          now: graph(lens: {knownOn: "2026-03-31"}) { link(key: "applied-digital-polaris-forge-2") {
            target { ... on Organization { key } } } } }""",
        lambda data: [data["then"]["link"]["target"]["placeholder"], data["now"]["link"]["target"]["key"]],
        lambda facts: [
            facts.contracts["applied-digital-polaris-forge-2"]["to"] in facts.unnamed,
            customer_of(facts.contracts["applied-digital-polaris-forge-2"]),
        ],
        f"{CONTRACTS}: applied-digital-polaris-forge-2, claims about `to`",
    ),
    Question(
        "How many megawatts of compute has OpenAI under firm contracts?",
        """{ capacity(groupBy: [CUSTOMER], scope: {layer: COMPUTE, basis: UNSTATED}) {
          rows { group mw { low high } } } }""",
        _by("CUSTOMER", "openai"),
        lambda facts: sum(megawatts(one, "UNSTATED") for one in firm(facts, ["CLOUD"], customer="openai")),
        f"{CONTRACTS}: firm CLOUD contracts to openai",
    ),
    Question(
        "What do the makers of chips and servers lose together if IREN fails, what is in another's total once?",
        '{ shock(fail: ["iren"], scope: {layer: CHIP}) { usdAtRisk { claim valueUsd } } }',
        lambda data: next(one["valueUsd"] for one in data["shock"]["usdAtRisk"] if one["claim"] == "PAYMENTS"),
        _owed_by_iren,
        "links/supplies.yaml: firm supplies of chips and servers to iren, without what another covers",
    ),
    Question(
        "How many links does the default lens show?",
        "{ links { totalCount } }",
        lambda data: data["links"]["totalCount"],
        _links_shown,
        "links/*.yaml: records with a claim that is no estimate",
    ),
    Question(
        "May all statements about the guarantees of one party be asked for at once?",
        """{ links(where: {type: {eq: GUARANTEES}, source: {key: {eq: "alphabet"}}}, first: 500) {
          totalCount nodes { statements(first: 200) { totalCount } } } }""",
        lambda data: data["links"]["totalCount"],
        lambda facts: sum(one["from"] == "alphabet" for one in facts.records("links/guarantees.yaml")),
        "links/guarantees.yaml: from alphabet",
    ),
    Question(
        "Which capacity contracts of Anthropic were announced from July 2026 on, and how many of them did June know?",
        f"""{{ now: links(where: {{{OF_ANTHROPIC}, announced: {{gte: "2026-07-01"}}}}) {{ nodes {{ key }} }}
          june: graph(lens: {{knownOn: "2026-06-30"}}) {{
            links(where: {{{OF_ANTHROPIC}}}, first: 100) {{ nodes {{ key }} }} }} }}""",
        lambda data: [_keys(data["now"]), sorted({*_keys(data["now"])} & {*_keys(data["june"]["links"])})],
        lambda facts: [_sold_to_anthropic_since(facts, "2026-07-01"), []],
        f"{CONTRACTS}: announced, and `to` of the record or of a claim",
    ),
    Question(
        "What is Akamai's contract with Anthropic worth, and what was it as known in June 2026?",
        """{ now: link(key: "akamai-anthropic") { value { usd } }
          june: graph(lens: {knownOn: "2026-06-30"}) { link(key: "akamai-anthropic") { value { usd } } } }""",
        lambda data: [data["now"]["value"]["usd"], data["june"]["link"]["value"]["usd"]],
        lambda facts: [value(facts.contracts["akamai-anthropic"], "value_usd"), 1_800_000_000],
        f"{CONTRACTS}: akamai-anthropic; its first claim is of May 2026",
    ),
    Question(
        "Who rents Stingray from Cipher, and who says so?",
        """{ link(key: "cipher-undisclosed-third-lease") { target { ... on Organization { key } } site { key }
          value { usd } statements(property: "to") { nodes { chosen source { key } } } } }""",
        lambda data: [
            data["link"]["target"]["key"],
            data["link"]["site"]["key"],
            data["link"]["value"]["usd"],
            sorted(one["source"]["key"] for one in data["link"]["statements"]["nodes"] if one["chosen"]),
        ],
        lambda facts: ["amazon", "stingray", 2_000_000_000, ["aimap-cipher", "cifr-stingray-20260608"]],
        f"{CONTRACTS}: cipher-undisclosed-third-lease, claims about `to`, `site` and the value",
    ),
    Question(
        "Who rents Beacon Point from Hut 8, by which leases, and whom did June know?",
        """{ now: links(where: {site: {eq: "beacon-point"}, source: {key: {eq: "hut8"}}}) {
            nodes { key target { ... on Organization { key } } value { usd } capacity(basis: CRITICAL_IT) { mw } } }
          june: graph(lens: {knownOn: "2026-06-30"}) { links(where: {site: {eq: "beacon-point"},
            type: {eq: PROVIDES_CAPACITY}}) { nodes { key target { ... on Organization { placeholder } } } } } }""",
        lambda data: [
            sorted(
                [one["key"], one["target"]["key"], one["value"]["usd"], one["capacity"]["mw"]]
                for one in data["now"]["nodes"]
            ),
            [[one["key"], one["target"]["placeholder"]] for one in data["june"]["links"]["nodes"]],
        ],
        lambda facts: [
            [[key, "nvidia", 9_800_000_000, 352] for key in (BEACON_POINT, f"{BEACON_POINT}-2")],
            [[BEACON_POINT, True]],
        ],
        f"{CONTRACTS}: {BEACON_POINT} and {BEACON_POINT}-2",
    ),
    Question(
        "What do Core Scientific and AMD give each other: leased megawatts, those on option, and warrants?",
        """{ lease: link(key: "core-scientific-amd-2026") { commitment capacity(basis: CRITICAL_IT) { mw } termYears }
          option: link(key: "core-scientific-amd-2026-option") { commitment capacity(basis: UNSTATED) { mw } }
          warrants: link(key: "amd-core-scientific-warrants") { instrument properties } }""",
        lambda data: [
            [data["lease"]["commitment"], data["lease"]["capacity"]["mw"], data["lease"]["termYears"]],
            [data["option"]["commitment"], data["option"]["capacity"]["mw"]],
            [data["warrants"]["instrument"], data["warrants"]["properties"]],
        ],
        lambda facts: [["FIRM", 377, 15], ["OPTION", 1925], ["WARRANT", {"shares": 30_000_000, "price_usd": 23.47}]],
        f"{CONTRACTS}: 185 MW at Pecos, 110 in Hunt County, 82 at Muskogee; links/invests_in.yaml",
    ),
    Question(
        "What does Nvidia guarantee of SB Energy's lease of PORTS-Pike to OpenAI?",
        """{ link(key: "sb-energy-openai-ports-pike") { termYears capacity(basis: CRITICAL_IT) { mw bound }
          guaranteedBy { key source { ... on Organization { key } } value { usd bound } } } }""",
        lambda data: [
            data["link"]["termYears"],
            data["link"]["capacity"],
            [[one["source"]["key"], one["value"]] for one in data["link"]["guaranteedBy"]],
        ],
        lambda facts: [
            20,
            {"mw": 8000, "bound": "ABOUT"},
            [["nvidia", {"usd": 105_000_000_000, "bound": "UP_TO"}]],
        ],
        f"{CONTRACTS}: sb-energy-openai-ports-pike; links/guarantees.yaml: nvidia-ports-pike-guarantee",
    ),
)


def agrees(answer: Any, expected: Any) -> bool:
    """Equal, or as near as sums of floats come."""
    if isinstance(expected, float) and isinstance(answer, int | float):
        return isclose(answer, expected, rel_tol=1e-9)
    if isinstance(expected, dict):
        alike = isinstance(answer, dict) and answer.keys() == expected.keys()
        return alike and all(agrees(answer[key], expected[key]) for key in expected)
    return bool(answer == expected)


async def ask(provider: StoreProvider, question: Question) -> Any:
    """The answer of a store. Raises AssertionError with the errors where there is none."""
    response = await execute_request(provider, GraphQLRequest(question.document))
    if response.has_errors:
        raise AssertionError(response.json)
    return question.read(json.loads(response.json)["data"])


async def main() -> int:
    """Prints all; 1 where an answer is not what is expected."""
    facts, wrong = Yaml(PROJECT / "seeds"), 0
    with tempfile.TemporaryDirectory() as folder:
        store = await EmbeddedStore.open(Path(folder), clock=lambda: TODAY)
        await store.load(read_seeds(PROJECT / "seeds"))
        provider = StoreProvider(store)
        for number, question in enumerate(QUESTIONS, 1):
            answer, expected = await ask(provider, question), question.expected(facts)
            wrong += not agrees(answer, expected)
            sys.stdout.write(
                f"{number}. {question.text}\n   answer    {answer}\n   expected  {expected}\n"
                f"   from      {question.source}\n"
            )
        await provider.close()
    sys.stdout.write(f"{len(QUESTIONS) - wrong} of {len(QUESTIONS)} as expected, on {date.isoformat(TODAY)}.\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
