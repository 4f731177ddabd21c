"""The undo window: what a person does that pays money waits for a short while, in which it can be taken back (AGT-7)."""

from dataclasses import dataclass

from domain import keys
from domain.journey.answer_planned import AnswerPlanned
from domain.journey.command_choices import CommandChoice, command_of
from domain.journey.plan_command import PlanCommand
from domain.journey.plannable import command_name, plannable_name, read_command
from domain.journey.preview import preview
from domain.model.command import Command
from domain.reasons import CommandResult, Reason, refused
from services.commands import CommandContext, CommandExecutor
from services.order_reader import FoundOrder, OrderReader
from services.staff_orders.approval_gate import ApprovalGate, SecondPerson
from services.staff_orders.previews import NO_REASON_YET


def waits_for_second(result: CommandResult) -> bool:
    """Whether the command was not given, because it is above the limit of its role: a request to a second person waits."""
    return any(one.code is Reason.APPROVAL_NEEDED for one in result.reasons)


@dataclass(frozen=True)
class UndoWindow:
    """Gives commands of people to journeys. All raise OrderBusy and JourneyUnavailable."""

    orders: OrderReader
    commands: CommandExecutor
    gate: ApprovalGate

    async def give(
        self,
        context: CommandContext,
        order: FoundOrder,
        command: Command,
        *,
        wait: bool = True,
        approved: bool = False,
    ) -> CommandResult:
        """Plan the command if it pays money at once and the policy has a window; else have it executed.

        The subject of the result is the plan then, as `planned` of the order lists it. Above the limit of its role it is refused
        with `approval_needed`, which names the request to a second person, unless it was approved.
        """
        needed = None if approved else await self.gate.needed(context, order, command)
        if needed is not None:
            return refused(needed)
        plan = await self._plan(context, order, command) if wait else None
        return await self.commands.execute(context, order, plan or command, judged=True)

    async def second_person(
        self, context: CommandContext, order: FoundOrder, choice: CommandChoice
    ) -> SecondPerson | None:
        """Who would have to agree to what a person wants, before they have given a reason; None for no one."""
        return await self.gate.second_person(
            context, order, command_of(choice, NO_REASON_YET, context.envelope())
        )

    async def _plan(self, context: CommandContext, order: FoundOrder, command: Command) -> PlanCommand | None:
        state = (await self.orders.state(order)).state
        name, seconds = plannable_name(command), state.terms.policy.undo_seconds
        if name is None or not seconds or context.command_id in state.command_results:
            return None
        now = context.business_now
        _, found = preview(state, command, max(now, state.clock) if state.clock else now)
        if found is None or not found.pays:
            return None
        waiting = command.model_copy(update={"command_id": keys.planned_command(context.command_id)})
        return PlanCommand(
            **context.envelope(), command=name, body=waiting.model_dump_json(), seconds=seconds
        )

    async def seconds(self, order: FoundOrder) -> int:
        """How long what pays money waits; 0 where it does not."""
        return (await self.orders.state(order)).state.terms.policy.undo_seconds

    async def command_of_plan(self, order: FoundOrder, plan: str) -> str:
        """What a planned command does, as a person chose it; empty for one that is not planned."""
        planned = (await self.orders.state(order)).state.planned_commands
        found = next((one for one in planned if one.plan == plan), None)
        if found is None:
            return ""
        name = command_name(read_command(found.command, found.body))
        return "cancel_return" if name == "cancel" and found.command == "override_return" else name

    async def undo(self, context: CommandContext, order: FoundOrder, plan: str) -> CommandResult:
        """Take a planned command back. It is refused once the command was performed."""
        command = AnswerPlanned(**context.envelope(), plan=plan[:128], answer="undo")
        return await self.commands.execute(context, order, command, judged=True)

    async def at_once(self, context: CommandContext, order: FoundOrder, plan: str) -> CommandResult:
        """Have a planned command performed now."""
        command = AnswerPlanned(**context.envelope(), plan=plan[:128], answer="at_once")
        return await self.commands.execute(context, order, command, judged=True)
