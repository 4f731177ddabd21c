"""The commit's input: without what the store knows, whole in the end, and as older journeys sent it."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment

from activities.records import Change, OrderRef, RecordActivities
from domain.journey import JourneyState
from domain.orders import Order
from domain.parcels import ParcelStatus
from ports.records import Committed
from tests.builders import AGENT, PLACED, a_parcel, a_return, a_scan, a_state, an_order

KINDS: list[Any] = [JourneyState | Change]


class Kept:
    """The port: what was loaded and what was written, in memory."""

    def __init__(self) -> None:
        self.states: dict[str, JourneyState] = {}
        self.loads: list[str] = []
        self.written: list[JourneyState] = []

    async def load(self, merchant: str, order: str) -> JourneyState:
        self.loads.append(order)
        return self.states[order].model_copy(deep=True)

    async def commit(self, state: JourneyState) -> Committed:
        self.written.append(state)
        return "committed"


def lived(order: Order | None = None) -> JourneyState:
    """A state with something of everything."""
    state = a_state(order, seq=7, base=6, window_extension=3)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(hours=30))])
    a_return(state)
    state.write(PLACED, AGENT, "noted", "ret_1", days=3)
    state.tell(PLACED, "p1/delayed/1", "delayed", "p1", days=2)
    return state


async def sent(ask: JourneyState | Change) -> Any:
    """As it arrives on the other side of the server."""
    converter = pydantic_data_converter
    return (await converter.decode(await converter.encode([ask]), KINDS))[0]


async def commit(activities: RecordActivities, ask: JourneyState | Change) -> Committed:
    written: Committed = await ActivityEnvironment().run(activities.commit, await sent(ask))
    return written


async def test_a_change_is_half_as_long_and_becomes_the_whole_state_again() -> None:
    state, port = lived(), Kept()
    port.states[state.order.order] = state
    assert await commit(RecordActivities(port), Change.of(state)) == "committed"
    assert port.written == [state]
    short, whole = [
        (await pydantic_data_converter.encode([one]))[0].data for one in (Change.of(state), state)
    ]
    assert b'"destination"' not in short
    assert len(short) < len(whole) - len(state.order.model_dump_json())


async def test_a_whole_state_is_taken_as_it_is() -> None:
    """The first commit of an order, and every one that an older release has scheduled."""
    state, port = lived(), Kept()
    assert await commit(RecordActivities(port), state) == "committed"
    assert port.written == [state]
    assert port.loads == []


async def test_the_store_is_asked_once_for_what_never_changes() -> None:
    state, port = lived(), Kept()
    port.states[state.order.order] = state
    activities = RecordActivities(port)
    for _ in range(3):
        await commit(activities, Change.of(state))
    assert len(port.loads) == 1
    ref = OrderRef(merchant=state.order.merchant, order=state.order.order)
    other = RecordActivities(port)
    await ActivityEnvironment().run(other.load, ref)
    await commit(other, Change.of(state))
    assert len(port.loads) == 2


async def test_each_order_gets_its_own_again_however_many_there_are() -> None:
    port = Kept()
    activities = RecordActivities(port, most=2)
    states = [lived(an_order(order=f"ord_{number}", order_id=f"#{number}")) for number in range(4)]
    port.states = {state.order.order: state for state in states}
    for state in [*states, *states]:
        await commit(activities, Change.of(state))
    assert port.written == [*states, *states]


async def test_a_change_of_an_order_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(LookupError):
        await commit(RecordActivities(Kept()), Change.of(lived()))
