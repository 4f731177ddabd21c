"""The base of both simulators: an HTTP server whose requests are handled one after the other on one SQLite file."""

import argparse
import asyncio
import json
import signal
import socket
import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from simulators.sqlite_file import SerialExecutor, SqliteFile

HOST = "127.0.0.1"
_SHUTDOWN_TIMEOUT = (
    0.5  # seconds that open requests get at the end; a request that hangs on purpose must not delay it
)

StoreT = TypeVar("StoreT", bound=SqliteFile)
RequestT = TypeVar("RequestT", bound="StrictRequest")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StrictRequest(BaseModel):
    """A request body with exact types and no unknown fields: a misspelt field must not be ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class SimulatorServer(ABC, Generic[StoreT]):
    """The HTTP handlers of a simulator. `run(store.method, …)` does one request's work in one transaction.

    - `name`: printed when it is ready.
    - `max_body`: bytes of a request.
    - `invalid_request`: errors of a handler that are the caller's fault.
    """

    name: ClassVar[str]
    max_body: ClassVar[int]
    invalid_request: ClassVar[tuple[type[Exception], ...]] = (ValidationError,)

    def __init__(self, open_store: Callable[[], StoreT]) -> None:
        self._executor = SerialExecutor(open_store)
        self.store, self.run = self._executor.store, self._executor.run

    @abstractmethod
    def routes(self) -> Sequence[web.RouteDef]:
        """The routes of the simulator, without /healthz."""

    @abstractmethod
    def invalid_response(self, message: str) -> web.Response:
        """The response to a request that is the caller's mistake."""

    def application(self) -> web.Application:
        """The aiohttp application with all routes."""
        app = web.Application(client_max_size=self.max_body, middlewares=[self._reject_invalid])
        app.on_cleanup.append(self.close)
        app.add_routes([*self.routes(), web.get("/healthz", self.healthy)])
        return app

    async def close(self, _: web.Application) -> None:
        """Close the database when the application ends."""
        await self._executor.close()

    async def healthy(self, _: web.Request) -> web.StreamResponse:
        """GET /healthz."""
        return json_response({"status": "ok"})

    @web.middleware
    async def _reject_invalid(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except self.invalid_request as error:
            return self.invalid_response(_validation_message(error))


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A response of one line of JSON, ended as a terminal expects it."""
    return web.json_response(text=json.dumps(body) + "\n", status=status, headers=headers)


async def read(request: web.Request, kind: type[RequestT]) -> RequestT:
    """The body of a request. Raises ValidationError."""
    return kind.model_validate_json(await request.read())


class SimulatorNotStarted(RuntimeError):
    """Its port or its file cannot be used; the text is one sentence and names it."""


async def serve(
    make_server: Callable[[Path], SimulatorServer[StoreT]], file: Path, port: int, host: str
) -> None:
    """Serve on that file until SIGTERM or SIGINT; port 0 takes a free one. Raises SimulatorNotStarted.

    One line on standard output says that it is ready.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _listening(port, host) as listener:  # before the file is created
        server = _opened(make_server, file)
        runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        sys.stdout.write(f"{server.name} ready on http://{host}:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await stop.wait()
        await runner.cleanup()


def _listening(port: int, host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError, TypeError) as problem:  # the last two for a name that cannot be one
        why = problem.strerror if isinstance(problem, OSError) else "it is no address"
        raise SimulatorNotStarted(
            f"port {port} on {host} cannot be used ({why}); free it, or choose another by --port"
        ) from problem


def _opened(make_server: Callable[[Path], SimulatorServer[StoreT]], file: Path) -> SimulatorServer[StoreT]:
    try:
        return make_server(file)
    except (OSError, sqlite3.Error) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise SimulatorNotStarted(
            f"the file {file} cannot be used ({why}); choose another by --file"
        ) from problem


def main(description: str, make_server: Callable[[Path], SimulatorServer[StoreT]]) -> None:
    """The command line of a simulator: `--port` and `--file`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True, help="0 for a free one")
    parser.add_argument("--file", type=Path, required=True, help="its SQLite file")
    options = parser.parse_args()
    try:
        asyncio.run(serve(make_server, options.file, options.port, HOST))
    except SimulatorNotStarted as problem:
        sys.exit(f"smot: {problem}")


def _validation_message(error: Exception) -> str:
    """Names the fields that are wrong, without their values."""
    if not isinstance(error, ValidationError):
        return "not understood"
    fields = sorted({".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()})
    return f"not understood: {', '.join(fields)}"
