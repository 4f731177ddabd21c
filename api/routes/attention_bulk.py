"""Routes: one answer to many questions."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from domain.actors import STAFF
from domain.base import Frozen
from services.console.bulk import MAX_ITEMS, BulkAction, BulkOrder, BulkResult


class BulkRequest(Frozen):
    """What is wanted of which questions."""

    action: BulkAction
    """`approve` and `refuse` decide returns in review; `close` closes questions that need no answer."""
    items: Annotated[
        tuple[Annotated[str, Field(max_length=64)], ...], Field(min_length=1, max_length=MAX_ITEMS)
    ]
    """Their names in the queue (`item`)."""
    reason: Annotated[str, Field(max_length=500)] = ""
    """Why; of three letters or more for all but `claim` and `release`. Kept with each order."""
    dry_run: bool = True
    """Whether nothing is changed, and the answer says what would happen."""
    wait: bool = False
    """With true, what pays money at once waits for the policy's `undo_seconds`, as `planned` of the order says."""


class BulkResults(Frozen):
    """What became of each question, or would."""

    dry_run: bool
    """Whether nothing was changed."""
    items: tuple[BulkResult, ...]
    """One for each question, in the order of the request."""
    next: None = None
    """Always null: all are here."""


@endpoint(
    "POST", "/v1/attention/bulk", roles=STAFF, tags=("agents",), problems=("refused",), idempotency="optional"
)
async def work_on_many(call: Call[Services], body: BulkRequest) -> BulkResults:
    """Claim, release, close, approve or refuse many questions at once; without `dry_run: false` nothing is changed.

    Each question is judged by itself: a refused one keeps none of the others. What is above the limit of your role waits for a
    second person; the dry run says so.
    """
    if body.action not in ("claim", "release") and len(body.reason.strip()) < 3:
        raise Problem("refused", "A reason of three letters or more is needed.")
    wanted = BulkOrder(body.action, body.items, body.reason.strip(), call.command_id, body.wait)
    results = await call.services.console.bulk.run(call.merchant, call.caller.actor, wanted, dry=body.dry_run)
    return BulkResults(dry_run=body.dry_run, items=tuple(results))
