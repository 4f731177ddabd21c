"""One step of a claim outside its journey: the input and the result."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.claw_back import ClawBackPosting, WorkKind
from domain.money import Money


class ClawBackRequest(Frozen):
    """What the step needs to know.

    order_id: the merchant's own id of the order. key: of the step, unique per merchant.
    amount: of `collect` what is asked for; of `open_link` what is to be paid; else the sum of what is booked.
    own: the start of the key of the legs whose credit is used first: those of the claim's own return.
    postings: what is booked. cash: the account that a payment came in through.
    providers: where a page to pay on may be opened, the first that can.
    link: the page's key. link_provider, link_reference: the page to close.
    now: business time.
    """

    merchant: str
    order: str
    order_id: str
    customer: str
    claim: str
    key: str
    kind: WorkKind
    amount: Money
    own: str = ""
    postings: tuple[ClawBackPosting, ...] = ()
    cash: str = ""
    providers: tuple[str, ...] = ()
    link: str = ""
    link_provider: str = ""
    link_reference: str = ""
    now: Instant


class PaidLink(Frozen):
    """What was paid on a page, by the provider's id of the payment."""

    payment: str
    amount: Money


class ClawBackResult(Frozen):
    """The outcome of a step.

    unknown: there was no clear answer within the time of the step.
    unavailable: of `open_link`: the merchant has no account that could take a payment.
    netted: of `collect`: how much store credit there was. booked: how much was asked for under that key.
    provider, reference, url: of the page that was opened. payments: of the page that was closed.
    """

    key: str
    outcome: Literal["done", "unavailable", "unknown"]
    netted: Money | None = None
    booked: Money | None = None
    provider: str = ""
    reference: str = ""
    url: str = ""
    payments: tuple[PaidLink, ...] = ()
