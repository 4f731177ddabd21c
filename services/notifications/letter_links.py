"""What the links of a letter are about, as it stands when the letter leaves."""

from datetime import datetime

from domain.base import Frozen
from domain.journey.customer_questions import Answer, CustomerQuestion, question_of, question_status
from domain.model.notice import Notice
from domain.model.state import JourneyState
from store.orders.links import LinkEpochs


class LetterLinks(Frozen):
    """The subjects of a notice's links.

    question, answers: what it asks, and what can be answered now.
    return_id: of the return whose drop-off code it shows.
    opens_order: it has the one-time link to the order that the customer asked for.
    epoch: the order's epoch of links, with which they end.
    """

    question: CustomerQuestion | None = None
    answers: tuple[Answer, ...] = ()
    return_id: str = ""
    opens_order: bool = False
    epoch: int = 0


NO_LINKS = LetterLinks()


async def links_of(notice: Notice, state: JourneyState, now: datetime, epochs: LinkEpochs) -> LetterLinks:
    """Of a notice that is true now. Most notices have no links, and cost nothing here."""
    question = question_of(notice, state)
    status = question_status(question, state, now) if question else None
    answers = status.answers if status else ()
    shows_code = notice.kind == "return_authorized" and "code_expires" in notice.details
    opens = notice.kind == "order_link"
    if not answers and not shows_code and not opens:
        return NO_LINKS
    return LetterLinks(
        question=question if answers else None,
        answers=answers,
        return_id=notice.subject if shows_code else "",
        opens_order=opens,
        epoch=await epochs.get(state.order.merchant, state.order.order) or 0,
    )
