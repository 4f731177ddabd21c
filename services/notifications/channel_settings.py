"""Channels besides e-mail: where a merchant's messages leave, and the secret that both sides sign with."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.model.notice_policy import CHANNELS, ChannelName
from ports.channels import ChannelDirectory
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.notifications.channels import USE_OPERATOR, ChannelConfigs


class ChannelUrlRejected(Exception):
    """A URL that cannot be that channel's. `reason`: why, in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ChannelSettings:
    """The use cases of a merchant's channels. Every change is audited."""

    configs: ChannelConfigs
    directory: ChannelDirectory
    audit: AuditLog
    clocks: Clocks

    async def enabled(self, merchant: str) -> list[ChannelName]:
        """Channels that the merchant set up, and those of the operator that it uses, in our order."""
        own = await self.configs.of(merchant)
        return [name for name in CHANNELS if (not own[name].off if name in own else await self._shared(name))]

    async def set_up(self, merchant: str, actor: Actor, channel: ChannelName, url: str | None) -> str:
        """Have messages leave by that channel, or by the operator's without a URL; its secret. Raises ChannelUrlRejected."""
        url = url or USE_OPERATOR
        reason = await self.directory.rejection_reason(channel, url)
        if reason is not None:
            raise ChannelUrlRejected(reason)
        secret = await self.configs.put(merchant, channel, url)
        await self._audit(merchant, actor, channel, "channel_configured")
        return secret

    async def switch_off(self, merchant: str, actor: Actor, channel: ChannelName) -> bool:
        """No longer send by that channel, nor by the operator's of that name; false where it was not in use."""
        shared = await self._shared(channel)
        if not await self.configs.disable(merchant, channel, shared=shared):
            return False
        await self._audit(merchant, actor, channel, "channel_deleted")
        return True

    async def reply_secret(self, merchant: str, channel: str) -> tuple[ChannelName, str] | None:
        """The channel of that name and what replies on it are signed with; None for unknown merchants and channels alike.

        A channel that is switched off has one too: a STOP to what left before holds when it is switched on again.
        """
        config = await self.configs.find(merchant, channel)
        name = next((one for one in CHANNELS if one == channel), None)
        return (name, config.secret) if name and config else None

    async def _shared(self, channel: ChannelName) -> bool:
        """Whether the operator has such a channel for all merchants."""
        return await self.directory.rejection_reason(channel, USE_OPERATOR) is None

    async def _audit(self, merchant: str, actor: Actor, channel: str, action: str) -> None:
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, action, at, subject=channel))
