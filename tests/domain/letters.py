"""Judges notices of a driven journey as the sender does right before they leave."""

from collections.abc import Iterable

from domain.model.notice import Notice
from domain.notifications.current_notice import current_notice
from domain.notifications.facts import Details, Facts, SentNotice, Stale
from tests.domain.state_driver import StateDriver


def judge(journey: StateDriver, notice: Notice, *sent: SentNotice) -> Notice | Stale:
    """The notice as it would leave now."""
    return current_notice(notice, Facts(journey.state, sent, journey.now))


def stale_reason(journey: StateDriver, notice: Notice, *sent: SentNotice) -> str | None:
    """Why it would not leave now; None if it would."""
    found = judge(journey, notice, *sent)
    return found.reason if isinstance(found, Stale) else None


def details_of(journey: StateDriver, notice: Notice, *sent: SentNotice) -> Details:
    """The details with which it would leave now."""
    found = judge(journey, notice, *sent)
    assert isinstance(found, Notice), found
    return found.details


def left(journey: StateDriver, notice: Notice, *before: SentNotice) -> SentNotice:
    """The notice, as it leaves now after those."""
    found = judge(journey, notice, *before)
    assert isinstance(found, Notice), found
    return SentNotice(
        key=found.key, kind=found.kind, subject=found.subject, at=journey.now, details=found.details
    )


def last(journey: StateDriver, kind: str) -> Notice:
    """The newest notice of that kind that was written."""
    found: Iterable[Notice] = (one for one in reversed(journey.sent) if one.kind == kind)
    return next(iter(found))
