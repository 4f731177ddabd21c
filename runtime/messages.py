"""Messages: the letter of one notice, or of several, addressed for the channel it leaves by."""

from collections.abc import Sequence

from api.codes import Codes, Unsubscribing
from domain.notice_policy import ChannelName
from ports.channels import Message
from ports.letters import Letter, LetterWriter
from runtime.notice_judge import Judged


class Messages:
    """Makes messages. `public_url`: where customers reach us; without it mails have no link to unsubscribe."""

    def __init__(self, codes: Codes, public_url: str | None, letters: LetterWriter) -> None:
        self._codes, self._public_url, self.letters = codes, public_url, letters

    def of(self, told: Sequence[Judged], channel: ChannelName, message_id: str) -> Message:
        """All of them in one message to the customer of the first: they are of one customer. Raises BrokenLetter."""
        first, mail = told[0], channel == "email"
        link = self._link(told) if mail else None
        letter = self._letter(told, link)
        headers = {}
        if link is not None:  # RFC 8058: mail programs offer it as a button
            headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return Message(
            message_id=message_id if mail else f"{message_id}/{channel}",
            merchant=first.row.merchant,
            to=first.contacts[channel],
            subject=letter.subject,
            text=letter.text if mail else letter.short,
            html=letter.html if mail else "",
            headers=headers,
            brand=first.addressee.brand,
            kind=first.notice.kind,
            order=first.row.order,
            topic=first.rule.topic,
        )

    def _letter(self, told: Sequence[Judged], link: str | None) -> Letter:
        parts = [(one.notice, one.addressee.model_copy(update={"unsubscribe_url": link})) for one in told]
        return self.letters.render(*parts[0]) if len(parts) == 1 else self.letters.render_digest(parts)

    def _link(self, told: Sequence[Judged]) -> str | None:
        """Switches off what of it can be: notices about money and rights cannot."""
        topics = [one.rule.topic for one in told if not one.rule.required]
        if self._public_url is None or not topics:
            return None
        row = told[0].row
        token = self._codes.unsubscribe(
            Unsubscribing(merchant=row.merchant, customer=told[0].customer, channel="email", topic=topics[0])
        )
        return f"{self._public_url}/v1/unsubscribe/{token}"
