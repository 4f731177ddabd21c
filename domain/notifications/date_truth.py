"""When letters about dates of money and answers are true: the date that they tell is open and to come."""

from domain.model.date_promise import DateKind
from domain.model.notice import Notice
from domain.model.state import JourneyState
from domain.notifications.facts import Details, Facts, Stale
from domain.payments.date_promises import open_date


def day_of_promise(facts: Facts, kind: DateKind, subject: str) -> str | None:
    """The date of that kind that holds, as a detail, if it is still to come."""
    promise = open_date(facts.state, kind, subject)
    return facts.coming(promise.due if promise else None)


def money_promised(notice: Notice, facts: Facts) -> Details | Stale:
    """The day by which the money of the return leaves, while it has not left."""
    due = day_of_promise(facts, "money_leaves", notice.subject)
    return {"due": due} if due else Stale(reason="not_waiting")


def date_broken(notice: Notice, facts: Facts) -> Details | Stale:
    """The day that was told and the one that holds now; or that no money leaves while its goods are looked at."""
    kept = {name: notice.details[name] for name in ("about", "promised")}
    if "withdrawn" in notice.details:
        if not facts.state.has_open("goods_condition", notice.subject):
            return Stale(reason="decided")
        return kept | {"withdrawn": 1}
    found = next((one for one in facts.state.date_promises if one.kind == notice.details["about"]), None)
    due = day_of_promise(facts, found.kind, notice.subject) if found else None
    return kept | {"due": due} | _amount(facts.state, notice.subject) if due else Stale(reason="decided")


def _amount(state: JourneyState, subject: str) -> Details:
    found = state.find_leg(subject)
    return {"amount": found[1].principal.minor, "currency": state.order.currency} if found else {}
