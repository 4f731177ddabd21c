"""What people may ask of an order's journey: one update a command, refused in its validator before anything is recorded."""

from abc import ABC, abstractmethod

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import commands
    from domain.reasons import Answer


class Asked(ABC):
    """The commands as updates; what all have in common is the journey's."""

    @abstractmethod
    async def obey(self, ask: commands.Command) -> Answer:
        """Carry it out once, and answer when that is written."""

    @abstractmethod
    def refuse(self, ask: commands.Command) -> None:
        """Raise all reasons against it."""

    @workflow.update
    async def register_parcel(self, ask: commands.RegisterParcel) -> Answer:
        return await self.obey(ask)

    @register_parcel.validator
    def _may_register_parcel(self, ask: commands.RegisterParcel) -> None:
        self.refuse(ask)

    @workflow.update
    async def cancel_order(self, ask: commands.CancelOrder) -> Answer:
        return await self.obey(ask)

    @cancel_order.validator
    def _may_cancel_order(self, ask: commands.CancelOrder) -> None:
        self.refuse(ask)

    @workflow.update
    async def ask_consent(self, ask: commands.AskConsent) -> Answer:
        return await self.obey(ask)

    @ask_consent.validator
    def _may_ask_consent(self, ask: commands.AskConsent) -> None:
        self.refuse(ask)

    @workflow.update
    async def answer_consent(self, ask: commands.AnswerConsent) -> Answer:
        return await self.obey(ask)

    @answer_consent.validator
    def _may_answer_consent(self, ask: commands.AnswerConsent) -> None:
        self.refuse(ask)

    @workflow.update
    async def report_not_received(self, ask: commands.ReportNotReceived) -> Answer:
        return await self.obey(ask)

    @report_not_received.validator
    def _may_report_not_received(self, ask: commands.ReportNotReceived) -> None:
        self.refuse(ask)

    @workflow.update
    async def choose_for_lost(self, ask: commands.ChooseForLost) -> Answer:
        return await self.obey(ask)

    @choose_for_lost.validator
    def _may_choose_for_lost(self, ask: commands.ChooseForLost) -> None:
        self.refuse(ask)

    @workflow.update
    async def open_return(self, ask: commands.OpenReturn) -> Answer:
        return await self.obey(ask)

    @open_return.validator
    def _may_open_return(self, ask: commands.OpenReturn) -> None:
        self.refuse(ask)

    @workflow.update
    async def cancel_return(self, ask: commands.CancelReturn) -> Answer:
        return await self.obey(ask)

    @cancel_return.validator
    def _may_cancel_return(self, ask: commands.CancelReturn) -> None:
        self.refuse(ask)

    @workflow.update
    async def drop_off(self, ask: commands.DropOffGoods) -> Answer:
        return await self.obey(ask)

    @drop_off.validator
    def _may_drop_off(self, ask: commands.DropOffGoods) -> None:
        self.refuse(ask)

    @workflow.update
    async def receive(self, ask: commands.ReceiveGoods) -> Answer:
        return await self.obey(ask)

    @receive.validator
    def _may_receive(self, ask: commands.ReceiveGoods) -> None:
        self.refuse(ask)

    @workflow.update
    async def override_order(self, ask: commands.OverrideOrder) -> Answer:
        return await self.obey(ask)

    @override_order.validator
    def _may_override_order(self, ask: commands.OverrideOrder) -> None:
        self.refuse(ask)

    @workflow.update
    async def override_return(self, ask: commands.OverrideReturn) -> Answer:
        return await self.obey(ask)

    @override_return.validator
    def _may_override_return(self, ask: commands.OverrideReturn) -> None:
        self.refuse(ask)
