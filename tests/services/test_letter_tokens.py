"""Tokens of letters' links: what they claim, for which purpose, by which secret."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.journey.customer_questions import CustomerQuestion
from services.short_signatures import ShortSigner
from services.tokens import AnswerClaims, CodeClaims, LinkClaims, TokenSigner

OLD, NEW = b"o" * 32, b"n" * 32
QUESTION = CustomerQuestion(kind="lost_parcel", subject="p1", round=2)
ANSWER = AnswerClaims(merchant="acme-2", order="ord_x", epoch=3, question=QUESTION, answer="refund")
CODE = CodeClaims(merchant="acme-2", return_id="ret_x", epoch=0)


def test_a_link_says_what_was_signed_and_is_short_enough_for_a_text_message() -> None:
    signer = TokenSigner(NEW)
    assert signer.verify_answer(signer.sign_answer(ANSWER)) == ANSWER
    assert signer.verify_code(signer.sign_code(CODE)) == CODE
    longest = AnswerClaims(
        merchant="acme", order="ord_" + "x" * 26, epoch=0, question=QUESTION, answer="refund"
    )
    assert len(signer.sign_answer(longest)) < 90


def test_every_changed_letter_and_every_other_purpose_is_refused() -> None:
    signer = TokenSigner(NEW)
    token, code = signer.sign_answer(ANSWER), signer.sign_code(CODE)
    for place in range(len(token) - 1):  # two bits of the last letter are not used
        other = "A" if token[place] != "A" else "B"
        assert signer.verify_answer(token[:place] + other + token[place + 1 :]) is None
    assert (signer.verify_answer(code), signer.verify_code(token)) == (None, None)
    for text in ("", "~", "~~~~~~~", "ü", "x" * 20_000, token + "~", token.upper()):
        assert signer.verify_answer(text) is None


def test_links_outlive_a_rotation_of_the_secret_and_not_its_retirement() -> None:
    before, rotated, after = TokenSigner(OLD), TokenSigner(NEW, OLD), TokenSigner(NEW)
    token = before.sign_answer(ANSWER)
    assert rotated.verify_answer(token) == ANSWER
    assert after.verify_answer(token) is None
    assert after.verify_answer(rotated.sign_answer(ANSWER)) == ANSWER


def test_only_plain_ids_are_signed() -> None:
    for name in ("a~b", "", "ä", "a b", "x" * 65):
        with pytest.raises(ValueError):
            ShortSigner(NEW).sign(name)


def test_a_letters_link_to_an_order_is_short_ends_and_opens_what_a_longer_one_opens() -> None:
    signer, at = TokenSigner(NEW), datetime(2026, 3, 2, tzinfo=UTC)
    link = LinkClaims(merchant="acme", order="ord_" + "x" * 26, epoch=2, expires_at=at)
    token, before = signer.sign_letter_link(link), at - timedelta(seconds=1)
    assert len(token) < 90
    assert signer.verify_link(token, before) == signer.verify_link(signer.sign_link(link), before) == link
    assert signer.verify_link(token, at) is None
    for wrong in (
        token.replace("~2~", "~1~"),
        token[:-2],
        "cust_~",
        "cust_a~b~1~2~c",
        signer.sign_answer(ANSWER),
    ):
        assert signer.verify_link(wrong, before) is None
