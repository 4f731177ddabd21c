"""The notices of an order that have left: what later ones are compared with before they leave."""

from collections.abc import Iterable, Iterator

from domain.model.notice import Notice
from domain.notifications.facts import SentNotice
from store.tables.all import OutboxRow


def sent_notices(rows: Iterable[OutboxRow]) -> Iterator[SentNotice]:
    """Those of the rows that have left, or may have left before a crash."""
    for row in rows:
        at = row.sent_at or row.sending_at
        if at is not None:
            notice = Notice.model_validate_json(row.notice)
            yield SentNotice(
                key=notice.key, kind=notice.kind, subject=notice.subject, at=at, details=notice.details
            )
