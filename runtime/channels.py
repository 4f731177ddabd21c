"""The channels of each merchant: e-mail for all, others where the merchant or the operator set them up."""

from collections.abc import Mapping

from adapters.channels import apprise_channel
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.webhook import WebhookChannel
from domain.model.notice_policy import ChannelName
from ports.channels import Channel, Mailbox
from ports.webhooks import WebhookTransport
from store.notifications.channels import OFF, USE_OPERATOR, ChannelConfig, ChannelConfigs

MAILBOX_URL = "mailbox:"  # the URL of a channel whose messages are kept where agents read them


class MerchantChannels:
    """Makes channels from their URLs. `shared`: the operator's, for merchants without one of their own.

    `anywhere`: URLs may lead to private addresses, for development and tests.
    """

    def __init__(
        self, email: Channel, mailbox: Mailbox, book: ChannelConfigs, sender: WebhookTransport,
        shared: Mapping[ChannelName, str], *, unrestricted: bool = False,
    ) -> None:  # fmt: skip
        self._email, self._kept = email, MailboxChannel(mailbox)
        self._book, self._sender, self._shared, self._anywhere = book, sender, shared, unrestricted

    async def for_merchant(self, merchant: str) -> dict[ChannelName, Channel]:
        """Every channel by which that merchant's customers can be told."""
        own = await self._book.of(merchant)
        known: dict[ChannelName, Channel] = {"email": self._email}
        for name in _CONFIGURABLE:
            theirs = own[name].url if name in own else USE_OPERATOR
            url = self._shared.get(name) if theirs == USE_OPERATOR else theirs
            if url is not None and url != OFF:
                known[name] = self._channel(name, url, own.get(name))
        return known

    def _channel(self, name: ChannelName, url: str, own: ChannelConfig | None) -> Channel:
        if url == MAILBOX_URL:
            return self._kept
        if name == "webhook":
            assert own is not None, "a webhook is the merchant's own, signed with its secret"
            return WebhookChannel(self._sender, url, own.secret)
        return apprise_channel.AppriseChannel(
            url, unrestricted=self._anywhere or url == self._shared.get(name)
        )

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. Nothing is sent."""
        if url == USE_OPERATOR:
            return None if name in self._shared else "no_shared_channel"
        if url == MAILBOX_URL:
            return None
        if name == "webhook":
            return await self._sender.rejection_reason(url)
        if "{to}" not in url:
            return "no_recipient_placeholder"
        try:
            return await apprise_channel.rejection_reason(url, unrestricted=self._anywhere)
        except apprise_channel.ChannelNotInstalled:
            return "channels_not_installed"


_CONFIGURABLE: tuple[ChannelName, ...] = ("sms", "whatsapp", "push", "chat", "webhook")
