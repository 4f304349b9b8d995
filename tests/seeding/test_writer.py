"""The export of statements: what is read back is the same log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInput, ExportRefused, SeedErrors
from graph.evidence.log import StatementLog
from graph.evidence.statements import Statement
from graph.seeding.reader import read_seeds
from graph.seeding.writer import export_statements, statement_files
from graph.vocabulary.enums import Confidence, Nature
from graph.vocabulary.values import PartialDate
from tests import facts
from tests.logs import logs

DAY = date(2026, 8, 1)


def _back(log: StatementLog, folder: Path, *, check_dates: bool = True) -> StatementLog:
    export_statements(log, folder)
    return read_seeds(folder, check_dates=check_dates)


def _as_seeds(log: StatementLog) -> StatementLog:
    """The log without what no seeds can say: private letters, and links that name themselves."""
    mended = (one.but(value="Private") if one.value == "\ue000" else one for one in log.statements)
    return StatementLog.of((one for one in mended if one.value != (one.subject,)), log.sources.values())


@pytest.mark.slow
def test_the_facts_read_back_as_the_same_log(tmp_path: Path, seeds_log: StatementLog) -> None:
    back = _back(seeds_log, tmp_path / "out")
    assert back == seeds_log
    assert back.version == seeds_log.version
    text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.yaml"))
    assert "known:" not in text
    assert "incomplete:" not in text


@given(logs().map(_as_seeds), st.data())
@pytest.mark.slow
def test_random_logs_read_back_as_the_same_log(
    tmp_path_factory: pytest.TempPathFactory, log: StatementLog, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from([one.id for one in log.statements])))
    retracted = log.changed(StatementLog.of((), ()), gone, DAY).entered_by(log.statements[0].entered)
    for written in (log, retracted):
        back = _back(written, tmp_path_factory.mktemp("random") / "out", check_dates=False)
        assert back.version == written.version
        assert back.statements == written.statements
        assert back.sources == written.sources


def test_the_bytes_do_not_depend_on_the_order_of_entry(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    other = StatementLog.of(reversed(log.statements), reversed(log.sources.values()))
    assert statement_files(log) == statement_files(other)


def test_a_claim_unites_its_sources_and_what_is_on_the_record_is_written_once(tmp_path: Path) -> None:
    lease = facts.LEASE.replace("value_usd: 1000000000,\n", "").replace("[filing]", "[filing, release]")
    files = statement_files(facts.log_of(tmp_path, links_provides_capacity=lease))
    wanted = """- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  site: campus
  claims:
  - says: {status: SIGNED, commitment: FIRM, announced: '2026-01-10', service: LEASE, term_years: 10}
    sources: [filing, release]
    confidence: high
"""
    assert files["links/provides_capacity.yaml"] == wanted


def test_a_retracted_statement_is_written_as_withdrawn(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    term = next(one for one in log.statements if one.property == "term_years")
    after = log.changed(StatementLog.of((), ()), [term.id], DAY)
    back = _back(after, tmp_path / "out")
    assert back.by_id[term.id].withdrawn == DAY
    assert back.version == after.version != log.version


def test_what_others_name_and_nobody_describes_is_kept(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    rest = StatementLog.of(
        (one for one in log.statements if one.subject == "lease" and one.property != "from"), log.sources.values()
    )
    back = _back(rest, tmp_path / "out")
    assert back.statements == rest.statements
    assert statement_files(rest)["organizations.yaml"] == "- {id: cloud, incomplete: true}\n"


def test_statements_that_became_known_otherwise_than_the_format_tells_keep_their_times(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    odd = log.by_subject["lab"][0].but(known_earliest=None, known_latest=DAY)
    rest = [one for one in log.statements if one.id != odd.id]
    back = _back(StatementLog.of([*rest, odd], log.sources.values()), tmp_path / "out")
    assert (back.by_id[odd.id].known_earliest, back.by_id[odd.id].known_latest) == (None, DAY)


def test_a_store_with_dates_that_cannot_be_is_written_and_the_reader_names_them(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    future = replace(log.sources["filing"], published=PartialDate.read("2062-01-10"))
    with_slip = StatementLog.of(log.statements, [*log.sources.values(), future])
    back = _back(with_slip, tmp_path / "out", check_dates=False)
    assert back.version == with_slip.version
    with pytest.raises(SeedErrors) as caught:
        read_seeds(tmp_path / "out")
    assert {one.file for one in caught.value.problems} == {"out/sources.yaml"}


def test_what_was_added_later_than_its_source_was_read_reads_back(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    late = PartialDate.read("2026-11-20")  # the filing was read on 2026-11-01
    added = next(one for one in log.by_subject["lease"] if one.property == "term_years")
    added = added.but(value=12.0, known_from=late, known_earliest=late.earliest, known_latest=late.latest)
    log = StatementLog.of([*log.statements, added], log.sources.values())
    assert _back(log, tmp_path / "out").version == log.version


def test_a_claim_never_ends_before_it_begins(tmp_path: Path) -> None:
    """One source may have said both; a claim that says both would be refused."""
    log = facts.log_of(tmp_path)
    one = next(one for one in log.by_subject["lease"] if one.property == "announced")
    more = [
        one.but(property="effective_from", value=PartialDate.read("2027")),
        one.but(property="effective_to", value=PartialDate.read("2026-05")),
    ]
    both = StatementLog.of([*log.statements, *more], log.sources.values())
    assert _back(both, tmp_path / "out").statements == both.statements


def test_a_deal_whose_parts_have_other_support_gets_claims(tmp_path: Path) -> None:
    deals = "- {id: deal, name: Deal, announced: '2026-01', summary: What it was, sources: [filing, news]}\n"
    log = facts.log_of(tmp_path, deals=deals)
    plain = "- id: deal\n  name: Deal\n  announced: 2026-01\n  summary: What it was\n  sources: [filing, news]\n"
    assert statement_files(log)["deals.yaml"] == plain
    gone = next(one.id for one in log.by_subject["deal"] if one.property == "summary")
    after = log.changed(StatementLog.of((), ()), [gone], DAY)
    assert "claims:" in statement_files(after)["deals.yaml"]
    assert _back(after, tmp_path / "out").version == after.version


def test_every_value_of_the_facts_is_written_as_it_is_read(seeds_log: StatementLog) -> None:
    for one in seeds_log.statements:
        assert one.about.type.read(one.property, one.about.type.dump(one.property, one.value)) == [one.value]


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="holds something already"):
        export_statements(StatementLog.of((), ()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_the_format_cannot_say_is_refused_and_nothing_stays_behind(tmp_path: Path) -> None:
    log = facts.log_of(tmp_path)
    hidden = Statement(
        "host", "Organization", "exchange", "a\u202eb", "filing", Confidence.HIGH, Nature.STATED, None, DAY
    )
    with pytest.raises(ExportRefused, match="control or invisible"):
        export_statements(StatementLog.of([*log.statements, hidden], log.sources.values()), tmp_path / "new" / "out")
    assert list((tmp_path / "new").iterdir()) == []
