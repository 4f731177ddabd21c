"""The shop's lists of orders and refunds, by page, with the headers that say how many there are."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from aiohttp import web

from simulators.payments.woocommerce import dirty_answers, refusals
from simulators.payments.woocommerce.refusals import Answer
from simulators.payments.woocommerce.rendering import Writer
from simulators.payments.woocommerce.schemas import ShopSettings
from simulators.payments.woocommerce.store import WooStore

Body = dict[str, Any]
Run = Callable[..., Awaitable[Any]]
_MOST = 100  # a page
_ORDER_BY = {"date", "id", "include", "title", "slug"}


class Changed(Protocol):
    """Called after an order was changed."""

    async def __call__(self, order: int, event: str = "updated") -> None:
        """Tell the webhooks."""


class OrderRoutes:
    """The handlers of orders and of refunds that exist."""

    def __init__(self, store: WooStore, run: Run, changed: Changed) -> None:
        self._store, self._run, self._changed = store, run, changed

    async def rendered(self, order_id: int) -> Body:
        """The order as it is now, in the shop's own decimals."""
        order = await self._run(self._store.order, order_id)
        settings = await self._run(self._store.settings)
        return await self._order_body(Writer(settings, None), order)

    async def _order_body(self, writer: Writer, order: Body) -> Body:
        return writer.order(order, await self._run(self._store.refunds, order["id"]))

    async def refund_body(self, request: web.Request, refund: Body) -> Body:
        """The refund in the request's decimals."""
        return (await self._writer(request)).refund(refund)

    async def _writer(self, request: web.Request) -> Writer:
        decimals = request.query.get("dp", "")
        return Writer(await self._run(self._store.settings), int(decimals) if decimals.isdigit() else None)

    async def list_orders(self, request: web.Request) -> web.StreamResponse:
        """Orders by page, of those that were modified after a time."""
        if request.query.get("orderby", "date") not in _ORDER_BY:
            return dirty_answers.clean(refusals.invalid_parameter("orderby"))
        settings = await self._run(self._store.settings)
        try:
            after = _after(request, settings)
        except ValueError:
            return dirty_answers.clean(refusals.invalid_parameter("modified_after"))
        found = await self._run(self._store.orders, after)
        if request.query.get("order", "desc") == "desc":
            found.reverse()
        writer = await self._writer(request)
        return await self._page(request, found, partial(self._order_body, writer))

    async def list_refunds(self, request: web.Request) -> web.StreamResponse:
        """The order's refunds by page, newest first."""
        order = int(request.match_info["order"])
        if await self._run(self._store.order, order) is None:
            return dirty_answers.clean(refusals.NO_PARENT)
        found = await self._run(self._store.refunds, order)
        return await self._page(request, found, partial(self.refund_body, request))

    async def _page(
        self, request: web.Request, found: list[Body], render: Callable[[Body], Awaitable[Body]]
    ) -> web.StreamResponse:
        size, number = request.query.get("per_page", "10"), request.query.get("page", "1")
        if not (size.isdigit() and 0 < int(size) <= _MOST and number.isdigit() and int(number) > 0):
            return dirty_answers.clean(refusals.invalid_parameter("per_page"))
        first = (int(number) - 1) * int(size)
        pages = -(-len(found) // int(size))
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        if int(number) < pages:
            following = request.url.update_query(page=str(int(number) + 1))
            headers["Link"] = f'<{following}>; rel="next"'
        page = [await render(one) for one in found[first : first + int(size)]]
        return dirty_answers.clean(Answer(200, page, headers))

    async def get_order(self, request: web.Request) -> web.StreamResponse:
        """One order."""
        order = await self._run(self._store.order, int(request.match_info["order"]))
        if order is None:
            return dirty_answers.clean(refusals.NO_ORDER)
        return dirty_answers.clean(Answer(200, await self._order_body(await self._writer(request), order)))

    async def delete_order(self, request: web.Request) -> web.StreamResponse:
        """Put an order into the trash."""
        order = int(request.match_info["order"])
        if not await self._run(partial(self._store.trash, order, trashed=True)):
            return dirty_answers.clean(refusals.NO_ORDER)
        await self._changed(order, "deleted")
        return dirty_answers.clean(Answer(200, {"id": order}))

    async def get_refund(self, request: web.Request) -> web.StreamResponse:
        """One refund of that order."""
        found = await self._found(request)
        if found is None:
            return dirty_answers.clean(refusals.NO_REFUND)
        return dirty_answers.clean(Answer(200, await self.refund_body(request, found)))

    async def delete_refund(self, request: web.Request) -> web.StreamResponse:
        """Remove a refund's row; its money stays where it is."""
        found = await self._found(request)
        if found is None:
            return dirty_answers.clean(refusals.NO_REFUND)
        if request.query.get("force") != "true":
            return dirty_answers.clean(refusals.TRASH_FIRST)
        await self._run(self._store.delete_refund, found["id"])
        order = await self._run(self._store.order, found["parent"])
        await self._run(self._store.save_order, order)
        await self._changed(found["parent"])
        return dirty_answers.clean(Answer(200, await self.refund_body(request, found)))

    async def _found(self, request: web.Request) -> Body | None:
        rows = await self._run(self._store.refunds, int(request.match_info["order"]))
        return next((row for row in rows if row["id"] == int(request.match_info["refund"])), None)


def _after(request: web.Request, settings: ShopSettings) -> str:
    """`modified_after` in UTC: the shop's local time, unless `dates_are_gmt` says otherwise. Raises ValueError."""
    text = request.query.get("modified_after")
    if text is None:
        return ""
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    if request.query.get("dates_are_gmt") != "true":
        at -= timedelta(minutes=settings.utc_offset_minutes)
    return at.isoformat()
