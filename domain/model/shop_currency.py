"""What refunds are in the currency of the shop's books, at the rate of the order: no rate of the day changes what was paid."""

from domain.model.order import Order
from domain.model.settlement import Settlement
from domain.money import Money


def give_shop_amounts(order: Order, settlement: Settlement, earlier: list[Settlement]) -> None:
    """Give each leg its amount in the shop's currency. All refunds of a tender together are exactly the tender's."""
    for leg in settlement.legs:
        tender = order.tender(leg.tender_id)
        if tender is None or tender.in_shop_currency is None:
            continue
        whole = tender.in_shop_currency
        gone, booked = _gone(leg.tender_id, earlier)
        upto = whole.minor * (gone + leg.principal.minor) // tender.amount.minor
        minor = min(max(0, upto - booked), max(0, whole.minor - booked))
        if settlement.takes_back:
            minor = whole.minor * leg.principal.minor // tender.amount.minor
        leg.in_shop_currency = Money(minor=minor, currency=whole.currency)


def _gone(tender_id: str, earlier: list[Settlement]) -> tuple[int, int]:
    """What has gone back of the tender, in the order's currency and in the shop's, in minor units."""
    gone, booked = 0, 0
    for settlement in earlier:
        sign = -1 if settlement.takes_back else 1
        for leg in settlement.legs:
            counts = leg.status == "settled" if settlement.takes_back else leg.status != "skipped"
            if leg.tender_id == tender_id and counts and leg.in_shop_currency is not None:
                gone += sign * leg.principal.minor
                booked += sign * leg.in_shop_currency.minor
    return gone, booked
