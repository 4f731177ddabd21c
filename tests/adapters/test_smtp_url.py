"""The URL of the mail server: what it means, and what is wrong with others, without repeating a password."""

from pathlib import Path

import pytest

from adapters.channels.smtp_server import SmtpServer, SmtpUrlError, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, "implicit")),
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:25/?starttls=required", SmtpServer("mail.example.org", 25, "starttls")),
        ("smtp://127.0.0.1:1025?starttls=never", SmtpServer("127.0.0.1", 1025, "off")),
        ("smtp://[::1]:1025?starttls=never", SmtpServer("::1", 1025, "off")),
        (
            "smtps://AKIA%2F1:p%40ss%3A@email-smtp.eu-west-1.amazonaws.com:465",
            SmtpServer("email-smtp.eu-west-1.amazonaws.com", 465, "implicit", ("AKIA/1", "p@ss:")),
        ),
    ],
)
def test_a_url_names_server_encryption_and_login(url: str, server: SmtpServer) -> None:
    parsed = parse_smtp_url(url)
    assert parsed == server
    assert parsed.login == server.login
    assert "p@ss" not in repr(parsed)


def test_the_password_may_come_from_elsewhere() -> None:
    server = parse_smtp_url("smtp://apikey@smtp.sendgrid.net:587", "SG.hush", Path("ca.pem"))
    assert (server.login, server.ca_file) == (("apikey", "SG.hush"), Path("ca.pem"))


@pytest.mark.parametrize(
    ("url", "password", "why"),
    [
        ("mail.example.org:25", None, "must be a URL like smtps://user@host:465"),
        ("http://mail.example.org", None, "must be a URL"),
        ("smtp://", None, "must be a URL"),
        ("smtps://user:hush@host:port", None, "%2F"),
        ("smtps://user:hu/sh@host", None, "%2F"),
        ("smtps://user:hush@host:465/inbox", None, "nothing behind the port"),
        ("smtps://user:hush@host:0", None, "must be a URL"),
        ("smtp://host?starttls=maybe", None, "starttls=never"),
        ("smtp://host?tls=off", None, "starttls=never"),
        ("smtps://host?starttls=never", None, "encrypted from the start"),
        ("smtp://user:hush@mail.example.org?starttls=never", None, "in clear"),
        ("smtps://user@host", None, "SMOT_SMTP_PASSWORD"),
        ("smtps://user:hush@host", "hush-hush", "give one of them"),
        ("smtps://host", "hush", "no user"),
        ("smtps://user:hush@ho st", None, "must be a URL"),
    ],
)
def test_a_wrong_url_is_refused_with_the_reason(url: str, password: str | None, why: str) -> None:
    with pytest.raises(SmtpUrlError, match=why.replace("?", r"\?")) as refused:
        parse_smtp_url(url, password)
    assert "hush" not in str(refused.value)
