"""Routes of the ledger: the journal for accounting, the trial balance, and statements of orders and of customers' credit."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from api.http.response_headers import next_page
from api.request_context import order_of
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.ledger_reports import AccountTotal, CreditLine, LedgerLine, Period, csv_of
from services.paging import PageRequest

_FINANCE = {Role.FINANCE, Role.SENIOR_AGENT, Role.ADMIN}


class PeriodQuery(Frozen):
    """A period of business time."""

    since: SentInstant | None = None
    """From then on; without it from the beginning."""
    until: SentInstant | None = None
    """Before then; without it up to now."""

    def period(self) -> Period:
        """Raises Problem invalid_query for a period that ends before it begins."""
        if self.since and self.until and self.until <= self.since:
            raise Problem("invalid_query", "`until` is after `since`.")
        return Period(since=self.since, until=self.until)


class LedgerQuery(PeriodQuery):
    """Which lines of the journal, and as what."""

    format: Literal["json", "csv"] | None = None
    """`csv` for a table; without it `Accept` decides: `text/csv` or JSON."""
    limit: Annotated[int, Field(ge=1, le=5000)] = 500
    """At most so many lines."""
    cursor: Annotated[str, Field(max_length=512)] | None = None
    """`next` of the page before; of CSV it is in the header `Link`."""


class LedgerLineList(Frozen):
    """A page of the journal."""

    items: tuple[LedgerLine, ...]
    """The lines of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class TrialBalance(Frozen):
    """All accounts by class and currency. The closing balances of one currency sum to zero."""

    items: tuple[AccountTotal, ...]
    """One entry per currency and class."""
    balanced: bool
    """Whether opening, debits less credits, and closing sum to zero in every currency, as they must."""
    next: None = None
    """Always null: all are here."""


class OrderStatement(Frozen):
    """The money of one order: where it stands, and each line of the journal that moved it."""

    accounts: tuple[AccountTotal, ...]
    """Where it stands now, by class of accounts."""
    items: tuple[LedgerLine, ...]
    """The lines of this page, oldest first."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class CreditStatement(Frozen):
    """A page of a customer's credit statement."""

    items: tuple[CreditLine, ...]
    """The changes of this page, oldest first."""
    next: str | None
    """`cursor` of the next page; null on the last."""


@endpoint("GET", "/v1/reports/ledger", roles=_FINANCE, tags=("reports",), alternative="text/csv")
async def list_ledger(call: Call[Services], query: LedgerQuery) -> Response[LedgerLineList]:
    """The journal for accounting, as JSON or CSV: each posting with its entry, account, debit and credit.

    `smot ledger` writes the whole of a period into one file.
    """
    page = PageRequest(limit=query.limit, cursor=query.cursor)
    found = await call.services.merchants.ledger.lines(call.merchant, query.period(), page)
    accepted = call.request.headers.get("Accept", "")
    if query.format == "csv" or (query.format is None and accepted.startswith("text/csv")):
        return Response(
            csv_of(found.items), headers=next_page(call.request, {"items": (), "next": found.next})
        )
    return Response(LedgerLineList(items=tuple(found.items), next=found.next))


@endpoint("GET", "/v1/reports/trial-balance", roles=_FINANCE, tags=("reports",))
async def get_trial_balance(call: Call[Services], query: PeriodQuery) -> TrialBalance:
    """Opening balance, debits, credits and closing balance of each class of accounts, per currency."""
    totals = await call.services.merchants.ledger.trial_balance(call.merchant, query.period())
    return TrialBalance(items=tuple(totals), balanced=_is_balanced(totals))


@endpoint("GET", "/v1/orders/{order}/statement", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def get_order_statement(call: Call[Services], query: PageQuery) -> OrderStatement:
    """The money of one order, line by line: paid in, reserved, paid back, as credit, taken back."""
    order = await order_of(call)
    ledger = call.services.merchants.ledger
    found = await ledger.lines(call.merchant, Period(), query.page(), order.id)
    accounts = await ledger.trial_balance(call.merchant, Period(), order.id)
    return OrderStatement(accounts=tuple(accounts), items=tuple(found.items), next=found.next)


@endpoint(
    "GET", "/v1/customers/{customer}/credit/statement", roles=STAFF | {Role.FINANCE, Role.STOREFRONT}, tags=("customers",)
)  # fmt: skip
async def get_credit_statement(call: Call[Services], query: PageQuery) -> CreditStatement:
    """Every change of a customer's store credit with the balance after it, oldest first."""
    ledger = call.services.merchants.ledger
    found = await ledger.credit_statement(call.merchant, call.path["customer"], query.page())
    return CreditStatement(items=tuple(found.items), next=found.next)


def _is_balanced(totals: list[AccountTotal]) -> bool:
    currencies = {total.currency for total in totals}
    of = {one: [total for total in totals if total.currency == one] for one in currencies}
    return all(
        sum(total.opening for total in some) == sum(total.closing for total in some) == 0
        for some in of.values()
    )
