"""Settlements: money that goes back for one occasion, with one leg a tender."""

from collections.abc import Sequence
from datetime import datetime

from domain.base import State
from domain.model.leg import Leg
from domain.model.leg_data import Awaited
from domain.model.payment import MOVED_OUTSIDE, TAKES_BACK, PaidTo, Purpose
from domain.model.quote import TenderShare
from domain.model.refund_part import RefundPart
from domain.money import Money, total, zero
from domain.units import UnitsByLine


class Settlement(State):
    """What one occasion pays.

    return_id: the return that it pays for, if any.
    units: the units that it settles, per line; no unit has two settlements (MON-7).
    parts: what it pays for what; empty for what was decided elsewhere.
    letters: by the key of a leg, the number of the letter that told the customer of its payment.
    """

    occasion: str
    return_id: str | None = None
    purpose: Purpose
    units: UnitsByLine
    legs: list[Leg]
    parts: tuple[RefundPart, ...] = ()
    letters: dict[str, int] = {}

    def without_money(self) -> "Settlement":
        """The same units, for which nothing is paid."""
        return self.model_copy(update={"legs": [], "parts": ()})

    def legs_of_letter(self, letter: int) -> list[Leg]:
        """The legs on their way or paid of which that letter tells."""
        return [leg for leg in self.legs if leg.on_its_way and self.letters.get(leg.key, 1) == letter]

    @property
    def takes_back(self) -> bool:
        """Whether it takes store credit back instead of paying."""
        return self.purpose in TAKES_BACK

    @property
    def principal(self) -> Money:
        """The principal of all legs."""
        return total([leg.principal for leg in self.legs], self.legs[0].principal.currency)


def take_from(shares: list[TenderShare], amount: Money) -> list[TenderShare]:
    """The amount, taken from the shares in their order. Raises ValueError when the shares hold less."""
    taken: list[TenderShare] = []
    left = amount.minor
    for share in shares:
        part = min(left, share.amount.minor)
        if part > 0:
            taken.append(share.of(part))
            left -= part
    if left:
        raise ValueError(f"{left} minor units more than the tenders hold")
    return taken


def take_up_to(shares: list[TenderShare], amount: Money) -> list[TenderShare]:
    """The amount, or all that the shares hold: refunds made outside this system may have left less."""
    held = total([share.amount for share in shares if share.amount.minor > 0], amount.currency)
    return take_from(shares, min(amount, held))


def legs_for(
    occasion: str,
    purpose: Purpose,
    shares: Sequence[TenderShare],
    now: datetime,
    bonuses: Sequence[Money] | None = None,
) -> list[Leg]:
    """One leg a share, each with its bonus; without `bonuses` there are none."""
    return [
        Leg(
            occasion=occasion,
            tender_id=share.tender_id,
            to=_paid_to(purpose, share),
            principal=share.amount,
            bonus=bonus,
            planned_at=now,
            awaits=_awaited(purpose, share),
        )
        for share, bonus in zip(
            shares, bonuses or [zero(share.amount.currency) for share in shares], strict=True
        )
    ]


def _awaited(purpose: Purpose, share: TenderShare) -> Awaited:
    """What must happen before money of that share moves. What moved outside this system waits for nothing."""
    if purpose in MOVED_OUTSIDE or purpose in TAKES_BACK:
        return "nothing"
    if not share.captured:
        return "capture"
    return "person" if _paid_to(purpose, share) == "by_hand" else "nothing"


def _paid_to(purpose: Purpose, share: TenderShare) -> PaidTo:
    """Where the money goes: a refund by the way of its tender, all other money to store credit."""
    if purpose == "external":
        return "external"
    if purpose == "dispute":
        return "bank"
    return share.to if purpose == "refund" else "credit"
