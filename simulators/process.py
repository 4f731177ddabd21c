"""How a played party is started, says that it is ready, and ends."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

HOST = "127.0.0.1"
_SHUTDOWN_TIMEOUT = 0.5  # seconds that open requests have when it stops; a hanging one must not hold it up


async def serve(app: web.Application, name: str, port: int, host: str) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one. One line tells when it is ready."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    sys.stdout.write(f"{name} ready on http://{host}:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main(about: str, serve_on: Callable[[int, Path], Awaitable[None]]) -> None:
    """The command line of one: `--port` and `--file`."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, required=True, help="0 for a free one")
    parser.add_argument("--file", type=Path, required=True, help="its SQLite file")
    options = parser.parse_args()

    async def played() -> None:
        await serve_on(options.port, options.file)

    asyncio.run(played())


def validation_message(error: ValidationError) -> str:
    """Which parts of a request were wrong, without what they held."""
    where = sorted({".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()})
    return f"not understood: {', '.join(where)}"
