"""No money is asked for before the intent to pay it is written down."""

import asyncio

from domain.commands.cancel_order import CancelOrder
from tests.workflows.world import Story, World, until


async def asked_for(story: Story) -> list[str]:
    """The activities that the journey has asked for, in order."""
    history = await story.handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_payment_that_a_command_planned_waits_until_the_command_is_written(world: World) -> None:
    story = await world.place("shop-intent")
    gate = world.records.gates[story.id] = asyncio.Event()
    cancelled = asyncio.create_task(story.ask(CancelOrder, "cancel"))
    await story.until_held()
    assert (await asked_for(story))[-1] == "commit"
    assert "pay_leg" not in await asked_for(story)
    gate.set()
    assert (await cancelled).verdict == "accepted"

    async def paid() -> bool:
        return bool(world.till.of(story.merchant))

    await until(paid)
    activities = await asked_for(story)
    assert activities.index("pay_leg") > activities.index("commit", activities.index("commit") + 1)
