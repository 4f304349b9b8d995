"""IDs of figures: what they hold, that they read back, and what is no figure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.evidence.lens import DEFAULT_LENS, Certainty, Lens
from graph.publication.figures import (
    CellFigure,
    LivingFigure,
    StatedFigure,
    UnknownFigure,
    cell_id,
    cell_text,
    figure_id,
    read_figure,
    requested_inputs,
    with_hash,
)
from graph.publication.values import computed_text, describe_text, value_text
from graph.stores.query import And, Compare, Filter
from graph.vocabulary.enums import Confidence, Layer, LinkStatus, Nature, Reliability
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    Count,
    Figure,
    Money,
    ObservationBasis,
    PartialDate,
)

DAY = date(2026, 6, 30)
LENS = DEFAULT_LENS.on(DAY)
AKAMAI = "akamai-anthropic:value:2026-06-30:1800000000USD:2-c00556"
"""Pinned: addresses that people have cited stay what they were."""


def test_an_id_holds_query_lens_and_value() -> None:
    assert figure_id("akamai-anthropic", "value", LENS, Money(1.8e9)) == AKAMAI
    assert read_figure(AKAMAI) == LivingFigure(StatedFigure("akamai-anthropic", "value"), LENS, "1800000000USD", 2)


def test_the_id_of_a_cell_holds_the_inputs_that_are_no_default() -> None:
    scope = replace(DEFAULT_SCOPE, layer=Layer.SHELL, status=frozenset({LinkStatus.ACTIVE}))
    row = {"provider": "hut8", "layer": Layer.SHELL, "basis": CapacityBasis.CRITICAL_IT}
    id = cell_id("capacity", {"scope": scope}, row, "high", lens=LENS, value=949.0)
    assert id is not None
    figure = read_figure(id)
    assert figure.query == CellFigure(
        "capacity",
        (("scope.layer", "SHELL"), ("scope.status", "ACTIVE")),
        (("provider", "hut8"), ("layer", "SHELL"), ("basis", "CRITICAL_IT")),
        "high",
    )
    assert isinstance(figure.query, CellFigure)
    assert requested_inputs(figure.query)["scope"] == scope


@pytest.mark.parametrize(
    "lens",
    [
        Lens(DAY, date(2026, 11, 30)),
        replace(LENS, min_confidence=Confidence.HIGH, min_reliability=Reliability.MEDIUM),
        replace(LENS, natures=frozenset({Nature.STATED, Nature.ESTIMATED})),
        replace(LENS, exclude_sources=frozenset({"one", "two"}), certainty=Certainty.CERTAIN, scenario="openai-fails"),
    ],
)
def test_every_lens_reads_back(lens: Lens) -> None:
    id = figure_id("one", "value", lens, Money(1.0))
    assert id is not None
    assert read_figure(id).lens == lens


def test_what_no_address_can_hold_has_none() -> None:
    assert figure_id("one", "name", LENS, "A name") is None
    assert figure_id("one", "value", LENS, None) is None
    filtered = Scope(where=Compare("value_usd", "gte", 5))
    assert cell_id("capacity", {"scope": filtered}, {"layer": "SHELL"}, "high", lens=LENS, value=1.0) is None
    assert cell_id("capacity", {}, {"provider": None}, "high", lens=LENS, value=1.0) is None


@pytest.mark.parametrize(
    "where", [Compare("service", "eq", "LEASE"), And((Compare("service", "isnull", True), Compare("from", "eq", "a")))]
)
def test_a_filter_of_plain_conditions_reads_back(where: Filter) -> None:
    scope = Scope(layer=Layer.SHELL, where=where)
    id = cell_id("capacity", {"scope": scope}, {"layer": "SHELL"}, "high", lens=LENS, value=1.0)
    assert id is not None
    query = read_figure(id).query
    assert isinstance(query, CellFigure)
    assert requested_inputs(query)["scope"] == scope


def test_a_text_tells_a_row_in_the_characters_of_an_address() -> None:
    assert cell_text("Two words") == "Two_words"
    assert cell_text(("one", "other")) == "one~other"
    # what is lost between the words is in the hash
    texts = [cell_text(text) for text in ("É, Inc.", "È, Inc.", "x" * 300, "x" * 301)]
    assert len(set(texts)) == 4
    assert all(text and len(text) <= 120 and re.fullmatch(r"[A-Za-z0-9._~-]+", text) for text in texts)


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x",
        AKAMAI[:-1],
        AKAMAI.replace("1800000000", "1900000000"),
        AKAMAI.replace("2026-06-30", "2026-06-29"),
        "akamai-anthropic:value:2026-06-30",
        "<script>alert(1)</script>",
        ":" * 5000,
    ],
)
def test_a_text_that_is_not_whole_is_no_figure(id: str) -> None:
    with pytest.raises(UnknownFigure):
        read_figure(id)


@pytest.mark.parametrize(
    "query",
    [
        StatedFigure("No Key", "value"),
        StatedFigure("one", "Not a property"),
        CellFigure("no_analytic", (), (), "mw"),
        CellFigure("capacity", (("groupBy", "NOTHING"),), (), "mw"),
        CellFigure("capacity", (("scope.layer", "SHED"),), (), "mw"),
        CellFigure("capacity", (("scope.where", "everything"),), (), "mw"),
        CellFigure("concentration", (), (), "share"),
    ],
)
def test_a_query_that_nobody_can_answer_is_no_figure(query: StatedFigure | CellFigure) -> None:
    """Also with the right hash, which anybody can compute."""
    with pytest.raises(UnknownFigure):
        read_figure(with_hash(":".join([*query.parts(), "2026-06-30", "1", "2"])))


@pytest.mark.parametrize("text", ["one:value:2026-06-31:1:2", "one:value:2026-06-30:a b:2", "one:value:2026-06-30:1:x"])
def test_a_lens_a_value_or_a_policy_that_cannot_be_read_is_no_figure(text: str) -> None:
    with pytest.raises(UnknownFigure):
        read_figure(with_hash(text))


# ---- values


@pytest.mark.parametrize(
    ("value", "text", "words"),
    [
        (Money(11.6e9, bound=Bound.ABOUT), "about11600000000USD", "≈ 11.6 bn USD"),
        (Money(1.5e6, "EUR", Bound.UP_TO), "max1500000EUR", "≤ 1.5 m EUR"),
        (Capacity(244.5, CapacityBasis.GROSS, bound=Bound.AT_LEAST), "min244.5MW", "≥ 244.5 MW"),
        (Count(7741020), "7741020", "7,741,020"),
        (15.0, "15", "15"),
        (1e-7, "1e-07", "1e-07"),
        (True, "yes", "yes"),
        (LinkStatus.SIGNED, "SIGNED", "signed"),
        (PartialDate.read("2026-Q3"), "2026-Q3", "2026-Q3"),
        (
            Figure("USD", ObservationBasis.GUIDANCE, low=115e9, high=135e9),
            "115000000000to135000000000USD",
            "115 bn to 135 bn USD",
        ),
        (Figure("MW", ObservationBasis.ACTUAL, low=590.0), "min590MW", "≥ 590 MW"),
        (Figure("PCT", ObservationBasis.ACTUAL, value=-3.5), "-3.5PCT", "-3.5 %"),
    ],
)
def test_a_value_is_its_number_with_bound_and_unit(value: object, text: str, words: str) -> None:
    assert value_text(value) == text
    assert describe_text(text) == words


def test_of_a_computed_number_nine_digits_count() -> None:
    assert computed_text(0.1 + 0.2) == computed_text(0.3) == "0.3"
    assert computed_text(26_634_000_000.0) == "26634000000"


def test_a_number_without_unit_reads_in_that_of_its_query() -> None:
    assert describe_text("9700000000", "USD") == "9.7 bn USD"
    assert describe_text("158.7", "USD per kW and month") == "158.7 USD per kW and month"
    assert describe_text("2026") == "2026"
