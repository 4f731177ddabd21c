"""The channels of each merchant: e-mail for all, others where the merchant or the operator set them up."""

from collections.abc import Mapping

from adapters.channels import by_url
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.webhook import WebhookChannel
from domain.notice_policy import ChannelName
from ports.channels import Channel, Mailbox
from ports.hooks import HookSender
from store.channels import OFF, OPERATORS, ChannelBook, ChannelSetUp

KEPT = "mailbox:"  # the URL of a channel whose messages are kept where agents read them


class Channels:
    """Makes channels from their URLs. `shared`: the operator's, for merchants without one of their own.

    `anywhere`: URLs may lead to private addresses, for development and tests.
    """

    def __init__(
        self, email: Channel, mailbox: Mailbox, book: ChannelBook, sender: HookSender,
        shared: Mapping[ChannelName, str], *, anywhere: bool = False,
    ) -> None:  # fmt: skip
        self._email, self._kept = email, MailboxChannel(mailbox)
        self._book, self._sender, self._shared, self._anywhere = book, sender, shared, anywhere

    async def of(self, merchant: str) -> dict[ChannelName, Channel]:
        """Every channel by which that merchant's customers can be told."""
        own = await self._book.of(merchant)
        known: dict[ChannelName, Channel] = {"email": self._email}
        for name in _SET_UP:
            theirs = own[name].url if name in own else OPERATORS
            url = self._shared.get(name) if theirs == OPERATORS else theirs
            if url is not None and url != OFF:
                known[name] = self._made(name, url, own.get(name))
        return known

    def _made(self, name: ChannelName, url: str, own: ChannelSetUp | None) -> Channel:
        if url == KEPT:
            return self._kept
        if name == "webhook":
            assert own is not None, "a webhook is the merchant's own, signed with its secret"
            return WebhookChannel(self._sender, url, own.secret)
        return by_url.ByUrl(url, anywhere=self._anywhere or url == self._shared.get(name))

    async def objection(self, name: ChannelName, url: str) -> str | None:
        """Why that URL cannot be the channel's, in one word; None when it can. Nothing is sent."""
        if url == OPERATORS:
            return None if name in self._shared else "no_shared_channel"
        if url == KEPT:
            return None
        if name == "webhook":
            return await self._sender.objection(url)
        if "{to}" not in url:
            return "no_place_for_the_recipient"
        try:
            return await by_url.objection(url, anywhere=self._anywhere)
        except by_url.NotSetUp:
            return "channels_not_installed"


_SET_UP: tuple[ChannelName, ...] = ("sms", "whatsapp", "push", "chat", "webhook")
