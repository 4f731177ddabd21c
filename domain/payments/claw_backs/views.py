"""A claim as staff and the shop's systems see it, and as its customer does."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.claw_back import ClawBack, ClawBackAnswer, ClawBackEnd, ClawBackStage
from domain.model.claw_back_terms import ClawBackGround
from domain.model.state import JourneyState
from domain.money import Money


class ClawBackView(Frozen):
    """Money that a customer has without its goods, and that is asked back."""

    claim: str
    """Its id."""
    ground: ClawBackGround
    """Why it is asked back."""
    return_id: str
    """The return that it is about; empty for a parcel."""
    parcel: str
    """The parcel that it is about; empty for a return."""
    units: dict[str, int]
    """How many units of each line are still missed or rejected."""
    stage: ClawBackStage
    """How far it is."""
    end: ClawBackEnd | None
    """How it ended; null while it is open."""
    requested: Money
    """What the notice asked for."""
    amount: Money
    """What is asked for now: less once goods have arrived."""
    netted: Money
    """What was taken from the customer's store credit and not given back."""
    paid: Money
    """What the customer paid and did not get back."""
    owed: Money
    """What is still to be paid; zero before store credit was used."""
    written_off: Money
    """What is not asked for any more."""
    opened_at: Instant
    """When the customer was given notice."""
    answer_by: Instant
    """Until when they may answer. Nothing is taken before, unless they agree."""
    answer: ClawBackAnswer | None
    """What they answered last; null if they did not."""
    answered_at: Instant | None
    """When they answered."""
    pay_by: Instant | None
    """Until when they may pay; null before store credit was used."""
    payment_url: str
    """The page on which they pay; empty while there is none."""
    ended_at: Instant | None
    """When it ended."""


class CustomerClawBack(Frozen):
    """Money that the shop asks back, for its customer."""

    claim: str
    """Its id, which an answer names."""
    ground: ClawBackGround
    """Why it is asked back."""
    status: Literal["open", "payable", "over"]
    """Whether it may be answered or is decided, is to be paid, or is over."""
    amount: Money
    """What is asked back."""
    from_store_credit: Money
    """What was taken from store credit."""
    owed: Money
    """What is to be paid."""
    answer_by: Instant
    """Until when it can be answered."""
    pay_by: Instant | None
    """Until when it can be paid."""
    payment_url: str
    """The page on which it is paid; empty while there is none."""


def claw_back_view(claim: ClawBack) -> ClawBackView:
    return ClawBackView(
        claim=claim.claim,
        ground=claim.ground,
        return_id=claim.return_id,
        parcel=claim.parcel_id,
        units={line: len(units) for line, units in claim.units.items()},
        stage=claim.stage,
        end=claim.end,
        requested=claim.requested,
        amount=claim.amount,
        netted=claim.netted,
        paid=claim.paid,
        owed=claim.receivable,
        written_off=claim.written_off,
        opened_at=claim.opened_at,
        answer_by=claim.answer_by,
        answer=claim.reply.answer if claim.reply else None,
        answered_at=claim.reply.at if claim.reply else None,
        pay_by=claim.pay_by,
        payment_url=claim.link.url if claim.link else "",
        ended_at=claim.ended_at,
    )


def claw_back_views(state: JourneyState, return_id: str | None = None) -> tuple[ClawBackView, ...]:
    """The claims of an order, or of one return of it, in their order."""
    return tuple(claw_back_view(one) for one in state.claw_backs if return_id in (None, one.return_id))


def customer_claw_backs(state: JourneyState) -> tuple[CustomerClawBack, ...]:
    """The claims of which the customer was told."""
    return tuple(_for_customer(one) for one in state.claw_backs if one.end != "below_minimum")


def _for_customer(claim: ClawBack) -> CustomerClawBack:
    over = claim.stage in ("closing", "closed")
    return CustomerClawBack(
        claim=claim.claim,
        ground=claim.ground,
        status="over" if over else "payable" if claim.stage == "payable" else "open",
        amount=claim.amount,
        from_store_credit=claim.netted,
        owed=claim.receivable,
        answer_by=claim.answer_by,
        pay_by=claim.pay_by,
        payment_url=claim.link.url if claim.link else "",
    )
