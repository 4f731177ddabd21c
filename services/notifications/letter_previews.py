"""Every letter as customers would get it: sample facts in the merchant's looks, in each language. Nothing is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.base import Frozen
from domain.model.notice import Notice, NoticeKind
from ports.messages import MessageRecipient, MessageRenderer, RenderedMessage
from services.letter_logo import letter_logo
from services.notifications.letter_looks import letter_colours
from store.notifications.mail_senders import MailSenders

Samples = Mapping[NoticeKind, Sequence[Notice]]


class LetterPreview(Frozen):
    """One letter about a sample order."""

    letter: NoticeKind
    """What it tells."""
    sample: int
    """Which of its cases, from 0."""
    samples: int
    """How many cases it has."""
    locale: str
    """The catalogue that the text is from."""
    subject: str
    """Its subject."""
    text: str
    """As text."""
    short_text: str
    """As a text message."""
    html: str
    """As mail programs show it."""


@dataclass(frozen=True)
class LetterPreviews:
    """Renders letters for those who set up the looks. samples: facts of each kind; reader: a person of ours."""

    renderer: MessageRenderer
    senders: MailSenders
    samples: Samples
    reader: MessageRecipient

    async def show(self, merchant: str, letter: str, locale: str, sample: int = 0) -> LetterPreview | None:
        """That letter; None for one that does not exist."""
        kind = next((one for one in self.samples if one == letter), None)
        if kind is None or not 0 <= sample < len(self.samples[kind]):
            return None
        profile = await self.senders.profile(merchant)
        looks: dict[str, Any] = {"brand": profile.name, "locale": locale, **letter_colours(profile.accent)}
        looks["logo"] = letter_logo(profile.branding)
        rendered = self.renderer.render(self.samples[kind][sample], self.reader.model_copy(update=looks))
        return LetterPreview(
            letter=kind,
            sample=sample,
            samples=len(self.samples[kind]),
            locale=rendered.locale.replace("_", "-"),
            subject=rendered.subject,
            text=rendered.text,
            short_text=rendered.short_text,
            html=_with_pictures(rendered),
        )


def _with_pictures(message: RenderedMessage) -> str:
    """The HTML with its pictures in it, where a mail program finds them beside it."""
    html = message.html
    for one in message.pictures:
        html = html.replace(f"cid:{one.content_id}", one.data_address)
    return html
