"""`smot users …`: the people of a merchant who sign in to the console."""

from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

app = typer.Typer(
    no_args_is_help=True,
    help="Users of the console: in the database of SMOT_DATABASE when it is set, else in that of the data folder.",
)

Merchant = Annotated[str, typer.Argument(help="The merchant.")]


@app.command("add")
@command
async def add_user(
    merchant: Merchant,
    email: Annotated[str, typer.Argument(help="The address with which the user signs in.")],
    name: Annotated[str, typer.Option(help="As Maria; timelines show it.")],
    role: Annotated[str, typer.Option(help="agent, senior_agent, finance, warehouse or admin.")] = "admin",
    data: Data = DEFAULT_DATA,
) -> int:
    """Invite a user and print the one-time link by which a password is chosen. An admin invites the others on a page."""
    from domain.actors import Role
    from domain.staff.accounts import USER_ROLES
    from domain.text import is_mail_address
    from runtime.admin import users
    from services.staff.users import NewUser

    if role not in USER_ROLES:
        return print_error(f"{role} is no role of a user; the roles are {', '.join(USER_ROLES)}")
    if not is_mail_address(email):
        return print_error("the user needs exactly one e-mail address")
    new = NewUser(email=email, name=name, role=Role(role))
    typer.echo(await users.add_user(settings_of(data=data), merchant, new))
    return 0


@app.command("list")
@command
async def list_users(merchant: Merchant, data: Data = DEFAULT_DATA) -> None:
    """List users by id, role, state, name and the last time they signed in."""
    from runtime.admin import users

    for one in await users.list_users(settings_of(data=data), merchant):
        last = f"signed in {one.signed_in_at:%Y-%m-%d %H:%M}" if one.signed_in_at else "never signed in"
        typer.echo(f"{one.id}  {one.role:<12}  {one.status:<7}  {one.name:<20}  {one.email}  {last}")


@app.command("link")
@command
async def renew_link(
    merchant: Merchant,
    user: Annotated[str, typer.Argument(help="The id that `smot users list` shows.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Print a new one-time link for a user whose password is lost."""
    from runtime.admin import users

    typer.echo(await users.renew_link(settings_of(data=data), merchant, user))
