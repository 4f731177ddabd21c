"""Webhooks of mail servers and relays: verified by the deployment's secrets, kept, and applied to the letters they name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain import keys
from ports.inbound_webhooks import InvalidSignature
from ports.mail_reports import MailReportSource
from services.clock import real_now
from services.inbound.outcomes import DeliveryDone, DeliveryIgnored, Outcome
from services.inbox import InboxService
from services.notifications.letter_reports import LetterReports
from store.inbox.inbox import InboundDelivery

PLATFORM = ""  # deliveries of the deployment's relay: one may name letters of several merchants


@dataclass(frozen=True)
class MailReportHandler:
    """Applies the deliveries of one source, twice with the effect of once."""

    source: MailReportSource
    reports: LetterReports

    async def apply(self, delivery: InboundDelivery) -> Outcome:
        """See `InboundHandler`."""
        found = [await self.reports.apply(report) for report in self.source.read(delivery.body)]
        if not any(found):
            return DeliveryIgnored("names no letter", followed=bool(found))
        return DeliveryDone()


@dataclass(frozen=True)
class MailReportService:
    """The use cases of the webhook of reports.

    sources: by the name in the path.
    secrets: of each source, of the deployment; a source without one is refused.
    """

    sources: Mapping[str, MailReportSource]
    secrets: Mapping[str, Sequence[str]] = field(repr=False)
    reports: LetterReports
    inbox: InboxService

    def handlers(self) -> Mapping[str, MailReportHandler]:
        """For the dispatcher, by source."""
        return {
            keys.mail_source(name): MailReportHandler(source, self.reports)
            for name, source in self.sources.items()
        }

    async def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[str, bool]:
        """Keep a verified delivery to be applied; its id, and whether it was kept before.

        Raises InvalidSignature or RelayUnavailable.
        """
        source, secrets = self.sources.get(name), self.secrets.get(name, ())
        if source is None or not secrets:
            raise InvalidSignature("no such source is set up")
        delivery_id = await source.verify(headers, body, secrets, real_now())
        return delivery_id, await self.keep(name, delivery_id, body)

    async def keep(self, name: str, delivery_id: str, body: bytes) -> bool:
        """Keep a delivery that needs no more verification; whether it was kept before."""
        delivery = InboundDelivery(PLATFORM, keys.mail_source(name), delivery_id, body, real_now())
        return await self.inbox.accept(delivery) == "duplicate"
