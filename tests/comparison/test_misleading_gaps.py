"""Gaps that mislead: each kind in a world of a few records, with its line, and beside it what is no gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.comparison.misleading_gaps import gaps
from graph.seeding.fact_files import read_folder
from graph.seeding.reader import read_files
from tests import facts
from tests.command import run_command
from tests.facts import TODAY

ORGANIZATIONS = """- {id: host, claims: [{says: {name: Host, country: US}, sources: [filing], confidence: high}]}
- {id: cloud, claims: [{says: {name: Cloud, country: US}, sources: [filing], confidence: high}]}
"""
SITES = """- id: campus
  claims:
    - {says: {name: Campus, region: Texas, country: US, lat: 31, lon: -99}, sources: [filing], confidence: high}
"""
LEASE = """- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  site: campus
  claims:
    - says: {announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM}
      sources: [filing]
      confidence: high
"""
"""With these three nothing is missing: the lease states no value."""


def _claim(says: str, sources: str = "filing", more: str = "") -> str:
    return f"    - {{says: {{{says}}}, sources: [{sources}], confidence: high{more}}}\n"


def _gaps(folder: Path, **files: str) -> list[str]:
    """What is told, without the remedies."""
    world = {"organizations": ORGANIZATIONS, "sites": SITES, "links_provides_capacity": LEASE} | files
    read = read_folder(facts.write(folder, **world))
    found = gaps(read, read_files(read, day=TODAY), TODAY)
    assert all(one.remedy for one in found)
    return [f"{one.file.removeprefix('seeds/')}:{one.line}: {one.what}, {one.where}" for one in found]


def test_where_nothing_is_missing_nothing_is_told(tmp_path: Path) -> None:
    assert _gaps(tmp_path) == []


def test_a_host_or_tenant_without_country(tmp_path: Path) -> None:
    """An unnamed party has none, and a supplier of chips is neither host nor tenant."""
    organizations = """- {id: host, claims: [{says: {name: Host}, sources: [filing], confidence: high}]}
- {id: cloud, claims: [{says: {name: Unnamed, placeholder: true}, sources: [filing], confidence: high}]}
- {id: fab, claims: [{says: {name: Fab}, sources: [filing], confidence: high}]}
"""
    assert _gaps(tmp_path, organizations=organizations) == ["organizations.yaml:1: a host without country, in host"]


def test_a_site_without_region_or_coordinates(tmp_path: Path) -> None:
    both = SITES.replace("region: Texas, ", "").replace(", lon: -99", "")
    assert _gaps(tmp_path, sites=both) == ["sites.yaml:3: a site without region and coordinates, in campus"]
    one = SITES.replace(", lat: 31", "")
    assert _gaps(tmp_path, sites=one) == ["sites.yaml:3: a site without coordinates, in campus"]


@pytest.mark.parametrize(
    ("claims", "missing"),
    [
        ([_claim("value_usd: 100", "filing, news")], None),
        ([_claim("value_usd: 100")], "a second origin"),
        ([_claim("value_usd: 100", "news, blog")], "a party's document"),
        ([_claim("value_usd: 100", "news, reprint")], "a second origin or a party's document"),
        # a rival supports another value, and what the filing only reports is no word of a party
        ([_claim("value_usd: 100", "filing"), _claim("value_usd: 90", "news", ", nature: DERIVED")], "a second origin"),
        ([_claim("value_usd: 100", "filing, news", ", nature: REPORTED")], "a party's document"),
    ],
)
def test_a_value_without_second_origin_or_party_document(
    claims: list[str], missing: str | None, tmp_path: Path
) -> None:
    """The reprint is of the same origin as the news."""
    told = [f"links/provides_capacity.yaml:10: a value without {missing}, in lease"] if missing else []
    assert _gaps(tmp_path, links_provides_capacity=LEASE + "".join(claims)) == told


def test_a_contract_that_has_ended_needs_no_second_origin(tmp_path: Path) -> None:
    ended = LEASE.replace("SIGNED", "TERMINATED") + _claim("value_usd: 100")
    assert _gaps(tmp_path, links_provides_capacity=ended) == []


@pytest.mark.parametrize(("as_of", "told"), [("2026", True), ("2026-Q1", False), ("2026-03", False)])
def test_a_backlog_dated_by_year_only(as_of: str, told: bool, tmp_path: Path) -> None:
    observation = f"""- id: backlog
  subject: host
  metric: BACKLOG
  claims:
    - {{says: {{value: 5, unit: USD, basis: ACTUAL, as_of: '{as_of}'}}, sources: [late], confidence: high}}
"""
    expected = ["observations.yaml:5: a backlog as of the year 2026, in backlog"] if told else []
    assert _gaps(tmp_path, observations=observation) == expected
    revenue = observation.replace("BACKLOG", "REVENUE")
    assert _gaps(tmp_path, observations=revenue) == []


@pytest.mark.parametrize(
    ("says", "note", "told"),
    [
        ("capacities: [{mw: 16, basis: GROSS}]", "Up to 16 MW", "'Up to 16'"),
        ("chip_count: 400", "About 400 of them", "'About 400'"),
        ("capacities: [{mw: 16, basis: GROSS, bound: UP_TO}]", "Up to 16 MW", None),
        ("capacities: [{mw: 16, basis: GROSS}]", "Talks about the rest go on", None),
        ("term_years: 10", "About 10 years", None),
    ],
)
def test_a_hedge_in_a_note_beside_an_exact_figure(says: str, note: str, told: str | None, tmp_path: Path) -> None:
    """What has no bound to state cannot state one; the line is that of the note, which stands in the claim."""
    found = _gaps(tmp_path, links_provides_capacity=LEASE + _claim(says, more=f", note: {note}"))
    where = f"in a note beside an exact figure ({says.split(':')[0]}), in lease"
    assert found == ([f"links/provides_capacity.yaml:10: {told} {where}"] if told else [])


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("value_usd: 1000", "value_usd: 1001", True),  # 1 of 1001 is less than two in a thousand
        ("value_usd: 1000", "value_usd: 1003", False),
        ("value_usd: 1000", "value_usd: 1000, value_bound: ABOUT", False),  # says another thing, and no other amount
        ("capacities: [{mw: 1000, basis: GROSS}]", "capacities: [{mw: 1001, basis: CRITICAL_IT}]", False),
    ],
)
def test_rivals_that_differ_by_rounding(first: str, second: str, told: bool, tmp_path: Path) -> None:
    lease = LEASE + _claim(first, "filing, news") + _claim(second, "late, blog")
    name = first.split(":")[0].removesuffix("_usd")
    expected = f"links/provides_capacity.yaml:11: rival values of {name} that differ by rounding, in lease"
    assert _gaps(tmp_path, links_provides_capacity=lease) == ([expected] if told else [])


SECOND = LEASE.replace("id: lease", "id: second")
OF_THE_SITE = _claim("capacities: [{mw: 352, basis: CRITICAL_IT}, {mw: 1000, basis: GROSS}]")


@pytest.mark.parametrize(
    ("more", "leased"),
    [
        (_claim("capacities: [{mw: 352, basis: CRITICAL_IT}]"), 704),
        (_claim("capacities: [{mw: 352, basis: GROSS}]"), None),  # another basis: no sum
        (_claim("capacities: [{mw: 352, basis: CRITICAL_IT}], uses: [lease]"), None),  # the same megawatts
        (_claim("capacities: [{mw: 352, basis: CRITICAL_IT, bound: UP_TO}]"), None),
        (_claim("capacities: [{mw: 352, basis: CRITICAL_IT}], commitment: OPTION", more=", as_of: '2026-02-01'"), None),
    ],
)
def test_a_site_stated_with_less_than_its_leases_add_to(more: str, leased: int | None, tmp_path: Path) -> None:
    """352 + 352 = 704 of 352 MW; the site is the last claim that says its megawatts."""
    leases = LEASE + _claim("capacities: [{mw: 352, basis: CRITICAL_IT}]") + SECOND + more
    expected = f"sites.yaml:4: 352 MW critical IT where its leases add to {leased}, in campus"
    found = _gaps(tmp_path, sites=SITES + OF_THE_SITE, links_provides_capacity=leases)
    assert found == ([expected] if leased else [])


def test_a_lease_in_a_part_of_a_site_is_one_of_the_site(tmp_path: Path) -> None:
    hall = SITES.replace("id: campus", "id: hall").replace("name: Campus", "name: Hall, part_of: campus")
    leases = LEASE.replace("site: campus", "site: hall") + _claim("capacities: [{mw: 360, basis: CRITICAL_IT}]")
    assert _gaps(tmp_path, sites=SITES + OF_THE_SITE + hall, links_provides_capacity=leases) == [
        "sites.yaml:4: 352 MW critical IT where its leases add to 360, in campus"
    ]


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("value_usd: 40000000000, term_years: 3, annual_value_usd: 15000000000", True),  # 13.33 bn on average
        # 7.0 bn over 10 years may be 7.05 bn, so 705 m; 700 m and 704 m are explained by rounding, 720 m is not
        ("value_usd: 7000000000, term_years: 10, annual_value_usd: 704000000", False),
        ("value_usd: 7000000000, term_years: 10, annual_value_usd: 720000000", True),
        # 3 % a year over 15 years: the last year costs 1.03^14 * 15 * 0.03 / (1.03^15 - 1) = 1.22 times the average of
        # 466.67 m, 569 m; half a unit of the last digits on either side makes at most 578 m of it
        ("value_usd: 7000000000, term_years: 15, annual_value_usd: 570000000, escalator_pct: 3", False),
        ("value_usd: 7000000000, term_years: 15, annual_value_usd: 590000000, escalator_pct: 3", True),
        ("value_usd: 7000000000, value_bound: AT_LEAST, term_years: 10, annual_value_usd: 900000000", False),
    ],
)
def test_a_yearly_figure_above_the_average(says: str, told: bool, tmp_path: Path) -> None:
    found = _gaps(tmp_path, links_provides_capacity=LEASE + _claim(says, "filing, news"))
    assert [one for one in found if "a year where the contract's average is" in one] == found
    assert len(found) == told


DEBT = """- id: notes
  claims:
    - {says: {issuer: cloud, instrument: NOTES}, sources: [late], confidence: high}
"""
LOAN = """- id: loan
  type: LENDS_TO
  from: host
  to: cloud
  claims:
    - {says: {debt: notes, status: SUPERSEDED, announced: '2026-01-10'}, sources: [late], confidence: high}
"""


def test_a_debt_without_status_whose_loans_are_superseded(tmp_path: Path) -> None:
    told = ["debts.yaml:3: a debt without status whose loans are superseded, in notes"]
    assert _gaps(tmp_path, debts=DEBT, links_lends_to=LOAN) == told
    stated = DEBT.replace("instrument: NOTES", "instrument: NOTES, status: SUPERSEDED")
    assert _gaps(tmp_path, debts=stated, links_lends_to=LOAN) == []
    other = LOAN.replace("id: loan", "id: other").replace("SUPERSEDED", "ACTIVE")
    assert _gaps(tmp_path, debts=DEBT, links_lends_to=LOAN + other) == []


OPERATES = """- id: runs
  type: OPERATES
  from: host
  to: campus
  claims:
    - {says: {status: ACTIVE, role: OPERATOR, announced: '2026-01-10'}, sources: [filing], confidence: high}
"""


def test_a_site_that_runs_without_megawatts_in_service(tmp_path: Path) -> None:
    told = ["links/operates.yaml:6: active, and no megawatts of the site are in service, in runs"]
    assert _gaps(tmp_path, links_operates=OPERATES) == told
    running = SITES + _claim("capacities: [{mw: 100, basis: GROSS, stage: IN_SERVICE}]")
    assert _gaps(tmp_path, sites=running, links_operates=OPERATES) == []
    guess = "capacities: [{mw: 100, basis: GROSS, stage: IN_SERVICE}]"
    estimated = SITES + _claim(guess, "filing", ", nature: ESTIMATED")
    assert _gaps(tmp_path, sites=estimated, links_operates=OPERATES) == []
    assert _gaps(tmp_path, links_operates=OPERATES.replace("ACTIVE", "SIGNED")) == []


def test_check_warns_and_strict_fails(tmp_path: Path) -> None:
    world = {"organizations": ORGANIZATIONS, "links_provides_capacity": LEASE}
    folder = facts.write(tmp_path, sites=SITES.replace("region: Texas, ", ""), **world)
    warned = run_command(tmp_path / "data", "check", "--seeds", str(folder))
    assert (warned.returncode, warned.stderr) == (0, "")
    assert warned.stdout.splitlines() == [
        "warning: seeds/sites.yaml:3: a site without region, in campus, say region, from a source that has them",
        "4 records, 15 statements, 6 sources, 0 scenarios: no problem, 1 warning",
    ]
    strict = run_command(tmp_path / "data", "check", "--strict", "--seeds", str(folder))
    assert (strict.returncode, strict.stdout) == (1, warned.stdout)
    facts.write(tmp_path, sites=SITES, **world)
    assert run_command(tmp_path / "data", "check", "--strict", "--seeds", str(folder)).returncode == 0
