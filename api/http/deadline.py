"""The time that a request may take."""

import asyncio
from types import TracebackType

from api.http.problems import Problem


class Deadline:
    """Raises Problem unavailable at that loop time, so that a hanging database does not hang the caller.

    It is one timer of the loop: a generator around it would cost every request more than the timer itself.
    """

    def __init__(self, at: float) -> None:
        self._timeout = asyncio.timeout_at(at)

    def move(self, at: float | None) -> None:
        """To another loop time; None for none."""
        self._timeout.reschedule(at)

    async def __aenter__(self) -> "Deadline":
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What the block gave up waiting for by itself is the same to the caller."""
        late = isinstance(problem, TimeoutError)
        try:
            await self._timeout.__aexit__(kind, problem, trace)
        except TimeoutError:
            late = True
        if late:
            raise Problem(
                "unavailable", "It took too long; repeat the same request.", retry_after=1
            ) from None
