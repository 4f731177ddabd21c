"""What the journey remembers: its snapshot, and everything that must be written together with it."""

from typing import Literal, Protocol

from domain.model.state import JourneyState

CommitResult = Literal["committed", "superseded"]


class Snapshots(Protocol):
    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot; for an order without one a fresh state with its terms compiled. Raises LookupError."""

    async def commit(self, state: JourneyState) -> CommitResult:
        """Write snapshot, notices, audit and look-ups in one transaction, if what is there is still `state.base`.

        The same commit again (same seq, same content) is "committed". Another writer's newer or different state is
        "superseded": the caller reloads.
        """
