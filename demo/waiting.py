"""What people see while something takes long: a spinner on a terminal, elsewhere a plain line every ten seconds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.status import Status

LINE_INTERVAL = 10.0  # seconds between two lines in a log or a pipe
_REFRESH_INTERVAL = 0.5  # seconds between two looks at what is waited for


@asynccontextmanager
async def waiting(console: Console, describe: Callable[[], str]) -> AsyncIterator[None]:
    """Show beside the body what it waits for, and for how long already. `describe`: the present text."""
    began = time.monotonic()

    def text() -> str:
        return f"{describe()} · {time.monotonic() - began:.0f} s"

    showing = asyncio.create_task(
        _spin(console, text) if console.is_terminal else _print_lines(console, text)
    )
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _spin(console: Console, text: Callable[[], str]) -> None:
    with Status(text(), console=console, refresh_per_second=4) as status:
        while True:
            await asyncio.sleep(_REFRESH_INTERVAL)
            status.update(fitting(text(), console.width - 3))


async def _print_lines(console: Console, text: Callable[[], str]) -> None:
    while True:
        await asyncio.sleep(LINE_INTERVAL)
        console.print(text(), markup=False, highlight=False)


def fitting(line: str, width: int) -> str:
    """The line, cut where the terminal ends."""
    return line if len(line) <= width else f"{line[: width - 1]}…"
