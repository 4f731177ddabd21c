"""Control requests: what a test or a demo decides at the stand-in, which at Stripe shoppers, banks and time decide."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from simulators.base import StrictRequest
from simulators.payments.schemas import Currency

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Names = Annotated[list[Name], Field(max_length=100)]
StripeAmount = Annotated[int, Field(gt=0, le=10**12)]
Seconds = Annotated[float, Field(ge=0, le=10**9)]
RefundPlan = Literal[
    "at_once", "pending_then_succeeded", "pending_then_failed", "succeeded_then_failed", "requires_action"
]
FailureReason = Literal[
    "lost_or_stolen_card", "expired_or_canceled_card", "insufficient_funds", "declined", "unknown"
]
DisputeStatus = Literal[
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
]


class StripeApiKey(StrictRequest):
    """A secret key of an account.

    connected: accounts that Stripe-Account may name.
    denied: operations that a restricted key must not use, e.g. `GET /v1/account`.
    """

    secret: Name
    account: Name
    state: Literal["active", "expired", "revoked"] = "active"
    connected: Names = []
    denied: Names = []


class StripePayment(StrictRequest):
    """A payment that a shopper made. `amount`: in Stripe's units of the currency.

    refunds: what becomes of its refunds; `card` of Stripe's test cards decides it instead.
    after_seconds: until a refund's next step. reference: what becomes of its bank reference; `none` for a same-day reversal.
    """

    account: Name
    amount: StripeAmount
    currency: Currency
    payment_intent: Name | None = None
    captured: bool = True
    card: Annotated[str, StringConstraints(max_length=19)] = ""
    refunds: RefundPlan = "at_once"
    after_seconds: Seconds = 0
    failure_reason: FailureReason = "expired_or_canceled_card"
    reference: Literal["available", "unavailable", "none"] = "available"
    reference_after_seconds: Seconds = 5 * 86_400


class StripeBalance(StrictRequest):
    """What an account has for refunds; pending ones are paid as far as it goes."""

    account: Name
    currency: Currency
    amount: Annotated[int, Field(ge=0, le=10**12)]


class StripeDispute(StrictRequest):
    """A dispute about a payment: `warning_needs_response` is an inquiry, `needs_response` a chargeback.

    amount: of a part; left out, the whole charge.
    """

    account: Name
    charge: Name
    status: DisputeStatus = "needs_response"
    reason: Name = "product_not_received"
    amount: Annotated[int, Field(ge=1, le=10**12)] | None = None


class StripeDisputeStep(StrictRequest):
    """The next state of a dispute."""

    account: Name
    dispute: Name
    status: DisputeStatus


class StripeLinkPayment(StrictRequest):
    """A customer pays by a payment link."""

    account: Name
    payment_link: Name


class StripeEndpoint(StrictRequest):
    """A webhook endpoint of an account, and of accounts connected to it.

    secrets: each signs; two during a rotation.
    sending: `before_answer` sends the events of a request before its answer; `paused` keeps them until POST /_control/deliver.
    times: how often each event is sent.
    """

    account: Name
    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    secrets: Annotated[list[Name], Field(min_length=1, max_length=5)]
    events: Names = ["*"]
    connected: Names = []
    sending: Literal["after_answer", "before_answer", "paused"] = "after_answer"
    times: Annotated[int, Field(ge=1, le=10)] = 1


class StripeRedelivery(StrictRequest):
    """Send one event once, changed as said, signed `shift_seconds` from now.

    amount: another amount in the object; as_account: another account in the envelope.
    """

    account: Name
    event: Name
    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    secrets: Annotated[list[Name], Field(min_length=1, max_length=5)]
    shift_seconds: Annotated[int, Field(ge=-(10**9), le=10**9)] = 0
    amount: StripeAmount | None = None
    as_account: Name | None = None


class StripeClockMove(StrictRequest):
    """Move the stand-in's clock forward; what falls due on the way happens in its order."""

    seconds: Annotated[float, Field(ge=0, le=10**9)]


class StripeFault(StrictRequest):
    """A fault of the next `times` requests with that method, and a path that begins with this.

    - cut: the connection is cut. html: 200 with HTML. other: 200 with another object, a list or an empty one (`shape`).
    - cut_in_body: the answer's body is cut; the work is done whatever `when` says.
    - error: 500, kept under the key. unavailable: 503 that is not kept. external: 424.
    - rate_limit, lock_timeout: 429, nothing is done.
    - hang: the answer is `seconds` late; with `before` the work is done only then, and meanwhile the key is in use.

    when: whether the work is done: `after` it, or `before` and then not at all.
    about: only requests in whose path, query or body this stands, such as a payment's id.
    """

    kind: Literal[
        "cut",
        "cut_in_body",
        "html",
        "other",
        "error",
        "unavailable",
        "external",
        "rate_limit",
        "lock_timeout",
        "hang",
    ]
    when: Literal["before", "after"] = "after"
    times: Annotated[int, Field(ge=1, le=10_000)] = 1
    method: Literal["GET", "POST"] = "POST"
    path: Name = "/v1/refunds"
    seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    shape: Literal["charge", "list", "empty", "other_refund"] = "charge"
    should_retry: Literal["true", "false"] | None = None
    about: Annotated[str, StringConstraints(max_length=255)] = ""


class StripeDisarm(StrictRequest):
    """Forget the faults that are still armed: those about something, or all."""

    about: Annotated[str, StringConstraints(max_length=255)] = ""
