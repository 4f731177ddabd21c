"""When an agent's reply is true: it is a person's own text, and leaves as it was written."""

from domain.model.notice import Notice
from domain.notifications.facts import Details, Facts


def reply(notice: Notice, facts: Facts) -> Details:
    """Always. `text`: sealed with the customer's key; the letter has it in clear."""
    return dict(notice.details)
