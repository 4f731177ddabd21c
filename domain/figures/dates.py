"""Facts about the dates that customers were given about money, answers and further messages: given and kept."""

from collections.abc import Iterator

from domain.figures.deliveries import promised_day
from domain.figures.fact import FigureFact
from domain.model.state import JourneyState


def date_facts(state: JourneyState) -> Iterator[FigureFact]:
    """A date that was withdrawn, or of which nothing is left to report, does not count."""
    country = state.order.destination.country
    for promise in state.date_promises:
        if promise.outcome == "withdrawn":
            continue
        day = promised_day(promise.due, state.zone)
        given = FigureFact("date_given", promise.id, day, country=country, reason=promise.kind)
        yield given
        if promise.outcome == "kept":
            yield given._replace(kind="date_kept")
    for update in state.follow_ups:
        if update.expired_at is not None:
            continue
        subject = f"{update.subject} {update.number}"
        given = FigureFact(
            "date_given", subject, promised_day(update.due, state.zone), country=country, reason="next_update"
        )
        yield given
        if update.fulfilled_at is not None and update.fulfilled_at <= update.due:
            yield given._replace(kind="date_kept")
