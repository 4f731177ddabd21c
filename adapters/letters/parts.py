"""The parts of a letter: what its kind says, and the frame around it that all share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.letters.tidy import SHORT, isolated, tidy, tidy_name
from adapters.letters.wording import Wording
from ports.letters import Addressee

SMS = 160  # characters


@dataclass(frozen=True)
class Body:
    """What a kind's template says, in sentences. `gist`: what must not be missing in the short form.

    `button`: what the link to the order's page is called. `items`: the notices of a digest.
    """

    subject: str
    happened: tuple[str, ...]
    we_do: tuple[str, ...]
    you_can: tuple[str, ...]
    next: str
    gist: str
    button: str
    items: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, said: Any, wording: Wording, facts: Mapping[str, Any]) -> "Body":
        """Raises AttributeError for a template that leaves one of its parts out."""
        when = facts.get("next_word")
        again = (
            wording.text("You hear from us again by %(when)s at the latest.", when=wording.by(when))
            if when
            else ""
        )
        return cls(
            subject=said.subject,
            happened=tuple(filter(None, said.happened)),
            we_do=tuple(filter(None, said.we_do)),
            you_can=tuple(filter(None, said.you_can)),
            next=again,
            gist=getattr(said, "gist", ""),
            button=getattr(said, "button", "") or wording.text("See your order"),
            items=tuple(getattr(said, "listed", ())),
        )


def frame(body: Body, wording: Wording, to: Addressee, *, several: bool) -> dict[str, Any]:
    """Everything that letter.txt and letter.mjml show."""
    text, gap = wording.text, wording.catalogue.gap
    name, brand = tidy_name(to.name), wording.outside(tidy(to.brand, SHORT))
    order = wording.outside(tidy(to.order_id, SHORT))
    sections = (
        (text("What happened"), gap.join(body.happened)),
        (text("What we do"), gap.join(body.we_do)),
        (text("What you can do"), gap.join(body.you_can)),
        (text("When you hear from us"), body.next),
    )
    return {
        "lang": str(wording.formats).replace("_", "-").removesuffix("-001"),
        "dir": "rtl" if wording.rtl else "ltr",
        "start": "right" if wording.rtl else "left",
        "subject": body.subject if several else with_order(body.subject, wording, to),
        "title": body.subject,
        "greeting": text("Hello %(name)s,", name=isolated(name, wording.rtl)) if name else text("Hello,"),
        "sections": [(label, said) for label, said in sections if said],
        "items": body.items,
        "button": body.button,
        "page_url": to.page_url,
        "regards": text("Your team at %(brand)s", brand=brand) if brand else text("Kind regards"),
        "brand": brand,
        "about": "" if several else text("This message is about your order %(order)s.", order=order),
        "unsubscribe": text("Unsubscribe from such messages"),
        "unsubscribe_url": to.unsubscribe_url,
    }


def short_of(body: Body, wording: Wording, to: Addressee, *, several: bool) -> str:
    """At most 160 characters: who, what and which order; then whole sentences and the link, as far as they fit."""
    subject = with_order(body.subject, wording, to) if not several else body.subject
    brand = tidy(to.brand, SHORT)
    short = tidy(f"{brand}: {subject}" if brand else subject, SMS)
    link = f" {to.page_url}" if to.page_url and len(short) + len(to.page_url) < SMS else ""
    stop = ". " if wording.catalogue.gap else "。"
    for sentence in (body.gist, body.next):
        between = wording.catalogue.gap if short[-1] in ".?!。？！" else stop
        if sentence and len(short) + len(between) + len(sentence) + len(link) <= SMS:
            short += between + sentence
    return " ".join(
        (short + link).split()
    )  # a narrow space would make a phone send it in the costlier alphabet


def with_order(subject: str, wording: Wording, to: Addressee) -> str:
    order = wording.outside(tidy(to.order_id, SHORT))
    return wording.text("%(subject)s (order %(order)s)", subject=subject, order=order)
