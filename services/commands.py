"""Commands: the one way in which a person or a system has an order changed.

A use case makes a domain command and calls `execute`. Refusals are results, not exceptions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypedDict

from domain import keys
from domain.actors import Actor, Role
from domain.model.command import Command
from domain.reasons import CommandResult, Reason, Violation, refused
from services.journeys import Journeys
from services.metrics import time_command
from services.order_reader import FoundOrder, OrderReader
from services.per_order_limiter import PerOrderLimiter
from store.audit import AuditLine, AuditLog
from store.engine.columns import real_now
from store.merchants.clock import Clocks

_NOT_AUDITED = frozenset({Role.CUSTOMER, Role.STOREFRONT})  # they are refused every day; staff is not


class CommandEnvelope(TypedDict):
    """The fields that all commands have in common."""

    command_id: str
    actor: Actor
    now: datetime | None


@dataclass(frozen=True)
class CommandContext:
    """Who sends a command, for which merchant, under which id and when.

    merchant: the merchant whose orders are meant.
    actor: role and key id, for the audit.
    command_id: the same for every retry of one request; a journey executes a command id once.
    now: the merchant's sandbox clock; None where time is real.
    """

    merchant: str
    actor: Actor
    command_id: str
    now: datetime | None

    @property
    def business_now(self) -> datetime:
        return self.now or real_now()

    def envelope(self) -> CommandEnvelope:
        """For `Kind(**context.envelope(), …)`."""
        return CommandEnvelope(command_id=self.command_id, actor=self.actor, now=self.now)


class CommandGate(Protocol):
    """Judges whether a person may give a command alone."""

    async def needed(self, context: CommandContext, order: FoundOrder, command: Command) -> Violation | None:
        """Why they may not, with the request to a second person that was made; None where they may."""


@dataclass(frozen=True)
class CommandExecutor:
    """Sends commands to journeys. Each one passes the gate here, so no route can skip it."""

    orders: OrderReader
    journeys: Journeys
    limiter: PerOrderLimiter
    clocks: Clocks
    audit: AuditLog
    gate: CommandGate

    async def context(self, merchant: str, actor: Actor, command_id: str) -> CommandContext:
        """A context at the merchant's present time."""
        return CommandContext(merchant, actor, command_id, await self.clocks.get(merchant))

    async def execute(
        self, context: CommandContext, order: FoundOrder, command: Command, *, judged: bool = False
    ) -> CommandResult:
        """The journey's result, written when this returns. Raises OrderBusy or JourneyUnavailable.

        judged: the command was judged by the gate before, or a second person has agreed to it.
        """
        result = await self.send(context, order, command, judged=judged)
        await self.audit_refusal(context, order, command, result)
        return result

    async def send(
        self,
        context: CommandContext,
        order: FoundOrder,
        command: Command,
        attempt: int = 0,
        *,
        judged: bool = False,
    ) -> CommandResult:
        """As `execute`, without the audit: for a use case that sends a refused command again with other content.

        `attempt`: a number of its own for each such content.
        """
        needed = None if judged else await self.gate.needed(context, order, command)
        if needed is not None:
            return refused(needed)
        async with self.limiter.slot(keys.workflow_id(order.merchant, order.id)):
            with time_command(type(command).__name__) as timer:
                result = await self.journeys.execute(order.merchant, order.id, command, attempt)
                timer.outcome = result.verdict
                return result

    async def previous_result(self, context: CommandContext, order: FoundOrder) -> CommandResult | None:
        """The result of this very command if it was executed before and its answer got lost.

        For use cases with rules of their own: judged again, the command would stand in its own way.
        """
        snapshot = await self.orders.state(order)
        return snapshot.state.command_results.get(context.command_id)

    async def audit_refusal(
        self, context: CommandContext, order: FoundOrder, command: Command, result: CommandResult
    ) -> None:
        """Write what staff was refused: a refused command leaves no trace in the journey's history."""
        if result.verdict != "refused" or context.actor.role in _NOT_AUDITED:
            return
        if any(one.code is Reason.APPROVAL_NEEDED for one in result.reasons):
            return  # the request is in the audit
        details: dict[str, str | int] = {"reasons": ",".join(sorted({one.code for one in result.reasons}))}
        refused, at = f"refused:{type(command).__name__}", command.now or real_now()
        line = AuditLine(context.actor, refused, at, order=order.id, details=details)
        await self.audit.write(order.merchant, line)
