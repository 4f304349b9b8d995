"""Fixtures that several folders of tests share."""

from tests.neo4j_fixture import neo4j_browser, neo4j_for_tests, neo4j_uri

__all__ = ["neo4j_browser", "neo4j_for_tests", "neo4j_uri"]
