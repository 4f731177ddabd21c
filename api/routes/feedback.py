"""Routes: how an order went, as its customer says."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import order_of
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.feedback import Survey

_TAGS = ("orders",)


class OpenFeedback(Frozen):
    """What the customer may be asked now."""

    survey: Survey
    """How satisfied they are (`csat`), how easy a return was (`ces`), or whether they recommend the shop (`nps`)."""
    scores: tuple[int, ...]
    """What can be answered, the worst first."""
    page: str
    """The address of the page with the question, on this server."""


class GivenFeedback(Frozen):
    """What the customer answered."""

    survey: Survey
    """The question."""
    subject: str
    """The return that it is about; empty for the order."""
    score: int
    """The answer."""
    at: Instant
    """When it was given."""


class FeedbackView(Frozen):
    """How it went, as the customer says."""

    open: OpenFeedback | None
    """What to ask now; null where nothing is to be asked, or the customer wants no such questions."""
    answers: tuple[GivenFeedback, ...]
    """What was answered, oldest first. Comments are on the timeline."""


@endpoint("GET", "/v1/orders/{order}/feedback", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF, tags=_TAGS)
async def get_feedback(call: Call[Services]) -> FeedbackView:
    """What the customer answered when asked how it went, and the question that is open: after the delivery, a return, the money.

    Each is asked once, and only one at a time. The answer is given on its page.
    """
    order = await order_of(call)
    request, answers = await call.services.orders.feedback.of_order(order)
    return FeedbackView(
        open=request and OpenFeedback(survey=request.survey, scores=request.scores, page=request.page),
        answers=tuple(
            GivenFeedback(survey=one.survey, subject=one.subject, score=one.score, at=one.at)
            for one in answers
        ),
    )
