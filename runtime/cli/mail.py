"""`smot mail …`: the mail server, whom letters are from, and what is reported of them."""

from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, settings_of

app = typer.Typer(no_args_is_help=True, help="E-mail: try the mail server, and set whom letters are from.")


@app.command("try")
@command
async def try_mail(
    to: Annotated[str, typer.Argument(help="The address that gets the letter.")],
    merchant: Annotated[str | None, typer.Option(help="Whose sender and return path are used.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Send one letter by the server of SMOT_SMTP and print each step, or what the server answered."""
    from runtime.admin.mail import try_mail as steps

    async for done in steps(settings_of(data=data), to, merchant):
        typer.echo(done)


@app.command("sender")
@command
async def sender(
    merchant: Annotated[str, typer.Argument(help="The merchant.")],
    address: Annotated[str | None, typer.Option("--from", help="Address of the sender.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the sender.")] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where customers' answers go.")] = None,
    return_path: Annotated[
        str | None, typer.Option(help="Where mail servers report what they cannot deliver.")
    ] = None,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show whom a merchant's letters are from, or set it; an empty value stands for the deployment's."""
    from runtime.admin.mail import merchant_mail
    from runtime.admin.merchants import admin_api

    given = {"address": address, "name": name, "reply_to": reply_to, "return_path": return_path}
    changes = {field: value for field, value in given.items() if value is not None}
    shown = await merchant_mail(admin_api(settings_of(data=data), api), merchant, changes)
    for field, value in shown.items():
        typer.echo(f"{field.replace('_', ' '):<12} {value or '(the deployment’s)'}")
