"""What came in with the facts of July to October 2026, counted by hand, and what was corrected with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.seeding.writer import export_statements
from tests.seeds_fixture import SEEDS, Under

READ = "2026-11-30"
"""The day on which the sources of the update were read, and on which wrong claims were withdrawn."""


def _records(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.load((SEEDS / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
    return loaded


def _names() -> list[str]:
    paths = (*SEEDS.glob("*.yaml"), *SEEDS.glob("links/*.yaml"))
    return sorted(path.relative_to(SEEDS).as_posix() for path in paths if path.name != "sources.yaml")


def _claims(record: dict[str, Any]) -> list[dict[str, Any]]:
    return record.get("claims") or [{"sources": record["sources"], "says": {}}]


def _new_sources() -> dict[str, str]:
    return {one["id"]: one["kind"] for one in _records("sources.yaml") if one["retrieved"] == READ}


def test_all_sources_of_the_update_are_there() -> None:
    # 43 filings, 39 releases, 18 notes of others, 9 papers, 7 of the trade, 3 data sets, 2 agencies, 3 of other sorts;
    # and 18 documents that say where a party has its seat, 2 filings and 2 releases among them
    kinds = Counter(_new_sources().values())
    assert (kinds["FILING"], kinds["PRESS_RELEASE"], kinds["DATASET"]) == (43 + 2, 39 + 2, 3)
    assert kinds.total() == 43 + 39 + 18 + 9 + 7 + 3 + 2 + 3 + 18 == 142


def test_all_records_of_the_update_are_there() -> None:
    """Those that no older source tells of."""
    new = _new_sources().keys()
    counted = {
        name: sum({key for claim in _claims(one) for key in claim["sources"]} <= new for one in _records(name))
        for name in _names()
    }
    assert {name: count for name, count in counted.items() if count} == {
        "deals.yaml": 6,  # Akamai, AMD twice, El Paso, PORTS-Pike, TeraWulf
        "debts.yaml": 10,
        "events.yaml": 6,
        "links/acquires.yaml": 1,
        "links/guarantees.yaml": 4,  # AMD, Meta, Nvidia, SoftBank
        "links/invests_in.yaml": 4,
        "links/operates.yaml": 3,
        "links/owns.yaml": 2,
        "links/provides_capacity.yaml": 15,
        "links/supplies.yaml": 1,
        "links/supplies_power.yaml": 1,
        "observations.yaml": 24,
        "organizations.yaml": 8,  # four of them unnamed
        "sites.yaml": 9,
    }
    assert sum(counted.values()) == 94


def test_older_records_tell_more() -> None:
    new = _new_sources().keys()
    told = [
        sum(not new.isdisjoint(claim["sources"]) for claim in _claims(one))
        for name in _names()
        for one in _records(name)
        if not {key for claim in _claims(one) for key in claim["sources"]} <= new
    ]
    # 237 claims of the update on 202 records; its corrections bring 14 more and 9 records, countries 16 and 11
    assert (sum(told), sum(count > 0 for count in told)) == (237 + 14 + 16, 202 + 9 + 11)


WITHDRAWN = {
    # ACTIVE of a site where a data set counts no power in service, and an operator who is the developer
    *((f"{one}-operates-stargate-uae", "status", "ACTIVE") for one in ("khazna", "openai", "oracle")),
    ("cipher-operates-barber-lake", "status", "ACTIVE"),
    ("core-scientific-operates-muskogee", "status", "ACTIVE"),
    ("coreweave-operates-coreweave-lancaster", "status", "ACTIVE"),
    ("meta-operates-hyperion", "status", "ACTIVE"),
    ("softbank-operates-lordstown", "status", "ACTIVE"),
    ("vantage-operates-vantage-frontier", "status", "ACTIVE"),
    ("related-digital-operates-saline-township", "role", "OPERATOR"),
    # contracts
    ("applied-digital-undisclosed-delta-forge-2", "announced", "2026-06-09"),
    ("bitzero-oneqode-namsskogan", "status", "SIGNED"),
    ("iren-poolside-cloud", "announced", "2024-04"),
    ("oracle-openai-abilene", "chip_count", 400000),
    ("oracle-openai-stargate", "announced", "2025-09-10"),
    ("terawulf-core42-lake-mariner", "service_from", "2026-03-31"),
    ("whitefiber-nscale-nc1", "announced", "2025-12-22"),
    # nobody says that Google answers for Anthropic; a page that swaps the amounts of two investors
    ("alphabet-nexus-backstop", "guarantees", ("nexus-dc-anthropic",)),
    ("alphabet-nexus-backstop", "guaranteed_obligor", "anthropic"),
    ("microsoft-invests-anthropic", "value", 10_000_000_000),
    ("nvidia-invests-anthropic", "value", 5_000_000_000),
}


def _plain(value: Any) -> Any:
    """A count or an amount without its bound; the text of a date."""
    for name in ("amount", "text"):
        if hasattr(value, name):
            return getattr(value, name)
    return getattr(value, "value", value) if not isinstance(value, str) else str(value)


def test_what_was_wrong_is_withdrawn_and_nothing_else(seeds_log: StatementLog) -> None:
    gone = [one for one in seeds_log.statements if one.withdrawn and not one.about.on_record]
    assert {one.withdrawn for one in gone} == {date.fromisoformat(READ)}
    assert {(one.subject, one.property, _plain(one.value)) for one in gone} == WITHDRAWN


RIGHT = {
    "related-digital-operates-saline-township": ("role", "DEVELOPER"),
    **dict.fromkeys(sorted(key for key, _, value in WITHDRAWN if value == "ACTIVE"), ("status", "SIGNED")),
    "terawulf-core42-lake-mariner": ("service_from", "2025-07"),
    "applied-digital-undisclosed-delta-forge-2": ("announced", "2026-06-08"),
    "iren-poolside-cloud": ("announced", "2024-05-06"),
    "whitefiber-nscale-nc1": ("announced", "2025-12-18"),
    "bitzero-oneqode-namsskogan": ("status", "LETTER"),
}


def _shown(under: Under, known_on: str) -> Iterator[tuple[str, str, Any]]:
    links = under(Lens(date(2026, 11, 30), date.fromisoformat(known_on))).rows["Link"]
    return ((key, prop, _plain(links[key][prop])) for key, (prop, _) in RIGHT.items())


def test_what_is_right_is_known_from_the_day_of_the_correction_on(seeds_under: Under) -> None:
    assert {key: (prop, value) for key, prop, value in _shown(seeds_under, READ)} == RIGHT
    assert set(_shown(seeds_under, "2026-11-29")) <= WITHDRAWN
    assert str(seeds_under(Lens()).rows["Link"]["oracle-openai-abilene"]["chip_count"].bound) == "ABOUT"


CHANGED = {
    "terawulf-fluidstack-cb5": {"capacity": 168, "service_from": "2027-Q1"},
    "terawulf-hawesville-talks": {"status": "SUPERSEDED"},
    "terawulf-owns-abernathy-jv": {"status": "EXPIRED"},
    "akamai-anthropic": {"value": 11_600_000_000},
    "cipher-fluidstack-barber-lake-1": {"service_from": "2026-Q4"},
    "cipher-amazon-lease": {"status": "ACTIVE"},
    "iren-microsoft-cloud": {"status": "ACTIVE"},
    "nebius-microsoft": {"status": "ACTIVE"},
    "galaxy-coreweave-phase-2": {"service_from": "2027-Q2"},
    "sb-energy-openai-milam": {"service": "LEASE"},
    "aip-acquires-aligned": {"status": "ACTIVE"},
    "blackrock-acquires-aligned": {"status": "ACTIVE"},
    "mgx-acquires-aligned": {"status": "ACTIVE"},
    "core-scientific-acquires-polaris-ds": {"value": 444_000_000},
    "iren-acquires-mirantis": {"status": "ACTIVE"},
    # decided between rivals: the agreement was public before the dollars were; the companies name no ceiling
    "oracle-openai-stargate": {"announced": "2025-07-22"},
    "microsoft-invests-anthropic": {"value": 5_000_000_000},
}


def test_what_changed_since_is_shown_as_it_is_now(seeds_under: Under) -> None:
    graph = seeds_under(Lens())
    links = graph.rows["Link"]
    for key, expected in CHANGED.items():
        row = links[key]
        shown = {name: row.columns["mw_critical_it"] if name == "capacity" else _plain(row[name]) for name in expected}
        assert shown == expected, key
    assert str(links["microsoft-openai-azure"]["value"].bound) == "ABOUT"
    assert str(graph.rows["Debt"]["cipher-notes-barber-lake-tap"]["issued"].text) == "2025-11-24"
    names = {key: graph.rows["Organization"][key].columns["name"] for key in ("bitfarms", "cipher")}
    assert names == {"bitfarms": "Keel Infrastructure", "cipher": "Cipher Digital"}


NAMED_LATER = {
    # contract, its placeholder and the party that it names since a day
    "cipher-undisclosed-third-lease": ("undisclosed-tenant-cipher-third", "amazon", "2026-06-08"),
    "bitdeer-undisclosed-tydal": ("undisclosed-counterparty-tydal", "volta-cloud", "2026-08-04"),
    "hut8-undisclosed-beacon-point": ("undisclosed-tenant-beacon-point", "nvidia", "2026-07-28"),
    "hut8-undisclosed-beacon-point-2": ("undisclosed-tenant-beacon-point", "nvidia", "2026-07-28"),
    "cleanspark-undisclosed-sandersville": ("undisclosed-tenant-sandersville", "meta", "2026-09-17"),
    "riot-undisclosed-rockdale-191": ("undisclosed-tenant-rockdale", "anthropic", "2026-08-11"),
}


def test_a_placeholder_stays_unnamed_until_it_was_named(seeds_under: Under) -> None:
    now = seeds_under(Lens()).rows["Link"]
    june = seeds_under(Lens(known_on=date(2026, 5, 31))).rows["Link"]
    for key, (placeholder, party, _) in NAMED_LATER.items():
        assert now[key].columns["to"] == party, key
        assert key not in june or june[key].columns["to"] == placeholder, key


def test_every_party_of_a_capacity_contract_has_a_country(seeds_under: Under) -> None:
    rows = seeds_under(Lens()).rows
    contracts = [row for row in rows["Link"].values() if row.columns["type"] == "PROVIDES_CAPACITY"]
    parties = {row.columns[end] for row in contracts for end in ("from", "to")}
    named = {key for key in parties if not rows["Organization"][key].columns.get("placeholder")}
    assert {key for key in named if "country" not in rows["Organization"][key].columns} == set()


def test_a_seat_that_moved_keeps_its_history(seeds_under: Under) -> None:
    """OneQode called itself Australian in August 2022; in May 2026 it is told of as a company of Singapore."""
    seats = {
        day: seeds_under(Lens(valid_on=day)).rows["Organization"]["oneqode"].columns["country"]
        for day in (date(2023, 1, 1), date(2026, 11, 30))
    }
    assert seats == {date(2023, 1, 1): "AU", date(2026, 11, 30): "SG"}


def test_sources_of_the_update_say_how_they_were_read_and_older_ones_do_not(seeds_log: StatementLog) -> None:
    """35 were opened, and 6 of the 18 documents on seats; 3 of these were read second hand, of 9 nothing says how.
    Of the 89 others of the update 54 were read through documents that are sources, as was 1 of the 3."""
    read = [source for source in seeds_log.sources.values() if source.read != "UNKNOWN"]
    assert Counter(source.read for source in read) == {"FIRST_HAND": 35 + 6, "SECOND_HAND": 89 + 3}
    assert sum(bool(source.through) for source in read) == 54 + 1
    assert {str(source.retrieved) for source in read} == {READ}
    second = seeds_log.sources["akamai-8k-20260924"]
    assert (second.kind, second.read, second.reliability) == ("FILING", "SECOND_HAND", "MEDIUM")


def test_places_in_documents_are_told_where_they_are_known(seeds_log: StatementLog) -> None:
    places = {(one.subject, one.source, one.locator) for one in seeds_log.statements if one.locator}
    assert places == {
        ("nvidia-ports-pike-guarantee", "nvda-8k-20260817", "Item 2.03"),
        ("oneqode", "oneqode-cloud-regions-2022", "About OneQode"),
        ("tiktok", "tiktok-complaint-2020", "p. 1, names of the parties"),
    }


def test_the_notice_names_every_data_set_with_its_licence_and_no_other(seeds_log: StatementLog) -> None:
    notice = (SEEDS / "NOTICE").read_text(encoding="utf-8")
    licences = {one.key: str(one.licence) for one in seeds_log.sources.values() if one.licence}
    assert licences == {
        "compute-atlas-2026-08": "CC_BY_4_0",
        "epoch-ai-data-centers-2026-09": "CC_BY_4_0",
        "sec-company-tickers-2026-06": "PUBLIC_DOMAIN",
    }
    assert set(re.findall(r"[Ss]ource ([a-z0-9-]+)\.", notice)) == licences.keys()
    assert "Attribution 4.0 International" in (SEEDS / "LICENSE").read_text(encoding="utf-8")


def test_an_export_states_the_licence_of_the_facts_and_of_their_data_sets(
    seeds_log: StatementLog, tmp_path: Path
) -> None:
    few = StatementLog.of([], seeds_log.sources.values())
    export_statements(few, tmp_path / "export")
    first, *others = (tmp_path / "export" / "NOTICE").read_text(encoding="utf-8").splitlines()
    assert first == "Facts: Wattgraph, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)."
    assert [line.rpartition(": ")[2] for line in others] == ["CC_BY_4_0", "CC_BY_4_0", "PUBLIC_DOMAIN"]
