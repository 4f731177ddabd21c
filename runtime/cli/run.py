"""`smot up`, `serve`, `worker`, `sandbox-…`: what is started and stays; `migrate` and `doctor`: what helps it to."""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.cli.shell import Data, Json, print_error, run, settings_of

if TYPE_CHECKING:
    from runtime.config.deployment_file import DeploymentFile
    from runtime.processes.serve import ApiAddress
    from runtime.processes.worker_supervisor import WorkerPids

Port = Annotated[int, typer.Option(envvar="SMOT_PORT", help="Port of the API; 0 takes a free one.")]


def up(
    data: Data = Path(".smot"),
    port: Port = 8080,
    ui_port: Annotated[int | None, typer.Option(help="Also serve Temporal's web UI there.")] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Show the pages in a browser once everything is ready.")
    ] = False,
    json_: Json = False,
) -> None:
    """Run everything on this machine until Ctrl-C: Temporal, worker, dispatcher, API, sandbox provider and carriers."""
    settings = settings_of(data=data, port=port, temporal_ui_port=ui_port)

    async def main() -> None:
        from runtime.processes.up import up

        def told(running: "DeploymentFile") -> None:
            lines = [f"  {name:<15} {where}" for name, where in running.model_dump().items()]
            typer.echo(running.ready_line() if json_ else "\n".join(["smot is ready", *lines]))
            if open_:
                typer.launch(running.docs)

        await up(settings, told)

    run(_exit_code(main), "up", logging.INFO)


def serve(
    port: Port = 8080,
    host: Annotated[
        str, typer.Option(envvar="SMOT_HOST", help="Address to listen on; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    json_: Json = False,
) -> None:
    """Run the API alone until SIGTERM, on SMOT_DATABASE (PostgreSQL) and the Temporal server of TEMPORAL_ADDRESS.

    Also needed: SMOT_MASTER_KEY. Secrets may be files, named like their variable in lower case, in the folder
    SMOT_SECRETS_DIR. TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… and profiles are those of Temporal's own tools.
    """
    settings = settings_of(port=port, host=host)

    async def main() -> None:
        from runtime.processes.serve import serve

        def told(serving: "ApiAddress") -> None:
            typer.echo(serving.ready_line() if json_ else f"smot serves on {serving.api}")

        await serve(settings, told)

    run(_exit_code(main), "serve", logging.INFO)


def worker(
    processes: Annotated[int, typer.Option(min=1, max=64, help="Temporal workers; one per core.")] = 1,
    json_: Json = False,
) -> None:
    """Run Temporal workers and one dispatcher until SIGTERM; then drain: what runs is finished, nothing new is taken.

    Takes the same settings as `smot serve`, and SMOT_PSP, the address of the payment provider.
    """
    settings = settings_of()

    async def main() -> None:
        from runtime.processes.worker_supervisor import run_workers

        def told(working: "WorkerPids") -> None:
            names = ", ".join(f"{name} ({pid})" for name, pid in working.processes.items())
            typer.echo(working.ready_line() if json_ else f"smot works: {names}")

        await run_workers(settings, processes, told)

    run(_exit_code(main), "workers", logging.INFO)


def migrate(
    data: Data = Path(".smot"),
    down: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="Go back to that revision, before an older version is started."
        ),
    ] = None,
) -> None:
    """Bring the database to the tables of this version: SMOT_DATABASE, else the SQLite file in the data folder."""
    settings = settings_of(data=data)

    async def main() -> None:
        from runtime.config.schema import migrate

        typer.echo(await migrate(settings, down))

    run(_exit_code(main))


def doctor(data: Data = Path(".smot"), json_: Json = False) -> None:
    """Look at everything smot needs and say what is well, what deserves a look and what is broken, with the next step.

    Changes nothing. Exit code 1 when something is broken.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.doctor import examine

        findings = await examine(settings)
        listed = {"findings": [one.model_dump() for one in findings]}
        typer.echo(json.dumps(listed) if json_ else "\n".join(one.line() for one in findings))
        return 1 if any(one.status == "error" for one in findings) else 0

    run(main())


def sandbox_psp(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    file: Annotated[Path, typer.Option(help="Its own books, a SQLite file.")] = Path(".smot/psp.db"),
) -> None:
    """Run the sandbox payment provider alone: no real money moves. Point SMOT_PSP of `smot worker` at it."""

    async def main() -> None:
        from simulators.payments.server import serve

        await serve(port, file, host)

    run(_exit_code(main))


def sandbox_carriers(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8091,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    file: Annotated[Path, typer.Option(help="Its own memory, a SQLite file.")] = Path(".smot/carriers.db"),
) -> None:
    """Run the carrier simulator alone: scripted parcels, signed webhooks, trackers to ask. See docs/simulator.md."""

    async def main() -> None:
        from simulators.carriers.server import serve

        await serve(port, file, host)

    run(_exit_code(main))


async def _exit_code(main: Callable[[], Awaitable[None]]) -> int:
    """Exit code 2 and a sentence for what is wrong around us, 1 when a part of us fell, 0 after a quiet end."""
    from runtime.config.secrets import BadMasterKey
    from runtime.config.settings_errors import describe_unknown_settings
    from runtime.errors import StartupError
    from runtime.processes.lifecycle import TaskFailed

    if odd := describe_unknown_settings():
        logging.getLogger(__name__).warning("settings %s", odd)
    try:
        await main()
    except (StartupError, BadMasterKey, OSError) as problem:
        return print_error(problem)
    except TaskFailed as problem:
        print_error(problem)
        return 1
    return 0
