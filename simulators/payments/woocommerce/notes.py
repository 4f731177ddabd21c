"""The notes of an order: private ones for the shop's staff, or ones that the customer gets by mail."""

from typing import Any

from aiohttp import web

from simulators.payments.woocommerce import dirty_answers, refusals
from simulators.payments.woocommerce.order_routes import Run
from simulators.payments.woocommerce.refusals import Answer
from simulators.payments.woocommerce.store import WooStore

Body = dict[str, Any]


class NoteRoutes:
    """The handlers of notes."""

    def __init__(self, store: WooStore, run: Run) -> None:
        self._store, self._run = store, run

    async def list_notes(self, request: web.Request) -> web.StreamResponse:
        """All notes, or those of one type, newest first."""
        order = int(request.match_info["order"])
        if await self._run(self._store.order, order) is None:
            return dirty_answers.clean(refusals.NO_ORDER_OF_NOTES)
        wanted = {"customer": (True,), "internal": (False,)}.get(
            request.query.get("type", "any"), (True, False)
        )
        found = [
            note for note in await self._run(self._store.notes, order) if note["customer_note"] in wanted
        ]
        return dirty_answers.clean(Answer(200, found))

    async def create(self, request: web.Request, asked: Body) -> web.StreamResponse:
        """Write a note."""
        order = int(request.match_info["order"])
        if await self._run(self._store.order, order) is None:
            return dirty_answers.clean(refusals.NO_ORDER_OF_NOTES)
        if not isinstance(asked.get("note"), str):
            return dirty_answers.clean(refusals.invalid_parameter("note"))
        fault = await self._run(self._store.next_fault, order, "notes")
        if fault is not None and fault.kind == "html_504_before":
            return dirty_answers.gateway_timeout()
        if fault is not None and fault.kind == "stop_before_check":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        at = (await self._run(self._store.now)).replace(tzinfo=None).isoformat()
        note = {
            "id": await self._run(self._store.new_id),
            "author": "system",
            "date_created": at,
            "date_created_gmt": at,
            "note": asked["note"],
            "customer_note": bool(asked.get("customer_note", False)),
        }
        await self._run(self._store.save_note, note, order)
        answer = Answer(201, note)
        if fault is None:
            return dirty_answers.clean(answer)
        return await dirty_answers.spoiled(request, answer, fault)
