"""`/agents/queue/bulk`: one answer to many questions, tried before it is done, with a result for each."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from aiohttp import web

from domain.actors import STAFF
from pages.queue.place import QueuePlace
from pages.queue.screen import show_queue
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.console.bulk import MAX_ITEMS, BulkAction, BulkOrder, BulkResult

_ACTIONS: Final[tuple[BulkAction, ...]] = get_args(BulkAction)
_SHORTEST: Final = 3  # letters of a reason


@dataclass(frozen=True)
class _Tried:
    """What became of a request, or would. `request`: its name, which the button that does it sends again."""

    results: Sequence[BulkResult]
    dry: bool
    request: str


@staff_page("GET", "/agents/queue/bulk", roles=STAFF)
async def choose_action(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """The questions that were selected, and what may be done with them."""
    items = visit.query.many("item", 64)[:MAX_ITEMS]
    if not items:
        return await show_queue(visit, user, QueuePlace(), notice="none_selected")
    return await _form(visit, user, BulkOrder("approve", items))


@staff_page("POST", "/agents/queue/bulk", roles=STAFF)
async def work_on_selected(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """First what would happen; the second button does it. A repetition does nothing twice."""
    items = visit.form.many("item", 64)[:MAX_ITEMS]
    chosen = visit.form.choice("action", _ACTIONS)
    action = next((one for one in _ACTIONS if one == chosen), None)
    if not items or action is None:
        return redirect("/agents")
    request = visit.form.text("request", 64) or secrets.token_hex(16)
    wanted = BulkOrder(action, items, visit.form.text("reason", 500), f"{user.id}/{request}")
    if action not in ("claim", "release") and len(wanted.reason) < _SHORTEST:
        return await _form(visit, user, wanted, mistake=True)
    dry = not visit.form.checked("do")
    results = await visit.services.console.bulk.run(user.merchant, user.actor, wanted, dry=dry)
    return await _form(visit, user, wanted, _Tried(results, dry, request))


async def _form(
    visit: Visit, user: StaffUser, wanted: BulkOrder, tried: _Tried | None = None, *, mistake: bool = False
) -> web.Response:
    tried = tried or _Tried((), dry=True, request=secrets.token_hex(16))
    found = await visit.services.console.queue.find(user.merchant, wanted.items, with_names=True)
    return render(
        visit,
        "queue/bulk.html",
        status=422 if mistake else 200,
        items=wanted.items,
        questions=found,
        wanted=wanted,
        mistake=mistake,
        results={one.item: one for one in tried.results},
        dry=tried.dry,
        request_id=tried.request,
    )
