"""Signed texts that customers carry: quotes, links to one order, links to unsubscribe. None of them is stored."""

import base64
import contextlib
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TypeVar

from itsdangerous import BadData, URLSafeSerializer
from pydantic import ValidationError

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.customer_questions import Answer, CustomerQuestion
from domain.model.feedback import Survey
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import ChannelName
from domain.model.quote import Quote
from domain.model.risk import RiskAssessment
from services.short_signatures import ShortSigner
from store.privacy.encryption import Cipher, Tampered

M = TypeVar("M", bound=Frozen)
MAX_TOKEN_LENGTH = 16_384
ONE_TIME_MINUTES = 30  # that a one-time link opens an order after its letter left
LETTER_LINK_DAYS = 90  # that a letter's link opens its order after the notice was written
_WHOLE_ORDER = "order"  # no id of a part


class QuoteClaims(Frozen):
    """A quote that binds us, and the points behind it. Who carries the token can read the quote, and not the points."""

    quote: Quote
    risk: RiskAssessment | None = None


class _QuoteToken(Frozen):
    """`risk`: sealed, as base64; empty where there is none."""

    quote: Quote
    risk: str = ""


class LinkClaims(Frozen):
    """A customer's way in: one order of one merchant until `expires_at` (real time), or until the order's next epoch of links."""

    merchant: str
    order: str
    expires_at: Instant
    epoch: int = 0


class UnsubscribeClaims(Frozen):
    """What a mail's link switches off: one topic by one channel, for one customer (our `cus_…`). It never expires."""

    merchant: str
    customer: str
    channel: ChannelName
    topic: Topic


class OneTimeClaims(Frozen):
    """A way to one order that was sent by mail, to be used once, until `expires_at` (real time). `link`: its own id."""

    merchant: str
    order: str
    epoch: int
    link: str
    expires_at: Instant


class AnswerClaims(Frozen):
    """An answer to a question in a letter. It ends with the question, or with the order's epoch of links."""

    merchant: str
    order: str
    epoch: int
    question: CustomerQuestion
    answer: Answer


class FeedbackClaims(Frozen):
    """A question to the customer about how it went. It ends with the order's epoch of links.

    subject: the return that it is about; empty for the order.
    """

    merchant: str
    order: str
    epoch: int
    survey: Survey
    subject: str


class CodeClaims(Frozen):
    """The way to the drop-off code of one return; it ends with the order's epoch of links."""

    merchant: str
    return_id: str
    epoch: int


class CreditClaims(Frozen):
    """A guest's way to their credit, once, until `expires_at` (real time). `link`: its own id; `guest`: our `cus_…`."""

    merchant: str
    link: str
    guest: str
    expires_at: Instant


class PanelClaims(Frozen):
    """Some orders of one merchant (our ids), shown to a helpdesk until `expires_at` (real time)."""

    merchant: str
    orders: tuple[str, ...]
    expires_at: Instant


class TokenSigner:
    """Makes and checks tokens.

    secret: at least 32 bytes, the same in all API processes.
    earlier: secrets before the last rotations, the newest first. What was signed with them stays good, and nothing is any more.
    """

    def __init__(self, secret: bytes, *earlier: bytes) -> None:
        def keys(purpose: str) -> list[bytes]:
            return [derive_key(one, purpose) for one in (secret, *earlier)]

        def serializer(purpose: str) -> URLSafeSerializer:
            return URLSafeSerializer(keys(purpose)[::-1], salt=purpose)  # signs with the last one

        self._risks = [Cipher(key) for key in keys("risk of a quote")]
        self._fingerprint_key = derive_key(secret, "fingerprint")
        self._quotes, self._links = serializer("quote"), serializer("link")
        self._one_times = serializer("one-time link")
        self._unsubscribes, self._credits = serializer("unsubscribe"), serializer("credit")
        self._panels = serializer("panel")
        self._answers, self._codes = ShortSigner(*keys("answer")), ShortSigner(*keys("code page"))
        self._withdrawals = ShortSigner(*keys("withdrawal"))
        self._feedback, self._letter_links = ShortSigner(*keys("feedback")), ShortSigner(*keys("letter link"))

    def fingerprint(self, text: str) -> str:
        """Equal for equal texts. Without our key a guess cannot be tested against it."""
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()

    def sign_quote(self, claims: QuoteClaims) -> str:
        risk = claims.risk.model_dump_json().encode() if claims.risk else b""
        sealed = base64.b64encode(self._risks[0].encrypt(claims.quote.order, risk)).decode() if risk else ""
        return str(self._quotes.dumps(_QuoteToken(quote=claims.quote, risk=sealed).model_dump(mode="json")))

    def verify_quote(self, token: str) -> QuoteClaims | None:
        """The quote that we signed, unchanged; None for anything else."""
        signed = _verified(self._quotes, token, _QuoteToken)
        if signed is None:
            return None
        if not signed.risk:
            return QuoteClaims(quote=signed.quote)
        sealed = base64.b64decode(signed.risk)
        for cipher in self._risks:
            with contextlib.suppress(Tampered):
                opened = cipher.decrypt(signed.quote.order, sealed)
                return QuoteClaims(quote=signed.quote, risk=RiskAssessment.model_validate_json(opened))
        return None

    def sign_link(self, link: LinkClaims) -> str:
        return f"cust_{self._links.dumps(link.model_dump(mode='json'))}"

    def verify_link(self, bearer: str, now: datetime) -> LinkClaims | None:
        """The claims of a link that we signed and that has not expired at `now`; else None."""
        text = bearer.removeprefix("cust_")
        link = self._letter_link(text) if "~" in text else _verified(self._links, text, LinkClaims)
        return link if link is not None and now < link.expires_at else None

    def sign_letter_link(self, link: LinkClaims) -> str:
        """A link as `sign_link` makes it, short enough for a line of a letter."""
        seconds = str(int(link.expires_at.timestamp()))
        return f"cust_{self._letter_links.sign(link.merchant, link.order, str(link.epoch), seconds)}"

    def _letter_link(self, text: str) -> LinkClaims | None:
        match self._letter_links.verify(text):
            case [merchant, order, epoch, seconds]:
                until = datetime.fromtimestamp(int(seconds), UTC)
                return LinkClaims(merchant=merchant, order=order, epoch=int(epoch), expires_at=until)
        return None

    def sign_one_time(self, claims: OneTimeClaims) -> str:
        return f"once_{self._one_times.dumps(claims.model_dump(mode='json'))}"

    def verify_one_time(self, token: str) -> OneTimeClaims | None:
        """The claims of a link that we signed, also of one that has expired; else None."""
        return _verified(self._one_times, token.removeprefix("once_"), OneTimeClaims)

    def sign_credit(self, claims: CreditClaims) -> str:
        return str(self._credits.dumps(claims.model_dump(mode="json")))

    def verify_credit(self, token: str, now: datetime) -> CreditClaims | None:
        """The claims of a link that we signed and that has not expired at `now`; else None."""
        claims = _verified(self._credits, token, CreditClaims)
        return claims if claims is not None and now < claims.expires_at else None

    def sign_panel(self, claims: PanelClaims) -> str:
        return str(self._panels.dumps(claims.model_dump(mode="json")))

    def verify_panel(self, token: str, now: datetime) -> PanelClaims | None:
        """The claims of a link that we signed and that has not expired at `now`; else None."""
        claims = _verified(self._panels, token, PanelClaims)
        return claims if claims is not None and now < claims.expires_at else None

    def sign_unsubscribe(self, claims: UnsubscribeClaims) -> str:
        return str(self._unsubscribes.dumps(claims.model_dump(mode="json")))

    def verify_unsubscribe(self, token: str) -> UnsubscribeClaims | None:
        """The claims of a link that we signed; else None."""
        return _verified(self._unsubscribes, token, UnsubscribeClaims)

    def sign_answer(self, claims: AnswerClaims) -> str:
        question = claims.question
        return self._answers.sign(
            claims.merchant,
            claims.order,
            str(claims.epoch),
            question.kind,
            question.subject,
            str(question.round),
            claims.answer,
        )

    def verify_answer(self, token: str) -> AnswerClaims | None:
        """The claims of a link that we signed; else None."""
        match self._answers.verify(token):
            case [merchant, order, epoch, kind, subject, round, answer]:
                question = {"kind": kind, "subject": subject, "round": int(round)}
                given = {"merchant": merchant, "order": order, "epoch": int(epoch), "answer": answer}
                return AnswerClaims.model_validate({**given, "question": question})
        return None

    def sign_feedback(self, claims: FeedbackClaims) -> str:
        return self._feedback.sign(
            claims.merchant, claims.order, str(claims.epoch), claims.survey, claims.subject or _WHOLE_ORDER
        )

    def verify_feedback(self, token: str) -> FeedbackClaims | None:
        """The claims of a link that we signed; else None."""
        match self._feedback.verify(token):
            case [merchant, order, epoch, survey, named]:
                subject = "" if named == _WHOLE_ORDER else named
                given = {"merchant": merchant, "order": order, "epoch": int(epoch)}
                return FeedbackClaims.model_validate({**given, "survey": survey, "subject": subject})
        return None

    def sign_withdrawal(self, merchant: str, statement: str) -> str:
        """The way to the confirmation of a withdrawal, for who stated it."""
        return self._withdrawals.sign(merchant, statement)

    def verify_withdrawal(self, token: str) -> tuple[str, str] | None:
        """Merchant and statement of a link that we signed; else None."""
        match self._withdrawals.verify(token) if len(token) <= MAX_TOKEN_LENGTH else []:
            case [merchant, statement]:
                return merchant, statement
        return None

    def sign_code(self, claims: CodeClaims) -> str:
        return self._codes.sign(claims.merchant, claims.return_id, str(claims.epoch))

    def verify_code(self, token: str) -> CodeClaims | None:
        """The claims of a link that we signed; else None."""
        match self._codes.verify(token):
            case [merchant, return_id, epoch]:
                return CodeClaims(merchant=merchant, return_id=return_id, epoch=int(epoch))
        return None


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that a text signed for one is never accepted for another."""
    return hmac.digest(secret, purpose.encode(), hashlib.sha256)


def _verified(serializer: URLSafeSerializer, token: str, model: type[M]) -> M | None:
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        return model.model_validate(serializer.loads(token))
    except (BadData, ValidationError):
        return None
