"""Messages: one notice or several, rendered and addressed for the channel by which they leave."""

from collections.abc import Sequence

from domain import keys
from domain.model.notice_policy import ChannelName
from ports.channels import MailSender, Message
from ports.messages import MessageRenderer, RenderedMessage
from services.notifications.send_planner import PreparedNotice
from services.tokens import TokenSigner, UnsubscribeClaims


class MessageBuilder:
    """Builds messages. `public_url`: our address for customers; without it mails have no link to unsubscribe."""

    def __init__(self, tokens: TokenSigner, public_url: str | None, renderer: MessageRenderer) -> None:
        self._tokens, self._public_url, self.renderer = tokens, public_url, renderer

    def build(self, notices: Sequence[PreparedNotice], channel: ChannelName, message_id: str) -> Message:
        """All notices in one message; they are of one customer. Raises RenderError."""
        first, mail = notices[0], channel == "email"
        link = self._unsubscribe_url(notices) if mail else None
        rendered = self._render(notices, link)
        headers = {}
        if link is not None:  # RFC 8058: mail programs offer it as a button
            headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return Message(
            message_id=keys.channel_message(message_id, channel),
            merchant=first.row.merchant,
            to=first.contacts[channel],
            subject=rendered.subject,
            text=rendered.text if mail else rendered.short_text,
            html=rendered.html if mail else "",
            headers=headers,
            brand=first.message_recipient.brand,
            sender=first.sender if mail else MailSender(),
            kind=first.notice.kind,
            order=first.row.order,
            topic=first.rule.topic,
        )

    def _render(self, notices: Sequence[PreparedNotice], link: str | None) -> RenderedMessage:
        parts = [
            (one.notice, one.message_recipient.model_copy(update={"unsubscribe_url": link}))
            for one in notices
        ]
        return self.renderer.render(*parts[0]) if len(parts) == 1 else self.renderer.render_digest(parts)

    def _unsubscribe_url(self, notices: Sequence[PreparedNotice]) -> str | None:
        """A link that switches off the topic of the first notice that can be; notices about money and rights cannot."""
        topics = [one.rule.topic for one in notices if not one.rule.required]
        if self._public_url is None or not topics:
            return None
        row = notices[0].row
        token = self._tokens.sign_unsubscribe(
            UnsubscribeClaims(
                merchant=row.merchant, customer=notices[0].customer, channel="email", topic=topics[0]
            )
        )
        return f"{self._public_url}/v1/unsubscribe/{token}"
