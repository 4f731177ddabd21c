"""The live table: every order as the API shows it while the demo runs."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from rich.console import Console
from rich.live import Live
from rich.table import Table

from demo.actions import Json, OrderPlan
from demo.client import SandboxMerchant, order_path

_MAX_CONCURRENT = 6
_LOG_WIDTH = 170  # columns of a console that is not a terminal
_COLUMNS = ("order", "scenario", "stage", "promise", "parcels", "notified before", "return", "paid back")


class LiveTable:
    """One row per order. A row is read again after an action on its order, and when the API's next scheduled action is due."""

    def __init__(self, shop: SandboxMerchant, plans: Iterable[OrderPlan], console: Console) -> None:
        self._shop = shop
        self._plans = {plan.order_id: plan for plan in plans}
        self._views: dict[str, Json] = {}
        self._at: datetime | None = None
        self._gate = asyncio.Semaphore(_MAX_CONCURRENT)
        if not console.is_terminal:
            console.width = max(console.width, _LOG_WIDTH)
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._table)

    def __enter__(self) -> "LiveTable":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        self._live.console.line()  # Live ends a file's last line without one

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Read the orders that may have changed at `now` again, and show them."""
        self._at = now
        due = {order for order, view in self._views.items() if _may_have_changed(view, now)}
        await asyncio.gather(*(self._fetch(order) for order in due.union(touched)))
        self._live.refresh()

    async def _fetch(self, order_id: str) -> None:
        async with self._gate:
            self._views[order_id] = await self._shop.get("agent", order_path(order_id))

    def _table(self) -> Table:
        clock = f"{self._at:%a %d %b %Y %H:%M} UTC" if self._at else "not started"
        table = Table(title=f"smot demo · {self._shop.name} · {clock}", title_justify="left")
        for column in _COLUMNS:
            table.add_column(column, no_wrap=column != "scenario")
        for order_id, plan in self._plans.items():
            view = self._views.get(order_id)
            table.add_row(order_id, _scenario(plan), *(_cells(view) if view else ["·"] * 6))
        return table


def _may_have_changed(view: Json, now: datetime) -> bool:
    scheduled = view["next"]
    return scheduled is not None and datetime.fromisoformat(scheduled["at"]) <= now


def _scenario(plan: OrderPlan) -> str:
    name = plan.scenario if plan.returns == "none" else f"{plan.scenario}, {plan.returns}"
    return name.replace("_", " ")


def _cells(view: Json) -> list[str]:
    promised = datetime.fromisoformat(view["due"]) - timedelta(microseconds=1)  # a day is kept until its end
    refunded, captured = view["refunded"]["minor"], view["captured"]["minor"]
    money = f"{refunded / 100:.2f}/{captured / 100:.2f}" if refunded else ""
    parcels = Counter(str(parcel["status"]).replace("_", " ") for parcel in view["parcels"])
    statuses = ", ".join(status if count == 1 else f"{count} {status}" for status, count in parcels.items())
    notified = ", ".join(f"{hours_before(notice)} h" for notice in view["delay_notices"])
    return [view["stage"], f"{promised:%d %b}", statuses, notified, _returns(view), money]


def hours_before(notice: Json) -> int:
    """Hours from the delay notice to the end of the promise."""
    lead = datetime.fromisoformat(notice["due"]) - datetime.fromisoformat(notice["notified_at"])
    return int(lead.total_seconds() // 3600)


def _returns(view: Json) -> str:
    return ", ".join(map(_return, view["returns"]))


def _return(view: Json) -> str:
    credited = view["status"] == "settled" and view["resolution"] == "store_credit"
    return "settled as credit" if credited else str(view["status"]).replace("_", " ")
