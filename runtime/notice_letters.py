"""What a message says: one notice's letter, or one letter of several, dressed for the channel it leaves by."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.codes import Codes, Unsubscribing
from domain.notice_policy import ChannelName
from domain.notices import Notice
from domain.texts import Addressee, render
from ports.channels import Message
from runtime.notice_judge import Judged


@dataclass(frozen=True)
class Letter:
    """`short`: for channels of few characters; empty where the text is short enough. `html`: empty for none."""

    subject: str
    text: str
    html: str = ""
    short: str = ""


def letter(told: Sequence[tuple[Notice, Addressee]]) -> Letter:
    """The words of these notices: the one seam to the templates. Raises what a template raises."""
    parts = [render(notice, to) for notice, to in told]
    if len(parts) == 1:
        [(subject, text)] = parts
        return Letter(subject=subject, text=text)
    subject = f"{len(parts)} news of your orders"
    return Letter(subject=subject, text="\n".join(f"{title}\n\n{text}" for title, text in parts))


class Letters:
    """Makes messages. `public_url`: where customers reach us; without it mails have no link to unsubscribe."""

    def __init__(self, codes: Codes, public_url: str | None) -> None:
        self._codes, self._public_url = codes, public_url

    def message(self, told: Sequence[Judged], channel: ChannelName, message_id: str) -> Message:
        """All of them in one message to the customer of the first: they are of one customer."""
        first, words = told[0], letter([(one.notice, one.addressee) for one in told])
        link = self._link(told) if channel == "email" else None
        headers, footer = {}, ""
        if link is not None:  # RFC 8058: mail programs offer it as a button
            headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
            footer = f"\n--\nHear no more of this by e-mail: {link}\n"
        return Message(
            message_id=message_id if channel == "email" else f"{message_id}/{channel}",
            merchant=first.row.merchant,
            to=first.contacts[channel],
            subject=words.subject,
            text=words.text + footer if channel == "email" else words.short or words.text,
            html=words.html if channel == "email" else "",
            headers=headers,
        )

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
