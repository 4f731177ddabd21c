"""`smot keys …`: the bearer keys of a deployment."""

from typing import TYPE_CHECKING, Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

if TYPE_CHECKING:
    from services.merchants.views import KeyView

app = typer.Typer(
    no_args_is_help=True,
    help="Bearer keys: in the database of SMOT_DATABASE when it is set, else in that of the data folder.",
)

Merchant = Annotated[str | None, typer.Argument(help="The merchant; without it, the platform's admins.")]
KeyId = Annotated[
    str, typer.Argument(help="The eight characters after smot_live_, smot_test_ or smot_platform_.")
]
Name = Annotated[str, typer.Option(help="What people call it, as Maria; timelines show it.")]
Days = Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends by itself.")]


@app.command("list")
@command
async def list_keys(merchant: Merchant = None, data: Data = DEFAULT_DATA) -> None:
    """List keys by id, role, name, age and use. Their text is never shown again."""
    from runtime.admin import api_keys

    for key in await api_keys.list_keys(settings_of(data=data), merchant):
        typer.echo(_line(key))


@app.command("add")
@command
async def add_key(
    merchant: Annotated[str, typer.Argument(help="The merchant that gets the key.")],
    role: Annotated[
        str, typer.Argument(help="admin, storefront, agent, senior_agent, warehouse, partner or finance.")
    ],
    name: Name = "",
    days: Days = None,
    data: Data = DEFAULT_DATA,
) -> int:
    """Create a further key of a merchant and print it, once. An admin manages that merchant's keys, policy and endpoints."""
    from domain.actors import Role
    from runtime.admin import api_keys
    from services.merchants.keys import KEY_ROLES

    if role not in KEY_ROLES:
        return print_error(f"{role} is no role of a key; the roles are {', '.join(KEY_ROLES)}")
    typer.echo(await api_keys.add_key(settings_of(data=data), merchant, Role(role), name, days))
    return 0


@app.command("admin")
@command
async def add_admin_key(name: Name = "", days: Days = None, data: Data = DEFAULT_DATA) -> None:
    """Create a key of the platform's admin and print it, once. On a cluster this is how the first key is made.

    Keep it as SMOT_ADMIN_KEY (or as the file smot_admin_key in SMOT_SECRETS_DIR) for `smot merchants add --api`.
    """
    from domain.actors import Role
    from runtime.admin import api_keys

    typer.echo(await api_keys.add_key(settings_of(data=data), None, Role.ADMIN, name, days))


@app.command("rotate")
@command
async def rotate_key(
    key_id: KeyId,
    merchant: Merchant = None,
    hours: Annotated[int, typer.Option(min=0, max=720, help="So long the old key still works.")] = 24,
    data: Data = DEFAULT_DATA,
) -> None:
    """Replace a key by a new one of the same role and name, and print that once. The old one works for --hours more."""
    from runtime.admin import api_keys

    typer.echo(await api_keys.rotate_key(settings_of(data=data), merchant, key_id, hours))
    typer.echo(f"{key_id} works for {hours} hours more", err=True)


@app.command("rename")
@command
async def rename_key(
    key_id: KeyId,
    name: Annotated[str, typer.Argument(help="What people call it from now on.")],
    merchant: Merchant = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Give a key another name."""
    from runtime.admin import api_keys

    await api_keys.rename_key(settings_of(data=data), merchant, key_id, name)
    typer.echo(f"{key_id} is called {name}")


@app.command("revoke")
@command
async def revoke_key(key_id: KeyId, merchant: Merchant = None, data: Data = DEFAULT_DATA) -> None:
    """Revoke a key at once."""
    from runtime.admin import api_keys

    await api_keys.revoke_key(settings_of(data=data), merchant, key_id)
    typer.echo(f"{key_id} is revoked")


@app.command("master")
@command
async def show_master_keys(data: Data = DEFAULT_DATA) -> None:
    """Show the master keys by id: which one seals now, how many rows each seals, and which process has which."""
    from runtime.admin import master_keys

    found = await master_keys.report(settings_of(data=data))
    for key in found.keys:
        rows = ", ".join(f"{count} {table}" for table, count in sorted(key.rows.items())) or "no row"
        state = "seals now" if key.active else "seals nothing new"
        typer.echo(f"{key.key_id}  {state}{'' if key.known else ', is NOT HERE'}  {rows}")
    for process in found.processes:
        name = f"{process.kind} {process.pid} on {process.host}, smot {process.version}"
        typer.echo(f"  {name}: has {process.known}, seals with {process.active}")


@app.command("rotate-master")
@command
async def rotate_master_key(data: Data = DEFAULT_DATA) -> None:
    """Have a new master key take the place of the old one, while everything runs. It may be cut off and run again.

    Customers' links, drop-off codes and pseudonyms stay as they are. On a cluster, first give the new key to every process:
    the command prints it.
    """
    from runtime.admin import master_keys

    await master_keys.rotate(settings_of(data=data), typer.echo)


@app.command("forget-master")
@command
async def forget_master_key(
    key_id: Annotated[str, typer.Argument(help="As `smot keys master` shows it.")], data: Data = DEFAULT_DATA
) -> None:
    """Take a master key out of the data folder that seals no row any more. Older backups still need it."""
    from runtime.admin import master_keys

    await master_keys.forget(settings_of(data=data), key_id, typer.echo)


def _line(key: "KeyView") -> str:
    used = f"used about {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    ended = key.revoked_at or key.expires_at
    status = key.status + (f" {ended:%Y-%m-%d %H:%M}" if ended else "")
    return (
        f"{key.id}  {key.role:<12}  {key.name:<20}  created {key.created_at:%Y-%m-%d %H:%M}  {used}  {status}"
    )
