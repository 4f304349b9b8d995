# ruff: noqa: E501  (a case a line)
from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import SeedErrors
from graph.evidence.log import StatementLog
from graph.seeding.reader import read_seeds
from graph.seeding.scenario_files import read_scenarios
from graph.settings import PROJECT
from graph.vocabulary.enums import HashRule, SourceReading
from graph.vocabulary.model import KINDS
from tests import facts
from tests.budgets import MANY

SEEDS = PROJECT / "seeds"


class _Text(yaml.SafeLoader):
    """Another reader than the project's: plain YAML with nothing typed."""


_Text.yaml_implicit_resolvers = {}


def _plain(path: Path) -> list[dict[str, object]]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Text)  # noqa: S506 (a SafeLoader that types nothing)


@pytest.mark.slow
def test_every_claim_property_and_source_of_the_seeds_is_in_the_log(seeds_log: StatementLog) -> None:
    log = seeds_log
    have = {(one.subject, one.property, one.source, one.note or "", str(one.as_of or "")) for one in log.statements}
    counted = Counter[str]()
    for path in sorted({*SEEDS.glob("*.yaml"), *SEEDS.glob("links/*.yaml")}):
        kind = next(kind for kind in KINDS.values() if path.relative_to(SEEDS).as_posix() == kind.seed_file)
        for record in _plain(path):
            counted["records"] += 1
            for claim in record.get("claims", ()):  # type: ignore[attr-defined]
                counted["claims"] += 1
                as_of = str(claim.get("as_of") or claim["says"].get("as_of") or "")
                for said in claim["says"]:
                    for source in claim["sources"]:
                        counted["said"] += 1
                        name = kind.by_key[said].name
                        assert (record["id"], name, source, claim.get("note", ""), as_of) in have, (record["id"], said)
    # what the facts held when they were taken over; adding facts raises these
    assert counted["records"] >= 2426
    assert counted["claims"] >= 2057
    assert counted["said"] >= 12_900
    assert len(log.sources) >= 896


def test_an_entry_of_a_record_is_said_by_the_sources_of_its_claims(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    said = {(one.property, str(one.value), one.source) for one in log.by_subject["lease"]}
    assert {("from", "host", "filing"), ("to", "cloud", "filing"), ("site", "campus", "filing")} <= said


def test_norway_stays_norway(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    assert [one.value for one in log.by_subject["cloud"] if one.property == "country"] == ["NO"]


def test_a_plain_no_is_norway_too(tmp_path: Path) -> None:
    text = facts.ORGANIZATIONS.replace("'NO'", "NO")
    log = facts.log_of(tmp_path, organizations=text)
    assert [one.value for one in log.by_subject["cloud"] if one.property == "country"] == ["NO"]


CLAIM = "claims: [{says: {%s}, sources: [filing], confidence: high}]"
LINK = "- {id: x, type: PROVIDES_CAPACITY, from: host, to: cloud, claims: [{says: {%s}, sources: [filing], confidence: high}]}"
SOURCE = "- {id: z, url: 'https://example.org/z', publisher: Z, %s, kind: NEWS, origin: z}"
HASH = "0123456789abcdef" * 4
OLD = "- {id: old, url: 'https://example.org/old', publisher: Z, published: '2016-01-10', kind: NEWS, origin: z}"
OBSERVATION = """- id: a
  subject: host
  metric: CASH
  %s
  claims:
    - says: {%s}
      sources: [filing]
      confidence: high"""

BAD = {
    "an unknown source": ("organizations", "- id: a\n  claims:\n    - says: {name: A}\n      sources: [nobody]\n      confidence: high", 4, "no source 'nobody'"),
    "an unknown end": ("links_provides_capacity", LINK.replace("to: cloud", "to: nobody") % "status: SIGNED", 1, "no Organization 'nobody'"),
    "a wrong end": ("links_provides_capacity", LINK.replace("to: cloud", "to: campus") % "status: SIGNED", 1, "'campus' is a Site"),
    "an id twice": ("sites", "- {id: host, " + CLAIM % "name: A" + "}", 1, "id 'host' stands twice (also a Organization at seeds/organizations.yaml:2)"),
    "a key twice": ("organizations", "- id: a\n  id: b", 2, "key 'id' stands twice"),
    "an unknown property": ("organizations", "- id: a\n  claims:\n    - says:\n        nmae: A\n      sources: [filing]\n      confidence: high", 4, "unknown property 'nmae'"),
    "an unknown key of a claim": ("organizations", "- {id: a, claims: [{says: {name: A}, source: [filing], confidence: high}]}", 1, "unknown key 'source'"),
    "an unknown key of a record": ("organizations", "- {id: a, name: A, " + CLAIM % "name: A" + "}", 1, "unknown key 'name'"),
    "a bad date": ("links_provides_capacity", LINK % "announced: '2026-13'", 1, "'2026-13' is not a date"),
    "a bad enum": ("links_provides_capacity", LINK % "status: DONE", 1, "'DONE' is not a known link status"),
    "capacity without basis": ("links_provides_capacity", LINK % "capacities: [{mw: 10}]", 1, "capacity without basis"),
    "two capacities of one slot": ("links_provides_capacity", LINK % "capacities: [{mw: 1, basis: GROSS}, {mw: 2, basis: GROSS}]", 1, "two capacities"),
    "uses what is not there": ("links_provides_capacity", LINK % "uses: [nothing]", 1, "no Link 'nothing'"),
    "replaces what is not a link": ("links_provides_capacity", LINK % "replaces: [host]", 1, "'host' is a Organization"),
    "guarantees what is not there": ("links_guarantees", LINK.replace("PROVIDES_CAPACITY", "GUARANTEES") % "guarantees: [nothing]", 1, "no Link 'nothing'"),
    "not a number": ("links_provides_capacity", LINK % "value_usd: .nan", 1, "'.nan' is not a number"),
    "infinity": ("links_provides_capacity", LINK % "value_usd: 1e999", 1, "is too large"),
    "a number of 5,000 digits": ("links_provides_capacity", LINK % f"value_usd: {'9' * 5000}", 1, "is not a number"),
    "a whole number that a float does not hold": ("links_provides_capacity", LINK % "value_usd: 9007199254740993", 1, "'9007199254740993' has more digits than can be kept"),
    "a large number whose shortest text is another": ("links_provides_capacity", LINK % "value_usd: 99999999999999990", 1, "'99999999999999990' has more digits than can be kept"),
    "more digits than a float holds": ("links_provides_capacity", LINK % "term_years: 0.12345678901234567891", 1, "has more digits than can be kept"),
    "a number that a float takes for nothing": ("observations", OBSERVATION % ("label: A", "value: 5e-400, unit: USD, basis: ACTUAL"), 6, "has more digits than can be kept"),
    "a number with commas": ("links_provides_capacity", LINK % "value_usd: 1,200,000,000", 1, "a number with commas (1,200,000,000)"),
    "a number with commas and cents": ("links_provides_capacity", LINK % "value_usd: -1,200.50, term_years: 2", 1, "a number with commas (-1,200.50)"),
    "a number with commas, quoted": ("links_provides_capacity", LINK % "value_usd: '1,200,000'", 1, "'1,200,000' is not a number"),
    "a tab": ("organizations", "- id: a\n\tclaims: []", 2, "a tab at the beginning of a line"),
    "a tab before everything": ("organizations", "\t- id: a", 1, "a tab at the beginning of a line"),
    "an alias": ("organizations", "- &a {id: a}\n- *a", 1, "a YAML anchor"),
    "a tag": ("organizations", "- {id: a, x: !!python/name:os.system x}", 1, "a YAML tag"),
    "a merge key": ("organizations", "- {<<: {id: a}}", 1, "a YAML merge key"),
    "a second document": ("organizations", "- {id: a, " + CLAIM % "name: A" + "}\n---\n- {id: b}", 2, "a second document"),
    "bad syntax": ("organizations", "- {id: a\n- b", 3, "not YAML"),
    "not a list": ("organizations", "id: a", 1, "not a list of records"),
    "not a record": ("organizations", "- a", 1, "not a record"),
    "a record without id": ("organizations", "- {" + CLAIM % "name: A" + "}", 1, "a record without an id"),
    "a bad id": ("organizations", "- {id: Hut 8, " + CLAIM % "name: A" + "}", 1, "'Hut 8' is not an id"),
    "sources beside claims": ("deals", "- id: a\n  name: A\n  claims: [{says: {summary: B}, sources: [filing], confidence: high}]\n  sources: [filing]", 4, "sources beside claims"),
    "known in a wrong form": ("organizations", "- {id: a, claims: [{says: {name: A}, sources: [filing], confidence: high, known: {earliest: '2026-01-01'}}]}", 1, "no latest"),
    "incomplete in a wrong form": ("organizations", "- {id: a, incomplete: maybe, claims: [{says: {name: A}, sources: [filing], confidence: high}]}", 1, "is not true or false"),
    "a date of a figure that is a list": ("observations", "- {id: a, subject: host, metric: CASH, claims: [{says: {value: 1, unit: USD, basis: ACTUAL, as_of: ['2026']}, sources: [filing], confidence: high}]}", 1, "is not text"),
    "an extent that is none": ("observations", OBSERVATION % ("extent: ALL", "value: 1, unit: USD, basis: ACTUAL"), 4, "'ALL' is not a known extent"),
    "a side that is none": ("observations", OBSERVATION % ("acts_as: LENDER", "value: 1, unit: USD, basis: ACTUAL"), 4, "'LENDER' is not a known trade role"),
    "neither flow nor stock": ("observations", OBSERVATION % ("label: A", "value: 1, unit: USD, basis: ACTUAL, flow_or_stock: BOTH"), 6, "'BOTH' is not a known flow or stock"),
    "an unknown basis of megawatts": ("observations", OBSERVATION % ("label: A", "value: 1, unit: MW, basis: ACTUAL, capacity_basis: NET"), 6, "'NET' is not a known capacity basis"),
    "a basis of megawatts for dollars": ("observations", OBSERVATION % ("label: A", "value: 1, unit: USD, basis: ACTUAL, capacity_basis: GROSS"), 6, "capacity_basis of a figure in USD"),
    "no claims": ("organizations", "- {id: a}", 1, "a record without claims"),
    "a claim without a source": ("organizations", "- {id: a, claims: [{says: {name: A}, confidence: high}]}", 1, "a claim without a source"),
    "an empty list of sources": ("organizations", "- {id: a, claims: [{says: {name: A}, sources: [], confidence: high}]}", 1, "a claim without a source"),
    "a claim that says nothing": ("organizations", "- {id: a, claims: [{says: {}, sources: [filing], confidence: high}]}", 1, "says nothing"),
    "no confidence": ("organizations", "- {id: a, claims: [{says: {name: A}, sources: [filing]}]}", 1, "a claim without confidence"),
    "a value left empty": ("organizations", "- {id: a, claims: [{says: {name: }, sources: [filing], confidence: high}]}", 1, "name has no value"),
    "a wrong link type": ("links_owns", LINK % "status: SIGNED", 1, "type is not OWNS"),
    "ends before it begins": ("links_provides_capacity", LINK % "effective_from: '2026', effective_to: '2025'", 1, "effective_to is before effective_from"),
    "money twice": ("links_provides_capacity", LINK % "value_usd: 1, value: 2, currency: EUR", 1, "money without one amount"),
    "money without currency": ("links_provides_capacity", LINK % "value: 2", 1, "no currency"),
    "a debt without issuer": ("debts", "- {id: a, " + CLAIM % "instrument: NOTES" + "}", 1, "a Debt without issuer"),
    "a link that uses itself": ("links_provides_capacity", LINK % "uses: [x]", 1, "names the record itself"),
    "a file that ends in yml": ("extra.yml", "- {id: a}", 1, "an unknown file"),
    "an unknown file": ("companies", "- {id: a}", 1, "an unknown file"),
    "two publishers for one url": ("sources", facts.SOURCES + "- {id: z, url: 'https://example.org/filing', publisher: Other, published: '2026', kind: NEWS, origin: z}", 14, "two publishers for one url"),
    "a source that is not dated": ("sources", facts.SOURCES + "- {id: z, url: 'https://example.org/z', publisher: Z, kind: NEWS, origin: z}", 14, "without published and retrieved"),
    "a script as an address": ("sources", facts.SOURCES + "- {id: z, url: 'javascript:alert(1)', publisher: Z, published: '2026', kind: NEWS, origin: z}", 14, "has the wrong form"),
    "a lone control character": ("organizations", "- {id: a, " + CLAIM % 'name: "A\\x07"' + "}", 1, "control or invisible"),
    "a source from the future": ("sources", facts.SOURCES + SOURCE % "published: '2062-01-10', retrieved: '2062-02-01'", 14, "published on 2062-01-10, which is in the future"),
    "a source read in the future": ("sources", facts.SOURCES + SOURCE % "published: '2026-01-10', retrieved: '2062-02-01'", 14, "retrieved on 2062-02-01, which is in the future"),
    "a source read before it was published": ("sources", facts.SOURCES + SOURCE % "published: '2026-02', retrieved: '2026-01-31'", 14, "published on 2026-02, after it was read on 2026-01-31"),
    "a source older than the trade": ("sources", facts.SOURCES + SOURCE % "published: '1926-01-10'", 14, "published in the year 1926"),
    "a claim from the future": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "known_from: '2062', confidence"), 1, "known_from on 2062, which is in the future"),
    "a claim known later than its source was read": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "known_from: '2026-11-02', confidence"), 1, "known from 2026-11-02, after filing was read on 2026-11-01"),
    "a claim withdrawn in the future": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "withdrawn: '2062-01-01', confidence"), 1, "withdrawn on 2062-01-01, which is in the future"),
    "a claim withdrawn before anybody knew it": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "withdrawn: '2026-01-09', confidence"), 1, "withdrawn on 2026-01-09, before it became known on 2026-01-10"),
    "a claim about a year that is a slip": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "as_of: '2106-01', confidence"), 1, "as_of in the year 2106"),
    "an announcement in the future": ("links_provides_capacity", LINK % "announced: '2062-01'", 1, "announced on 2062-01, which is in the future"),
    "an announcement after the source was read": ("links_provides_capacity", LINK % "announced: '2026-11-02'", 1, "announced on 2026-11-02, after filing was read on 2026-11-01"),
    "an announcement long after the source was published": ("links_provides_capacity", (LINK % "announced: '2026-11-01'").replace("filing", "old"), 1, "announced on 2026-11-01, long after old was published on 2016-01-10"),
    "a service that starts in another age": ("links_provides_capacity", LINK % "service_from: '2062-H1'", 1, "service_from in the year 2062"),
    "an agreement of the past age": ("links_provides_capacity", LINK % "effective_from: '1926'", 1, "effective_from in the year 1926"),
    "a service that ends in another age": ("links_provides_capacity", LINK % "service_to: '2199'", 1, "service_to in the year 2199"),
    "a capacity from another age": ("links_provides_capacity", LINK % "capacities: [{mw: 1, basis: GROSS, from: '2062'}]", 1, "from in the year 2062"),
    "a figure of another age": ("observations", OBSERVATION % ("label: A", "value: 1, unit: USD, basis: ACTUAL, as_of: '2062'"), 6, "as_of in the year 2062"),
    "a period of another age": ("observations", OBSERVATION % ("label: A", "value: 1, unit: USD, basis: ACTUAL, period: FY2062"), 6, "period in the year 2062"),
    "a period that no year has": ("observations", OBSERVATION % ("label: A", "value: 1, unit: USD, basis: ACTUAL, period: FY1026"), 6, "has the wrong form"),
    "known backwards": ("organizations", "- {id: a, claims: [{says: {name: A}, sources: [filing], confidence: high, known: {earliest: '2026-02-01', latest: '2026-01-01'}}]}", 1, "earliest is after latest"),
    "a way of reading that is none": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: TWICE", 14, "'TWICE' is not a known source reading"),
    "through a source that is not there": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: SECOND_HAND, through: [nobody]", 14, "no Source 'nobody'"),
    "through what is no source": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: SECOND_HAND, through: [host]", 14, "'host' is a Organization"),
    "through itself": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: SECOND_HAND, through: [z]", 14, "through names the record itself"),
    "through each other": ("sources", facts.SOURCES.replace("origin: late}", "origin: late, read: SECOND_HAND, through: [z]}") + SOURCE % "published: '2026', read: SECOND_HAND, through: [late]", 13, "read through each other (late, z)"),
    "first hand through another": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: FIRST_HAND, through: [news]", 14, "through of a source that was not read SECOND_HAND"),
    "through another, and nothing says how": ("sources", facts.SOURCES + SOURCE % "published: '2026', through: [news]", 14, "through of a source that was not read SECOND_HAND"),
    "a hash in a wrong form": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: FIRST_HAND, hash_rule: BYTES, sha256: ABC", 14, "'ABC' has the wrong form"),
    "a hash without its rule": ("sources", facts.SOURCES + SOURCE % f"published: '2026', read: FIRST_HAND, sha256: '{HASH}'", 14, "one of sha256 and hash_rule without the other"),
    "a rule without a hash": ("sources", facts.SOURCES + SOURCE % "published: '2026', read: FIRST_HAND, hash_rule: BYTES", 14, "one of sha256 and hash_rule without the other"),
    "a hash of what nobody here has opened": ("sources", facts.SOURCES + SOURCE % f"published: '2026', read: SECOND_HAND, hash_rule: BYTES, sha256: '{HASH}'", 14, "sha256 of a source that was not read FIRST_HAND"),
    "a locator beside two sources": ("links_provides_capacity", (LINK % "status: SIGNED").replace("[filing]", "[filing, news]").replace("confidence", "locator: p. 3, confidence"), 1, "a locator beside several sources"),
    "a look in the future": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "last_verified: '2062-01-10', confidence"), 1, "last_verified on 2062-01-10, which is in the future"),
    "a look that is no day": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "last_verified: '2026-11', confidence"), 1, "'2026-11' is not a day"),
    "a look before there was a document": ("links_provides_capacity", (LINK % "status: SIGNED").replace("confidence", "last_verified: '2026-01-09', confidence"), 1, "last verified on 2026-01-09, before filing was published on 2026-01-10"),
    "nested too deep": ("organizations", "- " + "[" * 60 + "]" * 60, 1, "nesting deeper"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_seeds_are_told_with_file_line_and_remedy(case: str, tmp_path: Path) -> None:
    stem, text, line, what = BAD[case]
    folder = facts.write(tmp_path, **{"sources": facts.SOURCES + OLD, stem: text})
    with pytest.raises(SeedErrors) as caught:
        read_seeds(folder)
    name = f"seeds/{facts.file_name(stem)}"
    told = [one for one in caught.value.problems if one.file == name and what in one.what]
    assert [one.line for one in told] == [line], caught.value.problems
    assert told[0].remedy


def test_a_correction_may_be_known_later_than_its_source_was_read(tmp_path: Path) -> None:
    corrected = """
- id: host
  claims:
    - {says: {name: Host Corp, country: CA}, sources: [filing], confidence: high, withdrawn: '2026-11-20'}
    - {says: {name: Host Corp, country: US}, sources: [filing], confidence: high, known_from: '2026-11-20'}
"""
    log = facts.log_of(tmp_path, organizations=facts.ORGANIZATIONS.replace("- {id: host,", "- {id: other,") + corrected)
    countries = {one.value: one for one in log.by_subject["host"] if one.property == "country"}
    assert (str(countries["CA"].withdrawn), str(countries["US"].known_earliest)) == ("2026-11-20", "2026-11-20")


def test_how_a_source_was_read_and_where_a_claim_stands_are_read(tmp_path: Path) -> None:
    read = (
        SOURCE % f"published: '2026-01-10', read: FIRST_HAND, hash_rule: VISIBLE_TEXT, sha256: '{HASH}'"
        + "\n- {id: q, url: 'https://example.org/q', publisher: Q, published: '2026-01-12', kind: FILING, origin: q,"
        + " read: SECOND_HAND, through: [z, news]}"
    )
    lease = facts.LEASE.replace("confidence: high", "confidence: high\n      locator: '  Exhibit 99.1, p. 3 '")
    lease += "      last_verified: '2026-11-20'\n"
    log = facts.log_of(tmp_path, sources=facts.SOURCES + read, links_provides_capacity=lease)
    z, q, news = (log.sources[key] for key in ("z", "q", "news"))
    assert (z.read, z.through, z.sha256, z.hash_rule) == (SourceReading.FIRST_HAND, (), HASH, HashRule.VISIBLE_TEXT)
    assert (q.read, q.through, q.sha256, q.reliability) == (SourceReading.SECOND_HAND, ("z", "news"), None, "MEDIUM")
    assert (news.read, news.through, news.sha256) == (SourceReading.UNKNOWN, (), None)
    claimed = {one.property: (one.locator, str(one.last_verified)) for one in log.by_subject["lease"]}
    assert claimed["value"] == claimed["status"] == ("Exhibit 99.1, p. 3", "2026-11-20")
    # the locator is of what the claim says; what stands on the record may stand elsewhere in the document
    assert claimed["from"] == claimed["site"] == (None, "None")


def test_a_locator_that_is_filled_in_leaves_the_statement_the_same(tmp_path: Path) -> None:
    before = facts.log_of(tmp_path / "before")
    located = facts.LEASE.replace("confidence: high", "confidence: high\n      locator: p. 3")
    after = facts.log_of(tmp_path / "after", links_provides_capacity=located)
    assert after.by_id.keys() == before.by_id.keys()
    assert after.version != before.version
    changed = {now.property for _, now in after.since(before).changed}
    assert changed == {"announced", "service", "status", "commitment", "value", "term_years"}


def test_plans_bonds_and_leases_may_lie_far_ahead(tmp_path: Path) -> None:
    far = LINK % "service_from: '2040', service_to: '2090', effective_to: '2125-12-31'"
    bond = "- {id: bond, claims: [{says: {issuer: host, instrument: NOTES, maturity: '2126-02'}, sources: [filing], confidence: high}]}"
    log = facts.log_of(tmp_path, links_provides_capacity=far, debts=bond)
    assert {str(one.value) for one in log.statements} >= {"2040", "2090", "2125-12-31", "2126-02"}


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (("2026-01-10", "2062-01-10"), "published on 2062-01-10, which is in the future"),
        (("2026-11-01", "2016-11-01"), "published on 2026-01-10, after it was read on 2016-11-01"),
        (("kind: FILING", "kind: FILLING"), "'FILLING' is not a known source kind"),
    ],
)
def test_one_slip_in_a_source_is_one_problem(slip: tuple[str, str], told: str, tmp_path: Path) -> None:
    """Of the filing, which most claims of the small world cite."""
    problems = _problems(facts.write(tmp_path, sources=facts.SOURCES.replace(*slip, 1)))
    assert [told in one for one in problems] == [True]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    folder = facts.write(tmp_path, organizations="- {id: A!}\n- {id: b}\n- {id: c, d: e}", sites="- x")
    with pytest.raises(SeedErrors) as caught:
        read_seeds(folder)
    assert {one.file for one in caught.value.problems} >= {"seeds/organizations.yaml", "seeds/sites.yaml"}
    assert len(caught.value.problems) >= 5


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / "sites.yaml").write_bytes(b"- {id: a}\n- {id: caf\xe9}\n")
    with pytest.raises(SeedErrors) as caught:
        read_seeds(folder)
    assert ("seeds/sites.yaml", 2, "not UTF-8") in {(one.file, one.line, one.what) for one in caught.value.problems}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SeedErrors) as caught:
        read_seeds(tmp_path / "nowhere")
    assert "WATTGRAPH_SEEDS" in caught.value.problems[0].remedy


def _problems(folder: Path) -> list[str]:
    with pytest.raises(SeedErrors) as caught:
        read_seeds(folder)
    return [f"{one.file}:{one.line}: {one.what}, {one.remedy}" for one in caught.value.problems]


BROKEN = {
    "commas": (b"- {id: host, claims: [{says: {value_usd: 1,200,000,000}}]}", "1: a number with commas (1,200,000,000), write 1200000000"),
    "UTF-16": (facts.ORGANIZATIONS.encode("utf-16"), "1: UTF-16 or no text, not UTF-8, save it as UTF-8"),
    "UTF-16 without a mark": (facts.ORGANIZATIONS.encode("utf-16-be"), "1: UTF-16 or no text, not UTF-8, save it as UTF-8"),
    "tabs": (facts.ORGANIZATIONS.replace("\n", "\n\t").encode(), "2: not YAML: a tab at the beginning of a line, indent with spaces"),
    "a number as another program shows it": (b"\x80", "1: not UTF-8, save it as UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("name", ["organizations.yaml", "sources.yaml", "sites.yaml", "links/provides_capacity.yaml"])
def test_a_file_that_cannot_be_read_is_one_problem(case: str, name: str, tmp_path: Path) -> None:
    guarantee = LINK.replace("PROVIDES_CAPACITY", "GUARANTEES").replace("id: x", "id: g") % "guarantees: [lease]"
    folder = facts.write(tmp_path, links_guarantees=guarantee)  # names organizations, a source and a contract
    content, told = BROKEN[case]
    (folder / name).write_bytes(content)
    assert _problems(folder) == [f"seeds/{name}:{told}"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("organisations.yaml", "name it organizations.yaml"),
        ("organizations.yml", "name it organizations.yaml"),
        ("Organizations.yaml", "name it organizations.yaml"),
        ("organizations.csv", "write it as YAML into organizations.yaml"),
        ("organizations.yaml.txt", "write it as YAML into organizations.yaml"),
    ],
)
def test_a_misnamed_file_is_one_problem_and_says_its_name(name: str, remedy: str, tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / "organizations.yaml").rename(folder / name)
    assert _problems(folder) == [f"seeds/{name}:1: an unknown file, {remedy}"]


@pytest.mark.parametrize("name", ["organizations.csv", "sites.yml", "links/provides_capacity.json", "sites.yaml~"])
def test_a_file_beside_the_one_that_is_read_is_named(name: str, tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / name).write_text("- {id: more}")
    stem = name.split(".", 1)[0]
    read = f"the file that is read is {stem}.yaml; move this one out of the folder"
    assert _problems(folder) == [f"seeds/{name}:1: an unknown file, {read}"]


def test_a_kind_may_stand_in_several_files(tmp_path: Path) -> None:
    one = facts.log_of(tmp_path / "one")
    folder = facts.write(tmp_path / "two")
    (folder / "organizations").mkdir()
    (folder / "organizations.yaml").rename(folder / "organizations" / "all.yaml")
    (folder / "links" / "provides_capacity").mkdir()
    (folder / "links" / "provides_capacity.yaml").rename(folder / "links" / "provides_capacity" / "2026.yaml")
    (folder / "links" / "provides_capacity.yaml").write_text("")
    assert read_seeds(folder).version == one.version


def test_an_id_in_two_files_of_a_kind_is_told_with_both_places(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / "organizations").mkdir()
    (folder / "organizations" / "more.yaml").write_text("# none of these is new\n- {id: lab}\n")
    line = 1 + (folder / "organizations.yaml").read_text().split("- {id: lab")[0].count("\n")
    told = f"id 'lab' stands twice (also a Organization at seeds/organizations.yaml:{line}), choose another id or merge them"
    assert _problems(folder) == [f"seeds/organizations/more.yaml:2: {told}"]


def test_the_size_of_a_file_is_a_setting_and_its_error_names_it(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    size = max(path.stat().st_size for path in folder.rglob("*.yaml"))
    assert read_seeds(folder, max_bytes=size)
    with pytest.raises(SeedErrors) as refused:
        read_seeds(folder, max_bytes=size - 1)
    told = f"a file of {size} bytes, keep it to {size - 1} bytes: split it, or raise WATTGRAPH_FACTS_FILE_BYTES"
    assert [f"{one.what}, {one.remedy}" for one in refused.value.problems] == [told]


def test_a_file_among_the_scenarios_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    scenarios = facts.scenarios_of(tmp_path, "- {id: nothing, summary: Nothing}")
    assert scenarios.problems == []
    (tmp_path / "seeds" / "scenarios" / "more.csv").write_text("id,summary")
    named = read_scenarios(tmp_path / "seeds").problems
    assert [(one.file, one.what) for one in named] == [("seeds/scenarios/more.csv", "an unknown file")]


def test_documents_and_hidden_files_may_stand_beside_the_facts(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    for name in ("README.md", ".gitkeep", "links/.links.swp"):
        (folder / name).write_text("no facts")
    assert read_seeds(folder).kinds["lease"] == "PROVIDES_CAPACITY"


def test_a_file_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / "sources.yaml").unlink()
    assert _problems(folder) == ["seeds:1: no file sources.yaml, add it: records name what it holds"]


@pytest.mark.parametrize("empty", ["", "# to be filled\n", "[]"])
def test_a_file_in_which_nothing_stands_is_told_once(empty: str, tmp_path: Path) -> None:
    folder = facts.write(tmp_path, sources=empty, chips=empty)  # nothing names a chip
    told = "nothing stands in sources.yaml, fill it: records name what it should hold"
    assert _problems(folder) == [f"seeds:1: {told}"]


def test_a_claim_with_a_problem_may_say_what_the_record_needs(tmp_path: Path) -> None:
    """Nobody is told that the instrument is missing: it stands in the claim that cannot be read."""
    debt = """
- id: bond
  claims:
    - says: {issuer: host}
      sources: [filing]
      confidence: high
    - says: {instrument: NOTES, coupon_pct: five}
      sources: [filing]
      confidence: high
"""
    assert _problems(facts.write(tmp_path, debts=debt)) == [
        "seeds/debts.yaml:7: 'five' is not a number, write digits with at most one point, such as 9700000000 or 2.5"
    ]


@MANY
@given(garbage=st.binary(max_size=60) | st.text(alphabet="-{}[]:,'\"&*!|>%@ \nabci01~#?", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_told(garbage: bytes, tmp_path: Path) -> None:
    folder = facts.write(tmp_path)
    (folder / "chips.yaml").write_bytes(garbage)
    with suppress(SeedErrors):
        read_seeds(folder)
