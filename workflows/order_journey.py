"""The journey of one order: a loop over the agenda. Everything that is going on is data in `state`."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.journey import agenda
    from domain.journey.stuck_actions import RepeatedActions, park
    from domain.model.actions import Action, Change, Effect
    from domain.model.claw_back_request import ClawBackRequest
    from domain.model.exchange import ExchangeRequest
    from domain.model.payment import PaymentRequest
    from domain.payments import payment_results
    from domain.payments.claw_backs import results as claw_back_results
    from domain.payments.claw_backs.requests import send_work
    from domain.payments.legs import send_leg
    from domain.returns.exchange_results import record_exchange_result, start_step
    from domain.tracking import poll_results
    from domain.tracking.scans import TrackingUpdated
    from domain.tracking.tracker_polls import PollTracker
    from failpoints.points import hit
    from workflows import activity_calls
    from workflows.durable_timer import DurableTimer
    from workflows.journey_input import LONG_HISTORY, JourneyInput
    from workflows.message_handlers import MessageHandlers
    from workflows.polling import ParcelPolling


@workflow.defn
class OrderJourney(MessageHandlers):
    """One order, from the moment it is placed until nothing about it is open."""

    @workflow.init
    def __init__(self, journey_input: JourneyInput) -> None:
        super().__init__(journey_input)
        self.payments: dict[str, asyncio.Task[None]] = {}
        self.repeated = RepeatedActions()
        self.parcel_polling, self.timer = ParcelPolling(self.take_poll_result), DurableTimer()

    @workflow.run
    async def run(self, journey_input: JourneyInput) -> None:
        await self.begin()
        while True:
            await self.wait_for_work()
            changes = agenda.changes_due(self.state, self.now())
            self.apply_changes(changes)
            await self.commit()
            effects = agenda.effects_due(self.state, self.now())
            self.start_effects(effects)
            self.park_stuck([*changes, *effects])
            if await self.may_rest():
                return
            await self.continue_as_new_if_long()

    async def begin(self) -> None:
        await self.load_state()
        self.parcel_polling.update(self.state)

    async def wait_for_work(self) -> None:
        """Until something has changed or the next action is due. A poll that is running is not waited for."""
        waits = (
            wait
            for wait in agenda.scheduled_actions(self.state)
            if not self.parcel_polling.is_running(wait.action)
        )
        waiting = min(waits, key=lambda wait: wait.at, default=None)
        real_time = waiting is not None and self.state.clock is None
        self.timer.set(waiting.at if waiting and real_time else None, waiting.reason if waiting else "")
        await workflow.wait_condition(
            lambda: self.has_work or self.timer.fired or (waiting is not None and waiting.at <= self.now())
        )

    @property
    def has_work(self) -> bool:
        return (
            self.has_uncommitted_changes or (self.continue_requested and not self.payments) or self.is_at_rest
        )

    @property
    def is_at_rest(self) -> bool:
        return self.state.at_rest and not self.payments

    def apply_changes(self, changes: list[Change]) -> None:
        for change in changes:
            change.apply(self.state, self.now())
            self.mark_changed()

    def start_effects(self, effects: list[Effect]) -> None:
        """Start payments and polls beside the loop. All state is committed by now, including the legs of commands."""
        for effect in effects:
            effect.start(self)
        self.parcel_polling.update(self.state)

    def park_stuck(self, performed: list[Action]) -> None:
        """Park actions that stay due although they are performed: the loop must never run without waiting.

        A poll that is running stays due until it answers; it is not performed again.
        """
        again = [action for action in performed if not self.parcel_polling.is_running(action)]
        for action in self.repeated.stuck(again, self.now()):
            park(self.state, action, self.now())
            self.mark_changed()

    def start_payment(self, leg: str) -> None:
        """Pay a leg. Its status `sent` needs no commit before the payment: the planned leg, the intent, is committed already."""
        request = send_leg(self.state, leg, self.now())
        if leg not in self.payments:
            self.payments[leg] = asyncio.create_task(self.pay(request))

    async def pay(self, request: PaymentRequest) -> None:
        try:
            result = await activity_calls.pay_leg(request)
            payment_results.record_payment_result(self.state, result, self.now())
            self.mark_changed()
        finally:
            del self.payments[request.key]  # if the activity failed, the agenda schedules the sent leg again

    def start_claw_back_work(self, claim: str) -> None:
        """Do the next step of a claim. Its plan is committed already; a step that is under way is not started again."""
        request = send_work(self.state, claim, self.now())
        if request.key not in self.payments:
            self.payments[request.key] = asyncio.create_task(self.do_claw_back_work(request))

    async def do_claw_back_work(self, request: ClawBackRequest) -> None:
        try:
            result = await activity_calls.do_claw_back_work(request)
            claw_back_results.record_result(self.state, result, self.now())
            self.mark_changed()
        finally:
            del self.payments[request.key]

    def start_exchange_step(self, return_id: str, step: str) -> None:
        """Call the shop's stock or fulfilment system. The planned step is committed already, as a planned leg is."""
        request = start_step(self.state, return_id, step, self.now())
        if step not in self.payments:
            self.payments[step] = asyncio.create_task(self.call_shop(request))

    async def call_shop(self, request: ExchangeRequest) -> None:
        try:
            result = await activity_calls.call_shop(request)
            record_exchange_result(self.state, result, self.now())
            self.mark_changed()
        finally:
            del self.payments[request.step.key]  # if it failed, the agenda schedules the step again

    def start_poll(self, parcel_id: str) -> None:
        self.parcel_polling.start(self.state, PollTracker(parcel_id=parcel_id))

    def take_poll_result(self, result: poll_results.PollResult) -> None:
        """Merge the scans of a poll like those of a webhook."""
        if poll_results.apply_poll_result(self.state, result, self.now()):
            if result.update is not None:
                event = TrackingUpdated(parcel_id=result.parcel, update=result.update)
                self.uncommitted_events.append(event)
            self.mark_changed()

    async def may_rest(self) -> bool:
        """Whether the run may end. The snapshot stays, and the next command or event starts a run that loads it."""
        if not self.is_at_rest:
            return False
        await self.wait_for_handlers()
        return self.is_at_rest and not self.has_uncommitted_changes

    async def continue_as_new_if_long(self) -> None:
        """Start a new run with the same state and the newest rules. Safe after any event, since all is data."""
        if not (self.is_long or self.continue_requested) or self.payments:
            return
        await self.wait_for_handlers()
        if self.has_uncommitted_changes or self.payments:
            return
        self.state.rules_version = agenda.LATEST
        # A point at which tests stop the process; it writes nothing to the history.
        hit("journey.continuing_as_new")
        workflow.continue_as_new(
            JourneyInput(merchant=self.order_ref.merchant, order=self.order_ref.order, carried=self.state)
        )

    @property
    def is_long(self) -> bool:
        info = workflow.info()
        long = info.is_continue_as_new_suggested() or info.get_current_history_length() >= LONG_HISTORY
        return long and self.commits > 0

    async def wait_for_handlers(self) -> None:
        """Wait until handlers have returned their results, or until a new command needs a commit first."""
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() or self.has_uncommitted_changes
        )
