"""Commands that start a process and keep it running: `smot up`, `serve`, `worker`, `sandbox-psp`, `sandbox-carriers`."""

import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, Json, process, settings_of

if TYPE_CHECKING:
    from runtime.config.deployment_file import DeploymentFile
    from runtime.processes.serve import ApiAddress
    from runtime.processes.worker_supervisor import WorkerPids

_WORKER = "runtime.processes.worker_process"
_DISPATCHER = "runtime.processes.dispatcher_process"
_SIMULATORS = ("simulators.payments.server", "simulators.carriers.server")

Port = Annotated[int, typer.Option(envvar="SMOT_PORT", help="Port of the API; 0 takes a free one.")]
SimulatorPort = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")]
SimulatorHost = Annotated[str, typer.Option(help="Address to listen on.")]


@process("up", logging.INFO, (*_SIMULATORS, _WORKER))
async def up(
    data: Data = DEFAULT_DATA,
    port: Port = 8080,
    ui_port: Annotated[int | None, typer.Option(help="Also serve Temporal's web UI, on this port.")] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the API's pages in a browser once everything is ready.")
    ] = False,
    json_: Json = False,
) -> None:
    """Run everything on this machine until Ctrl-C: Temporal, worker, dispatcher, API, sandbox provider and carriers."""
    from runtime.processes.start_checks import check_start

    settings = settings_of(data=data, port=port, temporal_ui_port=ui_port)
    await check_start(settings)
    from runtime.processes.up import up

    def print_addresses(running: "DeploymentFile") -> None:
        lines = [f"  {name:<15} {where}" for name, where in running.model_dump().items()]
        typer.echo(running.ready_line() if json_ else "\n".join(["smot is ready", *lines]))
        if open_:
            typer.launch(running.docs)

    await up(settings, print_addresses)


@process("serve", logging.INFO)
async def serve(
    port: Port = 8080,
    host: Annotated[
        str, typer.Option(envvar="SMOT_HOST", help="Address to listen on; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    json_: Json = False,
) -> None:
    """Run the API alone until SIGTERM, on SMOT_DATABASE (PostgreSQL) and the Temporal server of TEMPORAL_ADDRESS.

    SMOT_MASTER_KEY must be set too. Secrets may be files in the folder SMOT_SECRETS_DIR, named like their variable in lower case.
    TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… and profiles mean the same as for Temporal's own tools.
    """
    from runtime.processes.serve import serve

    def print_address(serving: "ApiAddress") -> None:
        typer.echo(serving.ready_line() if json_ else f"smot serves on {serving.api}")

    await serve(settings_of(port=port, host=host), print_address)


@process("workers", logging.INFO, (_WORKER, _DISPATCHER))
async def worker(
    processes: Annotated[int, typer.Option(min=1, max=64, help="Temporal workers; one per core.")] = 1,
    json_: Json = False,
) -> None:
    """Run Temporal workers and one dispatcher until SIGTERM. Then they finish what they have begun and take nothing new.

    Takes the same settings as `smot serve`, and SMOT_PSP, the address of the payment provider.
    """
    from runtime.processes.worker_supervisor import run_workers

    def print_pids(working: "WorkerPids") -> None:
        names = ", ".join(f"{name} ({pid})" for name, pid in working.processes.items())
        typer.echo(working.ready_line() if json_ else f"smot works: {names}")

    await run_workers(settings_of(), processes, print_pids)


@process("cli")
async def sandbox_psp(
    port: SimulatorPort = 8090,
    host: SimulatorHost = "127.0.0.1",
    file: Annotated[Path, typer.Option(help="Its own database, a SQLite file.")] = Path(".smot/psp.db"),
) -> None:
    """Run the sandbox payment provider alone: no real money moves. Set SMOT_PSP of `smot worker` to its address."""
    from simulators.payments.server import serve

    await _simulate(serve(port, file, host))


@process("cli")
async def sandbox_carriers(
    port: SimulatorPort = 8091,
    host: SimulatorHost = "127.0.0.1",
    file: Annotated[Path, typer.Option(help="Its own database, a SQLite file.")] = Path(".smot/carriers.db"),
) -> None:
    """Run the carrier simulator alone: scripted parcels, signed webhooks, trackers to poll. See docs/simulator.md."""
    from simulators.carriers.server import serve

    await _simulate(serve(port, file, host))


async def _simulate(serving: Coroutine[Any, Any, None]) -> None:
    from runtime.errors import StartupError
    from simulators.base import SimulatorNotStarted

    try:
        await serving
    except SimulatorNotStarted as problem:
        raise StartupError(str(problem)) from problem
