"""Stripe: refunds through the merchant's own account, or through an account connected to the platform's."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from adapters.payments.stripe_amounts import NotRepresentable, from_stripe, to_stripe
from adapters.payments.stripe_refunds import LEG, StripeRefund, created_at, instant, provider_refund
from domain.money import Money
from ports.payments import (
    AccountRefused,
    Declined,
    OutcomeUnknown,
    PaymentAccount,
    PaymentAccounts,
    ProviderRefund,
    RefundRequest,
)

if TYPE_CHECKING:
    from adapters.payments.stripe_calls import StripeCalls, StripeCharge
    from adapters.payments.stripe_client import BoundedHttpClient

IN_FLIGHT = timedelta(minutes=1)
"""After a 500 Stripe may still repair what it left half done, so another key waits so long after the first sending."""
_MAX_KEYS: Final = 5
_MAX_ACCOUNTS: Final = 500
_EVENTS_KEPT: Final = timedelta(days=30)
_ABOVE_WHAT_IS_LEFT: Final = "amount_above_remaining"
"""Our name for Stripe's only refusal without a code: 400 about `amount`."""


class StripePayments:
    """The port `Payments` on Stripe.

    timeout: seconds for one request.
    now: real time.
    """

    name: Final = "stripe"

    def __init__(
        self,
        accounts: PaymentAccounts,
        *,
        timeout: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts = accounts
        self._timeout = timeout
        self._now = now
        self._http: BoundedHttpClient | None = None
        self._opened: dict[str, tuple[PaymentAccount, StripeCalls]] = {}

    async def refund(self, request: RefundRequest) -> ProviderRefund | Declined:
        """See the port. A request that was sent before is looked up first, as Stripe forgets a key after a day.

        Raises OutcomeUnknown.
        """
        from adapters.payments.stripe_client import StripeDeclined

        calls = await self.calls_of(request.merchant)
        try:
            units = to_stripe(request.amount)
        except NotRepresentable:
            return Declined(code="amount_not_representable")
        if request.sent_at is not None and (found := await self._find(calls, request)):
            return found
        try:
            charge = await calls.charge_of(request.payment)
            if code := _cannot_pay(charge, request.amount):
                return Declined(code=code)
            return await self._create(calls, request, units)
        except StripeDeclined as refusal:
            code = refusal.code or (_ABOVE_WHAT_IS_LEFT if refusal.param == "amount" else "invalid_request")
        if code not in (_ABOVE_WHAT_IS_LEFT, "charge_already_refunded"):
            return Declined(code=code)
        # An earlier sending of this very refund may be what used the payment up.
        return await self._find(calls, request) or Declined(code=code, left=await _left(calls, request))

    async def _create(self, calls: "StripeCalls", request: RefundRequest, units: int) -> ProviderRefund:
        """POST it. An answer 500 that is kept under a key gets the next key, because the look-up found no refund."""
        from adapters.payments.stripe_client import KeptFailure

        for number in range(1, _MAX_KEYS + 1):
            key = request.key if number == 1 else f"{request.key}~{number}"
            try:
                made = await calls.create(request, units, key)
            except KeptFailure:
                is_early = request.sent_at is None or self._now() - request.sent_at < IN_FLIGHT
                if is_early or number == _MAX_KEYS:
                    raise
                continue
            return _verified(made, request, units)
        raise AssertionError("the last key returns or raises")

    async def find(self, request: RefundRequest) -> ProviderRefund | Declined | None:
        """See the port: the list of the payment's refunds, by our key in their metadata. Raises OutcomeUnknown."""
        return await self._find(await self.calls_of(request.merchant), request)

    async def _find(self, calls: "StripeCalls", request: RefundRequest) -> ProviderRefund | None:
        from adapters.payments.stripe_client import StripeDeclined

        try:
            listed = [one async for one in calls.refunds_of(request.payment)]
        except StripeDeclined as refusal:
            if request.sent_at is None:
                return None
            # The account may be another one now than the one that it was sent to.
            raise OutcomeUnknown(f"the payment cannot be looked up: {refusal}") from None
        ours = [one for one in listed if (one.metadata or {}).get(LEG) == request.key]
        ours.sort(key=lambda one: (one.status in ("failed", "canceled"), one.created))
        return _converted(ours[0], None, request.payment) if ours else None

    async def refunds_since(self, merchant: str, since: datetime) -> AsyncIterator[ProviderRefund]:
        """See the port. Changes of refunds that were made before `since` are known for 30 days back.

        What cannot be read is left out until the end, and then raises OutcomeUnknown.
        """
        calls = await self.calls_of(merchant)
        seen: set[str] = set()
        unread: list[str] = []
        async for found, at in _made_or_changed(calls, max(since, self._now() - _EVENTS_KEPT), since):
            try:
                refund = StripeRefund.model_validate(found)
                if refund.id in seen:
                    continue
                seen.add(refund.id)
                converted = provider_refund(refund, at)
            except (ValidationError, ValueError):
                unread.append(str(found.get("id"))[:100])
                continue
            yield converted
        if unread:
            raise OutcomeUnknown(f"{len(unread)} refunds cannot be read, the first is {unread[0]}")

    async def dispute_messages(self, merchant: str, since: datetime) -> AsyncIterator[bytes]:
        """See `ports.payments.DisputeMessages`. Stripe keeps them for 30 days. Raises OutcomeUnknown."""
        calls = await self.calls_of(merchant)
        async for event in calls.dispute_events_since(max(since, self._now() - _EVENTS_KEPT)):
            yield json.dumps(event).encode()

    async def check(self, merchant: str) -> str:
        """See the port. Raises OutcomeUnknown."""
        from adapters.payments.stripe_client import StripeDeclined

        try:
            return await (await self.calls_of(merchant)).account_name()
        except StripeDeclined as refusal:
            raise AccountRefused(f"it refuses the account: {refusal}") from None

    async def calls_of(self, merchant: str) -> "StripeCalls":
        """The merchant's account. The SDK is imported with the first one: it takes a seventh of a second."""
        from adapters.payments.stripe_calls import StripeCalls
        from adapters.payments.stripe_client import BoundedHttpClient

        account = await self._accounts.account(merchant, self.name)
        if account is None:
            raise AccountRefused("the merchant has no Stripe account")
        known, calls = self._opened.get(merchant, (None, None))
        if calls is not None and known == account:
            return calls
        self._http = self._http or BoundedHttpClient(self._timeout)
        if len(self._opened) >= _MAX_ACCOUNTS:
            self._opened.clear()
        calls = StripeCalls(account, self._http)
        self._opened[merchant] = (account, calls)
        return calls

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close_async()


async def _made_or_changed(
    calls: "StripeCalls", changed_since: datetime, made_since: datetime
) -> AsyncIterator[tuple[dict[str, Any], datetime | None]]:
    """Refunds made since then as they are now, then the newest state of others that changed, each with its time if known."""
    async for made in calls.refunds_since(made_since):
        yield made, None
    async for event in calls.changes_since(changed_since):
        data = event.get("data")
        found = data.get("object") if isinstance(data, dict) else None
        created = event.get("created")
        if isinstance(found, dict):
            yield found, instant(created) if isinstance(created, int) else None


def _cannot_pay(charge: "StripeCharge", amount: Money) -> str:
    """Why the payment cannot pay that amount back; empty where it can.

    Stripe is told an amount without its currency and pays in the charge's own. A whole refund of a charge that was not
    captured succeeds there as a release: nothing would be paid back.
    """
    if charge.currency.upper() != amount.currency:
        return "currency_mismatch"
    return "" if charge.amount_captured else "charge_not_captured"


def _verified(made: StripeRefund, request: RefundRequest, units: int) -> ProviderRefund:
    """The refund, if it is the one that was asked for. Raises OutcomeUnknown for another one."""
    is_ours = (
        made.amount == units
        and made.currency.upper() == request.amount.currency
        and request.payment in (made.payment_intent, made.charge)
        and (made.metadata or {}).get(LEG) == request.key
    )
    if not is_ours:
        raise OutcomeUnknown("an answer about another refund")
    return _converted(made, created_at(made), request.payment)


def _converted(refund: StripeRefund, at: datetime | None, payment: str) -> ProviderRefund:
    try:
        return provider_refund(refund, at, payment)
    except ValueError:
        raise OutcomeUnknown("a refund with an amount that cannot be read") from None


async def _left(calls: "StripeCalls", request: RefundRequest) -> Money | None:
    """What the payment still holds, if Stripe says so now: a help for people, not a condition."""
    from adapters.payments.stripe_client import StripeDeclined

    try:
        charge = await calls.charge_of(request.payment)
        return from_stripe(charge.amount_captured - charge.amount_refunded, charge.currency)
    except (OutcomeUnknown, StripeDeclined, NotRepresentable):
        return None
