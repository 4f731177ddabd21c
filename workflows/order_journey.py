"""The journey of one order: a loop over the agenda. Everything that is going on is data in `state`."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.snapshots import OrderRef
    from domain.actors import SYSTEM
    from domain.journey import agenda, commands, external_events
    from domain.journey.order_view import OrderView, order_view
    from domain.model.actions import Change, Effect
    from domain.model.payment import PaymentRequest
    from domain.model.shipment import ExternalRefund, FulfilmentUpdate
    from domain.model.state import JourneyState
    from domain.payments import payment_results
    from domain.payments.legs import send_leg
    from domain.reasons import CommandResult, accepted, refused
    from domain.tracking import poll_results
    from domain.tracking.scans import TrackingUpdated
    from domain.tracking.tracker_polls import PollTracker
    from failpoints.points import hit
    from workflows import activity_calls
    from workflows.command_handlers import CommandHandlers
    from workflows.durable_timer import DurableTimer
    from workflows.journey_input import JourneyInput
    from workflows.polling import ParcelPolling


@workflow.defn
class OrderJourney(CommandHandlers):
    """One order, from the moment it is placed until nothing about it is open."""

    @workflow.init
    def __init__(self, journey_input: JourneyInput) -> None:
        self.order_ref = OrderRef(merchant=journey_input.merchant, order=journey_input.order)
        self.loaded, self.committed = (
            journey_input.carried,
            journey_input.carried.seq if journey_input.carried else 0,
        )
        self.commits = self.reloads = 0
        self.continue_requested = False
        self.uncommitted_events: list[external_events.ExternalEvent] = []
        self.payments: dict[str, asyncio.Task[None]] = {}
        self.parcel_polling, self.timer = ParcelPolling(self.take_poll_result), DurableTimer()

    @workflow.run
    async def run(self, journey_input: JourneyInput) -> None:
        await self.load_state()
        while True:
            await self.wait_for_work()
            self.apply_changes(agenda.changes_due(self.state, self.now()))
            await self.commit()
            self.start_effects(agenda.effects_due(self.state, self.now()))
            if await self.may_complete():
                return
            await self.continue_as_new_if_long()

    async def load_state(self) -> None:
        """Take up what is known: carried by the run before, else the store's snapshot, else a new order."""
        if self.loaded is None:
            state = await activity_calls.load(self.order_ref)
            self.committed = state.seq
            if state.seq == 0:
                state.audit(state.order.placed_at, SYSTEM, "placed", state.order.order)
                state.seq = 1
            self.loaded = state
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

    def apply_changes(self, changes: list[Change]) -> None:
        for change in changes:
            change.apply(self.state, self.now())
            self.mark_changed()

    def start_effects(self, effects: list[Effect]) -> None:
        """Start payments and polls beside the loop. Everything is committed at this moment, also what commands planned."""
        for effect in effects:
            effect.start(self)
        self.parcel_polling.update(self.state)

    def start_payment(self, leg: str) -> None:
        """Pay a leg. `sent` has no commit of its own: the planned leg was the intent."""
        request = send_leg(self.state, leg, self.now())
        if leg not in self.payments:
            self.payments[leg] = asyncio.create_task(self.pay(request))

    def start_poll(self, parcel_id: str) -> None:
        self.parcel_polling.start(self.state, PollTracker(parcel_id=parcel_id))

    async def pay(self, request: PaymentRequest) -> None:
        try:
            outcome = await activity_calls.pay_leg(request)
            payment_results.record_payment_result(self.state, outcome, self.now())
            self.mark_changed()
        finally:
            del self.payments[request.key]  # whatever went wrong, the agenda asks about a sent leg again

    async def commit(self) -> None:
        """Everything that changed, one write, until nothing is left unwritten.

        The state is made into the activity's input while it is scheduled, before anybody else may change it: no copy.
        """
        while self.state.seq > self.committed:
            self.state.base = self.committed
            seq, heard = self.state.seq, len(self.uncommitted_events)
            outgoing, journal = len(self.state.pending_notices), len(self.state.audit_log)
            if await activity_calls.commit(self.state) == "superseded":
                await self.reload()
                continue
            del self.state.pending_notices[:outgoing]
            del self.state.audit_log[:journal]
            del self.uncommitted_events[:heard]
            self.committed, self.commits = seq, self.commits + 1

    async def reload(self) -> None:
        """Another run has written this order: its truth is ours. Commands are asked again, facts are heard again."""
        loaded = await activity_calls.load(self.order_ref)
        loaded.clock = self.state.clock  # which may have moved meanwhile
        self.loaded = loaded
        self.committed, self.reloads = self.state.seq, self.reloads + 1
        for fact in self.uncommitted_events:
            if external_events.apply_event(self.state, fact, self.now()):
                self.mark_changed()

    async def may_complete(self) -> bool:
        """Closed is rest, not death: the snapshot stays, and the next command or fact starts a run that loads it."""
        if not self.is_at_rest:
            return False
        await self.wait_for_handlers()
        return self.is_at_rest and not self.has_uncommitted_changes

    async def continue_as_new_if_long(self) -> None:
        """Safe after any event, since all is data. The new run takes the newest rules."""
        long = workflow.info().is_continue_as_new_suggested() and self.commits > 0
        if not (long or self.continue_requested) or self.payments:
            return
        await self.wait_for_handlers()
        if self.has_uncommitted_changes or self.payments:
            return
        self.state.rules_version = agenda.LATEST
        hit("journey.continuing_as_new")  # tests stop the process here; it leaves no event
        workflow.continue_as_new(
            JourneyInput(merchant=self.order_ref.merchant, order=self.order_ref.order, carried=self.state)
        )

    async def wait_for_handlers(self) -> None:
        """Let those that were answered leave. One that came just now waits for a commit, so waiting for it would be for ever."""
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() or self.has_uncommitted_changes
        )

    # What it knows

    @property
    def state(self) -> JourneyState:
        assert self.loaded is not None, "the journey has not begun"
        return self.loaded

    @property
    def has_uncommitted_changes(self) -> bool:
        return self.state.seq > self.committed

    @property
    def has_work(self) -> bool:
        return (
            self.has_uncommitted_changes or (self.continue_requested and not self.payments) or self.is_at_rest
        )

    @property
    def is_at_rest(self) -> bool:
        return self.state.at_rest and not self.payments

    def now(self) -> datetime:
        """Business time: the sandbox clock where there is one, else the workflow's own."""
        return self.state.clock or workflow.now()

    def mark_changed(self) -> int:
        self.state.seq += 1
        return self.state.seq

    # What people ask of it: refused in the validator, changed at once, answered when written

    async def execute(self, command: commands.Command) -> CommandResult:
        await self.wait_until_loaded(command.now)
        while True:
            answer = self.state.command_results.get(command.command_id)
            if answer is None:
                found = command.violations(self.state, self.now())
                if found:
                    return refused(*found)
                answer = command.execute(self.state, self.now()).model_copy(
                    update={"seq": self.mark_changed()}
                )
                self.state.record_result(command.command_id, answer)
            if await self.wait_until_committed(answer.seq):
                return answer

    def validate(self, command: commands.Command) -> None:
        """Refuse with all reasons before anything is recorded; a run that is not ready yet answers in the handler."""
        if self.loaded is None or command.command_id in self.state.command_results:
            return
        found = command.violations(self.state, max(self.now(), command.now) if command.now else self.now())
        if found:
            raise ApplicationError("refused", *[one.model_dump(mode="json") for one in found], type="Refused")

    async def wait_until_loaded(self, clock: datetime | None) -> None:
        """No pause where it is ready: a command behind a scan in the same task must find the scan heard."""
        if self.loaded is None:
            await workflow.wait_condition(lambda: self.loaded is not None)
        if clock is not None and self.state.clock is not None:
            self.state.clock = max(self.state.clock, clock)

    async def wait_until_committed(self, seq: int) -> bool:
        """True once that version is written; false when the state was reloaded and the change is gone."""
        reloads = self.reloads
        await workflow.wait_condition(lambda: self.committed >= seq or self.reloads > reloads)
        return self.reloads == reloads

    @workflow.update
    async def ensure_started(self) -> CommandResult:
        """Be there: answers when the order's first snapshot is written."""
        await self.wait_until_loaded(None)
        await self.wait_until_committed(1)
        return accepted(self.order_ref.order).model_copy(update={"seq": self.committed})

    # What the world tells it

    async def apply_event(self, event: external_events.ExternalEvent) -> None:
        await self.wait_until_loaded(event.now)
        if external_events.apply_event(self.state, event, self.now()):
            self.uncommitted_events.append(event)
            self.mark_changed()

    def take_poll_result(self, result: poll_results.PollResult) -> None:
        """A look at a tracker came to this: its scans are merged like any others."""
        if poll_results.apply_poll_result(self.state, result, self.now()):
            if result.update is not None:
                event = TrackingUpdated(parcel_id=result.parcel, update=result.update)
                self.uncommitted_events.append(event)
            self.mark_changed()

    @workflow.signal
    async def tracking_updated(self, event: TrackingUpdated) -> None:
        await self.apply_event(event)

    @workflow.signal
    async def delay_notice_sent(self, event: external_events.DelayNoticeSent) -> None:
        await self.apply_event(event)

    @workflow.signal
    async def fulfilment_updated(self, event: FulfilmentUpdate) -> None:
        await self.apply_event(event)

    @workflow.signal
    async def refunded_externally(self, event: ExternalRefund) -> None:
        await self.apply_event(event)

    @workflow.signal
    async def clock_advanced(self, event: external_events.ClockAdvanced) -> None:
        await self.wait_until_loaded(event.now)

    @workflow.signal
    async def request_continue_as_new(self) -> None:
        """Continue as new soon, to take up new rules or to shorten the history."""
        await self.wait_until_loaded(None)
        self.continue_requested = True

    @workflow.query
    def is_idle(self) -> bool:
        """Everything it has heard is written and nothing is due: a sandbox clock may move on."""
        return (
            self.loaded is not None
            and not self.has_uncommitted_changes
            and agenda.is_idle(self.state, self.now())
        )

    @workflow.query
    def view(self) -> OrderView:
        """The same status the store answers with, live."""
        return order_view(self.state, self.now())
