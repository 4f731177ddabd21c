"""`smot order`: what happened to one order and what is planned, read in the database of a deployment."""

from runtime.admin.connection import deployment
from runtime.config.cluster import require_master_key
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.errors import CommandFailed
from runtime.reader_wiring import make_order_reader
from runtime.stores import make_stores
from services.journeys import Journeys
from services.key_names import KeyNames
from services.orders.life import life_of_order
from services.orders.life_picture import OrderLife
from services.orders.timeline import OrderTimeline


async def read_life(settings: Settings, merchant: str, order_id: str) -> OrderLife:
    """The life of an order, by the shop's id or ours. Raises DeploymentUnreachable, and CommandFailed for an unknown order."""
    async with deployment(settings) as running:
        if not running.settings.secrets_file.exists():
            require_master_key(running.settings)  # else a new key would be made, which opens nothing
        stores = make_stores(running.db, await open_deployment_keys(running.settings, running.db))
        journeys = Journeys(await running.connect())
        reader = make_order_reader(stores, journeys)
        timeline = OrderTimeline(
            reader, stores.audit, stores.outbox, stores.vault, KeyNames(stores.api_keys, stores.users)
        )
        order = await reader.find(merchant, order_id)
        if order is None:
            raise CommandFailed(f"{merchant} has no order {order_id}")
        return await life_of_order(timeline, order)
