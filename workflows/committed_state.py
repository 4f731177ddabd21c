"""The state of a run, and how much of it is in the store."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.snapshots import OrderRef
    from domain.journey.external_events import ExternalEvent, apply_event
    from domain.model.state import JourneyState
    from workflows import activity_calls
    from workflows.journey_input import JourneyInput


class CommittedState:
    """Loads the state, counts its changes, and commits them: all that changed meanwhile is one write.

    - `loaded`: the state; None until it is loaded.
    - `committed`: the version that the store has.
    - `commits`, `reloads`: how many of each this run has made.
    - `uncommitted_events`: external events that only this run has. They are applied again after a reload.
    - `commanded`: the first version that holds the newest command.
    """

    def __init__(self, journey_input: JourneyInput) -> None:
        carried = journey_input.carried
        self.order_ref = OrderRef(merchant=journey_input.merchant, order=journey_input.order)
        self.loaded, self.committed = carried, carried.seq if carried else 0
        self.commits = self.reloads = self.commanded = 0
        self.uncommitted_events: list[ExternalEvent] = []

    @property
    def state(self) -> JourneyState:
        assert self.loaded is not None, "the state is not loaded yet"
        return self.loaded

    @property
    def has_uncommitted_changes(self) -> bool:
        return self.state.seq > self.committed

    def now(self) -> datetime:
        """Business time: the sandbox clock where there is one, else the workflow's own time."""
        return self.state.clock or workflow.now()

    def mark_changed(self) -> int:
        """Count a change; the version that holds it."""
        self.state.seq += 1
        return self.state.seq

    async def load_state(self) -> None:
        """From the input, else from the store's snapshot."""
        if self.loaded is not None:
            return
        state = await activity_calls.load(self.order_ref)
        self.loaded, self.committed = state, state.seq

    def expect_command(self) -> None:
        """The next version holds a command. No history has that command before the task in which it came has ended."""
        self.commanded = self.state.seq + 1

    async def commit(self) -> None:
        """Write everything that changed, until nothing is left unwritten.

        Within the workflow task, if all of it follows from the history: events, timers, results. A command does not, so it is
        written by an activity that the history has first (docs/adr/0035). So is everything when the store cannot be reached.
        """
        in_task = True
        while self.has_uncommitted_changes:
            if in_task and self.commanded <= self.committed:
                in_task = await self._commit_by(activity_calls.commit_in_task)
            else:
                await self._commit_by(activity_calls.commit)

    async def _commit_by(self, write: Callable[[JourneyState], Awaitable[bool | None]]) -> bool:
        """False when it failed. The SDK serializes the state before this coroutine yields, so no copy is needed."""
        self.state.base = self.committed
        seq, events = self.state.seq, len(self.uncommitted_events)
        notices, entries = len(self.state.pending_notices), len(self.state.audit_log)
        written = await write(self.state)
        if written is False:
            await self._reload()
        elif written:
            del self.state.pending_notices[:notices]
            del self.state.audit_log[:entries]
            del self.uncommitted_events[:events]
            self.committed, self.commits = seq, self.commits + 1
        return written is not None

    async def _reload(self) -> None:
        """Another run has written this order, and the store decides. Commands are validated again, events applied again.

        Or this run has: in a workflow task that was lost. Then what it wrote is loaded.
        """
        state = await activity_calls.load(self.order_ref)
        state.clock = self.state.clock  # which may have moved meanwhile
        self.loaded = state
        self.committed, self.reloads, self.commanded = state.seq, self.reloads + 1, 0
        for event in self.uncommitted_events:
            if apply_event(state, event, self.now()):
                self.mark_changed()

    async def wait_until_loaded(self, clock: datetime | None) -> None:
        """Wait for the state, and move the sandbox clock up to `clock`.

        Do not yield when already loaded: a command that arrives in the same workflow task as a scan must see that scan applied.
        """
        if self.loaded is None:
            await workflow.wait_condition(lambda: self.loaded is not None)
        if clock is not None and self.state.clock is not None:
            self.state.clock = max(self.state.clock, clock)

    async def wait_until_committed(self, seq: int) -> bool:
        """True once that version is in the store; False when the state was reloaded and the change is gone."""
        reloads = self.reloads
        await workflow.wait_condition(lambda: self.committed >= seq or self.reloads > reloads)
        return self.reloads == reloads
