"""When a carrier's tracker is polled, and what happens when it stops reporting a parcel."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.model.actions import Effect, EffectRunner
from domain.model.attention import AttentionKind
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.state import JourneyState
from domain.tracking import poll_results, polling


def polls_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """On a sandbox clock the agenda schedules each poll. In real time one retried activity polls by itself (TRK-8)."""
    for at, parcel_id in polling.scheduled_polls(state):
        poll = PollTracker(parcel_id=parcel_id)
        yield ScheduledAction(at=at, owner="carrier", action=poll, reason="tracker_poll")


class PollTracker(Effect):
    """Poll the carrier's tracker for one parcel: a read, whose result is merged like any other tracking update."""

    kind: ClassVar = "poll_tracker"
    visible: ClassVar = False
    parcel_id: str

    def start(self, runner: EffectRunner) -> None:
        runner.start_poll(self.parcel_id)


def tracker_ends_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The carrier has stopped reporting on a parcel that has not arrived: a question to an agent; by default we wait (TRK-10)."""
    if state.cancelled_at is not None:
        return
    for parcel in state.parcels:
        since = poll_results.tracker_ended_at(parcel)
        if since and (parcel.tracker_end_raised_at is None or parcel.tracker_end_raised_at < since):
            yield scheduled_question(RaiseTrackerEnd(subject=parcel.parcel_id), since)


class RaiseTrackerEnd(OpenQuestion):
    """Ask an agent about it, once for each time the tracker ends."""

    question: AttentionKind = "tracker_ended"

    def apply(self, state: JourneyState, now: datetime) -> None:
        state.require_parcel(self.subject).tracker_end_raised_at = now
        super().apply(state, now)
