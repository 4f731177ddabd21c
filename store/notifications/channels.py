"""The channels a merchant set up: where they lead, and the secret both sides sign with."""

import base64
import json
import secrets
from dataclasses import dataclass, field

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy.encryption import MasterKey
from store.tables.all import ChannelRow

USE_OPERATOR = "operator:"  # the URL of a channel that leads wherever the operator's does
OFF = "off:"  # and of one that the merchant does not want, not even the operator's


@dataclass(frozen=True)
class ChannelConfig:
    """Where a channel leads. `url` may hold a provider's password: never logged and never shown again."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def off(self) -> bool:
        return self.url == OFF


class ChannelConfigs:
    """The table of channels. `master`: the deployment's secret."""

    def __init__(self, db: Database, master: bytes) -> None:
        self._db, self._master = db, MasterKey(master)

    async def put(self, merchant: str, channel: str, url: str) -> str:
        """Lead the channel there from now on; answers its secret, which stays the same."""
        async with self._db.write() as session:
            return (await self._put(session, merchant, channel, url)).secret

    async def disable(self, merchant: str, channel: str, *, shared: bool) -> bool:
        """No longer use it, also the operator's (`shared`: there is one); false when it was not in use."""
        async with self._db.write() as session:
            row = await session.get(ChannelRow, (merchant, channel), with_for_update=True)
            if self._opened(row).off if row else not shared:
                return False
            await self._put(session, merchant, channel, OFF)
        return True

    async def _put(self, session: AsyncSession, merchant: str, channel: str, url: str) -> ChannelConfig:
        row = await session.get(ChannelRow, (merchant, channel), with_for_update=True)
        made = ChannelConfig(url=url, secret=self._opened(row).secret if row else _new_secret())
        text = json.dumps({"url": made.url, "secret": made.secret}).encode()
        if row is None:
            row = ChannelRow(merchant=merchant, channel=channel, sealed=b"", updated_at=real_now())
        row.sealed, row.updated_at = self._master.wrap(_seal_context(merchant, channel), text), real_now()
        session.add(row)
        return made

    async def of(self, merchant: str) -> dict[str, ChannelConfig]:
        """What the merchant set up or switched off, by channel."""
        mine = select(ChannelRow).where(ChannelRow.merchant == merchant)
        async with self._db.read_one() as session:
            rows = (await session.exec(mine.order_by(ChannelRow.channel))).all()
        return {row.channel: self._opened(row) for row in rows}

    def _opened(self, row: ChannelRow) -> ChannelConfig:
        known = json.loads(self._master.unwrap(_seal_context(row.merchant, row.channel), row.sealed))
        return ChannelConfig(url=known["url"], secret=known["secret"])


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _seal_context(merchant: str, channel: str) -> str:
    return f"channel/{merchant}/{channel}"
