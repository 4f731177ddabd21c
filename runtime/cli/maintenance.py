"""Commands of the operator on a deployment: `migrate`, `doctor`, `verify`, `continue-as-new`, `resume`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
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
    privacy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Instead, search for the texts of that file, one a line."),
    ] = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="With --privacy: search there too, as in a mail store or a backup."
        ),
    ] = None,
    opened: Annotated[
        bool, typer.Option("--opened", help="With --privacy: also in what is sealed and our keys still open.")
    ] = False,
    json_: Json = False,
) -> int:
    """Check the invariants of a running deployment, also against the records of the provider and of Temporal.

    The deployment of the data folder; or a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set (and SMOT_PSP).
    Exit code 1: an invariant is broken, the output names it. Exit code 2: the deployment could not be checked.

    With --privacy: exit code 1 when a text of the file stands in a database, a log or another file of the data folder, in clear,
    encoded or compressed. The deployment may be stopped then.
    """
    if privacy is not None:
        return await _search_for_texts(data, privacy, (also or [], opened), json_)
    if also or opened:
        return print_error("--also and --opened are for --privacy")
    from runtime.admin.verify_command import check_deployment

    report = await check_deployment(settings_of(data=data), quiesced=quiesced)
    for broken in report.broken:
        typer.echo(broken.line())
    checked = ", ".join(f"{count} {what}" for what, count in report.checked.items())
    result = "every invariant holds" if not report.broken else f"{len(report.broken)} broken"
    typer.echo(report.model_dump_json() if json_ else f"{result}; checked {checked}")
    return 1 if report.broken else 0


async def _search_for_texts(data: Path, texts: Path, where: tuple[list[Path], bool], json_: bool) -> int:
    from runtime.admin.verify_privacy import search_deployment

    also, opened = where
    found, places = await search_deployment(settings_of(data=data), texts, also, opened=opened)
    for one in found:
        typer.echo(one.line())
    report = {"found": [one._asdict() for one in found], "places": places}
    result = f"{len({one.number for one in found})} texts found" if found else "no text found"
    typer.echo(json.dumps(report) if json_ else f"{result} in {places} files and tables")
    return 1 if found else 0


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
