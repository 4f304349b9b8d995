"""What an analyst would be misled by: bars that dwarf others, sums without their bounds, megawatts that do not run yet,
years beside quarters, halves of a page that stay blank."""

from __future__ import annotations

import re

from api.pages import link, link_list, organization
from api.pages.agreements import bar_scale, running_part
from api.pages.columns import Block, Columns, arrange
from api.pages.fact_index import FactIndex
from api.pages.home import _backing
from api.pages.observed import _length
from api.pages.organization import organization_view
from graph.comparison.backing import Backing, BackingShare, FigureGroup, FigureShare
from graph.vocabulary.enums import Layer
from graph.vocabulary.values import CapacityBasis
from tests.pages.rendering import unlinked, visit_of, written


def test_a_bar_many_times_the_next_is_cut_and_marked() -> None:
    """8,000 beside 1,000: bars end at 1,000. 2,500 beside 1,000 does not dwarf it."""
    assert (bar_scale({"a": 8000, "b": 1000}).longest, bar_scale({"a": 8000, "b": 1000}).cuts) == (1000, True)
    assert (bar_scale({"a": 2500, "b": 1000}).longest, bar_scale({"a": 2500, "b": 1000}).cuts) == (2500, False)
    assert bar_scale({"a": 8000}).longest == 8000
    assert bar_scale({}).longest == 0


def test_the_list_of_contracts_cuts_its_first_bar_and_says_so(index: FactIndex) -> None:
    """SB Energy's 8,000 MW beside 1,000 MW."""
    page = written(visit_of(link_list.PAGE, index))
    assert len(re.findall(r'class="b [^"]*\bcut"', page)) == 1
    assert "A bar with a gap is cut: it is longer than 1,000 MW." in page


def test_bars_are_hatched_where_a_contract_is_in_no_sum(index: FactIndex) -> None:
    """The letter of OneQode is firm in its words, and no contract."""
    page = unlinked(written(visit_of(organization.PAGE, index, "oneqode")))
    assert 'class="b c-firm loose"' in page
    assert "OneQode has no firm contract for capacity: it takes <b>110 MW (basis not stated)</b> from" in page
    assert "Firm, added" not in page


def test_a_sum_is_as_sure_as_its_addends(index: FactIndex) -> None:
    """Anthropic: at most 5,000 MW of Amazon and at least 1,000 of Alphabet add to about as much."""
    page = unlinked(written(visit_of(organization.PAGE, index, "anthropic")))
    assert re.search(r"Anthropic takes <b>≈ [\d,]+ MW</b> of unstated basis", page)
    assert "Hut 8 provides <b>949 MW</b>" in unlinked(
        written(visit_of(organization.PAGE, index, "hut8"))
    )  # all three are exact


def test_only_the_part_that_runs_is_said_to_run(index: FactIndex) -> None:
    """Microsoft accepted 50 of the 200 MW on 13 August 2026."""
    part = running_part(index.links["iren-microsoft-cloud"])
    assert part is not None
    assert (part.mw, part.whole) == (50, 200)
    page = unlinked(written(visit_of(link.PAGE, index, "iren-microsoft-cloud")))
    assert "50 of 200 MW are in service since 13 Aug 2026." in page
    assert "It is in service" not in page
    assert "50 of 200 MW in service 13 Aug 2026" in unlinked(written(visit_of(organization.PAGE, index, "iren")))
    assert running_part(index.links["hut8-fluidstack-river-bend"]) is None


def test_a_stated_total_says_with_which_contracts_it_is_compared(index: FactIndex) -> None:
    """One total stands beside the contracts of each layer."""
    totals = organization_view(visit_of(organization.PAGE, index, "nvidia")).totals
    assert len({(one.about, one.day, one.layer) for one in totals}) == len(totals)


def test_values_that_read_alike_are_told_apart(index: FactIndex) -> None:
    """3.248 bn USD before pricing, 3.25 bn after."""
    page = written(visit_of(organization.PAGE, index, "hut8"))
    assert "3,248,000,000 USD" in page


def test_earlier_states_are_no_disagreement(index: FactIndex) -> None:
    view = organization_view(visit_of(organization.PAGE, index, "hut8"))
    assert view.conflicts
    assert all(one.settled for one in view.conflicts)
    assert {entry.id: entry.count for entry in view.contents}["conflicts"] == 0
    assert "Settled: an earlier state" in written(visit_of(organization.PAGE, index, "hut8"))


def test_a_chart_holds_periods_of_one_length() -> None:
    lengths = [_length(one) for one in ("FY2026", "CY2026", "FY2026-Q4", "2026-H1", "YTD", None)]
    assert lengths == ["Years", "Years", "Quarters", "Half-years", "YTD", "Moments"]


def test_a_year_is_not_drawn_among_its_quarters(index: FactIndex) -> None:
    """Nvidia's revenue of FY2026 beside four quarters."""
    groups = {one.title: one for one in organization_view(visit_of(organization.PAGE, index, "nvidia")).observations}
    assert groups["Revenue, bn USD"].drawn == "Quarters alone"


def test_no_half_of_a_page_stays_blank() -> None:
    wide, narrow = Block("wide", 400, is_wide=True), [Block(name, 300) for name in "abc"]
    # beside a rail that is 500 px higher: the first, of which more than 0.6 fits; then 200 px are left
    assert arrange([wide, *narrow], 500).main == ("wide",)
    # 400 at the left, a of 300 at the right; b would make that the higher one, so it goes left, and c right: 700, 600
    assert arrange([wide, *narrow], 0) == Columns((), ("wide", "b"), ("a", "c"))
    # 100 px beside 1,000 would be a blank half: one column
    assert arrange([Block("long", 1000, is_wide=True), Block("short", 100)], 0) == Columns((), ("long", "short"), ())
    assert arrange([], 300) == Columns((), (), ())


def test_shares_of_the_backing_are_those_of_the_amount() -> None:
    """Of three figures one is read in a party's document, 60 % of the amount; the press has the rest."""
    shares = (
        BackingShare(Backing.PARTY_SECOND_HAND, FigureShare(1, 1 / 3, 0.6)),
        BackingShare(Backing.PRESS, FigureShare(2, 2 / 3, 0.4)),
    )
    one, none = FigureShare(1, 1 / 3, 0.25), FigureShare(0, 0.0, 0.0)
    line = _backing(FigureGroup("MW", Layer.SHELL, CapacityBasis.GROSS, 3, shares, one, one, none))
    assert (line.what, line.figures, line.shares) == ("Buildings and power, MW gross", 3, (0.6, 0.4, 0, 0, 0.25, 0))
