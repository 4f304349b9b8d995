"""Fixtures that several folders of tests share, and how tests are dealt to workers."""

import gc

from tests import budgets
from tests.neo4j_fixture import neo4j_2026_uri, neo4j_browser, neo4j_for_tests, neo4j_uri
from tests.seeds_fixture import (
    _neo4j_provider,
    doubted_once,
    neo4j_provider,
    projected_once,
    read_once,
    seeded,
    seeded_folder,
    seeds_copy,
    seeds_data,
    seeds_graph,
    seeds_log,
    seeds_provider,
    seeds_reader,
    seeds_scenarios,
    seeds_under,
)
from tests.workers import pytest_collection_modifyitems, pytest_configure_node, pytest_xdist_make_scheduler

__all__ = [
    "_neo4j_provider",
    "budgets",
    "doubted_once",
    "neo4j_2026_uri",
    "neo4j_browser",
    "neo4j_for_tests",
    "neo4j_provider",
    "neo4j_uri",
    "projected_once",
    "pytest_collection_modifyitems",
    "pytest_configure_node",
    "pytest_xdist_make_scheduler",
    "read_once",
    "seeded",
    "seeded_folder",
    "seeds_copy",
    "seeds_data",
    "seeds_graph",
    "seeds_log",
    "seeds_provider",
    "seeds_reader",
    "seeds_scenarios",
    "seeds_under",
]

# The facts stay in memory for the whole run. Looking for garbage among them as often as Python does by itself took a
# sixth of the time of the tests of pages (56 s of processor time, 48 with this).
gc.set_threshold(200_000, 20, 50)
