"""Differences between the refunds of a provider and the legs of the ledger: found here, and never repaired."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from domain import payment_keys
from domain.base import Frozen
from domain.money import Money

DifferenceKind = Literal[
    "missing_there", "missing_here", "other_amount", "failed_there", "paid_there", "paid_twice", "unfinished",
    "other_account", "only_in_shop", "gone_from_shop",
]  # fmt: skip
ProviderState = Literal["accepted", "settled", "failed"]
DEADLINE: Final = timedelta(days=3)
UNDER_WAY: Final = timedelta(hours=1)
"""For so long a leg that was sent may be at the provider, or not, without a difference."""

SENTENCES: Final[Mapping[DifferenceKind, str]] = {
    "missing_there": "The ledger has paid this refund back, and the provider's list does not have it. Did the customer get it?",
    "missing_here": "The provider has paid this back for an order of ours, and the ledger does not have it. Who made the refund?",
    "other_amount": "The provider states another amount for this refund than the ledger. Which one did the customer get?",
    "failed_there": "The ledger has paid this refund back, and at the provider it failed. The customer does not have the money.",
    "paid_there": "The provider has paid this refund back, and by the ledger it has not. Was it paid by another way too?",
    "paid_twice": "The provider has paid this refund back more than once. Please ask the customer or the provider for the rest.",
    "unfinished": "The provider has finished this refund, and the order still waits for it.",
    "other_account": "The provider reports this refund for another account, merchant or order. Nothing is booked.",
    "only_in_shop": "The shop has this refund of an order of ours, and it is not entered here. Who made it, and was money moved?",
    "gone_from_shop": "The shop once had this refund, which was paid by another way, and has it no more. Did somebody delete it?",
}


class ProviderRecord(Frozen):
    """A refund as the provider lists it.

    key: see `payment_keys.provider_refund`; empty where it was not made here.
    at: since when it is in its state, by the provider's time.
    """

    key: str
    reference: str
    payment: str
    amount: Money
    state: ProviderState
    at: datetime | None = None


class LedgerRecord(Frozen):
    """A leg that a provider pays, as the ledger has it. `opened`, and `sent` to the provider last: real time."""

    leg: str
    order: str
    reference: str
    amount: Money
    status: str
    opened: datetime
    sent: datetime | None = None


class Difference(Frozen):
    """One difference. `ours`, `theirs`: what each side has; None where it has nothing."""

    kind: DifferenceKind
    ours: LedgerRecord | None = None
    theirs: ProviderRecord | None = None
    order: str = ""

    @property
    def subject(self) -> str:
        """What it is about, so that finding it again is the same difference: our leg, or the provider's refund."""
        return self.ours.leg if self.ours else self.theirs.reference if self.theirs else ""


def compare(ours: LedgerRecord, theirs: Sequence[ProviderRecord], now: datetime) -> Iterator[Difference]:
    """The differences between a leg and all refunds that the provider has under its key, now in real time."""
    known_first = sorted(theirs, key=lambda one: one.reference != ours.reference)
    alive = [one for one in known_first if one.state != "failed"]
    shown = alive[0] if alive else theirs[0] if theirs else None
    if len(alive) > 1:
        yield Difference(kind="paid_twice", ours=ours, theirs=alive[1])
    if shown is None:
        if ours.status == "settled" and _is_overdue(ours, now):
            yield Difference(kind="missing_there", ours=ours)
    elif shown.amount != ours.amount:
        yield Difference(kind="other_amount", ours=ours, theirs=shown)
    elif (kind := _by_state(ours, shown, now)) is not None:
        yield Difference(kind=kind, ours=ours, theirs=shown)


def _by_state(ours: LedgerRecord, theirs: ProviderRecord, now: datetime) -> DifferenceKind | None:
    """What differs in the states. Money of a reversed leg has come back, as that of a released one was kept."""
    if ours.status == "settled":
        return "failed_there" if theirs.state == "failed" else None
    if ours.status in ("released", "reversed"):
        return None if theirs.state == "failed" else "paid_there"
    if ours.status in ("reserved", "sent") and theirs.state != "accepted" and _is_overdue(ours, now):
        return "unfinished"
    return None


def _is_overdue(ours: LedgerRecord, now: datetime) -> bool:
    """Whether it is no longer under way: the provider's list may have been read before the refund was made."""
    return now - (ours.sent or ours.opened) > UNDER_WAY


def leg_of(merchant: str, record: ProviderRecord) -> str | None:
    """The leg in the record's key; None where the key is of another merchant, or there is none."""
    owner, leg = payment_keys.leg_of_provider_refund(record.key)
    return leg if record.key and owner == merchant else None
