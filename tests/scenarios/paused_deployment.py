"""A deployment in which somebody stands still where a test wants it to, until the test lets them go on."""

import asyncio
from pathlib import Path

from tests.scenarios.deployment import Deployment

POINTS = ("pay.reserved", "commit.before", "return.validating")
_MAX_PAUSE = 40  # seconds that anybody stands
_POLL_INTERVAL = 0.02


class PausedDeployment(Deployment):
    """Every point is armed and already spent; a test unspends the one it wants, and the next who comes there stands."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self._spent = data.parent / f"{data.name}.told"
        self._spent.mkdir()
        for point in POINTS:
            (self._spent / point).touch()
        armed = ",".join(f"{point}=pause:{_MAX_PAUSE}" for point in POINTS)
        super().__init__(data, {"SMOT_FAILPOINTS": armed, "SMOT_FAILPOINTS_ONCE": str(self._spent)}, database)

    def pause_at(self, point: str) -> None:
        """The next time somebody comes there they stand still."""
        (self._spent / point).unlink()

    async def until_paused(self, point: str) -> None:
        async with asyncio.timeout(_MAX_PAUSE):
            while not self._paused_file(point).exists():
                await asyncio.sleep(_POLL_INTERVAL)

    def resume(self, point: str) -> None:
        self._paused_file(point).unlink()

    def _paused_file(self, point: str) -> Path:
        return self._spent / f"{point}.paused"
