"""What every process does for itself and for all: it writes that it runs, and finishes what a crash left behind."""

from runtime.config.version import smot_version
from runtime.privacy_wiring import make_erasures, make_nightly_retention
from runtime.stores import Stores
from services.heartbeat import Heartbeat
from services.housekeeping import Housekeeping
from services.journeys import Journeys
from services.started_orders import StartedOrders
from services.withdrawals.steps import WithdrawalSteps
from store.privacy.processes import this_process


def make_heartbeat(stores: Stores, kind: str) -> Heartbeat:
    row = this_process(kind, smot_version().text, stores.keys)
    return Heartbeat(stores.db, stores.processes, stores.keys, row, stores.api_keys)


def make_housekeeping(
    stores: Stores, journeys: Journeys, started: StartedOrders, withdrawals: WithdrawalSteps
) -> Housekeeping:
    return Housekeeping(
        db=stores.db,
        journeys=journeys,
        started=started,
        order_schedule=stores.order_schedule,
        clocks=stores.clocks,
        policies=stores.policies,
        inbox=stores.inbox,
        webhooks=stores.webhook_deliveries,
        erasures=make_erasures(stores),
        retention=make_nightly_retention(stores),
        withdrawals=withdrawals,
        sessions=stores.user_sessions,
        openid_attempts=stores.openid_attempts,
    )
