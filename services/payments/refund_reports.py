"""What a provider reports of one refund, judged by the legs that we have of its order. Pure: nothing is read or written."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.payments.differences import Difference, ProviderRecord, leg_of
from ports.payments import UNASSIGNED
from store.ledger.provider_legs import ledger_record
from store.tables.ledger import LegRow


@dataclass(frozen=True)
class OursReported:
    """It is the refund of that leg."""

    leg: LegRow


@dataclass(frozen=True)
class MadeOutside:
    """It was made at the provider itself, for that order."""

    order: str


@dataclass(frozen=True)
class NotYetKnown:
    """It may be a leg's that was sent and has no reference yet: its own answer comes first."""


@dataclass(frozen=True)
class UnknownPayment:
    """No order here has its payment."""


Judgement = OursReported | MadeOutside | NotYetKnown | UnknownPayment | Difference


def judge(
    merchant: str, provider: str, record: ProviderRecord, order: str | None, legs: Sequence[LegRow]
) -> Judgement:
    """What it is. `order`: the one that its payment paid; `legs`: that order's, and the one that its key names.

    Another account's refund, another amount or another reference for a known one is a difference, and nothing is booked.
    """
    if record.key:
        named = leg_of(merchant, record)
        leg = next((one for one in legs if one.key == named), None)
        if named is None:
            return Difference(kind="other_account", theirs=record, order=order or "")
        if leg is None:
            return Difference(kind="missing_here", theirs=record, order=order or "")
        return _of_leg(provider, record, order, leg)
    leg = next((one for one in legs if one.reference == record.reference and _is_held(one, provider)), None)
    if leg is not None:
        return _of_leg(provider, record, order, leg)
    if order is None:
        return UnknownPayment()
    under_way = (
        one for one in legs if _is_held(one, provider) and one.status == "sent" and not one.reference
    )
    if any(one.principal == record.amount.minor for one in under_way):
        return NotYetKnown()
    return MadeOutside(order)


def _is_held(leg: LegRow, provider: str) -> bool:
    """Whether the provider may pay the leg."""
    return leg.provider in (provider, UNASSIGNED)


def _of_leg(provider: str, record: ProviderRecord, order: str | None, leg: LegRow) -> Judgement:
    ours = ledger_record(leg)
    if not _is_held(leg, provider) or order not in (None, leg.order):
        return Difference(kind="other_account", ours=ours, theirs=record)
    if ours.amount != record.amount:
        return Difference(kind="other_amount", ours=ours, theirs=record)
    if leg.reference not in ("", record.reference) and leg.status == "settled" and record.state != "failed":
        return Difference(kind="paid_twice", ours=ours, theirs=record)
    return OursReported(leg)
