"""The channels a merchant set up: where they lead, and the secret both sides sign with."""

import base64
import json
import secrets
from dataclasses import dataclass, field

from sqlmodel import col, delete, select

from store.columns import real_now
from store.database import Database
from store.sealing import Master
from store.tables import ChannelRow


@dataclass(frozen=True)
class ChannelSetUp:
    """Where a channel leads. `url` may hold a provider's password: never logged and never shown again."""

    url: str = field(repr=False)
    secret: str = field(repr=False)


class ChannelBook:
    """The table of channels. `master`: the deployment's secret."""

    def __init__(self, db: Database, master: bytes) -> None:
        self._db, self._master = db, Master(master)

    async def put(self, merchant: str, channel: str, url: str) -> str:
        """Lead the channel there from now on; answers its secret, which stays the same."""
        async with self._db.write() as session:
            row = await session.get(ChannelRow, (merchant, channel), with_for_update=True)
            secret = self._opened(row).secret if row else _new_secret()
            text = json.dumps({"url": url, "secret": secret}).encode()
            sealed = self._master.wrap(_place(merchant, channel), text)
            if row is None:
                row = ChannelRow(merchant=merchant, channel=channel, sealed=b"", updated_at=real_now())
            row.sealed, row.updated_at = sealed, real_now()
            session.add(row)
        return secret

    async def remove(self, merchant: str, channel: str) -> bool:
        """No longer use it; false when it was not set up."""
        this = delete(ChannelRow).where(
            col(ChannelRow.merchant) == merchant, col(ChannelRow.channel) == channel
        )
        async with self._db.write() as session:
            return (await session.exec(this)).rowcount == 1

    async def of(self, merchant: str) -> dict[str, ChannelSetUp]:
        """What the merchant set up, by channel."""
        mine = select(ChannelRow).where(ChannelRow.merchant == merchant)
        async with self._db.look() as session:
            rows = (await session.exec(mine.order_by(ChannelRow.channel))).all()
        return {row.channel: self._opened(row) for row in rows}

    def _opened(self, row: ChannelRow) -> ChannelSetUp:
        known = json.loads(self._master.unwrap(_place(row.merchant, row.channel), row.sealed))
        return ChannelSetUp(url=known["url"], secret=known["secret"])


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _place(merchant: str, channel: str) -> str:
    return f"channel/{merchant}/{channel}"
