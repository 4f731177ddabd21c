"""`smot merchants carrier-account`, `smot reconcile`: asking carriers ourselves."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import Data, Json, print_error, run, settings_of


def carrier_account(
    name: Annotated[str, typer.Argument(help="The merchant.")],
    source: Annotated[str, typer.Argument(help="easypost or aftership.")],
    key_file: Annotated[
        Path, typer.Option("--key-file", help="File with the source's API key; - reads standard input.")
    ],
    base: Annotated[
        str,
        typer.Option(help="Another address than the source's own; `simulator` for the one that runs here."),
    ] = "",
    per_minute: Annotated[int, typer.Option(help="Calls a minute that its workers may make together.")] = 300,
    api: Annotated[
        str | None, typer.Option(help="Base URL of a cluster's API, asked with SMOT_ADMIN_KEY.")
    ] = None,
    data: Data = Path(".smot"),
) -> None:
    """Look parcels of the merchant up at their carriers, besides what webhooks tell. The key is not shown again."""
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.merchants import RequestRejected, set_carrier_account
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            key = (sys.stdin.read() if str(key_file) == "-" else key_file.read_text()).strip()
            body = {"source": source, "key": key, "base": base, "per_minute": per_minute}
            told = await set_carrier_account(settings, name, body, api=api)
        except (DeploymentUnreachable, RequestRejected, OSError) as problem:
            return print_error(problem)
        where = told["base"] or "its own address"
        typer.echo(f"{name} is looked up at {told['source']} ({where}), {told['per_minute']} calls a minute")
        return 0

    run(main())


def reconcile(
    merchant: Annotated[str | None, typer.Argument(help="Only that merchant.")] = None,
    silent: Annotated[int, typer.Option(min=0, help="Only parcels without a scan for that many hours.")] = 0,
    data: Data = Path(".smot"),
    json_: Json = False,
) -> None:
    """Look every parcel under way up once at its carrier, and tell the journeys what a lost message left out.

    For merchants with an account (`smot merchants carrier-account`), also for orders that began before that. Of what runs in
    the data folder; or of a cluster, when SMOT_DATABASE, SMOT_MASTER_KEY and TEMPORAL_ADDRESS are set. Safe to repeat.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        import json

        from runtime.admin.reconcile import reconcile
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            came = await reconcile(settings, merchant, timedelta(hours=silent))
        except DeploymentUnreachable as problem:
            return print_error(problem)
        for name, one in came.items():
            typer.echo(
                f"{name}: {one.polled} parcels looked up, {one.found} with news, {one.not_found} not known, "
                f"{one.unanswered} unanswered"
            )
        if json_:
            typer.echo(json.dumps({name: one.model_dump() for name, one in came.items()}))
        return 0

    run(main())
