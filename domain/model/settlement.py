"""Settlements: money that goes back for one occasion, leg by leg, tender by tender."""

from typing import Literal

from domain import keys
from domain.base import State
from domain.clock import Instant
from domain.model.quote import TenderShare
from domain.model.return_case import Resolution
from domain.money import Money, total

LegStatus = Literal["planned", "sent", "settled", "failed", "unknown", "skipped"]
Purpose = Literal["refund", "store_credit", "reversal", "goodwill", "external"]


class Leg(State):
    """One payment. `planned` is the committed intent; `sent` may have reached the provider; `skipped` was waived by an agent.

    `to`: the provider of the original payment, the customer's store credit, or "external" for what moved without us and
    is only entered in the books. `principal` gives back what was paid on
    this tender; `bonus` comes on top, from the merchant. `epoch` rises only after proof that nothing happened.
    """

    occasion: str
    tender_id: str
    to: Literal["provider", "credit", "external"]
    payment: str | None
    principal: Money
    bonus: Money
    epoch: int = 1
    status: LegStatus = "planned"
    planned_at: Instant
    sent_at: Instant | None = None
    settled_at: Instant | None = None
    reference: str = ""
    decline: str = ""

    @property
    def key(self) -> str:
        return keys.leg(self.occasion, self.tender_id, self.epoch)

    @property
    def open(self) -> bool:
        """Money is still owed under it."""
        return self.status not in ("settled", "skipped")


class Settlement(State):
    """What one occasion pays. `units` per line are settled by it; no unit has two settlements (MON-7)."""

    occasion: str
    return_id: str | None = None
    purpose: Purpose
    units: dict[str, list[int]]
    legs: list[Leg]

    @property
    def principal(self) -> Money:
        return total([leg.principal for leg in self.legs], self.legs[0].principal.currency)


def take_from(shares: list[TenderShare], amount: Money) -> list[TenderShare]:
    """The amount taken from the shares in their order; raises ValueError when they do not hold it."""
    taken: list[TenderShare] = []
    left = amount.minor
    for share in shares:
        part = min(left, share.amount.minor)
        if part > 0:
            amount_part = Money(minor=part, currency=amount.currency)
            taken.append(share.model_copy(update={"amount": amount_part}))
            left -= part
    if left:
        raise ValueError(f"{left} minor units more than the tenders hold")
    return taken


def take_up_to(shares: list[TenderShare], amount: Money) -> list[TenderShare]:
    """The amount taken from the shares, or all that they hold: refunds made elsewhere may have left less."""
    held = total([share.amount for share in shares if share.amount.minor > 0], amount.currency)
    return take_from(shares, min(amount, held))


def legs_for(
    occasion: str, shares: list[TenderShare], resolution: Resolution, bonus: Money, now: Instant
) -> list[Leg]:
    """A leg per share. Cards are paid at their provider; credit and gift cards, and all of a credit resolution, as credit."""
    bonuses = bonus.allocate([share.amount.minor for share in shares])
    return [
        Leg(
            occasion=occasion,
            tender_id=share.tender_id,
            to="provider" if resolution == "refund" and share.kind == "card" else "credit",
            payment=share.payment,
            principal=share.amount,
            bonus=part,
            planned_at=now,
        )
        for share, part in zip(shares, bonuses, strict=True)
    ]
