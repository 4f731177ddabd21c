"""Values that no log line may hold are masked, by their pattern or their key; texts that operators need stay."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from domain.sealed import Sealed
from runtime.telemetry.redaction import MASKED, described, masked, redacted

KEY = "smot_live_01234567_" + "Ab0Z" * 12 + "a"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mail to zdzislawa.testowa@example.org bounced", "mail to [email] bounced"),
        ("mail to zdzislawa%40example.org", "mail to [email]"),
        (f"key {KEY} is revoked", "key [secret] is revoked"),
        ("Authorization: Bearer abcdef.ghi-jk", "Authorization: Bearer [secret]"),
        ("link cust_eyJtIjoiYWNtZSJ9.sig-nat_ure", "link [secret]"),
        ("secret whsec_c2VjcmV0IHNlY3JldA==", "secret [secret]"),
        ("signed v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", "signed [secret]"),
        ("hmac-sha256-hex=0a1b2c", "[secret]"),
        ("postgresql://smot:p@ss@db:5432/smot", "postgresql://[secret]@db:5432/smot"),
        ("call +44 20 7946 0958 now", "call [phone] now"),
        ("call 020 7946 0958", "call [phone]"),
        ("paid with 4111 1111 1111 1111", "paid with [card]"),
        ("paid with 4111111111111111.", "paid with [card]."),
        ('{"key":"pk_1","ciphertext":"q83vEjRWeJASNFZ4kA=="}', '{"key":"pk_1","ciphertext":"[sealed]"}'),
    ],
)
def test_values_with_a_private_pattern_are_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "worker is ready (process 13166)",
        "order/shop-00a1b2c3/ord_abcdefghijklmnop",
        "2026-03-02T08:00:00.123456+00:00",
        "127.0.0.1:44519",
        "4111111111111112 is no card",
        "0002",
        "POST /v1/orders/{order}/returns",
        "3 of 10 in 0.25 s",
    ],
)
def test_texts_that_operators_need_are_not_masked(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "name", ["name", "email", "Address", "authorization", "api-key", "text", "override_reason", "ciphertext"]
)
def test_whole_values_under_sensitive_names_are_masked_at_any_depth(name: str) -> None:
    assert redacted({"details": [{name: "Zdzisława Testowa"}]}) == {"details": [{name: MASKED}]}


def test_sealed_texts_bytes_and_objects_do_not_show() -> None:
    class Holder:
        def __str__(self) -> str:
            return "of jane@example.com"

    shown = redacted(
        {"who": Sealed(key="pk_1", ciphertext="AAAA"), "raw": b"jane", "it": Holder(), "n": 4111111111111111}
    )
    assert shown == {"who": MASKED, "raw": "[4 bytes]", "it": "of [email]", "n": "[card]"}


def test_an_endless_value_is_cut_and_a_deep_one_is_bounded() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    assert len(masked("a" * 100_000)) < 5000
    assert MASKED in str(redacted(deep))


class Body(BaseModel):
    quantity: int


def fail() -> None:
    try:
        Body.model_validate({"quantity": "Zdzisława Testowa"})
    except ValidationError as problem:
        raise RuntimeError("could not read Zdzisława's order") from problem


def test_an_exception_is_logged_by_types_and_locations_and_not_by_what_it_quotes() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail()
    text = described(caught.value)
    assert "Zdzis" not in text
    assert text.startswith("RuntimeError at test_redaction.py:")
    assert ", from ValidationError at " in text


def test_messages_of_the_system_and_our_own_are_kept() -> None:
    from runtime.errors import StartupError

    assert (
        described(ConnectionRefusedError(111, "Connection refused"))
        == "ConnectionRefusedError: Connection refused"
    )
    assert (
        described(StartupError("port 80 is taken by jane@example.com"))
        == "StartupError: port 80 is taken by [email]"
    )
