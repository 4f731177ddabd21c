"""A deployment whose processes pause where a test wants it, until the test resumes them."""

import asyncio
from pathlib import Path

from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment

POINTS = ("pay.reserved", "commit.before", "return.validating")
_MAX_PAUSE = PATIENCE  # seconds after which a pause ends
_POLL_INTERVAL = 0.02


class PausedDeployment(Deployment):
    """Every point is armed and already spent; a test arms the one it wants again, and the next process there pauses."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self._spent = data.parent / f"{data.name}.told"
        self._spent.mkdir()
        for point in POINTS:
            (self._spent / point).touch()
        armed = ",".join(f"{point}=pause:{_MAX_PAUSE}" for point in POINTS)
        super().__init__(data, {"SMOT_FAILPOINTS": armed, "SMOT_FAILPOINTS_ONCE": str(self._spent)}, database)

    def pause_at(self, point: str) -> None:
        """The next process that reaches that point pauses."""
        (self._spent / point).unlink()

    async def until_paused(self, point: str) -> None:
        async with asyncio.timeout(_MAX_PAUSE):
            while not self._paused_file(point).exists():
                await asyncio.sleep(_POLL_INTERVAL)

    def resume(self, point: str) -> None:
        self._paused_file(point).unlink()

    def _paused_file(self, point: str) -> Path:
        return self._spent / f"{point}.paused"
