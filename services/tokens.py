"""What customers carry: drop-off codes, signed quotes and links. All derived from one secret, none stored in clear."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import TypeVar

import segno
from itsdangerous import BadData, URLSafeSerializer
from pydantic import ValidationError

from domain.base import Frozen
from domain.clock import Instant
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import ChannelName
from domain.model.quote import Quote

M = TypeVar("M", bound=Frozen)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: nothing that a tired clerk confuses
_LENGTH = 10
QR_PREFIX = "SMOT:"  # tells our QR codes from others' at a bar that takes several
MAX_TOKEN_LENGTH = 16_384


class LinkClaims(Frozen):
    """A customer's way in: one order of one merchant until `expires_at` (real time)."""

    merchant: str
    order: str
    expires_at: Instant


class UnsubscribeClaims(Frozen):
    """What a mail's link switches off: one topic by one channel, for one customer (our `cus_…`). It never runs out."""

    merchant: str
    customer: str
    channel: ChannelName
    topic: Topic


class TokenSigner:
    """Makes and checks codes and tokens. `secret`: at least 32 bytes, the same on all API processes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._quotes = URLSafeSerializer(self._derived("quote"), salt="quote")
        self._links = URLSafeSerializer(self._derived("link"), salt="link")
        self._unsubscribes = URLSafeSerializer(self._derived("unsubscribe"), salt="unsubscribe")

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def drop_off_code(self, return_id: str) -> str:
        """The return's text code: ten characters (49 bits) that only we can compute."""
        number = int.from_bytes(hmac.digest(self._derived("drop-off"), return_id.encode(), hashlib.sha256))
        code = ""
        for _ in range(_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            code += _ALPHABET[place]
        return code

    def code_hash(self, code: str) -> str:
        """What is stored of a code: finds its return, does not give it away. Case, blanks and prefix do not matter."""
        plain = code.strip().upper().removeprefix(QR_PREFIX).replace(" ", "").replace("-", "")
        return hmac.new(self._derived("code-hash"), plain.encode(), hashlib.sha256).hexdigest()

    def fingerprint(self, text: str) -> str:
        """Equal for equal texts; without our key nobody can test a guess against it."""
        return hmac.new(self._derived("fingerprint"), text.encode(), hashlib.sha256).hexdigest()

    def sign_quote(self, quote: Quote) -> str:
        return str(self._quotes.dumps(quote.model_dump(mode="json")))

    def verify_quote(self, token: str) -> Quote | None:
        """The quote that we signed, unchanged; None for anything else."""
        return _verified(self._quotes, token, Quote)

    def sign_link(self, link: LinkClaims) -> str:
        return f"cust_{self._links.dumps(link.model_dump(mode='json'))}"

    def verify_link(self, bearer: str, now: datetime) -> LinkClaims | None:
        """Whose link this is; None when it is not ours or is over."""
        link = _verified(self._links, bearer.removeprefix("cust_"), LinkClaims)
        return link if link is not None and now < link.expires_at else None

    def sign_unsubscribe(self, claims: UnsubscribeClaims) -> str:
        return str(self._unsubscribes.dumps(claims.model_dump(mode="json")))

    def verify_unsubscribe(self, token: str) -> UnsubscribeClaims | None:
        """What that link switches off; None when it is not ours."""
        return _verified(self._unsubscribes, token, UnsubscribeClaims)


def _verified(serializer: URLSafeSerializer, token: str, model: type[M]) -> M | None:
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        return model.model_validate(serializer.loads(token))
    except (BadData, ValidationError):
        return None


def new_return_id() -> str:
    return "ret_" + _random_id()


def new_order_id() -> str:
    return "ord_" + _random_id()


def new_return_number() -> str:
    """A return's short name for people; it opens nothing."""
    return "R-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _random_id() -> str:
    """128 bits in 26 lower-case characters."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def qr(code: str) -> segno.QRCode:
    """The code as a QR symbol that survives a scratched screen."""
    return segno.make_qr(QR_PREFIX + code, error="q")
