"""Routes of the queue: the open questions of all orders, and who works on each."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from domain.actors import STAFF, Actor, Role
from domain.base import Frozen
from domain.model.attention import AttentionKind, Owner
from services.console.queue import AttentionFilters, AttentionItemView, ClaimResult, QueueCounts

WORKERS = STAFF | {Role.FINANCE, Role.WAREHOUSE}


class AttentionQuery(PageQuery):
    """Only the questions that are all of this."""

    owner: Owner | None = None
    """That wait for that role."""
    kind: AttentionKind | None = None
    """Of that kind."""
    holder: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """On which that user or key works; `me` is the caller; `none`: no person does, and it is not the customer's turn."""
    overdue: Literal["true", "false"] | None = None
    """Whose deadline has passed, or has not."""

    def filters(self, caller: str) -> AttentionFilters:
        """For the queue. `caller`: the id of the caller."""
        holder = {"me": caller, "none": ""}.get(self.holder or "", self.holder)
        overdue = None if self.overdue is None else self.overdue == "true"
        return AttentionFilters(self.owner, self.kind, holder, overdue)


class AttentionItemList(Frozen):
    """A page of open questions, by their deadlines."""

    items: tuple[AttentionItemView, ...]
    """The questions of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


@endpoint("GET", "/v1/attention", roles=WORKERS, tags=("agents",))
async def list_attention(call: Call[Services], query: AttentionQuery) -> AttentionItemList:
    """Open questions, the most urgent first.

    `unknown_parcel`: a carrier has reported for an hour on a number that no parcel has. Its `order` is null, and
    `tracking_number` and `carrier` are the carrier's. It ends when a parcel with that number is registered, or by
    `POST /v1/unknown-parcels/{tracking_number}/dismissals`.

    `payment_difference`: a provider's records differ from the ledger. Its `order` is null, and `subject` is the id in
    `GET /v1/payments/differences`, where it is closed.

    `privacy_request`: a person's demand that no admin has decided a week before its deadline. Its `order` is null, and
    `subject` is the id in `GET /v1/privacy/requests`, where it is decided.
    """
    filters = query.filters(call.caller.name)
    page = await call.services.console.queue.page(
        call.merchant, filters, query.page(), with_names=_reads_names(call)
    )
    return AttentionItemList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/attention/counts", roles=WORKERS, tags=("agents",))
async def count_attention(call: Call[Services]) -> QueueCounts:
    """How many questions are open, overdue, the caller's, without a person, and by kind and role."""
    return await call.services.console.queue.counts(call.merchant, call.caller.name)


@endpoint("GET", "/v1/attention/{item}", roles=WORKERS, tags=("agents",))
async def get_attention(call: Call[Services]) -> AttentionItemView:
    """One open question. It is not found when it was answered or closed."""
    item = call.path["item"]
    found = await call.services.console.queue.find(call.merchant, (item,), with_names=_reads_names(call))
    if item not in found:
        raise Problem("not_found")
    return found[item]


@endpoint(
    "POST", "/v1/attention/{item}/claim", roles=WORKERS, tags=("agents",), problems=("already_claimed",)
)
async def claim_attention(call: Call[Services]) -> AttentionItemView:
    """From now on the caller works on the question. Where another does, the answer says who: `current.holder`."""
    return await _changed(call, lambda: call.services.console.queue.claim(*_who_and_what(call)))


@endpoint(
    "POST", "/v1/attention/{item}/release", roles=WORKERS, tags=("agents",), problems=("already_claimed",)
)
async def release_attention(call: Call[Services]) -> AttentionItemView:
    """No person works on the question any more. Senior agents and admins release also what others work on."""
    return await _changed(call, lambda: call.services.console.queue.release(*_who_and_what(call)))


class HandOver(Frozen):
    """Who works on the question from now on."""

    to: Annotated[str, Field(min_length=1, max_length=64)]
    """The id of a user of the merchant, or of a key that has a name."""


@endpoint(
    "POST", "/v1/attention/{item}/hand-over", roles=WORKERS, tags=("agents",),
    problems=("already_claimed", "refused"),
)  # fmt: skip
async def hand_over_attention(call: Call[Services], body: HandOver) -> AttentionItemView:
    """From now on another person works on the question.

    Who works on it hands it over, any worker where no person does, and senior agents and admins always.
    """
    queue = call.services.console.queue
    return await _changed(call, lambda: queue.hand_over(*_who_and_what(call), body.to))


def _who_and_what(call: Call[Services]) -> tuple[str, Actor, str]:
    return call.merchant, call.caller.actor, call.path["item"]


def _reads_names(call: Call[Services]) -> bool:
    return call.caller.role in STAFF


async def _changed(call: Call[Services], change: Callable[[], Awaitable[ClaimResult]]) -> AttentionItemView:
    result = await change()
    if result.verdict == "unknown":
        raise Problem("not_found")
    if result.verdict == "no_such_person":
        raise Problem("refused", "No user and no named key of the merchant has that id.")
    assert result.item is not None
    if result.verdict == "held":
        raise Problem("already_claimed", current=result.item)
    return result.item
