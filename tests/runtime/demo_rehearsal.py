"""A rehearsal of the demo's plan on the domain alone: the same bodies, no server, every order in milliseconds."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from domain import agenda, deeds, doing, eligibility, facts, outcomes, quoting
from domain.actors import Actor, Role
from domain.commands.base import Command
from domain.commands.cancel_order import CancelOrder
from domain.commands.cancel_return import CancelReturn
from domain.commands.drop_off import DropOffGoods
from domain.commands.open_return import OpenReturn
from domain.commands.override_order import OverrideOrder
from domain.commands.override_return import OverrideReturn
from domain.commands.receive import ReceiveGoods
from domain.commands.register_parcel import RegisterParcel
from domain.facts import ParcelReport
from domain.journey import JourneyState
from domain.notices import Notice
from domain.orders import Order, inconsistencies
from domain.quotes import ReturnWish
from domain.sealed import Sealed
from domain.terms import Policy, compile_terms
from ports.carriers import CarrierSource, Report
from runtime.demo import actions
from runtime.demo.actions import Action, AskReturn, OrderPlan, PlaceOrder
from runtime.demo.scene import REVIEW_ABOVE

_SEALED = Sealed(key="k", box="b")
_SOURCES: dict[str, CarrierSource] = {"easypost": EasyPost(), "generic": Generic()}


def rehearse(plan: OrderPlan, ends: datetime) -> "Rehearsal":
    """Play one order to the end. Raises AssertionError where the domain answers otherwise than the story says."""
    first = plan.steps[0]
    assert isinstance(first.do, PlaceOrder), "the first thing is the order"
    rehearsal = Rehearsal(first.do, plan)
    for step in plan.steps[1:]:
        rehearsal.until(step.at)
        rehearsal.act(step.do)
    rehearsal.until(ends)
    return rehearsal


class Rehearsal:
    """One order's journey, driven as the workflow drives it."""

    def __init__(self, placed: PlaceOrder, plan: OrderPlan) -> None:
        self.plan = plan
        self.told: list[tuple[Notice, datetime]] = []
        self.refused: Counter[str] = Counter()
        self.commands = 0
        self.parked: list[Report] = []
        order = _order(placed.body)
        assert inconsistencies(order.currency, order.lines, order.shipping, order.tenders) == []
        captured = {payment["payment"]: payment["amount"] for payment in placed.payments}
        cards = {tender.payment: tender.amount.minor for tender in order.tenders if tender.kind == "card"}
        assert captured == cards, "what the provider captured is what the order says"
        terms = compile_terms(Policy(review_above=REVIEW_ABOVE), 1, order)
        self.now = order.placed_at
        self.state = JourneyState(order=order, terms=terms, rules_version=agenda.LATEST, clock=self.now)

    def until(self, at: datetime) -> None:
        """Stop at every deadline on the way."""
        while (waiting := agenda.next_deadline(self.state)) is not None and waiting.at <= at:
            self.now = max(self.now, waiting.at)
            self._settle()
        self.now = at
        self._settle()

    def _settle(self) -> None:
        for _ in range(20):
            found = agenda.due(self.state, self.now)
            for deed in found:
                if isinstance(deed, deeds.PayLeg):
                    paid = outcomes.LegOutcome(leg=deed.leg, outcome="settled", reference="r")
                    outcomes.record(self.state, paid, self.now)
                else:
                    doing.apply(self.state, deed, self.now)
            self.told += [(notice, self.now) for notice in self.state.outgoing]
            self.state.outgoing = []
            if not found:
                return
        raise AssertionError(f"{self.plan.order_id} never settles")

    def act(self, action: Action) -> None:
        """Whoever it is does it, now."""
        match action:
            case actions.ShipParcel():
                self._obey(RegisterParcel, Role.STOREFRONT, **action.body)
                parked, self.parked = self.parked, []
                for report in parked:
                    self._hear(report)
            case actions.Tell():
                for report in _SOURCES[action.source].read(_bytes(action.body), self.now):
                    self._hear(report)
            case AskReturn():
                self._ask(action)
            case actions.DropOff():
                for _ in range(1 + action.twice):
                    at_bar = {"point": action.point, "nonce": action.nonce}
                    self._obey(DropOffGoods, Role.PARTNER, return_id=action.ref, **at_bar)
            case actions.Receive():
                self._obey(ReceiveGoods, Role.WAREHOUSE, return_id=action.ref, **action.body)
            case actions.CallOffReturn():
                self._obey(CancelReturn, Role.CUSTOMER, return_id=action.ref)
            case actions.OverruleReturn():
                self._obey(OverrideReturn, Role(action.by), return_id=action.ref, ask=action.body)
            case actions.OverruleOrder():
                self._obey(OverrideOrder, Role(action.by), ask=action.body)
            case actions.CallOffOrder():
                self._obey(CancelOrder, Role.CUSTOMER)
            case PlaceOrder():
                raise AssertionError("an order is placed once")
        self._settle()

    def _hear(self, report: Report) -> None:
        """As the dispatcher does: a report of an unknown parcel is parked."""
        known = {parcel.tracking_number for parcel in self.state.parcels}
        if report.tracking_number not in known:
            self.parked.append(report)
            return
        told = report.model_dump(include={"carrier", "tracking_number", "scans", "estimate"})
        facts.take_in(self.state, ParcelReport(**told), self.now)
        self._settle()

    def _obey(self, kind: type[Command], role: Role, **asked: Any) -> None:
        self.commands += 1
        actor = Actor(role=role)
        command = kind.model_validate({"command_id": str(self.commands), "actor": actor, **asked})
        found = command.objections(self.state, self.now)
        assert not found, f"{self.plan.story}/{self.plan.returns} {kind.__name__}: {found}"
        command.carry_out(self.state, self.now)

    def _ask(self, action: AskReturn) -> None:
        """As the API does: objections first, then the quote, then the command."""
        by = Actor(role=Role.AGENT if action.by == "agent" else Role.CUSTOMER)
        wishes = [ReturnWish(**item) for item in action.body["items"]]
        because = action.body.get("because", "")
        found = [] if because else eligibility.objections(self.state, wishes, self.now)
        if action.expect == "refused":
            assert action.refused_for in {one.code for one in found}, (
                f"expected {action.refused_for}: {found}"
            )
            self.refused[action.refused_for] += 1
            return
        assert not found, f"{self.plan.story}/{self.plan.returns}: {found}"
        ask = OpenReturn(
            command_id=f"open/{action.ref}",
            actor=by,
            return_id=action.ref,
            number="R-1",
            code_hash="h",
            quote=quoting.quote(self.state, wishes, self.now),
            resolution=action.body["resolution"],
            method=action.body["method"],
            because=because,
        )
        assert not ask.objections(self.state, self.now)
        assert ask.carry_out(self.state, self.now).verdict == action.expect

    def delays(self) -> list[timedelta]:
        """How long before the promise broke each delay was told."""
        return [
            datetime.fromisoformat(str(notice.facts["due"])) - at
            for notice, at in self.told
            if notice.kind == "delayed"
        ]


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _order(body: dict[str, Any]) -> Order:
    customer = {"customer": "cus_1", "name": _SEALED, "email": _SEALED}
    return Order.model_validate({**body, "merchant": "m", "order": "ord_1", "customer": customer})
