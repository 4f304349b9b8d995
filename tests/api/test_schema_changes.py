"""No client of the released schema breaks without a word in the changelog and a version that says so."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema
from packaging.version import Version

from tests.api.schema_changes import CHANGELOG, Release, breaking, coordinate, current, objections, released

OLD = """
directive @mark(with: Int) on FIELD
interface Node { id: ID! }
enum Basis { GROSS NET }
union Any = Link | Other
input Where { key: String  first: Int = 1 }
type Link implements Node { id: ID!  key: String!  mw(basis: Basis = NET): Float }
type Other { a: Int }
type Query { link(key: String!): Link  any: Any  find(where: Where): Link }
"""
SILENT = "# Changelog\n\n## Unreleased\n\n### Added\n- `Link.key`, which does not count here.\n"


def release(version: str, text: str) -> Release:
    return Release(Version(version), build_schema(text))


def objections_to(old: str, new: str, *, version: str = "0.1.0", changelog: str = SILENT) -> list[str]:
    assert old in OLD
    return objections(release("0.1.0", OLD), release(version, OLD.replace(old, new)), changelog)


def changelog(*names: str) -> str:
    lines = "".join(f"- `{name}` is not as it was.\n" for name in names)
    return f"# Changelog\n\n## Unreleased\n\n### Breaking\n{lines}\n### Added\n- More.\n\n## 0.1.0\n\n### Breaking\n"


def test_the_schema_may_follow_the_released_one() -> None:
    assert objections(released(), current(), CHANGELOG.read_text(encoding="utf-8")) == []


def test_the_released_schema_is_that_of_the_last_release() -> None:
    """A release that forgets to take its schema would let the next one break it."""
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.M)
    assert released().version == (Version(versions[0]) if versions else Version("0.1.0"))
    assert released().version <= current().version


BREAKING = [
    ("  key: String!  mw", "  mw", "Link.key"),
    (" key: String!  mw", " key: String  mw", "Link.key"),
    ("GROSS NET", "NET", "Basis.GROSS"),
    ("link(key: String!)", "link(key: String!, lens: Int!)", "Query.link(lens:)"),
    ("link(key: String!)", "link", "Query.link(key:)"),
    ("Basis = NET", "Basis = GROSS", "Link.mw(basis:)"),
    ("first: Int = 1", "first: Int = 2", "Where.first"),
    ("{ key: String  first", "{ key: String  must: Int!  first", "Where.must"),
    ("type Link implements Node", "type Link", "Link"),
    ("= Link | Other", "= Link", "Any"),
    ("with: Int", "with: Int!", "@mark(with:)"),
]


@pytest.mark.parametrize(("old", "new", "where"), BREAKING, ids=[f"{where}: {new}" for _, new, where in BREAKING])
def test_a_breaking_change_needs_its_name_in_the_changelog_and_a_higher_version(old: str, new: str, where: str) -> None:
    unnamed, too_low = objections_to(old, new)
    assert f"`{where}`" in unnamed
    assert "raise the minor version" in too_low
    assert len(objections_to(old, new, changelog=changelog(where))) == 1
    assert len(objections_to(old, new, version="0.2.0")) == 1
    assert objections_to(old, new, changelog=changelog(where), version="0.2.0") == []


def test_a_type_that_is_gone_has_to_be_named() -> None:
    without = OLD.replace(" | Other", "").replace("type Other { a: Int }", "")
    said = objections(release("0.1.0", OLD), release("0.2.0", without), changelog("Any"))
    assert ["`Other`" in one for one in said] == [True]


def test_each_of_several_changes_has_to_be_named() -> None:
    changed = OLD.replace("GROSS NET", "NET").replace("  key: String!  mw", "  mw")
    said = objections(release("0.1.0", OLD), release("0.2.0", changed), changelog("Link.key"))
    assert ["`Basis.GROSS`" in one for one in said] == [True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  key: String!  mw", "  key: String!  name: String  mw"),
        ("GROSS NET", "GROSS NET UNSTATED"),
        ("link(key: String!)", "link(key: String!, lens: Int)"),
        ("link(key: String!)", "link(key: String)"),
        ("{ key: String  first", "{ key: String  may: Int  first"),
        ("mw(basis: Basis = NET): Float", "mw(basis: Basis = NET): Float!"),
        ("type Other {", "type More { b: Int } type Other {"),
        ("with: Int", "with: Int, also: Int"),
    ],
)
def test_an_addition_needs_nothing(old: str, new: str) -> None:
    assert objections_to(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.2.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.2.0", "2.0.0", True),
        ("1.0.0", "0.9.0", False),
    ],
)
def test_the_version_tells_whether_clients_break(old: str, new: str, may: bool) -> None:
    broken = OLD.replace("GROSS NET", "NET")
    assert (objections(release(old, OLD), release(new, broken), changelog("Basis.GROSS")) == []) is may


def test_what_an_older_release_broke_does_not_count() -> None:
    older = f"{changelog()}- `Basis.GROSS` was removed.\n"
    assert len(objections_to("GROSS NET", "NET", version="0.2.0", changelog=older)) == 1


def test_no_field_can_vanish_unseen() -> None:
    schema, without = released().schema, current().schema
    fields = set(schema.type_map["Link"].fields)  # type: ignore[attr-defined]
    without.type_map["Link"].fields.clear()  # type: ignore[attr-defined]
    assert fields
    assert {f"Link.{name}" for name in fields} <= {coordinate(change) for change in breaking(schema, without)}
