"""Merchants as their customers know them: name, sender of e-mail, and whether letters may leave at all."""

from dataclasses import dataclass

from sqlalchemy import Executable, bindparam, select
from sqlmodel import col

from domain.branding import Branding
from ports.channels import MailSender
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import upsert_all
from store.tables.all import BrandingRow, MailSenderRow, MerchantRow

_PROFILE: Executable = (
    select(
        col(MerchantRow.name).label("merchant_name"),
        col(BrandingRow.document),
        col(MerchantRow.sandbox),
        *(col(MailSenderRow.name), col(MailSenderRow.address)),
        *(col(MailSenderRow.reply_to), col(MailSenderRow.return_path)),
    )
    .outerjoin(BrandingRow, col(BrandingRow.merchant) == col(MerchantRow.id))
    .outerjoin(MailSenderRow, col(MailSenderRow.merchant) == col(MerchantRow.id))
    .where(col(MerchantRow.id) == bindparam("merchant"))
)


@dataclass(frozen=True)
class SenderProfile:
    """A merchant as the sender of letters. `sandbox`: its letters do not leave."""

    name: str
    sandbox: bool
    mail: MailSender
    branding: Branding

    @property
    def accent(self) -> str:
        """The colour of its branding, or empty."""
        return self.branding.accent

    @property
    def sender(self) -> MailSender:
        """Whom letters are from: the platform admin's reply-to, else the branding's."""
        return self.mail.model_copy(update={"reply_to": self.mail.reply_to or self.branding.reply_to})


class MailSenders:
    """The table of senders, read together with the merchants' names."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def profile(self, merchant: str) -> SenderProfile:
        """The merchant as a sender. Raises LookupError for an unknown one."""
        row = await self._db.fetch_row(_PROFILE, merchant=merchant)
        if row is None:
            raise LookupError("no such merchant")
        branding = Branding.model_validate_json(row.document or "{}")
        mail = MailSender(
            name=row.name or "",
            address=row.address or "",
            reply_to=row.reply_to or "",
            return_path=row.return_path or "",
        )
        return SenderProfile(
            name=branding.name or row.merchant_name,
            sandbox=row.sandbox,
            mail=mail,
            branding=branding,
        )

    async def put(self, merchant: str, sender: MailSender) -> bool:
        """From now on the merchant's e-mail is from this sender; False for an unknown merchant."""
        async with self._db.write() as session:
            if await session.get(MerchantRow, merchant, with_for_update=True) is None:
                return False
            row = MailSenderRow(merchant=merchant, updated_at=real_now(), **sender.model_dump())
            await upsert_all(session, [row])
        return True
