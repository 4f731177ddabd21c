"""The rules of the way out: from the warehouse door to the customer, and what becomes of what does not arrive."""

from collections.abc import Iterator
from datetime import timedelta

from domain.delays import lead_time_trials, news, reasons
from domain.model.actions import (
    IssueGoodwill,
    OfferDelayOption,
    OpenCarrierClaim,
    PollTracker,
    RecordLeadTimeTrial,
    SendCorrection,
    SendDelayNotice,
    SendFollowUp,
    SendPickupReminder,
)
from domain.model.consent import MAX_CONSENTS
from domain.model.deadlines import ScheduledAction, scheduled_question
from domain.model.parcel import ParcelStatus
from domain.model.state import JourneyState
from domain.payments import goodwill
from domain.tracking import polling
from domain.units import units_in


def delay_notices_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Whatever makes a parcel late, each reason with its own timer; silence is one of them."""
    for delay in reasons.upcoming_delays(state):
        yield ScheduledAction(
            at=delay.since, owner="carrier", action=SendDelayNotice(delay=delay), reason=delay.reason
        )


def lead_time_trials_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Lead times that the merchant tries out: when each would have told of a delay is noted, and nobody is told."""
    for one in lead_time_trials.upcoming_trials(state):
        yield ScheduledAction(
            at=one.since, owner="carrier", action=RecordLeadTimeTrial(trial=one), reason="lead_time_trial"
        )


def delay_options_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Where the law says so, what does not leave in time is not put off without the customer's word (DLY-5)."""
    option = state.terms.policy.delay_option
    if option is None or not state.requires_delay_consent or state.cancelled_at or state.untracked_at:
        return
    asked = state.has_open("consent") or state.has_open("resend")
    if state.unshipped() and not asked and len(state.consents) < MAX_CONSENTS:
        at = max(state.due - timedelta(hours=option.notice), state.order.placed_at)
        yield ScheduledAction(at=at, owner="merchant", action=OfferDelayOption(), reason="not_shipped")


def pickup_reminders_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A parcel at a pick-up point goes back if nobody collects it."""
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        arrived = parcel.tracking.at
        waits = parcel.under_way and parcel.tracking.status is ParcelStatus.AVAILABLE_FOR_PICKUP
        if waits and arrived is not None and parcel.pickup_reminded_for != arrived and not state.cancelled_at:
            at = arrived + timedelta(days=max(0, terms.pickup_days - terms.pickup_reminder))
            default = SendPickupReminder(parcel_id=parcel.parcel_id)
            yield ScheduledAction(at=at, owner="customer", action=default, reason="waiting_for_pickup")


def corrections_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """A delay told although the parcel had arrived is taken back, once."""
    for telling in state.delay_notices:
        parcel = state.parcel(telling.subject)
        if parcel and parcel.parcel_id not in state.corrected and news.may_have_been_false(telling, parcel):
            told = SendCorrection(subject=parcel.parcel_id)
            yield ScheduledAction(
                at=telling.notified_at, owner="system", action=told, reason="false_delay_notice"
            )
            return


def follow_ups_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """We said that they hear from us by then (NEW-5)."""
    for word in state.follow_ups:
        if word.open:
            yield ScheduledAction(
                at=word.due,
                owner="system",
                action=SendFollowUp(subject=word.subject),
                reason="follow_up_promised",
            )


def presumed_losses_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Nobody has seen it for days past its promise: presumed lost, and an agent decides (S-23)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if parcel.under_way and not state.has_open("presumed_lost", parcel.parcel_id):
            silent = news.presumed_lost_at(parcel, state.terms.policy.lost_days)
            yield scheduled_question(state, "presumed_lost", parcel.parcel_id, "agent", "refund", silent)


def sender_returns_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """It will not reach the customer: an agent may send it anew, else its money goes back."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        if state.undeliverable(parcel) and not state.has_open("returned_to_sender", parcel.parcel_id):
            since = parcel.tracking.at or parcel.registered_at
            yield scheduled_question(state, "returned_to_sender", parcel.parcel_id, "agent", "refund", since)


def unshipped_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Shops may ship without telling us: nobody is paid back by guess, an agent is asked, then we stop waiting."""
    if not state.unshipped() or state.untracked_at or state.cancelled_at or state.has_open("resend"):
        return
    if not state.has_open("not_shipped", state.order.order):
        since = state.due + timedelta(days=state.terms.policy.unshipped_days)
        yield scheduled_question(state, "not_shipped", state.order.order, "merchant", "dismiss", since)


def resend_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """What was to be sent again is in no parcel, as its new label was voided: the merchant is asked anew, else it is paid."""
    if state.cancelled_at is not None:
        return
    left = units_in([state.unshipped()])
    for parcel in state.parcels:
        waits = parcel.resent and not left.isdisjoint(units_in([parcel.units]))
        if waits and parcel.lost_at and not state.has_open("resend", parcel.parcel_id):
            yield scheduled_question(state, "resend", parcel.parcel_id, "merchant", "refund", parcel.lost_at)


def carrier_claims_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """What a carrier lost, the merchant claims from it. What came back was not lost."""
    for parcel in state.parcels:
        back = parcel.tracking.status is ParcelStatus.RETURN_TO_SENDER
        if parcel.lost_at is not None and parcel.claimed_at is None and not back:
            default = OpenCarrierClaim(parcel_id=parcel.parcel_id)
            yield ScheduledAction(at=parcel.lost_at, owner="system", action=default, reason="parcel_lost")


def goodwill_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """All has arrived, and not all of it when we promised (DLY-6)."""
    if goodwill.compensation_due(state) is not None:
        at = max(parcel.delivered_at for parcel in state.parcels if parcel.delivered_at)
        yield ScheduledAction(at=at, owner="system", action=IssueGoodwill(), reason="promise_broken")


def polls_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Where time is moved by command, the agenda says when a carrier is asked; in real time one retried step does (TRK-8)."""
    for at, parcel_id in polling.scheduled_polls(state):
        yield ScheduledAction(
            at=at, owner="carrier", action=PollTracker(parcel_id=parcel_id), reason="tracker_poll"
        )


def tracker_ends_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The carrier tells no more of a parcel that has not arrived: an agent finds out, else we wait on (TRK-10)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        since = polling.tracker_ended_at(parcel)
        if since and (parcel.tracker_end_raised_at is None or parcel.tracker_end_raised_at < since):
            yield scheduled_question(state, "tracker_ended", parcel.parcel_id, "agent", "dismiss", since)
