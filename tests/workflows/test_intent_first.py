"""No payment is requested before the intent to pay is committed."""

import asyncio

from domain.orders.commands.cancel_order import CancelOrder
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, until


async def scheduled_activities(journey: JourneyDriver) -> list[str]:
    """The activities that the journey has scheduled, in order."""
    history = await journey.handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_payment_that_a_command_planned_waits_until_the_command_is_written(
    harness: JourneyHarness,
) -> None:
    journey = await harness.place("shop-intent")
    gate = harness.snapshots.gates[journey.id] = asyncio.Event()
    cancelled = asyncio.create_task(journey.execute(CancelOrder, "cancel"))
    await journey.until_commit_blocked()
    assert (await scheduled_activities(journey))[-1] == "commit"
    assert "pay_leg" not in await scheduled_activities(journey)
    gate.set()
    assert (await cancelled).verdict == "accepted"

    async def paid() -> bool:
        return bool(harness.provider.refunds_of(journey.merchant))

    await until(paid)
    activities = await scheduled_activities(journey)
    assert activities[:2] == ["commit", "pay_leg"], "the commit is the command's"
