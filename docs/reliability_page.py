"""docs/reliability.md: what can go wrong, what must happen then, and the test that holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from graph.settings import PROJECT

RESULTS = Path(__file__).parent / "reliability.json"
"""What `make reliability` found when it was run last."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`tests`: names of functions, without `test_`; the first ones hold the row. Without any, `why` says why it does
    not apply; where that is empty too, nothing holds the row yet."""

    id: int
    fault: str
    outcome: str
    tests: tuple[str, ...] = ()
    why: str = ""


def _row(id: int, fault: str, outcome: str, *tests: str, why: str = "") -> Fault:
    return Fault(id, fault, outcome, tests, why)


SECTIONS: Mapping[str, tuple[Fault, ...]] = {
    "GraphQL over HTTP": (
        _row(
            1,
            "`Accept: application/graphql-response+json`",
            "that type back; 4xx without `data` for what did not run",
            "every_audit_is_passed",
            "a_refused_document_has_a_status_of_its_own_under_the_media_type_of_graphql",
        ),
        _row(
            2,
            "a document that does not fit the schema",
            "400 under the media type of GraphQL, 200 under JSON",
            "every_audit_is_passed",
        ),
        _row(
            3,
            "a body that is a JSON scalar",
            "4xx in the one shape",
            "what_is_no_request_is_refused",
            "damaged_bodies_are_answered_in_the_one_shape",
        ),
        _row(4, "an integer of 5,000 digits", "400", "what_two_parsers_would_read_differently_is_refused"),
        _row(
            5,
            "nesting without end",
            "400, in time",
            "what_nests_without_end_is_refused_before_it_is_read",
            "a_hostile_body_is_answered_in_the_one_shape",
        ),
        _row(
            6,
            "a body that is no UTF-8",
            "400",
            "what_is_no_request_is_refused",
            "damaged_bodies_are_answered_in_the_one_shape",
        ),
        _row(7, "a key that stands twice", "400", "what_two_parsers_would_read_differently_is_refused"),
        _row(8, "`NaN` and `Infinity` in JSON", "400", "what_two_parsers_would_read_differently_is_refused"),
        _row(9, "several requests in one body", "400", "what_is_no_request_is_refused"),
        _row(10, "a content type that only looks like JSON", "415", "only_json_is_taken"),
        _row(11, "a form, multipart or plain text", "415", "only_json_is_taken"),
        _row(
            12,
            "a mutation by GET",
            "405, and nothing is changed",
            "a_mutation_by_get_is_not_run",
            "nothing_is_changed_by_get",
        ),
        _row(13, "a parameter of an address that stands twice", "400", "a_parameter_of_an_address_is_given_once"),
        _row(14, "an address of more than 60,000 bytes", "414", "too_long_an_address_is_refused"),
        _row(
            15,
            "a body beyond the limit, announced or in chunks",
            "413 before it is read",
            "too_large_a_body_is_refused_before_it_is_read",
            "a_body_that_is_announced_too_large_is_refused_unread",
        ),
        _row(
            16,
            "several operations, and none is named",
            "an error; none runs",
            "which_of_several_operations_has_to_be_said",
        ),
        _row(
            17,
            "a name of an operation that is not there, or no text",
            "4xx in the one shape",
            "which_of_several_operations_has_to_be_said",
            "every_audit_is_passed",
        ),
        _row(
            18,
            "fragments that spread fragments",
            "measured in time linear in the document",
            "the_pass_looks_at_each_selection_once",
        ),
        _row(19, "fragments in a circle", "a validation error", "circular_fragments_come_to_an_end"),
        _row(
            20,
            "a fragment or an operation called `__schema`",
            "limited like any other",
            "a_fragment_called_schema_is_measured_like_any_other",
        ),
        _row(
            21,
            "a thousand aliases",
            "refused",
            "each_limit_refuses_with_its_code_limit_and_remedy",
            "a_hostile_document_is_refused_with_its_code",
        ),
        _row(
            22,
            "ten thousand times the same field",
            "refused",
            "a_field_asked_again_counts_as_an_alias_and_one_of_another_type_does_not",
            "a_hostile_document_is_refused_or_answered",
        ),
        _row(
            23,
            "thousands of directives",
            "refused; few errors are told",
            "each_limit_refuses_with_its_code_limit_and_remedy",
            "of_many_errors_ten_are_told_and_the_rest_counted",
        ),
        _row(
            24,
            "comments without end",
            "refused by the bytes of the text",
            "each_limit_refuses_with_its_code_limit_and_remedy",
        ),
        _row(25, "depth", "refused", "each_limit_refuses_with_its_code_limit_and_remedy"),
        _row(
            26,
            "`first` that is missing, negative or huge",
            "bounded, else an error",
            "filters_by_variable_bound_a_page_and_malformed_ones_do_no_harm",
            "a_list_that_cannot_be_paged_is_cut_and_told",
        ),
        _row(
            27,
            "lists within lists",
            "the cost is known before, is told, and bounds the rows",
            "an_answer_never_holds_more_rows_than_it_cost",
            "the_cost_can_be_derived_by_hand",
        ),
        _row(
            28,
            "a client over its budget",
            "429 with `Retry-After`",
            "a_client_that_spends_its_budget_is_refused_and_no_other",
            "a_client_beyond_its_budget_is_told_when_to_come_again",
        ),
        _row(29, "deep introspection", "refused", "a_hostile_document_is_refused_or_answered"),
        _row(
            30,
            "introspection, editor and suggestions where the schema is hidden",
            "neither told nor suggested",
            "a_hidden_schema_is_neither_told_nor_suggested",
        ),
        _row(
            31,
            "an unexpected error with a secret in its text",
            "an id in the answer; the text in the log alone",
            "what_nobody_expected_is_masked_and_logged",
            "no_secret_reaches_the_log_whatever_fails",
        ),
        _row(32, "a mistake of the client", "its text is told", "an_error_tells_where_it_is"),
        _row(
            33, "ten thousand invalid documents", "memory stays flat", "memory_stays_flat_over_many_invalid_documents"
        ),
        _row(
            34,
            "documents that are all different",
            "the cache has a bound",
            "the_documents_used_last_are_kept_within_a_number_and_a_size",
        ),
        _row(
            35,
            "a WebSocket that does not begin, or of another protocol",
            "refused, or closed in time",
            "another_subprotocol_is_refused",
            "a_socket_that_breaks_the_protocol_is_closed",
        ),
        _row(
            36,
            "documents that are not trusted",
            "logged, or refused where only trusted ones run",
            "other_documents_are_logged_or_refused",
            "a_trusted_document_is_asked_by_its_id",
        ),
    ),
    "HTTP, browsers, who may": (
        _row(
            37, "a POST of a foreign page", "refused by Sec-Fetch-Site and Origin", "pages_of_other_origins_do_not_post"
        ),
        _row(
            38,
            "a header Host that is a path",
            "400",
            "a_host_that_is_a_path_is_refused",
            "the_service_goes_by_its_names",
        ),
        _row(39, "two lengths of one body", "400", "two_lengths_of_one_body_are_refused"),
        _row(
            40,
            "connections that send nothing, or a head without end",
            "closed in ten seconds; an address has so many",
            "row_40_who_sends_no_whole_head_is_let_go",
            "a_head_without_end_is_refused",
            "silent_connections_of_one_address_keep_nobody_out",
            "who_takes_no_answer_is_let_go",
        ),
        _row(41, "a body that stalls", "408", "a_body_that_stalls_is_told"),
        _row(
            42,
            "a client that leaves",
            "the work ends",
            "work_ends_when_the_client_leaves",
            "a_query_under_way_ends_when_its_client_leaves",
        ),
        _row(
            43,
            "an answer beyond its deadline",
            "504, and the work ends",
            "an_answer_that_takes_too_long_is_told",
            "a_filter_without_end_is_refused",
        ),
        _row(
            44,
            "work that holds the interpreter",
            "`/healthz` answers all the time",
            "row_44_a_first_start_loads_the_facts_and_is_alive_while_it_works",
        ),
        _row(
            45,
            "a token that is missing, wrong, expired or revoked",
            "401, always the same",
            "every_token_that_is_not_good_gets_the_same_answer",
            "wrong_texts_take_the_same_time",
        ),
        _row(
            46,
            "JSON Web Tokens: `alg`, `crit`, audience, times",
            "",
            why="There are none: tokens are random, and looked up in the store.",
        ),
        _row(
            47,
            "JSON Web Tokens that never expire",
            "",
            why="There are none; a token has the day that its maker gave it.",
        ),
        _row(
            48,
            "a reader that writes",
            "403, and a line in the journal",
            "every_mutation_is_denied_to_whoever_lacks_its_scope",
            "a_mutation_that_declares_no_scope_is_denied_to_everybody",
        ),
        _row(
            49,
            "a token or password in a log, an error, an address",
            "never",
            "no_secret_reaches_the_log_whatever_fails",
            "a_token_stands_in_no_answer_and_no_log",
        ),
        _row(
            50,
            "tokens at rest",
            "salted hashes alone",
            "what_is_kept_holds_no_secret",
            "two_tokens_share_neither_id_nor_secret_nor_salt",
        ),
        _row(
            51,
            "a name that is markup, a source that is a script",
            "text, wherever it shows",
            "a_hostile_name_is_harmless_on_every_page",
            "a_hostile_name_is_harmless_at_every_address_of_the_service",
        ),
        _row(
            52,
            "an answer without security headers",
            "each has them, errors too",
            "every_route_has_the_headers_errors_included",
        ),
        _row(
            53,
            "a page of another origin that reads",
            "off, but for a list of origins",
            "a_browser_is_told_of_the_allowed_origins_only",
        ),
        _row(54, "a download with a hostile name", "a plain name", "a_csv_is_a_download_with_a_plain_name"),
        _row(
            55,
            "line breaks and escape sequences in what is logged",
            "one line, escaped",
            "a_name_neither_begins_a_line_nor_moves_the_cursor",
        ),
    ),
    "Import and export": (
        _row(56, "YAML: aliases that multiply", "refused", "bad_seeds_are_told_with_file_line_and_remedy"),
        _row(57, "YAML: circles and merge keys", "refused", "bad_seeds_are_told_with_file_line_and_remedy"),
        _row(58, "YAML: a key that stands twice", "an error with its line", "every_problem_is_told_at_once"),
        _row(
            59,
            "YAML: `no`, `017`, `12:30:45`",
            "stay text unless their type says otherwise",
            "norway_stays_norway",
            "a_plain_no_is_norway_too",
        ),
        _row(
            60,
            "YAML: numbers and dates that cannot be",
            "an error of ours",
            "numbers_are_plain_finite_ascii",
            "any_bytes_are_read_or_told",
        ),
        _row(61, "YAML: tags", "refused", "bad_seeds_are_told_with_file_line_and_remedy"),
        _row(
            62,
            "YAML: deep, or quadratic",
            "refused, in time",
            "any_bytes_are_read_or_told",
            "the_size_of_a_file_is_a_setting_and_its_error_names_it",
        ),
        _row(
            63,
            "CSV that is ragged, cut off, of another encoding",
            "an error with its row",
            "a_file_that_is_no_table_is_refused",
        ),
        _row(
            64,
            "numbers in other digits, not finite, out of range",
            "refused",
            "numbers_are_plain_finite_ascii",
            "a_number_that_a_float_does_not_hold_is_refused",
        ),
        _row(
            65,
            "half characters, controls, text that turns around",
            "refused",
            "text_with_invisible_characters_is_refused",
            "half_a_character_is_refused_and_not_sent",
        ),
        _row(66, "an integer beyond 64 bits", "an error of ours", "json_that_no_store_can_hold_is_refused"),
        _row(67, "XML: entities that multiply, foreign files", "", why="No XML is read."),
        _row(68, "GraphML with values that cannot be", "", why="GraphML is written, and not read."),
        _row(
            69,
            "an export with control characters",
            "a file that readers take",
            "a_hostile_name_is_text_in_a_file_that_any_reader_of_xml_takes",
            "graphml_comes_back_to_networkx_and_igraph",
        ),
        _row(70, "archives that burst, or lead out of their folder", "", why="No archive is read."),
        _row(
            71,
            "a path that leads out of its folder",
            "never used as a path",
            "what_no_address_takes_is_refused",
            "what_there_is_not_is_refused",
        ),
        _row(
            72,
            "cells that a spreadsheet would run",
            "quoted",
            "no_cell_of_csv_runs",
            "no_cell_of_csv_runs_or_becomes_another_number",
        ),
        _row(
            73,
            "a claim without a source, a link without an end",
            "all problems at once, and nothing is written",
            "a_statement_without_its_source_is_refused",
            "a_link_without_its_end_is_refused",
        ),
        _row(
            74,
            "the same load again, in another order, in halves",
            "the same graph",
            "neither_the_order_of_records_nor_a_split_in_halves_matters",
            "a_load_of_the_same_writes_no_row",
        ),
        _row(
            75,
            "a crash in the middle of a load",
            "all or nothing",
            "kill_9_during_a_write_leaves_the_state_before_or_after",
            "a_killed_load_leaves_the_state_before_or_after",
        ),
        _row(
            76,
            "two loads at once",
            "one after the other; none is lost",
            "two_processes_that_load_at_once_both_succeed",
            "two_loads_at_once_follow_each_other",
        ),
        _row(
            77,
            "full disk, read-only folder, damaged, cut or deleted file, a clock that jumps",
            "a right answer, or an error with its remedy; nothing is lost",
            "a_full_disk_loses_nothing",
            "a_disk_that_gets_full_in_a_write_is_said_and_the_store_goes_on",
            "row_77_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost",
            "row_77_a_folder_that_becomes_unwritable_under_a_store_refuses_writes_and_answers",
            "row_77_a_clock_that_goes_forth_and_back_leaves_what_was_shown",
            "a_clock_that_was_set_back_loses_no_recorded_version",
            "a_truncated_file_is_told",
            "a_flipped_bit_is_noticed_or_harmless",
            "a_deleted_file_is_not_made_anew_by_a_running_store",
        ),
    ),
    "Neo4j and operation": (
        _row(
            78,
            "connections that are reset",
            "replaced without notice; reads go on",
            "row_78_to_81_a_fault_of_the_network_ends_in_an_answer_or_a_code",
            "broken_connections_are_replaced_without_notice",
        ),
        _row(
            79,
            "a database that refuses connections",
            "reads go on from what is kept, marked stale; else an error in time",
            "row_78_to_81_a_fault_of_the_network_ends_in_an_answer_or_a_code",
            "row_79_where_nothing_is_kept_reads_are_refused_with_a_code_until_the_database_is_back",
            "a_server_that_is_gone_is_told_with_its_address",
            "a_server_whose_database_is_down_lives_and_is_not_ready",
        ),
        _row(
            80,
            "a connection that swallows everything",
            "given up within five seconds, a write too; reads go on",
            "row_78_to_81_a_fault_of_the_network_ends_in_an_answer_or_a_code",
            "a_black_hole_ends_at_the_deadline",
        ),
        _row(
            81,
            "a slow line, packets in slices, half a close",
            "it works",
            "row_78_to_81_a_fault_of_the_network_ends_in_an_answer_or_a_code",
        ),
        _row(82, "no free connection", "an error soon", "row_82_no_free_connection_is_told_soon"),
        _row(
            83,
            "the answer to a commit is lost",
            "told as unknown; the key of the import settles it",
            "a_lost_answer_to_a_commit_is_an_unknown_outcome",
            "the_database_refuses_an_import_key_twice",
        ),
        _row(84, "a deadlock", "tried again", "two_processes_lose_and_double_nothing"),
        _row(
            85,
            "kill -9 while writing",
            "nothing acknowledged is lost, nothing doubled",
            "row_85_a_killed_service_loses_and_doubles_no_acknowledged_statement",
            "row_85_a_killed_load_loses_and_doubles_no_acknowledged_statement",
            "kills_of_writers_lose_no_acknowledged_claim_and_double_none",
            "kills_lose_no_acknowledged_claim_and_double_none",
        ),
        _row(
            86,
            "the database is back",
            "the first good answer within 10 s",
            "the_store_is_opened_when_the_database_comes",
        ),
        _row(87, "a slow query", "ended in the database", "a_filter_without_end_is_refused"),
        _row(88, "a query beyond the memory", "an error that is not tried again", "codes_of_the_database_are_ours"),
        _row(
            89,
            "names and values that are Cypher",
            "data, or refused",
            "payloads_in_values_and_keys_stay_data",
            "payloads_as_names_are_refused",
            "queries_hold_names_of_the_model_and_no_value",
        ),
        _row(
            90,
            "a write on the path of reads",
            "refused by the database",
            "row_90_a_write_on_the_path_of_reads_is_refused_by_the_database",
        ),
        _row(
            91,
            "`LOAD CSV` of files and addresses",
            "",
            why="No Cypher of a client is run, and none of ours has the words.",
        ),
        _row(92, "fifty merges at once", "one node", "keys_are_unique", "the_same_load_twice_at_once_writes_once"),
        _row(
            93,
            "a cluster that changes its leader",
            "",
            why="It is not tested on a cluster: the Community edition has none.",
        ),
        _row(
            94,
            "backup and restore",
            "equal in either store, or refused",
            "row_94_a_backup_of_neo4j_is_restored_into_both_stores",
            "row_94_the_commands_move_the_embedded_store_to_neo4j_and_back",
            "a_restore_is_equal_whatever_lies_in_the_folder",
            "a_backup_is_made_while_another_process_writes",
            "what_is_no_backup_is_refused_and_the_store_stays",
        ),
        _row(
            95,
            "stores that disagree",
            "the same answers",
            "every_query_has_the_answer_of_a_scan",
            "graphs_agree_after_each_load",
        ),
        _row(
            96,
            "alive, and ready",
            "`/healthz` without the store, `/readyz` with it",
            "alive_and_ready",
            "without_a_store_the_service_is_alive_and_not_ready",
        ),
        _row(
            97,
            "a start with the database down, or a wrong setting",
            "not ready yet; or one clear line",
            "a_server_whose_database_is_down_lives_and_is_not_ready",
            "a_mistyped_setting_is_an_error_that_names_it",
            "a_port_that_is_taken_is_told",
        ),
        _row(
            98,
            "SIGTERM under load",
            "no answer is dropped",
            "row_98_a_service_that_is_stopped_under_load_drops_no_answer",
        ),
        _row(
            99,
            "ten thousand requests",
            "memory and file descriptors stay flat",
            "clients_that_come_and_go_leave_nothing",
            "memory_stays_flat_over_many_invalid_documents",
        ),
        _row(
            100,
            "a journal that is edited",
            "found, with the number of the entry",
            "random_edits_are_found_with_the_number_of_the_first",
            "whoever_alters_it_nevertheless_is_found",
        ),
        _row(
            101,
            "a dependency that was changed, or is vulnerable",
            "not installed; told; what cannot be asked is a failure",
            "every_locked_package_has_hashes",
            "row_101_a_known_vulnerability_is_told",
            "row_101_a_scanner_that_finds_nothing_wrong_with_the_canary_is_not_believed",
            "row_101_what_could_not_be_asked_is_a_failure",
            "row_101_packages_of_npm_are_asked_about_too",
        ),
        _row(
            102,
            "a container",
            "no root, no capabilities, a read-only file system",
            "the_image_runs_without_root",
            "every_service_has_a_health_check",
            "linters_accept_the_container_files_and_no_bad_ones",
        ),
    ),
}


@cache
def places() -> Mapping[str, str]:
    """The file of each test."""
    found: dict[str, str] = {}
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        if "node_modules" not in path.parts:
            for name in re.findall(r"^ *(?:async )?def test_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
                found.setdefault(name, path.relative_to(PROJECT).as_posix())
    return found


def reliability() -> str:
    """Raises KeyError for a row that names a test that is not there."""
    rows = [row for section in SECTIONS.values() for row in section]
    held = sum(bool(row.tests) for row in rows)
    apart = sum(bool(row.why) for row in rows)
    results = _results()
    parts = [
        "# What can go wrong\n",
        f"Of {len(rows)} faults {held} are held by a test, {apart} do not apply, and {len(rows) - held - apart} have "
        "no test yet. Each test is run by `make test`: where one fails, so does the run. `make reliability` runs them "
        "too, with all faults, kills and inputs that take longer.\n",
        *_found(results),
    ]
    for title, section in SECTIONS.items():
        parts += [f"## {title}\n", "| | fault | what must happen | held by | result |", "|---|---|---|---|---|"]
        parts += [
            f"| {row.id} | {row.fault} | {row.outcome or '—'} | {_held_by(row)} | {_result(row, results)} |"
            for row in section
        ]
        parts.append("")
    return "\n".join(parts)


def _results() -> dict[str, Any]:
    results: dict[str, Any] = orjson.loads(RESULTS.read_bytes())
    return results


def _found(results: Mapping[str, Any]) -> list[str]:
    figures = results["figures"]
    return [
        "## What was found\n",
        f"By `make reliability`: faults were tried on {results['faults tried on']}, and the column of results is of "
        f"{results['tests run on']}. {figures.get('note', '')}".rstrip()
        + "\n",
        f"- **Network**: between a service and a real Neo4j {figures['cells']} cells, which are six faults (reset, "
        "refusal, black hole, latency, slices, half a close) at ten points of the talk, of which "
        f"{figures['survived']} ended in a right answer, in a right one that is marked stale, or in an error with a "
        f"code within five seconds ({figures['slowest answer in s']} s at most), and worked again within ten "
        f"({figures['slowest recovery in s']} s at most).",
        f"- **Inputs**: {figures['inputs']:,} damaged and generated requests, {figures['bad answers']} bad answers.",
        *(f"- **Kill -9**: {line}." for line in figures["runs of kills"]),
        f"- The load average was {figures['load average']} at the end.\n",
    ]


def _result(row: Fault, results: Mapping[str, Any]) -> str:
    return "—" if row.why else str(results["rows"].get(str(row.id), "not run"))


def _held_by(row: Fault) -> str:
    if row.why:
        return f"does not apply: {row.why}"
    linked = (f"[{name.replace('_', ' ')}](../{places()[name]})" for name in row.tests)
    return "; ".join(linked) or "**not yet**"
