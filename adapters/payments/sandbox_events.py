"""Webhooks of the sandbox provider, for trials: what real providers report, in words of our own.

    {"type": "refund", "account": "acme", "data": {"id": "re_1", "payment": "pay_1", "amount": 1200, "currency": "GBP",
      "status": "succeeded", "reason": "", "bank_reference": "", "at": "2026-11-21T10:00:00Z", "metadata": {"leg": "…"}}}
    {"type": "dispute", "data": {"id": "dp_1", "payment": "pay_1", "amount": 1200, "currency": "GBP", "status": "needs_response",
      "fee": 1500, "reason": "fraudulent", "respond_by": "2026-12-01T00:00:00Z", "at": "2026-11-21T10:00:00Z"}}

Signed as Standard Webhooks 1.0.0 says. Amounts are minor units.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters import untrusted_json
from adapters.standard_webhook_signature import verify_standard_webhook
from domain.clock import Instant
from domain.model.dispute import DisputeState
from domain.money import MAX_MINOR, Money
from ports.payments import PaymentEvents, ProviderDispute, ProviderRefund, ProviderState

_STATES: Final[Mapping[str, ProviderState]] = {
    "pending": "accepted",
    "succeeded": "settled",
    "failed": "failed",
}


class _SandboxEvent(BaseModel):
    """account: the account whose payments it is about; empty for the merchant's own."""

    model_config = ConfigDict(strict=True)

    type: str
    account: str = Field(default="", max_length=100)
    data: dict[str, object]


class _SandboxFields(BaseModel):
    id: str = Field(min_length=1, max_length=255)
    payment: str = Field(min_length=1, max_length=255)
    amount: int = Field(gt=0, le=MAX_MINOR, strict=True)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    reason: str = Field(default="", max_length=200)
    at: Instant


class _SandboxRefund(_SandboxFields):
    status: Literal["pending", "succeeded", "failed"]
    bank_reference: str = Field(default="", max_length=100)
    metadata: dict[str, str] = {}


class _SandboxDispute(_SandboxFields):
    status: DisputeState
    fee: int | None = Field(default=None, ge=0, le=MAX_MINOR, strict=True)
    respond_by: Instant | None = None


class SandboxEvents:
    """The port `PaymentEventSource` for the sandbox provider."""

    name = "sandbox"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
        """See the port. The delivery's id is the header `webhook-id`. Raises InvalidSignature."""
        return verify_standard_webhook(headers, body, [*secrets], now)

    def read(self, body: bytes) -> PaymentEvents:
        """See the port. Raises InvalidPayload naming the field."""
        with untrusted_json.FieldErrors("body"):
            event = _SandboxEvent.model_validate(untrusted_json.parse(body))
        with untrusted_json.FieldErrors("data"):
            if event.type == "refund":
                refund = _refund(_SandboxRefund.model_validate(event.data))
                return PaymentEvents(delivery="", account=event.account, refunds=(refund,))
            if event.type == "dispute":
                dispute = _dispute(_SandboxDispute.model_validate(event.data))
                return PaymentEvents(delivery="", account=event.account, disputes=(dispute,))
        return PaymentEvents(delivery="", account=event.account)


def _refund(sent: _SandboxRefund) -> ProviderRefund:
    return ProviderRefund(
        reference=sent.id,
        key=sent.metadata.get("leg", ""),
        payment=sent.payment,
        amount=Money(minor=sent.amount, currency=sent.currency),
        state=_STATES[sent.status],
        raw_state=sent.status,
        reason=sent.reason,
        bank_reference=sent.bank_reference,
        at=sent.at,
    )


def _dispute(sent: _SandboxDispute) -> ProviderDispute:
    return ProviderDispute(
        reference=sent.id,
        payment=sent.payment,
        amount=Money(minor=sent.amount, currency=sent.currency),
        fee=None if sent.fee is None else Money(minor=sent.fee, currency=sent.currency),
        state=sent.status,
        raw_state=sent.status,
        reason=sent.reason,
        respond_by=sent.respond_by,
        at=sent.at,
    )
