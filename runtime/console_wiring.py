"""The use cases of the people who work with orders, put together on the stores of a process."""

from dataclasses import dataclass

from api.context import ConsoleServices
from runtime.staff_order_wiring import make_undo_window
from runtime.stores import Stores
from services.commands import CommandExecutor
from services.console.bulk import BulkWork
from services.console.macros import MacroService
from services.console.panel import CustomerPanel
from services.console.people import People
from services.console.preferences import ConsolePreferences
from services.console.queue import AttentionQueue
from services.console.search_box import SearchBox
from services.key_names import KeyNames
from services.order_names import OrderNames
from services.order_reader import OrderReader
from services.orders.search import OrderSearch
from services.screen_watch import ScreenWatch, watched_queues
from services.tokens import TokenSigner
from store.merchants.console_settings import ConsoleSettings
from store.merchants.reply_macros import ReplyMacros
from store.orders.labels import OrderLabels
from store.orders.search_hits import SearchHits


@dataclass(frozen=True)
class ConsoleParts:
    """What the console shares with others of the process."""

    names: KeyNames
    search: OrderSearch
    orders: OrderReader
    commands: CommandExecutor
    tokens: TokenSigner


def make_console_services(stores: Stores, parts: ConsoleParts) -> ConsoleServices:
    people = People((parts.names,))
    names = OrderNames(OrderLabels(stores.db), stores.vault)
    queue = AttentionQueue(stores.attention, stores.attention_claims, names, stores.clocks, people)
    return ConsoleServices(
        queue=queue,
        names=names,
        watch=ScreenWatch(watched_queues(stores.attention)),
        preferences=ConsolePreferences(ConsoleSettings(stores.db)),
        search=SearchBox(parts.search, SearchHits(stores.db), stores.vault),
        bulk=BulkWork(
            queue, parts.orders, make_undo_window(stores, parts.orders, parts.commands), stores.vault
        ),
        macros=MacroService(ReplyMacros(stores.db), parts.orders, people, stores.audit, stores.clocks),
        panel=CustomerPanel(parts.search, parts.orders, parts.tokens),
    )
