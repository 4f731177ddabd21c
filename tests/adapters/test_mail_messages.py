"""Reports as messages: those that mail servers write, of which the reference is found wherever they put it."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail_reports.message import MailMessages
from ports.inbound_webhooks import InvalidPayload, InvalidSignature

REF = "0123456789abcdef0123456789abcdef"
MESSAGES = Path(__file__).parent / "payloads" / "mail"


def message(name: str) -> bytes:
    return (MESSAGES / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "report", "reason"),
    [
        ("postfix_bounce.eml", "bounced",
         "550 5.1.1 <address>: Recipient address rejected: User unknown in local recipient table"),
        ("postfix_delay.eml", "delayed", "connect to mail.example.net[192.0.2.7]:25: Connection timed out"),
        ("rfc3464_simple.eml", "bounced", "550 5.1.1 unknown or illegal user: <address>"),
        ("exchange_mailbox_full.eml", "not_delivered", "552 5.2.2 mailbox full"),
        ("rfc5965_abuse.eml", "complained", "abuse"),
    ],
)  # fmt: skip
def test_a_report_names_its_letter_and_what_became_of_it(name: str, report: str, reason: str) -> None:
    [found] = MailMessages().read(message(name))
    assert (found.reference, found.report, found.reason) == (REF, report, reason)
    assert found.at is not None


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("rfc5965_abuse.eml", b"Feedback-Type: abuse", b"Feedback-Type: not-spam"),
        ("postfix_bounce.eml", REF.encode(), b"somebody-else"),
        ("postfix_bounce.eml", b"multipart/report", b"multipart/mixed"),
        ("postfix_bounce.eml", b"Action: failed", b"Action: expanded"),
    ],
)
def test_what_is_no_report_about_a_letter_changes_nothing(name: str, old: bytes, new: bytes) -> None:
    assert MailMessages().read(message(name).replace(old, new)) == ()


def test_line_ends_of_both_kinds_are_read() -> None:
    plain = message("postfix_bounce.eml").replace(b"\r\n", b"\n")
    assert MailMessages().read(plain) == MailMessages().read(plain.replace(b"\n", b"\r\n"))


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_report_is_refused_and_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = message(
        data.draw(st.sampled_from(["postfix_bounce.eml", "rfc5965_abuse.eml", "rfc3464_simple.eml"]))
    )
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 60))
    damaged = whole[:at] + data.draw(st.binary(max_size=40)) + whole[at + length :]
    with suppress(InvalidPayload):
        MailMessages().read(damaged)


async def test_the_secret_is_a_bearer() -> None:
    now, body = datetime.now(UTC), message("postfix_bounce.eml")
    bearer = {"Authorization": "Bearer hush"}
    assert await MailMessages().verify(bearer, body, ["old", "hush"], now) == await MailMessages().verify(
        bearer, body, ["hush"], now
    )
    for headers, secrets in ((bearer, ["other"]), ({}, ["hush"]), ({"Authorization": "Bearer "}, ["", " "])):
        with pytest.raises(InvalidSignature):
            await MailMessages().verify(headers, body, secrets, now)
