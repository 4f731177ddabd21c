"""Decisions about commands that wait for a second person: another one, with a limit that is high enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain import keys
from domain.actors import STAFF, Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.commands import name_of
from domain.journey.plannable import command_name, plannable_name, subject_of
from domain.model.command import Command
from domain.money import Money
from domain.reasons import CommandResult
from services.commands import CommandContext
from services.key_names import Doer, KeyNames, doer_of
from services.opened_texts import open_text
from services.order_names import OrderName, OrderNames
from services.order_reader import FoundOrder
from services.paging import Page, PageRequest
from services.sealed_text import seal_text
from services.staff_orders.approval_gate import ApprovalGate, kept_command
from services.staff_orders.undo_window import UndoWindow
from store.audit import AuditLine
from store.privacy.vault import Vault
from store.tables.all import ApprovalRow

ApprovalStatus = Literal["open", "approved", "refused", "expired"]
DecisionFault = Literal["ended", "own", "limit", "amount"]


class ApprovalView(Frozen):
    """A command that waits for a second person, or waited."""

    id: str
    """Our id of the request."""
    order: str
    """Our id of the order."""
    number: str
    """The name by which the customer knows the order."""
    customer_name: str | None
    """For staff; null for others."""
    command: str
    """What is done, as the override is called."""
    subject: str
    """The return, parcel or payment that it is done to; empty for the order."""
    amount: Money
    """What it is about."""
    reason: str
    """Why, in the words of who gave the command."""
    requested_by: Doer
    """Who gave the command."""
    requested_at: Instant
    """When, in the merchant's time."""
    expires_at: Instant
    """Until when it can be decided."""
    status: ApprovalStatus
    """`refused`: by the second person, or by the order afterwards, as `verdict` says then. `expired`: not decided in time."""
    decided_by: Doer | None
    """Who decided."""
    decided_at: Instant | None
    """When it was decided."""
    decision_reason: str | None
    """Why it was decided so."""
    verdict: str | None
    """What the order answered to the approved command; null until then. What pays money waits for the undo window first."""


@dataclass(frozen=True)
class ApprovalDecisions:
    """The use cases of approvals."""

    gate: ApprovalGate
    undo: UndoWindow
    vault: Vault
    names: KeyNames
    order_names: OrderNames

    async def page(
        self, merchant: str, page: PageRequest, reader: Role, *, open_only: bool = False
    ) -> Page[ApprovalView]:
        """The newest first, as that role may see them. open_only: those that can still be decided. Raises BadCursor."""
        now = await self.undo.commands.clocks.business_now(merchant)
        found = await self.gate.approvals.page(merchant, now if open_only else None, page.limit, page.cursor)
        return Page(await self._views(merchant, found.items, reader), found.next)

    async def of_order(self, order: FoundOrder, reader: Role) -> list[ApprovalView]:
        """Those of one order that can still be decided, the oldest first."""
        now = await self.undo.commands.clocks.business_now(order.merchant)
        rows = await self.gate.approvals.waiting(order.merchant, order.id, now)
        return await self._views(order.merchant, rows, reader)

    async def within_limit(
        self, merchant: str, role: Role, approvals: Sequence[ApprovalView]
    ) -> frozenset[str]:
        """The ids of those that the role's limit allows to approve."""
        able = {one.id for one in approvals if await self.gate.may_alone(merchant, role, one.amount)}
        return frozenset(able)

    async def find(self, merchant: str, approval: str, reader: Role) -> ApprovalView | None:
        """One of them."""
        row = await self.gate.approvals.find(merchant, approval)
        return (await self._views(merchant, [row], reader))[0] if row is not None else None

    async def refuse(
        self, merchant: str, approval: str, actor: Actor, reason: str
    ) -> ApprovalView | DecisionFault | None:
        """Nothing happens to the order. Who gave the command may take it back so. None for an unknown approval."""
        return await self._decide(merchant, approval, actor, ("refused", reason))

    async def approve(
        self, merchant: str, approval: str, actor: Actor, reason: str
    ) -> ApprovalView | DecisionFault | None:
        """Have the command performed, once, as the one of who gave it, after the undo window of the policy.

        The same call again finishes what was cut off.

        Raises OrderBusy and JourneyUnavailable.
        """
        row = await self.gate.approvals.find(merchant, approval)
        order = await self.gate.orders.find_by_id(merchant, row.order) if row is not None else None
        if row is None or order is None:
            return None
        if row.status == "open":
            fault = await self._fault(row, order, actor)
            if fault is not None:
                return fault
            found = await self._decide(merchant, approval, actor, ("approved", reason))
            if not isinstance(found, ApprovalView):
                return found
        elif row.status != "approved" or row.verdict:
            return "ended"
        result = await self._perform(row, order)
        codes = ",".join(sorted(one.code for one in result.reasons))
        verdict = f"{result.verdict}: {codes}" if codes else str(result.verdict)
        await self.gate.approvals.record(merchant, approval, verdict)
        return await self.find(merchant, approval, actor.role)

    async def _fault(self, row: ApprovalRow, order: FoundOrder, actor: Actor) -> DecisionFault | None:
        """Why that person may not approve it now. The rules of the journey judge with the approver's role, too."""
        if actor.name == row.name:
            return "own"
        context, command = await self._context(row, actor), kept_command(row)
        amount = Money(minor=row.minor, currency=row.currency)
        if not await self.gate.may_alone(row.merchant, actor.role, amount):
            return "limit"
        now = await self.gate.amount(context, order, command.model_copy(update={"actor": actor}))
        return "amount" if now is not None and now.minor > row.minor else None

    async def _decide(
        self, merchant: str, approval: str, actor: Actor, decision: tuple[str, str]
    ) -> ApprovalView | DecisionFault | None:
        row = await self.gate.approvals.find(merchant, approval)
        order = await self.gate.orders.find_by_id(merchant, row.order) if row is not None else None
        if row is None or order is None:
            return None
        now = (await self._context(row, actor)).business_now
        sealed = await seal_text(self.vault, order, decision[1])
        status, command = decision[0], kept_command(row)
        if now >= row.expires_at or not await self.gate.approvals.decide(row, status, actor, now, sealed):
            return "ended"
        details: dict[str, str | int] = {
            "requested_by": row.name,
            "command": _name(command),
            "about": subject_of(command),
            "minor": row.minor,
            "currency": row.currency,
        }
        line = AuditLine(actor, f"approval_{status}", now, row.order, row.id, details)
        await self.gate.audit.write(merchant, line)
        return await self.find(merchant, approval, actor.role)

    async def _perform(self, row: ApprovalRow, order: FoundOrder) -> CommandResult:
        context = await self._context(row, Actor(role=Role(row.role), name=row.name))
        command = kept_command(row).model_copy(update={"command_id": context.command_id, "now": context.now})
        return await self.undo.give(context, order, command, approved=True)

    async def _context(self, row: ApprovalRow, actor: Actor) -> CommandContext:
        return await self.undo.commands.context(row.merchant, actor, keys.approved_command(row.id))

    async def _views(self, merchant: str, rows: Sequence[ApprovalRow], reader: Role) -> list[ApprovalView]:
        orders = {row.order for row in rows}
        named = await self.order_names.of(merchant, orders, with_customers=reader in STAFF)
        return [await self._view(row, named.get(row.order)) for row in rows]

    async def _view(self, row: ApprovalRow, order: OrderName | None) -> ApprovalView:
        command = kept_command(row)
        names = await self.names.of(row.merchant, (row.name, row.decided_by))
        now = await self.undo.commands.clocks.business_now(row.merchant)
        return ApprovalView(
            id=row.id,
            order=row.order,
            number=order.number if order else "",
            customer_name=(order.customer or None) if order else None,
            command=_name(command),
            subject=subject_of(command),
            amount=Money(minor=row.minor, currency=row.currency),
            reason=await open_text(self.vault, _reason(command)),
            requested_by=doer_of(row.role, row.name, names),
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            status=_status(row, now),
            decided_by=doer_of(row.decided_role, row.decided_by, names) if row.decided_by else None,
            decided_at=row.decided_at,
            decision_reason=await open_text(self.vault, row.decision_reason) or None,
            verdict=row.verdict or None,
        )


def _status(row: ApprovalRow, now: datetime) -> ApprovalStatus:
    """What the order refused was not done, although a person agreed to it."""
    if row.status == "open" and now >= row.expires_at:
        return "expired"
    if row.status == "approved" and row.verdict.startswith("refused"):
        return "refused"
    return row.status  # type: ignore[return-value]  # the table has no other writer


def _name(command: Command) -> str:
    """What it does, in one code. A report of what has happened is never planned, but may wait for a second person."""
    return command_name(command) if plannable_name(command) else name_of(command)


def _reason(command: Command) -> str:
    """The sealed reason of a command; empty for one without."""
    request = getattr(command, "request", command)
    return str(getattr(request, "reason", ""))
