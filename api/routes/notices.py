"""Routes: notices that could not be sent, with the reason; and another attempt."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from api.schemas.replays import ManyReplayed, ReplayQueued, ReplayReason, ReplaySelection, number_in_path
from domain.actors import STAFF
from domain.base import Frozen
from services.orders.history import NoticeDetail
from services.replays.notices import NoticeFilter, QueuedNotice, Status, TooManyCopies
from services.replays.replayer import Replayer

_TAGS = ("notices",)
Kind = Annotated[str | None, Field(max_length=64)]


class NoticeQuery(PageQuery):
    """Only notices of that status and kind."""

    status: Status = "dead"
    """Only notices of that status."""
    kind: Kind = None
    """Only notices of that kind."""


class UnsentNoticeList(Frozen):
    """A page of notices that were not sent, newest first."""

    items: tuple[QueuedNotice, ...]
    """The notices of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class NoticeReplayRequest(ReplaySelection):
    """Which dead notices to send again, and why."""

    kind: Kind = None
    """Only notices of that kind."""


@endpoint("GET", "/v1/notices", roles=STAFF, tags=_TAGS)
async def list_unsent_notices(call: Call[Services], query: NoticeQuery) -> UnsentNoticeList:
    """Notices of that status, oldest first, each with its reason; by default those that are dead: no channel took them."""
    wanted = NoticeFilter(status=query.status, kind=query.kind)
    page = await call.services.orders.notice_replays.page(call.merchant, wanted, query.page())
    return UnsentNoticeList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/notices/{notice}", roles=STAFF, tags=_TAGS)
async def get_notice(call: Call[Services]) -> NoticeDetail:
    """One notice with its letters as they were sent: subject, text, HTML, channel, times, and what the mail server answered."""
    notice = await call.services.orders.history.notice(call.merchant, number_in_path(call, "notice"))
    if notice is None:
        raise Problem("not_found")
    return notice


@endpoint(
    "POST", "/v1/notices/{notice}/replay", roles=STAFF, status=202, tags=_TAGS,
    problems=("refused",), idempotency="optional",
)  # fmt: skip
async def replay_notice(call: Call[Services], body: ReplayReason) -> ReplayQueued:
    """Send a dead notice again under its old message id, or one that has left as a new message, three times a day at most.

    It is judged again first: what is not true any more, not wanted, or would go to a suppressed address is not sent.
    """
    merchant, notice = call.merchant, number_in_path(call, "notice")
    by, replays = Replayer(call.caller.actor, body.reason), call.services.orders.notice_replays
    try:
        queued = await replays.send_again(merchant, notice, by, call.command_id)
    except TooManyCopies:
        raise Problem("refused", "It was sent again three times within a day.") from None
    if queued is None:
        raise Problem("not_found")
    return ReplayQueued(id=queued)


@endpoint("POST", "/v1/notices/replay", roles=STAFF, status=202, tags=_TAGS)
async def replay_notices(call: Call[Services], body: NoticeReplayRequest) -> ManyReplayed:
    """Send many dead notices again, at most 500 in one request, the oldest first. With `dry_run` they are only counted."""
    wanted = NoticeFilter("dead", body.kind, body.problem, body.since, body.until)
    replays = call.services.orders.notice_replays
    if body.dry_run:
        return ManyReplayed(queued=0, more=await replays.count(call.merchant, wanted))
    result = await replays.replay(call.merchant, wanted, Replayer(call.caller.actor, body.reason))
    return ManyReplayed(queued=result.queued, more=result.more)
