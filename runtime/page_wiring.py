"""Puts together what the pages of an order read."""

from ports.channels import ChannelDirectory
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.key_names import KeyNames
from services.notifications.choice_page import ChoicePages
from services.order_reader import OrderReader
from services.orders.customer_links import CustomerLinks
from services.orders.customer_pages import CustomerPages
from services.orders.feedback import OrderFeedback
from services.orders.history import OrderHistory
from services.orders.lookup import OrderLookup
from services.tokens import TokenSigner
from store.notifications.order_links import OrderLinkLetters
from store.orders.one_time_links import OneTimeLinks


def make_customer_pages(stores: Stores, reader: OrderReader) -> CustomerPages:
    return CustomerPages(
        reader, stores.outbox, stores.letters, stores.brands, stores.clocks, stores.languages
    )


def make_choice_pages(stores: Stores, reader: OrderReader, channels: ChannelDirectory) -> ChoicePages:
    return ChoicePages(reader, stores.preferences, stores.languages, channels, stores.clocks)


def make_history(stores: Stores, reader: OrderReader, names: KeyNames) -> OrderHistory:
    return OrderHistory(
        reader,
        stores.audit,
        stores.outbox,
        stores.letters,
        stores.vault,
        names,
        stores.clocks,
        stores.brandings,
    )


def make_lookup(
    stores: Stores, reader: OrderReader, tokens: TokenSigner, links: CustomerLinks
) -> OrderLookup:
    return OrderLookup(
        orders=reader,
        index=stores.order_search,
        vault=stores.vault,
        tokens=tokens,
        letters=OrderLinkLetters(stores.db),
        used=OneTimeLinks(stores.db),
        epochs=stores.link_epochs,
        links=links,
        clocks=stores.clocks,
        brands=stores.brands,
    )


def make_feedback(
    stores: Stores, reader: OrderReader, commands: CommandExecutor, tokens: TokenSigner
) -> OrderFeedback:
    return OrderFeedback(
        orders=reader,
        commands=commands,
        tokens=tokens,
        epochs=stores.link_epochs,
        preferences=stores.preferences,
        languages=stores.languages,
        vault=stores.vault,
    )
