"""The live table: what the API says of every order while the play goes on."""

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
_WIDE = 170  # columns in a log, where no terminal limits them
_COLUMNS = ("order", "scenario", "stage", "promise", "parcels", "notified before", "return", "paid back")


class LiveTable:
    """One row per order, read from the API: what was acted on, and what the API said would happen by itself by now."""

    def __init__(self, shop: SandboxMerchant, plans: Iterable[OrderPlan], console: Console) -> None:
        self._shop = shop
        self._plans = {plan.order_id: plan for plan in plans}
        self._views: dict[str, Json] = {}
        self._at: datetime | None = None
        self._gate = asyncio.Semaphore(_MAX_CONCURRENT)
        if not console.is_terminal:
            console.width = max(console.width, _WIDE)
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._table)

    def __enter__(self) -> "LiveTable":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        self._live.console.line()  # Live ends a file's last line without one

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Read again what may have changed at `now` and show it."""
        self._at = now
        due = {order for order, view in self._views.items() if _may_have_changed(view, now)}
        await asyncio.gather(*(self._fetch(order) for order in due.union(touched)))
        self._live.refresh()

    async def _fetch(self, order_id: str) -> None:
        async with self._gate:
            self._views[order_id] = await self._shop.get("agent", order_path(order_id))

    def _table(self) -> Table:
        clock = f"{self._at:%a %d %b %Y %H:%M} UTC" if self._at else "before the curtain"
        table = Table(title=f"smot demo · {self._shop.name} · {clock}", title_justify="left")
        for column in _COLUMNS:
            table.add_column(column, no_wrap=column != "scenario")
        for order_id, plan in self._plans.items():
            view = self._views.get(order_id)
            table.add_row(order_id, _scenario(plan), *(_cells(view) if view else ["·"] * 6))
        return table


def _may_have_changed(view: Json, now: datetime) -> bool:
    waiting = view["next"]
    return waiting is not None and datetime.fromisoformat(waiting["at"]) <= now


def _scenario(plan: OrderPlan) -> str:
    named = plan.scenario if plan.returns == "none" else f"{plan.scenario}, {plan.returns}"
    return named.replace("_", " ")


def _cells(view: Json) -> list[str]:
    promised = datetime.fromisoformat(view["due"]) - timedelta(microseconds=1)  # a day is kept until its end
    back, captured = view["refunded"]["minor"], view["captured"]["minor"]
    money = f"{back / 100:.2f}/{captured / 100:.2f}" if back else ""
    parcels = Counter(str(parcel["status"]).replace("_", " ") for parcel in view["parcels"])
    seen = ", ".join(status if count == 1 else f"{count} {status}" for status, count in parcels.items())
    told = ", ".join(f"{hours_before(told)} h" for told in view["delay_notices"])
    return [view["stage"], f"{promised:%d %b}", seen, told, _returns(view), money]


def hours_before(notice: Json) -> int:
    """Hours before the promise broke at which the customer knew."""
    lead = datetime.fromisoformat(notice["due"]) - datetime.fromisoformat(notice["notified_at"])
    return int(lead.total_seconds() // 3600)


def _returns(view: Json) -> str:
    return ", ".join(_return(one) for one in view["returns"])


def _return(one: Json) -> str:
    paid = one["status"] == "settled" and one["resolution"] == "store_credit"
    return "settled as credit" if paid else str(one["status"]).replace("_", " ")
