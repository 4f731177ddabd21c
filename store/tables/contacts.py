"""The tables of how customers are reached: their choices, the merchants' channels, and how many messages they got."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.engine.columns import UtcDateTime


class PreferenceRow(SQLModel, table=True):
    """One choice of a customer. A row is never changed: the newest one of a channel and topic counts.

    customer: our `cus_…`.
    source: how the choice was made.
    role, name: who reported it; the name is the id of their API key.
    at: business time.
    written_at: real time.
    """

    __tablename__ = "preferences"
    __table_args__ = (
        Index("ix_preferences_customer", "merchant", "customer", "id"),
        Index("ix_preferences_current", "merchant", "customer", "channel", "topic", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    merchant: str
    customer: str
    channel: str
    topic: str
    allowed: bool
    source: str
    role: str
    name: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)


class CustomerLanguageRow(SQLModel, table=True):
    """The language that a customer chose for letters and pages. customer: our `cus_…`. at: business time."""

    __tablename__ = "customer_languages"

    merchant: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)
    language: str
    at: datetime = Field(sa_type=UtcDateTime)


class PhoneRow(SQLModel, table=True):
    """A customer's phone number, to know who answers STOP. `phone`: its pseudonym, made with the master key."""

    __tablename__ = "phones"

    merchant: str = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)


class PushDeviceRow(SQLModel, table=True):
    """A browser that takes push messages for a customer.

    id: the pseudonym of its endpoint, made with the master key. customer: our `cus_…`.
    sealed: a PushDevice as one Sealed, as JSON, with that customer's key. added_at: real time.
    """

    __tablename__ = "push_devices"
    __table_args__ = (Index("ix_push_devices_customer", "merchant", "customer", "added_at"),)

    merchant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    customer: str
    sealed: str
    added_at: datetime = Field(sa_type=UtcDateTime)


class ChannelRow(SQLModel, table=True):
    """A merchant's own channel. `sealed`: its URL and secret as JSON, encrypted with the master key."""

    __tablename__ = "channels"

    merchant: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    sealed: bytes
    updated_at: datetime = Field(sa_type=UtcDateTime)


class MailSenderRow(SQLModel, table=True):
    """Whom a merchant's e-mail is from; what is empty is the deployment's. See `ports.channels.MailSender`."""

    __tablename__ = "mail_senders"

    merchant: str = Field(primary_key=True)
    name: str = ""
    address: str = ""
    reply_to: str = ""
    return_path: str = ""
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SuppressedAddressRow(SQLModel, table=True):
    """An e-mail address that a merchant's letters do not go to any more.

    address: its pseudonym, made with the master key.
    customer: our `cus_…`, whose letter it was.
    sealed: the address as one Sealed, as JSON, with that customer's key.
    order: our id, of that letter. kind: bounced or complained.
    reason: what was reported, without personal data. at: business time.
    """

    __tablename__ = "suppressed_addresses"
    __table_args__ = (Index("ix_suppressed_addresses_list", "merchant", "at", "address"),)

    merchant: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    customer: str
    sealed: str
    order: str
    kind: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)


class BrandingRow(SQLModel, table=True):
    """How a merchant's pages and letters look. name, accent, reply_to: as in the document, for letters and their
    pages; empty for none.

    document: domain Branding as JSON. Nothing in it is a person's.
    """

    __tablename__ = "brandings"

    merchant: str = Field(primary_key=True)
    name: str = ""
    accent: str = ""
    reply_to: str = ""
    document: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FrequencyCapRow(SQLModel, table=True):
    """The messages of one customer that count towards the frequency cap, over all orders.

    day: in the customer's time zone.
    used: messages on that day.
    at: when the last of them was sent, business time.
    """

    __tablename__ = "frequency_caps"

    merchant: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)
    day: date
    used: int = 0
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
