"""Routes: what mail servers and relays report of letters, and the addresses that letters do not go to any more."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.auth import PUBLIC
from api.http.bodies import WEBHOOK_LIMIT
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.http.service_problems import RETRY_AFTER
from api.inbound_webhooks import WebhookAccepted
from api.schemas.orders import PageQuery
from domain.actors import STAFF
from domain.base import Frozen
from domain.clock import Instant
from domain.text import IsText
from ports.inbound_webhooks import InvalidSignature
from ports.mail_reports import RelayUnavailable


@endpoint(
    "POST", "/v1/webhooks/mail/{source}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid", "unavailable"), limit=WEBHOOK_LIMIT, public_quota="senders",
)  # fmt: skip
async def receive_mail_report(call: Call[Services], body: bytes) -> WebhookAccepted:
    """Accept a report of a mail server or relay about letters: bounced, complained, delayed, not delivered or delivered.

    `source` is `postmark`, `mailgun`, `sendgrid`, `ses`, `message` or `generic`, with its secret of `SMOT_MAIL_WEBHOOKS`. 202
    means that it is stored durably, not yet that it is applied. A letter is found by its reference alone, never by its address.

    Source `postmark`: its bounce, spam complaint and delivery webhook, with the user and password in the address (basic
    authentication). Source `mailgun`: its events, signed by the webhook signing key. Source `sendgrid`: its event webhook with
    the signature switched on. Source `ses`: notifications or published events by an SNS topic whose ARN is configured; the
    subscription is confirmed by itself. Source `message`: a delivery status notification (RFC 3464) or feedback report (RFC
    5965) as `message/rfc822`, with `Authorization: Bearer` and the secret.

    Source `generic`: signed by Standard Webhooks 1.0.0, like carriers' webhooks of source `generic`:

        {"type": "mail.bounced", "data": {"letter": "0f3c…", "reason": "550 5.1.1 user unknown", "at": "2026-11-21T10:00:00Z"}}

    `type`: `mail.delivered`, `mail.delayed`, `mail.not_delivered` (given up, and the address is good), `mail.bounced` (the
    address is not) or `mail.complained`. `letter` is the header `X-Smot-Letter` of the letter. Other types are ignored.
    """
    reports = call.services.inbound.mail_reports
    try:
        delivery, duplicate = await reports.receive(call.path["source"], call.request.headers, body)
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    except RelayUnavailable:
        raise Problem(
            "unavailable", "The sender's key cannot be read now.", retry_after=RETRY_AFTER
        ) from None
    return WebhookAccepted(delivery=delivery, duplicate=duplicate)


class SuppressedAddress(Frozen):
    """An e-mail address that letters do not go to any more."""

    id: str
    """Its name in the address that lifts it."""
    address: str
    """The address; `erased person` once the customer is erased."""
    customer: str
    """Our id of the customer whose letter it was."""
    order: str
    """Our id of the order that the letter was about."""
    kind: str
    """Why: `bounced`, the address does not take letters; `complained`, the customer reported a letter as unwanted."""
    reason: str
    """What was reported, without addresses and numbers."""
    at: Instant
    """When that happened, business time."""


class SuppressedAddressList(Frozen):
    """A page of suppressed addresses."""

    items: tuple[SuppressedAddress, ...]
    """The addresses, in no particular order."""
    next: str | None
    """The cursor of the next page; null on the last page."""


class SuppressionLift(Frozen):
    """Why letters go to the address again."""

    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """In your words; kept in the audit log."""


@endpoint("GET", "/v1/suppressed-addresses", roles=STAFF, tags=("notices",))
async def list_suppressed_addresses(call: Call[Services], query: PageQuery) -> SuppressedAddressList:
    """The merchant's addresses that letters do not go to any more, because one bounced or was complained about."""
    page = await call.services.customers.suppressions.page(call.merchant, query.page())
    items = tuple(SuppressedAddress(**vars(item)) for item in page.items)
    return SuppressedAddressList(items=items, next=page.next)


@endpoint("POST", "/v1/suppressed-addresses/{address}/lifts", roles=STAFF, status=204, tags=("notices",))
async def lift_suppression(call: Call[Services], body: SuppressionLift) -> None:
    """Have letters go to the address again, for example after the customer said that it works. Dead notices may be replayed."""
    suppressions = call.services.customers.suppressions
    if not await suppressions.lift(call.merchant, call.path["address"], call.caller.actor, body.reason):
        raise Problem("not_found")
