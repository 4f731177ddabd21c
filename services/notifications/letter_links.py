"""What the links of a letter are about, as it stands when the letter leaves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.base import Frozen
from domain.journey.customer_questions import Answer, CustomerQuestion, question_of, question_status
from domain.model.notice import Notice
from domain.model.state import JourneyState
from domain.notifications.preferences import is_allowed
from domain.orders.feedback import FeedbackMoment, open_moment
from store.notifications.preferences import Preferences
from store.orders.links import LinkEpochs


class LetterLinks(Frozen):
    """The subjects of a notice's links.

    question, answers: what it asks, and what can be answered now.
    return_id: of the return whose drop-off code it shows.
    opens_order: it has the one-time link to the order that the customer asked for, and no other.
    survey: how it went, which it asks at its end.
    epoch: the order's epoch of links, with which they end.
    """

    question: CustomerQuestion | None = None
    answers: tuple[Answer, ...] = ()
    return_id: str = ""
    opens_order: bool = False
    survey: FeedbackMoment | None = None
    epoch: int = 0


NO_LINKS = LetterLinks()
_ENDS: Final = ("delivered", "refunded")  # kinds after which nothing more comes


@dataclass(frozen=True)
class LinkReader:
    """Finds what links are about. A customer who did not agree to questions about how it went gets none by letter."""

    epochs: LinkEpochs
    preferences: Preferences

    async def of(self, notice: Notice, state: JourneyState, now: datetime) -> LetterLinks:
        """Of a notice that is true now."""
        merchant, order = state.order.merchant, state.order.order
        found = _links_of(notice, state, now)
        survey = survey_of(notice, state, now)
        if survey is not None:
            chosen = await self.preferences.current(merchant, state.order.customer.customer, ("feedback",))
            survey = survey if is_allowed(chosen, "email", "feedback") else None
        epoch = await self.epochs.get(merchant, order) or 0
        return found.model_copy(update={"survey": survey, "epoch": epoch})


def survey_of(notice: Notice, state: JourneyState, now: datetime) -> FeedbackMoment | None:
    """What a letter that ends a moment asks: of a delivery, or of the money of a return."""
    return open_moment(state, now) if notice.kind in _ENDS else None


def _links_of(notice: Notice, state: JourneyState, now: datetime) -> LetterLinks:
    question = question_of(notice, state)
    status = question_status(question, state, now) if question else None
    answers = status.answers if status else ()
    shows_code = notice.kind == "return_authorized" and "code_expires" in notice.details
    return LetterLinks(
        question=question if answers else None,
        answers=answers,
        return_id=notice.subject if shows_code else "",
        opens_order=notice.kind == "order_link",
    )
