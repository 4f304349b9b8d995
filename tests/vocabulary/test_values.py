from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadValue
from graph.vocabulary.model import KINDS, LINKS, link_properties
from graph.vocabulary.parsing import read_flag, read_json_float, read_number, read_text, read_whole
from graph.vocabulary.values import (
    Bound,
    Capacity,
    CapacityBasis,
    CapacityStage,
    PartialDate,
    canonical,
    fold,
    sortable,
    total_capacity,
)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-07-15", "2026-07-15", "2026-07-15"),
    ],
)
def test_a_partial_date_is_the_interval_of_its_days(text: str, earliest: str, latest: str) -> None:
    moment = PartialDate.read(text)
    assert (moment.earliest, moment.latest) == (date.fromisoformat(earliest), date.fromisoformat(latest))


@pytest.mark.parametrize(
    "text", ["26", "2026-13", "2026-02-30", "2026-Q5", "2026-7", "٢٠٢٦", "2026-H3", "026", "2026 "]
)
def test_anything_else_is_not_a_date(text: str) -> None:
    with pytest.raises(BadValue, match="is not a date"):
        PartialDate.read(text)


@pytest.mark.parametrize(("text", "year"), [("2206-07-28", 2206), ("1026", 1026), ("0026-Q1", 26), ("2200", 2200)])
def test_a_date_in_a_year_that_cannot_be_is_told_by_its_year(text: str, year: int) -> None:
    with pytest.raises(BadValue) as caught:
        PartialDate.read(text)
    told = (caught.value.message, caught.value.remedy)
    assert told == (f"'{text}' is in the year {year}", "mend the year: 1900 to 2199 can be")


@pytest.mark.parametrize("text", ["１２", " 12", "1_0", "nan", "inf", "1e400", "0x10", "1,000", "", "+1", ".5", "--1"])
def test_numbers_are_plain_finite_ascii(text: str) -> None:
    with pytest.raises(BadValue):
        read_number(text)


@pytest.mark.parametrize("text", ["1,200,000", "1 200 000", "1_200_000", "1'200'000", "1,200,000.50"])
def test_a_number_with_commas_is_told_as_one_and_how_to_write_it(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_number(text)
    assert caught.value.remedy == f"a number with commas? write 1200000{'.50' if '.' in text else ''}"


@pytest.mark.parametrize(
    "text", ["0.1", "1234567890123.45", "9007199254740994", "100000000000000000", "1e18", "5e-324", "-0", "1.10"]
)
def test_a_number_that_is_read_is_the_number_that_was_written(text: str) -> None:
    assert Decimal(repr(read_number(text))) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",  # between two floats
        "99999999999999990",  # the float is …984, though its shortest text is …990
        "0.12345678901234567891",
        "1e-400",  # below the smallest float
    ],
)
def test_a_number_that_a_float_does_not_hold_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="more digits than can be kept"):
        read_number(text)
    with pytest.raises(BadValue, match="more digits than can be kept"):
        read_number(read_json_float(text))


@given(st.decimals(-(10**18), 10**18, allow_nan=False, places=3).map(str))
def test_no_number_is_changed(text: str) -> None:
    try:
        number = read_number(text)
    except BadValue:
        return
    assert Decimal(canonical(number)) == Decimal(text)


@pytest.mark.parametrize("text", ["9007199254740993", "1.0", "1e3", "99999999999999999999"])
def test_whole_numbers_stay_exact(text: str) -> None:
    with pytest.raises(BadValue):
        read_whole(text)


def test_flags_are_true_or_false_and_nothing_like_it() -> None:
    assert read_flag("true") is True
    with pytest.raises(BadValue, match="is not true or false"):
        read_flag("NO")


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u200bb", "a\ud800b", "a\nb", "   "])
def test_text_with_invisible_characters_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_text(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Åkerström", "akerstrom"),
        ("A\u030akerstro\u0308m", "akerstrom"),
        ("ØSTERGÅRD", "ostergard"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Ægir Þór Đorđe", "aegir thor dorde"),
        ("İstanbul Işık", "istanbul isik"),
        ("ﬁber", "fiber"),
        ("がく", "がく"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_folding_takes_case_and_diacritics_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=20))
def test_what_is_ordered_by_is_ascii(text: str) -> None:
    assert sortable(text).isascii()


def test_accents_and_case_do_not_matter_for_order() -> None:
    assert sorted(["Étoile", "eon", "Zeta", "apple"], key=sortable) == ["apple", "eon", "Étoile", "Zeta"]


def _capacity(
    mw: float, stage: CapacityStage | None = None, phase: str | None = None, bound: Bound = Bound.EXACT
) -> Capacity:
    return Capacity(mw, CapacityBasis.CRITICAL_IT, stage, bound, phase)


def test_the_capacity_of_a_basis_is_the_total_of_the_furthest_stage() -> None:
    entries = [_capacity(300, CapacityStage.CONTRACTED), _capacity(100, CapacityStage.IN_SERVICE), _capacity(400)]
    assert total_capacity(entries, CapacityBasis.CRITICAL_IT) == _capacity(100, CapacityStage.IN_SERVICE)
    assert total_capacity(entries, CapacityBasis.GROSS) is None


def test_without_a_total_phases_are_summed_unless_their_bounds_mix() -> None:
    phases = [_capacity(100, phase="one"), _capacity(68, phase="two")]
    found = total_capacity(phases, CapacityBasis.CRITICAL_IT)
    assert found is not None
    assert found.mw == 168
    mixed = [*phases, _capacity(10, phase="three", bound=Bound.UP_TO)]
    assert total_capacity(mixed, CapacityBasis.CRITICAL_IT) is None


def test_equal_values_have_one_canonical_form() -> None:
    assert canonical({"b": 1.0, "a": [2, None]}) == canonical({"a": [2.0, None], "b": 1}) == '{"a":[2,null],"b":1}'


SAYS = {
    "Text": "words",
    "Texts": ["one", "two"],
    "Number": "2.5",
    "Whole": "7",
    "Flag": "true",
    "PartialDay": "2026-Q3",
    "Day": "2026-07-15",
    "Ref": "a-key",
    "Refs": ["a-key", "b-key"],
    "Capacities": [
        {"mw": "10", "basis": "GROSS", "stage": "PLANNED", "phase": "one", "from": "2027", "bound": "ABOUT"}
    ],
    "RenewalsType": {"count": "3", "years": "5"},
    "TerminationType": {"party": "EITHER", "notice_days": "90"},
}
GROUPS = {
    "MoneyType": {"value": "3", "currency": "EUR", "value_bound": "UP_TO"},
    "CountType": {"chip_count": "76000", "chip_count_bound": "ABOUT"},
    "FigureType": {
        "low": "1",
        "high": "2",
        "unit": "MW",
        "basis": "GUIDANCE",
        "as_of": "2026-02",
        "period": "FY2026",
        "flow_or_stock": "STOCK",
        "capacity_basis": "GROSS",
    },
}


@pytest.mark.parametrize("kind", [*KINDS.values()], ids=[*KINDS])
def test_every_property_survives_json_and_columns(kind: type) -> None:
    for given_property in kind.properties.values():  # type: ignore[attr-defined]
        type_name = type(given_property.type).__name__
        if given_property.derived or given_property.name in ("lei", "cik", "country", "url", "sha256"):
            continue
        choices = getattr(given_property.type, "choices", None)
        one = str(next(iter(choices))) if choices else None
        said = GROUPS.get(type_name) or {
            given_property.name: ([one] if type_name == "Choices" else one) or SAYS[type_name]
        }
        values = given_property.type.read(given_property.name, said)
        assert [given_property.type.from_json(given_property.type.to_json(value)) for value in values] == values
        stored = tuple(values) if type_name == "Capacities" else values[0]
        columns = given_property.type.columns(given_property.name, stored)
        assert given_property.type.from_columns(given_property.name, columns) == stored


def test_a_property_means_the_same_in_every_link_type() -> None:
    for kind in LINKS.values():
        for name, given_property in kind.properties.items():
            other = link_properties()[name]
            if name not in ("from", "to"):
                assert (type(given_property.type), given_property.unit) == (type(other.type), other.unit), name


def test_every_link_type_declares_how_it_reads_and_flows() -> None:
    for kind in LINKS.values():
        assert kind.ends.reads
        assert kind.ends.reads_back
        assert kind.__doc__
