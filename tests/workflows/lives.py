"""Whole lives of orders, step by step, to be lived under different circumstances and compared."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from domain import paying, quoting
from domain.commands.cancel_return import CancelReturn
from domain.commands.drop_off import DropOffGoods
from domain.commands.open_return import OpenReturn
from domain.commands.receive import ReceiveGoods
from domain.journey import JourneyState
from domain.parcels import Estimate, ParcelStatus
from domain.quotes import Quote, ReturnItem
from domain.reasons import CommandResult
from tests.builders import PLACED
from tests.workflows.world import SENIOR, JourneyDriver, a_scan

After = Callable[[], Awaitable[None]]


async def quoted(story: JourneyDriver, line: str, quantity: int = 1) -> Quote:
    """The quote the API would show now."""
    state, now = await story.state(), await story.now()
    assert now is not None
    return quoting.quote(state, [ReturnItem(line_id=line, quantity=quantity, reason="unwanted")], now)


async def opened(story: JourneyDriver, name: str, quote: Quote, **words: Any) -> CommandResult:
    words = {"resolution": "refund", **words}
    return await story.execute(
        OpenReturn, f"open {name}", return_id=f"ret_{name}", number=f"R-{name}", code_hash=f"hash {name}",
        quote=quote, **words,
    )  # fmt: skip


async def dropped_off(story: JourneyDriver, name: str) -> CommandResult:
    return await story.execute(
        DropOffGoods, f"drop {name}", return_id=f"ret_{name}", location_id="bar-7", nonce=f"nonce-{name}"
    )


def money(state: JourneyState, name: str) -> str:
    case = state.case(f"ret_{name}")
    return paying.money_status(state, case) if case else "no return"


async def delivered(story: JourneyDriver, after: int = 2) -> None:
    """Shipped after a day and delivered after that many."""
    await story.advance_clock(days=1)
    await story.ship()
    await story.advance_clock(days=after - 1)
    await story.send_scans(a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=after)))
    await story.until(lambda state: state.delivered == "all")


async def whole_life(story: JourneyDriver, step: After) -> None:
    """Late, delivered, one return refunded, one paid as credit and reversed, one cancelled, closed. `step` after each event."""
    at = PLACED
    await story.start()
    await step()
    await story.advance_clock(days=1)
    await step()
    await story.ship()
    await step()
    for hours, status in ((26, ParcelStatus.PICKED_UP), (30, ParcelStatus.IN_TRANSIT)):
        scan = a_scan(status, at + timedelta(hours=hours))
        for _ in range(2):  # the carrier says everything twice
            await story.send_scans(scan)
            await step()
    slip = Estimate(reported_at=at + timedelta(hours=31), at=at + timedelta(days=7))
    await story.send_scans(estimate=slip)
    await step()
    await story.until(lambda state: state.seq > 0 and state.parcels[0].estimate is not None)
    await story.advance_clock(days=6)
    await step()
    await story.send_scans(a_scan(ParcelStatus.DELIVERED, at + timedelta(days=7)))
    await step()
    await story.until(lambda state: state.delivered == "all")
    await _returns(story, step)
    await story.advance_clock(days=40)
    await story.until(lambda state: state.at_rest)
    await story.until_closed()


async def _returns(story: JourneyDriver, step: After) -> None:
    await opened(story, "one", await quoted(story, "1"))
    await step()
    await dropped_off(story, "one")
    await step()
    await story.until(lambda state: money(state, "one") == "paid")
    await story.execute(ReceiveGoods, "receive one", return_id="ret_one")
    await step()
    await opened(story, "two", await quoted(story, "1"), resolution="store_credit")
    await step()
    await dropped_off(story, "two")
    await step()
    await story.until(lambda state: money(state, "two") == "paid")
    await story.execute(CancelReturn, "cancel two", return_id="ret_two", actor=SENIOR, reason="never came")
    await step()
    await story.until(lambda state: money(state, "two") == "reversed")
    await opened(story, "three", await quoted(story, "2"), resolution="store_credit")
    await step()
    await story.execute(CancelReturn, "cancel three", return_id="ret_three")
    await step()
    refused = await story.execute(CancelReturn, "cancel three again", return_id="ret_three")
    assert refused.verdict == "refused"
    await step()
