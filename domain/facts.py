"""Facts from outside: nobody is asked, they are taken in and merged by their own time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from domain import delays, elsewhere, fulfilments, losing, words
from domain.actors import SYSTEM
from domain.attention import Attention, Kind, Owner
from domain.base import Fact
from domain.before_orders import of_order
from domain.clock import Instant
from domain.journey import JourneyState
from domain.parcels import Estimate, Parcel, ParcelStatus, Scan, Standing
from domain.shipments import FulfilmentTold, RefundedElsewhere


class ParcelReport(Fact):
    """What a carrier said of one parcel of this order. `now`: the sandbox clock when it arrived, else None.

    `from_order_on`: scans of before the order was placed are another parcel's and mean nothing, and wall times are those of the
    destination. False where it was read like that already: what a tracker answered to our own look.
    """

    carrier: str
    tracking_number: str
    shipped_on: str | None = None
    scans: tuple[Scan, ...] = ()
    estimate: Estimate | None = None
    now: Instant | None = None
    from_order_on: bool = False


class ClockMoved(Fact):
    """A sandbox merchant's clock stands at `now`."""

    now: Instant


class NoticeLeft(Fact):
    """A delay notice that lay in the outbox for long leaves now, at `at`: what it says must be true then."""

    subject: str
    revision: int
    at: Instant
    now: Instant | None = None


Heard = ParcelReport | NoticeLeft | FulfilmentTold | RefundedElsewhere


def hear(state: JourneyState, fact: Heard, now: datetime) -> bool:
    """Take a fact in; false when it changes nothing."""
    match fact:
        case ParcelReport():
            return take_in(state, fact, now)
        case NoticeLeft():
            return note_leaving(state, fact)
        case FulfilmentTold():
            return follow(state, fact, now)
        case RefundedElsewhere():
            return elsewhere.refunded(state, fact, now)
        case _:
            assert_never(fact)


def note_leaving(state: JourneyState, left: NoticeLeft) -> bool:
    """Keep when a delayed notice really left, for the judgement whether it was true (NEW-7)."""
    for place, telling in enumerate(state.tellings):
        if (telling.subject, telling.revision) == (
            left.subject,
            left.revision,
        ) and telling.left_at != left.at:
            state.tellings[place] = telling.model_copy(update={"left_at": left.at})
            return True
    return False


def take_in(state: JourneyState, report: ParcelReport, now: datetime) -> bool:
    """Merge a report into its parcel; false when nothing in it was new or no parcel of the order is meant."""
    parcel = _meant(state, report)
    if parcel is None:
        return False
    scans: Iterable[Scan] = report.scans
    if report.from_order_on:
        scans = of_order(scans, state.order.placed_at, state.zone)
    return _take_in(state, parcel, scans, report.estimate, now)


def follow(state: JourneyState, fact: FulfilmentTold, now: datetime) -> bool:
    """Follow what a storefront says it shipped; false when nothing in it was new."""
    news = fulfilments.register(state, fact, now)
    for parcel, scan in list(fulfilments.scans(state, fact)):
        news |= _take_in(state, parcel, (scan,), None, now)
    return fulfilments.repack(state, fact) or news


def _take_in(
    state: JourneyState, parcel: Parcel, scans: Iterable[Scan], estimate: Estimate | None, now: datetime
) -> bool:
    before = parcel.standing
    if not parcel.hear(scans, estimate):
        return False
    if parcel.standing != before:
        _weigh(state, parcel, before, now)
    state.write(now, SYSTEM, "parcel_scanned", parcel.parcel_id, status=parcel.standing.status)
    return True


def _weigh(state: JourneyState, parcel: Parcel, before: Standing, now: datetime) -> None:
    """It stands elsewhere than we thought: old questions may have their answer, and a closed order is looked at again."""
    state.closed_at = None
    if not parcel.under_way or delays.silent_until(parcel, state.terms.policy.lost_days) > now:
        state.settle_attention(f"presumed_lost/{parcel.parcel_id}")
    if parcel.standing.status is not ParcelStatus.EXPIRED:
        state.settle_attention(f"tracker_ended/{parcel.parcel_id}")
    if not state.undeliverable(parcel):
        state.settle_attention(f"returned_to_sender/{parcel.parcel_id}")
    going_back = parcel.standing.status is ParcelStatus.RETURN_TO_SENDER
    if _seen_again(parcel, before) and not going_back and not losing.turn_up(state, parcel):
        _ask_about(state, "found_again", parcel, "agent", now)
        state.settle_attention(f"carrier_claim/{parcel.parcel_id}")
        if parcel.delivered_at is not None and parcel.lost_at is not None:
            losing.tell_found_again(state, parcel, now)
    if not parcel.under_way and not state.asks("not_received", parcel.parcel_id):
        words.overtake(state, parcel.parcel_id, now)
    if state.called_off(parcel) and before.moved_at is None and parcel.standing.moved_at is not None:
        _ask_about(state, "shipped_after_cancel", parcel, "merchant", now)


def _seen_again(parcel: Parcel, before: Standing) -> bool:
    """It was given up, and a carrier has it or had delivered it. That it is lost, or an older scan, is no such news."""
    now = parcel.standing
    if parcel.lost_at is None or now.moved_at == before.moved_at:
        return False
    arrived = parcel.delivered_at is not None and now.delivered_at != before.delivered_at
    later = now.moved_at is not None and now.moved_at > parcel.lost_at
    return arrived or (later and now.status is not ParcelStatus.EXCEPTION)


def _meant(state: JourneyState, report: ParcelReport) -> Parcel | None:
    """The parcel with that number; where a carrier used it twice, the one shipped that day, else the newest (S-19)."""
    same = [
        parcel
        for parcel in state.parcels
        if parcel.tracking_number == report.tracking_number
        and parcel.carrier.casefold() == report.carrier.casefold()
    ]
    dated = [p for p in same if p.shipped_on and p.shipped_on.isoformat() == report.shipped_on]
    return (dated or same)[-1] if same else None


def _ask_about(state: JourneyState, kind: Kind, parcel: Parcel, owner: Owner, now: datetime) -> None:
    """Given up or cancelled and paid back, and yet it moves: somebody talks to people; money that moved stays a fact."""
    deadline = now + timedelta(days=state.terms.policy.answer_days)
    state.ask_for_attention(
        Attention(
            kind=kind,
            subject=parcel.parcel_id,
            owner=owner,
            since=now,
            deadline=deadline,
            default="dismiss",
        )
    )
