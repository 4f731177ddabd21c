"""The journey of one order: a loop over the agenda. Everything that is going on is data in `state`."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.records import OrderRef
    from domain import agenda, commands, deeds, doing, facts, looking, outcomes
    from domain.actors import SYSTEM
    from domain.journey import JourneyState
    from domain.reasons import Answer, accepted, refused
    from domain.shipments import FulfilmentTold, RefundedElsewhere
    from domain.views import OrderView, order_view
    from ports.failpoints import hit
    from workflows import steps
    from workflows.asked import Asked
    from workflows.looking import Lookout
    from workflows.messages import Start
    from workflows.paying import leg_ask
    from workflows.waiting import Alarm


@workflow.defn
class OrderJourney(Asked):
    """One order, from the moment it is placed until nothing about it is open."""

    @workflow.init
    def __init__(self, start: Start) -> None:
        self.ref = OrderRef(merchant=start.merchant, order=start.order)
        self.loaded, self.committed = start.carried, start.carried.seq if start.carried else 0
        self.commits = self.reloads = 0
        self.rolling = False
        self.heard: list[facts.Heard] = []
        self.payments: dict[str, asyncio.Task[None]] = {}
        self.lookout, self.alarm = Lookout(self.see), Alarm()

    @workflow.run
    async def run(self, start: Start) -> None:
        await self.begin()
        self.look_after_parcels()
        while True:
            await self.until_news_or_deadline()
            for deed in agenda.due(self.state, self.now()):
                self.do(deed)
            await self.commit()
            self.pay_what_is_planned()
            self.look_after_parcels()
            if await self.rests():
                return
            await self.continue_as_new_if_long()

    async def begin(self) -> None:
        """Take up what is known: carried by the run before, else the store's snapshot, else a new order."""
        if self.loaded is None:
            state = await steps.load(self.ref)
            self.committed = state.seq
            if state.seq == 0:
                state.write(state.order.placed_at, SYSTEM, "placed", state.order.order)
                state.seq = 1
            self.loaded = state

    async def until_news_or_deadline(self) -> None:
        waiting = min(self.lookout.waits(self.state), key=lambda wait: wait.at, default=None)
        real_time = waiting is not None and self.state.clock is None
        self.alarm.set(waiting.at if waiting and real_time else None, waiting.why if waiting else "")
        await workflow.wait_condition(
            lambda: self.news or self.alarm.rang or (waiting is not None and waiting.at <= self.now())
        )

    def do(self, deed: deeds.Deed) -> None:
        """Every deed is a change of state; payments and looks are more, and wait until all is written."""
        if not isinstance(deed, deeds.PayLeg | deeds.LookAt):
            doing.apply(self.state, deed, self.now())
            self.changed()

    def pay_what_is_planned(self) -> None:
        """All is written at this moment, also what commands planned: what is due is paid, beside the loop.

        Nobody waits for a provider. `sent` has no commit of its own: the planned leg was the intent.
        """
        for deed in agenda.due(self.state, self.now()):
            if isinstance(deed, deeds.PayLeg):
                leg = next(leg for leg in self.state.legs() if leg.key == deed.leg)
                leg.status, leg.sent_at = "sent", self.now()
                if deed.leg not in self.payments:
                    self.payments[deed.leg] = asyncio.create_task(self.pay(deed.leg))

    async def pay(self, key: str) -> None:
        try:
            outcome = await steps.pay_leg(leg_ask(self.state, key, self.now()))
            outcomes.record(self.state, outcome, self.now())
            self.changed()
        finally:
            del self.payments[key]  # whatever went wrong, the agenda asks about a sent leg again

    async def commit(self) -> None:
        """Everything that changed, one write, until nothing is left unwritten.

        The state is made into the activity's input while it is scheduled, before anybody else may change it: no copy.
        """
        while self.state.seq > self.committed:
            self.state.base = self.committed
            seq, heard = self.state.seq, len(self.heard)
            outgoing, journal = len(self.state.outgoing), len(self.state.journal)
            if await steps.commit(self.state) == "superseded":
                await self.reload()
                continue
            del self.state.outgoing[:outgoing]
            del self.state.journal[:journal]
            del self.heard[:heard]
            self.committed, self.commits = seq, self.commits + 1

    async def reload(self) -> None:
        """Another run has written this order: its truth is ours. Commands are asked again, facts are heard again."""
        loaded = await steps.load(self.ref)
        loaded.clock = self.state.clock  # which may have moved meanwhile
        self.loaded = loaded
        self.committed, self.reloads = self.state.seq, self.reloads + 1
        for fact in self.heard:
            if facts.hear(self.state, fact, self.now()):
                self.changed()

    async def rests(self) -> bool:
        """Closed is rest, not death: the snapshot stays, and the next command or fact starts a run that loads it."""
        if not self.at_rest_now:
            return False
        await self.until_handlers_end()
        return self.at_rest_now and not self.news_to_commit

    async def continue_as_new_if_long(self) -> None:
        """Safe after any event, since all is data. The new run takes the newest rules."""
        long = workflow.info().is_continue_as_new_suggested() and self.commits > 0
        if not (long or self.rolling) or self.payments:
            return
        await self.until_handlers_end()
        if self.news_to_commit or self.payments:
            return
        self.state.rules_version = agenda.LATEST
        hit("journey.rolling")  # tests stop the process here; it leaves no event
        workflow.continue_as_new(Start(merchant=self.ref.merchant, order=self.ref.order, carried=self.state))

    async def until_handlers_end(self) -> None:
        """Let those that were answered leave. One that came just now waits for a commit, so waiting for it would be for ever."""
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() or self.news_to_commit)

    # What it knows

    @property
    def state(self) -> JourneyState:
        assert self.loaded is not None, "the journey has not begun"
        return self.loaded

    @property
    def news_to_commit(self) -> bool:
        return self.state.seq > self.committed

    @property
    def news(self) -> bool:
        return self.news_to_commit or (self.rolling and not self.payments) or self.at_rest_now

    @property
    def at_rest_now(self) -> bool:
        return self.state.at_rest and not self.payments

    def now(self) -> datetime:
        """Business time: the sandbox clock where there is one, else the workflow's own."""
        return self.state.clock or workflow.now()

    def changed(self) -> int:
        self.state.seq += 1
        return self.state.seq

    # What people ask of it: refused in the validator, changed at once, answered when written

    async def obey(self, ask: commands.Command) -> Answer:
        await self.until_ready(ask.now)
        while True:
            answer = self.state.answered.get(ask.command_id)
            if answer is None:
                found = ask.objections(self.state, self.now())
                if found:
                    return refused(*found)
                answer = ask.carry_out(self.state, self.now()).model_copy(update={"seq": self.changed()})
                self.state.remember(ask.command_id, answer)
            if await self.until_committed(answer.seq):
                return answer

    def refuse(self, ask: commands.Command) -> None:
        """Refuse with all reasons before anything is recorded; a run that is not ready yet answers in the handler."""
        if self.loaded is None or ask.command_id in self.state.answered:
            return
        found = ask.objections(self.state, max(self.now(), ask.now) if ask.now else self.now())
        if found:
            raise ApplicationError("refused", *[one.model_dump(mode="json") for one in found], type="Refused")

    async def until_ready(self, clock: datetime | None) -> None:
        """No pause where it is ready: a command behind a scan in the same task must find the scan heard."""
        if self.loaded is None:
            await workflow.wait_condition(lambda: self.loaded is not None)
        if clock is not None and self.state.clock is not None:
            self.state.clock = max(self.state.clock, clock)

    async def until_committed(self, seq: int) -> bool:
        """True once that version is written; false when the state was reloaded and the change is gone."""
        reloads = self.reloads
        await workflow.wait_condition(lambda: self.committed >= seq or self.reloads > reloads)
        return self.reloads == reloads

    @workflow.update
    async def place(self) -> Answer:
        """Be there: answers when the order's first snapshot is written."""
        await self.until_ready(None)
        await self.until_committed(1)
        return accepted(self.ref.order).model_copy(update={"seq": self.committed})

    # What the world tells it

    async def hear(self, fact: facts.Heard) -> None:
        await self.until_ready(fact.now)
        if facts.hear(self.state, fact, self.now()):
            self.heard.append(fact)
            self.changed()

    def look_after_parcels(self) -> None:
        self.lookout.follow(self.state, agenda.due(self.state, self.now()))

    def see(self, looked: looking.Looked) -> None:
        """A look at a tracker came to this: its scans are merged like any others."""
        if looking.record(self.state, looked, self.now()):
            if looked.report is not None:
                self.heard.append(looked.report)
            self.changed()

    @workflow.signal
    async def scanned(self, report: facts.ParcelReport) -> None:
        await self.hear(report)

    @workflow.signal
    async def notice_left(self, left: facts.NoticeLeft) -> None:
        await self.hear(left)

    @workflow.signal
    async def fulfilled(self, fact: FulfilmentTold) -> None:
        await self.hear(fact)

    @workflow.signal
    async def refunded_elsewhere(self, fact: RefundedElsewhere) -> None:
        await self.hear(fact)

    @workflow.signal
    async def clock_moved(self, moved: facts.ClockMoved) -> None:
        await self.until_ready(moved.now)

    @workflow.signal
    async def roll(self) -> None:
        """Continue as new soon, to take up new rules or to shorten the history."""
        await self.until_ready(None)
        self.rolling = True

    @workflow.query
    def settled(self) -> bool:
        """Everything it has heard is written and nothing is due: a sandbox clock may move on."""
        return self.loaded is not None and not self.news_to_commit and not agenda.due(self.state, self.now())

    @workflow.query
    def view(self) -> OrderView:
        """The same status the store answers with, live."""
        return order_view(self.state, self.now())
