"""No money is asked for before the intent to pay it is written down."""

import asyncio

from domain.commands.cancel_order import CancelOrder
from tests.workflows.world import JourneyDriver, JourneyHarness, until


async def scheduled_activities(story: JourneyDriver) -> list[str]:
    """The activities that the journey has asked for, in order."""
    history = await story.handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_payment_that_a_command_planned_waits_until_the_command_is_written(world: JourneyHarness) -> None:
    story = await world.place("shop-intent")
    gate = world.snapshots.gates[story.id] = asyncio.Event()
    cancelled = asyncio.create_task(story.execute(CancelOrder, "cancel"))
    await story.until_commit_blocked()
    assert (await scheduled_activities(story))[-1] == "commit"
    assert "pay_leg" not in await scheduled_activities(story)
    gate.set()
    assert (await cancelled).verdict == "accepted"

    async def paid() -> bool:
        return bool(world.provider.refunds_of(story.merchant))

    await until(paid)
    activities = await scheduled_activities(story)
    assert activities.index("pay_leg") > activities.index("commit", activities.index("commit") + 1)
