"""Returns as their journeys last wrote them: found by id or code, listed, read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.model.risk import RiskAssessment
from domain.returns.customer_return import CustomerReturn, customer_return
from domain.returns.named_receipts import return_of_receipt
from domain.returns.views import ReturnStatus, ReturnView, return_view
from services.drop_off_codes import DropOffCodes
from services.order_reader import OrderReader
from services.paging import Page, PageRequest
from store.merchants.clock import Clocks
from store.orders.named_orders import FoundReturn
from store.orders.returns import Returns

__all__ = ["FoundReturn", "ReturnDetails", "ReturnReader"]


@dataclass(frozen=True)
class ReturnDetails:
    """A return as it stands.

    for_customer: the same as its customer sees it.
    verdict: `needs_agent` while an agent has to decide first.
    code: what hands its goods in, while that is possible; else None.
    risk: the points that decided when its money comes, for staff.
    item_reasons: by line, why its units come back.
    """

    view: ReturnView
    for_customer: CustomerReturn
    verdict: Literal["accepted", "needs_agent"]
    code: str | None
    risk: RiskAssessment | None = None
    item_reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReturnReader:
    """Reads of one merchant's returns. A return of another merchant is never found."""

    orders: OrderReader
    returns: Returns
    codes: DropOffCodes
    clocks: Clocks

    async def find(self, merchant: str, return_id: str) -> FoundReturn | None:
        """By our `ret_…`."""
        return await self.orders.names.find_return(merchant, return_id)

    async def find_by_code(self, merchant: str, code: str) -> FoundReturn | None:
        """By its drop-off code, as a customer shows or types it."""
        return await self.orders.names.find_by_code(merchant, self.codes.hash(code))

    async def find_by_number(self, merchant: str, number: str) -> FoundReturn | None:
        """By its number, as the customer reads it; None where several have it."""
        return await self.orders.names.find_by_number(merchant, number)

    async def find_by_order(
        self, merchant: str, order: str, receipts: Collection[str]
    ) -> dict[str, FoundReturn | None]:
        """For each of these receipts the return of that order: the one that has it, else the one that waits for goods.

        None where no return waits, or several do.
        """
        found = await self.orders.find(merchant, order)
        if found is None:
            return dict.fromkeys(receipts)
        cases = (await self.orders.state(found)).state.returns
        of = {receipt: return_of_receipt(cases, receipt) for receipt in receipts}
        return {receipt: FoundReturn(found, case.return_id) if case else None for receipt, case in of.items()}

    async def page(
        self, merchant: str, page: PageRequest, status: ReturnStatus | None = None
    ) -> Page[ReturnView]:
        """The merchant's returns, newest first. Raises BadCursor."""
        found = await self.returns.page(merchant, limit=page.limit, cursor=page.cursor, status=status)
        views = []
        for row in found.items:
            snapshot = await self.orders.snapshot(merchant, row.order)
            case = snapshot.state.case(row.id) if snapshot else None
            if snapshot and case:
                views.append(return_view(snapshot.state, case))
        return Page(views, found.next)

    async def details(self, found: FoundReturn) -> ReturnDetails | None:
        """The return as last committed; None while its journey does not know it."""
        state = (await self.orders.state(found.order)).state
        case = state.case(found.return_id)
        if case is None:
            return None
        now = await self.clocks.business_now(found.order.merchant)
        valid = case.code_state(now) == "valid"
        return ReturnDetails(
            view=return_view(state, case),
            for_customer=await self.orders.opened_return(customer_return(state, case, now)),
            verdict="needs_agent" if case.decision == "in_review" else "accepted",
            code=self.codes.code(found.return_id) if valid else None,
            risk=case.risk,
            item_reasons={item.line_id: item.reason for item in case.quote.items},
        )
