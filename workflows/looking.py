"""Looks at carriers' trackers, beside the loop: reads, so each may be called off at any moment."""

import asyncio
from collections.abc import Callable, Iterator

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import agenda, deeds, looking
    from domain.deadlines import ScheduledAction
    from domain.journey import JourneyState
    from domain.looking import PollRequest, PollResult
    from workflows import steps


class ParcelPolling:
    """The looks under way, at most one a parcel. `told` takes in what one came to."""

    def __init__(self, on_result: Callable[[PollResult], None]) -> None:
        self._on_result = on_result
        self._polls: dict[str, asyncio.Task[None]] = {}

    def update(self, state: JourneyState, due: list[deeds.Action]) -> None:
        """Take the looks that are due; in real time watch every parcel. Who is not watched any more is let go."""
        parcels = {parcel.parcel_id: parcel for parcel in looking.polled_parcels(state)}
        for name in [name for name in self._polls if name not in parcels]:
            self._polls.pop(name).cancel()
        asked = {deed.parcel_id for deed in due if isinstance(deed, deeds.PollTracker)}
        for name, parcel in parcels.items():
            if name not in self._polls and (state.clock is None or name in asked):
                self._polls[name] = asyncio.create_task(self._poll(looking.poll_request(state, parcel)))

    def waits(self, state: JourneyState) -> Iterator[ScheduledAction]:
        """What the order waits for, but for looks that are being taken."""
        for wait in agenda.scheduled_actions(state):
            if not (isinstance(wait.action, deeds.PollTracker) and wait.action.parcel_id in self._polls):
                yield wait

    async def _poll(self, request: PollRequest) -> None:
        looked = await (steps.poll_tracker(request) if request.sandbox else steps.poll_until_update(request))
        if looked is not None:  # else it was let go
            self._polls.pop(request.parcel, None)
            self._on_result(looked)
