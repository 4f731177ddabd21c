"""When an answer to what a customer asked for is true: an agent's own text, and the link to the order."""

from domain.model.notice import Notice
from domain.notifications.facts import Details, Facts


def reply(notice: Notice, facts: Facts) -> Details:
    """Always. `text`: sealed with the customer's key; the letter has it in clear."""
    return dict(notice.details)


def order_link(notice: Notice, facts: Facts) -> Details:
    """Always: the link is made when the letter leaves. `minutes`: how long it opens the order."""
    return dict(notice.details)


def withdrawal_received(notice: Notice, facts: Facts) -> Details:
    """Always: what was stated, and when. It leaves beside the outbox, as it may be about no order that is known."""
    return dict(notice.details)
