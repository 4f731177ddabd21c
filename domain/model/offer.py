"""Offers: the ways in which the goods of a return may be paid, side by side in its quote."""

from datetime import date
from typing import Literal

from domain.base import Frozen
from domain.model.order import TenderKind
from domain.model.payment import RefundedTo
from domain.model.return_choices import PayOn, Resolution
from domain.money import Money

OfferCondition = Literal["goods_handed_over", "carrier_has_goods", "goods_accepted", "bonus_expires"]


class OfferPart(Frozen):
    """One amount of an offer, and the way that it goes."""

    kind: Literal["refund", "bonus"]
    """What was paid for the goods, or what is added on top."""
    tender: TenderKind | None
    """The kind of payment that the amount was paid with; null for a bonus."""
    to: RefundedTo
    """Where it goes: back through the provider, to store credit, or by a person."""
    amount: Money
    """How much."""


class MoneyTiming(Frozen):
    """When the money of an offer comes, if the goods are handed over today."""

    pay_on: PayOn
    """What it waits for."""
    leaves_by: date | None
    """The day on which it leaves at the latest; null where neither the law nor the shop gives a date."""
    arrives_by: date | None
    """The day by which all of it should be there, on a statement or as store credit; null where `leaves_by` is."""


class Offer(Frozen):
    """One of the ways in which the goods may be paid."""

    resolution: Resolution
    """What the customer gets."""
    pays: Money
    """All of it, the bonus of store credit included; without the fast-return bonus, which any of them earns."""
    bonus: Money
    """The part that is added on top."""
    to_original: bool
    """Whether the money goes back to the payments that were made with the order."""
    required_by_law: bool
    """Whether the law gives the customer a right to this one, whatever else is offered. It comes first."""
    parts: tuple[OfferPart, ...]
    """Each amount with its way; together `pays`."""
    to_pay: Money | None = None
    """What the customer pays on top before new goods leave, by a link and never by itself; null unless it is an exchange."""
    money: MoneyTiming
    """When it comes."""
    conditions: tuple[OfferCondition, ...]
    """What has to happen first, and what ends.

    `goods_handed_over` before the code ends; then `carrier_has_goods`, or `goods_accepted` by the warehouse.
    `bonus_expires`: the bonus is valid for `credit_days` of the quote.
    """
