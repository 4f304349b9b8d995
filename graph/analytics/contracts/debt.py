"""Debt: what issuers owe, by issuer, by the tenants whose contracts secure it, by year of maturity and by instrument.

What is issued on the day of the lens and not yet due is added in US dollars; what is planned stands beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

from graph.analytics.contracts.groups import Group, group_sort_key, group_to_dict
from graph.analytics.core.claims import claim_of, no_claim_reason
from graph.analytics.core.declaration import PAGE_OF_LINKS, Analytic, Column, Listing, ListOf, Record, RowOf, Section
from graph.analytics.core.exclusions import Parties
from graph.analytics.core.method import Method, method_of
from graph.analytics.core.parameters import Parameter, declared
from graph.analytics.core.records import GROUP, LINKS_OF_ROW, METHOD_OF_RESULT, TOTAL_COUNT, UNNAMED
from graph.analytics.core.scope import EdgeWeight, Flow, Scope, Weight
from graph.analytics.core.selection import select
from graph.analytics.core.snapshot import Snapshot
from graph.errors import BadQuery
from graph.evidence.policy import day_of
from graph.vocabulary.enums import ENDED
from graph.vocabulary.model import LinkRole, PropertyRole, Row, link_types
from graph.vocabulary.values import Bound, Json, Money, PartialDate
from graph.vocabulary.wording import words

# ---- results


class DebtGroup(StrEnum):
    """What to group by. TENANT is the list of all who owe payments under the contracts that secure a debt: how it
    splits among them is not stated. MATURITY_YEAR is the year in which a debt falls due; null where no source says, or
    not so precisely."""

    ISSUER = "ISSUER"
    TENANT = "TENANT"
    MATURITY_YEAR = "MATURITY_YEAR"
    INSTRUMENT = "INSTRUMENT"


@dataclass(frozen=True, slots=True)
class DebtRow:
    """Debts of one group. Sums are in US dollars, None where nothing is stated. `debts` are issued and not yet due,
    `without_usd` those of them that state no dollars; `planned` are not issued. `security` are the links that secure
    `debts`."""

    group: Mapping[str, Json]
    unnamed: bool
    value_usd: float | None
    no_maturity_usd: float | None
    planned_usd: float | None
    debts: tuple[Row, ...]
    without_usd: tuple[Row, ...]
    planned: tuple[Row, ...]
    security: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A debt that adds nothing, with the reason as a sentence without its full stop."""

    debt: Row
    because: str


@dataclass(frozen=True, slots=True)
class DebtTable:
    """The largest first; by year of maturity the earliest first, those without one last. `loans` are links of which no
    debt is recorded: they are in no row."""

    rows: tuple[DebtRow, ...]
    not_counted: tuple[NotCounted, ...]
    loans: tuple[Row, ...]
    method: Method


# ---- the analytic


@declared
def debt_profile(
    snapshot: Snapshot,
    group_by: Annotated[tuple[DebtGroup, ...], Parameter("By what; nothing: all together.", required_by_api=True)] = (
        DebtGroup.ISSUER,
    ),
    issuer: Annotated[str | None, Parameter("Only what it owes.", key_of="Organization")] = None,
    tenant: Annotated[
        str | None, Parameter("Only what its payments secure, through contracts.", key_of="Organization")
    ] = None,
    secured_by: Annotated[tuple[str, ...], Parameter("Only what one of these links secures.", key_of="Link")] = (),
    secured: Annotated[
        bool | None, Parameter("Only what contracts secure; false: only the rest. Default: both.")
    ] = None,
) -> DebtTable:
    """Debt by group. Raises BadQuery for keys that do not exist."""
    _check(snapshot, (issuer, tenant), secured_by)
    debts = [one for one in _debts(snapshot) if _is_requested(one, issuer, tenant, secured_by, secured)]
    groups = tuple(dict.fromkeys(group_by))
    return DebtTable(
        rows=tuple(_rows(debts, groups, snapshot)),
        not_counted=tuple(_not_counted(debts)),
        loans=() if tenant or secured_by or secured else tuple(_loans(snapshot, issuer)),
        method=method_of(
            snapshot,
            "DEBT_PROFILE",
            {},
            str(EdgeWeight(Weight.VALUE_USD)),
            _assumptions([one for one in debts if one.state is DebtState.OUTSTANDING]),
            libraries=(),
            size={"debts": len(debts)},
        ),
    )


def _check(snapshot: Snapshot, organizations: Iterable[str | None], links: Iterable[str]) -> None:
    for kind, keys, known in (
        ("organization", organizations, snapshot.organizations),
        ("link", links, snapshot.links),
    ):
        unknown = [key for key in keys if key is not None and key not in known]
        if unknown:
            raise BadQuery(f"No {kind} {', '.join(unknown)}.", remedy=f"Name keys of {kind}s.")


def _is_requested(
    debt: _Obligation, issuer: str | None, tenant: str | None, secured_by: Sequence[str], secured: bool | None
) -> bool:
    return (
        issuer in (None, debt.issuer)
        and (tenant is None or tenant in debt.tenants)
        and (not secured_by or any(link.key in secured_by for link in debt.security))
        and secured in (None, bool(debt.security))
    )


# ---- one debt


class DebtState(StrEnum):
    """What a debt is on the day of the lens."""

    OUTSTANDING = "issued, and not yet due"
    PLANNED = "not issued"
    DUE = "due"
    ENDED = "its status says that it has ended"


@dataclass(frozen=True)
class _Obligation:
    row: Row
    issuer: str
    state: DebtState
    security: tuple[Row, ...]

    @property
    def tenants(self) -> tuple[str, ...]:
        """Who owes payments under what secures it."""
        return tuple(sorted({claim[1] for link in self.security if (claim := claim_of(link))}))

    @property
    def value(self) -> Money | None:
        value: Money | None = self.row.of_role(PropertyRole.PRINCIPAL)
        return value

    @property
    def usd(self) -> float | None:
        return self.value.amount if self.value is not None and self.value.currency == "USD" else None

    @property
    def maturity(self) -> PartialDate | None:
        moment: PartialDate | None = self.row.of_role(PropertyRole.MATURITY)
        return moment

    @property
    def maturity_year(self) -> str | None:
        due = self.maturity
        return str(due.latest.year) if due is not None and due.earliest.year == due.latest.year else None


def _debts(snapshot: Snapshot) -> Iterator[_Obligation]:
    """Every debt, by key."""
    for key, row in sorted(snapshot.entities.items()):
        issuer = row.of_role(PropertyRole.ISSUER)
        if issuer is not None:
            named = row.of_role(PropertyRole.SECURITY) or ()
            security = tuple(snapshot.links[link] for link in sorted(named) if link in snapshot.links)
            yield _Obligation(snapshot.entities[key], issuer, _state(row, snapshot), security)


def _state(debt: Row, snapshot: Snapshot) -> DebtState:
    if debt["status"] in ENDED:
        return DebtState.ENDED
    day = day_of(snapshot.lens.valid_on)
    issued, due = debt.of_role(PropertyRole.ISSUED), debt.of_role(PropertyRole.MATURITY)
    if due is not None and not snapshot.lens.lasts(due, day):
        return DebtState.DUE
    return DebtState.OUTSTANDING if issued is not None and snapshot.lens.begun(issued, day) else DebtState.PLANNED


# ---- rows


def _rows(debts: Iterable[_Obligation], by: Sequence[DebtGroup], snapshot: Snapshot) -> list[DebtRow]:
    by_group: dict[Group, list[_Obligation]] = {}
    for debt in debts:
        if debt.state in (DebtState.OUTSTANDING, DebtState.PLANNED):
            by_group.setdefault(tuple((str(name), _group_value(debt, name)) for name in by), []).append(debt)
    chronological = DebtGroup.MATURITY_YEAR in by[:1]
    by_rank = sorted(by_group.items(), key=lambda item: _rank(*item, chronological=chronological))
    return [_row(group, each, snapshot) for group, each in by_rank]


def _group_value(debt: _Obligation, by: DebtGroup) -> Any:
    match by:
        case DebtGroup.ISSUER:
            return debt.issuer
        case DebtGroup.TENANT:
            return debt.tenants or None
        case DebtGroup.MATURITY_YEAR:
            return debt.maturity_year
        case DebtGroup.INSTRUMENT:
            return debt.row.of_role(PropertyRole.INSTRUMENT)


def _rank(group: Group, debts: Iterable[_Obligation], *, chronological: bool) -> tuple[Any, ...]:
    amount = _usd(debt for debt in debts if debt.state is DebtState.OUTSTANDING) or 0.0
    keys = group_sort_key(group)
    return (keys[0], -amount, keys) if chronological else (-amount, keys)


def _row(group: Group, debts: Sequence[_Obligation], snapshot: Snapshot) -> DebtRow:
    outstanding = [debt for debt in debts if debt.state is DebtState.OUTSTANDING]
    planned = [debt for debt in debts if debt.state is DebtState.PLANNED]
    security = {link.key: link for debt in outstanding for link in debt.security}
    return DebtRow(
        group=group_to_dict(group),
        unnamed=any(_names_placeholder(value, snapshot) for _, value in group),
        value_usd=_usd(outstanding),
        no_maturity_usd=_usd(debt for debt in outstanding if debt.maturity is None),
        planned_usd=_usd(planned),
        debts=tuple(debt.row for debt in outstanding),
        without_usd=tuple(debt.row for debt in outstanding if debt.usd is None),
        planned=tuple(debt.row for debt in planned),
        security=tuple(security[key] for key in sorted(security)),
    )


def _names_placeholder(value: Any, snapshot: Snapshot) -> bool:
    return not snapshot.placeholders.isdisjoint(value if isinstance(value, tuple) else (value,))


def _usd(debts: Iterable[_Obligation]) -> float | None:
    """The sum of what is stated in US dollars; None where nothing is."""
    stated = [debt.usd for debt in debts if debt.usd is not None]
    return sum(stated) if stated else None


# ---- what is not in the sums


def _not_counted(debts: Iterable[_Obligation]) -> Iterator[NotCounted]:
    for debt in debts:
        if debt.state is DebtState.DUE:
            yield NotCounted(debt.row, f"due in {debt.maturity}")
        elif debt.state is DebtState.ENDED:
            yield NotCounted(debt.row, words(debt.row["status"]))
        elif debt.value is None:
            yield NotCounted(debt.row, "states no value")
        elif debt.usd is None:
            yield NotCounted(debt.row, f"its value of {debt.value.amount:,.0f} is in {debt.value.currency}")


def _loans(snapshot: Snapshot, borrower: str | None) -> Iterator[Row]:
    """Loans in force, signed and firm, that name no debt under which they were made."""
    scope = Scope(types=link_types(LinkRole.LOAN))
    for one in select(snapshot, scope, Flow.LINK, Weight.COUNT, parties=Parties.ANY).included.values():
        alone = one.link.of_role(PropertyRole.LENT_UNDER) is None and no_claim_reason(one.link) is None
        if alone and borrower in (None, one.head):
            yield one.link


def _assumptions(outstanding: Sequence[_Obligation]) -> Iterator[str]:
    stated = [debt for debt in outstanding if debt.usd is not None]
    bounds = [debt for debt in stated if debt.value is not None and debt.value.bound is not Bound.EXACT]
    yield f"{len(stated)} of {len(outstanding)} debts that are issued and not yet due state a value in US dollars."
    if bounds:
        yield f"{len(bounds)} of these values are bounds or rounded; they count as stated."
    yield "A facility counts with its limit, whether or not it is drawn; what has been repaid is not known."
    yield f"{sum(debt.maturity is None for debt in outstanding)} of {len(outstanding)} state no maturity."
    yield f"{sum(bool(debt.security) for debt in outstanding)} of {len(outstanding)} state contracts that secure them."


# ---- the declaration

DEBTS_OF_ROW = ListOf(RowOf("Debt"), page=PAGE_OF_LINKS)
DEBT_ROW = Record(
    "DebtRow",
    "Debts of one group.",
    (
        replace(GROUP, doc="What the debts have in common, by the name of the group; null: no source says."),
        UNNAMED,
        Column(
            "value_usd",
            float | None,
            "Principals and limits of what is issued and not yet due; null where none is stated.",
            "USD",
            header="value",
        ),
        Column(
            "no_maturity_usd",
            float | None,
            "That part of them of which no source says when it falls due.",
            "USD",
            header="no_maturity",
        ),
        Column("planned_usd", float | None, "Beside: what is not issued.", "USD", header="planned"),
        Column("issued", int, "Debts that are issued and not yet due.", value=lambda row: len(row.debts)),
        Column(
            "issued_without_usd",
            int,
            "Those of them that state no US dollars.",
            value=lambda row: len(row.without_usd),
            header="without_usd",
        ),
        Column("debts", DEBTS_OF_ROW, "Debts that are issued and not yet due, by key."),
        Column("planned", DEBTS_OF_ROW, "Debts that are not issued, by key.", header="not_issued"),
        Column("security", LINKS_OF_ROW, "Links whose payments secure what is issued.", header="secured_by"),
    ),
)
NOT_COUNTED = Record(
    "NotCounted",
    "A debt that is in no sum.",
    (
        Column("debt", RowOf("Debt"), "The debt."),
        Column("because", str, "Why it adds nothing."),
    ),
)

ANALYTICS = (
    Analytic(
        name="debt_profile",
        doc="What is owed, by issuer, by the tenants whose contracts secure it, by year of maturity and by instrument.",
        section=Section.DEBT,
        function=debt_profile,
        result=Record(
            "DebtTable",
            "Debt by group, in US dollars.",
            (
                Column("rows", ListOf(DEBT_ROW, page=None), "The largest first; by year of maturity the earliest."),
                TOTAL_COUNT,
                Column("not_counted", ListOf(NOT_COUNTED), "Debts that are in no sum, each with the reason."),
                Column(
                    "loans", ListOf(RowOf("Link")), "Loans in force of which no debt is recorded: they are in no row."
                ),
                METHOD_OF_RESULT,
            ),
        ),
        tables=(
            Listing("Debt", "rows", DEBT_ROW.columns),
            Listing("Not counted", "not_counted", NOT_COUNTED.columns, sparse=True),
            Listing(
                "Loans of which no debt is recorded",
                "loans",
                (
                    Column("link", RowOf("Link"), "The link.", value=lambda link: link),
                    Column("from", str, "Who lends.", value=lambda link: link.columns["from"]),
                    Column("to", str, "Who borrows.", value=lambda link: link.columns["to"]),
                ),
                sparse=True,
            ),
        ),
    ),
)
