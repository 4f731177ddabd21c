"""Stripe's webhooks: signature, refunds, disputes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from adapters import untrusted_json
from adapters.hmac_signature import verify_hmac
from adapters.payments.stripe_links import CLAIM, StripeSession
from adapters.payments.stripe_refunds import (
    Identifier,
    Seconds,
    StripeDisputeObject,
    StripeRefund,
    instant,
    provider_dispute,
    provider_refund,
)
from ports.inbound_webhooks import InvalidSignature
from ports.payments import PaymentEvents, ProviderLinkPayment, ProviderRefund

EVENTS: Final = (
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
)
"""What a merchant subscribes to."""

_REFUND_EVENTS: Final = frozenset({*EVENTS[:3], "charge.refund.updated"})
_TOLERANCE: Final = timedelta(seconds=300)
_MAX_SIGNATURES: Final = 20
_MAX_REFUNDS: Final = 100


class _EventId(untrusted_json.StatedId):
    stated_id: object = Field(default=None, alias="id")


class _EventObject(BaseModel):
    object: dict[str, Any]


class _StripeEvent(BaseModel):
    id: Identifier
    object: Literal["event"]
    type: Annotated[str, StringConstraints(max_length=200)]
    created: Seconds
    account: Annotated[str, StringConstraints(max_length=255)] = ""
    data: _EventObject


class StripeEvents:
    """The source `stripe`."""

    name: Final = "stripe"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
        """See the port. The time in the signature may be 300 s before or after `now`.

        The SDK's check is not used: it lets a time in the future pass, reads the machine's clock, and takes text, not bytes.
        """
        stamp, signatures = _parts(headers.get("Stripe-Signature", ""))
        if abs(now - _signed_at(stamp)) > _TOLERANCE:
            raise InvalidSignature("the time in Stripe-Signature is too far from now")
        signed = stamp.encode() + b"." + body
        if not any(_is_signed(secrets, signed, given) for given in signatures):
            raise InvalidSignature("no configured secret signed this body")
        return untrusted_json.delivery_id(_EventId, body)

    def read(self, body: bytes) -> PaymentEvents:
        """See the port. Raises InvalidPayload for a body that is no event."""
        with untrusted_json.FieldErrors("body"):
            event = _StripeEvent.model_validate(untrusted_json.parse(body))
        try:
            return _events(event)
        except ValidationError as problem:
            why = str(untrusted_json.invalid_payload(problem, "body.data.object"))
        except ValueError:
            why = "body.data.object.amount: not an amount of that currency"
        return PaymentEvents(delivery=event.id, account=event.account, unreadable=why)


def _events(event: _StripeEvent) -> PaymentEvents:
    """Raises ValidationError or ValueError for an object that cannot be read."""
    found, at = event.data.object, instant(event.created)
    refunds: Sequence[ProviderRefund] = ()
    if event.type in _REFUND_EVENTS:
        refunds = (provider_refund(StripeRefund.model_validate(found), at),)
    elif event.type == "charge.refunded":
        refunds = _listed_refunds(found)
    elif event.type.startswith("checkout.session."):
        return PaymentEvents(delivery=event.id, account=event.account, links=_paid_links(found))
    elif event.type.startswith("charge.dispute."):
        dispute = provider_dispute(StripeDisputeObject.model_validate(found), at)
        return PaymentEvents(delivery=event.id, account=event.account, disputes=(dispute,))
    return PaymentEvents(delivery=event.id, account=event.account, refunds=refunds)


def _paid_links(found: Mapping[str, Any]) -> Sequence[ProviderLinkPayment]:
    """What was paid on a page of ours. A session of the shop's own checkout, or one that is not paid yet, is not followed."""
    session = StripeSession.model_validate(found)
    key, paid = (session.metadata or {}).get(CLAIM), session.paid()
    if key is None or paid is None:
        return ()
    return (ProviderLinkPayment(key=key, payment=paid.payment, amount=paid.amount),)


def _listed_refunds(charge: Mapping[str, Any]) -> Sequence[ProviderRefund]:
    """The refunds inside a charge, which only old versions of the API list there; since then `refund.created` has them."""
    listed = charge.get("refunds")
    items = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(items, list):
        return ()
    read = [StripeRefund.model_validate(item) for item in items[:_MAX_REFUNDS]]
    return tuple(provider_refund(refund, None) for refund in read)


def _parts(header: str) -> tuple[str, list[str]]:
    """The time and the v1 signatures of a header. Raises InvalidSignature."""
    pairs = [part.partition("=") for part in header.split(",")[:_MAX_SIGNATURES]]
    stamps = [value for name, _, value in pairs if name.strip() == "t"]
    signatures = [value for name, _, value in pairs if name.strip() == "v1"]
    if len(stamps) != 1 or not signatures:
        raise InvalidSignature("no usable Stripe-Signature")
    return stamps[0], signatures


def _signed_at(stamp: str) -> datetime:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise InvalidSignature("no usable time in Stripe-Signature")
    return datetime.fromtimestamp(int(stamp), UTC)


def _is_signed(secrets: Sequence[str], signed: bytes, given: str) -> bool:
    try:
        verify_hmac(secrets, signed, given, bytes.hex)
    except InvalidSignature:
        return False
    return True
