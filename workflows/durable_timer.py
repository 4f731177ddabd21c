"""Waiting for an instant without starting a new timer each time something else happens."""

import asyncio
from datetime import datetime

from temporalio import workflow


class DurableTimer:
    """One timer that is kept while its instant stays: a journey is woken often, its deadline moves seldom."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def set(self, at: datetime | None, summary: str) -> None:
        """Ring at that instant; None for never."""
        if at == self._at and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at = at
        if at is not None and at > workflow.now():
            self._timer = asyncio.create_task(workflow.sleep(at - workflow.now(), summary=summary))

    @property
    def fired(self) -> bool:
        return self._at is not None and self._at <= workflow.now()
