"""What a payment of an order in Shopify still holds."""

from adapters.shopify.answers import AdminOrder, PaidTransaction
from domain.money import Money, zero


def left_of(order: AdminOrder, parent: PaidTransaction) -> Money:
    """What the payment still holds in the shop's currency; a refund that waits has its money already. Raises AmountNotExact."""
    left = parent.amount_set.shop_money.money()
    for one in given_back(order, parent):
        left = left - one.amount_set.shop_money.money()
    return max(left, zero(left.currency))


def given_back(order: AdminOrder, parent: PaidTransaction) -> list[PaidTransaction]:
    """The refunds of that payment which have paid or will pay."""
    return [
        one
        for one in order.transactions
        if one.gives and one.parent_transaction is not None and one.parent_transaction.id == parent.id
    ]
