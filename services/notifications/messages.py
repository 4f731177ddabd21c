"""Messages: one notice or several, rendered and addressed for the channel by which they leave."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain import keys, notice_keys
from domain.journey.customer_questions import Answer
from domain.model.feedback import SCORES
from domain.model.notice import Notice
from domain.model.notice_policy import ChannelName
from ports.channels import MailSender, Message
from ports.messages import (
    AnswerLink,
    LetterCode,
    LetterSurvey,
    MessageRecipient,
    MessageRenderer,
    RenderedMessage,
)
from services.drop_off_codes import DropOffCodes, grouped, qr_png
from services.notifications.letter_links import LetterLinks
from services.notifications.send_planner import PreparedNotice
from services.tokens import (
    LETTER_LINK_DAYS,
    ONE_TIME_MINUTES,
    AnswerClaims,
    CodeClaims,
    FeedbackClaims,
    LinkClaims,
    OneTimeClaims,
    TokenSigner,
    UnsubscribeClaims,
)
from store.engine.columns import real_now
from store.tables.all import OutboxRow


class MessageBuilder:
    """Builds messages. `public_url`: our address for customers; without it messages have no links."""

    def __init__(
        self, tokens: TokenSigner, codes: DropOffCodes, public_url: str | None, renderer: MessageRenderer
    ) -> None:
        self._tokens, self._codes, self.renderer = tokens, codes, renderer
        self._public_url = public_url.rstrip("/") if public_url else None

    def build(self, notices: Sequence[PreparedNotice], channel: ChannelName, message_id: str) -> Message:
        """All notices in one message; they are of one customer. Raises RenderError."""
        first, mail = notices[0], channel == "email"
        link = self._unsubscribe_url(notices) if mail else None
        rendered = self._render(notices, link)
        headers = {}
        if link is not None:  # RFC 8058: mail programs offer it as a button
            headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return Message(
            message_id=notice_keys.channel_message(message_id, channel),
            merchant=first.row.merchant,
            to=first.contacts[channel],
            subject=rendered.subject,
            text=rendered.text if mail else rendered.short_text,
            html=rendered.html if mail else "",
            pictures=rendered.pictures if mail else (),
            headers=headers,
            brand=first.message_recipient.brand,
            sender=first.sender if mail else MailSender(),
            thread=keys.conversation(first.row.order) if mail and first.notice.kind == "reply" else "",
            kind=first.notice.kind,
            order=first.row.order,
            topic=first.rule.topic,
            page=self._order_page(first.row, first.links) if channel == "push" else "",
        )

    def _render(self, notices: Sequence[PreparedNotice], link: str | None) -> RenderedMessage:
        parts = [(_in_clear(one), self._recipient(one, link)) for one in notices]
        return self.renderer.render(*parts[0]) if len(parts) == 1 else self.renderer.render_digest(parts)

    def _recipient(self, prepared: PreparedNotice, unsubscribe_url: str | None) -> MessageRecipient:
        """The reader with the links and the code of this notice."""
        row, subject = prepared.row, prepared.links
        own: dict[str, Any] = {"unsubscribe_url": unsubscribe_url}
        if subject.return_id:
            code = self._codes.code(subject.return_id)
            own["code"] = LetterCode(text=grouped(code), png=qr_png(code))
        if self._public_url is not None and subject.return_id:
            claims = CodeClaims(merchant=row.merchant, return_id=subject.return_id, epoch=subject.epoch)
            own["page_url"] = f"{self._public_url}/c/{self._tokens.sign_code(claims)}"
        if self._public_url is not None and subject.opens_order:
            own["page_url"] = f"{self._public_url}/f/{self._one_time(row, subject)}"
        if self._public_url is not None and subject.question:
            own["answers"] = tuple(self._answer(row, subject, answer) for answer in subject.answers)
        if self._public_url is not None and not subject.opens_order:
            own |= self._order_pages(row, subject)
        return prepared.message_recipient.model_copy(update={**own, "markup": {**prepared.markup}})

    def _order_pages(self, row: OutboxRow, subject: LetterLinks) -> dict[str, Any]:
        """The order's page, where the customer chooses what is sent, and the question of the letter's end.

        The link's time counts from when the notice was written, so that all attempts to send it have the same link.
        """
        address = f"{self._public_url}{self._order_page(row, subject)}"
        return {
            "order_url": address,
            "preferences_url": f"{address}/preferences",
            "survey": self._survey(row, subject) if subject.survey else None,
        }

    def _order_page(self, row: OutboxRow, subject: LetterLinks) -> str:
        """Its path."""
        until = row.created_at + timedelta(days=LETTER_LINK_DAYS)
        link = LinkClaims(merchant=row.merchant, order=row.order, epoch=subject.epoch, expires_at=until)
        return f"/o/{self._tokens.sign_letter_link(link)}"

    def _survey(self, row: OutboxRow, subject: LetterLinks) -> LetterSurvey:
        assert subject.survey is not None
        asked = subject.survey
        claims = FeedbackClaims(
            merchant=row.merchant,
            order=row.order,
            epoch=subject.epoch,
            survey=asked.survey,
            subject=asked.subject,
        )
        page = f"{self._public_url}/feedback/{self._tokens.sign_feedback(claims)}"
        return LetterSurvey(survey=asked.survey, url=page, scores=tuple(SCORES[asked.survey]))

    def _one_time(self, row: OutboxRow, subject: LetterLinks) -> str:
        """A fresh link with each attempt to send: its minutes count from then."""
        claims = OneTimeClaims(
            merchant=row.merchant,
            order=row.order,
            epoch=subject.epoch,
            link=row.key,
            expires_at=real_now() + timedelta(minutes=ONE_TIME_MINUTES),
        )
        return self._tokens.sign_one_time(claims)

    def _answer(self, row: OutboxRow, subject: LetterLinks, answer: Answer) -> AnswerLink:
        assert subject.question is not None
        claims = AnswerClaims(
            merchant=row.merchant,
            order=row.order,
            epoch=subject.epoch,
            question=subject.question,
            answer=answer,
        )
        return AnswerLink(answer=answer, url=f"{self._public_url}/a/{self._tokens.sign_answer(claims)}")

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


def _in_clear(prepared: PreparedNotice) -> Notice:
    """The notice as it is rendered: a person's own text, which is sealed in all that is stored, is in clear."""
    notice = prepared.notice
    if not prepared.text:
        return notice
    return notice.model_copy(update={"details": {**notice.details, "text": prepared.text}})
