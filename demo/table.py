"""The live table: every order as the API shows it while the demo runs."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from demo.actions import Json, OrderPlan
from demo.calendar import FIRST_INSTANT
from demo.client import SandboxMerchant, order_path
from demo.plan import DemoPlan
from demo.summary import lead
from demo.waiting import LINE_INTERVAL, fitting

_MAX_CONCURRENT = 6
_WIDE = 120  # columns of a terminal in which every column has room
_FRAME = 7  # lines of the table that hold no order
_OTHERS = 55  # columns of a narrow terminal for all but the scenario
_CLOCK_WIDTH = 24
_STYLES = {"placed": "", "shipped": "cyan", "delivered": "green", "closed": "green", "cancelled": "magenta"}


class LiveTable:
    """One row per order. A row is read again after an action on its order, and when the API's next scheduled action is due.

    A console that is no terminal gets a line every ten seconds instead, and the table at the end.
    """

    def __init__(self, shop: SandboxMerchant, plan: DemoPlan, console: Console) -> None:
        self._shop, self._console = shop, console
        self._plans = {order.order_id: order for order in plan.orders}
        self._ends = plan.ends
        self._views: dict[str, Json] = {}
        self._leads: dict[str, list[int]] = {}
        self._recent = [*self._plans]  # the orders, those that changed last at the end
        self._ended = False
        self._at: datetime | None = None
        self._printed = time.monotonic()
        self._gate = asyncio.Semaphore(_MAX_CONCURRENT)
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._rendered)

    def __enter__(self) -> "LiveTable":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._live.stop()
        self._live.console.line()  # Live ends a file's last line without one

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Read the orders that may have changed at `now` again, and show them."""
        self._at = now
        due = {order for order, view in self._views.items() if _may_have_changed(view, now)}
        orders = due.union(touched)
        await asyncio.gather(*(self._fetch(order) for order in orders))
        self._recent = [order for order in self._recent if order not in orders] + sorted(orders)
        self._live.refresh()
        self._print_line(now)

    def _print_line(self, now: datetime) -> None:
        if self._console.is_terminal or time.monotonic() - self._printed < LINE_INTERVAL:
            return
        self._printed = time.monotonic()
        self._console.print(f"{now:%d %b %Y}: {len(self._views)} of {len(self._plans)} orders placed")

    async def _fetch(self, order_id: str) -> None:
        """The order; and of one with delay notices when they were sent, which its view does not show."""
        async with self._gate:
            view = await self._shop.get("agent", order_path(order_id))
            if view["delay_notices"]:
                notices = await self._shop.get("agent", order_path(order_id, "/notices"))
                self._leads[order_id] = [
                    lead(one)
                    for one in notices["items"]
                    if one["kind"] == "delayed" and one["status"] == "sent"
                ]
            self._views[order_id] = view

    def _rendered(self) -> RenderableType:
        columns = [column for column in _COLUMNS if self._console.width >= _WIDE or column.narrow]
        table = Table(title=f"smot demo · {self._shop.name}", title_justify="left")
        for column in columns:
            table.add_column(column.title, no_wrap=True, overflow="ellipsis")
        for order_id in self._shown():
            view, plan = self._views.get(order_id), self._plans[order_id]
            leads = self._leads.get(order_id, [])
            cells = [
                fitting(column.cell(plan, view, leads), column.width(self._console)) for column in columns
            ]
            table.add_row(*cells, style=_style(view))
        left = len(self._plans) - table.row_count
        more = [Text(f"… and {left} more orders", style="dim")] if left else []
        return Group(table, *more, self._clock())

    def _shown(self) -> list[str]:
        """The orders that fit on the terminal, those that changed last; all of them at the end and elsewhere."""
        room = max(1, self._console.height - _FRAME)
        if self._ended or not self._console.is_terminal or room >= len(self._plans):
            return [*self._plans]
        newest = {*self._recent[-room:]}
        return [order for order in self._plans if order in newest]

    def _clock(self) -> RenderableType:
        """The shop's time between the first order and the end."""
        at = self._at or FIRST_INSTANT
        whole, gone = self._ends - FIRST_INSTANT, at - FIRST_INSTANT
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(whole.total_seconds(), gone.total_seconds(), width=_CLOCK_WIDTH)
        line.add_row(
            f"clock {FIRST_INSTANT:%d %b}", bar, f"{self._ends:%d %b}", f"now {at:%a %d %b %H:%M} UTC"
        )
        return line


class _Column:
    """A column: how a cell is read from plan, view and hours of its delay notices; `narrow`: shown in a narrow terminal too."""

    def __init__(
        self, title: str, cell: Callable[[OrderPlan, Json, list[int]], str], narrow: bool = False
    ) -> None:
        self.title, self._cell, self.narrow = title, cell, narrow

    def width(self, console: Console) -> int:
        """How many characters of a cell have room: in a narrow terminal the scenario is cut, and nothing else."""
        return max(10, console.width - _OTHERS) if self.title == "scenario" else console.width

    def cell(self, plan: OrderPlan, view: Json | None, leads: list[int]) -> str:
        """The text; a dot while the order is not placed."""
        if view is None and self.title not in ("order", "scenario"):
            return "·"
        return self._cell(plan, view or {}, leads)


def _may_have_changed(view: Json, now: datetime) -> bool:
    scheduled = view["next"]
    return scheduled is not None and datetime.fromisoformat(scheduled["at"]) <= now


def _style(view: Json | None) -> str:
    return "dim" if view is None else _STYLES.get(view["stage"], "")


def _scenario(plan: OrderPlan) -> str:
    name = plan.scenario if plan.returns == "none" else f"{plan.scenario}, {plan.returns}"
    return name.replace("_", " ")


def _promise(view: Json) -> str:
    last_day = datetime.fromisoformat(view["due"]) - timedelta(microseconds=1)  # a day is kept until its end
    return f"{last_day:%d %b}"


def _parcels(view: Json) -> str:
    parcels = Counter(str(parcel["status"]).replace("_", " ") for parcel in view["parcels"])
    return ", ".join(status if count == 1 else f"{count} {status}" for status, count in parcels.items())


def _money(view: Json) -> str:
    refunded, captured = view["refunded"]["minor"], view["captured"]["minor"]
    return f"{refunded / 100:.2f}/{captured / 100:.2f}" if refunded else ""


def _returns(view: Json) -> str:
    return ", ".join(map(_return, view["returns"]))


def _return(view: Json) -> str:
    credited = view["status"] == "settled" and view["resolution"] == "store_credit"
    return "settled as credit" if credited else str(view["status"]).replace("_", " ")


_COLUMNS = (
    _Column("order", lambda plan, _view, _leads: plan.order_id, narrow=True),
    _Column("scenario", lambda plan, _view, _leads: _scenario(plan), narrow=True),
    _Column("stage", lambda _plan, view, _leads: view["stage"].replace("_", " "), narrow=True),
    _Column("promise", lambda _plan, view, _leads: _promise(view)),
    _Column("parcels", lambda _plan, view, _leads: _parcels(view)),
    _Column("notified", lambda _plan, _view, leads: ", ".join(f"{hours} h" for hours in leads), narrow=True),
    _Column("return", lambda _plan, view, _leads: _returns(view)),
    _Column("paid back", lambda _plan, view, _leads: _money(view), narrow=True),
)
