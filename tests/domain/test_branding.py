"""What a merchant may set as its branding: pictures by their bytes, texts and addresses bounded."""

import base64
import io
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from domain.branding import MAX_LOGO, Branding
from domain.pictures import picture_size, picture_type


def picture(kind: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0b5a47").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", progressive=True), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (picture("WEBP", lossless=True), "image/webp"),
    ],
    ids=["png", "jpeg", "progressive jpeg", "webp", "lossless webp"],
)
def test_a_picture_is_known_by_its_bytes(content: bytes, kind: str) -> None:
    assert picture_type(content) == kind
    assert picture_size(content) == (40, 20)
    assert Branding(logo=base64.b64encode(content).decode()).picture == (kind, content)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"RIFF____WEBPVP8X", b"\x89PNG\r\n\x1a\n", b"GIF89a" * 9]
)
def test_half_a_picture_has_no_size(content: bytes) -> None:
    assert picture_size(content) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"logo": base64.b64encode(b"<svg onload=alert(1)>").decode()}, "SVG is refused"),
        ({"logo": "not base64!"}, "base64"),
        ({"logo": base64.b64encode(picture("PNG", (2001, 1))).decode()}, "2000 pixels"),
        ({"logo": base64.b64encode(picture("PNG") + b"x" * MAX_LOGO).decode()}, "at most 8"),
        ({"accent": "red"}, "hexadecimal"),
        ({"accent": "#1234567"}, "at most 7"),
        ({"reply_to": "two@a.example, b@b.example"}, "e-mail address"),
        ({"help_address": "javascript:alert(1)"}, "https"),
        ({"help_texts": {"xx": "Hello"}}, "Input should be"),
        ({"help_texts": {"en": "x" * 301}}, "at most 300"),
        ({"name": "line\nbreak"}, "character"),
    ],
)
def test_what_pages_cannot_show_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Branding.model_validate(changes)


def test_the_help_is_in_the_reader_s_language_else_in_the_merchant_s() -> None:
    branding = Branding(locale="de", help_texts={"de": "Wir antworten.", "zh-Hans": "我们回复。"})
    assert branding.help_text("zh_Hans_CN") == "我们回复。"
    assert branding.help_text("de-AT") == "Wir antworten."
    assert branding.help_text("fr") == "Wir antworten."
    assert Branding().help_text("en") == ""
