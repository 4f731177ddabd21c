"""Waiting for an instant without starting a new timer each time something else happens."""

import asyncio
from datetime import datetime

from temporalio import workflow


class DurableTimer:
    """One timer of the workflow. It is kept while its instant stays the same, so that a wake-up costs no new timer."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def set(self, at: datetime | None, summary: str) -> None:
        """Fire at that instant; None for never. A journey is woken often, but its deadline seldom moves."""
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
