"""The progress of a replay: a bar per shop and the time that is left, or a plain line every ten seconds."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from demo.waiting import LINE_INTERVAL
from replay.plan import ShopPlan


class ReplayProgress:
    """Shows how much of each shop's plan was carried out. Use it as a context."""

    def __init__(self, console: Console, plans: Sequence[ShopPlan]) -> None:
        self._console = console
        self._began = self._printed = time.monotonic()
        self._steps = sum(map(_steps, plans))
        self._orders = sum(len(plan.orders) for plan in plans)
        self._done, self._placed = 0, 0
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[clock]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            refresh_per_second=2,
        )

    def __enter__(self) -> "ReplayProgress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def of_shop(self, number: int, plan: ShopPlan) -> "ShopProgress":
        """The observer of one shop's run."""
        bar = self._bars.add_task(f"shop {number}", total=_steps(plan), clock="")
        return ShopProgress(self, bar)

    def advance(self, bar: TaskID, now: datetime, orders: int, new: int) -> None:
        """That many orders of a shop were acted on at `now`, `new` of them for the first time."""
        self._done += orders
        self._placed += new
        self._bars.update(bar, advance=orders, clock=f"{now:%d %b %Y}")
        seconds = time.monotonic()
        if not self._console.is_terminal and seconds - self._printed > LINE_INTERVAL:
            self._printed = seconds
            left = (seconds - self._began) * (self._steps - self._done) / max(1, self._done)
            self._console.print(
                f"{self._placed} of {self._orders} orders, {100 * self._done // max(1, self._steps)} % done, "
                f"about {max(0.0, left):.0f} s left"
            )


@dataclass
class ShopProgress:
    """Observes the run of one shop. `placed`: orders that were acted on."""

    whole: ReplayProgress
    bar: TaskID
    placed: set[str] = field(default_factory=set)

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Advance the bar of the shop."""
        orders = {*touched}
        new = orders - self.placed
        self.placed |= new
        self.whole.advance(self.bar, now, len(orders), len(new))


def _steps(plan: ShopPlan) -> int:
    """The number of instants of all orders, with the end of the plan as one more for each order."""
    return sum(len({step.at for step in order.steps}) + 1 for order in plan.orders)
