"""A dry run of the demo's plan on the domain alone: the same bodies, no server, every order in milliseconds."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from demo import actions as demo_actions
from demo.actions import DemoAction, OrderPlan, PostOrder, PostReturn
from demo.order_scenario import REVIEW_ABOVE
from domain.actors import Actor, Role
from domain.journey import agenda
from domain.model.command import Command
from domain.model.notice import Notice
from domain.model.order import Order
from domain.model.order_totals import inconsistencies
from domain.model.payment import PaymentResult
from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.payments import payment_results
from domain.returns import eligibility, quotes
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.commands.receive import ReceiveGoods
from domain.sealed import Sealed
from domain.tracking import scans
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.scans import TrackingUpdated
from ports.carriers import CarrierSource, ReportedParcel
from tests.started_effects import StartedEffects

_SEALED = Sealed(key="k", ciphertext="b")
_SOURCES: dict[str, CarrierSource] = {"easypost": EasyPost(), "generic": Generic()}


def dry_run(plan: OrderPlan, ends: datetime) -> "DryRun":
    """Play one order to the end. Raises AssertionError where the domain answers otherwise than the scenario expects."""
    first = plan.steps[0]
    assert isinstance(first.action, PostOrder), "the first thing is the order"
    run = DryRun(first.action, plan)
    for step in plan.steps[1:]:
        run.until(step.at)
        run.perform(step.action)
    run.until(ends)
    return run


class DryRun:
    """One order's journey, driven as the workflow drives it."""

    def __init__(self, placed: PostOrder, plan: OrderPlan) -> None:
        self.plan = plan
        self.notices: list[tuple[Notice, datetime]] = []
        self.refused: Counter[str] = Counter()
        self.commands = 0
        self.parked: list[ReportedParcel] = []
        order = _order(placed.body)
        assert inconsistencies(order) == []
        captured = {payment["payment"]: payment["amount"] for payment in placed.payments}
        cards = {tender.payment: tender.amount.minor for tender in order.tenders if tender.kind == "card"}
        assert captured == cards, "the captures equal the order's payments"
        terms = compile_terms(Policy(review_above={"GBP": REVIEW_ABOVE}), 1, order)
        self.now = order.placed_at
        self.state = JourneyState(order=order, terms=terms, rules_version=agenda.LATEST, clock=self.now)

    def until(self, at: datetime) -> None:
        """Stop at every deadline on the way."""
        while (waiting := agenda.next_action(self.state)) is not None and waiting.at <= at:
            self.now = max(self.now, waiting.at)
            self._settle()
        self.now = at
        self._settle()

    def _settle(self) -> None:
        for _ in range(20):
            idle = agenda.is_idle(self.state, self.now)
            for change in agenda.changes_due(self.state, self.now):
                change.apply(self.state, self.now)
            started = StartedEffects()
            for effect in agenda.effects_due(self.state, self.now):
                effect.start(started)
            for leg in started.payments:
                paid = PaymentResult(leg=leg, outcome="settled", reference="r")
                payment_results.record_payment_result(self.state, paid, self.now)
            self.notices += [(notice, self.now) for notice in self.state.pending_notices]
            self.state.pending_notices = []
            if idle:
                return
        raise AssertionError(f"{self.plan.order_id} never settles")

    def perform(self, action: DemoAction) -> None:
        """Execute the action as its actor, now."""
        match action:
            case demo_actions.PostParcel():
                self._execute(RegisterParcel, Role.STOREFRONT, **action.body)
                parked, self.parked = self.parked, []
                for report in parked:
                    self._receive(report)
            case demo_actions.PostCarrierWebhook():
                for report in _SOURCES[action.source].read(_bytes(action.body), self.now).parcels:
                    self._receive(report)
            case PostReturn():
                self._open_return(action)
            case demo_actions.PostDropOffScan():
                for _ in range(1 + action.twice):
                    at_bar = {"location_id": action.location_id, "nonce": action.nonce}
                    self._execute(DropOffGoods, Role.PARTNER, return_id=action.ref, **at_bar)
            case demo_actions.PostReceipt():
                self._execute(ReceiveGoods, Role.WAREHOUSE, return_id=action.ref, **action.body)
            case demo_actions.PostReturnCancellation():
                self._execute(CancelReturn, Role.CUSTOMER, return_id=action.ref)
            case demo_actions.PostReturnOverride():
                self._execute(OverrideReturn, Role(action.by), return_id=action.ref, request=action.body)
            case demo_actions.PostOrderOverride():
                self._execute(OverrideOrder, Role(action.by), request=action.body)
            case demo_actions.PostOrderCancellation():
                self._execute(CancelOrder, Role.CUSTOMER)
            case PostOrder():
                raise AssertionError("an order is placed once")
        self._settle()

    def _receive(self, report: ReportedParcel) -> None:
        """As the dispatcher does: an update of an unknown parcel is parked."""
        known = {parcel.tracking_number: parcel.parcel_id for parcel in self.state.parcels}
        if report.tracking_number not in known:
            self.parked.append(report)
            return
        event = TrackingUpdated(parcel_id=known[report.tracking_number], update=report.update)
        scans.apply_tracking_update(self.state, event, self.now)
        self._settle()

    def _execute(self, kind: type[Command], role: Role, **fields: Any) -> None:
        self.commands += 1
        actor = Actor(role=role)
        command = kind.model_validate({"command_id": str(self.commands), "actor": actor, **fields})
        violations = command.violations(self.state, self.now)
        assert not violations, f"{self.plan.scenario}/{self.plan.returns} {kind.__name__}: {violations}"
        command.execute(self.state, self.now)

    def _open_return(self, action: PostReturn) -> None:
        """As the API does: violations first, then the quote, then the command."""
        by = Actor(role=Role.AGENT if action.by == "agent" else Role.CUSTOMER)
        items = [ReturnItem(**item) for item in action.body["items"]]
        reason = action.body.get("reason", "")
        violations = [] if reason else eligibility.violations(self.state, items, self.now)
        if action.expect == "refused":
            assert action.refusal_code in {violation.code for violation in violations}, (
                f"expected {action.refusal_code}: {violations}"
            )
            self.refused[action.refusal_code] += 1
            return
        assert not violations, f"{self.plan.scenario}/{self.plan.returns}: {violations}"
        command = OpenReturn(
            command_id=f"open/{action.ref}",
            actor=by,
            return_id=action.ref,
            number="R-1",
            code_hash="h",
            quote=quotes.quote(self.state, items, self.now),
            resolution=action.body["resolution"],
            method=action.body["method"],
            reason=reason,
        )
        assert not command.violations(self.state, self.now)
        assert command.execute(self.state, self.now).verdict == action.expect

    def delay_lead_times(self) -> list[timedelta]:
        """How long before the broken promise each delay was notified."""
        return [
            datetime.fromisoformat(str(notice.details["due"])) - at
            for notice, at in self.notices
            if notice.kind == "delayed"
        ]


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _order(body: dict[str, Any]) -> Order:
    customer = {"customer": "cus_1", "name": _SEALED, "email": _SEALED}
    return Order.model_validate({**body, "merchant": "m", "order": "ord_1", "customer": customer})
