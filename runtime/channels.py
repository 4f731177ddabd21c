"""The notification channels of a merchant: e-mail, and those that the merchant or the operator configured."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.channels import apprise_channel
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.webhook import WebhookChannel
from domain.model.notice_policy import ChannelName
from ports.channels import Channel
from ports.webhooks import WebhookTransport
from store.notifications.channels import OFF, USE_OPERATOR, ChannelConfig, ChannelConfigs
from store.notifications.mail_senders import MailSenders

WEB_PUSH_URL = "webpush:"  # the URL of the push channel that reaches the browsers which customers registered
MAILBOX_URL = "mailbox:"  # the URL of a channel whose messages are only stored, for agents to read


@dataclass(frozen=True)
class MerchantChannels:
    """Makes channels from their URLs.

    - `email`: the e-mail channel of all merchants.
    - `configs`: the merchants' own channels.
    - `transport`: sends the messages of webhook channels.
    - `shared`: URLs of the operator's channels, for merchants without their own.
    - `senders`: says which merchants are sandboxes: their letters leave by no channel.
    - `sandbox_sends`: they leave after all, for development on one machine.
    - `web_push`: reaches browsers, for merchants whose push channel does; `public_key`: with which these register.
    - `unrestricted`: URLs may lead to private addresses, for development and tests.
    """

    email: Channel
    configs: ChannelConfigs
    senders: MailSenders
    transport: WebhookTransport
    shared: Mapping[ChannelName, str]
    unrestricted: bool = False
    sandbox_sends: bool = False
    web_push: Channel | None = None
    public_key: str = ""

    async def for_merchant(self, merchant: str) -> dict[ChannelName, Channel]:
        """The channels that can send to the merchant's customers."""
        own = await self.configs.of(merchant)
        channels: dict[ChannelName, Channel] = {"email": self.email}
        for name in _CONFIGURABLE:
            url = self._url(name, own)
            if url is not None and url != OFF:
                channels[name] = self._channel(name, url, own.get(name))
        if not self.sandbox_sends and (await self.senders.profile(merchant)).sandbox:
            return dict.fromkeys(channels, MailboxChannel())
        return channels

    async def push_key(self, merchant: str) -> str:
        """See `PushKeys`."""
        url = self._url("push", await self.configs.of(merchant))
        return self.public_key if url == WEB_PUSH_URL else ""

    def _url(self, name: ChannelName, own: Mapping[str, ChannelConfig]) -> str | None:
        configured = own[name].url if name in own else USE_OPERATOR
        return self.shared.get(name) if configured == USE_OPERATOR else configured

    def _channel(self, name: ChannelName, url: str, own: ChannelConfig | None) -> Channel:
        if url == MAILBOX_URL:
            return MailboxChannel()
        if url == WEB_PUSH_URL and self.web_push is not None:
            return self.web_push
        if name == "webhook":
            assert own is not None, "a webhook channel is the merchant's own: its secret signs the messages"
            return WebhookChannel(self.transport, url, own.secret)
        return apprise_channel.AppriseChannel(
            url, unrestricted=self.unrestricted or url == self.shared.get(name)
        )

    async def rejection_reason(self, name: ChannelName, url: str) -> str | None:
        """A code that says why the channel cannot have that URL; None when it can. Nothing is sent."""
        if url == USE_OPERATOR:
            return None if name in self.shared else "no_shared_channel"
        if url == MAILBOX_URL or (url == WEB_PUSH_URL and name == "push" and self.web_push is not None):
            return None
        if name == "webhook":
            return await self.transport.rejection_reason(url)
        if "{to}" not in url:
            return "no_recipient_placeholder"
        try:
            return await apprise_channel.rejection_reason(url, unrestricted=self.unrestricted)
        except apprise_channel.ChannelNotInstalled:
            return "channels_not_installed"


_CONFIGURABLE: tuple[ChannelName, ...] = ("sms", "whatsapp", "push", "chat", "webhook")
