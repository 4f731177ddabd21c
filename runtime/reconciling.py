"""`smot reconcile`: every parcel under way is looked up once at its carrier, and what a lost message left out is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from activities.carriers import Looker
from adapters.carriers.asking import Http
from domain import looking
from domain.journey import JourneyState
from domain.parcels import Parcel
from runtime.checking import Unreachable, reaching
from runtime.connecting import connect
from runtime.deployment import found
from runtime.secrets import master_key
from runtime.settings import Settings
from runtime.wiring import make_looker
from store.clock import Clocks
from store.database import Database
from store.orders import Orders
from store.poll_accounts import PollAccounts
from store.records import JourneyRecords
from workflows.journeys import Journeys


class Reconciled(BaseModel):
    """What came of it, counted in parcels. `unanswered`: to be asked again, by the next call."""

    looked: int = 0
    found: int = 0
    not_known: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class Reconciler:
    """Asks, compares, tells. Reports merge by their own time, so doing it twice or beside a watch does no harm.

    `silent`: only parcels nobody has scanned for that long.
    """

    db: Database
    journeys: Journeys
    looker: Looker
    silent: timedelta

    async def run(self, merchant: str) -> Reconciled:
        """All open orders of that merchant, one after the other: its account's budget is shared with the watches."""
        came = Reconciled()
        records, now = JourneyRecords(self.db), await Clocks(self.db).business_now(merchant)
        for order in await Orders(self.db).open_ones(merchant):
            snapshot = await records.snapshot(merchant, order)
            for parcel in self._wanted(snapshot.state, now) if snapshot else ():
                assert snapshot is not None
                await self._look(snapshot.state, parcel, now, came)
        return came

    def _wanted(self, state: JourneyState, now: datetime) -> list[Parcel]:
        """Also of orders that began before their merchant had an account."""
        watched = looking.watched(state.model_copy(update={"polling": True}))
        return [p for p in watched if now - (p.standing.moved_at or p.registered_at) >= self.silent]

    async def _look(self, state: JourneyState, parcel: Parcel, now: datetime, came: Reconciled) -> None:
        ask = looking.ask_of(state, parcel).model_copy(update={"not_before": now})
        looked = await self.looker.look(ask, now)
        came.looked += 1
        came.not_known += looked.answer == "not_known"
        came.unanswered += looked.answer in ("later", "no_account")
        if looked.report is not None and looking.adds(parcel, looked):
            came.found += 1
            await self.journeys.tell(state.order.merchant, state.order.order, looked.report)


async def reconcile(settings: Settings, merchant: str | None, silent: timedelta) -> dict[str, Reconciled]:
    """Per merchant with an account what came of it. Raises Unreachable."""
    with reaching(settings):
        where = found(settings)
        db, http = Database(where.database_url), Http(where.tracker_timeout)
        try:
            accounts = await _with_account(db, settings, merchant)
            looker, journeys = make_looker(where, db, http), Journeys(await connect(where))
            reconciler = Reconciler(db, journeys, looker, silent)
            return {name: await reconciler.run(name) for name in accounts}
        finally:
            await http.close()
            await db.close()


async def _with_account(db: Database, settings: Settings, merchant: str | None) -> list[str]:
    known = await PollAccounts(db, master_key(settings)).merchants()
    if merchant is not None and merchant not in known:
        raise Unreachable(
            f"{merchant} has no account at a tracking service: `smot merchants poll` gives it one"
        )
    return [merchant] if merchant else known
