"""Claims: what is owed along a link, by whom and to whom, and who lives on it."""

from __future__ import annotations

from enum import StrEnum

from graph.analytics.core.scope import Flow, ends_of, link_kind
from graph.vocabulary.enums import InvestmentInstrument, LendingRole
from graph.vocabulary.model import LinkRole, PropertyRole, Row


class Claim(StrEnum):
    """What is owed: PAYMENTS for what is delivered, or PRINCIPAL that was lent or invested; a flow and a stock, never
    added."""

    PAYMENTS = "PAYMENTS"
    PRINCIPAL = "PRINCIPAL"


def claim_of(link: Row) -> tuple[str, str] | None:
    """Who loses money, and who would have to fail for it: who delivers or funds, and who owes for it.

    None where nothing is owed."""
    return ends_of(link, Flow.DEPENDENCY) if LinkRole.CLAIM in link_kind(link).roles else None


def claim_kind(link: Row) -> Claim:
    """Money that flows against what is delivered pays for it; money that flows along is what is delivered."""
    kind = link_kind(link)
    return Claim.PRINCIPAL if kind.money_flow is kind.dependency_flow else Claim.PAYMENTS


_NO_LENDERS = frozenset({LendingRole.ARRANGER, LendingRole.AGENT})
_RIGHTS = frozenset({InvestmentInstrument.WARRANT, InvestmentInstrument.OPTION})


def no_claim_reason(link: Row) -> str | None:
    """Why a link of a claim type owes nothing; None where it owes."""
    funding, instrument = link.of_role(PropertyRole.FUNDING_ROLE), link.of_role(PropertyRole.INSTRUMENT)
    if funding in _NO_LENDERS:
        return f"an {funding.lower()} has lent nothing"
    if instrument in _RIGHTS and not link.of_role(PropertyRole.EXERCISED):
        return f"a right not yet used ({instrument.lower()}) is no stake"
    return None


def is_income(link: Row) -> bool:
    """Whether links of its type pay who delivers or lends: rent, a price, interest. A stake pays nothing that is
    owed."""
    roles = link_kind(link).roles
    return LinkRole.CLAIM in roles and (claim_kind(link) is Claim.PAYMENTS or LinkRole.LOAN in roles)
