"""A house in which somebody stands still where a test wants it to, until the test lets them go on."""

import asyncio
from pathlib import Path

from tests.scenarios.house import House

POINTS = ("pay.reserved", "commit.before", "return.judging")
_LONGEST = 40  # seconds that anybody stands
_LOOK_AGAIN = 0.02


class Halting(House):
    """Every point is armed and already spent; a test unspends the one it wants, and the next who comes there stands."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self._told = data.parent / f"{data.name}.told"
        self._told.mkdir()
        for point in POINTS:
            (self._told / point).touch()
        armed = ",".join(f"{point}=pause:{_LONGEST}" for point in POINTS)
        super().__init__(data, {"SMOT_FAILPOINTS": armed, "SMOT_FAILPOINTS_ONCE": str(self._told)}, database)

    def stop_at(self, point: str) -> None:
        """The next time somebody comes there they stand still."""
        (self._told / point).unlink()

    async def until_standing(self, point: str) -> None:
        async with asyncio.timeout(_LONGEST):
            while not self._standing(point).exists():
                await asyncio.sleep(_LOOK_AGAIN)

    def go_on(self, point: str) -> None:
        self._standing(point).unlink()

    def _standing(self, point: str) -> Path:
        return self._told / f"{point}.standing"
