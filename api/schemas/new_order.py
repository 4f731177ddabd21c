"""The body that places an order."""

import json
from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from api.schemas.orders import PromiseInput, invalid_body
from domain.base import Frozen
from domain.clock import Zone
from domain.model.order import (
    PAID_AFTERWARDS,
    Destination,
    Identifier,
    Label,
    Locale,
    MerchantOrderId,
    OrderLine,
    Tender,
    TenderKind,
)
from domain.model.order_prices import BilledPrices, StatedPrices, billed
from domain.model.order_totals import Inconsistency, amount_problems, inconsistencies
from domain.money import Currency, Money
from domain.text import IsText
from ports.storefronts import Buyer, Sale


class CustomerInput(Frozen):
    """The buyer. Name, e-mail and phone are sealed on arrival."""

    customer_id: Identifier
    """The shop's own id of the customer; kept as a pseudonym."""
    name: Label
    """The customer's name, as letters address them."""
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """Where letters go. Without it they go by the other channels that the customer agreed to, or nowhere."""
    locale: Locale | None = None
    """The customer's language, as BCP 47 (`de-AT`); English if it is unset or has no translation."""
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None
    """E.164 (`+4366012345678`). Used only once the customer agreed to a channel that needs it."""
    tier: Label = ""
    """What kind of customer it is, by a name of the shop's; rows of the policy's tables choose by it."""


class DestinationInput(Frozen):
    """The place of delivery. This system does not hold the address."""

    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
    """ISO 3166 in two letters; reserved spellings such as `UK` are read."""
    region: Annotated[str, Field(pattern=r"^([A-Z0-9]{1,3})?$")] = ""
    """The part of the country (ISO 3166-2, without the country). It decides the zone, and whose holidays also count."""
    zone: Zone | None = None
    """The IANA time zone in which a promised day ends. Without it, region and postcode decide; a guess is marked as one."""
    postcode: Annotated[str, Field(max_length=16), *IsText] = ""
    """The postcode, as the customer wrote it."""


class TenderInput(Frozen):
    """One means of payment, and the amount that was or will be paid with it."""

    tender_id: Identifier
    """The shop's own name of this payment, unique in the order."""
    kind: TenderKind
    """What it was paid with. `bank` is a transfer; `pay_later` a provider that pays the shop and collects from the customer."""
    amount: Money
    """The amount, tax included."""
    payment: Identifier | None = None
    """The provider's id of the payment. A refund goes back through it; without one a person pays it. Cards have one."""
    provider: Identifier | None = None
    """The payment provider that holds the payment; the deployment's own one if left out."""
    captured: bool | None = None
    """Whether the money is there; if left out, yes, and no for `invoice` and `cash_on_delivery`. Nothing goes back before."""
    in_shop_currency: Money | None = None
    """The same amount in the currency of the shop's books, at the rate of the order; left out if it is the same one."""

    def tender(self) -> Tender:
        captured = self.kind not in PAID_AFTERWARDS if self.captured is None else self.captured
        return Tender(**self.model_dump(exclude={"captured"}), captured=captured)


class NewOrder(Frozen):
    """An order. Amounts are integer minor units. The tenders sum to lines, shipping and tip, less discounts, tax included."""

    order_id: MerchantOrderId
    """The shop's own order id, unique for the merchant."""
    placed_at: SentInstant
    """When the customer ordered. More than a day ahead is refused."""
    currency: Currency
    """ISO 4217; all amounts of the order are in it."""
    customer: CustomerInput
    """The buyer."""
    destination: DestinationInput
    """Where the goods go."""
    promise: PromiseInput | None = None
    """What the customer was promised. Without it, `service` and the merchant's policy decide."""
    service: Identifier | None = None
    """The delivery service that was chosen, by its name in the merchant's policy."""
    channel: Label = ""
    """Where it was sold, by a name of the shop's, as `web` or `store`; rows of the policy's tables choose by it."""
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    """The articles that were bought."""
    discount: Money | None = None
    """Taken off the lines together, after their own discounts. Each line has its share, in proportion to its price."""
    shipping: Money
    """What the customer paid for shipping; zero if it was free."""
    tip: Money | None = None
    """What the customer gave on top."""
    tax: Money | None = None
    """The tax of lines and shipping together. Lines that state no tax of their own share what is left of it."""
    shipping_tax: Money | None = None
    """The part of `tax` that is on shipping."""
    tax_included: bool = True
    """Whether prices, discounts and shipping include the tax; else it comes on top of them."""
    tenders: Annotated[tuple[TenderInput, ...], Field(max_length=10)]
    """What the order was paid with, or will be, and how much of each."""

    def parts(self) -> dict[str, str]:
        """Each part of the request in one form, by its JSON pointer, so that the same order is told from another one.

        The customer is one part: no pointer says which personal value differs. Fields that are unset are left out.
        """
        document = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        parts: dict[str, object] = {}
        for name, value in document.items():
            if name in ("lines", "tenders"):
                parts |= {f"/{name}/{place}": one for place, one in enumerate(value)}
            elif name in ("destination", "promise"):
                parts |= {f"/{name}/{field}": one for field, one in value.items()}
            else:
                parts[f"/{name}"] = value
        return {pointer: json.dumps(part, sort_keys=True) for pointer, part in parts.items()}

    def sale(self, destination: Destination) -> Sale:
        """The order as it is billed. Raises Problem invalid_body with every reason why it cannot be one."""
        prices = self._billed()
        sale = Sale(
            order_id=self.order_id,
            placed_at=self.placed_at,
            currency=self.currency,
            buyer=Buyer(**{**self.customer.model_dump(exclude={"tier"}), "email": self.customer.email or ""}),
            destination=destination,
            service=self.service,
            lines=prices.lines,
            shipping=prices.shipping,
            tip=self.tip,
            discount=self.discount,
            tax=prices.tax,
            shipping_tax=prices.shipping_tax,
            tenders=tuple(tender.tender() for tender in self.tenders),
            channel=self.channel,
            tier=self.customer.tier,
        )
        if found := inconsistencies(sale):
            raise invalid_body(found)
        return sale

    def _billed(self) -> BilledPrices:
        if found := [*amount_problems(self), *self._other_amounts()]:
            raise invalid_body(found)
        stated = StatedPrices(
            **{name: getattr(self, name) for name in StatedPrices.model_fields if name != "lines"},
            lines=self.lines,
        )
        prices = billed(stated)
        if isinstance(prices, Inconsistency):
            raise invalid_body([prices])
        return prices

    def _other_amounts(self) -> list[Inconsistency]:
        """What is wrong with the amounts that only the whole order has."""
        amounts = {"/discount": self.discount, "/tax": self.tax, "/shipping_tax": self.shipping_tax}
        stated = {where: amount for where, amount in amounts.items() if amount is not None}
        found = [
            Inconsistency("currency_mismatch", where)
            for where, one in stated.items()
            if one.currency != self.currency
        ]
        return found + [
            Inconsistency("negative_amount", where) for where, one in stated.items() if one.minor < 0
        ]
