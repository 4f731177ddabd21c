"""A pulse: while it beats the server knows that we live, so a crash costs seconds and not the step's whole time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

_HEARTBEAT_INTERVAL = 1.0  # seconds; what ends before the first beat costs nothing


@asynccontextmanager
async def heartbeat() -> AsyncIterator[None]:
    """Beat until the block ends. Its `heartbeat_timeout` is declared in workflows/activity_calls.py."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_INTERVAL)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
