"""A leg: the payment of one tender in a settlement, and the steps that the leg may take."""

from datetime import date, datetime

from domain.actors import Role
from domain.model.leg_data import OPEN, UNANSWERED, LegData, LegStatus, RefundChoice, RefundWay
from domain.model.payment import PaidTo
from domain.model.provider_event import ProviderEvent
from domain.money import Money

MAX_EVENTS = 50  # statements of providers kept on a leg; the oldest are dropped


class Leg(LegData):
    """One payment. Only the methods below change its status."""

    def note(self, event: ProviderEvent) -> bool:
        """Add a statement of the provider; False when it is known."""
        if event in self.events:
            return False
        self.events = [*self.events, event][-MAX_EVENTS:]
        return True

    def request_lookup(self, now: datetime) -> None:
        """Have the payment looked up at its provider, or a statement of the provider booked."""
        self.lookup, self.lookup_at = "due", now

    def confirm(self, *, paid: bool, now: datetime) -> None:
        """Take a person's word, who has looked at the provider's account, for the provider's; it is booked like that."""
        self._require("unknown")
        self.note(
            ProviderEvent(
                reference=self.reference or self.key,
                leg=self.key,
                amount=self.principal,
                state="settled" if paid else "failed",
                raw_state="confirmed_by_a_person",
                reason="" if paid else "not_paid",
                at=now,
            )
        )
        self.request_lookup(now)

    def start_lookup(self, now: datetime) -> None:
        self.lookup, self.lookup_at = "sent", now

    def end_lookup(self) -> None:
        self.lookup = "none"

    def send(self, now: datetime) -> None:
        """Mark the payment as leaving. A payment without an answer may leave again, under the same key."""
        self._require("planned", "sent")
        self.status, self.sent_at = "sent", now

    def settle(self, reference: str, now: datetime, bonus: Money | None = None) -> None:
        """The money has moved. `bonus`: what moved of the bonus, where it is known."""
        self._require(*OPEN)
        self.status, self.settled_at, self.reference = "settled", now, reference
        self.bonus = self.bonus if bonus is None else bonus

    def accept(self, reference: str, now: datetime) -> None:
        """Record that the provider accepted the payment and will finish it later."""
        self._require(*UNANSWERED, "accepted")
        self.status, self.reference = "accepted", reference
        self.accepted_at = self.accepted_at or now

    def reverse(self, reason: str, now: datetime) -> None:
        """Record that the money came back after it was paid. `reason`: the provider's."""
        self._require("settled")
        self.status, self.decline, self.reversed_at = "reversed", reason, now

    def fail(self, decline: str) -> None:
        """Record that the provider refused, or could not finish what it had accepted."""
        self._require(*UNANSWERED, "accepted")
        self.status, self.decline = "failed", decline

    def lose_track(self) -> None:
        """Record that it is unknown whether the money moved."""
        self._require(*UNANSWERED)
        self.status = "unknown"

    def skip(self) -> None:
        """Waive a payment that the provider refused, or that waits. One that may have moved money is never waived."""
        self._require("planned" if self.waits else "failed")
        self.status = "skipped"

    def skip_held(self) -> None:
        """Waive a payment that waits for a dispute and has not left."""
        self._require("planned")
        assert self.sent_at is None, f"leg {self.key} may have left"
        self.status = "skipped"

    def record_held_payment(self, now: datetime) -> None:
        """A person has paid what waits for a dispute, in another way."""
        self._require("planned")
        assert self.sent_at is None, f"leg {self.key} may have left"
        self.to, self.awaits, self.planned_at = "by_hand", "nothing", now

    def leave_to_bank(self) -> None:
        """Pay it no more, as the bank has paid the customer. It has not left, or was refused."""
        self._require("failed", "planned")
        assert self.status == "failed" or self.sent_at is None, f"leg {self.key} may have left"
        self.status, self.decline = "skipped", "paid_by_bank"

    def leave_to_shop(self, now: datetime) -> None:
        """Pay it no more, as the shop's staff have paid the customer. It was refused, or came back."""
        if self.status == "reversed":
            self.retry(now)  # its reserved money is taken over by what the shop paid
        self._require("failed", "planned")
        assert self.sent_at is None or self.status == "failed", f"leg {self.key} may have left"
        self.status, self.decline = "skipped", "paid_by_shop"

    def leave_part_to_bank(self, amount: Money, now: datetime) -> None:
        """Owe so much less, as the bank has paid that part."""
        if self.status != "planned":
            self.retry(now)
        assert amount < self.principal, f"leg {self.key} is not lowered by {amount}"
        self._set_principal(self.principal - amount)

    def offer_other_way(self) -> bool:
        """After a refusal: let the customer choose another way. True when they were not told of one before."""
        self._require("failed")
        told = self.decline_notified
        self.offered = self.decline_notified = True
        return not told

    def take_over(self, replaced: str) -> None:
        """Be paid from what is reserved for the payment with that key, which came back."""
        self.replaces = replaced

    def mark_hold_notified(self) -> bool:
        """Mark that the customer was told that it waits for a dispute; False when they were before."""
        before, self.hold_notified = self.hold_notified, True
        return not before

    def wait_for_dispute(self, now: datetime) -> None:
        """Plan it again after a refusal because its payment is disputed; it leaves when the dispute lets it."""
        self.fail("charge_disputed")
        self.retry(now)

    def record_capture(self, to: PaidTo) -> None:
        """The customer has paid the tender: the leg leaves by that way."""
        self.to, self.awaits = to, "person" if to == "by_hand" else "nothing"

    def record_payment_by_hand(self, now: datetime) -> None:
        """A person has paid it: it is only entered in the ledger now."""
        assert self.waits, f"leg {self.key} does not wait"
        self.awaits, self.planned_at = "nothing", now

    def lower_by(self, amount: Money) -> None:
        """Owe so much less of a payment that waits for the customer's."""
        assert self.waits, f"leg {self.key} does not wait"
        assert amount < self.principal, f"leg {self.key} is not lowered by {amount}"
        self._set_principal(self.principal - amount)

    def retry(self, now: datetime) -> None:
        """Plan the payment again.

        After a refusal, or when the money came back, the key is new, as nothing is paid under the old one; else it is the same.
        """
        self._require("failed", "unknown", "reversed")
        if self.status == "reversed":
            self.replaces = self.key
        if self.status in ("failed", "reversed"):
            self.epoch, self.sent_at = self.epoch + 1, None
        self.retries += 1
        self.status, self.planned_at, self.reference, self.decline = "planned", now, "", ""
        self.settled_at = self.accepted_at = self.expected_by = None
        self.chased, self.lookup, self.offered = False, "none", False

    def pay_otherwise(self, answer: RefundWay, now: datetime, by: Role) -> None:
        """Pay it as store credit, or have a person pay it: the way of its tender has failed."""
        self._require("failed", "reversed")
        came_back = self.returned_at is not None
        self.choice = RefundChoice(leg=self.key, answer=answer, at=now, by=by, came_back=came_back)
        self.retry(now)
        if answer == "store_credit":
            self.to, self.awaits = "credit", "nothing"
        else:
            self.to, self.awaits = "by_hand", "person"

    def expect(self, day: date) -> None:
        """Set the day by which the statement should show it. The day that was told first stays."""
        self.expected_by = self.expected_by or day

    def chase(self) -> bool:
        """Mark it as chased; False when it was before."""
        before, self.chased = self.chased, True
        return not before

    def reduce_to(self, principal: Money, now: datetime) -> None:
        """Plan the payment again for the part that the payment holds. A refusal came before, so the key is new."""
        self._require("failed")
        assert principal < self.principal, f"leg {self.key} is not reduced by {principal}"
        self._set_principal(principal)
        self.retry(now)

    def _set_principal(self, principal: Money) -> None:
        if self.in_shop_currency is not None:
            booked, whole = self.in_shop_currency, self.principal.minor
            minor = booked.minor * principal.minor // whole
            self.in_shop_currency = Money(minor=minor, currency=booked.currency)
        self.principal = principal

    def _require(self, *allowed: LegStatus) -> None:
        assert self.status in allowed, f"leg {self.key} is {self.status}, expected {' or '.join(allowed)}"
