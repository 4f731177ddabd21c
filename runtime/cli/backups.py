"""`smot backup` and `smot restore`: the databases of a deployment, copied while it runs and brought back in the right order."""

import json
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, Json, command, print_error, settings_of

Keys = Annotated[
    Path | None, typer.Option(help="Another folder for the keys; without it they are not copied.")
]


@command
async def backup(
    folder: Annotated[Path, typer.Argument(help="Folder that gets a new folder, named after the time.")],
    keys: Keys = None,
    data: Data = DEFAULT_DATA,
    json_: Json = False,
) -> int:
    """Copy the databases of a deployment while it runs: those of the data folder, or SMOT_DATABASE by pg_dump.

    The master key is never among them: keep it apart, and as long as them. Temporal's databases on PostgreSQL are not either:
    `smot resume` starts journeys from the store.
    """
    from runtime.backup.backup import back_up, bytes_of, copy_keys, is_inside

    if keys is not None and (is_inside(keys, folder) or is_inside(folder, keys)):
        return print_error("the keys need a folder of their own: with both, a thief reads everything")
    settings = settings_of(data=data)
    made, manifest = await back_up(settings, folder)
    copied = copy_keys(settings, keys) if keys is not None else []
    if json_:
        typer.echo(json.dumps({"folder": str(made), **manifest.model_dump(mode="json")}))
        return 0
    typer.echo(f"{made}: {len(manifest.files)} files, {bytes_of(manifest) / 1e6:.1f} MB")
    where = f"{', '.join(copied)} in {keys}" if copied else "not in it: keep a copy elsewhere"
    typer.echo(f"master key {manifest.master_key}: {where}")
    return 0


@command
async def restore(
    folder: Annotated[Path, typer.Argument(help="The backup: a folder that `smot backup` made.")],
    keys: Annotated[
        Path | None, typer.Option(help="Folder with secrets.key; unset: SMOT_MASTER_KEY, or the data folder.")
    ] = None,
    lost_key: Annotated[
        bool,
        typer.Option(
            "--lost-key", help="The master key is lost: restore orders and money without names and addresses."
        ),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Fill an empty data folder, or the empty database of SMOT_DATABASE, from a backup, and say what to do next.

    Nothing that exists is overwritten: files, versions and the master key are checked first.
    """
    from runtime.backup.restore import restore

    settings = settings_of(data=data)
    typer.echo(await restore(settings, folder, keys, lost_key=lost_key))
    start = "smot up" if settings.database is None else "smot worker"
    then = "" if settings.database is None else ", then `smot serve`"
    typer.echo(f"next: start `{start}`, run `smot resume` and `smot verify`{then}")
