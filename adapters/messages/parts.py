"""The parts of a message: the body by the kind of notice, and the frame that all kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.messages.customer_names import greeting_name
from adapters.messages.formatting import MessageFormatter
from adapters.messages.sanitize import SHORT, bidi_isolated, sanitize
from domain.journey.customer_questions import Answer
from domain.model.feedback import Survey
from ports.messages import LOGO, MessageRecipient

SMS = 160  # characters
ACCENT = "#0b5394"  # of buttons, where the merchant has no colour
QR = "drop-off-code@smot"  # the Content-ID of its picture


@dataclass(frozen=True)
class MessageBody:
    """The output of a kind's template, in sentences.

    summary: the sentence that the short form needs.
    letter: a person's own text, in paragraphs, before everything else.
    button: the label of the link to the order's page.
    items: the notices of a digest.
    """

    subject: str
    letter: tuple[str, ...]
    happened: tuple[str, ...]
    we_do: tuple[str, ...]
    you_can: tuple[str, ...]
    next: str
    summary: str
    button: str
    items: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, template: Any, formatter: MessageFormatter, details: Mapping[str, Any]) -> "MessageBody":
        """Raises AttributeError for a template without one of its parts."""
        return cls(
            subject=template.subject,
            letter=tuple(getattr(template, "letter", ())),
            happened=tuple(filter(None, template.happened)),
            we_do=tuple(filter(None, template.we_do)),
            you_can=tuple(filter(None, template.you_can)),
            next=_next_update(details.get("next_update"), formatter),
            summary=getattr(template, "summary", ""),
            button=getattr(template, "button", "") or formatter.text("See your order"),
            items=tuple(getattr(template, "listed", ())),
        )


def _next_update(at: str | None, formatter: MessageFormatter) -> str:
    """When a letter comes at the latest. None reports the arrival, after which none is due."""
    if not at:
        return ""
    return formatter.text(
        "You hear from us again by %(when)s at the latest, unless your parcel arrives before then.",
        when=formatter.by(at),
    )


def frame(
    body: MessageBody, formatter: MessageFormatter, recipient: MessageRecipient, *, several: bool
) -> dict[str, Any]:
    """The variables of message.txt and message.mjml."""
    text, name = formatter.text, greeting_name(recipient.name)
    brand = formatter.untrusted(sanitize(recipient.brand, SHORT))
    order = formatter.untrusted(sanitize(recipient.order_id, SHORT))
    return {
        "lang": str(formatter.formats).replace("_", "-").removesuffix("-001"),
        "dir": "rtl" if formatter.rtl else "ltr",
        "start": "right" if formatter.rtl else "left",
        "subject": body.subject if several else subject_with_order(body.subject, formatter, recipient),
        "title": body.subject,
        "greeting": text("Hello %(name)s,", name=bidi_isolated(name, formatter.rtl))
        if name
        else text("Hello,"),
        "sections": _sections(body, formatter),
        "items": body.items,
        **_links(body, formatter, recipient, several=several),
        "survey": survey_link(formatter, recipient),
        "markup": recipient.markup,
        "answers": answer_links(formatter, recipient),
        "confirm": text("You confirm your answer on the page that opens."),
        "code": code_sentence(formatter, recipient),
        "qr": f"cid:{QR}" if recipient.code else "",
        "qr_alt": text("QR code of %(code)s", code=recipient.code.text) if recipient.code else "",
        "regards": text("Your team at %(brand)s", brand=brand) if brand else text("Kind regards"),
        "brand": brand,
        "logo": recipient.logo,
        "logo_address": f"cid:{LOGO}",
        "accent": recipient.accent or ACCENT,
        "accent_text": recipient.accent_text or "#ffffff",
        "about": "" if several else text("This message is about your order %(order)s.", order=order),
        "unsubscribe": text("Unsubscribe from such messages"),
        "unsubscribe_url": recipient.unsubscribe_url,
    }


def _links(
    body: MessageBody, formatter: MessageFormatter, recipient: MessageRecipient, *, several: bool
) -> dict[str, Any]:
    """The button, which leads to the order's page where nothing else is to be opened, and what stands at the end."""
    text, url = formatter.text, recipient.page_url
    is_button = not url and not recipient.answers and not several
    return {
        "button": text("See your order") if is_button else body.button,
        "page_url": (recipient.order_url if is_button else url) or None,
        "order": text("See your order"),
        "order_url": None if is_button or several else recipient.order_url,
        "preferences": text("Choose what we send you"),
        "preferences_url": recipient.preferences_url,
    }


def survey_link(formatter: MessageFormatter, recipient: MessageRecipient) -> dict[str, Any]:
    """The question, its page, and each score with the address that chooses it there; empty where none is asked."""
    if recipient.survey is None:
        return {}
    text, asked = formatter.text, recipient.survey
    questions: Mapping[Survey, str] = {
        "csat": text("How satisfied are you with the delivery?"),
        "ces": text("How easy was it to send things back?"),
        "nps": text("How likely are you to recommend this shop?"),
    }
    hint = text(
        "%(lowest)s is “not at all”, %(highest)s is “very”.",
        lowest=str(asked.scores[0]),
        highest=str(asked.scores[-1]),
    )
    scores = [(score, f"{asked.url}?score={score}") for score in asked.scores]
    return {"question": questions[asked.survey], "hint": hint, "url": asked.url, "scores": scores}


def _sections(body: MessageBody, formatter: MessageFormatter) -> list[tuple[str, str]]:
    """Label and text of each section that is not empty."""
    text, separator = formatter.text, formatter.catalogue.sentence_separator
    sections = (
        (text("What happened"), separator.join(body.happened)),
        (text("What we do"), separator.join(body.we_do)),
        (text("What you can do"), separator.join(body.you_can)),
        (text("When you hear from us"), body.next),
    )
    written = [("", paragraph) for paragraph in body.letter]
    return written + [(label, content) for label, content in sections if content]


def answer_links(formatter: MessageFormatter, recipient: MessageRecipient) -> list[tuple[str, str]]:
    """Label and address of each answer."""
    text = formatter.text
    labels: Mapping[Answer, str] = {
        "wait": text("Wait for it"),
        "cancel": text("Cancel it"),
        "resend": text("Send it again"),
        "refund": text("Pay it back"),
        "not_received": text("It has not arrived"),
        "store_credit": text("Take store credit"),
        "other_way": text("Pay me another way"),
        "agree": text("That is right"),
        "dispute": text("I see it differently"),
        "already_sent": text("I have sent it"),
        "will_send": text("I will send it"),
    }
    return [(labels[one.answer], one.url) for one in recipient.answers]


def code_sentence(formatter: MessageFormatter, recipient: MessageRecipient) -> str:
    """The code as text, for programs that show no pictures."""
    return formatter.text("Your code: %(code)s", code=recipient.code.text) if recipient.code else ""


def short_text(
    body: MessageBody, formatter: MessageFormatter, recipient: MessageRecipient, *, several: bool
) -> str:
    """At most 160 characters: sender, subject and order, code and link; then whole sentences, as far as they fit.

    The subject gives way to a code with its link. Of several answers the first link is enough: its page has all of them.
    """
    code, separator = code_sentence(formatter, recipient), formatter.catalogue.sentence_separator
    url = recipient.page_url or (recipient.answers[0].url if recipient.answers else "")
    whole = body.subject if several else subject_with_order(body.subject, formatter, recipient)
    short, link = "", f" {url}" if url else ""
    for subject in (whole, body.subject, "") if code else (whole,):
        short = _with_sentence(_from_brand(subject, recipient), code, separator)
        if len(short) + len(link) <= SMS:
            break
    if len(short) + len(link) > SMS:
        link = ""
    for sentence in (body.summary, body.next):
        longer = _with_sentence(short, sentence, separator)
        if len(longer) + len(link) <= SMS:
            short = longer
    # A narrow space would need an alphabet that makes the SMS more expensive.
    return " ".join((short + link).split())


def _from_brand(subject: str, recipient: MessageRecipient) -> str:
    brand = sanitize(recipient.brand, SHORT)
    return sanitize(": ".join(filter(None, (brand, subject))), SMS)


def _with_sentence(short: str, sentence: str, separator: str) -> str:
    if not short or not sentence:
        return short or sentence
    stop = ". " if separator else "。"
    return short + (separator if short[-1] in ".?!。？！" else stop) + sentence


def subject_with_order(subject: str, formatter: MessageFormatter, recipient: MessageRecipient) -> str:
    order = formatter.untrusted(sanitize(recipient.order_id, SHORT))
    return formatter.text("%(subject)s (order %(order)s)", subject=subject, order=order)
