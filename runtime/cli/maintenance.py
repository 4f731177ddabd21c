"""Commands of the operator on a deployment: `migrate`, `doctor`, `verify`, `continue-as-new`, `resume`."""

import json
from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, Json, command, process, settings_of


@process("cli")
async def migrate(
    data: Data = DEFAULT_DATA,
    down: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="Go back to that revision, before an older version is started."
        ),
    ] = None,
) -> None:
    """Bring the database to the tables of this version: SMOT_DATABASE, else the SQLite file in the data folder."""
    from runtime.config.schema import migrate

    typer.echo(await migrate(settings_of(data=data), down))


@command
async def doctor(data: Data = DEFAULT_DATA, json_: Json = False) -> int:
    """Check everything that smot needs, and print for each problem the next step.

    Changes nothing. Exit code 1 when something is broken.
    """
    from runtime.doctor import examine

    findings = await examine(settings_of(data=data))
    listed = {"findings": [finding.model_dump() for finding in findings]}
    typer.echo(json.dumps(listed) if json_ else "\n".join(finding.line() for finding in findings))
    return 1 if any(finding.status == "error" for finding in findings) else 0


@command
async def verify(
    data: Data = DEFAULT_DATA,
    quiesced: Annotated[
        bool, typer.Option("--quiesced", help="Also report everything that is not finished.")
    ] = False,
    json_: Json = False,
) -> int:
    """Check the invariants of a running deployment, also against the records of the provider and of Temporal.

    The deployment of the data folder; or a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set (and SMOT_PSP).
    Exit code 1: an invariant is broken, the output names it. Exit code 2: the deployment could not be checked.
    """
    from runtime.admin.verify_command import check_deployment

    report = await check_deployment(settings_of(data=data), quiesced=quiesced)
    for broken in report.broken:
        typer.echo(broken.line())
    checked = ", ".join(f"{count} {what}" for what, count in report.checked.items())
    result = "every invariant holds" if not report.broken else f"{len(report.broken)} broken"
    typer.echo(report.model_dump_json() if json_ else f"{result}; checked {checked}")
    return 1 if report.broken else 0


@command
async def continue_as_new(data: Data = DEFAULT_DATA) -> None:
    """Ask every open journey to continue as new, so that it takes the newest rules after a deploy.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set.
    """
    from runtime.admin.continue_as_new import continue_all_as_new

    asked = await continue_all_as_new(settings_of(data=data))
    typer.echo(f"{asked} open journeys were asked to continue as new")


@command
async def resume(data: Data = DEFAULT_DATA) -> None:
    """Start a journey for every order that has pending work and none, after Temporal's database was restored or lost.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set. Safe to repeat.
    """
    from runtime.admin.resume import resume_all

    typer.echo(f"{await resume_all(settings_of(data=data))} journeys were started from their snapshots")
