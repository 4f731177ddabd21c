"""`smot mail …`: the mail server, whom letters are from, and what is reported of them."""

import sys
from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, print_error, settings_of

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


_TEMPORARY_FAILURE = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps the message and pipes it again
_MAX_BYTES = 1_000_000  # a report returns the headers of the letter, or the letter


@app.command("bounce")
@command
async def bounce(data: Data = DEFAULT_DATA) -> int:
    """Keep a report that a mail server pipes to standard input: a delivery status notification or a feedback report.

    It needs the database alone. Exit code 75 when the report could not be kept, so that the mail server tries again.
    """
    from runtime.admin.mail import keep_report
    from runtime.errors import CommandFailed, StartupError

    message = sys.stdin.buffer.read(_MAX_BYTES)
    try:
        typer.echo("kept" if await keep_report(settings_of(data=data), message) else "known already")
    except (CommandFailed, StartupError, OSError) as problem:
        print_error(problem)
        return _TEMPORARY_FAILURE
    return 0
