"""Looks at carriers' trackers, beside the loop: reads, so each may be called off at any moment."""

import asyncio
from collections.abc import Callable, Iterator

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import agenda, deeds, looking
    from domain.deadlines import Deadline
    from domain.journey import JourneyState
    from domain.looking import LookAsk, Looked
    from workflows import steps


class Lookout:
    """The looks under way, at most one a parcel. `told` takes in what one came to."""

    def __init__(self, told: Callable[[Looked], None]) -> None:
        self._told = told
        self._looks: dict[str, asyncio.Task[None]] = {}

    def follow(self, state: JourneyState, due: list[deeds.Deed]) -> None:
        """Take the looks that are due; in real time watch every parcel. Who is not watched any more is let go."""
        parcels = {parcel.parcel_id: parcel for parcel in looking.watched(state)}
        for name in [name for name in self._looks if name not in parcels]:
            self._looks.pop(name).cancel()
        asked = {deed.parcel_id for deed in due if isinstance(deed, deeds.LookAt)}
        for name, parcel in parcels.items():
            if name not in self._looks and (state.clock is None or name in asked):
                self._looks[name] = asyncio.create_task(self._look(looking.ask_of(state, parcel)))

    def waits(self, state: JourneyState) -> Iterator[Deadline]:
        """What the order waits for, but for looks that are being taken."""
        for wait in agenda.waits(state):
            if not (isinstance(wait.default, deeds.LookAt) and wait.default.parcel_id in self._looks):
                yield wait

    async def _look(self, ask: LookAsk) -> None:
        looked = await (steps.look(ask) if ask.sandbox else steps.watch(ask))
        if looked is not None:  # else it was let go
            self._looks.pop(ask.parcel, None)
            self._told(looked)
