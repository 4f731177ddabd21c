"""Connects the use cases of returns, and of the customers' pages about them."""

from dataclasses import dataclass

from adapters.messages.return_labels import CatalogueReturnLabels
from api.context import ReturnServices
from ports.stock import Stock
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.drop_off_codes import DropOffCodes
from services.key_names import KeyNames
from services.order_reader import OrderReader
from services.orders.conversations import Conversations
from services.orders.customer_links import CustomerLinks
from services.orders.linked_orders import LinkedOrders
from services.returns.changes import ReturnChanges
from services.returns.code_pages import CodePages
from services.returns.dock import Dock
from services.returns.drop_offs import DropOffService
from services.returns.explaining import ReturnExplainer
from services.returns.opening import ReturnOpening
from services.returns.quoting import ReturnQuoting
from services.returns.reader import ReturnReader
from services.returns.returnable import ReturnForms
from services.returns.unknown_goods import UnknownGoodsService
from services.tokens import TokenSigner
from services.withdrawals.service import WithdrawalService


@dataclass(frozen=True)
class ReturnParts:
    """What the use cases of returns share with others."""

    orders: OrderReader
    commands: CommandExecutor
    tokens: TokenSigner
    codes: DropOffCodes
    stock: Stock


def make_return_services(
    stores: Stores, parts: ReturnParts, withdrawals: WithdrawalService
) -> ReturnServices:
    orders, codes, clocks = parts.orders, parts.codes, stores.clocks
    reader = ReturnReader(orders, stores.returns, codes, clocks)
    quoting = ReturnQuoting(orders, parts.tokens, parts.stock, stores.customer_histories)
    changes = ReturnChanges(parts.commands, stores.vault)
    unknown = UnknownGoodsService(
        stores.unknown_goods, KeyNames(stores.api_keys, stores.users), stores.clocks, stores.vault
    )
    return ReturnServices(
        reader=reader,
        forms=ReturnForms(orders, clocks, CatalogueReturnLabels(), parts.stock),
        opening=ReturnOpening(quoting, orders, parts.commands, clocks, codes, stores.vault),
        changes=changes,
        dock=Dock(reader, changes, unknown),
        drop_offs=DropOffService(reader, parts.commands),
        code_pages=CodePages(orders, reader, parts.tokens, stores.link_epochs, stores.brands, codes, clocks),
        withdrawals=withdrawals,
        explainer=ReturnExplainer(orders, stores.policies),
    )


def make_linked_orders(stores: Stores, parts: ReturnParts) -> LinkedOrders:
    links = CustomerLinks(parts.tokens, stores.link_epochs, stores.clocks, parts.orders, stores.audit)
    return LinkedOrders(parts.orders, links, stores.languages, stores.vault)


def make_conversations(stores: Stores, parts: ReturnParts) -> Conversations:
    names = KeyNames(stores.api_keys, stores.users)
    return Conversations(parts.orders, parts.commands, stores.audit, stores.vault, names)
