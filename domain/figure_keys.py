"""Keys by which a fact for the figures is written once."""

from datetime import datetime


def fact(order: str, seq: int, kind: str, subject: str, *, undone: bool) -> str:
    """A fact that came with that version of the order, or one that no longer holds since then."""
    return "/".join((order, str(seq), kind, subject, "-" if undone else "+"))


def touched(order: str) -> str:
    """The order was touched by a person: it counts once, however often."""
    return f"{order}/touched"


def page_view(order: str, at: datetime) -> str:
    """A view of the order's page: reloads within one minute are one view."""
    return "/".join((order, "view", at.isoformat(timespec="minutes")))


def feedback(order: str, survey: str, subject: str, part: str) -> str:
    """The command of an answer to how it went: two clicks are one. `part`: the score, or the comment to it."""
    return "/".join((order, "feedback", survey, subject, part))


def bought_again(order: str, subject: str) -> str:
    """The customer of that return bought again in time: it counts once for a return."""
    return f"{order}/bought_again/{subject}"


def sums_lock(merchant: str) -> str:
    """Adding a merchant's facts to the sums of their days."""
    return f"figures/{merchant}"
