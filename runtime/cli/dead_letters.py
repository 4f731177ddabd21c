"""`smot inbox …` and `smot notices …`: what ended without effect, listed and tried again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import DEFAULT_DATA, Data, command, settings_of

if TYPE_CHECKING:
    from services.replays.replayer import ReplayOutcome

_WHERE = (
    "In the database of SMOT_DATABASE (and SMOT_MASTER_KEY) when it is set, else in that of the data folder."
)
inbox = typer.Typer(
    no_args_is_help=True,
    help=f"Signed webhooks to us that could not be read or applied. {_WHERE}",
)
notices = typer.Typer(no_args_is_help=True, help=f"Notices to customers that could not be sent. {_WHERE}")


def _stated(reason: str) -> str:
    """As the API requires it."""
    if not 3 <= len(reason) <= 500:
        raise typer.BadParameter("say why in 3 to 500 characters")
    return reason


Merchant = Annotated[str, typer.Argument(help="The merchant.")]
Problem = Annotated[str | None, typer.Option(help="Only those whose reason begins so.")]
Since = Annotated[datetime | None, typer.Option(help="Only those that came at that time (UTC) or later.")]
Until = Annotated[datetime | None, typer.Option(help="Only those that came before that time (UTC).")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many to list, the oldest first.")]
Reason = Annotated[
    str, typer.Option(callback=_stated, help="Why they are tried again; kept sealed in the audit.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print how many the filter fits.")]
Ended = Literal["dead", "partly", "ignored"]
Status = Annotated[
    Ended, typer.Option(help="Not applied; applied as far as it could be read; of no effect here.")
]
Source = Annotated[str | None, typer.Option(help="Only of that sender: shopify, easypost, generic, …")]
Kind = Annotated[str | None, typer.Option(help="Only notices of that kind: delayed, authorized, …")]
Number = Annotated[int | None, typer.Option("--id", help="Only the one with that number in the list.")]


@inbox.command("list")
@command
async def list_inbox(
    merchant: Merchant,
    status: Status = "dead",
    source: Source = None,
    problem: Problem = None,
    limit: Limit = 100,
    data: Data = DEFAULT_DATA,
) -> None:
    """List deliveries by number, time, sender and reason. Their bodies are not shown."""
    from runtime.admin import replays
    from services.replays.deliveries import InboxFilter

    wanted = InboxFilter(status, source, problem)
    for one in await replays.list_deliveries(settings_of(data=data), merchant, wanted, limit):
        about = f"{one.source} {one.topic}".strip()
        typer.echo(f"{one.id}  {one.received_at:%Y-%m-%d %H:%M}  {about}  {one.size} bytes  {one.reason}")


@inbox.command("replay")
@command
async def replay_inbox(
    merchant: Merchant,
    reason: Reason,
    number: Number = None,
    status: Status = "dead",
    source: Source = None,
    problem: Problem = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Apply deliveries again: one by its number, or all that fulfil the other options, at most 1,000 at a time.

    For example after a fix of the reader, or when what they wait for exists now. To apply one twice has the effect of once.
    """
    from runtime.admin import replays
    from services.replays.deliveries import InboxFilter

    settings, wanted = settings_of(data=data), InboxFilter(status, source, problem, _utc(since), _utc(until))
    if dry_run and number is not None:
        return print_error("--dry-run counts what a filter fits; leave out --id")
    if dry_run:
        typer.echo(f"{await replays.count_deliveries(settings, merchant, wanted)} would be applied again")
        return 0
    what = wanted if number is None else number
    _print_result(await replays.replay_deliveries(settings, merchant, what, reason))
    return 0


@notices.command("list")
@command
async def list_notices(
    merchant: Merchant,
    kind: Kind = None,
    problem: Problem = None,
    limit: Limit = 100,
    data: Data = DEFAULT_DATA,
) -> None:
    """List dead notices by number, time, order, kind and reason. Their texts are not shown."""
    from runtime.admin import replays
    from services.replays.notices import NoticeFilter

    wanted = NoticeFilter("dead", kind, problem)
    for one in await replays.list_notices(settings_of(data=data), merchant, wanted, limit):
        typer.echo(f"{one.id}  {one.queued_at:%Y-%m-%d %H:%M}  {one.order}  {one.kind}  {one.reason}")


@notices.command("replay")
@command
async def replay_notices(
    merchant: Merchant,
    reason: Reason,
    number: Number = None,
    kind: Kind = None,
    problem: Problem = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Send dead notices again: one by its number, or all that fulfil the other options, at most 500 at a time.

    For example after a template or a channel was repaired. Each is judged again: what is not true any more is dropped.
    """
    from runtime.admin import replays
    from services.replays.notices import NoticeFilter

    settings, wanted = settings_of(data=data), NoticeFilter("dead", kind, problem, _utc(since), _utc(until))
    if dry_run and number is not None:
        return print_error("--dry-run counts what a filter fits; leave out --id")
    if dry_run:
        typer.echo(f"{await replays.count_notices(settings, merchant, wanted)} would be sent again")
        return 0
    what = wanted if number is None else number
    _print_result(await replays.replay_notices(settings, merchant, what, reason))
    return 0


def _print_result(result: "ReplayOutcome") -> None:
    more = f"; {result.more} others are left, repeat the command for them" if result.more else ""
    typer.echo(f"{result.queued} queued{more}")


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
