"""The gate before commands of people: one above the limit of its role is kept until a second person decides."""

from dataclasses import dataclass

from domain import keys
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.approvals import APPROVAL_LIFE, amount_at_stake, limit_of, needs_second
from domain.journey.commands import COMMANDS, name_of
from domain.journey.plannable import same_action, without_expectations
from domain.journey.preview import preview
from domain.model.command import Command
from domain.money import Money
from domain.reasons import Reason, Violation
from services.commands import CommandContext
from services.order_reader import FoundOrder, OrderReader
from store.audit import AuditLine, AuditLog
from store.merchants.policies import Policies
from store.orders.approvals import Approvals
from store.tables.all import ApprovalRow

DECIDERS = STAFF | {Role.FINANCE}
"""Roles whose users may approve what is within their own limit."""


class SecondPerson(Frozen):
    """A command that its person may not give alone."""

    amount: Money
    """What it is about."""
    limit: Money
    """What the role of the one who asks may move alone."""
    roles: tuple[Role, ...]
    """Whose limit is high enough to agree."""
    approval: str | None
    """The request that waits for the same; null before one was made."""
    expires_at: Instant | None
    """Until when that request can be decided."""


def kept_command(row: ApprovalRow) -> Command:
    """The command that waits for a second person, or waited."""
    return COMMANDS[row.command].model_validate_json(row.body)


@dataclass(frozen=True)
class ApprovalGate:
    """Judges commands by the merchant's policy in force."""

    orders: OrderReader
    policies: Policies
    approvals: Approvals
    audit: AuditLog

    async def needed(self, context: CommandContext, order: FoundOrder, command: Command) -> Violation | None:
        """The reason that names the request which was made; None where the role may give the command alone."""
        policy = (await self.policies.in_force(context.merchant)).policy
        if context.actor.role not in policy.second_approver:
            return None
        state = (await self.orders.state(order)).state
        if context.command_id in state.command_results:
            return None
        amount = await self.amount(context, order, command)
        if amount is None or not needs_second(policy, context.actor.role, amount):
            return None
        waiting = await self._waiting(context, order, command, amount)
        approval = waiting.id if waiting else await self._keep(context, order, command, amount)
        details: dict[str, str | int] = {
            "approval": approval,
            "minor": amount.minor,
            "currency": amount.currency,
        }
        return Violation(code=Reason.APPROVAL_NEEDED, details=details)

    async def second_person(
        self, context: CommandContext, order: FoundOrder, command: Command
    ) -> SecondPerson | None:
        """What is above the limit of who would give the command, and who may agree; None where they may give it alone."""
        policy = (await self.policies.in_force(context.merchant)).policy
        amount = await self.amount(context, order, command)
        role = context.actor.role
        limit = limit_of(policy, role, amount.currency) if amount else None
        if amount is None or limit is None or amount.minor <= limit.minor:
            return None
        waiting = await self._waiting(context, order, command, amount)
        return SecondPerson(
            amount=amount,
            limit=limit,
            roles=tuple(one for one in Role if one in DECIDERS and not needs_second(policy, one, amount)),
            approval=waiting.id if waiting else None,
            expires_at=waiting.expires_at if waiting else None,
        )

    async def amount(self, context: CommandContext, order: FoundOrder, command: Command) -> Money | None:
        """How much the command is about now; None where it would be refused or pays nothing."""
        state = (await self.orders.state(order)).state
        now = context.business_now
        _, found = preview(state, command, max(now, state.clock) if state.clock else now)
        return amount_at_stake(found) if found is not None else None

    async def may_alone(self, merchant: str, role: Role, amount: Money) -> bool:
        """Whether a role's limit is as high as that."""
        return not needs_second((await self.policies.in_force(merchant)).policy, role, amount)

    async def _waiting(
        self, context: CommandContext, order: FoundOrder, command: Command, amount: Money
    ) -> ApprovalRow | None:
        """The request that waits for the same: a second press or tab makes no second one."""
        rows = await self.approvals.waiting(context.merchant, order.id, context.business_now)
        same = (
            row
            for row in rows
            if (row.minor, row.currency) == (amount.minor, amount.currency)
            and same_action(kept_command(row), without_expectations(command))
        )
        return next(same, None)

    async def _keep(self, context: CommandContext, order: FoundOrder, command: Command, amount: Money) -> str:
        approval, now = keys.approval(context.merchant, context.command_id), context.business_now
        row = ApprovalRow(
            id=approval,
            merchant=context.merchant,
            order=order.id,
            command=name_of(command),
            body=without_expectations(command).model_dump_json(),
            minor=amount.minor,
            currency=amount.currency,
            role=context.actor.role,
            name=context.actor.name,
            requested_at=now,
            expires_at=now + APPROVAL_LIFE,
        )
        if await self.approvals.add(row):
            line = AuditLine(
                context.actor, "approval_requested", now, order.id, approval, {"minor": amount.minor, "currency": amount.currency}
            )  # fmt: skip
            await self.audit.write(context.merchant, line)
        return approval
