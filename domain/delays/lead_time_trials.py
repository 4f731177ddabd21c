"""Lead time trials: when another lead time would have sent a delay notice.

A merchant can so choose the lead time from the records of their own orders.

The trial runs the delay rules themselves, with another `at_risk` and without the notices sent so far. So a trial
always follows the current rules: when a rule reads something new, the trial reads it too.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.delays import reasons
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.promise import LeadTimeTrial
from domain.model.state import JourneyState


def lead_time_trials_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The trials to record, for lead times that the merchant tries out. The time is recorded, no notice is sent."""
    for trial in upcoming_trials(state):
        yield ScheduledAction(
            at=trial.since, owner="carrier", action=RecordLeadTimeTrial(trial=trial), reason="lead_time_trial"
        )


class RecordLeadTimeTrial(Change):
    """Record that another lead time would have sent a delay notice now."""

    kind: ClassVar = "record_lead_time_trial"
    trial: LeadTimeTrial

    def apply(self, state: JourneyState, now: datetime) -> None:
        state.lead_time_trials.append(self.trial.model_copy(update={"since": now}))


def upcoming_trials(state: JourneyState) -> Iterator[LeadTimeTrial]:
    """Per lead time on trial and subject: when a delay notice would be sent, unless something happens first."""
    noted = {(trial.hours, trial.subject) for trial in state.lead_time_trials}
    for hours in sorted(set(state.terms.policy.delays.lead_time_trials)):
        for delay in reasons.upcoming_delays(_with_lead_time(state, hours)):
            if (hours, delay.subject) not in noted:
                yield LeadTimeTrial(
                    subject=delay.subject,
                    hours=hours,
                    reason=delay.reason,
                    since=delay.since,
                    due=delay.due,
                )


def _with_lead_time(state: JourneyState, hours: int) -> JourneyState:
    """The same order with that lead time in hours and with no delay notice sent."""
    terms = state.terms.policy.delays.model_copy(update={"at_risk": hours, "max_notices": 1})
    policy = state.terms.policy.model_copy(update={"delays": terms})
    return state.model_copy(
        update={"terms": state.terms.model_copy(update={"policy": policy}), "delay_notices": []}
    )
