"""Shopify as payer, whatever takes the shop's payments: refunds through its Admin API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.payments import shopify_plan as plan
from adapters.payments.shopify_return_refunds import ReturnRefunds
from adapters.shopify import documents
from adapters.shopify.amounts import AmountNotExact
from adapters.shopify.answers import (
    AdminOrder,
    ChangedOrders,
    Created,
    Installation,
    Named,
    PaidTransaction,
    Refund,
    Shop,
    UserError,
    as_provider_refund,
    number_of,
)
from adapters.shopify.client import ShopifyClient, stated
from adapters.shopify.money_left import left_of
from adapters.shopify.returns import ShownReturn
from domain import payment_keys, storefront_keys
from ports.payments import (
    AccountRefused,
    Declined,
    OutcomeUnknown,
    PaymentAccounts,
    ProviderRefund,
    RefundRequest,
)

M = TypeVar("M", bound=BaseModel)

_SCOPES: Final = ("read_orders", "write_orders")
_MAX_KEYS: Final = (
    5  # of one request; the next one follows only when Shopify says that the one before has failed
)
_IN_USE_TRIES: Final = 3
_PAUSE: Final = 0.5  # seconds before a key that is in use is tried again
_KEY_KEPT: Final = timedelta(hours=24)
IN_FLIGHT = timedelta(minutes=2)
"""How long a call without an answer may still be under way: until then what an order shows refuses nothing."""

_IN_USE: Final = "currently in progress"
_OTHER_INPUT: Final = "cannot be used with different operation parameters"
_KEY_FAILED: Final = "Retry with a new idempotency key"
_REFUSALS: Final = {
    "is greater than net payment received": "amount_too_large",
    "Order does not exist": "unknown_payment",
    "Transactions require a parent_id": "unknown_payment",
}


class ShopifyPayments:
    """The port `Payments` on Shopify.

    timeout: seconds for one request.
    now: real time.
    """

    name: Final = "shopify"

    def __init__(
        self,
        accounts: PaymentAccounts,
        *,
        timeout: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = ShopifyClient(accounts, timeout)
        self._of_return = ReturnRefunds(self._client, now)
        self._now = now

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """See the port. The order is read first, always: it shows a refund under the key, the payment and what is left of it."""
        order = await self._order(request)
        if isinstance(order, Declined):
            return order
        if (found := await self._made(order, request)) is not None:
            return found
        try:
            parent = plan.parent_of(order, request)
            shown = await self._of_return.open_return(order, request)
            refused = parent if isinstance(parent, Declined) else plan.refusal(order, request, parent)
            if refused is None and any(one.takes_money for one in order.disputes or ()):
                refused = self._disputed(request)
            if refused is not None or isinstance(parent, Declined):
                return refused or Declined(code="unknown_payment")
            if shown is not None:
                return await self._process(request, order, parent, shown)
            return await self._create(request, order, parent)
        except AmountNotExact as problem:
            raise OutcomeUnknown(f"an amount of Shopify: {problem}") from problem

    async def _process(
        self, request: RefundRequest, order: AdminOrder, parent: PaidTransaction, shown: ShownReturn
    ) -> ProviderRefund | Declined:
        """Goods and money of a return by one call. Its refusal says that nothing was paid, unless the return shows a refund."""
        refund = await self._of_return.pay(request, parent, shown)
        if refund is not None:
            return _provider_refund(refund, request, order)
        found = await self.find(request.model_copy(update={"sent_at": request.sent_at or self._now()}))
        if found is not None:
            return found
        if request.sent_at is not None and self._now() - request.sent_at < IN_FLIGHT:
            raise OutcomeUnknown("the return is refused, and a call before may still be under way")
        return Declined(code="return_refused")

    def _disputed(self, request: RefundRequest) -> Declined:
        """Refused, unless a call that was sent before the dispute was as_provider_refund may still pay."""
        last = request.last_sent_at or request.sent_at
        if last is not None and self._now() - last < IN_FLIGHT:
            raise OutcomeUnknown("a dispute was opened while the refund was under way")
        return Declined(code="charge_disputed")

    async def _create(
        self, request: RefundRequest, order: AdminOrder, parent: PaidTransaction
    ) -> ProviderRefund | Declined:
        wanted = plan.refund_input(order, request, parent)
        for number in range(1, _MAX_KEYS + 1):
            created = await self._send(wanted, request, number)
            if created.refund is not None:
                return _provider_refund(created.refund, request, order)
            if not created.user_errors:
                raise OutcomeUnknown("neither a refund nor a refusal")
            if any(_KEY_FAILED in error.message for error in created.user_errors):
                if (found := await self.find(request)) is not None:
                    return found
                continue
            return await self._refused(created.user_errors, request)
        raise OutcomeUnknown("Shopify refuses every key")

    async def _send(self, wanted: dict[str, Any], request: RefundRequest, number: int) -> Created:
        """One call; a key that is in use is tried again a little later, as Shopify asks for."""
        variables = {"input": wanted, "key": payment_keys.refund_call(request.key, number)}
        for _ in range(_IN_USE_TRIES):
            data = await self._client.call(request.merchant, documents.CREATE, variables)
            created = _read(Created, data.get("refundCreate"))
            if not any(_IN_USE in error.message for error in created.user_errors):
                return created
            await asyncio.sleep(_PAUSE)
        raise OutcomeUnknown("the key is in use")

    async def _refused(
        self, errors: Sequence[UserError], request: RefundRequest
    ) -> ProviderRefund | Declined:
        """What a refusal means. One that is not known may be about the key: while it is kept, it proves nothing."""
        if (found := await self.find(request)) is not None:
            return found
        if any(_OTHER_INPUT in error.message for error in errors):
            raise OutcomeUnknown("the key was used with other parameters")
        for text, code in _REFUSALS.items():
            if any(text in error.message for error in errors):
                return await self._declined(code, request)
        if request.sent_at is not None and self._now() - request.sent_at < _KEY_KEPT:
            raise OutcomeUnknown("a refusal that is not known")
        return Declined(code="refused")

    async def _declined(self, code: str, request: RefundRequest) -> Declined:
        """With what is left, where the order shows it."""
        order = await self._order(request)
        parent = order if isinstance(order, Declined) else plan.parent_of(order, request)
        if code != "amount_too_large" or isinstance(order, Declined) or isinstance(parent, Declined):
            return Declined(code=code)
        left = left_of(order, parent)
        return Declined(code=code, left=left if left < request.amount else None)

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """See the port. The note of a refund holds our key."""
        order = await self._order(request)
        if isinstance(order, Declined) and request.sent_at is not None:
            raise OutcomeUnknown("the order of a refund that was sent cannot be seen any more")
        return None if isinstance(order, Declined) else await self._made(order, request)

    async def _made(self, order: AdminOrder, request: RefundRequest) -> ProviderRefund | None:
        """The refund under that key. Raises OutcomeUnknown where the order has more refunds than are shown."""
        for named in order.refunds:
            noted = payment_keys.refund_in_note(named.note or "")
            if noted is not None and noted.key == request.key:
                refunds = await self._refunds(request.merchant, [named])
                return _provider_refund(refunds[0], request, order)
        if len(order.refunds) >= documents.MAX_REFUNDS:
            raise OutcomeUnknown("more refunds than can be looked through")
        parent = plan.parent_of(order, request) if request.goods is not None else None
        if isinstance(parent, PaidTransaction):
            refund = await self._of_return.made(order, request, parent)
            return _provider_refund(refund, request, order) if refund is not None else None
        return None

    async def _order(self, request: RefundRequest) -> AdminOrder | Declined:
        name = plan.order_of(request)
        if not name:
            return Declined(code="unknown_payment")
        data = await self._client.call(request.merchant, documents.ORDER, {"id": name})
        if "order" in data and data["order"] is None:
            return Declined(code="unknown_payment")
        order = _read(AdminOrder, data.get("order"))
        if order.id != name:
            raise OutcomeUnknown("the answer is about another order")
        return order

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """See the port. Shopify has no list of refunds: those of all orders that changed since then, also older ones."""
        after: str | None = None
        while True:
            variables = {"query": f"updated_at:>='{stated(since)}'", "after": after}
            data = await self._client.call(merchant, documents.CHANGED, variables)
            page = _read(ChangedOrders, data.get("orders"))
            for order in page.nodes:
                named = order.refunds
                if len(named) >= documents.REFUNDS_OF_PAGE:
                    named = await self._all_refunds(merchant, order.id)
                for refund in await self._refunds(merchant, named):
                    if storefront_keys.record_in_note(refund.note or "") is None:
                        for one in _paid(refund):
                            yield _exact(refund, one)
            after = page.page_info.end_cursor
            if not page.page_info.has_next_page or after is None:
                return

    async def _all_refunds(self, merchant: str, order: str) -> Sequence[Named]:
        data = await self._client.call(merchant, documents.ORDER, {"id": order})
        refunds = _read(AdminOrder, data.get("order")).refunds
        if len(refunds) >= documents.MAX_REFUNDS:
            raise OutcomeUnknown("more refunds than can be looked through")
        return refunds

    async def _refunds(self, merchant: str, named: Sequence[Named]) -> list[Refund]:
        found: list[Refund] = []
        for start in range(0, len(named), documents.REFUNDS_OF_PAGE):
            ids = [one.id for one in named[start : start + documents.REFUNDS_OF_PAGE]]
            data = await self._client.call(merchant, documents.REFUNDS, {"ids": ids})
            nodes = data.get("nodes")
            read = [_read(Refund, one) for one in nodes] if isinstance(nodes, list) else []
            if [one.id for one in read] != ids:
                raise OutcomeUnknown("the answer is about other refunds")
            found += read
        return found

    async def check(self, merchant: str) -> str:
        """See the port. An access token without the scopes of refunds is refused."""
        data = await self._client.call(merchant, documents.SHOP, {})
        shop = _read(Shop, data.get("shop"))
        scopes = {
            scope.handle for scope in _read(Installation, data.get("currentAppInstallation")).access_scopes
        }
        missing = [scope for scope in _SCOPES if scope not in scopes]
        if missing:
            raise AccountRefused(f"the access token lacks the scope {missing[0]}")
        return f"{shop.name} ({shop.myshopify_domain})"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _provider_refund(refund: Refund, request: RefundRequest, order: AdminOrder) -> ProviderRefund:
    """The refund of that request, under the payment's name that the request has. Raises OutcomeUnknown for another one."""
    noted, paid = payment_keys.refund_in_note(refund.note or ""), _paid(refund)
    if refund.order.id != order.id or noted is None or noted.key != request.key or len(paid) != 1:
        raise OutcomeUnknown("the answer is about another refund")
    return _exact(refund, paid[0]).model_copy(update={"payment": request.payment})


def _paid(refund: Refund) -> list[PaidTransaction]:
    return [one for one in refund.transactions.nodes if one.kind == "REFUND"]


def _exact(refund: Refund, one: PaidTransaction) -> ProviderRefund:
    try:
        return as_provider_refund(refund, one)
    except AmountNotExact as problem:
        raise OutcomeUnknown(f"the amount of refund {number_of(refund.id)}: {problem}") from problem


def _read(model: type[M], part: object) -> M:
    try:
        return model.model_validate(part)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(place) for place in first["loc"]) or model.__name__
        raise OutcomeUnknown(f"an answer whose {where} cannot be read") from None
