"""Groups of contracts: by whom, where, when, in which service, with which chips.

To add a grouping, add a member and its line in the table at the foot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from graph.analytics.core.chains import within
from graph.analytics.core.scope import link_kind
from graph.analytics.core.snapshot import Snapshot
from graph.evidence.link_time import begins
from graph.vocabulary.model import PropertyRole, Row
from graph.vocabulary.values import CapacityStage, Json

Group = tuple[tuple[str, Any], ...]
"""What the contracts of one row have in common, by name; None where they do not say."""


class CapacityGroup(StrEnum):
    """What to group by. YEAR and QUARTER are those in which the agreement begins to bind; None where its date is not
    known so precisely. CHIP is the list of all chips of a contract: how its megawatts split is not stated. SITE is
    the site of the contract; COUNTRY, REGION, GRID, UTILITY are those of the site, or of the one it is a part of."""

    PROVIDER = "PROVIDER"
    CUSTOMER = "CUSTOMER"
    SITE = "SITE"
    YEAR = "YEAR"
    QUARTER = "QUARTER"
    STAGE = "STAGE"
    SERVICE = "SERVICE"
    CHIP = "CHIP"
    COUNTRY = "COUNTRY"
    REGION = "REGION"
    GRID = "GRID"
    UTILITY = "UTILITY"


_PARTIES = frozenset({CapacityGroup.PROVIDER, CapacityGroup.CUSTOMER})


class Period(StrEnum):
    """A stretch of the calendar."""

    YEAR = "YEAR"
    QUARTER = "QUARTER"
    MONTH = "MONTH"


def group_of(link: Row, by: Sequence[CapacityGroup], snapshot: Snapshot, stage: CapacityStage | None = None) -> Group:
    """The group of a link whose megawatts are of `stage`. Contracts with different values of the property
    `never_sum_across` of the link type are in different groups, whatever `by` is."""
    groupings = tuple((str(name), stage if name is CapacityGroup.STAGE else _READ[name](link, snapshot)) for name in by)
    partition = link_kind(link).never_sum_across
    return (*groupings, (partition.upper(), link[partition])) if partition else groupings


def group_to_dict(group: Group) -> Mapping[str, Json]:
    """The group as JSON."""
    return {name: list(value) if isinstance(value, tuple) else value and str(value) for name, value in group}


def names_placeholder(group: Group, snapshot: Snapshot) -> bool:
    """Whether a party of the group is a placeholder: several of them may be one, or any party that is named."""
    return any(value in snapshot.placeholders for name, value in group if name in _PARTIES)


def group_sort_key(group: Group) -> tuple[str, ...]:
    """Sorts groups by their values as text, unstated ones last."""
    return tuple(str(value) if value is not None else "~" for _, value in group)


def site_of(link: Row, snapshot: Snapshot) -> str | None:
    """The site of a link: the one it names, else an end that is a site."""
    if link["site"] is not None:
        return str(link["site"])
    ends = (snapshot.entities.get(link.columns[end]) for end in ("to", "from"))
    return next((row.key for row in ends if row is not None and row.label == "Site"), None)


def _at_site(name: str) -> Callable[[Row, Snapshot], Any]:
    def read(link: Row, snapshot: Snapshot) -> Any:
        site = site_of(link, snapshot)
        rows = (snapshot.entities.get(key) for key in within(site, snapshot)) if site else ()
        return next((row[name] for row in rows if row is not None and row[name] is not None), None)

    return read


def _begun_in(period: Period) -> Callable[[Row, Snapshot], str | None]:
    def read(link: Row, snapshot: Snapshot) -> str | None:
        moment = begins(link)
        if moment is None:
            return None
        first, last = (period_of(day.year, day.month, period) for day in (moment.earliest, moment.latest))
        return first if first == last else None

    return read


def period_of(year: int, month: int, period: Period) -> str:
    if period is Period.YEAR:
        return str(year)
    return f"{year}-Q{(month + 2) // 3}" if period is Period.QUARTER else f"{year}-{month:02}"


_READ: Mapping[CapacityGroup, Callable[[Row, Snapshot], Any]] = {
    CapacityGroup.PROVIDER: lambda link, snapshot: link.columns["from"],
    CapacityGroup.CUSTOMER: lambda link, snapshot: link.columns["to"],
    CapacityGroup.SITE: site_of,
    CapacityGroup.YEAR: _begun_in(Period.YEAR),
    CapacityGroup.QUARTER: _begun_in(Period.QUARTER),
    CapacityGroup.SERVICE: lambda link, snapshot: link.of_role(PropertyRole.SERVICE),
    CapacityGroup.CHIP: lambda link, snapshot: tuple(sorted(link["chips"] or ())) or None,
    CapacityGroup.COUNTRY: _at_site("country"),
    CapacityGroup.REGION: _at_site("region"),
    CapacityGroup.GRID: _at_site("grid"),
    CapacityGroup.UTILITY: _at_site("utility"),
}
