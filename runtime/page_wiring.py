"""Puts together what the pages of an order read."""

from runtime.stores import Stores
from services.commands import CommandExecutor
from services.key_names import KeyNames
from services.order_reader import OrderReader
from services.orders.customer_pages import CustomerPages
from services.orders.feedback import OrderFeedback
from services.orders.history import OrderHistory
from services.tokens import TokenSigner


def make_customer_pages(stores: Stores, reader: OrderReader) -> CustomerPages:
    return CustomerPages(reader, stores.outbox, stores.letters, stores.brands, stores.clocks)


def make_history(stores: Stores, reader: OrderReader, names: KeyNames) -> OrderHistory:
    return OrderHistory(
        reader, stores.audit, stores.outbox, stores.letters, stores.vault, names, stores.clocks
    )


def make_feedback(
    stores: Stores, reader: OrderReader, commands: CommandExecutor, tokens: TokenSigner
) -> OrderFeedback:
    return OrderFeedback(reader, commands, tokens, stores.link_epochs, stores.preferences, stores.vault)
