"""The parts of a letter: what its kind says, and the frame around it that all share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.messages.formatting import MessageFormatter
from adapters.messages.sanitize import SHORT, bidi_isolated, sanitize, sanitize_name
from ports.messages import MessageRecipient

SMS = 160  # characters


@dataclass(frozen=True)
class MessageBody:
    """What a kind's template says, in sentences. `summary`: what must not be missing in the short form.

    `button`: what the link to the order's page is called. `items`: the notices of a digest.
    """

    subject: str
    happened: tuple[str, ...]
    we_do: tuple[str, ...]
    you_can: tuple[str, ...]
    next: str
    summary: str
    button: str
    items: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, template: Any, formatter: MessageFormatter, details: Mapping[str, Any]) -> "MessageBody":
        """Raises AttributeError for a template that leaves one of its parts out."""
        when = details.get("next_update")
        again = (
            formatter.text("You hear from us again by %(when)s at the latest.", when=formatter.by(when))
            if when
            else ""
        )
        return cls(
            subject=template.subject,
            happened=tuple(filter(None, template.happened)),
            we_do=tuple(filter(None, template.we_do)),
            you_can=tuple(filter(None, template.you_can)),
            next=again,
            summary=getattr(template, "summary", ""),
            button=getattr(template, "button", "") or formatter.text("See your order"),
            items=tuple(getattr(template, "listed", ())),
        )


def frame(
    body: MessageBody, formatter: MessageFormatter, recipient: MessageRecipient, *, several: bool
) -> dict[str, Any]:
    """Everything that message.txt and message.mjml show."""
    text, gap = formatter.text, formatter.catalogue.sentence_separator
    name, brand = sanitize_name(recipient.name), formatter.untrusted(sanitize(recipient.brand, SHORT))
    order = formatter.untrusted(sanitize(recipient.order_id, SHORT))
    sections = (
        (text("What happened"), gap.join(body.happened)),
        (text("What we do"), gap.join(body.we_do)),
        (text("What you can do"), gap.join(body.you_can)),
        (text("When you hear from us"), body.next),
    )
    return {
        "lang": str(formatter.formats).replace("_", "-").removesuffix("-001"),
        "dir": "rtl" if formatter.rtl else "ltr",
        "start": "right" if formatter.rtl else "left",
        "subject": body.subject if several else subject_with_order(body.subject, formatter, recipient),
        "title": body.subject,
        "greeting": text("Hello %(name)s,", name=bidi_isolated(name, formatter.rtl))
        if name
        else text("Hello,"),
        "sections": [(label, said) for label, said in sections if said],
        "items": body.items,
        "button": body.button,
        "page_url": recipient.page_url,
        "regards": text("Your team at %(brand)s", brand=brand) if brand else text("Kind regards"),
        "brand": brand,
        "about": "" if several else text("This message is about your order %(order)s.", order=order),
        "unsubscribe": text("Unsubscribe from such messages"),
        "unsubscribe_url": recipient.unsubscribe_url,
    }


def short_text(
    body: MessageBody, formatter: MessageFormatter, recipient: MessageRecipient, *, several: bool
) -> str:
    """At most 160 characters: who, what and which order; then whole sentences and the link, as far as they fit."""
    subject = subject_with_order(body.subject, formatter, recipient) if not several else body.subject
    brand = sanitize(recipient.brand, SHORT)
    short = sanitize(f"{brand}: {subject}" if brand else subject, SMS)
    link = (
        f" {recipient.page_url}" if recipient.page_url and len(short) + len(recipient.page_url) < SMS else ""
    )
    stop = ". " if formatter.catalogue.sentence_separator else "。"
    for sentence in (body.summary, body.next):
        between = formatter.catalogue.sentence_separator if short[-1] in ".?!。？！" else stop
        if sentence and len(short) + len(between) + len(sentence) + len(link) <= SMS:
            short += between + sentence
    return " ".join(
        (short + link).split()
    )  # a narrow space would make a phone send it in the costlier alphabet


def subject_with_order(subject: str, formatter: MessageFormatter, recipient: MessageRecipient) -> str:
    order = formatter.untrusted(sanitize(recipient.order_id, SHORT))
    return formatter.text("%(subject)s (order %(order)s)", subject=subject, order=order)
