"""Staff read letters whose links do not work: none of them can answer as the customer."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from domain.journey.customer_questions import CustomerQuestion
from services.orders.history import OrderHistory
from services.tokens import AnswerClaims, CodeClaims, TokenSigner, UnsubscribeClaims
from store.notifications.letters import Letter

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SIGNER = TokenSigner(b"a secret for tests of 32 bytes..")
QUESTION = CustomerQuestion(kind="consent", subject="c1")
ANSWER = SIGNER.sign_answer(
    AnswerClaims(merchant="acme", order="ord_one", epoch=0, question=QUESTION, answer="cancel")
)
CODE = SIGNER.sign_code(CodeClaims(merchant="acme", return_id="ret_one", epoch=0))
UNSUBSCRIBE = SIGNER.sign_unsubscribe(
    UnsubscribeClaims(merchant="acme", customer="cus_ada", channel="email", topic="delivery")
)
LINKS = [
    f"https://shop.example{path}" for path in (f"/a/{ANSWER}", f"/c/{CODE}", f"/v1/unsubscribe/{UNSUBSCRIBE}")
]


class Kept:
    """The letters of one notice, and a merchant's clock."""

    def __init__(self, clock: datetime | None) -> None:
        self.clock = clock

    async def of_notices(self, merchant: str, rows: Any) -> dict[str, list[Letter]]:
        letter = Letter(
            message_id="m", order="ord_one", customer="cus_ada", channel="email", at=NOW, accepted_at=NOW,
            answer="", status="", status_reason="", status_at=None, to="ada@example.org", subject="Will you wait?",
            text="Cancel: " + "\n".join(LINKS) + "\n", html="".join(f'<a href="{link}">x</a>' for link in LINKS),
            sender="", reply_to="", pictures="{}",
        )  # fmt: skip
        return {"n": [letter]}

    async def get(self, merchant: str) -> datetime | None:
        return self.clock


async def read(clock: datetime | None) -> Letter:
    kept = cast(Any, Kept(clock))
    history = OrderHistory(kept, kept, kept, kept, kept, kept, kept, kept)
    return (await history._letters("acme", []))["n"][0]


async def test_no_link_of_a_letter_that_staff_read_works_and_one_sees_what_it_is_about() -> None:
    letter = await read(None)
    for text in (letter.text, letter.html):
        assert not any(token in text for token in (ANSWER, CODE, UNSUBSCRIBE))
        assert "/a/acme~ord_one~0~consent~c1~0~cancel~…" in text
        assert "/c/acme~ret_one~0~…" in text
        assert "/v1/unsubscribe/…" in text
    assert letter.html.count("</a>") == len(LINKS)


@pytest.mark.parametrize("link", LINKS, ids=["answer", "code", "unsubscribe"])
async def test_the_letters_of_a_sandbox_merchant_can_be_tried_out(link: str) -> None:
    assert link in (await read(NOW)).text
