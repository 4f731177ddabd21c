"""Looks at carriers' trackers, beside the loop: reads, so each may be called off at any moment."""

import asyncio
from collections.abc import Callable, Iterator

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.journey import agenda
    from domain.model import actions
    from domain.model.deadlines import ScheduledAction
    from domain.model.state import JourneyState
    from domain.tracking import polling
    from domain.tracking.polling import PollRequest, PollResult
    from workflows import activity_calls


class ParcelPolling:
    """The looks under way, at most one a parcel. `told` takes in what one came to."""

    def __init__(self, on_result: Callable[[PollResult], None]) -> None:
        self._on_result = on_result
        self._polls: dict[str, asyncio.Task[None]] = {}

    def update(self, state: JourneyState, due: list[actions.Action]) -> None:
        """Take the looks that are due; in real time watch every parcel. Who is not watched any more is let go."""
        parcels = {parcel.parcel_id: parcel for parcel in polling.polled_parcels(state)}
        for name in [name for name in self._polls if name not in parcels]:
            self._polls.pop(name).cancel()
        asked = {deed.parcel_id for deed in due if isinstance(deed, actions.PollTracker)}
        for name, parcel in parcels.items():
            if name not in self._polls and (state.clock is None or name in asked):
                self._polls[name] = asyncio.create_task(self._poll(polling.poll_request(state, parcel)))

    def waits(self, state: JourneyState) -> Iterator[ScheduledAction]:
        """What the order waits for, but for looks that are being taken."""
        for wait in agenda.scheduled_actions(state):
            if not (isinstance(wait.action, actions.PollTracker) and wait.action.parcel_id in self._polls):
                yield wait

    async def _poll(self, request: PollRequest) -> None:
        looked = await (
            activity_calls.poll_tracker(request)
            if request.sandbox
            else activity_calls.poll_until_update(request)
        )
        if looked is not None:  # else it was let go
            self._polls.pop(request.parcel, None)
            self._on_result(looked)
