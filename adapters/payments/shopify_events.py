"""Shopify's webhooks about money: refunds, their transactions, and disputes.

The signature covers the body and neither topic nor shop, so the body alone says what it is: a dispute has a time by which
evidence is due, a refund has lines, a transaction has a parent.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from adapters import untrusted_json
from adapters.hmac_signature import verify_hmac
from adapters.shopify.amounts import AmountNotExact, from_decimal
from adapters.shopify.answers import Gid, number_of, payment_name, state_of
from domain import keys, payment_keys
from domain.model.dispute import DisputeState
from domain.money import Money
from ports.inbound_webhooks import InvalidPayload
from ports.payments import PaymentEvents, ProviderDispute, ProviderRefund

TOPICS: Final = (
    "refunds/create",
    "order_transactions/create",
    "order_transactions/update",
    "disputes/create",
    "disputes/update",
)
"""What a merchant subscribes to."""

_Id = Annotated[int, Field(ge=1, lt=2**63)]
_Word = Annotated[str, StringConstraints(max_length=255)]
_Amount = Annotated[str, StringConstraints(max_length=24)]


class _WebhookPart(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _Currency(_WebhookPart):
    currency: _Word


class _Bag(_WebhookPart):
    shop_money: _Currency


class _Transaction(_WebhookPart):
    """amount, currency: the buyer's. total_unsettled_set: names the shop's currency, and is read for nothing else."""

    id: _Id
    admin_graphql_api_id: Gid | None = None
    order_id: _Id
    parent_id: _Id | None = None
    kind: _Word
    status: _Word
    amount: _Amount
    currency: _Word | None = None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None = None
    error_code: _Word | None = None
    total_unsettled_set: _Bag | None = None

    @property
    def reference(self) -> str:
        """The id; numbers above 2^53 are rounded in some bodies, the global id is not."""
        return number_of(self.admin_graphql_api_id) if self.admin_graphql_api_id else str(self.id)


class _Refund(_WebhookPart):
    order_id: _Id
    note: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    refund_line_items: Annotated[list[object], Field(max_length=1000)]
    transactions: Annotated[list[_Transaction], Field(max_length=100)]


class _Dispute(_WebhookPart):
    id: _Id
    order_id: _Id | None = None
    type: _Word
    amount: _Amount
    currency: _Word
    reason: _Word = ""
    status: _Word
    evidence_due_by: AwareDatetime | None
    evidence_sent_on: AwareDatetime | None = None
    finalized_on: AwareDatetime | None = None
    initiated_at: AwareDatetime


class ShopifyEvents:
    """The source `shopify` of payments."""

    name: Final = "shopify"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
        """See the port. Shopify signs no time, so an old message cannot be told from one that is repeated."""
        verify_hmac(secrets, body, headers.get("X-Shopify-Hmac-Sha256", ""), _header)
        webhook = headers.get("X-Shopify-Webhook-Id", "")
        webhook = webhook if untrusted_json.is_valid_id(webhook) else keys.content(body)
        shop = untrusted_json.sanitize(headers.get("X-Shopify-Shop-Domain", "").casefold(), 100)
        topic = untrusted_json.sanitize(headers.get("X-Shopify-Topic", ""), 64)
        return keys.storefront_delivery(shop, topic, webhook)

    def read(self, body: bytes) -> PaymentEvents:
        """See the port. Raises InvalidPayload."""
        content = untrusted_json.parse(body)
        delivery = keys.content(body)
        if not isinstance(content, dict):
            raise InvalidPayload("body: not an object")
        with untrusted_json.FieldErrors("body"):
            if "evidence_due_by" in content:
                return _dispute_events(delivery, _Dispute.model_validate(content))
            if "refund_line_items" in content:
                refund = _Refund.model_validate(content)
                return _refund_events(delivery, refund.transactions, refund.note or "")
            if "parent_id" in content and "kind" in content:
                return _refund_events(delivery, [_Transaction.model_validate(content)], "")
        return PaymentEvents(delivery=delivery)


def _refund_events(delivery: str, transactions: Sequence[_Transaction], note: str) -> PaymentEvents:
    """The refunds that the transactions are. One without a readable amount is named, unless it only repeats a success."""
    refunds, unreadable = [], ""
    noted = payment_keys.refund_in_note(note)
    for place, one in enumerate(transactions):
        if one.kind != "refund":
            continue
        amount = _amount(one, noted)
        if amount is not None:
            refunds.append(_provider_refund(one, amount, noted.key if noted else ""))
        elif state_of(one.status) == "failed":
            unreadable = unreadable or f"/transactions/{place}/amount"
    return PaymentEvents(delivery=delivery, refunds=tuple(refunds), unreadable=unreadable)


def _amount(one: _Transaction, noted: payment_keys.NotedRefund | None) -> Money | None:
    """The amount in the shop's currency; None where the body states only the buyer's."""
    shop = one.total_unsettled_set.shop_money.currency if one.total_unsettled_set else one.currency
    if noted is not None and noted.amount.currency != one.currency:
        return noted.amount
    if one.currency is None or shop != one.currency:
        return None
    try:
        return from_decimal(one.amount, one.currency)
    except AmountNotExact:
        return None


def _provider_refund(one: _Transaction, amount: Money, key: str) -> ProviderRefund:
    parent = str(one.parent_id) if one.parent_id is not None else ""
    return ProviderRefund(
        reference=one.reference,
        key=key,
        payment=payment_name(str(one.order_id), parent),
        payment_alias=payment_name(str(one.order_id)),
        amount=amount,
        state=state_of(one.status),
        raw_state=one.status.upper(),
        reason=one.error_code or "",
        at=one.processed_at or one.created_at,
    )


def _dispute_events(delivery: str, one: _Dispute) -> PaymentEvents:
    try:
        amount = from_decimal(one.amount, one.currency)
    except AmountNotExact:
        return PaymentEvents(delivery=delivery, unreadable="/amount")
    if one.order_id is None:
        return PaymentEvents(delivery=delivery, unreadable="/order_id")
    dispute = ProviderDispute(
        reference=str(one.id),
        payment=payment_name(str(one.order_id)),
        amount=amount,
        state=_dispute_state(one),
        raw_state=one.status.upper(),
        reason=one.reason,
        respond_by=one.evidence_due_by,
        at=one.finalized_on or one.evidence_sent_on or one.initiated_at,
    )
    return PaymentEvents(delivery=delivery, disputes=(dispute,))


def _dispute_state(one: _Dispute) -> DisputeState:
    """A dispute that was prevented, or ended by a refund, does not say who has the money: a person does. So does a new word."""
    if one.status in ("lost", "accepted"):
        return "lost"
    if one.status == "won":
        return "withdrawn" if one.type == "inquiry" else "won"
    if one.status not in ("needs_response", "under_review"):
        return "unclear"
    if one.type == "inquiry":
        return "inquiry"
    return "needs_response" if one.status == "needs_response" else "under_review"


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
