"""Automatic steps about delays: notices, corrections, follow-ups and lead-time trials."""

from collections.abc import Iterator

from domain.delays import lead_time_trials, news, reasons
from domain.model.actions import RecordLeadTimeTrial, SendCorrection, SendDelayNotice, SendFollowUp
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState


def lead_time_trials_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Lead times that the merchant tries out: when each would have told of a delay is noted, and nobody is told."""
    for one in lead_time_trials.upcoming_trials(state):
        yield ScheduledAction(
            at=one.since, owner="carrier", action=RecordLeadTimeTrial(trial=one), reason="lead_time_trial"
        )


def delay_notices_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Whatever makes a parcel late, each reason with its own timer; silence is one of them."""
    for delay in reasons.upcoming_delays(state):
        yield ScheduledAction(
            at=delay.since, owner="carrier", action=SendDelayNotice(delay=delay), reason=delay.reason
        )


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
