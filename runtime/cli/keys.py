"""`smot keys …`."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import Data, print_error, run, settings_of

app = typer.Typer(
    no_args_is_help=True,
    help="Bearer keys: those on SMOT_DATABASE when it is set, else those of the data folder.",
)

Merchant = Annotated[str | None, typer.Argument(help="The merchant; without one, the platform's admins.")]


@app.command("list")
def list_keys(merchant: Merchant = None, data: Data = Path(".smot")) -> None:
    """List keys by id, role and age; their text is never shown again."""
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.api_keys import list_keys
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            rows = await list_keys(settings, merchant)
        except DeploymentUnreachable as problem:
            return print_error(problem)
        for row in rows:
            ended = f"revoked {row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else "in use"
            typer.echo(f"{row.id}  {row.role:<13} made {row.created_at:%Y-%m-%d %H:%M}  {ended}")
        return 0

    run(main())


@app.command("add")
def add_key(
    merchant: Annotated[str, typer.Argument(help="Whose key it is.")],
    role: Annotated[
        str, typer.Argument(help="storefront, agent, senior_agent, warehouse, partner or finance.")
    ],
    data: Data = Path(".smot"),
) -> None:
    """Make one more key and print it, once."""
    settings = settings_of(data=data)

    async def main() -> int:
        from domain.actors import Role
        from runtime.admin.api_keys import add_key
        from runtime.admin.verify_command import DeploymentUnreachable

        roles = [one.value for one in Role if one not in (Role.ADMIN, Role.SYSTEM, Role.CUSTOMER)]
        if role not in roles:
            return print_error(f"{role} is no role of a key; there are {', '.join(roles)}")
        try:
            typer.echo(await add_key(settings, merchant, Role(role)))
        except DeploymentUnreachable as problem:
            return print_error(problem)
        return 0

    run(main())


@app.command("admin")
def add_admin_key(data: Data = Path(".smot")) -> None:
    """Make a key of the platform's admin and print it, once: the first of a cluster, or one more.

    Keep it as SMOT_ADMIN_KEY (or as the file smot_admin_key in SMOT_SECRETS_DIR) for `smot merchants add --api`.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.api_keys import add_admin_key
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            typer.echo(await add_admin_key(settings))
        except DeploymentUnreachable as problem:
            return print_error(problem)
        return 0

    run(main())


@app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="The eight characters behind smot_.")],
    merchant: Merchant = None,
    data: Data = Path(".smot"),
) -> None:
    """End a key at once."""
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.api_keys import revoke_key
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            ended = await revoke_key(settings, merchant, key_id)
        except DeploymentUnreachable as problem:
            return print_error(problem)
        if not ended:
            return print_error(f"no key {key_id} of {merchant or 'the platform'} is in use")
        typer.echo(f"{key_id} is revoked")
        return 0

    run(main())
