"""At risk under other lead times: when each would have told of a delay, so that a merchant can choose by their own past.

It is the delay rule itself that is asked, with another `at_risk` and a customer who knows nothing yet: whatever the rule
learns to look at, what is tried out here looks at too.
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
    """Lead times that the merchant tries out: the moment of each delay notice is recorded, and none is sent."""
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
    """Per watched lead time and subject the moment at which it would be told as late, unless something happens first."""
    noted = {(one.hours, one.subject) for one in state.lead_time_trials}
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
    """The same order under that lead time, nothing told."""
    terms = state.terms.policy.delays.model_copy(update={"at_risk": hours, "max_notices": 1})
    policy = state.terms.policy.model_copy(update={"delays": terms})
    return state.model_copy(
        update={"terms": state.terms.model_copy(update={"policy": policy}), "delay_notices": []}
    )
