"""The floor: an order's journey without any content. Frozen, so that figures of years can be compared.

The same messages (an update that starts it, updates, signals) and a loop that commits by an activity and pays beside it,
but no rules, no models, no store: what Temporal itself costs for such a lifecycle.
"""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

ACTIVITY_TIMEOUT = timedelta(seconds=30)


@activity.defn(name="floor_load")
async def load(name: str) -> str:
    return name


@activity.defn(name="floor_commit")
async def commit(seq: int) -> str:
    return "committed"


@activity.defn(name="floor_pay")
async def pay(name: str) -> str:
    return "settled"


@workflow.defn
class FloorJourney:
    """`word` `drop` plans a payment, `rest` ends the run once it is paid."""

    @workflow.init
    def __init__(self, name: str) -> None:
        self.name = name
        self.ready = self.resting = False
        self.seq = self.committed = 0
        self.planned = False
        self.paying: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, name: str) -> None:
        await workflow.execute_activity(load, name, start_to_close_timeout=ACTIVITY_TIMEOUT)
        self.seq, self.ready = 1, True
        while True:
            await workflow.wait_condition(lambda: self.seq > self.committed or self._at_rest)
            while self.seq > self.committed:
                seq = self.seq
                await workflow.execute_activity(commit, seq, start_to_close_timeout=ACTIVITY_TIMEOUT)
                self.committed = seq
            if self.planned:
                self.planned = False
                self.paying = asyncio.create_task(self.pay())
            if self._at_rest:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return

    @property
    def _at_rest(self) -> bool:
        return self.resting and self.paying is None and self.seq == self.committed

    async def pay(self) -> None:
        await workflow.execute_activity(pay, self.name, start_to_close_timeout=ACTIVITY_TIMEOUT)
        self.seq, self.paying = self.seq + 1, None

    @workflow.update
    async def place(self) -> int:
        await workflow.wait_condition(lambda: self.ready and self.committed >= 1)
        return self.committed

    @workflow.update
    async def execute(self, command: str) -> int:
        await workflow.wait_condition(lambda: self.ready)
        self.seq += 1
        seq = self.seq
        self.planned = self.planned or command == "drop"
        await workflow.wait_condition(lambda: self.committed >= seq)
        return seq

    @execute.validator
    def _validate(self, command: str) -> None:
        if not command:
            raise ValueError("a word")

    @workflow.signal
    async def receive(self, message: str) -> None:
        await workflow.wait_condition(lambda: self.ready)
        self.seq += 1
        self.resting = self.resting or message == "rest"
