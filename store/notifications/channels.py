"""Merchants' settings of channels: the URL, and the secret that signs what is sent to it."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy import sealed_contexts
from store.privacy.encryption import Decoy, DeploymentKeys
from store.tables.all import ChannelRow

USE_OPERATOR = "operator:"  # the URL of a channel that uses the operator's settings
_OF_MERCHANT = (
    select(ChannelRow.merchant, ChannelRow.channel, ChannelRow.sealed)
    .where(col(ChannelRow.merchant) == bindparam("merchant"))
    .order_by(ChannelRow.channel)
)
OFF = "off:"  # the URL of a channel that the merchant switched off, also the operator's


@dataclass(frozen=True)
class ChannelConfig:
    """The settings of a channel. `url` may hold a provider's password: it is never logged and never shown again."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def off(self) -> bool:
        return self.url == OFF


class ChannelConfigs:
    """The table of channels. `keys`: the deployment's."""

    def __init__(self, db: Database, keys: DeploymentKeys) -> None:
        self._db, self._keys = db, keys
        self._decoy = Decoy(keys, _serialized(ChannelConfig(url="x" * 60, secret=_new_secret())))

    async def put(self, merchant: str, channel: str, url: str) -> str:
        """Set the channel's URL; returns its secret, which stays the same."""
        async with self._db.write() as session:
            return (await self._put(session, merchant, channel, url)).secret

    async def disable(self, merchant: str, channel: str, *, shared: bool) -> bool:
        """Switch the channel off; False when it was not in use. `shared`: the operator has such a channel for all merchants."""
        async with self._db.write() as session:
            row = await session.get(ChannelRow, (merchant, channel), with_for_update=True)
            if self._decrypted(row).off if row else not shared:
                return False
            await self._put(session, merchant, channel, OFF)
        return True

    async def _put(self, session: AsyncSession, merchant: str, channel: str, url: str) -> ChannelConfig:
        row = await session.get(ChannelRow, (merchant, channel), with_for_update=True)
        config = ChannelConfig(url=url, secret=self._decrypted(row).secret if row else _new_secret())
        if row is None:
            row = ChannelRow(merchant=merchant, channel=channel, sealed=b"", updated_at=real_now())
        row.sealed, row.updated_at = self._sealed(merchant, channel, config), real_now()
        session.add(row)
        return config

    async def find(self, merchant: str, channel: str) -> ChannelConfig | None:
        """The merchant's settings of one channel; None for unknown merchants and channels alike, at the same cost."""
        async with self._db.read_one() as session:
            row = await session.get(ChannelRow, (merchant, channel))
        if row is None:
            self._decoy.open()
            return None
        return self._decrypted(row)

    async def of(self, merchant: str) -> dict[str, ChannelConfig]:
        """The merchant's settings, by channel."""
        rows = await self._db.fetch_rows(_OF_MERCHANT, merchant=merchant)
        return {row.channel: self._decrypted(row) for row in rows}

    def _sealed(self, merchant: str, channel: str, config: ChannelConfig) -> bytes:
        return self._keys.wrap(sealed_contexts.channel(merchant, channel), _serialized(config))

    def _decrypted(self, row: Any) -> ChannelConfig:
        """`row`: a ChannelRow, or its columns."""
        context = sealed_contexts.channel(row.merchant, row.channel)
        stored = json.loads(self._keys.unwrap(context, row.sealed))
        return ChannelConfig(url=stored["url"], secret=stored["secret"])


def _serialized(config: ChannelConfig) -> bytes:
    return json.dumps({"url": config.url, "secret": config.secret}).encode()


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
