"""FollowTheMoney: entities as lines of JSON, as far as its model (version 4) can hold the facts.

A contract is a Contract of the customer with a ContractAward to the provider; a share is Ownership, a loan Debt, and
what has no word there an UnknownLink with its role. Megawatts stand in summaries. A quarter or half year is written as
its first and its last month: the library would cut it to the year. Observations and statements have no place there; who
says so stands in `sourceUrl` and, of links, in `proof`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph.evidence.captions import caption
from graph.exports.dataset.dataset import Dataset
from graph.exports.dataset.formats import DatasetFile, DatasetFormat
from graph.exports.dataset.text import json_line, plain_number
from graph.vocabulary.enums import InvestmentInstrument, LendingRole
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import LINKS, TYPE_COLUMN, LinkRole, Row
from graph.vocabulary.values import Money, PartialDate
from graph.vocabulary.wording import words

MEDIA_TYPE = "application/json+ftm"
Properties = Mapping[str, Sequence[str | None]]
"""Values by property; None is left out."""


# ---- values


def _id(label: str, key: str) -> str:
    return f"wattgraph-{label.lower()}-{key}"


def _moments(date: PartialDate | None) -> Sequence[str]:
    """A day, month or year as it is; of a quarter or half year the first and the last month."""
    if date is None:
        return ()
    if "Q" in date.text or "H" in date.text:
        return [f"{day:%Y-%m}" for day in (date.earliest, date.latest)]
    return [date.text]


def _money(value: Money | None) -> Properties:
    if value is None:
        return {}
    amount = plain_number(value.amount)
    return {
        "amount": [amount],
        "currency": [value.currency],
        "amountUsd": [amount if value.currency == "USD" else None],
    }


def _entity(schema: str, id_: str, *properties: Properties) -> bytes:
    merged: dict[str, dict[str, None]] = {}
    for part in properties:
        for name, values in part.items():
            merged.setdefault(name, {}).update(dict.fromkeys(value for value in values if value))
    stated = {name: list(values) for name, values in merged.items() if values}
    record: dict[str, Any] = {"id": id_, "schema": schema, "properties": stated, "datasets": ["wattgraph"]}
    return f"{json_line(record)}\n".encode()


# ---- things


def _thing(row: Row, dataset: Dataset) -> Properties:
    return {"name": [dataset.names[row.key]], "sourceUrl": _addresses(row, dataset), "summary": _figures(row, dataset)}


def _figures(row: Row, dataset: Dataset) -> Sequence[str]:
    """The addresses of its numbers, in a dataset that has them: the model has no place beside a number."""
    found = dataset.figures.of_row(row) if dataset.figures else {}
    return [f"figure of {name}: {address}" for name, address in found.items()]


def _addresses(row: Row, dataset: Dataset) -> Sequence[str]:
    return [dataset.addresses[key] for key in dataset.sources_of.get(row.key, ()) if key in dataset.addresses]


def _organization(row: Row, dataset: Dataset) -> bytes:
    stated: Properties = {
        "alias": row["aliases"] or (),
        "previousName": row["former_names"] or (),
        "country": [_lower(row["country"])],
        "ticker": [row["ticker"]],
        "cikCode": [row["cik"]],
        "leiCode": [row["lei"]],
        "sector": [words(kind) for kind in row["kinds"] or ()],
        "notes": ["stands for a party that is not named" if row["placeholder"] else None],
    }
    return _entity("Company", _id(row.label, row.key), _thing(row, dataset), stated)


def _lower(code: str | None) -> str | None:
    return code and code.lower()


def _site(row: Row, dataset: Dataset) -> bytes:
    place = ", ".join(part for part in (row["locality"], row["region"]) if part)
    stated: Properties = {
        "address": [place or None],
        "country": [_lower(row["country"])],
        "latitude": [None if row["lat"] is None else plain_number(row["lat"])],
        "longitude": [None if row["lon"] is None else plain_number(row["lon"])],
        "parent": [row["part_of"] and _id("Site", row["part_of"])],
    }
    return _entity("RealEstate", _id(row.label, row.key), _thing(row, dataset), stated)


def _chip(row: Row, dataset: Dataset) -> bytes:
    return _entity("Asset", _id(row.label, row.key), _thing(row, dataset), {"keywords": [row["family"]]})


def _deal(row: Row, dataset: Dataset) -> bytes:
    stated = {"date": _moments(row["announced"]), "summary": [row["summary"]]}
    return _entity("Project", _id(row.label, row.key), _thing(row, dataset), stated)


def _debt(row: Row, dataset: Dataset) -> bytes:
    stated: Properties = {
        "debtor": [_id("Organization", row["issuer"])],
        "startDate": _moments(row["issued"]),
        "endDate": _moments(row["maturity"]),
        "summary": [dataset.names[row.key], *_figures(row, dataset)],
        "recordId": [row.key],
        "sourceUrl": _addresses(row, dataset),
    }
    return _entity("Debt", _id(row.label, row.key), stated, _money(row["value"]))


def _event(row: Row, dataset: Dataset) -> bytes:
    involved = [_id("Organization", key) for key in row["subjects"] or () if dataset.labels.get(key) == "Organization"]
    stated = {"date": _moments(row["date"]), "summary": [row["summary"]], "involved": involved}
    return _entity("Event", _id(row.label, row.key), _thing(row, dataset), stated)


def _source(row: Row, dataset: Dataset) -> bytes:
    stated: Properties = {
        "title": [row["title"] or row.key],
        "publisher": [row["publisher"]],
        "sourceUrl": [row["url"]],
        "publishedAt": _moments(row["published"]),
        "retrievedAt": [row.columns.get("retrieved")],
    }
    return _entity("Article", _id(row.label, row.key), stated)


_THINGS = {
    "Organization": _organization,
    "Site": _site,
    "Chip": _chip,
    "Deal": _deal,
    "Debt": _debt,
    "Event": _event,
    "Source": _source,
}

# ---- links


def _link(row: Row, dataset: Dataset) -> Iterator[bytes]:
    roles = LINKS[row.columns[TYPE_COLUMN]].roles
    source, target = (_end(row.columns[end], dataset) for end in ("from", "to"))
    to_organization = dataset.labels.get(row.columns["to"]) == "Organization"
    if LinkRole.DELIVERY in roles and LinkRole.CLAIM in roles and to_organization:
        yield from _contract(row, dataset, source, target)
    elif _is_share(row):
        share: Properties = {"owner": [source], "asset": [target], "percentage": [_number(row["stake_pct"])]}
        yield _entity("Ownership", _id("Link", row.key), share, _status(row), _interest(row, dataset))
    elif LinkRole.LOAN in roles and row["role"] in (LendingRole.LENDER, LendingRole.HOLDER):
        # of a loan under a debt the debt has the amount: added up, it would count twice
        amount = {} if row["debt"] else _money(row["value"])
        ends = {"debtor": [target], "creditor": [source]}
        yield _entity("Debt", _id("Link", row.key), ends, amount, _interest(row, dataset))
    else:
        role = ", ".join(part for part in (LINKS[row.columns[TYPE_COLUMN]].ends.reads, _kind(row)) if part)
        ends = {"subject": [source], "object": [target], "role": [role]}
        yield _entity("UnknownLink", _id("Link", row.key), ends, _status(row), _interest(row, dataset))


def _end(key: str, dataset: Dataset) -> str:
    return _id(dataset.labels.get(key, "Organization"), key)


def _kind(row: Row) -> str:
    return words(row["instrument"] or row["role"] or row["contract_kind"])


def _is_share(row: Row) -> bool:
    """A warrant, an option or a plan is no ownership."""
    if row.columns[TYPE_COLUMN] == "INVESTS_IN":
        return row["instrument"] is InvestmentInstrument.EQUITY and bool(row["in_force"])
    return row.columns[TYPE_COLUMN] == "OWNS" and bool(row["in_force"])


def _number(number: float | None) -> str | None:
    return None if number is None else plain_number(number)


def _contract(row: Row, dataset: Dataset, provider: str, customer: str) -> Iterator[bytes]:
    id_, title = _id("Contract", row.key), caption(row, dataset.named_rows)
    contract: Properties = {
        "title": [title],
        "authority": [customer],
        "type": [words(row["service"] or row["category"] or row["contract_kind"])],
        "contractDate": _moments(row["announced"]),
        "project": [row["deal"] and _id("Deal", row["deal"])],
        "summary": _figures(row, dataset),
        "sourceUrl": _addresses(row, dataset),
    }
    yield _entity("Contract", id_, contract, _status(row), _money(row["value"]))
    award = {"supplier": [provider], "contract": [id_], "role": [LINKS[row.columns[TYPE_COLUMN]].ends.reads]}
    yield _entity("ContractAward", _id("Link", row.key), award, _status(row), _interest(row, dataset))


def _status(row: Row) -> Properties:
    return {"status": [", ".join(words(row[name]) for name in ("status", "commitment") if row[name]) or None]}


def _interest(row: Row, dataset: Dataset) -> Properties:
    proof = [_id("Source", key) for key in dataset.sources_of.get(row.key, ())]
    return {
        "date": _moments(row["announced"]),
        "startDate": _moments(row["service_from"] or row["effective_from"]),
        "endDate": _moments(row["service_to"] or row["effective_to"]),
        "summary": [caption(row, dataset.named_rows), *_figures(row, dataset)],
        "recordId": [row.key],
        "proof": proof,
    }


# ---- the file


def _provenance(dataset: Dataset) -> bytes:
    stated = {
        "title": [str(dataset.provenance.to_json()["title"])],
        "summary": [dataset.provenance.sentence],
        "publisher": [FACTS_LICENCE.attribution],
        "notes": [f"Licence: {FACTS_LICENCE.name} ({FACTS_LICENCE.url})"],
    }
    return _entity("Article", _id("Dataset", dataset.provenance.data_version), stated)


def _parts(dataset: Dataset) -> Iterator[bytes]:
    yield _provenance(dataset)
    for label, write in _THINGS.items():
        for batch in dataset.batches(label):
            yield b"".join(write(row, dataset) for row in batch)
    for batch in dataset.batches("Link"):
        yield b"".join(one for row in batch for one in _link(row, dataset))


DATASET = DatasetFormat(
    "ftm",
    "Entities of FollowTheMoney, as far as its model can hold the facts.",
    (DatasetFile("wattgraph.ftm.json", MEDIA_TYPE, "One entity in each line.", _parts),),
    readers="followthemoney 4.11",
)
