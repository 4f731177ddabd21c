"""What people may ask of an order's journey: one update a command, refused in its validator before anything is recorded."""

from abc import ABC, abstractmethod

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.journey import commands
    from domain.reasons import CommandResult


class CommandHandlers(ABC):
    """The commands as updates; what all have in common is the journey's."""

    @abstractmethod
    async def execute(self, command: commands.Command) -> CommandResult:
        """Carry it out once, and answer when that is written."""

    @abstractmethod
    def validate(self, command: commands.Command) -> None:
        """Raise all reasons against it."""

    @workflow.update
    async def register_parcel(self, command: commands.RegisterParcel) -> CommandResult:
        return await self.execute(command)

    @register_parcel.validator
    def _validate_register_parcel(self, command: commands.RegisterParcel) -> None:
        self.validate(command)

    @workflow.update
    async def cancel_order(self, command: commands.CancelOrder) -> CommandResult:
        return await self.execute(command)

    @cancel_order.validator
    def _validate_cancel_order(self, command: commands.CancelOrder) -> None:
        self.validate(command)

    @workflow.update
    async def request_delay_consent(self, command: commands.RequestDelayConsent) -> CommandResult:
        return await self.execute(command)

    @request_delay_consent.validator
    def _validate_request_delay_consent(self, command: commands.RequestDelayConsent) -> None:
        self.validate(command)

    @workflow.update
    async def respond_to_delay_consent(self, command: commands.RespondToDelayConsent) -> CommandResult:
        return await self.execute(command)

    @respond_to_delay_consent.validator
    def _validate_respond_to_delay_consent(self, command: commands.RespondToDelayConsent) -> None:
        self.validate(command)

    @workflow.update
    async def report_not_received(self, command: commands.ReportNotReceived) -> CommandResult:
        return await self.execute(command)

    @report_not_received.validator
    def _validate_report_not_received(self, command: commands.ReportNotReceived) -> None:
        self.validate(command)

    @workflow.update
    async def resolve_lost_parcel(self, command: commands.ResolveLostParcel) -> CommandResult:
        return await self.execute(command)

    @resolve_lost_parcel.validator
    def _validate_resolve_lost_parcel(self, command: commands.ResolveLostParcel) -> None:
        self.validate(command)

    @workflow.update
    async def open_return(self, command: commands.OpenReturn) -> CommandResult:
        return await self.execute(command)

    @open_return.validator
    def _validate_open_return(self, command: commands.OpenReturn) -> None:
        self.validate(command)

    @workflow.update
    async def cancel_return(self, command: commands.CancelReturn) -> CommandResult:
        return await self.execute(command)

    @cancel_return.validator
    def _validate_cancel_return(self, command: commands.CancelReturn) -> None:
        self.validate(command)

    @workflow.update
    async def drop_off_goods(self, command: commands.DropOffGoods) -> CommandResult:
        return await self.execute(command)

    @drop_off_goods.validator
    def _validate_drop_off_goods(self, command: commands.DropOffGoods) -> None:
        self.validate(command)

    @workflow.update
    async def receive_goods(self, command: commands.ReceiveGoods) -> CommandResult:
        return await self.execute(command)

    @receive_goods.validator
    def _validate_receive_goods(self, command: commands.ReceiveGoods) -> None:
        self.validate(command)

    @workflow.update
    async def override_order(self, command: commands.OverrideOrder) -> CommandResult:
        return await self.execute(command)

    @override_order.validator
    def _validate_override_order(self, command: commands.OverrideOrder) -> None:
        self.validate(command)

    @workflow.update
    async def override_return(self, command: commands.OverrideReturn) -> CommandResult:
        return await self.execute(command)

    @override_return.validator
    def _validate_override_return(self, command: commands.OverrideReturn) -> None:
        self.validate(command)
