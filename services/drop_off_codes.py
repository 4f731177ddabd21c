"""Drop-off codes: what a customer shows to hand goods in. Derived from our secret and the return's id, stored as a hash."""

import hashlib
import hmac
import io

import segno

from services.ids import ALPHABET
from services.tokens import derive_key

_LENGTH = 10  # characters of 30: 49 bits
_QUIET_ZONE = 4  # modules of white around the symbol, as ISO/IEC 18004 wants
QR_PREFIX = "SMOT:"  # tells our QR codes from others' at a drop-off point that takes several


class DropOffCodes:
    """Makes codes. `secret`: at least 32 bytes, the same in all API processes."""

    def __init__(self, secret: bytes) -> None:
        self._code_key = derive_key(secret, "drop-off")
        self._hash_key = derive_key(secret, "code-hash")

    def code(self, return_id: str) -> str:
        """The return's code: ten characters that only we can compute."""
        number = int.from_bytes(hmac.digest(self._code_key, return_id.encode(), hashlib.sha256))
        code = ""
        for _ in range(_LENGTH):
            number, index = divmod(number, len(ALPHABET))
            code += ALPHABET[index]
        return code

    def hash(self, code: str) -> str:
        """What is stored of a code: it finds the return and does not reveal the code.

        Case, blanks, hyphens and our QR prefix do not matter.
        """
        plain = code.strip().upper().removeprefix(QR_PREFIX).replace(" ", "").replace("-", "")
        return hmac.new(self._hash_key, plain.encode(), hashlib.sha256).hexdigest()


def qr(code: str) -> segno.QRCode:
    """The code as a QR symbol; its error correction survives a scratched screen."""
    return segno.make_qr(QR_PREFIX + code, error="q")


def qr_svg(code: str) -> str:
    """The symbol as an SVG element for a page, black on white in every palette."""
    return str(
        qr(code).svg_inline(border=_QUIET_ZONE, omitsize=True, light="#fff", svgclass=None, lineclass=None)
    )


def qr_png(code: str) -> bytes:
    """The symbol as a PNG picture, large enough for a scanner at the counter."""
    out = io.BytesIO()
    qr(code).save(out, kind="png", scale=8, border=_QUIET_ZONE)
    return out.getvalue()


def grouped(code: str) -> str:
    """The code as people read and type it: `4F7K-2MX-9QR`. Hyphens do not matter where it is entered."""
    return "-".join((code[:4], code[4:7], code[7:]))
