"""When letters that ask the customer to choose or to come are true: it is still open, and its dates are to come."""

from domain.model.notice import Notice
from domain.notifications.facts import Details, Facts, Stale
from domain.units import both


def consent_requested(notice: Notice, facts: Facts) -> Details | Stale:
    """The question is open, its deadline and the later date are to come, and its default answer is the one told."""
    item = facts.state.open_item("consent", notice.subject)
    consent = next((one for one in facts.state.consents if one.consent_id == notice.subject), None)
    if item is None or consent is None:
        return Stale(reason="already_answered")
    if not facts.coming(item.deadline) or not facts.coming(consent.due):
        return Stale(reason="time_over")
    return notice.details | {"deadline": item.deadline.isoformat(), "default_answer": item.default}


def pickup_ready(notice: Notice, facts: Facts) -> Details | Stale:
    """Some of it still waits in the shop."""
    state = facts.state
    ready = next((one for one in state.handovers if one.handover_id == notice.subject), None)
    waits = ready and not ready.handed_over_at and both(ready.units, state.uncollected())
    return notice.details if waits and state.cancelled_at is None else Stale(reason="already_collected")
