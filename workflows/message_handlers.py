"""What a journey receives: commands as updates, external events as signals, and queries."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.journey import agenda, external_events
    from domain.journey.commands import COMMANDS
    from domain.journey.external_events import ExternalEvent
    from domain.journey.order_view import OrderView, order_view
    from domain.model.command import Command
    from domain.reasons import CommandResult, refused
    from workflows.committed_state import CommittedState
    from workflows.journey_input import JourneyInput


class MessageHandlers(CommittedState):
    """A command is refused in the validator, executed at once, and answered when it is committed."""

    def __init__(self, journey_input: JourneyInput) -> None:
        super().__init__(journey_input)
        self.continue_requested = False

    @workflow.update(dynamic=True)
    async def execute(self, name: str, args: Sequence[RawValue]) -> CommandResult:
        """Any command of the table, by its name: executed once per `command_id`."""
        command = _command(name, args)
        await self.wait_until_loaded(command.now)
        while True:
            self.expect_command()
            result = self.state.command_results.get(command.command_id)
            if result is None:
                violations = command.violations(self.state, self.now())
                if violations:
                    return refused(*violations)
                result = command.execute(self.state, self.now())
                result = result.model_copy(update={"seq": self.mark_changed()})
                self.state.record_result(command.command_id, result)
            if await self.wait_until_committed(result.seq):
                return result

    @execute.validator
    def validate(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuse with all violations before anything is recorded. A run that is not loaded yet answers in the handler."""
        command = _command(name, args)
        if self.loaded is None or command.command_id in self.state.command_results:
            return
        now = max(self.now(), command.now) if command.now else self.now()
        violations = command.violations(self.state, now)
        if violations:
            details = [violation.model_dump(mode="json") for violation in violations]
            raise ApplicationError("refused", *details, type="Refused")

    @workflow.signal
    async def apply_event(self, event: ExternalEvent) -> None:
        """An external event is never refused; one that says nothing new changes nothing."""
        await self.wait_until_loaded(event.now)
        if external_events.apply_event(self.state, event, self.now()):
            self.uncommitted_events.append(event)
            self.mark_changed()

    @workflow.signal
    async def request_continue_as_new(self) -> None:
        """Continue as new soon, to take the newest rules or to shorten the history."""
        await self.wait_until_loaded(None)
        self.continue_requested = True

    @workflow.query
    def is_idle(self) -> bool:
        """Whether everything received is written and nothing is due, so that a sandbox clock may move on."""
        return (
            self.loaded is not None
            and not self.has_uncommitted_changes
            and agenda.is_idle(self.state, self.now())
        )

    @workflow.query
    def view(self) -> OrderView:
        """The live status. The store answers with the same one, as of the last commit."""
        return order_view(self.state, self.now())


def _command(name: str, args: Sequence[RawValue]) -> Command:
    kind = COMMANDS.get(name)
    if kind is None:
        raise ApplicationError(f"no command is called {name}", type="UnknownCommand")
    [arg] = args
    command: Command = workflow.payload_converter().from_payload(arg.payload, kind)
    return command
