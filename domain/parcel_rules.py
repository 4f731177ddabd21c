"""The rules of the way out: from the warehouse door to the customer, and what becomes of what does not arrive."""

from collections.abc import Iterator
from datetime import timedelta

from domain import delay_reasons, delays, looking, making_good, risk
from domain.consents import MOST_CONSENTS
from domain.deadlines import Deadline, question
from domain.deeds import (
    ClaimLoss,
    CorrectDelay,
    KeepWord,
    LookAt,
    MakeGood,
    NoteRisk,
    OfferDelay,
    RemindOfPickup,
    TellDelay,
)
from domain.journey import JourneyState
from domain.parcels import ParcelStatus
from domain.units import units_in


def delays_worth_telling(state: JourneyState) -> Iterator[Deadline]:
    """Whatever makes a parcel late, each reason with its own timer; silence is one of them."""
    for delay in delay_reasons.foreseen(state):
        yield Deadline(at=delay.since, owner="carrier", default=TellDelay(delay=delay), why=delay.reason)


def risks_to_note(state: JourneyState) -> Iterator[Deadline]:
    """Lead times that the merchant tries out: when each would have told of a delay is noted, and nobody is told."""
    for one in risk.foreseen(state):
        yield Deadline(at=one.since, owner="carrier", default=NoteRisk(risk=one), why="watched_lead_time")


def delays_to_agree_to(state: JourneyState) -> Iterator[Deadline]:
    """Where the law says so, what does not leave in time is not put off without the customer's word (DLY-5)."""
    option = state.terms.policy.delay_option
    if option is None or not state.asks_to_agree or state.cancelled_at or state.untracked_at:
        return
    asked = state.asks("consent") or state.asks("resend")
    if state.unshipped() and not asked and len(state.consents) < MOST_CONSENTS:
        at = max(state.due - timedelta(hours=option.notice), state.order.placed_at)
        yield Deadline(at=at, owner="merchant", default=OfferDelay(), why="not_shipped")


def pickups_to_remind_of(state: JourneyState) -> Iterator[Deadline]:
    """A parcel at a pick-up point goes back if nobody collects it."""
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        arrived = parcel.standing.at
        waits = parcel.under_way and parcel.standing.status is ParcelStatus.AVAILABLE_FOR_PICKUP
        if waits and arrived is not None and parcel.reminded_of != arrived and not state.cancelled_at:
            at = arrived + timedelta(days=max(0, terms.pickup_days - terms.pickup_reminder))
            default = RemindOfPickup(parcel_id=parcel.parcel_id)
            yield Deadline(at=at, owner="customer", default=default, why="waits_for_pickup")


def false_alarms_to_correct(state: JourneyState) -> Iterator[Deadline]:
    """A delay told although the parcel had arrived is taken back, once."""
    for telling in state.tellings:
        parcel = state.parcel(telling.subject)
        if parcel and parcel.parcel_id not in state.corrected and delays.may_have_been_false(telling, parcel):
            told = CorrectDelay(subject=parcel.parcel_id)
            yield Deadline(at=telling.told_at, owner="system", default=told, why="delay_notice_was_false")
            return


def words_to_keep(state: JourneyState) -> Iterator[Deadline]:
    """We said that they hear from us by then (NEW-5)."""
    for word in state.words:
        if word.open:
            yield Deadline(
                at=word.by, owner="system", default=KeepWord(subject=word.subject), why="word_given"
            )


def parcels_gone_silent(state: JourneyState) -> Iterator[Deadline]:
    """Nobody has seen it for days past its promise: presumed lost, and an agent decides (S-23)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way and not state.asks("presumed_lost", parcel.parcel_id):
            silent = delays.silent_until(parcel, state.terms.policy.lost_days)
            yield question(state, "presumed_lost", parcel.parcel_id, "agent", "pay_back", silent)


def parcels_sent_back(state: JourneyState) -> Iterator[Deadline]:
    """It will not reach the customer: an agent may send it anew, else its money goes back."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not state.asks("returned_to_sender", parcel.parcel_id):
            since = parcel.standing.at or parcel.registered_at
            yield question(state, "returned_to_sender", parcel.parcel_id, "agent", "pay_back", since)


def orders_never_shipped(state: JourneyState) -> Iterator[Deadline]:
    """Shops may ship without telling us: nobody is paid back by guess, an agent is asked, then we stop waiting."""
    if not state.unshipped() or state.untracked_at or state.cancelled_at or state.asks("resend"):
        return
    if not state.asks("not_shipped", state.order.order):
        since = state.due + timedelta(days=state.terms.policy.unshipped_days)
        yield question(state, "not_shipped", state.order.order, "merchant", "dismiss", since)


def resends_to_ask_about(state: JourneyState) -> Iterator[Deadline]:
    """What was to be sent again is in no parcel, as its new label was voided: the merchant is asked anew, else it is paid."""
    if state.cancelled_at is not None:
        return
    left = units_in([state.unshipped()])
    for parcel in state.parcels:
        waits = parcel.resent and not left.isdisjoint(units_in([parcel.units]))
        if waits and parcel.lost_at and not state.asks("resend", parcel.parcel_id):
            yield question(state, "resend", parcel.parcel_id, "merchant", "pay_back", parcel.lost_at)


def losses_to_claim(state: JourneyState) -> Iterator[Deadline]:
    """What a carrier lost, the merchant claims from it. What came back was not lost."""
    for parcel in state.parcels:
        back = parcel.standing.status is ParcelStatus.RETURN_TO_SENDER
        if parcel.lost_at is not None and parcel.claimed_at is None and not back:
            default = ClaimLoss(parcel_id=parcel.parcel_id)
            yield Deadline(at=parcel.lost_at, owner="system", default=default, why="parcel_given_up")


def promises_to_make_good(state: JourneyState) -> Iterator[Deadline]:
    """All has arrived, and not all of it when we promised (DLY-6)."""
    if making_good.owed(state) is not None:
        at = max(parcel.delivered_at for parcel in state.parcels if parcel.delivered_at)
        yield Deadline(at=at, owner="system", default=MakeGood(), why="promise_broken")


def looks_at_trackers(state: JourneyState) -> Iterator[Deadline]:
    """Where time is moved by command, the agenda says when a carrier is asked; in real time one retried step does (TRK-8)."""
    for at, parcel_id in looking.looks_to_take(state):
        yield Deadline(at=at, owner="carrier", default=LookAt(parcel_id=parcel_id), why="tracker_look")


def trackers_that_ended(state: JourneyState) -> Iterator[Deadline]:
    """The carrier tells no more of a parcel that has not arrived: an agent finds out, else we wait on (TRK-10)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        since = looking.age_out(parcel)
        if since and (parcel.age_out_asked_at is None or parcel.age_out_asked_at < since):
            yield question(state, "tracker_ended", parcel.parcel_id, "agent", "dismiss", since)
