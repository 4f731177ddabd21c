"""The stand-in's database: one request, one control request or one step of time is one transaction."""

import json
from collections.abc import Callable, Mapping
from functools import partial

from simulators.payments.stripe import disputes, links, payments, refund_steps
from simulators.payments.stripe.call import Body, StripeAnswer, StripeCall, StripeRefusal, api_error
from simulators.payments.stripe.controls import (
    StripeApiKey,
    StripeBalance,
    StripeClockMove,
    StripeDisarm,
    StripeDispute,
    StripeDisputeStep,
    StripeEndpoint,
    StripeFault,
    StripeLinkPayment,
    StripePayment,
)
from simulators.payments.stripe.delivery_queue import WaitingDelivery
from simulators.payments.stripe.kept_answers import KeptAnswers
from simulators.payments.stripe.operations import work_of

BROKEN = StripeAnswer(
    500,
    {"error": api_error("An unknown error occurred", kind="api_error")},
    {"Stripe-Should-Retry": "false"},
)
"""The answer of a request that failed inside Stripe; it is kept like any other."""


class StripeStore(KeptAnswers):
    """Each public method that the server calls is one transaction."""

    def begin(self, call: StripeCall, headers: Mapping[str, str]) -> StripeAnswer | StripeCall:
        """The answer where there is one without work: a refusal, or a kept answer. Otherwise the call with its account."""
        try:
            with self._transaction():
                call = call._replace(account=self.authorize(headers, f"{call.method} {call.path}"))
                self._run_due()
                return self.claim(call) or call
        except StripeRefusal as refusal:
            return refusal.answer

    def perform(self, call: StripeCall, fault: StripeFault | None) -> StripeAnswer:
        """Do the work and keep the answer, unless it is one that is not kept."""
        try:
            with self._transaction():
                answer = self._worked(call, fault)
                self.keep(call, answer)
        except StripeRefusal as refusal:
            answer = refusal.answer
            with self._transaction():
                (self.keep if refusal.is_kept else lambda call, _: self.release(call))(call, answer)
        return answer

    def _worked(self, call: StripeCall, fault: StripeFault | None) -> StripeAnswer:
        work = work_of(call)
        is_broken = fault is not None and fault.kind == "error"
        if is_broken and fault is not None and fault.when == "before":
            return BROKEN
        body = work(self)
        return BROKEN if is_broken else StripeAnswer(200, body)

    def next_fault(self, method: str, path: str, text: str) -> StripeFault | None:
        """The oldest armed fault that is for this request. text: all of it, where the fault is about something."""
        with self._transaction():
            for row in self._db.execute("SELECT * FROM faults WHERE left > 0 ORDER BY seq").fetchall():
                fault = StripeFault.model_validate_json(row["settings"])
                if method == fault.method and path.startswith(fault.path) and fault.about in text:
                    self._db.execute("UPDATE faults SET left = left - 1 WHERE seq = ?", (row["seq"],))
                    return fault
        return None

    def control(self, request: object) -> Body:
        """One control request. Raises StripeRefusal where it names what does not exist."""
        handlers: Mapping[type, Callable[..., Body | None]] = {
            StripeApiKey: self.set_key,
            StripePayment: partial(payments.capture, self),
            StripeBalance: self._set_balance,
            StripeDispute: self._dispute,
            StripeDisputeStep: self._step_dispute,
            StripeLinkPayment: self._pay_link,
            StripeEndpoint: lambda wanted: self.add_endpoint(wanted.account, wanted.model_dump()),
            StripeFault: self._arm,
            StripeDisarm: self._disarm,
            StripeClockMove: self._move,
        }
        with self._transaction():
            self._run_due()
            return handlers[type(request)](request) or {}

    def run_due(self) -> None:
        """Let everything happen that is due by the stand-in's clock."""
        with self._transaction():
            self._run_due()

    def _run_due(self) -> None:
        while row := self._db.execute(
            "SELECT * FROM steps WHERE due <= ? ORDER BY due, seq LIMIT 1", (self.moment(),)
        ).fetchone():
            self._db.execute("DELETE FROM steps WHERE seq = ?", (row["seq"],))
            refund = self.get(row["account"], "refund", row["refund"])
            refund_steps.run_step(self, refund, row["step"], row["reason"])

    def _move(self, move: StripeClockMove) -> Body:
        """The clock stops at each step on the way, so that its events have its time."""
        left = move.seconds
        while left > 0:
            row = self._db.execute("SELECT min(due) AS due FROM steps").fetchone()
            until_next = left if row["due"] is None else max(0.0, row["due"] - self.moment()) + 0.001
            part = min(left, until_next)
            self.move_clock(part)
            left -= part
            self._run_due()
        return {"now": self.now()}

    def _set_balance(self, wanted: StripeBalance) -> None:
        currency = wanted.currency.lower()
        self._db.execute(
            "INSERT OR REPLACE INTO balances (account, currency, amount) VALUES (?, ?, ?)",
            (wanted.account, currency, wanted.amount),
        )
        for refund in reversed(self.listed(wanted.account, "refund")):
            body = refund.body
            if (body["currency"], body.get("pending_reason")) == (currency, "insufficient_funds"):
                refund_steps.succeed(self, refund)

    def _dispute(self, wanted: StripeDispute) -> Body:
        charge = self.get(wanted.account, "charge", wanted.charge)
        return disputes.open_dispute(self, charge, wanted.status, wanted.reason, wanted.amount).body

    def _step_dispute(self, wanted: StripeDisputeStep) -> Body:
        dispute = self.get(wanted.account, "dispute", wanted.dispute)
        return disputes.change_status(self, dispute, wanted.status).body

    def _pay_link(self, wanted: StripeLinkPayment) -> Body:
        return links.pay(self, wanted.account, wanted.payment_link)

    def _arm(self, fault: StripeFault) -> None:
        sql = "INSERT INTO faults (left, settings) VALUES (?, ?)"
        self._db.execute(sql, (fault.times, json.dumps(fault.model_dump())))

    def _disarm(self, wanted: StripeDisarm) -> None:
        sql = "UPDATE faults SET left = 0 WHERE ? IN ('', json_extract(settings, '$.about'))"
        self._db.execute(sql, (wanted.about,))

    def to_deliver(self, also_failed: bool = False) -> list[WaitingDelivery]:
        """What waits for a webhook endpoint."""
        return self.waiting(also_failed=also_failed)

    def note_delivery(self, number: int, event: str, status: int) -> None:
        """What an endpoint answered."""
        with self._transaction():
            self.delivered(number, event, status)

    def event(self, account: str, name: str) -> Body:
        """One event. Raises StripeRefusal."""
        return self.get(account, "event", name).body
