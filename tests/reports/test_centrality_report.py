from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from graph.analytics.core.exclusions import ExclusionReason
from graph.analytics.core.scope import Weight
from graph.analytics.core.views import EdgeSide
from graph.evidence.firmness import MemoColumn
from graph.evidence.projection import Graph
from graph.exports.templates import style
from graph.reports.centrality import (
    CSV_COLUMNS,
    METRIC_COLUMNS,
    REPORT,
    CentralityReport,
    build,
    render_csv,
    render_html,
    render_markdown,
)
from graph.reports.citations import Citations, LinkLine
from graph.reports.strengths import ROLES, StrengthRow, StrengthTable
from graph.settings import PROJECT
from graph.vocabulary.enums import Layer, LinkStatus
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.model import Row
from graph.vocabulary.values import Bound, CapacityBasis
from tests import facts
from tests.analytics.world import link, mw, organization, snapshot, usd
from tests.facts import lens
from tests.reports.conftest import report_on

# ---- what is in it

CONTRACTS = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM, value_usd: 7000000000,
              capacities: [{mw: 168, basis: CRITICAL_IT}, {mw: 244, basis: GROSS}]}, sources: [filing],
       confidence: high}
    - {says: {value_usd: 6000000000}, sources: [news], confidence: low}
- id: second
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-02-01', service: LEASE, status: ACTIVE, capacities: [{mw: 39, basis: CRITICAL_IT,
              bound: UP_TO}]}, sources: [release, news], confidence: high}
- id: more
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {announced: '2026-02-01', service: LEASE, status: SIGNED, commitment: OPTION, capacities: [{mw: 1000,
              basis: CRITICAL_IT}]}, sources: [release], confidence: high}
- id: silent
  type: PROVIDES_CAPACITY
  from: host
  to: lab
  claims: [{says: {announced: '2026-02-01', service: LEASE, status: SIGNED}, sources: [blog], confidence: high}]
- id: hidden
  type: PROVIDES_CAPACITY
  from: host
  to: unnamed
  claims:
    - {says: {announced: '2026-02-01', service: LEASE, status: SIGNED, capacities: [{mw: 300, basis: CRITICAL_IT}]},
       sources: [filing], confidence: high}
- id: resold
  type: PROVIDES_CAPACITY
  from: cloud
  to: lab
  claims:
    - {says: {announced: '2026-03-01', service: LEASE, status: SIGNED, capacities: [{mw: 168, basis: CRITICAL_IT}],
              uses: [lease]}, sources: [news], confidence: high}
"""
"""Host leases 168 and up to 39 MW of critical IT load to cloud, an option of 1,000 beside, 300 to a party that is not
named, and something to lab without a figure. Cloud hands 168 on to lab."""


async def _small(tmp_path: Path) -> CentralityReport:
    return await report_on(tmp_path, links_provides_capacity=CONTRACTS)


def _table(report: CentralityReport, weight: Weight, layer: Layer, basis: CapacityBasis | None) -> StrengthTable:
    found = [one for one in report.strengths if (one.weight, one.layer, one.basis) == (weight, layer, basis)]
    assert len(found) == 1
    return found[0]


def _rows(table: StrengthTable, role: str) -> dict[str, StrengthRow]:
    rows = next(one.rows for one in table.roles if one.role == role)
    return {row.organization.key: row for row in rows}


async def test_strengths_are_told_per_basis_with_what_stands_beside(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    critical = _table(report, Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    host = _rows(critical, "provider")["host"]
    # 168 + 39, and the 300 of the unnamed tenant; not the option's 1,000, not the 244 gross
    assert (host.rank, host.amount) == (1, 507)
    assert [(part.link, part.amount, part.bound) for part in host.contributions] == [
        ("hidden", 300, Bound.EXACT),
        ("lease", 168, Bound.EXACT),
        ("second", 39, Bound.UP_TO),
    ]
    assert host.unmeasured == ("silent",)
    tenant = _rows(critical, "customer")["unnamed"]
    assert (tenant.rank, tenant.amount, tenant.organization.placeholder) == (None, 300, True)
    assert [(one.column, one.amount, one.links) for one in host.memo_items] == [(MemoColumn.OPTION, 1000, ("more",))]
    gross = _table(report, Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.GROSS)
    assert _rows(gross, "provider")["host"].amount == 244
    assert [one.link.key for one in gross.unmeasured] == ["hidden", "resold", "second", "silent"]


async def test_what_is_handed_on_names_what_it_is_served_out_of(tmp_path: Path) -> None:
    table = _table(await _small(tmp_path), Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    cloud = _rows(table, "provider")["cloud"]
    assert [(part.link, part.served_from) for part in cloud.contributions] == [("resold", ("lease",))]
    assert _rows(table, "customer")["cloud"].amount == 207
    assert _rows(table, "customer")["lab"].amount == 168


async def test_an_organization_without_any_figure_has_no_amount_and_the_last_rank(tmp_path: Path) -> None:
    dollars = _table(await _small(tmp_path), Weight.VALUE_USD, Layer.SHELL, None)
    cloud = _rows(dollars, "provider")["cloud"]
    assert (cloud.amount, cloud.contributions, cloud.unmeasured) == (None, (), ("resold",))
    # of host, cloud and lab one is without a figure
    assert cloud.rank == 3
    assert _rows(dollars, "provider")["host"].amount == 7e9


async def test_the_header_says_how_far_the_data_reach_and_how_many_have_a_figure(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    assert (report.valid_on, report.known_on) == (date(2026, 11, 30), date(2026, 11, 30))
    assert report.data_through == date(2026, 2, 1)
    assert report.included == ("lease", "resold", "second", "silent")
    assert (report.listed, report.with_megawatts, report.with_usd) == (6, 3, 1)
    assert report.excluded_counts[:4] == ("0 conditional", "1 option", "0 letter", "0 lapsed")


async def test_what_is_left_out_is_grouped_by_the_reason(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    groups = {group.why: [one.link.key for one in group.links] for group in report.excluded}
    assert groups == {ExclusionReason.PLACEHOLDER: ["hidden"], ExclusionReason.COMMITMENT: ["more"]}
    assert [party.key for party in report.unconnected] == []


async def test_each_figure_names_the_sources_that_say_it_and_no_rival(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    keys = {source.number: source.key for source in report.sources}
    lease = report.links["lease"]
    critical = lease.in_basis(CapacityBasis.CRITICAL_IT)
    assert critical is not None
    assert lease.value is not None
    # the paper's 6 bn lost against the filing's 7 bn: it is no source of the figure that is shown
    assert [keys[number] for number in (*critical.sources, *lease.value.sources)] == ["filing", "filing"]
    assert {keys[number] for number in report.links["second"].sources} == {"news", "release"}


async def test_the_ranking_has_all_metrics_with_ties(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    # host to cloud and lab, cloud to lab: all have two counterparties
    degrees = {row.organization.key: row.scores["DEGREE"] for row in report.ranking}
    assert {key: (score.rank, score.value) for key, score in degrees.items()} == {
        "cloud": (1, 2),
        "host": (1, 2),
        "lab": (1, 2),
    }
    assert all(set(row.scores) == set(METRIC_COLUMNS) for row in report.ranking)
    assert next(row for row in report.ranking if row.organization.key == "lab").links == ("resold", "silent")


async def test_a_lens_of_the_past_is_told_and_obeyed(tmp_path: Path) -> None:
    report = await report_on(tmp_path, lens("2026-01-20", "2026-01-20"), links_provides_capacity=CONTRACTS)
    # everything else was announced from 1 February on; the newest source by then is the release of 12 January
    assert report.included == ("lease",)
    assert report.data_through == date(2026, 1, 12)
    assert "| Known on | 2026-01-20 |" in render_markdown(report)


async def test_power_contracts_of_different_kinds_stand_in_tables_of_their_own(tmp_path: Path) -> None:
    kinds = {"ppa": "contract_kind: PPA, ", "grid": "contract_kind: GRID_SUPPLY, ", "vague": ""}
    contracts = "".join(
        f"- {{id: {key}, type: SUPPLIES_POWER, from: host, to: lab, claims: [{{says: {{{kind}announced: '2026-01-10', "
        f"status: SIGNED, capacities: [{{mw: 10, basis: GENERATION}}]}}, sources: [filing], confidence: high}}]}}\n"
        for key, kind in kinds.items()
    )
    report = await report_on(tmp_path, links_supplies_power=contracts)
    found = {table.category: table.roles[0].rows[0].amount for table in report.strengths if table.layer is Layer.POWER}
    assert found == {"PPA": 10, "GRID_SUPPLY": 10, "UNSTATED": 10}


# ---- on the real facts


def test_every_strength_can_be_derived_from_the_links_that_it_lists(report: CentralityReport) -> None:
    derived = 0
    for table in report.strengths:
        for rows in table.roles:
            for row in rows.rows:
                lines = [report.links[part.link] for part in row.contributions]
                assert all(_belongs(line, table, rows.role, row) for line in lines)
                assert [_figure(line, table) for line in lines] == [part.amount for part in row.contributions]
                assert len({line.key for line in lines}) == len(lines)
                if row.amount is None:
                    assert not lines
                    assert row.unmeasured
                else:
                    assert row.amount == pytest.approx(sum(part.amount for part in row.contributions), abs=1e-6)
                    derived += 1
    assert derived > 100


def _belongs(line: LinkLine, table: StrengthTable, role: str, row: StrengthRow) -> bool:
    end = line.source if role == "provider" else line.target
    firm = line.commitment in (None, "FIRM") and line.status in (LinkStatus.SIGNED, LinkStatus.ACTIVE)
    of_table = line.layer == table.layer and (table.category is None or (line.category or "UNSTATED") == table.category)
    return firm and of_table and end.key == row.organization.key


def _figure(line: LinkLine, table: StrengthTable) -> float:
    if table.basis is not None:
        stated = line.in_basis(table.basis)
        assert stated is not None
        return stated.mw
    assert line.value is not None
    if line.value.firm_usd is not None:
        return line.value.firm_usd
    assert line.value.currency == "USD"
    return line.value.amount


def test_provider_strengths_are_what_the_graph_holds(report: CentralityReport, seeds_graph: Graph) -> None:
    # once more, from the rows alone: signed or active, firm or silent, in force, between organizations, named or not
    sums: Counter[str] = Counter()
    organizations = seeds_graph.rows["Organization"]
    for row in seeds_graph.rows["Link"].values():
        ends = [organizations.get(row.columns[end]) for end in ("from", "to")]
        two = None not in ends
        firm = row.columns.get("commitment", "FIRM") == "FIRM" and row.columns.get("status") in ("SIGNED", "ACTIVE")
        if two and firm and row.columns["in_force"] and row.columns.get("layer") == "SHELL":
            sums[row.columns["from"]] += row.columns.get("mw_critical_it", 0)
    table = _table(report, Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    assert {key: row.amount for key, row in _rows(table, "provider").items() if row.amount} == +sums


def test_what_others_have_added_up_comes_out(report: CentralityReport) -> None:
    critical = _table(report, Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.CRITICAL_IT)
    unstated = _table(report, Weight.CAPACITY_MW, Layer.SHELL, CapacityBasis.UNSTATED)
    # Core Scientific to CoreWeave: 390 critical IT and 16.5 at Austin, to AMD 377, to a neocloud 152; beside them 70
    # and up to 16 of unstated basis
    assert _rows(critical, "provider")["core-scientific"].amount == 390 + 16.5 + 377 + 152
    assert _rows(unstated, "provider")["core-scientific"].amount == 86
    # Barber Lake: 168 and 39, beside 216 at Black Pearl and 70 at Stingray; 244 and 56 gross are the same buildings and
    # stand elsewhere
    assert _rows(critical, "provider")["cipher"].amount == 168 + 39 + 216 + 70
    # River Bend: 245 at Hut 8, beside twice 352 at Beacon Point, and the same 245 at Fluidstack, which says so
    assert _rows(critical, "provider")["hut8"].amount == 245 + 352 + 352
    assert [part.served_from for part in _rows(critical, "provider")["fluidstack"].contributions] == [
        ("hut8-fluidstack-river-bend",)
    ]


def test_every_link_has_a_source_and_every_source_is_cited(report: CentralityReport) -> None:
    assert [line.key for line in report.links.values() if not line.sources] == []
    assert all(one.sources for line in report.links.values() for one in line.megawatts)
    assert all(line.value.sources for line in report.links.values() if line.value)
    cited = {number for line in report.links.values() for number in line.sources}
    assert sorted(cited) == [source.number for source in report.sources]
    assert all(source.publisher and source.url for source in report.sources)


def test_every_link_of_the_graph_counts_or_is_listed_once(report: CentralityReport, seeds_graph: Graph) -> None:
    left_out = [one.link.key for group in report.excluded for one in group.links]
    assert sorted([*report.included, *left_out]) == sorted(seeds_graph.rows["Link"])
    assert report.listed == len(seeds_graph.rows["Link"])


def test_no_placeholder_is_ranked(report: CentralityReport) -> None:
    ranked = [row.organization for row in report.ranking]
    rows = [row for table in report.strengths for role in table.roles for row in role.rows]
    ranked += [row.organization for row in rows if row.rank is not None]
    assert all(row.organization.placeholder for row in rows if row.rank is None)
    assert not any(party.placeholder for party in (*ranked, *report.unconnected))


def test_every_table_says_how_it_came_about(report: CentralityReport) -> None:
    methods = [*report.methods, *(role.method for table in report.strengths for role in table.roles)]
    for method in methods:
        assert method.data_version == report.data_version
        assert method.libraries["networkx"]
        assert method.weight
    for table in report.strengths:
        scopes = [role.method.parameters["scope"] for role in table.roles]
        assert all(scope["layer"] == table.layer and scope["basis"] == table.basis for scope in scopes)
    assert list(ROLES) == ["provider", "customer"]
    assert {side for side, _ in ROLES.values()} == {EdgeSide.OUT, EdgeSide.IN}


# ---- as text


def test_the_same_data_and_lens_give_the_same_bytes_whatever_the_hash_seed(report: CentralityReport) -> None:
    program = (
        "import asyncio, hashlib\n"
        "from graph.seeding.reader import read_seeds\n"
        "from graph.settings import PROJECT\n"
        "from graph.reports.centrality import REPORT, centrality_report\n"
        "from tests.reports.conftest import reader_over\n"
        "report = asyncio.run(centrality_report(reader_over(read_seeds(PROJECT / 'seeds'))))\n"
        "print(*(hashlib.sha256(each.render(report).encode()).hexdigest() for each in REPORT.formats.values()))\n"
    )
    here = " ".join(_hash(str(each.render(report))) for each in REPORT.formats.values())
    # the seed of this process is another one, or none
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
        env={"PYTHONHASHSEED": "4711"},
    )
    assert run.stdout.strip() == here


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_format_has_a_media_type() -> None:
    assert {suffix: each.media_type for suffix, each in REPORT.formats.items()} == {
        "md": "text/markdown; charset=utf-8",
        "csv": "text/csv; charset=utf-8; header=present",
        "html": "text/html; charset=utf-8",
    }


def test_the_columns_of_the_csv_stay() -> None:
    assert (
        *("record", "measure", "weight", "unit", "layer", "basis", "kind", "role", "rank", "organization_key"),
        *("organization", "score", "contracts", "contracts_without_figure", "conditional", "option", "letter"),
        *("lapsed", "link_keys", "contained_link_keys", "link_keys_without_figure", "from_key", "from", "type"),
        *("to_key", "to", "status", "commitment", "announced", "service_state", "mw_critical_it", "mw_gross"),
        *("mw_generation", "mw_unstated", "value", "currency", "firm_value_usd", "source_urls", "note", "valid_on"),
        *("known_on", "data_version", "data_through", "scenario", "licence", "sources_read", "figures"),
    ) == CSV_COLUMNS


READ = facts.SOURCES.replace("origin: release}", "origin: release, read: SECOND_HAND, through: [blog]}").replace(
    "origin: filing}", f"origin: filing, read: FIRST_HAND, hash_rule: BYTES, sha256: '{'ab' * 32}'}}"
)
LOCATED = CONTRACTS.replace(
    "sources: [filing],\n       confidence: high",
    "sources: [filing],\n       confidence: high, locator: 'Exhibit 10.1, p. 3', last_verified: '2026-11-20'",
    1,
)


async def test_a_footnote_tells_how_its_source_was_read_and_where_the_figures_stand(tmp_path: Path) -> None:
    report = await report_on(tmp_path, links_provides_capacity=LOCATED, sources=READ)
    known = {
        "filing": "read first hand; at Exhibit 10.1, p. 3; last verified 2026-11-20; SHA-256 of its bytes: "
        + "ab" * 32,
        "release": "read second hand, through Blog",
        "news": "",
        "blog": "",
    }
    assert {source.key: source.annotation for source in report.sources} == known
    readings = "4 sources: 1 read first hand, 1 read second hand; of 2 nothing says how they were read."
    assert report.readings == readings
    number = next(source.number for source in report.sources if source.key == "release")
    text, page = render_markdown(report), render_html(report)
    footnote = (
        f"[^{number}]: Host: [A release](<https://example.org/release>), 2026-01-12; read second hand, through Blog\n"
    )
    assert footnote in text
    assert "2026-01-12; read second hand, through Blog</li>" in page
    assert readings in text
    assert readings in page
    rows = list(csv.DictReader(io.StringIO(render_csv(report), newline="")))
    assert {row["source_urls"]: row["note"] for row in rows if row["record"] == "source"} == {
        f"https://example.org/{key}": note for key, note in known.items() if note
    }
    second = next(row for row in rows if row["record"] == "link" and row["link_keys"] == "second")
    assert (second["source_urls"], second["sources_read"]) == (
        "https://example.org/release https://example.org/news",
        "SECOND_HAND UNKNOWN",
    )


def test_the_csv_parses_back_to_the_report(report: CentralityReport) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(report), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    assert {row["data_version"] for row in rows} == {report.data_version}
    records = Counter(row["record"] for row in rows)
    assert records["ranking"] == len(METRIC_COLUMNS) * len(report.ranking)
    assert records["link"] == len(report.included)
    assert records["excluded"] == sum(len(group.links) for group in report.excluded)
    assert records["strength"] == sum(len(role.rows) for table in report.strengths for role in table.roles)
    assert records["method"] == len(METRIC_COLUMNS) + 2 * len(report.strengths)
    # links with an unnamed party are in the sums, and in no ranking
    figures = {row["link_keys"]: row for row in rows if row["record"] in ("link", "excluded")}
    for row in rows:
        if row["record"] == "strength" and row["score"] and row["unit"] == "MW":
            column = f"mw_{row['basis'].lower()}"
            parts = [float(figures[key][column]) for key in row["link_keys"].split()]
            assert float(row["score"]) == pytest.approx(sum(parts))
            assert row["source_urls"].split()
    assert all(row["note"] for row in rows if row["record"] in ("excluded", "method"))


def test_markdown_leads_from_each_row_to_its_links_and_sources(report: CentralityReport) -> None:
    text = render_markdown(report)
    anchors = re.findall(r'<a id="([^"]+)"></a>', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors)
    defined = re.findall(r"^\[\^(\d+)\]: ", text, re.M)
    assert defined == [str(source.number) for source in report.sources]
    assert set(re.findall(r"\[\^(\d+)\](?!:)", text)) == set(defined)
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    for table in tables:
        assert len({_cells(line) for line in table.splitlines()}) == 1, table[:200]


def _cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))


OWN = ("#", "/figures/")
"""How addresses begin that lead elsewhere in the page, or to a figure at the service."""


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "src"):
                self.addresses.append(value or "")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(report: CentralityReport) -> None:
    page = _Page(render_html(report))
    assert page.open == []
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not any(name.startswith("on") or name in ("src", "style") for name in page.attributes)
    assert len(page.ids) == len(set(page.ids))
    inside = {address.removeprefix("#") for address in page.addresses if address.startswith("#")}
    assert inside <= set(page.ids)
    assert {address.split(":")[0] for address in page.addresses if not address.startswith(OWN)} <= {"http", "https"}
    assert f"<style>{style()}</style>" in render_html(report)


def _hostile() -> CentralityReport:
    """Names, titles and addresses that would like to be more than text."""
    evil = "</style><script>alert(1)</script>"
    links = [
        link("lease", "one", "two", capacities=mw(5), value=usd(7)),
        link("hidden", "one", "nobody", capacities=mw(5)),
    ]
    given = snapshot(
        links,
        organization("one", name=evil),
        organization("two", name='=HYPERLINK("http://x.org")|"><img src=x onerror=alert(1)>'),
        organization("nobody", name="{{ 7 * 7 }} [a](javascript:alert(1)) `x`", placeholder=True),
    )
    source = {
        "publisher": "@publisher <u>",
        "title": evil,
        "url": "javascript:alert(1)",
        "published": "2026",
        "published_earliest": "2026-01-01",
    }
    other = {"publisher": "Paper", "url": 'https://x.org/"onclick="alert(1)'}
    cited = {
        ("lease", "status"): frozenset({"bad"}),
        ("lease", "value"): frozenset({"bad", "worse"}),
        ("lease", "capacities/CRITICAL_IT"): frozenset({"worse"}),
        ("hidden", "status"): frozenset({"worse"}),
    }
    rows = {"bad": Row("Source", "bad", source), "worse": Row("Source", "worse", other)}
    return build(given, Citations(cited, rows))


def test_the_page_shows_hostile_texts_as_texts() -> None:
    page = _Page(render_html(_hostile()))
    assert not page.tags.keys() & {"script", "img", "u"}
    assert page.tags["style"] == 1
    assert not any(name.startswith("on") for name in page.attributes)
    assert all(address.startswith(OWN) or address == FACTS_LICENCE.url for address in page.addresses)
    assert "{{ 7 * 7 }}" in render_html(_hostile())


def test_markdown_shows_hostile_texts_as_texts() -> None:
    page = _Page(MarkdownIt("commonmark").enable("table").render(render_markdown(_hostile())))
    assert not page.tags.keys() & {"script", "img", "u", "style"}
    assert page.attributes <= {"id", "href", "style"}
    assert all(address.startswith(OWN) or address == FACTS_LICENCE.url for address in page.addresses)


def test_csv_runs_no_hostile_text() -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(_hostile()), newline=""), strict=True))
    names = {row["organization"] for row in rows if row["organization_key"] == "two"}
    assert names == {'\'=HYPERLINK("http://x.org")|"><img src=x onerror=alert(1)>'}


async def test_an_empty_graph_has_a_report(tmp_path: Path) -> None:
    nothing = await report_on(tmp_path, lens("2020-01-01", "2020-01-01"))
    assert (nothing.included, nothing.ranking, nothing.strengths) == ((), (), ())
    for each in REPORT.formats.values():
        assert "2020-01-01" in str(each.render(nothing))
    assert nothing.data_through is None
    assert "no dated source" in render_html(nothing)
