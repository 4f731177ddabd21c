"""The e-mail that a message becomes, with headers that cannot be forged by text from outside."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import quote

from adapters.channels.mail_policy import MAIL
from domain import keys
from domain.text import is_mail_address, single_line
from ports.channels import Message


def mail_message(message: Message, sender: Address, recipient: Address) -> EmailMessage:
    """The mail, from the merchant's sender, else from the deployment's. Raises ValueError for a line break in a header."""
    mail = EmailMessage(policy=MAIL)
    mail["Message-ID"] = f"<{_id_text(message.message_id)}@smot>"
    if (
        message.thread
    ):  # the customer wrote on a page, so no mail has this id: programs group by it all the same
        mail["In-Reply-To"] = mail["References"] = f"<{_id_text(message.thread)}@smot>"
    mail["Date"] = formatdate()
    if message.sender.address:
        sender = single_address(message.sender.address)
    mail["From"] = _from(sender, message.sender.name or message.brand)
    mail["To"] = recipient
    if message.sender.reply_to:
        mail["Reply-To"] = single_address(message.sender.reply_to)
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
            picture.content,
            *picture.media_type.split("/"),
            cid=f"<{picture.content_id}>",
            disposition="inline",
        )


def single_address(text: str, name: str = "") -> Address:
    """The one address in the text. Raises ValueError otherwise: a comma or line break must not reach a second person.

    Checked here because the standard library's parser raises IndexError, TypeError and more for odd addresses.
    """
    if not is_mail_address(text):
        raise ValueError("not one address")
    user, _, domain = text.rpartition("@")
    return Address(name, user, domain)


def mail_sender(text: str) -> Address:
    """A sender as people write it: `Shop <orders@shop.example>`, or the address alone. Raises ValueError."""
    name, address = parseaddr(text)
    try:
        return single_address(address, single_line(name, 78))
    except ValueError:
        raise ValueError("must be one address, with or without a name: Shop <orders@shop.example>") from None


def _from(sender: Address, brand: str) -> Address:
    """What cannot stand in a header is left out of the brand: it is no reason to bounce a customer's mail."""
    name = single_line(brand, 78)
    return Address(name, sender.username, sender.domain) if name else sender


def _id_text(message_id: str) -> str:
    """The id in characters that a Message-ID may hold. A long one is replaced by its hash, because folding corrupts it."""
    text = quote(message_id, safe="/+=")
    return text if len(text) <= 60 else keys.digest(message_id)
