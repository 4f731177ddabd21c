"""Bodies of the stand-in's own routes, which a real shop does not have: what exists, what is done by staff, what fails."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from simulators.base import StrictRequest

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Amount = Annotated[str, StringConstraints(pattern=r"^\d{1,12}(\.\d{1,3})?$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Number = Annotated[int, Field(gt=0, lt=2**62)]

SCOPES = (
    "read_orders",
    "write_orders",
    "read_returns",
    "write_returns",
    "read_store_credit_accounts",
    "write_store_credit_account_transactions",
    "write_gift_cards",
)
FaultKind = Literal[
    "cut_before",
    "cut_after",
    "cut_in_body",
    "hang",
    "slow",
    "internal_before",
    "internal_after",
    "internal_kept",
    "http_500_before",
    "http_500_after",
    "http_503",
    "html_200",
    "not_json",
    "no_data",
    "other_refund",
    "throttled",
    "unauthorized",
]


class NewShop(StrictRequest):
    """A shop. `webhook_url`: where its webhooks go; none are sent without. `throttle_status`: of a THROTTLED answer.

    note_of_process: whether the note of `returnProcess` becomes the note of its refund, which is not documented.
    """

    domain: Text
    token: Text
    name: Text = "Example shop"
    currency: Currency = "USD"
    scopes: list[str] = list(SCOPES)
    webhook_url: str = ""
    webhook_secret: str = ""
    maximum_points: float = 2000.0
    restore_rate: float = 100.0
    throttle_status: Literal[200, 429] = 200
    deprecated: str = ""
    note_of_process: bool = False


class NewTransaction(StrictRequest):
    """A payment that was taken, in the buyer's currency."""

    number: Number | None = None
    amount: Amount
    gateway: Text = "shopify_payments"
    kind: Literal["SALE", "CAPTURE", "AUTHORIZATION"] = "SALE"
    status: Literal["SUCCESS", "PENDING", "FAILURE"] = "SUCCESS"


class NewLine(StrictRequest):
    """A line. `fulfilled`: how many units are shipped."""

    number: Number | None = None
    title: Text = "Goods"
    quantity: Annotated[int, Field(gt=0, le=1000)] = 1
    fulfilled: int = 0


class PlacedOrder(StrictRequest):
    """An order. `rate`: units of the shop's currency for one of the buyer's. `plan`: what its refunds turn into at first."""

    shop: Text
    number: Number | None = None
    presentment: Currency | None = None
    rate: Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,9})?$")] = "1"
    transactions: list[NewTransaction]
    lines: list[NewLine] = []
    customer: bool = True
    plan: Literal["success", "pending", "failure"] = "success"


class StaffRefund(StrictRequest):
    """A refund that staff make in the admin, through the parent transaction. No parent: units only."""

    order: Text
    parent: Text | None = None
    amount: Amount = "0"
    note: str | None = None
    lines: list[NewLine] = []


class StaffReturn(StrictRequest):
    """What staff do with a return: open one for all that was shipped, or change one."""

    order: Text
    verb: Literal["create", "close", "cancel"] = "create"


class TransactionChange(StrictRequest):
    """A transaction changes its state."""

    transaction: Text
    status: Literal["SUCCESS", "FAILURE", "ERROR", "PENDING"]


class DisputeChange(StrictRequest):
    """A dispute of an order opens, or the one it has changes."""

    order: Text
    amount: Amount = "10"
    type: Literal["CHARGEBACK", "INQUIRY"] = "CHARGEBACK"
    status: Literal["NEEDS_RESPONSE", "UNDER_REVIEW", "ACCEPTED", "LOST", "WON", "PREVENTED"] = (
        "NEEDS_RESPONSE"
    )


class ClockChange(StrictRequest):
    """The clock goes ahead."""

    seconds: Annotated[float, Field(ge=0, le=10**8)]


class Fault(StrictRequest):
    """A fault of the next `times` requests that have the root field; of any request without one.

    - cut_before, http_500_before, http_503, internal_before, throttled, unauthorized: nothing happens.
    - internal_kept: nothing happens, and the key has failed.
    - cut_after, cut_in_body, http_500_after, internal_after, html_200, not_json, no_data: it happens, the answer is lost.
    - other_refund: it happens, the answer shows the refund of another order.
    - hang: it happens, the answer comes late. slow: it happens late, and the key is in use meanwhile. `seconds`: how late.

    about: only requests in whose variables this stands, such as an order's id.
    skip: so many of these requests pass before the first that fails.
    """

    kind: FaultKind
    field: str = ""
    times: Annotated[int, Field(gt=0, le=10_000)] = 1
    seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    about: Annotated[str, StringConstraints(max_length=255)] = ""
    skip: Annotated[int, Field(ge=0, le=1000)] = 0


class Disarm(StrictRequest):
    """Forget the faults that are still armed: those about something, or all."""

    about: Annotated[str, StringConstraints(max_length=255)] = ""
