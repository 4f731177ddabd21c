"""Polls of carriers' trackers, beside the loop. They only read, so each may be cancelled at any moment."""

import asyncio
from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.model.actions import Action
    from domain.model.state import JourneyState
    from domain.tracking import polling
    from domain.tracking.poll_results import PollResult
    from domain.tracking.polling import PollRequest
    from domain.tracking.tracker_polls import PollTracker
    from workflows import activity_calls


class ParcelPolling:
    """The polls that are running, at most one a parcel. `on_result` takes what a poll answered."""

    def __init__(self, on_result: Callable[[PollResult], None]) -> None:
        self._on_result = on_result
        self._polls: dict[PollTracker, asyncio.Task[None]] = {}

    def update(self, state: JourneyState) -> None:
        """Cancel polls of parcels that are not followed any more. In real time, poll every parcel that is followed."""
        followed = [PollTracker(parcel_id=parcel.parcel_id) for parcel in polling.polled_parcels(state)]
        for poll in [poll for poll in self._polls if poll not in followed]:
            self._polls.pop(poll).cancel()
        if state.clock is None:
            for poll in followed:
                self.start(state, poll)

    def start(self, state: JourneyState, poll: PollTracker) -> None:
        """Poll this parcel, unless a poll of it is running."""
        if poll not in self._polls:
            request = polling.poll_request(state, state.require_parcel(poll.parcel_id))
            self._polls[poll] = asyncio.create_task(self._poll(poll, request))

    def is_running(self, action: Action) -> bool:
        return action in self._polls

    async def _poll(self, poll: PollTracker, request: PollRequest) -> None:
        result = await (
            activity_calls.poll_tracker(request)
            if request.sandbox
            else activity_calls.poll_until_update(request)
        )
        if result is not None:  # else it was cancelled
            self._polls.pop(poll, None)
            self._on_result(result)
