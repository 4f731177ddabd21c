"""`smot ledger`: the journal of a merchant as CSV for accounting, or its trial balance."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

if TYPE_CHECKING:
    from services.ledger_reports import AccountTotal

Since = Annotated[datetime | None, typer.Option(help="From then on (UTC); without it from the beginning.")]
Until = Annotated[datetime | None, typer.Option(help="Before then (UTC); without it up to now.")]


@command
async def ledger(
    merchant: Annotated[str, typer.Argument(help="The merchant.")],
    since: Since = None,
    until: Until = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write each posting to this CSV file instead; - is standard output.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> int:
    """Print the trial balance of a merchant, or write the journal of a period as CSV.

    In the deployment of the data folder; or in a cluster, when SMOT_DATABASE and SMOT_MASTER_KEY are set. Ends with 1 when the
    books do not balance.
    """
    from runtime.admin.ledger import read_trial_balance, write_journal

    start, end = _utc(since), _utc(until)
    if start and end and end <= start:
        return print_error("--until must be after --since")
    settings = settings_of(data=data)
    if csv is not None:
        count = await write_journal(settings, merchant, (start, end), csv)
        typer.echo(f"{count} postings", err=True)
        return 0
    totals = await read_trial_balance(settings, merchant, (start, end))
    for total in totals:
        typer.echo(_line(total))
    sums = {one.currency: sum(t.closing for t in totals if t.currency == one.currency) for one in totals}
    for currency, minor in sums.items():
        typer.echo(f"{currency}  {'balanced' if minor == 0 else f'out of balance by {minor} minor units'}")
    return 1 if any(sums.values()) else 0


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def _line(total: "AccountTotal") -> str:
    return (
        f"{total.currency}  {total.account_class:<20} {total.side:<10} opening {total.opening:>14}  "
        f"debit {total.debit:>14}  credit {total.credit:>14}  closing {total.closing:>14}"
    )
