"""Commands without HTTP: refusals are results, staff's refusals are audited, and no order is changed by too many at once."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from domain.actors import Actor, Role
from domain.model.command import Command
from domain.orders.commands.cancel_order import CancelOrder
from domain.reasons import CommandResult, Reason, Violation, accepted, refused
from services.commands import CommandContext, CommandExecutor
from services.journeys import JourneyUnavailable
from services.metrics import REGISTRY
from services.order_reader import FoundOrder
from services.per_order_limiter import OrderBusy, PerOrderLimiter
from store.audit import AuditLine

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORDER = FoundOrder(merchant="acme", id="ord_one", order_id="#1", customer="cus_ada")
SHIPPED = refused(Violation(code=Reason.ORDER_SHIPPED), Violation(code=Reason.ORDER_CANCELLED))


class FakeJourneys:
    """Journeys that give one result to every command, once `gate` is set."""

    def __init__(self, result: CommandResult | Exception) -> None:
        self.result, self.gate = result, asyncio.Event()
        self.gate.set()
        self.executed: list[tuple[str, str, Command, int]] = []

    async def execute(self, merchant: str, order: str, command: Command, attempt: int) -> CommandResult:
        self.executed.append((merchant, order, command, attempt))
        await self.gate.wait()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class OpenGate:
    """Every command may be given alone."""

    async def needed(self, *_: Any) -> None:
        return None


class FakeAudit:
    def __init__(self) -> None:
        self.lines: list[tuple[str, AuditLine]] = []

    async def write(self, merchant: str, line: AuditLine) -> None:
        self.lines.append((merchant, line))


def executor(result: CommandResult | Exception, **limits: Any) -> tuple[CommandExecutor, Any, Any]:
    journeys, audit = FakeJourneys(result), FakeAudit()
    unused = cast(Any, None)
    return (
        CommandExecutor(
            unused, cast(Any, journeys), PerOrderLimiter(**limits), unused, cast(Any, audit), OpenGate()
        ),
        journeys,
        audit,
    )


def context(role: Role) -> CommandContext:
    return CommandContext("acme", Actor(role=role, name="k1"), "c1", NOW)


async def test_a_command_carries_its_context_to_the_journey() -> None:
    commands, journeys, audit = executor(accepted())
    sender = context(Role.AGENT)
    result = await commands.execute(sender, ORDER, CancelOrder(**sender.envelope()))
    assert result.verdict == "accepted"
    assert journeys.executed == [
        ("acme", "ord_one", CancelOrder(command_id="c1", actor=sender.actor, now=NOW), 0)
    ]
    assert audit.lines == []


async def test_a_refusal_is_a_result_with_every_reason_and_is_audited_for_staff() -> None:
    commands, _, audit = executor(SHIPPED)
    sender = context(Role.AGENT)
    assert await commands.execute(sender, ORDER, CancelOrder(**sender.envelope())) == SHIPPED
    details: dict[str, str | int] = {"reasons": "order_cancelled,order_shipped"}
    line = AuditLine(sender.actor, "refused:CancelOrder", NOW, order="ord_one", details=details)
    assert audit.lines == [("acme", line)]


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.STOREFRONT])
async def test_refusals_of_customers_and_storefronts_are_not_audited(role: Role) -> None:
    commands, _, audit = executor(SHIPPED)
    sender = context(role)
    assert await commands.execute(sender, ORDER, CancelOrder(**sender.envelope())) == SHIPPED
    assert audit.lines == []


async def test_a_command_that_waits_too_long_for_its_turn_is_not_sent() -> None:
    commands, journeys, _ = executor(accepted(), max_concurrent=1, timeout=0.01)
    sender = context(Role.AGENT)
    journeys.gate.clear()
    first = asyncio.create_task(commands.execute(sender, ORDER, CancelOrder(**sender.envelope())))
    await asyncio.sleep(0)
    with pytest.raises(OrderBusy):
        await commands.execute(sender, ORDER, CancelOrder(**sender.envelope()))
    journeys.gate.set()
    await first
    assert len(journeys.executed) == 1


async def test_a_command_without_an_answer_counts_as_timed_out() -> None:
    labels = {"command": "CancelOrder", "outcome": "timeout"}
    before = REGISTRY.get_sample_value("smot_command_seconds_count", labels) or 0
    commands, _, audit = executor(JourneyUnavailable())
    sender = context(Role.AGENT)
    with pytest.raises(JourneyUnavailable):
        await commands.execute(sender, ORDER, CancelOrder(**sender.envelope()))
    assert REGISTRY.get_sample_value("smot_command_seconds_count", labels) == before + 1
    assert audit.lines == []
