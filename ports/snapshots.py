"""Where a journey's state is kept: its snapshot, and everything that must be written together with it."""

from typing import Literal, Protocol

from domain.model.state import JourneyState

CommitResult = Literal["committed", "superseded"]


class Snapshots(Protocol):
    """The snapshots of all orders."""

    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot. Raises LookupError."""

    async def commit(self, state: JourneyState) -> CommitResult:
        """Write snapshot, notices, audit log and derived rows in one transaction, when the stored seq is `state.base`.

        committed: written, or the same commit (same seq, same content) was written before.
        superseded: another run has written a newer or different state; the caller loads it.
        """
