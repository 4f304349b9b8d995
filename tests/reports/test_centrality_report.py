from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from graph.analytics.core.exclusions import ExclusionReason
from graph.analytics.core.scope import Weight
from graph.analytics.core.views import EdgeSide
from graph.evidence.firmness import MemoColumn
from graph.evidence.projection import Graph
from graph.reports.centrality import METRIC_COLUMNS, CentralityReport
from graph.reports.centrality_document import REPORT, document_of
from graph.reports.citations import LinkLine
from graph.reports.rank_support import RankSupport
from graph.reports.strengths import ROLES, StrengthRow, StrengthTable
from graph.vocabulary.enums import Layer, LinkStatus
from graph.vocabulary.values import Bound, CapacityBasis
from tests.exports.test_documents import page_faults
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
    assert str(document_of(report).method.lens.known_on) == "2026-01-20"


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


# ---- ranks with their evidence


async def test_a_rank_stands_beside_what_it_rests_on(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    # lab: a link of the blog, and one of the news; cloud: the lease by the filing alone (the news lost), the second by
    # release and news, the resold by the news
    assert report.support["lab"] == RankSupport(sources=2, origins=2, own_links=0)
    assert report.support["cloud"] == RankSupport(sources=3, origins=3, own_links=2)
    # three equal degrees have no correlation with anything
    assert "A documented degree is not importance" in document_of(report).sentences[2]
    intervals = report.intervals["DEGREE"].intervals
    assert all(intervals[row.organization.key].low <= row.scores["DEGREE"].rank for row in report.ranking)


async def test_ranks_of_earlier_days_are_those_that_were_known_then(tmp_path: Path) -> None:
    report = await _small(tmp_path)
    # at the end of March all links were announced, at the end of 2025 none
    assert [one.day.isoformat() for one in report.days] == ["2026-03-31", "2026-06-30", "2026-09-30", "2026-11-30"]
    assert report.days[0].ranks == {"cloud": 1, "host": 1, "lab": 1}
    earlier = await report_on(tmp_path / "earlier", lens("2026-02-01", "2026-02-01"), links_provides_capacity=CONTRACTS)
    assert [one.ranks for one in earlier.days] == [{"host": 1, "cloud": 2, "lab": 2}]


def test_shares_add_to_one_and_count_a_chain_once(report: CentralityReport) -> None:
    critical = [
        one for one in report.concentrations if one.layer is Layer.SHELL and one.basis is CapacityBasis.CRITICAL_IT
    ]
    assert [one.side for one in critical] == ["from", "to"]
    for one in critical:
        assert sum(share.share for share in one.shares) == pytest.approx(1)
        links = [link for share in one.shares for link in share.links]
        assert len(links) == len(set(links)) == one.contracts
        # River Bend's 245 MW run Hut 8 to Fluidstack to Anthropic, and count once
        assert not {"hut8-fluidstack-river-bend", "fluidstack-anthropic-river-bend"} <= set(links)
        assert one.hhi_low <= one.hhi_high <= 1


async def test_an_empty_graph_has_a_report_in_every_format(tmp_path: Path) -> None:
    nothing = await report_on(tmp_path, lens("2020-01-01", "2020-01-01"))
    assert (nothing.included, nothing.ranking, nothing.strengths) == ((), (), ())
    assert nothing.data_through is None
    document = document_of(nothing)
    written = {suffix: each.render(document) for suffix, each in REPORT.formats.items()}
    assert all("no dated source" in str(written[suffix]) for suffix in ("html", "md"))
    assert str(written["pdf"])[2:7] == "%PDF-"


def test_the_document_prints_on_few_pages_and_names_what_it_leaves_out(report: CentralityReport) -> None:
    pdf = pypdfium2.PdfDocument(REPORT.formats["pdf"].render(document_of(report)))
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert len(pdf) < 10
    for words in ("Ranks over time", "Concentration", "The network", "more rows stand in the page"):
        assert words in text


def test_the_page_leads_from_each_row_to_its_links_and_sources(report: CentralityReport) -> None:
    page = str(REPORT.formats["html"].render(document_of(report)))
    assert page_faults(page) == []
    assert len(re.findall(r"<svg[^>]*class=\"(?:chart|network)\"", page)) == 5
    assert page.count('href="#e-iren-microsoft-cloud"') >= 2
