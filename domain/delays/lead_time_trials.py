"""At risk under other lead times: when each would have told of a delay, so that a merchant can choose by their own past.

It is the delay rule itself that is asked, with another `at_risk` and a customer who knows nothing yet: whatever the rule
learns to look at, what is tried out here looks at too.
"""

from collections.abc import Iterator

from domain.delays import reasons
from domain.model.promise import LeadTimeTrial
from domain.model.state import JourneyState


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
