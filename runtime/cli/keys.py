"""`smot keys …`: the bearer keys of a deployment."""

from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

app = typer.Typer(
    no_args_is_help=True,
    help="Bearer keys: in the database of SMOT_DATABASE when it is set, else in that of the data folder.",
)

Merchant = Annotated[str | None, typer.Argument(help="The merchant; without it, the platform's admins.")]


@app.command("list")
@command
async def list_keys(merchant: Merchant = None, data: Data = DEFAULT_DATA) -> None:
    """List keys by id, role and age. Their text is never shown again."""
    from runtime.admin import api_keys

    for row in await api_keys.list_keys(settings_of(data=data), merchant):
        ended = f"revoked {row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else "in use"
        typer.echo(f"{row.id}  {row.role:<13} created {row.created_at:%Y-%m-%d %H:%M}  {ended}")


@app.command("add")
@command
async def add_key(
    merchant: Annotated[str, typer.Argument(help="The merchant that gets the key.")],
    role: Annotated[
        str, typer.Argument(help="storefront, agent, senior_agent, warehouse, partner or finance.")
    ],
    data: Data = DEFAULT_DATA,
) -> int:
    """Create a further key of a merchant and print it, once."""
    from domain.actors import Role
    from runtime.admin import api_keys

    roles = [each.value for each in Role if each not in (Role.ADMIN, Role.SYSTEM, Role.CUSTOMER)]
    if role not in roles:
        return print_error(f"{role} is no role of a key; the roles are {', '.join(roles)}")
    typer.echo(await api_keys.add_key(settings_of(data=data), merchant, Role(role)))
    return 0


@app.command("admin")
@command
async def add_admin_key(data: Data = DEFAULT_DATA) -> None:
    """Create a key of the platform's admin and print it, once. On a cluster this is how the first key is made.

    Keep it as SMOT_ADMIN_KEY (or as the file smot_admin_key in SMOT_SECRETS_DIR) for `smot merchants add --api`.
    """
    from runtime.admin import api_keys

    typer.echo(await api_keys.add_admin_key(settings_of(data=data)))


@app.command("revoke")
@command
async def revoke_key(
    key_id: Annotated[str, typer.Argument(help="The eight characters after smot_.")],
    merchant: Merchant = None,
    data: Data = DEFAULT_DATA,
) -> int:
    """Revoke a key at once."""
    from runtime.admin import api_keys

    if not await api_keys.revoke_key(settings_of(data=data), merchant, key_id):
        return print_error(f"no key {key_id} of {merchant or 'the platform'} is in use")
    typer.echo(f"{key_id} is revoked")
    return 0
