"""The command line `smot`. Each command imports what it needs when it runs, so that `--help` is instant."""

import sys
from typing import Annotated

import typer

from runtime.cli import (
    backups,
    bench,
    dead_letters,
    demo,
    dispositions,
    env,
    keys,
    kpis,
    ledger,
    mail,
    maintenance,
    merchants,
    order,
    policies,
    privacy,
    processes,
    reconcile,
    replay,
    users,
)
from runtime.cli.exit_codes import exit_code_of

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(policies.app, name="policies")
app.add_typer(merchants.app, name="merchants")
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(mail.app, name="mail")
app.add_typer(dead_letters.inbox, name="inbox")
app.add_typer(dead_letters.notices, name="notices")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(privacy.app, name="privacy")
app.add_typer(replay.app, name="replay")


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def smot(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print version and commit, and exit."
        ),
    ] = False,
) -> None:
    """After a shop's customer has paid: parcels, delays, returns, and money back exactly once."""


def version() -> None:
    """Print the version and the commit that it was built from."""
    from runtime.config.version import smot_version

    typer.echo(f"smot {smot_version().text}")


for command in (
    version,
    processes.up,
    processes.serve,
    processes.worker,
    processes.sandbox_psp,
    processes.sandbox_carriers,
    env.env,
    order.order,
    ledger.ledger,
    kpis.kpis,
    dispositions.dispositions,
    maintenance.migrate,
    maintenance.doctor,
    bench.bench,
    demo.demo,
    maintenance.verify,
    maintenance.continue_as_new,
    maintenance.resume,
    backups.backup,
    backups.restore,
):
    app.command()(command)


def run_app() -> None:
    """Run the command line. No error is a traceback."""
    try:
        app()
    except Exception as problem:  # noqa: BLE001 - the last resort: it ends the process with a line and an exit code
        sys.exit(exit_code_of(problem))


if __name__ == "__main__":
    run_app()
