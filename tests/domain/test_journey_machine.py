"""Invariants of any journey of an order, in any sequence of commands, scans, payments and steps of time."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.actors import STAFF, Actor
from domain.journey import agenda, order_view
from domain.model.estimate import Estimate
from domain.model.override import ReturnOverrideKind
from domain.model.scan import ParcelStatus, Scan
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.model.tracking_update import TrackingUpdate
from domain.money import total
from domain.payments.refundable import committed_legs, refundable_per_tender
from domain.units import units_in
from tests.builders import a_state
from tests.domain.journey_strategies import HOURS, LINES, POLICIES, ROLES, SPANS, an_uneven_order
from tests.domain.state_driver import StateDriver


class JourneyMachine(RuleBasedStateMachine):
    journey: StateDriver

    @initialize(
        policy=POLICIES, start=st.sampled_from(["placed", "shipped", "some", "delivered", "delivered"])
    )
    def place(self, policy: Policy, start: str) -> None:
        """Most journeys begin with goods under way or delivered, where most can happen."""
        self.journey = StateDriver(a_state(an_uneven_order(), policy))
        self.reports: list[tuple[str, TrackingUpdate]] = []
        self.keys: list[str] = []
        if start == "shipped":
            self.journey.ship()
        if start in ("some", "delivered"):
            self.journey.advance(days=1).deliver({"1": 2, "2": 1})
        if start == "delivered":
            self.journey.deliver()

    @property
    def state(self) -> JourneyState:
        return self.journey.state

    def some_return(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([case.return_id for case in self.state.returns]))

    # Steps

    @rule(lines=st.none() | LINES)
    def ship(self, lines: dict[str, int] | None) -> None:
        self.journey.ship(lines)

    @precondition(lambda self: self.state.parcels)
    @rule(data=st.data(), status=st.sampled_from(list(ParcelStatus)), hours=HOURS)
    def scan(self, data: st.DataObject, status: ParcelStatus, hours: int) -> None:
        parcel = data.draw(st.sampled_from(self.state.parcels))
        at = self.journey.now + timedelta(hours=hours)
        scan = Scan(key=f"{status}/{at.isoformat()}", at=at, status=status)
        self._report(parcel.parcel_id, TrackingUpdate(scans=(scan,)))

    @precondition(lambda self: self.state.parcels)
    @rule(data=st.data(), hours=HOURS, days=st.integers(-3, 9))
    def estimate(self, data: st.DataObject, hours: int, days: int) -> None:
        parcel = data.draw(st.sampled_from(self.state.parcels))
        made_at = self.journey.now + timedelta(hours=min(hours, 0))
        estimate = Estimate(reported_at=made_at, at=parcel.due + timedelta(days=days))
        self._report(parcel.parcel_id, TrackingUpdate(estimate=estimate))

    def _report(self, parcel_id: str, update: TrackingUpdate) -> None:
        self.reports.append((parcel_id, update))
        self.journey.receive_update(parcel_id, update)

    @precondition(lambda self: self.reports)
    @rule(data=st.data())
    def repeat_a_report(self, data: st.DataObject) -> None:
        before = self.state.model_dump_json()
        report = data.draw(st.sampled_from(self.reports))
        assert not self.journey.receive_update(*report)
        assert self.state.model_dump_json() == before

    @precondition(lambda self: self.state.parcels)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.state.parcels)).tracking_number
        self.journey.scan(ParcelStatus.DELIVERED, number)

    @precondition(lambda self: any(case.goods == "awaiting" for case in self.state.returns))
    @rule(data=st.data())
    def send_back(self, data: st.DataObject) -> None:
        """The carrier brings to the shop what the customer wanted to return."""
        number = data.draw(st.sampled_from(self.state.parcels)).tracking_number
        self.journey.scan(ParcelStatus.RETURN_TO_SENDER, number)

    @rule(hours=SPANS)
    def leap(self, hours: int) -> None:
        self.journey.jump_to(self.journey.now + timedelta(hours=hours))

    @rule()
    def leap_to_deadline(self) -> None:
        if waiting := agenda.next_action(self.state):
            self.journey.jump_to(waiting.at)

    @precondition(lambda self: self.state.delivered != "none")
    @rule(
        units=st.dictionaries(
            st.sampled_from("11223"), st.sampled_from([1, 1, 2, 3]), min_size=1, max_size=2
        ),
        resolution=st.sampled_from(["refund", "store_credit"]),
        method=st.sampled_from(["drop_off", "mail"]),
        actor=ROLES,
        reason=st.sampled_from(["", "we are kind"]),
    )
    def open_return(self, units: dict[str, int], reason: str, actor: Actor, **how: Any) -> None:
        violations = self.journey.violations(units)
        waived = {"outside_window"} if reason and actor.role in STAFF else set[str]()
        if set(violations) <= waived:
            answer = self.journey.open(units, actor=actor, reason=reason, **how)
            assert answer.verdict in ("accepted", "needs_agent"), answer
        elif set(violations) == {"outside_window"}:
            assert self.journey.open(units, actor=actor, reason=reason, **how).verdict == "refused"

    @precondition(lambda self: self.state.returns)
    @rule(data=st.data(), nonce=st.sampled_from("ab"))
    def drop_off(self, data: st.DataObject, nonce: str) -> None:
        self.journey.drop_off(self.some_return(data), nonce)

    @precondition(lambda self: self.state.returns)
    @rule(data=st.data(), lines=st.none() | LINES)
    def receive(self, data: st.DataObject, lines: dict[str, int] | None) -> None:
        self.journey.receive(self.some_return(data), lines)

    @precondition(lambda self: self.state.returns)
    @rule(data=st.data(), actor=ROLES)
    def cancel_return(self, data: st.DataObject, actor: Actor) -> None:
        self.journey.cancel_return(self.some_return(data), actor)

    @rule(actor=ROLES, really=st.integers(0, 5))
    def cancel_order(self, actor: Actor, really: int) -> None:
        if really == 0:
            self.journey.cancel_order(actor)

    @rule(override=st.sampled_from(["extend_window", "note", "note", "cancel"]), actor=ROLES)
    def override_order(self, override: str, actor: Actor) -> None:
        self.journey.override(override, actor)

    @precondition(lambda self: any(parcel.delivered_at is None for parcel in self.state.parcels))
    @rule(data=st.data(), override=st.sampled_from(["mark_delivered", "mark_lost"]), actor=ROLES)
    def override_parcel(self, data: st.DataObject, override: str, actor: Actor) -> None:
        parcels = [parcel.parcel_id for parcel in self.state.parcels]
        self.journey.override(override, actor, parcel=data.draw(st.sampled_from(["", *parcels])))

    @precondition(lambda self: any(leg.status in ("failed", "unknown") for leg in self.state.legs()))
    @rule(data=st.data(), override=st.sampled_from(["skip_step", "retry_step"]), actor=ROLES)
    def override_payment(self, data: st.DataObject, override: str, actor: Actor) -> None:
        stuck = [leg.key for leg in self.state.legs() if leg.status in ("failed", "unknown")]
        self.journey.override(override, actor, leg=data.draw(st.sampled_from(["", *stuck, *stuck])))

    @precondition(lambda self: self.state.returns)
    @rule(data=st.data(), override=st.sampled_from(ReturnOverrideKind.__args__), actor=ROLES)  # type: ignore[attr-defined]
    def override_return(self, data: st.DataObject, override: str, actor: Actor) -> None:
        resolution = data.draw(st.sampled_from(["refund", "store_credit"]))
        self.journey.override_return(self.some_return(data), override, actor, resolution=resolution)

    @precondition(lambda self: any(leg.status == "sent" for leg in self.state.legs()))
    @rule(data=st.data(), outcome=st.sampled_from(["settled", "settled", "declined", "unknown"]))
    def pay(self, data: st.DataObject, outcome: Any) -> None:
        legs = [leg.key for leg in self.state.legs() if leg.status == "sent"]
        key = data.draw(st.sampled_from(legs))
        self.journey.settle_leg(key, outcome)
        self.keys.append(key)

    @precondition(lambda self: self.keys)
    @rule(data=st.data(), outcome=st.sampled_from(["settled", "declined", "unknown"]))
    def repeat_an_outcome(self, data: st.DataObject, outcome: Any) -> None:
        key = data.draw(st.sampled_from(self.keys))
        settled = {leg.key for leg in self.state.legs() if leg.status == "settled"}
        before = self.state.model_dump_json()
        if key in settled:
            self.journey.settle_leg(key, outcome)
            assert self.state.model_copy(update={"seq": self.state.seq - 1}).model_dump_json() == before

    # Invariants

    @invariant()
    def open_orders_have_a_next_action_and_resting_ones_none(self) -> None:
        waiting = agenda.next_action(self.state)
        if self.state.at_rest:
            assert waiting is None, waiting
        else:
            assert waiting is not None
            assert waiting.owner
            assert waiting.action
            assert waiting.at > self.journey.now

    @invariant()
    def refunds_never_exceed_captures(self) -> None:
        assert all(share.amount.minor >= 0 for share in refundable_per_tender(self.state))
        out = total([leg.principal for leg in committed_legs(self.state)], "GBP")
        back = [leg for s in self.state.settlements if s.purpose == "reversal" for leg in s.legs]
        returned = total([leg.principal for leg in back if leg.status == "settled"], "GBP")
        assert out - returned <= self.state.order.captured

    @invariant()
    def no_unit_is_claimed_or_paid_twice(self) -> None:
        claims = [case.units for case in self.state.returns if case.live]
        claims += [
            s.units for s in self.state.settlements if s.return_id is None and s.occasion[:6] != "cancel"
        ]
        assert_claimed_once(claims)
        gone = {case.return_id for case in self.state.returns if not case.live}
        assert_claimed_once([s.units for s in self.state.settlements if s.return_id not in gone])

    @invariant()
    def bonuses_stay_within_their_quotes(self) -> None:
        for case in self.state.returns:
            paid = [s for s in self.state.settlements_of(case.return_id) if s.purpose != "reversal"]
            bonus = sum(leg.bonus.minor for s in paid for leg in s.legs)
            principal = sum(leg.principal.minor for s in paid for leg in s.legs)
            assert bonus <= case.quote.credit_bonus.minor
            assert principal <= case.quote.refund.minor
            if principal == case.quote.refund.minor and case.resolution == "store_credit":
                assert bonus == case.quote.credit_bonus.minor or not principal

    @invariant()
    def notices_have_unique_keys(self) -> None:
        assert not self.journey.duplicate_notices()
        legs = Counter(leg.key for leg in self.state.legs())
        assert set(legs.values()) <= {1}

    @invariant()
    def delays_are_notified_in_order_and_not_too_often(self) -> None:
        for subject in {notice.subject for notice in self.state.delay_notices}:
            notices = [notice for notice in self.state.delay_notices if notice.subject == subject]
            assert [notice.revision for notice in notices] == list(range(1, len(notices) + 1))
            assert len(notices) <= self.state.terms.policy.delays.max_notices
            dated = [notice.expected for notice in notices if notice.expected]
            assert dated == sorted(set(dated))
            assert all(one.notified_at <= next_.notified_at for one, next_ in pairwise(notices))

    @invariant()
    def it_can_be_stored_and_loaded(self) -> None:
        text = self.state.model_dump_json()
        stored = JourneyState.model_validate_json(text)
        assert stored == self.state
        assert stored.model_dump_json() == text
        assert list(agenda.scheduled_actions(stored)) == list(agenda.scheduled_actions(self.state))

    @invariant()
    def its_view_can_be_made(self) -> None:
        view = order_view.order_view(self.state, self.journey.now)
        waiting = agenda.next_action(self.state)
        assert (view.next and view.next.at) == (waiting and waiting.at)
        assert view.refunded <= view.captured
        assert order_view.OrderView.model_validate_json(view.model_dump_json()) == view

    @invariant()
    def free_units_can_be_quoted(self) -> None:
        for line in self.state.order.lines:
            if not self.journey.violations({line.line_id: 1}):
                self.journey.quote({line.line_id: 1})

    def teardown(self) -> None:
        """If every payment settles and only time passes, the order comes to rest."""
        if not hasattr(self, "journey"):
            return
        self.journey.until_at_rest()
        assert agenda.next_action(self.state) is None
        assert not self.journey.duplicate_notices()
        self.lost_units_are_refunded()
        for case in self.state.returns:
            if case.decision == "authorized" and case.held_until is None and case.goods == "received":
                paid = {
                    (line, unit)
                    for s in self.state.settlements_of(case.return_id)
                    for line, units in s.units.items()
                    for unit in units
                }
                assert paid == {(line, unit) for line, units in case.units.items() for unit in units}

    def lost_units_are_refunded(self) -> None:
        """Unless the customer handed it over for a return, which pays it; what an agent waived is in a settlement too."""
        given_up = units_in(p.units for p in self.state.parcels if p.lost_at is not None)
        handed_over = units_in(c.units for c in self.state.returns if c.dropped_off or c.received)
        settled = units_in(s.units for s in self.state.settlements)
        assert given_up - handed_over <= settled


def assert_claimed_once(claims: list[dict[str, list[int]]]) -> None:
    counted = Counter((line, unit) for units in claims for line, indexes in units.items() for unit in indexes)
    assert not [unit for unit, times in counted.items() if times > 1]


TestAnyLife = JourneyMachine.TestCase
TestAnyLife.settings = settings(settings.get_profile("ci"), max_examples=300, stateful_step_count=30)
TestAnyLife = pytest.mark.scenario("S-37", "S-64", "S-76", "S-83", "S-97")(TestAnyLife)
