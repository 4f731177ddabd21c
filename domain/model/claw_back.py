"""A claw-back: money that a customer has without its goods is asked back. Its whole life as data (NEW-9)."""

from typing import Literal

from domain.actors import Role
from domain.base import Frozen, State
from domain.clock import Instant
from domain.model.claw_back_terms import ClawBackGround
from domain.money import Money, total
from domain.units import UnitsByLine

CLAW_BACK_TENDER = "claw_back"  # instead of a tender of the order: what customers paid for claims
ClawBackStage = Literal["notice", "sending", "answered", "collecting", "payable", "closing", "closed"]
"""
notice: the customer was told and may answer.
sending: the customer said that the goods are coming.
answered: the customer has answered, and a person decides.
collecting: store credit is used.
payable: the customer may pay what is left.
closing: what is left is written off. closed: it is over.
"""
ClawBackAnswer = Literal["agree", "dispute", "already_sent", "will_send"]
ClawBackEnd = Literal[
    "netted",
    "paid",
    "written_off",
    "below_minimum",
    "waived",
    "accepted",
    "goods_arrived",
    "not_owed",
    "withdrawn",
]
"""
netted, paid: store credit covered all of it; what was left was paid.
written_off: it was not paid in time. below_minimum: too little to ask for.
waived: a person let the customer keep it. accepted: a person found the customer's answer to be right.
goods_arrived: the goods came after all. not_owed: the customer has nothing of what was paid any more.
withdrawn: it should not have been asked for; all was given back.
"""
WorkKind = Literal["collect", "open_link", "close_link", "write_off", "payment", "reduction"]
ClawBackAccount = Literal["claim", "claimed", "write_off", "cash", "credit", "refundable"]
"""
claim: what the customer owes. claimed: what was asked back, against the refunds that it corrects.
refundable: what the customer paid and gets back through the payment's provider.
"""


class ClawBackPosting(Frozen):
    """One side of an entry of the ledger; minor units above zero are a debit."""

    account: ClawBackAccount
    minor: int


class ClawBackWork(State):
    """One step outside the state: its plan is committed before it happens, and it happens once per key.

    target: of a reduction, what is asked for after it.
    payment: of a payment, its id at the provider.
    postings: what is booked; fixed when it is sent.
    """

    key: str
    kind: WorkKind
    planned_at: Instant
    sent_at: Instant | None = None
    target: Money | None = None
    payment: str = ""
    postings: tuple[ClawBackPosting, ...] = ()


class ClawBackLink(State):
    """The page of a payment provider on which the customer pays. closed: it takes no payment any more."""

    number: int
    provider: str
    reference: str
    url: str
    amount: Money
    closed: bool = False


class ClawBackPayment(State):
    """What the customer paid. kept: the part that has not been given back."""

    payment: str
    provider: str
    amount: Money
    at: Instant
    kept: Money


class ClawBackReply(State):
    """The customer's answer. text: their evidence, as the number of a receipt; sealed."""

    answer: ClawBackAnswer
    at: Instant
    by: Role
    text: str = ""


class ClawBack(State):
    """One claim.

    claim: its id. return_id, parcel_id: what it is about; one of them.
    all_units: those of which it began. units: those whose money is asked back; they get fewer when goods arrive.
    requested: what the notice said. amount: what is asked for them now. Once booked it is the sum of the four amounts below.
    receivable: what the customer owes by the ledger. netted: taken from store credit and not given back.
    paid: paid and not given back. written_off: by the ledger. credit_back: store credit that was given back.
    answer_by: the latest day that the customer was told to have; nothing is taken before, unless they agree.
    collect_from: since when it may be taken.
    work: what is to be done outside, in this order; what is done leaves the list.
    works: how much was ever planned: it numbers keys. closings: how often it ended: it numbers letters.
    unread: the notice did not reach the customer, as far as is known.
    by_hand: no provider can take the payment, so a person asks for it.
    """

    claim: str
    ground: ClawBackGround
    return_id: str = ""
    parcel_id: str = ""
    all_units: UnitsByLine
    units: UnitsByLine
    requested: Money
    amount: Money
    opened_at: Instant
    answer_by: Instant
    stage: ClawBackStage = "notice"
    reply: ClawBackReply | None = None
    replies: int = 0
    collect_from: Instant | None = None
    receivable: Money
    netted: Money
    paid: Money
    written_off: Money
    credit_back: Money
    pay_by: Instant | None = None
    links: list[ClawBackLink] = []
    unread: bool = False
    by_hand: bool = False
    payments: list[ClawBackPayment] = []
    work: list[ClawBackWork] = []
    works: int = 0
    end: ClawBackEnd | None = None
    ended_at: Instant | None = None
    closings: int = 0

    @property
    def booked(self) -> Money:
        """What of it the ledger has."""
        amounts = [self.receivable, self.netted, self.paid, self.written_off]
        return total(amounts, self.amount.currency)

    @property
    def link(self) -> ClawBackLink | None:
        """The page that takes a payment now."""
        return next((one for one in self.links if not one.closed), None)

    @property
    def at_rest(self) -> bool:
        """Whether it is over and nothing of it is still to be done."""
        return self.stage == "closed" and not self.work
