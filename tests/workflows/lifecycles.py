"""Whole lifecycles of orders, step by step, to be run under different conditions and compared."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType

from domain.model.estimate import Estimate
from domain.model.quote import Quote, ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.payments.money_status import money_status
from domain.reasons import CommandResult
from domain.returns import quotes
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.receive import ReceiveGoods
from tests.builders import PLACED
from tests.workflows.journey_harness import SENIOR, JourneyDriver, a_scan

After = Callable[[], Awaitable[None]]


async def quoted(journey: JourneyDriver, line: str, quantity: int = 1) -> Quote:
    """The quote that the API would show now."""
    state, now = await journey.state(), await journey.now()
    assert now is not None
    return quotes.quote(state, [ReturnItem(line_id=line, quantity=quantity, reason="unwanted")], now)


async def opened(journey: JourneyDriver, name: str, quote: Quote, **words: Any) -> CommandResult:
    words = {"resolution": "refund", **words}
    return await journey.execute(
        OpenReturn, f"open {name}", return_id=f"ret_{name}", number=f"R-{name}", code_hash=f"hash {name}",
        quote=quote, **words,
    )  # fmt: skip


async def dropped_off(journey: JourneyDriver, name: str) -> CommandResult:
    return await journey.execute(
        DropOffGoods, f"drop {name}", return_id=f"ret_{name}", location_id="bar-7", nonce=f"nonce-{name}"
    )


def money(state: JourneyState, name: str) -> str:
    case = state.case(f"ret_{name}")
    return money_status(state, case) if case else "no return"


async def delivered(journey: JourneyDriver, after: int = 2) -> None:
    """Shipped after a day and delivered after that many."""
    await journey.advance_clock(days=1)
    await journey.ship()
    await journey.advance_clock(days=after - 1)
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=after)))
    await journey.until(lambda state: state.delivered == "all")


async def whole_life(journey: JourneyDriver, step: After) -> None:
    """Late, delivered, one return refunded, one paid as credit and reversed, one cancelled, closed. `step`: called after each."""
    at = PLACED
    await journey.start()
    await step()
    await journey.advance_clock(days=1)
    await step()
    await journey.ship()
    await step()
    for hours, status in ((26, ParcelStatus.PICKED_UP), (30, ParcelStatus.IN_TRANSIT)):
        scan = a_scan(status, at + timedelta(hours=hours))
        for _ in range(2):  # the carrier sends everything twice
            await journey.send_scans(scan)
            await step()
    slip = Estimate(reported_at=at + timedelta(hours=31), at=at + timedelta(days=7))
    await journey.send_scans(estimate=slip)
    await step()
    await journey.until(lambda state: state.seq > 0 and state.parcels[0].estimate is not None)
    await journey.advance_clock(days=6)
    await step()
    await journey.send_scans(a_scan(ParcelStatus.DELIVERED, at + timedelta(days=7)))
    await step()
    await journey.until(lambda state: state.delivered == "all")
    await _returns(journey, step)
    await journey.advance_clock(days=40)
    await journey.until(lambda state: state.at_rest)
    await journey.until_closed()


async def _returns(journey: JourneyDriver, step: After) -> None:
    await opened(journey, "one", await quoted(journey, "1"))
    await step()
    await dropped_off(journey, "one")
    await step()
    await journey.until(lambda state: money(state, "one") == "paid")
    await journey.execute(ReceiveGoods, "receive one", return_id="ret_one")
    await step()
    await opened(journey, "two", await quoted(journey, "1"), resolution="store_credit")
    await step()
    await dropped_off(journey, "two")
    await step()
    await journey.until(lambda state: money(state, "two") == "paid")
    await journey.execute(CancelReturn, "cancel two", return_id="ret_two", actor=SENIOR, reason="never came")
    await step()
    await journey.until(lambda state: money(state, "two") == "reversed")
    await opened(journey, "three", await quoted(journey, "2"), resolution="store_credit")
    await step()
    await journey.execute(CancelReturn, "cancel three", return_id="ret_three")
    await step()
    refused = await journey.execute(CancelReturn, "cancel three again", return_id="ret_three")
    assert refused.verdict == "refused"
    await step()


async def accepted_updates(journey: JourneyDriver, count: int) -> bool:
    return await journey.events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED) == count
