"""Shopify's bodies as far as they are read."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from adapters.storefronts.lenient_fields import Amount, Count, Id, LenientModel, Many, Maybe, Text, Time


class AmountIn(LenientModel):
    """An amount and its currency, which has two names in Shopify's bodies."""

    amount: Amount
    currency: Text = Field(default="", validation_alias=AliasChoices("currency_code", "currency"))


class MoneySet(LenientModel):
    """One amount in the shop's currency and in the buyer's."""

    shop_money: Maybe[AmountIn] = None
    presentment_money: Maybe[AmountIn] = None


class Discount(LenientModel):
    amount: Amount


class Tax(LenientModel):
    price: Amount


class Picture(LenientModel):
    """A picture of an article, whose address has two names in Shopify's bodies."""

    address: Text = Field(default="", validation_alias=AliasChoices("src", "url"))


class Line(LenientModel):
    """A line of an order. tip: present where the line is a tip and no goods. image: of apps that add it to the body."""

    id: Id
    title: Text = ""
    sku: Text = ""
    quantity: Count = 0
    price: Amount
    total_discount: Amount = "0"
    discount_allocations: Many[Discount] = []
    tax_lines: Many[Tax] = []
    requires_shipping: bool = True
    gift_card: bool = False
    tip: Any = None
    image: Maybe[Picture] = None


class ShippingLine(LenientModel):
    price: Amount
    discounted_price: Amount | None = None
    discount_allocations: Many[Discount] = []
    tax_lines: Many[Tax] = []


class Address(LenientModel):
    name: Text = ""
    country_code: Text = ""
    province_code: Text = ""
    zip: Text = ""


class ShopifyCustomer(LenientModel):
    id: Id
    email: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    locale: Text = ""


class Transaction(LenientModel):
    """A payment or refund. amount and currency: the buyer's, where they differ from the shop's."""

    id: Id
    kind: Text
    status: Text = ""
    amount: Amount
    currency: Text = ""
    amount_set: Maybe[MoneySet] = None
    gateway: Text = ""


class FulfillmentLine(LenientModel):
    id: Id
    quantity: Count = 0


class Fulfillment(LenientModel):
    id: Id
    order_id: Id
    created_at: Time
    updated_at: Time | None = None
    status: Text | None = None
    shipment_status: Text | None = None
    tracking_company: Text | None = None
    tracking_number: Text | None = None
    tracking_numbers: Annotated[Many[Text], Field(max_length=50)] = []
    line_items: Annotated[Many[FulfillmentLine], Field(max_length=500)] = []


class RefundLine(LenientModel):
    line_item_id: Id
    quantity: Count = 0
    restock_type: Text = ""
    subtotal_set: Maybe[MoneySet] = None
    total_tax_set: Maybe[MoneySet] = None


class RefundShippingLine(LenientModel):
    subtotal_amount_set: Maybe[MoneySet] = None


class Adjustment(LenientModel):
    """A difference between a refund and its lines; negative where more was paid back."""

    kind: Text = ""
    amount_set: Maybe[MoneySet] = None
    tax_amount_set: Maybe[MoneySet] = None


class AboutOrder(LenientModel):
    """The order that a body is about."""

    order_id: Id


class ShopifyRefund(LenientModel):
    id: Id
    order_id: Id
    created_at: Time
    note: Text = ""
    refund_line_items: Annotated[Many[RefundLine], Field(max_length=200)] = []
    refund_shipping_lines: Annotated[Many[RefundShippingLine], Field(max_length=50)] = []
    order_adjustments: Annotated[Many[Adjustment], Field(max_length=50)] = []
    total_duties_set: Maybe[MoneySet] = None
    total_additional_fees_set: Maybe[MoneySet] = None
    transactions: Annotated[Many[Transaction], Field(max_length=20)] = []


class ShopifyOrder(LenientModel):
    """An order. fulfillments, refunds: read one by one, so that one of them cannot hide the others.

    current_total_price: what the order comes to after edits and refunds.
    """

    id: Id
    name: Text = ""
    created_at: Time
    updated_at: Maybe[Time] = None
    cancelled_at: Time | None = None
    currency: Text
    presentment_currency: Text = ""
    financial_status: Text = ""
    taxes_included: bool = False
    total_price: Amount
    total_price_set: Maybe[MoneySet] = None
    current_total_price: Amount | None = None
    total_tax: Amount = "0"
    total_discounts: Amount = "0"
    total_tip_received: Amount = "0"
    original_total_duties_set: Maybe[MoneySet] = None
    original_total_additional_fees_set: Maybe[MoneySet] = None
    total_cash_rounding_payment_adjustment_set: Maybe[MoneySet] = None
    email: Text = ""
    contact_email: Text = ""
    customer_locale: Text = ""
    customer: Maybe[ShopifyCustomer] = None
    shipping_address: Maybe[Address] = None
    billing_address: Maybe[Address] = None
    line_items: Annotated[list[Line], Field(max_length=500)]
    shipping_lines: Annotated[Many[ShippingLine], Field(max_length=50)] = []
    payment_gateway_names: Annotated[Many[Text], Field(max_length=20)] = []
    gateway: Text = ""
    transactions: Annotated[Many[Transaction], Field(max_length=50)] = []
    fulfillments: Many[Any] = []
    refunds: Many[Any] = []
