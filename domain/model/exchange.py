"""An exchange: the reservation of the new goods, what is paid on top, and the requests that have them sent."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen, State
from domain.clock import Instant
from domain.model.exchange_quote import ExchangeFallback
from domain.money import Money
from domain.units import UnitsByLine

ExchangeStatus = Literal[
    "reserving", "reserved", "waiting_for_stock", "sending", "sent", "refused", "fell_back", "cancelled"
]
"""
reserving: the shop is asked for the goods.
reserved: the goods are kept for the customer.
waiting_for_stock: there are none; the shop is asked again every day.
sending: goods that came back are paid with the new ones, and these are to leave.
sent: all new goods are in parcels.
refused: the shop did not send them; what they were worth is paid back.
fell_back: there were none, or not in time; the return is paid in the way that was chosen for that.
cancelled: the return ended, or was paid otherwise, in whole or for the rest; new goods that were sent before stay sent.
"""
ExchangeEnd = Literal[
    "out_of_stock", "unknown_product", "reservation_ended", "not_paid", "no_answer", "refused_by_the_shop", "by_an_agent",
    "authorization_ends", "not_covered",
]  # fmt: skip
StepKind = Literal["reserve", "release", "send"]
StepStatus = Literal["planned", "started", "done", "unanswered"]
PartStatus = Literal["requested", "accepted", "rejected"]


class ExchangeGoods(Frozen):
    """So many pieces of an article. line_id: the order's line of them, once there is one."""

    sku: str
    quantity: int
    line_id: str = ""


class ExchangeStep(State):
    """One call to the shop. The key names it there: a repeated call has its effect once.

    reservation: the key of the reservation that it is about. confirmation: of a release, the request to send that it undoes.
    planned_at: when it is made.
    """

    key: str
    kind: StepKind
    reservation: str
    confirmation: str = ""
    goods: tuple[ExchangeGoods, ...] = ()
    status: StepStatus = "planned"
    planned_at: Instant
    started_at: Instant | None = None


class ExchangePart(State):
    """Units that came back and the order's lines that leave for them.

    part: its number, from 1. units: the new ones, by the order's line. reference: the shop's own name of the request.
    notified: the customer knows that they are on their way.
    stop_question_at: since when the merchant has, or had, the question whether they can be stopped.
    """

    part: int
    units: UnitsByLine
    requested_at: Instant
    status: PartStatus = "requested"
    reference: str = ""
    reason: str = ""
    notified: bool = False
    stop_question_at: Instant | None = None


class ExchangeRequest(Frozen):
    """One call to the shop's systems, and what they need to know of the order for it.

    until: of a reservation, how long the goods are wanted. now: business time.
    """

    merchant: str
    order: str
    order_id: str
    return_id: str
    number: str
    step: ExchangeStep
    until: Instant
    now: Instant


ExchangeOutcome = Literal[
    "reserved", "out_of_stock", "unknown_product", "released", "accepted", "rejected", "unanswered"
]


class ExchangeResult(Frozen):
    """What the shop answered. reserved_until: until when goods are kept. reference, reason: of a request to send."""

    return_id: str
    key: str
    outcome: ExchangeOutcome
    reserved_until: Instant | None = None
    reference: str = ""
    reason: str = ""


class Exchange(State):
    """The exchange of a return.

    round: the number of the reservation; a new one has a key of its own.
    hold_until: the reservation is asked for until then, and dropped then.
    reserved_until: until when the shop keeps the goods.
    to_pay: what the customer pays on top. pay_by: until when. paid_at: when they did, by `tender_id`.
    waits_until: until when stock is asked for again.
    hold_notified: the customer knows that a bank holds it up.
    ended: why it did not come to be.
    """

    fallback: ExchangeFallback
    status: ExchangeStatus = "reserving"
    round: int = 1
    hold_until: Instant
    reserved_until: Instant | None = None
    to_pay: Money
    pay_by: Instant | None = None
    paid_at: Instant | None = None
    tender_id: str = ""
    waits_until: Instant | None = None
    steps: list[ExchangeStep] = []
    parts: list[ExchangePart] = []
    hold_notified: bool = False
    ended: ExchangeEnd | None = None

    @property
    def over(self) -> bool:
        """Whether no new goods will leave any more, beyond those of its parts."""
        return self.status in ("refused", "fell_back", "cancelled")

    @property
    def owes_payment(self) -> bool:
        """Whether the customer has to pay before goods leave."""
        return bool(self.to_pay) and self.paid_at is None

    @property
    def ready(self) -> bool:
        """Whether goods that come back are exchanged at once."""
        return self.status in ("reserved", "sending") and not self.owes_payment

    @property
    def open_steps(self) -> list[ExchangeStep]:
        """The calls that are still to be made or answered."""
        return [step for step in self.steps if step.status in ("planned", "started")]

    def step(self, key: str) -> ExchangeStep | None:
        return next((step for step in self.steps if step.key == key), None)

    def plan(self, step: ExchangeStep) -> None:
        """Add a call; the answered ones are forgotten, as their outcome is in the other fields."""
        self.steps = [*(one for one in self.steps if one.status != "done"), step]

    def start(self, key: str, now: datetime) -> ExchangeStep:
        """Mark the call as made. One without an answer may be made again, under the same key."""
        step = self.step(key)
        assert step is not None, f"step {key} is not in the exchange"
        step.status, step.started_at = "started", now
        return step
