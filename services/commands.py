"""Commands: the one way in which a person or a system has an order changed.

A use case makes a domain command and calls `execute`. Refusals are results, not exceptions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from domain import keys
from domain.actors import Actor, Role
from domain.model.command import Command
from domain.reasons import CommandResult
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


@dataclass(frozen=True)
class CommandExecutor:
    """Sends commands to journeys."""

    orders: OrderReader
    journeys: Journeys
    limiter: PerOrderLimiter
    clocks: Clocks
    audit: AuditLog

    async def context(self, merchant: str, actor: Actor, command_id: str) -> CommandContext:
        """A context at the merchant's present time."""
        return CommandContext(merchant, actor, command_id, await self.clocks.get(merchant))

    async def execute(self, context: CommandContext, order: FoundOrder, command: Command) -> CommandResult:
        """The journey's result, written when this returns. Raises OrderBusy or JourneyUnavailable."""
        result = await self.send(order, command)
        await self.audit_refusal(context, order, command, result)
        return result

    async def send(self, order: FoundOrder, command: Command, attempt: int = 0) -> CommandResult:
        """As `execute`, without the audit: for a use case that sends a refused command again with other content.

        `attempt`: a number of its own for each such content.
        """
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
        details: dict[str, str | int] = {"reasons": ",".join(sorted({one.code for one in result.reasons}))}
        refused, at = f"refused:{type(command).__name__}", command.now or real_now()
        line = AuditLine(context.actor, refused, at, order=order.id, details=details)
        await self.audit.write(order.merchant, line)
