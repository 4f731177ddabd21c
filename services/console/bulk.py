"""The same answer to many questions at once: a dry run first, and a result for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.journey.close_question import CloseQuestion
from domain.model.command import Command
from domain.model.override import ReturnOverrideRequest
from domain.reasons import CommandResult, Violation
from domain.returns.commands.override_return import OverrideReturn
from services.commands import CommandContext
from services.console.attention_item import AttentionItemView
from services.console.people import ItemHolder
from services.console.queue import AttentionQueue
from services.journeys import JourneyUnavailable
from services.order_reader import FoundOrder, OrderReader
from services.per_order_limiter import OrderBusy
from services.sealed_text import seal_text
from services.staff_orders.undo_window import UndoWindow, waits_for_second
from store.privacy.vault import Vault

BulkAction = Literal["claim", "release", "close", "approve", "refuse"]
BulkOutcome = Literal["done", "possible", "planned", "waits", "refused", "gone", "held", "busy"]
MAX_ITEMS = 100


class BulkResult(Frozen):
    """What became of one question, or would."""

    item: str
    """Its name in the queue."""
    outcome: BulkOutcome
    """`possible`: of a dry run. `planned`: it pays money, and waits for the undo window. `waits`: it is above the limit of your
    role, and a second person has to agree. `gone`: no such question is open. `held`: another person works on it. `busy`: try
    again."""
    reasons: tuple[Violation, ...] = ()
    """Why it is refused, or which request to a second person it waits for."""
    order: str | None = None
    """Our id of the order."""
    number: str | None = None
    """The name by which the customer knows the order."""
    holder: ItemHolder | None = None
    """Who works on it."""


@dataclass(frozen=True)
class BulkOrder:
    """What is wanted. reason: of all that is decided or closed. request: makes each effect happen once.

    wait: what pays money at once waits for the undo window.
    """

    action: BulkAction
    items: Sequence[str]
    reason: str = ""
    request: str = ""
    wait: bool = True


@dataclass(frozen=True)
class BulkWork:
    """Does it one by one: each question is judged by itself, and a refused one keeps none of the others."""

    queue: AttentionQueue
    orders: OrderReader
    undo: UndoWindow
    vault: Vault

    async def run(self, merchant: str, actor: Actor, wanted: BulkOrder, *, dry: bool) -> list[BulkResult]:
        """A result for each, in the order in which they were named. dry: nothing changes."""
        items = [*dict.fromkeys(wanted.items)][:MAX_ITEMS]
        found = await self.queue.find(merchant, items)
        return [
            await self._one(merchant, actor, wanted, found[item], dry)
            if item in found
            else BulkResult(item=item, outcome="gone")
            for item in items
        ]

    async def _one(
        self, merchant: str, actor: Actor, wanted: BulkOrder, view: AttentionItemView, dry: bool
    ) -> BulkResult:
        if wanted.action in ("claim", "release"):
            return await self._assign(merchant, actor, wanted, view, dry)
        order = await self.orders.find_by_id(merchant, view.order) if view.order else None
        if order is None:
            return _result(view, "refused")
        try:
            return await self._decide(actor, wanted, (view, order), dry)
        except (OrderBusy, JourneyUnavailable):
            return _result(view, "busy")

    async def _assign(
        self, merchant: str, actor: Actor, wanted: BulkOrder, view: AttentionItemView, dry: bool
    ) -> BulkResult:
        if dry:
            held = view.holder is not None and view.holder.id != actor.name
            return _result(view, "held" if held else "possible")
        change = self.queue.claim if wanted.action == "claim" else self.queue.release
        changed = await change(merchant, actor, view.item)
        outcome = changed.verdict if changed.verdict in ("done", "held") else "gone"
        return _result(changed.item or view, outcome)

    async def _decide(
        self, actor: Actor, wanted: BulkOrder, about: tuple[AttentionItemView, FoundOrder], dry: bool
    ) -> BulkResult:
        view, order = about
        command_id = keys.bulk_command(wanted.request, wanted.action, view.item)
        context = await self.undo.commands.context(order.merchant, actor, command_id)
        command = _command(context, wanted, view, await seal_text(self.vault, order, wanted.reason))
        if dry:
            state = (await self.orders.state(order)).state
            reasons = tuple(command.violations(state, context.business_now))
            second = None if reasons else await self.undo.gate.second_person(context, order, command)
            return _result(view, "refused" if reasons else "waits" if second else "possible", reasons)
        result = await self.undo.give(context, order, command, wait=wanted.wait)
        return _result(view, _outcome(context, result), result.reasons)


def _outcome(context: CommandContext, result: CommandResult) -> BulkOutcome:
    if waits_for_second(result):
        return "waits"
    if result.verdict == "refused":
        return "refused"
    return "planned" if result.subject == context.command_id else "done"


def _command(context: CommandContext, wanted: BulkOrder, view: AttentionItemView, sealed: str) -> Command:
    """A return in review is decided; any other question is closed, which is refused where it needs an answer."""
    if wanted.action == "close":
        return CloseQuestion(**context.envelope(), question=view.kind, subject=view.subject, reason=sealed)
    override = "approve" if wanted.action == "approve" else "refuse"
    request = ReturnOverrideRequest.model_validate({"override": override, "reason": sealed})
    return OverrideReturn(**context.envelope(), return_id=view.subject, request=request)


def _result(
    view: AttentionItemView,
    outcome: BulkOutcome,
    reasons: tuple[Violation, ...] = (),
) -> BulkResult:
    return BulkResult(
        item=view.item,
        outcome=outcome,
        reasons=reasons,
        order=view.order,
        number=view.number,
        holder=view.holder,
    )
