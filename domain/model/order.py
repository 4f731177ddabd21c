"""An order as it was placed: what was bought, how it was paid, what was promised."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from domain.base import Frozen
from domain.clock import StatedDay, StatedInstant, Zone
from domain.model.goods_picture import PictureAddress
from domain.model.payment import RefundedTo
from domain.model.promise import Promise
from domain.money import Currency, Money, total
from domain.sealed import Sealed
from domain.text import IsText, valid_identifier
from domain.units import Units

Identifier = Annotated[str, Field(min_length=1, max_length=64), *IsText, AfterValidator(valid_identifier)]
"""An identifier given by a merchant: opaque, 1-64 characters of any script, compared exactly, never parsed."""

Label = Annotated[str, Field(max_length=200), *IsText]


def _not_ours(name: str) -> str:
    if re.fullmatch(r"ord_[a-z2-7]{26}", name):
        raise ValueError("has the form of an id of ours")
    return name


MerchantOrderId = Annotated[Identifier, AfterValidator(_not_ours)]
"""A merchant's order id. It never has the form of this system's ids, so it can never name another order."""


Fulfilment = Literal["ship", "pickup", "digital", "later"]
"""How goods reach the customer: by a carrier, collected in the shop, without any parcel, or by a carrier at a later date."""


class OrderLine(Frozen):
    """Units of one article."""

    line_id: Identifier
    """The shop's own id of the line, unique in the order."""
    sku: Identifier
    """The shop's own id of the article."""
    title: Label
    """What letters call it."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    """How many units."""
    unit_price: Money
    """The price of one unit; with tax, unless the tax comes on top (`tax_included`)."""
    discount: Money | None = None
    """What the whole line costs less; with tax, unless the tax comes on top."""
    tax: Money | None = None
    """The tax in what is paid for the whole line, if it is known."""
    duty: Money | None = None
    """Import duty that was paid for the whole line on top of its price, if any."""
    final_sale: bool = False
    """Whether it was sold without a right to return it."""
    returnable: bool = True
    """Whether it can come back at all."""
    fulfilment: Fulfilment = "ship"
    """How it reaches the customer."""
    expected_on: StatedDay | None = None
    """For a line that ships later: the day by which the customer was told to have it; null while unknown."""
    image_url: PictureAddress | None = None
    """A picture of the article, by https; pages load it from there."""
    category: Label = ""
    """What kind of article it is, by a name of the shop's; rows of the policy's tables choose by it."""
    tags: Annotated[tuple[Label, ...], Field(max_length=20)] = ()
    """Further names of the shop's that rows of the policy's tables choose by."""
    commodity_code: Annotated[str, Field(pattern=r"^[0-9]{4,10}$")] | None = None
    """Its customs code, as in the Combined Nomenclature; for the yearly table of what became of goods (`docs/kpis.md`)."""

    @model_validator(mode="after")
    def _expected_later(self) -> "OrderLine":
        if self.expected_on is not None and self.fulfilment != "later":
            raise ValueError("only a line that ships later has a day of its own")
        return self

    @property
    def paid(self) -> Money:
        """What was paid for the line after its discount."""
        return Money(minor=self.paid_minor, currency=self.unit_price.currency)

    @property
    def charged(self) -> Money:
        """What was paid for the line, its duty included."""
        return Money(minor=self.charged_minor, currency=self.unit_price.currency)

    @property
    def paid_minor(self) -> int:
        """The same as `paid`, in minor units: a plan of refunds reads it often."""
        return self.unit_price.minor * self.quantity - (self.discount.minor if self.discount else 0)

    @property
    def charged_minor(self) -> int:
        """The same as `charged`, in minor units."""
        return self.paid_minor + (self.duty.minor if self.duty else 0)


TenderKind = Literal[
    "card",
    "wallet",
    "bank",
    "invoice",
    "pay_later",
    "cash_on_delivery",
    "gift_card",
    "store_credit",
    "voucher",
]
"""How an order is paid. `bank`: a transfer. `pay_later`: a provider that pays the shop and collects from the customer."""

PAID_AFTERWARDS: frozenset[TenderKind] = frozenset({"invoice", "cash_on_delivery"})
"""Kinds that the customer usually pays after the order was placed."""

RESERVED_TENDERS = frozenset({"goodwill", "fast_return", "claw_back"})
"""Names of legs that pay nothing back: no tender of an order may have them."""

_CREDIT: frozenset[TenderKind] = frozenset({"gift_card", "store_credit", "voucher"})


class Tender(Frozen):
    """One means of payment, and the amount that was captured on it or is to be paid on it."""

    tender_id: Identifier
    """The shop's own id of it, unique in the order."""
    kind: TenderKind
    """What was paid with."""
    amount: Money
    """How much was captured, or is to be paid."""
    payment: Identifier | None = None
    """The provider's id of the payment. A refund goes back through it; without one a person pays it."""
    provider: Identifier | None = None
    """The payment provider that holds the payment; left out, the one at which the merchant has its only account."""
    captured: bool = True
    """Whether the money is there. Nothing goes back of a tender that is not captured."""
    in_shop_currency: Money | None = None
    """The same amount in the currency in which the shop keeps its books, at the rate of the order; null if it is the same one."""

    @model_validator(mode="after")
    def _positive_and_payable(self) -> "Tender":
        if self.amount.minor <= 0:
            raise ValueError("a tender captured something")
        if self.tender_id in RESERVED_TENDERS:
            raise ValueError(f"{self.tender_id!r} is no name of a tender")
        if self.in_shop_currency is not None and self.in_shop_currency.minor <= 0:
            raise ValueError("a tender captured something in the shop's currency too")
        if self.kind == "card" and self.payment is None:
            raise ValueError("a card tender names the provider's payment")
        if self.kind in _CREDIT and not self.captured:
            raise ValueError("a gift card, voucher or store credit is captured")
        return self

    @property
    def refunded_to(self) -> RefundedTo:
        """The way back of its money: through its provider, to the customer's store credit, or by a person."""
        if self.kind in _CREDIT:
            return "credit"
        return "provider" if self.payment is not None else "by_hand"

    def held_by(self, provider: str) -> "Tender":
        """The tender with that provider, if a provider holds it and it names none."""
        if self.refunded_to != "provider" or self.provider is not None:
            return self
        return self.model_copy(update={"provider": provider})


Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Destination(Frozen):
    """The place of delivery. This system does not hold the address."""

    country: Country
    """ISO 3166-1 alpha-2."""
    region: Annotated[str, Field(pattern=r"^([A-Z0-9]{1,3})?$")] = ""
    """The part of the country (ISO 3166-2, without the country) whose holidays also count."""
    zone: Zone
    """The time zone (IANA); it decides when a day ends."""
    postcode: Annotated[str, Field(max_length=16), *IsText] = ""
    """Only for look-ups."""
    zone_guessed: bool = False
    """The country has several zones, and the address does not say which one: `zone` is the likeliest."""


Locale = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
"""A well-formed BCP 47 language tag. The code that writes letters decides whether it has texts in the language."""


class SealedCustomer(Frozen):
    """The customer as the journey carries them: name, e-mail and phone are sealed.

    customer: this system's pseudonym of the customer.
    """

    customer: str
    name: Sealed
    email: Sealed
    locale: Locale = "en"
    phone: Sealed | None = None


class Order(Frozen):
    """An order. All amounts share one currency; the tenders sum to the lines, their duty, shipping and tip.

    The prices of the lines hold their shares of the order's own discount and tax: `order_prices.py`.

    shipping, tip: tax included. They belong to no line, so they go back only with the whole order.
    discount: of the order as a whole, in the lines' discounts.
    tax: in all that was paid, where it is known.
    shipping_tax: the part of it that is in `shipping`, where it is known.

    order: this system's id (`ord_…`).
    order_id: the merchant's own id.
    service: the way of delivery that was paid for, if named.
    number: the name by which the customer knows the order, if it is not `order_id`.
    guessed_tenders: tenders that hold the whole amount because the storefront names several gateways and no amounts.
    storefront: the one that sent the order; empty for an order of the merchant's own system.
    channel: where it was sold, by a name of the shop's.
    tier: of the customer, by a name of the shop's, when it was placed.
    included_refunds: the storefront's refunds without money whose units are no part of `lines` any more: it was edited
      before it was paid.
    """

    merchant: str
    order: str
    order_id: Identifier
    placed_at: StatedInstant
    currency: Currency
    customer: SealedCustomer
    destination: Destination
    promise: Promise
    service: Identifier | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1)]
    shipping: Money
    tip: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    shipping_tax: Money | None = None
    tenders: tuple[Tender, ...]
    number: Label = ""
    guessed_tenders: tuple[Identifier, ...] = ()
    included_refunds: tuple[Identifier, ...] = ()
    storefront: str = ""
    channel: Label = ""
    tier: Label = ""

    def due(self) -> datetime:
        return self.promise.due(self.destination.zone)

    def line(self, line_id: str) -> OrderLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)

    def tender(self, tender_id: str) -> Tender | None:
        return next((tender for tender in self.tenders if tender.tender_id == tender_id), None)

    @property
    def all_units(self) -> Units:
        """Every unit of the order."""
        return frozenset((line.line_id, unit) for line in self.lines for unit in range(line.quantity))

    @property
    def bill(self) -> Money:
        """What the order costs in all."""
        lines = sum(line.charged_minor for line in self.lines)
        tip = self.tip.minor if self.tip else 0
        return Money(minor=lines + self.shipping.minor + tip, currency=self.currency)

    @property
    def captured(self) -> Money:
        return total([tender.amount for tender in self.tenders if tender.captured], self.currency)
