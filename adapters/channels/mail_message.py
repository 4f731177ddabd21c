"""The e-mail that a message becomes, with headers that cannot be forged by text from outside."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import quote

from adapters.channels.mail_policy import MAIL
from domain import keys
from domain.text import single_line
from ports.channels import Message

_ATOM = r"""[^\s@<>()",;:\\\[\].]+"""
_ONE_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})*")


def mail_message(message: Message, sender: Address, recipient: Address) -> EmailMessage:
    """The mail, from the sender's address under the brand's name. Raises ValueError for a line break in a header."""
    mail = EmailMessage(policy=MAIL)
    mail["Message-ID"] = f"<{_id_text(message.message_id)}@smot>"
    mail["Date"] = formatdate()
    mail["From"] = _from(sender, message.brand)
    mail["To"] = recipient
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"  # keeps out-of-office programs from answering
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
        _show_pictures(mail, message)
    return mail


def _show_pictures(mail: EmailMessage, message: Message) -> None:
    """The pictures beside the HTML that shows them, as multipart/related (RFC 2387)."""
    html = mail.get_body(("html",))
    for picture in message.pictures if html is not None else ():
        html.add_related(  # type: ignore[union-attr]
            picture.png, "image", "png", cid=f"<{picture.content_id}>", disposition="inline"
        )


def single_address(text: str, name: str = "") -> Address:
    """The one address in the text. Raises ValueError otherwise: a comma or line break must not reach a second person.

    Checked here because the standard library's parser raises IndexError, TypeError and more for odd addresses.
    Quoted local parts are refused; customers' addresses have none.
    """
    if len(text) > 254 or not text.isprintable() or not _ONE_ADDRESS.fullmatch(text):
        raise ValueError("not one address")
    user, _, domain = text.rpartition("@")
    return Address(name, user, domain)


def _from(sender: Address, brand: str) -> Address:
    """What cannot stand in a header is left out of the brand: it is no reason to bounce a customer's mail."""
    name = single_line(brand, 78)
    return Address(name, sender.username, sender.domain) if name else sender


def _id_text(message_id: str) -> str:
    """The id in characters that a Message-ID may hold. A long one is replaced by its hash, because folding corrupts it."""
    text = quote(message_id, safe="/+=")
    return text if len(text) <= 60 else keys.digest(message_id)
