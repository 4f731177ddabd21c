"""The requests that are made to one Stripe account, and the answers as they are read."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final, cast

import stripe
from pydantic import BaseModel, Field, ValidationError

from adapters.payments.stripe_client import BoundedHttpClient, StripeDeclined, open_client, outcome
from adapters.payments.stripe_refunds import LEG, ORDER, StripeRefund
from ports.payments import AccountRefused, OutcomeUnknown, PaymentAccount, RefundRequest

_PAGE: Final = 100
_MAX_PAGES: Final = 1000
_LONGEST_VALUE: Final = 500  # of metadata
_DISPUTES: Final = [
    f"charge.dispute.{step}"
    for step in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
]
_CHANGES: Final = ["refund.updated", "refund.failed", "charge.refund.updated"]


class _Page(BaseModel):
    data: Annotated[list[dict[str, Any]], Field(max_length=_PAGE)]
    has_more: bool


class StripeCharge(BaseModel):
    """What a payment holds, in Stripe's units."""

    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    amount_captured: Annotated[int, Field(ge=0)]
    amount_refunded: Annotated[int, Field(ge=0)]


class StripeCalls:
    """Each method is one request or one list. Raises StripeDeclined, AccountRefused, KeptFailure, OutcomeUnknown."""

    def __init__(self, account: PaymentAccount, http: BoundedHttpClient) -> None:
        self._account = account
        self._client = open_client(account, http)

    async def create(self, request: RefundRequest, units: int, key: str) -> StripeRefund:
        """POST a refund once: the SDK's own retries are off, so that each retry follows a look-up."""
        params = {
            **payment_param(request.payment),
            "amount": units,
            "metadata": {LEG: request.key, ORDER: request.order[:_LONGEST_VALUE]},
        }
        options: stripe.RequestOptions = {"idempotency_key": key, "max_network_retries": 0}
        made = await outcome(self._client.v1.refunds.create_async(cast(Any, params), options))
        return _as_refund(_plain(made))

    async def refunds_of(self, payment: str) -> AsyncIterator[StripeRefund]:
        """All refunds of a payment, newest first."""
        async for one in self._listed(self._client.v1.refunds.list_async, dict(payment_param(payment))):
            yield _as_refund(one)

    async def refunds_since(self, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Refunds that were made since then, as they are now."""
        params = {"created": {"gte": int(since.timestamp())}}
        async for one in self._listed(self._client.v1.refunds.list_async, params):
            yield one

    async def changes_since(self, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Events about refunds that changed since then, newest first; Stripe keeps them for 30 days."""
        params = {"types": _CHANGES, "created": {"gte": int(since.timestamp())}}
        async for one in self._listed(self._client.v1.events.list_async, params):
            yield one

    async def dispute_events_since(self, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Events about disputes since then, newest first; Stripe keeps them for 30 days."""
        params = {"types": _DISPUTES, "created": {"gte": int(since.timestamp())}}
        async for one in self._listed(self._client.v1.events.list_async, params):
            yield one

    async def open_link(self, params: dict[str, Any], key: str) -> object:
        """POST a payment link. The same key again is the same link."""
        options: stripe.RequestOptions = {"idempotency_key": key}
        return _plain(await outcome(self._client.v1.payment_links.create_async(cast(Any, params), options)))

    async def close_link(self, link: str) -> None:
        """A payment link takes no further payment."""
        await outcome(self._client.v1.payment_links.update_async(link, {"active": False}))

    async def sessions_of(self, link: str) -> AsyncIterator[dict[str, Any]]:
        """The checkout sessions of a payment link, newest first."""
        async for one in self._listed(self._client.v1.checkout.sessions.list_async, {"payment_link": link}):
            yield one

    async def charge_of(self, payment: str) -> StripeCharge:
        """The charge of a payment; one that captured nothing for an intent without a charge."""
        if "payment_intent" in payment_param(payment):
            expand: Any = {"expand": ["latest_charge"]}
            found = _plain(await outcome(self._client.v1.payment_intents.retrieve_async(payment, expand)))
            if isinstance(found, dict) and found.get("object") == "payment_intent":
                unpaid = {"currency": found.get("currency"), "amount_captured": 0, "amount_refunded": 0}
                found = found.get("latest_charge") or unpaid
        else:
            found = _plain(await outcome(self._client.v1.charges.retrieve_async(payment)))
        try:
            return StripeCharge.model_validate(found)
        except ValidationError:
            raise OutcomeUnknown("a charge that cannot be read") from None

    async def account_name(self) -> str:
        """The account's name and id, once lists prove that the key may read refunds and events.

        A restricted key need not be allowed to read the account; then it is the id that the merchant stated.
        """
        await outcome(self._client.v1.refunds.list_async({"limit": 1}))
        await outcome(self._client.v1.events.list_async({"limit": 1}))
        try:
            found = _plain(await outcome(self._client.v1.accounts.retrieve_current_async()))
        except AccountRefused:
            return self._account.account or "a Stripe account whose name the key may not read"
        if not isinstance(found, dict) or found.get("object") != "account":
            raise OutcomeUnknown("an account that cannot be read")
        profile = found.get("business_profile") or {}
        name = profile.get("name") if isinstance(profile, dict) else None
        return f"{name} ({found.get('id')})"[:200] if name else str(found.get("id"))[:200]

    async def _listed(self, fetch: Any, params: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        cursor: dict[str, Any] = {}
        for _ in range(_MAX_PAGES):
            found = _plain(await outcome(fetch({**params, **cursor, "limit": _PAGE})))
            try:
                page = _Page.model_validate(found)
                cursor = {"starting_after": page.data[-1]["id"]} if page.data else {}
            except (ValidationError, KeyError):
                raise OutcomeUnknown("a list that cannot be read") from None
            for one in page.data:
                yield one
            if not (page.has_more and cursor):
                return
        raise OutcomeUnknown(f"more than {_MAX_PAGES} pages")


def payment_param(payment: str) -> dict[str, str]:
    """The parameter that names a payment. Raises StripeDeclined for an id that is neither an intent's nor a charge's."""
    if payment.startswith("pi_"):
        return {"payment_intent": payment}
    if payment.startswith(("ch_", "py_")):
        return {"charge": payment}
    raise StripeDeclined(404, "resource_missing", "payment_intent")


def _plain(answer: object) -> object:
    """The answer as plain JSON values, whatever kind of object the SDK made of it."""
    return answer.to_dict() if isinstance(answer, stripe.StripeObject) else answer


def _as_refund(found: object) -> StripeRefund:
    try:
        return StripeRefund.model_validate(found)
    except ValidationError:
        raise OutcomeUnknown("an answer that is no refund") from None
